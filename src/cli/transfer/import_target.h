/*
 * import_target.h - where rows go: a data folder (offline) or a running server (HTTP). One thread.
 *
 *   target->ops->put()     takes a row; it may keep it until a batch is full
 *   target->ops->finish()  writes what is kept
 *
 * What becomes of each row is told to the report, sooner or later.
 */
#ifndef CLI_IMPORT_TARGET_H
#define CLI_IMPORT_TARGET_H

#include "api/input/field_errors.h"
#include "cli/transfer/import_row.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Counts rows, and names the bad ones: the first on the screen, all of them in a file. */
struct import_report {
    const char *path; /* of the file that is read */
    FILE *file;       /* NULL = none */
    uint64_t rows;
    uint64_t created;
    uint64_t changed;
    uint64_t unchanged;
    uint64_t bad;
};

void import_report_bad(struct import_report *report, uint64_t line, const char *reason);
/* The same, with the field that is wrong before the reason. */
void import_report_field(struct import_report *report, uint64_t line,
                         const struct field_error *error);

/* An import of lines of JSON: customers, orders. */
struct import_lines_options {
    struct config *config;
    char **files;
    uint32_t file_count;
    bool is_strict; /* every line is looked at first, and nothing imported if one is bad */
};

struct import_target;

struct import_target_ops {
    /* False: it cannot go on, the reason was printed. */
    bool (*put)(struct import_target *target, const struct import_row *row);
    bool (*finish)(struct import_target *target);
    void (*close)(struct import_target *target);
};

/* First member of both. */
struct import_target {
    const struct import_target_ops *ops;
    struct import_report *report;
    char currency[4]; /* of the shop */
};

/* One flush of the journal for thousands of lines; nobody else waits for an answer. */
void import_set_for_bulk(struct config *config);

/* Opens the data folder; a new shop gets `currency` (empty = the setting). NULL: the reason was
 * printed. */
struct import_target *import_offline_open(struct config *config, const char *currency,
                                          struct import_report *report) MUST_USE;
struct import_target *import_http_open(const char *url, const char *operator_key,
                                       struct import_report *report) MUST_USE;

#endif
