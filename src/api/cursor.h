/*
 * cursor.h - where a list goes on: two numbers and what list they belong to, tagged with the
 * store's secret, so that a made-up cursor, or one of another query, is refused and never searched
 * with.
 */
#ifndef API_CURSOR_H
#define API_CURSOR_H

#include "base/hash.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct cursor {
    uint64_t list;   /* hash of the list's name and filters */
    int64_t key;     /* sort key of the last item given */
    uint64_t number; /* its number */
};

enum {
    CURSOR_BYTES = 16 + 8,
    CURSOR_LENGTH = CURSOR_BYTES * 4 / 3,
    CURSOR_SIZE = CURSOR_LENGTH + 1
};

void cursor_write(const uint8_t secret[HASH_SECRET_SIZE], const struct cursor *cursor,
                  char text_out[CURSOR_SIZE]);
/* Of the list cursor->list; fills key and number, or returns false. */
bool cursor_read(const uint8_t secret[HASH_SECRET_SIZE], struct text text,
                 struct cursor *cursor) MUST_USE;

#endif
