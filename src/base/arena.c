#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t capacity;
    alignas(max_align_t) char bytes[];
};

static struct arena_block *arena_block_open(size_t capacity)
{
    struct arena_block *block = memory_alloc(sizeof(*block) + capacity);
    *block = (struct arena_block){.capacity = capacity};
    return block;
}

static void arena_free_behind(struct arena_block *block)
{
    struct arena_block *next = block->next;
    block->next = NULL;
    while (next != NULL) {
        struct arena_block *after = next->next;
        memory_free(next);
        next = after;
    }
}

void arena_init(struct arena *arena, size_t block_size, size_t size_max)
{
    ensure(block_size > 0);
    ensure(size_max > 0);
    struct arena_block *first = arena_block_open(block_size);
    *arena = (struct arena){
        .first = first, .current = first, .block_size = block_size, .size_max = size_max};
}

void arena_reset(struct arena *arena)
{
    arena_free_behind(arena->first);
    arena->first->used = 0;
    arena->current = arena->first;
    arena->size = 0;
}

void arena_release(struct arena *arena)
{
    arena_free_behind(arena->first);
    memory_free(arena->first);
    *arena = (struct arena){0};
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t step = alignof(max_align_t);
    ensure(size <= arena->size_max - arena->size);
    ensure(size <= SIZE_MAX - step);
    arena->size += size;
    size_t rounded = size == 0 ? step : (size + step - 1) / step * step;

    struct arena_block *block = arena->current;
    if (rounded > block->capacity - block->used) {
        block = arena_block_open(rounded > arena->block_size ? rounded : arena->block_size);
        arena->current->next = block;
        arena->current = block;
    }
    char *result = block->bytes + block->used;
    block->used += rounded;
    return memset(result, 0, rounded);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    ensure(!__builtin_mul_overflow(count, size, &total));
    return arena_alloc(arena, total);
}

void *arena_grow(struct arena *arena, const void *array, uint32_t *capacity, size_t size)
{
    enum { CAPACITY_FIRST = 16 };
    ensure((array == NULL) == (*capacity == 0));
    ensure(*capacity <= UINT32_MAX / 2);
    uint32_t grown = *capacity == 0 ? CAPACITY_FIRST : *capacity * 2;
    void *copy = arena_alloc_array(arena, grown, size);
    if (array != NULL)
        memcpy(copy, array, *capacity * size);
    *capacity = grown;
    return copy;
}

struct text arena_copy_text(struct arena *arena, struct text text)
{
    if (text.data == NULL)
        return TEXT_NONE;
    char *copy = arena_alloc(arena, (size_t)text.length + 1);
    memcpy(copy, text.data, text.length);
    return (struct text){copy, text.length};
}
