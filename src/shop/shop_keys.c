/*
 * shop_keys.c - finished checkouts by idempotency key: a ring in the order they came and a map from
 * the first 8 bytes of a key to its place in the ring.
 *
 * Keys are hashes under a secret, so two that share 8 bytes do not happen by chance or by will. If
 * they did, the map would lead to the newer one alone, and the full comparison makes the older one
 * unknown.
 */
#include "base/memory.h"
#include "shop/shop.h"

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

/* Keys that the tables do not have yet must stay, so the ring may outgrow keys_max between sweeps.
 */
static void ring_grow(struct shop_keys *keys)
{
    struct shop_keys grown = *keys;
    grown.capacity = keys->capacity == 0 ? RING_FIRST : 2 * keys->capacity;
    grown.ring = memory_alloc_zeroed(grown.capacity, sizeof(*grown.ring));
    for (uint64_t position = keys->first; position < keys->next; position++) {
        *key_at(&grown, position) = *key_at(keys, position);
    }
    memory_free(keys->ring);
    *keys = grown;
}

uint64_t shop_key_find(const struct shop *shop, const uint8_t key[16])
{
    uint64_t value = 0;
    if (!map_find(&shop->keys.by_hash, hash_of(key), &value)) {
        return 0;
    }
    const struct shop_key *found = key_at(&shop->keys, value - 1);
    return memcmp(found->key, key, sizeof(found->key)) == 0 ? found->order : 0;
}

void shop_key_put(struct shop *shop, const struct shop_key *key)
{
    struct shop_keys *keys = &shop->keys;
    ensure(key->order != 0);
    if (keys->next - keys->first == keys->capacity) {
        ring_grow(keys);
    }
    keys->next++;
    *key_at(keys, keys->next - 1) = *key;
    map_put(&keys->by_hash, hash_of(key->key), keys->next);
}

static void drop_oldest(struct shop_keys *keys)
{
    uint64_t hash = hash_of(key_at(keys, keys->first)->key);
    uint64_t value = 0;
    if (map_find(&keys->by_hash, hash, &value) && value == keys->first + 1) {
        map_remove(&keys->by_hash, hash);
    }
    keys->first++;
}

void shop_keys_sweep(struct shop *shop, uint64_t folded_event, uint64_t now_ms)
{
    struct shop_keys *keys = &shop->keys;
    while (keys->first < keys->next) {
        const struct shop_key *oldest = key_at(keys, keys->first);
        bool is_old = oldest->at_ms + shop->timeouts.key_ms < now_ms;
        bool is_beyond = keys->next - keys->first > keys->keys_max;
        if (oldest->last_event > folded_event || !(is_old || is_beyond)) {
            return;
        }
        drop_oldest(keys);
    }
}
