#include "base/buffer.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUFFER_CAPACITY_MIN = 64, DIGITS_MAX = 20 };

void buffer_init(struct buffer *buffer, size_t capacity)
{
    *buffer =
        (struct buffer){.data = capacity > 0 ? memory_alloc(capacity) : NULL, .capacity = capacity};
}

void buffer_release(struct buffer *buffer)
{
    memory_free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_reserve(struct buffer *buffer, size_t size)
{
    if (size <= buffer->capacity - buffer->length)
        return;
    size_t wanted;
    ensure(!__builtin_add_overflow(buffer->length, size, &wanted));
    size_t capacity = buffer->capacity * 2;
    if (capacity < wanted)
        capacity = wanted;
    if (capacity < BUFFER_CAPACITY_MIN)
        capacity = BUFFER_CAPACITY_MIN;
    buffer->data = memory_resize(buffer->data, capacity);
    buffer->capacity = capacity;
}

void buffer_append_u64(struct buffer *buffer, uint64_t value)
{
    char digits[DIGITS_MAX];
    size_t first = DIGITS_MAX;
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buffer_append(buffer, digits + first, DIGITS_MAX - first);
}

void buffer_append_i64(struct buffer *buffer, int64_t value)
{
    if (value < 0)
        buffer_append(buffer, "-", 1);
    buffer_append_u64(buffer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    ensure(format != NULL);
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int wanted = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    ensure(wanted >= 0);
    /* vsnprintf() writes a NUL behind the text: room for it, but it does not count. */
    size_t length = (size_t)wanted;
    buffer_reserve(buffer, length + 1);
    (void)vsnprintf(buffer->data + buffer->length, length + 1, format, again);
    va_end(again);
    buffer->length += length;
}

struct text buffer_text(const struct buffer *buffer)
{
    ensure(buffer->length <= UINT32_MAX);
    return (struct text){buffer->data, (uint32_t)buffer->length};
}
