#include "base/map.h"

#include "base/hash.h"
#include "base/memory.h"

enum {
    MAP_SLOTS_MIN = 8,
    MAP_SLOTS_SHRINK_MIN = 1024, /* 16 KiB: less is not worth a walk */
    /* From this size on the next table's memory is faulted in ahead, a little with every key that
     * is added: the page faults of a big table all at once would stop the caller for 0.3 s. */
    MAP_SLOTS_AHEAD_MIN = 1 << 16,
    SLOTS_PER_PAGE = 4096 / sizeof(struct map_slot),
    SLOTS_TOUCHED_AT_ONCE = 8, /* x the adds from half to three quarters full = the next table */
};

/* At most three quarters full, so that a free slot ends every search soon. */
static bool map_is_full(const struct map *map)
{
    return map->count >= map->slot_count / 4 * 3;
}

static size_t map_slot_of(const struct map *map, uint64_t key)
{
    return (size_t)hash_u64(key) & (map->slot_count - 1);
}

static size_t map_next(const struct map *map, size_t slot)
{
    return (slot + 1) & (map->slot_count - 1);
}

/* Where the key is, or the free slot where it would go. */
static size_t map_search(const struct map *map, uint64_t key)
{
    ensure(key != 0);
    size_t slot = map_slot_of(map, key);
    while (map->slots[slot].key != 0 && map->slots[slot].key != key)
        slot = map_next(map, slot);
    return slot;
}

static struct map_slot *map_alloc_slots(size_t slot_count)
{
    struct map_slot *slots = memory_alloc_zeroed(slot_count, sizeof(struct map_slot));
    memory_prefer_large_pages(slots, slot_count * sizeof(struct map_slot));
    return slots;
}

void map_init(struct map *map, size_t expected_count)
{
    size_t slot_count = MAP_SLOTS_MIN;
    while (slot_count / 4 * 3 <= expected_count) {
        ensure(slot_count <= SIZE_MAX / 4);
        slot_count *= 2;
    }
    *map = (struct map){.slots = map_alloc_slots(slot_count), .slot_count = slot_count};
}

void map_release(struct map *map)
{
    memory_free(map->slots);
    memory_free(map->next_slots);
    *map = (struct map){0};
}

bool map_find(const struct map *map, uint64_t key, uint64_t *value_out)
{
    const struct map_slot *slot = &map->slots[map_search(map, key)];
    if (slot->key == 0)
        return false;
    *value_out = slot->value;
    return true;
}

static void map_make_ready(struct map *map)
{
    if (map->slot_count < MAP_SLOTS_AHEAD_MIN || map->count < map->slot_count / 2)
        return;
    if (map->next_slots == NULL) {
        map->next_slots = map_alloc_slots(map->slot_count * 2);
        map->next_touched = 0;
    }
    if (map->next_touched % SLOTS_PER_PAGE == 0)
        *(volatile uint64_t *)&map->next_slots[map->next_touched].key = 0;
    if (map->next_touched + SLOTS_TOUCHED_AT_ONCE < map->slot_count * 2)
        map->next_touched += SLOTS_TOUCHED_AT_ONCE;
}

/* Every entry into `slots`, which are free. */
static void map_move(struct map *map, struct map_slot *slots, size_t slot_count)
{
    struct map_slot *old_slots = map->slots;
    size_t old_count = map->slot_count;
    map->slots = slots;
    map->slot_count = slot_count;
    map->next_slots = NULL;
    for (size_t i = 0; i < old_count; i++) {
        if (old_slots[i].key != 0)
            map->slots[map_search(map, old_slots[i].key)] = old_slots[i];
    }
    memory_free(old_slots);
}

static void map_grow(struct map *map)
{
    ensure(map->slot_count <= SIZE_MAX / 4);
    size_t slot_count = map->slot_count * 2;
    map_move(map, map->next_slots != NULL ? map->next_slots : map_alloc_slots(slot_count),
             slot_count);
}

void map_shrink(struct map *map)
{
    if (map->slot_count <= MAP_SLOTS_SHRINK_MIN || map->count >= map->slot_count / 16)
        return;
    size_t slot_count = MAP_SLOTS_SHRINK_MIN;
    while (slot_count / 4 < map->count)
        slot_count *= 2;
    memory_free(map->next_slots);
    map_move(map, map_alloc_slots(slot_count), slot_count);
}

void map_put(struct map *map, uint64_t key, uint64_t value)
{
    size_t slot = map_search(map, key);
    if (map->slots[slot].key == 0) {
        if (map_is_full(map)) {
            map_grow(map);
            slot = map_search(map, key);
        }
        map->count++;
        map_make_ready(map);
    }
    map->slots[slot] = (struct map_slot){.key = key, .value = value};
}

bool map_remove(struct map *map, uint64_t key)
{
    size_t hole = map_search(map, key);
    if (map->slots[hole].key == 0)
        return false;
    /* Shift back whatever a search would no longer reach across the hole: every follower whose own
     * slot does not lie behind the hole, cyclically. */
    size_t mask = map->slot_count - 1;
    for (size_t slot = map_next(map, hole); map->slots[slot].key != 0; slot = map_next(map, slot)) {
        size_t distance_home = (slot - map_slot_of(map, map->slots[slot].key)) & mask;
        size_t distance_hole = (slot - hole) & mask;
        if (distance_home >= distance_hole) {
            map->slots[hole] = map->slots[slot];
            hole = slot;
        }
    }
    map->slots[hole] = (struct map_slot){0};
    map->count--;
    return true;
}

bool map_walk(const struct map *map, size_t *position, struct map_slot *slot_out)
{
    while (*position < map->slot_count) {
        const struct map_slot *slot = &map->slots[(*position)++];
        if (slot->key != 0) {
            *slot_out = *slot;
            return true;
        }
    }
    return false;
}
