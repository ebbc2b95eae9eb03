/*
 * line_import.h - an import of lines of JSON into a data folder: what customers and orders have in
 * common. Each line becomes one command, in an arena of its own, and goes through the executor with
 * others; bad lines are reported and left out.
 *
 *   line_import_run()   with --strict first ops->check(), which walks the lines and imports nothing
 *     read()            a line into a command, or what is wrong with it
 *     tell()            what became of the command, into the report
 */
#ifndef CLI_LINE_IMPORT_H
#define CLI_LINE_IMPORT_H

#include "api/call.h"
#include "cli/shop_open.h"
#include "cli/transfer/import_target.h"

struct line_slot;
struct line_import;

struct line_import_ops {
    const struct command_ops *command;
    size_t command_size;   /* of the struct around it, of which it is the first member */
    uint32_t commands_max; /* of a batch */
    size_t line_bytes_max;
    size_t arena_bytes_max; /* that such a line may become */
    /* Into `command`, which is zeroed, and call->arena, with faults in call->errors; false when
     * there is one. call->request lends its reply as scratch. */
    bool (*read)(struct line_import *import, struct call *call, struct text line,
                 struct command *command);
    /* Counts the command, which was answered, in import->report. */
    void (*tell)(struct line_import *import, uint64_t line, const struct command *command);
    /* Of --strict, by line_import_check(). CLI_DONE: the import may begin. */
    enum cli_exit (*check)(struct line_import *import);
    /* What would become of the command; NULL: that it reads is enough. Of --strict. */
    struct err (*rehearse)(struct line_import *import, struct command *command);
};

struct line_import {
    const struct line_import_ops *ops;
    const struct import_lines_options *options;
    struct import_report *report;
    struct open_shop open;            /* while lines are imported; of check() if it opens one */
    uint8_t secret[HASH_SECRET_SIZE]; /* of that shop */
    /* line_import.c's own. */
    struct buffer scratch; /* where the readers of fields put pieces together */
    struct line_slot *slots;
    struct command **commands;
    uint32_t count; /* of them, on their way */
    bool is_check;
};

/* `import` has its ops, options and report, and is usually part of a larger struct. */
enum cli_exit line_import_run(struct line_import *import) MUST_USE;
/* Reads and rehearses every line. CLI_REFUSED, and printed, when one is bad. */
enum cli_exit line_import_check(struct line_import *import) MUST_USE;

#endif
