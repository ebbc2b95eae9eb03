/* buffer.h - bytes that grow: response bodies, event batches, lines of an export. One thread. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

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
/* Room for `size` more bytes; they count as written. The pointer is good until the next call. */
char *buffer_extend(struct buffer *buffer, size_t size) MUST_USE;
void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_append_text(struct buffer *buffer, struct text text);
void buffer_append_u64(struct buffer *buffer, uint64_t value);
void buffer_append_i64(struct buffer *buffer, int64_t value);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct text buffer_text(const struct buffer *buffer);

#endif
