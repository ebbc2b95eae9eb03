#include "shop/api_key.h"

#include "base/memory.h"

void api_keys_init(struct api_keys *keys)
{
    *keys = (struct api_keys){0};
}

void api_keys_release(struct api_keys *keys)
{
    memory_free(keys->rows);
    *keys = (struct api_keys){0};
}

const struct api_key *api_key_find(const struct api_keys *keys, uint32_t number)
{
    return number == 0 || number > keys->count ? NULL : &keys->rows[number];
}

void api_key_put(struct api_keys *keys, uint32_t number, const struct api_key *key)
{
    ensure(number > 0);
    ensure(number <= keys->count + 1);
    ensure(number <= API_KEYS_MAX);
    if (number >= keys->capacity)
        keys->rows = memory_grow(keys->rows, &keys->capacity, sizeof(*keys->rows));
    keys->rows[number] = *key;
    if (number == keys->count + 1)
        keys->count++;
}
