/*
 * keys.h - idempotency keys of the last day: a ring in the order they came and a map from the first
 * 8 bytes of a key to its place in the ring. The oldest leave first.
 *
 * Keys are hashes under a secret, so two that share 8 bytes do not happen by chance or by will. If
 * they did, the map would lead to the newer one alone, and the full comparison makes the older one
 * unknown.
 */
#ifndef SHOP_KEYS_H
#define SHOP_KEYS_H

#include "base/map.h"

#include <stdint.h>

enum { SHOP_KEYS_MAX_DEFAULT = 4000000 };

struct shop_key {
    uint8_t key[16];
    uint64_t value; /* what it led to; not 0 */
    uint64_t at_ms;
    union {
        uint64_t last_event; /* may leave memory once this one is folded */
        uint64_t size;       /* of an answer, in bytes: it waits for no folding */
    };
};

struct shop_keys {
    struct map by_hash;    /* first 8 bytes of the key (0 counts as 1) -> position + 1 in ring */
    struct shop_key *ring; /* in the order they came */
    uint64_t first;        /* position of the oldest; positions only grow */
    uint64_t next;
    uint32_t capacity; /* a power of two, grows up to keys_max */
    uint32_t keys_max;
};

void keys_init(struct shop_keys *keys, uint32_t keys_max);
void keys_release(struct shop_keys *keys);
/* 0 = unknown. */
uint64_t keys_find(const struct shop_keys *keys, const uint8_t key[16]);
void keys_put(struct shop_keys *keys, const struct shop_key *key);
/* There is one. */
const struct shop_key *keys_oldest(const struct shop_keys *keys);
void keys_drop_oldest(struct shop_keys *keys);
/* The ring and the map become small again when few keys are left. */
void keys_shrink(struct shop_keys *keys);
/* Lets keys go that are folded and older than life_ms, or beyond keys_max. */
void keys_sweep(struct shop_keys *keys, uint64_t folded_event, uint64_t now_ms, uint64_t life_ms);

#endif
