/*
 * scratch.h - what a thread needs while it answers a search, kept from one to the next: the
 * thread's stemmer, bitmaps for unions, the table of families. Grows to what the largest index
 * needs and goes with the thread.
 */
#ifndef SEARCH_INDEX_SCRATCH_H
#define SEARCH_INDEX_SCRATCH_H

#include "base/text.h"

#include <stdint.h>

enum { SCRATCH_BITMAPS_MAX = 3 * 64 };

/* A found product that belongs to a family, or one that only some facet counts. */
struct family_member {
    uint32_t doc;
    uint32_t next; /* position + 1 of the next member of the family; 0 = last */
    uint8_t near;  /* bits of enum search_facet, see facets.h */
};

struct family_slot {
    uint32_t search; /* which search the slot is of */
    uint32_t leader; /* as in struct family_run, like the next */
    uint32_t first;
};

struct scratch {
    struct sb_stemmer *stemmer;
    char language[32];
    uint64_t *bitmaps[SCRATCH_BITMAPS_MAX];
    uint32_t bitmap_words; /* of each */
    uint32_t bitmaps_used;
    struct family_slot *family_slots; /* by family */
    uint32_t family_capacity;
    uint32_t search; /* counts searches; never 0 */
    struct family_member *members;
    uint32_t member_count;
    uint32_t member_capacity;
    uint32_t *families; /* those that have members */
    uint32_t families_count;
    uint32_t families_capacity;
    uint32_t *brand_counts; /* by brand, zero between two searches */
    uint32_t brand_capacity;
};

/* The thread's own, ready for one more search over `blocks` blocks. */
struct scratch *scratch_begin(uint32_t blocks);
/* A cleared bitmap of as many blocks; good until the next scratch_begin(). */
uint64_t *scratch_bitmap(struct scratch *scratch);
/* The stem of a word; good until the next call. */
struct text scratch_stem(struct scratch *scratch, struct text language, struct text word);
/* Room for families and brands numbered up to so many. */
void scratch_reserve(struct scratch *scratch, uint32_t families, uint32_t brands);

#endif
