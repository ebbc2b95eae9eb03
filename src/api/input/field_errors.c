#include "api/input/field_errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void field_errors_init(struct field_errors *errors, struct arena *arena)
{
    *errors = (struct field_errors){.arena = arena};
}

/* Room for one more: doubles, since most requests have no error and the rest few. */
static void make_room(struct field_errors *errors)
{
    if (errors->count < errors->capacity)
        return;
    uint32_t capacity = errors->capacity == 0 ? 4 : errors->capacity * 2;
    struct field_error *items = arena_alloc_array(errors->arena, capacity, sizeof(*items));
    if (errors->count > 0)
        memcpy(items, errors->items, errors->count * sizeof(*items));
    errors->items = items;
    errors->capacity = capacity;
}

struct field_error *field_errors_add(struct field_errors *errors, struct text field,
                                     const char *code, const char *detail, ...)
{
    make_room(errors);
    struct field_error *error = &errors->items[errors->count];
    *error = (struct field_error){.code = code};
    if (errors->count == FIELD_ERRORS_MAX) {
        errors->dropped++;
        return error;
    }
    char text[FIELD_DETAIL_MAX];
    va_list arguments;
    va_start(arguments, detail);
    int length = vsnprintf(text, sizeof(text), detail, arguments);
    va_end(arguments);
    ensure(length >= 0);
    uint32_t kept = (uint32_t)length < sizeof(text) ? (uint32_t)length : sizeof(text) - 1;
    while (kept > 0 && !text_is_utf8((struct text){text, kept}))
        kept--; /* cut between characters, not within one */
    error->field = field;
    error->detail = arena_copy_text(errors->arena, (struct text){text, kept});
    errors->count++;
    return error;
}

struct text field_path(struct arena *arena, struct text path, const char *name)
{
    struct text tail = text_of(name);
    uint32_t dot = path.length > 0 ? 1 : 0;
    char *joined = arena_alloc(arena, (size_t)path.length + dot + tail.length + 1);
    if (path.length > 0) {
        memcpy(joined, path.data, path.length);
        joined[path.length] = '.';
    }
    if (tail.length > 0)
        memcpy(joined + path.length + dot, tail.data, tail.length);
    return (struct text){joined, path.length + dot + tail.length};
}

struct text field_path_index(struct arena *arena, struct text path, uint32_t index)
{
    char tail[16];
    int length = snprintf(tail, sizeof(tail), "[%u]", index);
    ensure(length > 0 && length < (int)sizeof(tail));
    char *joined = arena_alloc(arena, (size_t)path.length + (size_t)length + 1);
    if (path.length > 0)
        memcpy(joined, path.data, path.length);
    memcpy(joined + path.length, tail, (size_t)length);
    return (struct text){joined, path.length + (uint32_t)length};
}
