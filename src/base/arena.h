/*
 * arena.h - memory with one lifetime, released all at once.
 *
 * A chain of blocks: the first is kept over a reset, so that a request of usual size allocates
 * nothing. A function that takes a struct arena * returns memory from it, and nobody frees that
 * memory. Size limits are checked where input enters, so passing size_max is a bug and aborts.
 * One thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/check.h"
#include "base/text.h"

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *first;
    struct arena_block *current;
    size_t block_size;
    size_t size;     /* bytes handed out since the last reset */
    size_t size_max; /* bytes that may be handed out between two resets */
    bool is_lent; /* to another thread: kept by whoever passes it on, to see that nobody shares */
};

/* The first block is allocated at once, of block_size bytes. */
void arena_init(struct arena *arena, size_t block_size, size_t size_max);
/* Forgets everything; keeps the first block, frees the others. */
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena);

/* Zeroed, aligned for any type. Never NULL, also for 0 bytes. */
void *arena_alloc(struct arena *arena, size_t size) MUST_USE;
/* count x size, overflow checked. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size) MUST_USE;
/* A copy of the array with twice the room, 16 at first; *capacity says how many elements of `size`
 * bytes. `array` is NULL while *capacity is 0. */
void *arena_grow(struct arena *arena, const void *array, uint32_t *capacity, size_t size) MUST_USE;
/* The bytes of `text` and a NUL behind them; TEXT_NONE stays TEXT_NONE. */
struct text arena_copy_text(struct arena *arena, struct text text) MUST_USE;

#endif
