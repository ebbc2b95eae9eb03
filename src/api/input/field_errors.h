/*
 * field_errors.h - everything that is wrong with one request, field by field, so that a client
 * learns it all at once. One request; texts live in its arena.
 */
#ifndef API_FIELD_ERRORS_H
#define API_FIELD_ERRORS_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { FIELD_ERRORS_MAX = 100, FIELD_DETAIL_MAX = 300 };

struct field_error {
    struct text field; /* as in lines[0].quantity */
    const char *code;  /* stable, documented */
    struct text detail;
    /* What some codes add; left out when unset. */
    struct text product_id;
    struct text order_id;
    struct text name;
    bool has_stock;
    uint32_t wanted;
    uint32_t available;
};

struct field_errors {
    struct arena *arena;
    struct field_error *items;
    uint32_t capacity;
    uint32_t count; /* kept; further ones are counted in `dropped` */
    uint32_t dropped;
};

void field_errors_init(struct field_errors *errors, struct arena *arena);
/* The new entry, for what it adds; a scratch one once FIELD_ERRORS_MAX are kept. */
struct field_error *field_errors_add(struct field_errors *errors, struct text field,
                                     const char *code, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));

/* "path.name", "path[index]"; `path` may be empty. */
struct text field_path(struct arena *arena, struct text path, const char *name);
struct text field_path_index(struct arena *arena, struct text path, uint32_t index);

#endif
