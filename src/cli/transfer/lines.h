/*
 * lines.h - the lines of an input, one after the other, without their ends ("\n" or "\r\n"); the
 * last one may lack its end. Empty lines are skipped and counted.
 */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include "base/buffer.h"
#include "cli/transfer/input.h"

#include <stdbool.h>
#include <stdint.h>

struct lines {
    struct input *input;
    size_t bytes_max; /* of a line */
    struct buffer buffer;
    size_t used;      /* bytes of the buffer that were given out */
    uint64_t number;  /* of the line given last, from 1 */
    bool is_at_end;   /* of the input */
    bool is_skipping; /* the rest of a line that was too long */
};

void lines_init(struct lines *lines, struct input *input, size_t bytes_max);
void lines_release(struct lines *lines);
/* False at the end. The text is good until the next call; of a line that is too long it is
 * TEXT_NONE. */
bool lines_next(struct lines *lines, struct text *line_out) MUST_USE;

#endif
