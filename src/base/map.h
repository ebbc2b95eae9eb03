/*
 * map.h - open addressing from a 64-bit key to a 64-bit value; linear probing, grows at 3/4,
 * deletes by shifting back (no tombstones). Key 0 is not allowed. One thread.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
    uint64_t key; /* 0 = free */
    uint64_t value;
};

struct map {
    struct map_slot *slots;
    size_t slot_count; /* a power of two */
    size_t count;
    struct map_slot *next_slots; /* being made ready for growing; NULL = not yet */
    size_t next_touched;         /* slots of it whose memory is there */
};

void map_init(struct map *map, size_t expected_count);
void map_release(struct map *map);
bool map_find(const struct map *map, uint64_t key, uint64_t *value_out) MUST_USE;
/* Adds or replaces. */
void map_put(struct map *map, uint64_t key, uint64_t value);
/* False when there was none. */
bool map_remove(struct map *map, uint64_t key);
/* Makes a table that less than a sixteenth of is in use so small that a quarter is; it walks all of
 * it, so not among things that must be done at once. */
void map_shrink(struct map *map);
/* Walks every entry, in no order: *position starts at 0; false at the end. Nothing may be added or
 * removed meanwhile. */
bool map_walk(const struct map *map, size_t *position, struct map_slot *slot_out) MUST_USE;

#endif
