#include "cli/transfer/table_window.h"

#include "base/memory.h"

#include <string.h>

enum { READ_CHUNK = 1 << 18, WINDOW_SIZE = TABLE_ROW_BYTES_MAX + READ_CHUNK };

void table_window_init(struct table_window *window, struct table_source source)
{
    *window = (struct table_window){.source = source, .line = 1};
    window->bytes = memory_alloc(WINDOW_SIZE);
}

void table_window_release(struct table_window *window)
{
    memory_free(window->bytes);
}

bool table_window_fill(struct table_window *window)
{
    if (window->at_end)
        return false;
    if (window->start > 0) {
        memmove(window->bytes, window->bytes + window->start, window->end - window->start);
        window->end -= window->start;
        window->start = 0;
    }
    ensure(window->end < WINDOW_SIZE);
    size_t got = window->source.read(window->source.context, window->bytes + window->end,
                                     WINDOW_SIZE - window->end);
    ensure(got <= WINDOW_SIZE - window->end);
    window->end += got;
    window->at_end = got == 0;
    return got > 0;
}

void table_window_skip_line(struct table_window *window)
{
    for (;;) {
        const char *begin = window->bytes + window->start;
        const char *newline = memchr(begin, '\n', window->end - window->start);
        if (newline) {
            window->start += (size_t)(newline - begin) + 1;
            window->line++;
            return;
        }
        window->start = window->end;
        if (!table_window_fill(window))
            return;
    }
}

bool table_window_find_line(struct table_window *window, size_t *length_out)
{
    size_t searched = 0;
    for (;;) {
        const char *begin = window->bytes + window->start;
        size_t have = window->end - window->start;
        const char *newline = memchr(begin + searched, '\n', have - searched);
        *length_out = newline ? (size_t)(newline - begin) : have;
        if (*length_out > TABLE_ROW_BYTES_MAX)
            return false;
        if (newline)
            return true;
        searched = have;
        if (!table_window_fill(window))
            return have > 0;
    }
}
