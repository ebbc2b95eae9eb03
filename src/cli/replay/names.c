#include "cli/replay/names.h"

#include "base/hash.h"
#include "base/memory.h"

enum { NAMES_BLOCK = 1 << 16 };

void names_init(struct names *names)
{
    *names = (struct names){.count = 0};
    arena_init(&names->bytes, NAMES_BLOCK, SIZE_MAX / 2);
    map_init(&names->by_hash, 1024);
}

void names_release(struct names *names)
{
    arena_release(&names->bytes);
    map_release(&names->by_hash);
    memory_free(names->texts);
}

/* The key under which `text` is, or the first free one for it. */
static bool search(const struct names *names, struct text text, uint64_t *key_out,
                   uint32_t *number_out)
{
    uint64_t value = 0;
    uint64_t key = hash_bytes(text.data, text.length);
    for (;; key++) {
        if (key == 0)
            continue;
        *key_out = key;
        if (!map_find(&names->by_hash, key, &value))
            return false;
        *number_out = (uint32_t)value;
        if (text_equal(names->texts[*number_out], text))
            return true;
    }
}

uint32_t names_add(struct names *names, struct text text, bool *is_new_out)
{
    uint64_t key = 0;
    uint32_t number = 0;
    bool is_known = search(names, text, &key, &number);
    if (is_new_out)
        *is_new_out = !is_known;
    if (is_known)
        return number;
    ensure(names->count < UINT32_MAX);
    if (names->count == names->capacity)
        names->texts = memory_grow(names->texts, &names->capacity, sizeof(*names->texts));
    names->texts[names->count] = arena_copy_text(&names->bytes, text);
    map_put(&names->by_hash, key, names->count);
    return names->count++;
}

bool names_find(const struct names *names, struct text text, uint32_t *number_out)
{
    uint64_t key = 0;
    return search(names, text, &key, number_out);
}
