#include "search/elastic/families.h"

#include "base/hash.h"
#include "base/memory.h"

#include <string.h>

enum { CAPACITY_FIRST = 1024, COUNT_SHIFT = 32 };

void families_init(struct families *families)
{
    *families = (struct families){0};
    map_init(&families->first, 0);
}

void families_release(struct families *families)
{
    memory_free(families->family_of);
    memory_free(families->next);
    map_release(&families->first);
    *families = (struct families){0};
}

static void reserve(struct families *families, uint32_t number)
{
    uint32_t old = families->capacity;
    if (number < old)
        return;
    uint32_t capacity = old == 0 ? CAPACITY_FIRST : old;
    while (capacity <= number)
        capacity *= 2;
    families->family_of =
        memory_resize(families->family_of, capacity * sizeof *families->family_of);
    families->next = memory_resize(families->next, capacity * sizeof *families->next);
    memset(families->family_of + old, 0, (capacity - old) * sizeof *families->family_of);
    memset(families->next + old, 0, (capacity - old) * sizeof *families->next);
    families->capacity = capacity;
}

static uint64_t count_of(uint64_t entry)
{
    return entry >> COUNT_SHIFT;
}

static void take_out(struct families *families, uint32_t number)
{
    uint64_t family = families->family_of[number];
    if (family == 0)
        return;
    uint64_t entry = 0;
    ensure(map_find(&families->first, family, &entry));
    uint32_t first = (uint32_t)entry;
    if (first == number) {
        first = families->next[number];
    } else {
        uint32_t before = first;
        while (families->next[before] != number)
            before = families->next[before];
        families->next[before] = families->next[number];
    }
    uint64_t count = count_of(entry) - 1;
    families->shared_count -= count == 1;
    if (count == 0)
        ensure(map_remove(&families->first, family));
    else
        map_put(&families->first, family, count << COUNT_SHIFT | first);
    families->family_of[number] = 0;
    families->next[number] = 0;
}

void families_put(struct families *families, uint32_t number, struct text family)
{
    ensure(number > 0);
    reserve(families, number);
    uint64_t key = family.length == 0 ? 0 : hash_bytes(family.data, family.length) | 1;
    if (families->family_of[number] == key)
        return;
    take_out(families, number);
    if (key == 0)
        return;
    uint64_t entry = 0;
    if (!map_find(&families->first, key, &entry))
        entry = 0;
    families->next[number] = (uint32_t)entry;
    families->family_of[number] = key;
    map_put(&families->first, key, (count_of(entry) + 1) << COUNT_SHIFT | number);
    families->shared_count += count_of(entry) == 1;
}

uint32_t families_first(const struct families *families, uint32_t number)
{
    uint64_t entry = 0;
    if (number >= families->capacity || families->family_of[number] == 0)
        return 0;
    ensure(map_find(&families->first, families->family_of[number], &entry));
    return (uint32_t)entry;
}

uint32_t families_next(const struct families *families, uint32_t number)
{
    return families->next[number];
}
