/*
 * arguments.h - the arguments of a sub-command as a table.
 *
 * `--name value`, `--name=value` and operands may stand in any order; `--` ends the options; `-`
 * alone is an operand.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "base/check.h"
#include "cli/command.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

enum argument_kind {
    ARGUMENT_FLAG, /* target: bool */
    ARGUMENT_TEXT, /* target: const char * */
    ARGUMENT_U32,  /* target: uint32_t, from min to max */
};

struct argument {
    const char *name; /* without the dashes */
    enum argument_kind kind;
    void *target;
    uint32_t min;
    uint32_t max;
};

struct arguments {
    const char *command; /* as named in messages */
    const struct argument *rows;
    uint32_t row_count;
    uint32_t operands_min;
    uint32_t operands_max;
    /* Not NULL: every setting is an option too, and `--config FILE` names a file of them. Filled
     * from all sources of config.h. */
    struct config *config;
};

/* Moves the operands, if any, to argv[0..*operand_count_out-1]; false (CLI_USAGE) with what is
 * wrong printed. */
bool arguments_parse(const struct arguments *arguments, int argc, char **argv,
                     uint32_t *operand_count_out) MUST_USE;

/* Of a command that writes, after arguments_parse(): false (CLI_USAGE) with the reason printed
 * where the settings say that nothing is written. */
bool arguments_may_write(const struct arguments *arguments) MUST_USE;

#endif
