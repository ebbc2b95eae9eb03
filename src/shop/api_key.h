/*
 * api_key.h - keys of services: a digest, a name for people, and what the key may do. A key that
 * was revoked stays, so that who did what can still be told.
 */
#ifndef SHOP_API_KEY_H
#define SHOP_API_KEY_H

#include "base/hash.h"
#include "base/map.h"
#include "shop/operator.h"

#include <stdbool.h>
#include <stdint.h>

enum { API_KEYS_MAX = 10000, API_KEY_NAME_MAX = 100 };

struct api_key {
    uint8_t digest[HASH_DIGEST_SIZE];
    uint64_t created_ms;
    uint64_t expires_ms; /* 0 = never */
    uint32_t scopes;
    bool is_revoked;
    char name[API_KEY_NAME_MAX + 1];
};

struct api_keys {
    struct api_key *rows; /* by number, [0] unused */
    uint32_t count;
    uint32_t capacity;
};

void api_keys_init(struct api_keys *keys);
void api_keys_release(struct api_keys *keys);
/* NULL when there is none with this number. */
const struct api_key *api_key_find(const struct api_keys *keys, uint32_t number);
/* Result of an event: number is at most count + 1. */
void api_key_put(struct api_keys *keys, uint32_t number, const struct api_key *key);

#endif
