/* buffer.h - bytes that grow: response bodies, event batches, lines of an export. One thread. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    char *data;
    size_t length;
    size_t capacity;
};

void buffer_init(struct buffer *buffer, size_t capacity);
void buffer_release(struct buffer *buffer);
static inline void buffer_reset(struct buffer *buffer)
{
    buffer->length = 0;
}
/* Makes room for `size` more bytes. */
void buffer_reserve(struct buffer *buffer, size_t size);

/* Room for `size` more bytes; they count as written. The pointer is good until the next call.
 * Inline, like appending: answers are written from pieces of a few bytes. */
MUST_USE static inline char *buffer_extend(struct buffer *buffer, size_t size)
{
    if (size > buffer->capacity - buffer->length)
        buffer_reserve(buffer, size);
    char *result = buffer->data + buffer->length;
    buffer->length += size;
    return result;
}

static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(buffer_extend(buffer, size), bytes, size);
}

static inline void buffer_append_text(struct buffer *buffer, struct text text)
{
    buffer_append(buffer, text.data, text.length);
}

void buffer_append_u64(struct buffer *buffer, uint64_t value);
void buffer_append_i64(struct buffer *buffer, int64_t value);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct text buffer_text(const struct buffer *buffer);

#endif
