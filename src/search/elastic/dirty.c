#include "search/elastic/dirty.h"

#include "base/memory.h"

enum { WORD_BITS = 64, CHUNK_WORDS = DIRTY_CHUNK_PRODUCTS / WORD_BITS };

void dirty_init(struct dirty *dirty)
{
    *dirty = (struct dirty){0};
}

void dirty_release(struct dirty *dirty)
{
    for (uint32_t i = 0; i < DIRTY_CHUNKS_MAX; i++)
        memory_free(dirty->chunks[i]);
    *dirty = (struct dirty){0};
}

static uint64_t *chunk_get(struct dirty *dirty, uint32_t index)
{
    ensure(index < DIRTY_CHUNKS_MAX);
    uint64_t *chunk = __atomic_load_n(&dirty->chunks[index], __ATOMIC_ACQUIRE);
    if (chunk != NULL)
        return chunk;
    uint64_t *fresh = memory_alloc_zeroed(CHUNK_WORDS, sizeof *fresh);
    if (__atomic_compare_exchange_n(&dirty->chunks[index], &chunk, fresh, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return fresh;
    memory_free(fresh); /* another thread was faster */
    return chunk;
}

void dirty_add(struct dirty *dirty, uint32_t number)
{
    uint64_t *chunk = chunk_get(dirty, number / DIRTY_CHUNK_PRODUCTS);
    uint64_t bit = UINT64_C(1) << (number % WORD_BITS);
    uint64_t before =
        __atomic_fetch_or(&chunk[number % DIRTY_CHUNK_PRODUCTS / WORD_BITS], bit, __ATOMIC_ACQ_REL);
    if ((before & bit) == 0)
        __atomic_fetch_add(&dirty->count, 1, __ATOMIC_RELAXED);
}

/* The lowest bit from `place` on, within its word, is taken. */
static bool take_in_word(struct dirty *dirty, uint64_t *chunk, uint32_t *place)
{
    uint64_t *word = &chunk[*place / WORD_BITS];
    uint64_t behind = UINT64_MAX << (*place % WORD_BITS);
    uint64_t found = __atomic_load_n(word, __ATOMIC_RELAXED) & behind;
    if (found == 0)
        return false;
    uint64_t bit = found & (0 - found);
    __atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL);
    __atomic_fetch_sub(&dirty->count, 1, __ATOMIC_RELAXED);
    *place = *place / WORD_BITS * WORD_BITS + (uint32_t)__builtin_ctzll(bit);
    return true;
}

static bool take_in_chunk(struct dirty *dirty, uint64_t *chunk, uint32_t *place)
{
    while (*place < DIRTY_CHUNK_PRODUCTS) {
        if (take_in_word(dirty, chunk, place))
            return true;
        *place = (*place / WORD_BITS + 1) * WORD_BITS;
    }
    return false;
}

uint32_t dirty_take(struct dirty *dirty, uint32_t from)
{
    uint32_t place = from % DIRTY_CHUNK_PRODUCTS;
    for (uint32_t i = from / DIRTY_CHUNK_PRODUCTS; i < DIRTY_CHUNKS_MAX; i++, place = 0) {
        uint64_t *chunk = __atomic_load_n(&dirty->chunks[i], __ATOMIC_ACQUIRE);
        if (chunk != NULL && take_in_chunk(dirty, chunk, &place))
            return i * DIRTY_CHUNK_PRODUCTS + place;
    }
    return 0;
}

uint32_t dirty_count(const struct dirty *dirty)
{
    return __atomic_load_n(&dirty->count, __ATOMIC_RELAXED);
}
