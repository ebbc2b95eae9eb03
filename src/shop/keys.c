#include "shop/keys.h"

#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

enum { RING_FIRST = 1024 };

static uint64_t hash_of(const uint8_t key[16])
{
    uint64_t hash = 0;
    memcpy(&hash, key, sizeof(hash));
    return hash == 0 ? 1 : hash;
}

static struct shop_key *key_at(const struct shop_keys *keys, uint64_t position)
{
    ensure(position >= keys->first);
    ensure(position < keys->next);
    return &keys->ring[position & (keys->capacity - 1)];
}

static void ring_resize(struct shop_keys *keys, uint32_t capacity)
{
    struct shop_keys resized = *keys;
    resized.capacity = capacity;
    resized.ring = memory_alloc_zeroed(capacity, sizeof(*resized.ring));
    for (uint64_t position = keys->first; position < keys->next; position++) {
        *key_at(&resized, position) = *key_at(keys, position);
    }
    memory_free(keys->ring);
    *keys = resized;
}

/* Keys that the tables do not have yet must stay, so the ring may outgrow keys_max between sweeps.
 */
static void ring_grow(struct shop_keys *keys)
{
    ring_resize(keys, keys->capacity == 0 ? RING_FIRST : 2 * keys->capacity);
}

void keys_shrink(struct shop_keys *keys)
{
    uint64_t count = keys->next - keys->first;
    uint32_t capacity = RING_FIRST;
    map_shrink(&keys->by_hash);
    if (keys->capacity <= RING_FIRST || count >= keys->capacity / 16)
        return;
    while (capacity / 4 < count)
        capacity *= 2;
    ring_resize(keys, capacity);
}

void keys_init(struct shop_keys *keys, uint32_t keys_max)
{
    *keys = (struct shop_keys){.keys_max = keys_max};
    map_init(&keys->by_hash, 0);
}

void keys_release(struct shop_keys *keys)
{
    memory_free(keys->ring);
    map_release(&keys->by_hash);
}

uint64_t keys_find(const struct shop_keys *keys, const uint8_t key[16])
{
    uint64_t value = 0;
    if (!map_find(&keys->by_hash, hash_of(key), &value)) {
        return 0;
    }
    const struct shop_key *found = key_at(keys, value - 1);
    return memcmp(found->key, key, sizeof(found->key)) == 0 ? found->value : 0;
}

void keys_put(struct shop_keys *keys, const struct shop_key *key)
{
    ensure(key->value != 0);
    if (keys->next - keys->first == keys->capacity) {
        ring_grow(keys);
    }
    keys->next++;
    *key_at(keys, keys->next - 1) = *key;
    map_put(&keys->by_hash, hash_of(key->key), keys->next);
}

const struct shop_key *keys_oldest(const struct shop_keys *keys)
{
    return key_at(keys, keys->first);
}

void keys_drop_oldest(struct shop_keys *keys)
{
    uint64_t hash = hash_of(key_at(keys, keys->first)->key);
    uint64_t value = 0;
    if (map_find(&keys->by_hash, hash, &value) && value == keys->first + 1) {
        map_remove(&keys->by_hash, hash);
    }
    keys->first++;
}

void keys_sweep(struct shop_keys *keys, uint64_t folded_event, uint64_t now_ms, uint64_t life_ms)
{
    while (keys->first < keys->next) {
        const struct shop_key *oldest = keys_oldest(keys);
        bool is_old = oldest->at_ms + life_ms < now_ms;
        bool is_beyond = keys->next - keys->first > keys->keys_max;
        if (oldest->last_event > folded_event || !(is_old || is_beyond)) {
            return;
        }
        keys_drop_oldest(keys);
    }
}
