/*
 * line_walk.h - every line of every file, with a bar of progress. Bad lines are the taker's to
 * report; a file that cannot be read ends the walk.
 */
#ifndef CLI_LINE_WALK_H
#define CLI_LINE_WALK_H

#include "base/text.h"
#include "cli/command.h"
#include "cli/transfer/import_target.h"

#include <stdint.h>

struct line_walk {
    struct import_report *report; /* told which file it is */
    char **files;
    uint32_t file_count;
    const char *label; /* of the bar */
    size_t line_bytes_max;
    /* TEXT_NONE: the line is too long. The text is good until take() returns. */
    void (*take)(void *context, uint64_t number, struct text line);
    void (*file_ends)(void *context); /* before another is opened */
    void *context;
};

enum cli_exit line_walk(const struct line_walk *walk) MUST_USE;
/* --strict: a walk that imports nothing. CLI_REFUSED, and printed, when a line was bad. */
enum cli_exit line_walk_check(const struct line_walk *walk) MUST_USE;

#endif
