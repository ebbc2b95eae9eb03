/*
 * memory.h - the only door to the heap.
 *
 * Running out of memory stops the process: every queue and table has a limit of its own, so
 * it means that the machine is too small for the configured limits. None of these returns NULL.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>

/* Uninitialised memory; the caller releases it with memory_free(). size > 0. */
void *memory_alloc(size_t size) MUST_USE;
/* count x size zeroed bytes; aborts when the product overflows. */
void *memory_alloc_zeroed(size_t count, size_t size) MUST_USE;
/* Grows or shrinks; `block` may be NULL. */
void *memory_resize(void *block, size_t size) MUST_USE;
/* An array of elements of `size` bytes with twice the room, 64 at first; *capacity says how many.
 * `array` is NULL while *capacity is 0. */
void *memory_grow(void *array, uint32_t *capacity, size_t size) MUST_USE;
/* A hint for a block that will be used all over and was not touched yet: with pages of 2 MiB a
 * table of 256 MiB is filled in 40 ms instead of 170, and look-ups miss the TLB less. */
void memory_prefer_large_pages(void *block, size_t size);
/* Address space for `size` zero bytes that never moves; a page of it takes memory once it is
 * written to. For arrays that grow while others read them. Ends with memory_unreserve(). */
void *memory_reserve(size_t size) MUST_USE;
void memory_unreserve(void *block, size_t size);
/* `block` may be NULL. */
void memory_free(void *block);

#endif
