#include "search/index/names.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/queue.h"
#include "search/index/tokens.h"

#include <string.h>

#define NAMES_MAX       (UINT32_C(1) << 24)
#define NAMES_BYTES_MAX (UINT32_C(1) << 31)

enum { SLOTS_FIRST = 1 << 8 };

struct name_slots {
    struct rcu_head rcu;
    uint32_t mask;
    uint32_t numbers[]; /* atomic; 0 = free */
};

static struct name_slots *slots_make(uint32_t count)
{
    struct name_slots *slots =
        memory_alloc_zeroed(1, sizeof *slots + (size_t)count * sizeof slots->numbers[0]);
    slots->mask = count - 1;
    return slots;
}

static void release_slots(struct rcu_head *head)
{
    READERS_ARE_GONE();
    memory_free(container_of(head, struct name_slots, rcu));
}

void names_init(struct names *names)
{
    *names = (struct names){
        .bytes = memory_reserve(NAMES_BYTES_MAX),
        .names = memory_reserve(NAMES_MAX * sizeof(struct name)),
        .slots = slots_make(SLOTS_FIRST),
    };
}

void names_release(struct names *names)
{
    memory_unreserve(names->bytes, NAMES_BYTES_MAX);
    memory_unreserve(names->names, NAMES_MAX * sizeof(struct name));
    memory_free(names->slots);
}

uint64_t names_bytes(const struct names *names)
{
    return PEEK(names->bytes_used) + (uint64_t)PEEK(names->count) * sizeof(struct name) +
           (uint64_t)LOAD(names->slots)->mask * sizeof(uint32_t);
}

struct text names_key(const struct names *names, uint32_t number)
{
    const struct name *name = &names->names[number];
    return (struct text){names->bytes + name->key, name->key_length};
}

struct text names_shown(const struct names *names, uint32_t number)
{
    const struct name *name = &names->names[number];
    return (struct text){names->bytes + name->shown, name->shown_length};
}

static void slots_put(struct name_slots *slots, struct text key, uint32_t number)
{
    uint32_t at = (uint32_t)hash_bytes(key.data, key.length) & slots->mask;
    while (slots->numbers[at] != 0)
        at = (at + 1) & slots->mask;
    PUBLISH(slots->numbers[at], number);
}

static void slots_grow(struct names *names)
{
    struct name_slots *old = names->slots;
    struct name_slots *larger = slots_make((old->mask + 1) * 2);
    for (uint32_t number = 1; number <= names->count; number++)
        slots_put(larger, names_key(names, number), number);
    PUBLISH(names->slots, larger);
    if (names->is_shared)
        release_later(&old->rcu, release_slots);
    else
        memory_free(old);
}

static uint32_t add_bytes(struct names *names, struct text text)
{
    uint32_t place = names->bytes_used;
    if (text.length > 0)
        memcpy(names->bytes + place, text.data, text.length);
    POKE(names->bytes_used, place + text.length);
    return place;
}

uint32_t names_add(struct names *names, struct text key, struct text shown)
{
    if (key.length == 0)
        return 0;
    uint32_t found = names_find(names, key);
    if (found != 0)
        return found;
    ensure(key.length <= UINT16_MAX);
    ensure(shown.length <= UINT16_MAX);
    if (names->count + 1 >= NAMES_MAX ||
        key.length + shown.length >= NAMES_BYTES_MAX - names->bytes_used)
        return 0;
    if ((names->count + 1) * 2 > names->slots->mask)
        slots_grow(names);
    uint32_t number = names->count + 1;
    names->names[number] = (struct name){
        .key = add_bytes(names, key),
        .key_length = (uint16_t)key.length,
        .shown = add_bytes(names, shown),
        .shown_length = (uint16_t)shown.length,
    };
    slots_put(names->slots, key, number);
    PUBLISH(names->count, number);
    return number;
}

uint32_t names_fold(struct text brand, char key_out[BRAND_KEY_SIZE])
{
    uint32_t length = tokens_fold(brand, key_out, BRAND_KEY_SIZE);
    if (length > 0 || brand.length >= BRAND_KEY_SIZE)
        return length;
    if (brand.length > 0)
        memcpy(key_out, brand.data, brand.length);
    return brand.length;
}

uint32_t names_find(const struct names *names, struct text key)
{
    const struct name_slots *slots = LOAD(names->slots);
    for (uint32_t at = (uint32_t)hash_bytes(key.data, key.length) & slots->mask;;
         at = (at + 1) & slots->mask) {
        uint32_t number = LOAD(slots->numbers[at]);
        if (number == 0 || text_equal(names_key(names, number), key))
            return number;
    }
}
