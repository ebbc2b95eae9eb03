/*
 * dirty.h - a set of product numbers: which are to be sent. One bit per product, so a product that
 * changes a thousand times before it is sent is there once. Any thread adds, one takes; no lock,
 * and memory is only asked for once per 65,536 products.
 */
#ifndef SEARCH_ELASTIC_DIRTY_H
#define SEARCH_ELASTIC_DIRTY_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

enum { DIRTY_CHUNK_PRODUCTS = 65536, DIRTY_CHUNKS_MAX = 1024 };

struct dirty {
    uint64_t *chunks[DIRTY_CHUNKS_MAX]; /* atomic; NULL: nothing was ever added there */
    uint32_t count;                     /* atomic */
};

void dirty_init(struct dirty *dirty);
void dirty_release(struct dirty *dirty);
void dirty_add(struct dirty *dirty, uint32_t number);
/* Takes out the first number that is at least `from`; 0 when there is none. */
uint32_t dirty_take(struct dirty *dirty, uint32_t from) MUST_USE;
uint32_t dirty_count(const struct dirty *dirty);

#endif
