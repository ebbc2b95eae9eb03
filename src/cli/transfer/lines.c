#include "cli/transfer/lines.h"

#include <string.h>

enum { READ_SIZE = 1 << 16 };

void lines_init(struct lines *lines, struct input *input, size_t bytes_max)
{
    *lines = (struct lines){.input = input, .bytes_max = bytes_max};
    buffer_init(&lines->buffer, READ_SIZE);
}

void lines_release(struct lines *lines)
{
    buffer_release(&lines->buffer);
}

/* Moves what was not given out to the front, and reads on behind it. */
static void read_more(struct lines *lines)
{
    struct buffer *buffer = &lines->buffer;
    size_t kept = buffer->length - lines->used;
    memmove(buffer->data, buffer->data + lines->used, kept);
    buffer->length = kept;
    lines->used = 0;
    char *place = buffer_extend(buffer, READ_SIZE);
    size_t got = input_read(lines->input, place, READ_SIZE);
    buffer->length = kept + got;
    lines->is_at_end = got == 0;
}

/* The next line as it stands, its end included; false when there is none. */
static bool cut_line(struct lines *lines, struct text *line_out)
{
    for (;;) {
        const char *start = lines->buffer.data + lines->used;
        size_t left = lines->buffer.length - lines->used;
        const char *end = left == 0 ? NULL : memchr(start, '\n', left);
        if (end != NULL)
            left = (size_t)(end + 1 - start);
        if (end != NULL || (lines->is_at_end && left > 0)) {
            *line_out = (struct text){start, (uint32_t)left};
            lines->used += left;
            return true;
        }
        if (lines->is_at_end)
            return false;
        if (left > lines->bytes_max) {
            lines->used += left;
            lines->is_skipping = true;
        }
        read_more(lines);
    }
}

static struct text without_end(struct text line)
{
    while (line.length > 0 &&
           (line.data[line.length - 1] == '\n' || line.data[line.length - 1] == '\r'))
        line.length--;
    return line;
}

bool lines_next(struct lines *lines, struct text *line_out)
{
    struct text line;
    while (cut_line(lines, &line)) {
        lines->number++;
        bool is_too_long = lines->is_skipping || line.length > lines->bytes_max;
        lines->is_skipping = false;
        *line_out = is_too_long ? TEXT_NONE : without_end(line);
        if (is_too_long || line_out->length > 0)
            return true;
    }
    return false;
}
