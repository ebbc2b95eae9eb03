#include "search/index/labels.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/queue.h"
#include "search/index/tokens.h"

#include <string.h>

#define LABELS_BYTES_MAX (UINT32_C(1) << 31)

enum { SLOTS_FIRST = 1 << 8 };

struct label_slots {
    struct rcu_head rcu;
    uint32_t mask;
    uint32_t numbers[]; /* atomic; 0 = free */
};

static struct label_slots *slots_make(uint32_t count)
{
    struct label_slots *slots =
        memory_alloc_zeroed(1, sizeof *slots + (size_t)count * sizeof slots->numbers[0]);
    slots->mask = count - 1;
    return slots;
}

static void release_slots(struct rcu_head *head)
{
    READERS_ARE_GONE();
    memory_free(container_of(head, struct label_slots, rcu));
}

void labels_init(struct labels *labels)
{
    *labels = (struct labels){
        .bytes = memory_reserve(LABELS_BYTES_MAX),
        .labels = memory_reserve(LABELS_MAX * sizeof(struct label)),
        .slots = slots_make(SLOTS_FIRST),
    };
}

void labels_release(struct labels *labels)
{
    memory_unreserve(labels->bytes, LABELS_BYTES_MAX);
    memory_unreserve(labels->labels, LABELS_MAX * sizeof(struct label));
    memory_free(labels->slots);
}

uint64_t labels_bytes(const struct labels *labels)
{
    return PEEK(labels->bytes_used) + (uint64_t)PEEK(labels->count) * sizeof(struct label) +
           (uint64_t)LOAD(labels->slots)->mask * sizeof(uint32_t);
}

struct text labels_key(const struct labels *labels, uint32_t number)
{
    const struct label *label = &labels->labels[number];
    return (struct text){labels->bytes + label->key, label->key_length};
}

struct text labels_shown(const struct labels *labels, uint32_t number)
{
    const struct label *label = &labels->labels[number];
    return (struct text){labels->bytes + label->shown, label->shown_length};
}

static void slots_put(struct label_slots *slots, struct text key, uint32_t number)
{
    uint32_t at = (uint32_t)hash_content(key.data, key.length) & slots->mask;
    while (slots->numbers[at] != 0)
        at = (at + 1) & slots->mask;
    PUBLISH(slots->numbers[at], number);
}

static void slots_grow(struct labels *labels)
{
    struct label_slots *old = labels->slots;
    struct label_slots *larger = slots_make((old->mask + 1) * 2);
    for (uint32_t number = 1; number <= labels->count; number++)
        slots_put(larger, labels_key(labels, number), number);
    PUBLISH(labels->slots, larger);
    if (labels->is_shared)
        release_later(&old->rcu, release_slots);
    else
        memory_free(old);
}

static uint32_t add_bytes(struct labels *labels, struct text text)
{
    uint32_t place = labels->bytes_used;
    if (text.length > 0)
        memcpy(labels->bytes + place, text.data, text.length);
    POKE(labels->bytes_used, place + text.length);
    return place;
}

uint32_t labels_add(struct labels *labels, struct text key, struct text shown)
{
    if (key.length == 0)
        return 0;
    uint32_t found = labels_find(labels, key);
    if (found != 0)
        return found;
    ensure(key.length <= UINT16_MAX);
    ensure(shown.length <= UINT16_MAX);
    if (labels->count + 1 >= LABELS_MAX ||
        key.length + shown.length >= LABELS_BYTES_MAX - labels->bytes_used)
        return 0;
    if ((labels->count + 1) * 2 > labels->slots->mask)
        slots_grow(labels);
    uint32_t number = labels->count + 1;
    labels->labels[number] = (struct label){
        .key = add_bytes(labels, key),
        .key_length = (uint16_t)key.length,
        .shown = add_bytes(labels, shown),
        .shown_length = (uint16_t)shown.length,
    };
    slots_put(labels->slots, key, number);
    PUBLISH(labels->count, number);
    return number;
}

uint32_t labels_fold(struct text brand, char key_out[BRAND_KEY_SIZE])
{
    uint32_t length = tokens_fold(brand, key_out, BRAND_KEY_SIZE);
    if (length > 0 || brand.length >= BRAND_KEY_SIZE)
        return length;
    if (brand.length > 0)
        memcpy(key_out, brand.data, brand.length);
    return brand.length;
}

uint32_t labels_add_brand(struct labels *labels, struct text brand)
{
    uint64_t hash = brand.length == 0 ? 0 : hash_content(brand.data, brand.length);
    uint32_t *recent = &labels->recent[hash & (LABELS_RECENT - 1)];
    if (*recent != 0 && text_equal(labels_shown(labels, *recent), brand))
        return *recent;
    char key[BRAND_KEY_SIZE];
    uint32_t length = labels_fold(brand, key);
    *recent = labels_add(labels, (struct text){key, length}, brand);
    return *recent;
}

uint32_t labels_find(const struct labels *labels, struct text key)
{
    const struct label_slots *slots = LOAD(labels->slots);
    for (uint32_t at = (uint32_t)hash_content(key.data, key.length) & slots->mask;;
         at = (at + 1) & slots->mask) {
        uint32_t number = LOAD(slots->numbers[at]);
        if (number == 0 || text_equal(labels_key(labels, number), key))
            return number;
    }
}
