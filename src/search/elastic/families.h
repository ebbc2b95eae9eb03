/*
 * families.h - which products are variants of one thing, as the thread that feeds the cluster has
 * seen them last: a change of one variant is a change of what its siblings' documents say.
 *
 * Families are told apart by 64 bits of hash of their name. One thread.
 */
#ifndef SEARCH_ELASTIC_FAMILIES_H
#define SEARCH_ELASTIC_FAMILIES_H

#include "base/map.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct families {
    uint64_t *family_of; /* [number]: the hash; 0 = of none */
    uint32_t *next;      /* [number]: another of the same family; 0 = the last */
    uint32_t capacity;
    struct map first;      /* hash -> number of members << 32 | one of them */
    uint32_t shared_count; /* families of two and more */
};

void families_init(struct families *families);
void families_release(struct families *families);
/* `family` empty: of none. */
void families_put(struct families *families, uint32_t number, struct text family);
/* Walks the family of `number`, itself included: 0 at the end, and for a product of no family. */
uint32_t families_first(const struct families *families, uint32_t number);
uint32_t families_next(const struct families *families, uint32_t number);

#endif
