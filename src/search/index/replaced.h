/*
 * replaced.h - documents that another takes the place of (a product with new texts) while somebody
 * scans: either is to be seen, never both and never none.
 *
 * The writer shows the new document, announces the change, and only then lets the old one die. A
 * scan sees documents below the count that it began with; what is announced meanwhile tells it
 * which of those are to count as they did when it began.
 */
#ifndef SEARCH_INDEX_REPLACED_H
#define SEARCH_INDEX_REPLACED_H

#include "search/rcu.h"

#include <stdbool.h>
#include <stdint.h>

enum { REPLACED_KEPT = 256, REPLACED_HELD_MAX = 16 };

struct replaced_pair {
    uint32_t old_doc;
    uint32_t new_doc;
};

/* Zeroed at the start. */
struct replaced {
    struct replaced_pair pairs[REPLACED_KEPT]; /* the last ones; change n is at n % REPLACED_KEPT */
    uint64_t count;                            /* atomic: changes announced */
};

/* Writer: between the first showing of the one and the death of the other. */
void replaced_announce(struct replaced *replaced, uint32_t old_doc, uint32_t new_doc);

/* A scan, and what was announced since it began. */
struct replaced_watch {
    const struct replaced *replaced;
    uint32_t docs; /* that it sees */
    uint64_t seen; /* changes that it knows */
    struct {
        uint32_t doc;
        bool is_live;
    } held[REPLACED_HELD_MAX]; /* documents that it is to see so */
    uint32_t held_count;
    bool is_torn; /* it may have seen a product twice, or not at all */
};

/* Before the count of documents is read, to be handed to replaced_watch_begin(). */
static inline uint64_t replaced_now(const struct replaced *replaced)
{
    return LOAD(replaced->count);
}

/* Nothing is passed yet. */
void replaced_watch_begin(struct replaced_watch *watch, const struct replaced *replaced,
                          uint64_t now, uint32_t docs);
/* Documents that have been looked at, as ranges; first > last: none. */
struct replaced_passed {
    uint32_t first, last;         /* before the last call of replaced_watch() */
    uint32_t first_new, last_new; /* since */
};
void replaced_watch_news(struct replaced_watch *watch, struct replaced_passed passed);
/* Takes note of what was announced since the last call. */
static inline void replaced_watch(struct replaced_watch *watch, struct replaced_passed passed)
{
    if (LOAD(watch->replaced->count) != watch->seen)
        replaced_watch_news(watch, passed);
}

/* `live` as the scan is to see it: bits of 64 documents from `first` on. */
static inline uint64_t replaced_held(const struct replaced_watch *watch, uint32_t first,
                                     uint64_t live)
{
    for (uint32_t i = 0; i < watch->held_count; i++) {
        if (watch->held[i].doc - first >= 64)
            continue;
        uint64_t bit = UINT64_C(1) << (watch->held[i].doc - first);
        live = watch->held[i].is_live ? live | bit : live & ~bit;
    }
    return live;
}

#endif
