/*
 * table_window.h - a window over a stream of bytes, as wide as the longest row: what is not
 * consumed yet lies in one piece. It counts lines.
 */
#ifndef CLI_TABLE_WINDOW_H
#define CLI_TABLE_WINDOW_H

#include "cli/transfer/table_reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_window {
    struct table_source source;
    char *bytes;
    size_t start; /* of what is not consumed yet */
    size_t end;
    uint64_t line; /* of the next byte */
    bool at_end;
};

void table_window_init(struct table_window *window, struct table_source source);
void table_window_release(struct table_window *window);

/* More bytes behind `end`; false when there are none. What is not consumed moves to the front:
 * offsets from `start` stay, pointers do not. */
bool table_window_fill(struct table_window *window);
/* Consumes up to and with the next newline, however far that is. */
void table_window_skip_line(struct table_window *window);
/* The length of the next line without its end, which is not consumed. False: it is longer than a
 * row may be, or (length 0) there is none. */
bool table_window_find_line(struct table_window *window, size_t *length_out) MUST_USE;

#endif
