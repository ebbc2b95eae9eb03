/*
 * postings.h - which documents have a term, and how much weight the place has where they have it.
 *
 * A term of one document is that entry itself; a rare one a sorted array of entries; from one in 32
 * documents on, bitmaps, which take no more memory and are looked at 64 documents at a time.
 * Documents are only appended, so arrays and bitmaps only grow at their end; what is replaced by
 * something larger is released when no reader can hold it (rcu.h).
 */
#ifndef SEARCH_INDEX_POSTINGS_H
#define SEARCH_INDEX_POSTINGS_H

#include "search/index/kernels.h"
#include "search/rcu.h"

#include <stdbool.h>
#include <stdint.h>

/* The best place of a document that has the term. */
enum grade { GRADE_LOW = 0, GRADE_MIDDLE = 1, GRADE_HIGH = 2, GRADE_COUNT = 3 };

enum { GRADE_BITS = 2 };

static inline uint32_t entry_make(uint32_t doc, enum grade grade)
{
    return doc << GRADE_BITS | (uint32_t)grade;
}

static inline uint32_t entry_doc(uint32_t entry)
{
    return entry >> GRADE_BITS;
}

static inline enum grade entry_grade(uint32_t entry)
{
    return (enum grade)(entry & ((1U << GRADE_BITS) - 1));
}

/* One term's; part of struct term. All zero = no document. */
struct postings {
    uintptr_t where; /* tagged: see postings.c */
    uint32_t count;  /* documents, dead ones included; atomic */
};

/* Bits of documents; those behind `words` are 0. */
struct bits {
    const uint64_t *words;
    uint32_t count; /* words */
};

static inline uint64_t bits_block(struct bits bits, uint32_t block)
{
    return block < bits.count ? PEEK(bits.words[block]) : 0;
}

/* Those of a zone; where they end within it, a copy in `room`. */
static inline const uint64_t *bits_zone(struct bits bits, uint32_t zone, uint64_t room[ZONE_BLOCKS])
{
    uint32_t first = zone * ZONE_BLOCKS;
    if (first + ZONE_BLOCKS <= bits.count)
        return bits.words + first;
    for (uint32_t at = 0; at < ZONE_BLOCKS; at++)
        room[at] = bits_block(bits, first + at);
    return room;
}

static inline bool bits_has(struct bits bits, uint32_t doc)
{
    return bits_block(bits, doc / BLOCK) >> (doc % BLOCK) & 1;
}

/* What a reader sees of them, good until view_read_end(). */
struct postings_view {
    const uint32_t *entries; /* sorted; NULL when there are bitmaps */
    uint32_t count;
    uint32_t only; /* the one entry that `entries` may point to */
    struct bits any, high, middle;
};

struct postings_room {
    uint32_t docs_expected; /* bitmaps are made for so many from the start */
    bool is_shared;         /* false while nobody reads: what is replaced goes at once */
};

/* Writer: `doc` is the highest so far. False, and nothing is done, when it is there already: the
 * best place must come first. */
bool postings_add(struct postings *postings, uint32_t doc, enum grade grade,
                  const struct postings_room *room);
/* Asks for the memory that postings_add() will look at. Returns whether that is a sorted array. */
bool postings_fetch(const struct postings *postings);
/* Nobody reads any more. */
void postings_release(struct postings *postings);
uint64_t postings_bytes(const struct postings *postings);

void postings_read(const struct postings *postings, struct postings_view *view_out);

/* The first position from `from` on whose document is not lower than `doc`: steps that double, then
 * halving. */
uint32_t postings_seek(const uint32_t *entries, uint32_t from, uint32_t count, uint32_t doc);

#endif
