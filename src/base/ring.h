/*
 * ring.h - a bounded queue of pointers, first in first out: many producers, many consumers, no lock
 * and no sleep. (After Dmitry Vyukov, "Bounded MPMC queue", 1024cores.net: every place tells by a
 * number of its own whose turn it is, so producers only meet each other, and consumers likewise.) A
 * producer that the kernel stops in the middle of a push keeps back what was pushed behind it.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

struct ring_place {
    uint64_t turn; /* atomic */
    void *item;
};

enum { RING_CACHE_LINE = 64 };

struct ring {
    struct ring_place *places;
    uint64_t mask;
    char apart[RING_CACHE_LINE]; /* producers and consumers do not wait for the same line */
    uint64_t pushed;             /* atomic */
    char apart_too[RING_CACHE_LINE];
    uint64_t popped; /* atomic */
};

/* `places`: a power of two. */
void ring_init(struct ring *ring, uint32_t places);
/* Empty by then. */
void ring_release(struct ring *ring);
/* False when it is full. What was done before is done for whoever pops the item. */
bool ring_push(struct ring *ring, void *item) MUST_USE;
/* NULL when it is empty. */
void *ring_pop(struct ring *ring) MUST_USE;
/* A moment ago. In one order with all pushes and pops: who pushed and then sees somebody asleep,
 * and who fell asleep and then sees an empty ring, cannot both be right. */
uint32_t ring_count(const struct ring *ring);

#endif
