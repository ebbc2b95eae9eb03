/*
 * pairs.h - [[1,2],[3,4]]: pairs of numbers as a JSON text column, for the lines of carts and
 * shipments.
 */
#ifndef STORE_SQLITE_PAIRS_H
#define STORE_SQLITE_PAIRS_H

#include "base/buffer.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Appends `[`, the pair and nothing else: pairs_end() closes. */
void pairs_add(struct buffer *json, uint32_t first, uint32_t second);
void pairs_end(struct buffer *json);

/* Takes the next pair off *json; false at the end. *damaged_out when it is not what pairs_add()
 * writes. */
bool pairs_next(struct text *json, uint32_t *first_out, uint32_t *second_out,
                bool *damaged_out) MUST_USE;
/* How many pairs there are. */
uint32_t pairs_count(struct text json);

#endif
