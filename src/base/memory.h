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

/* Uninitialised memory; the caller releases it with memory_free(). size > 0. */
void *memory_alloc(size_t size) MUST_USE;
/* count x size zeroed bytes; aborts when the product overflows. */
void *memory_alloc_zeroed(size_t count, size_t size) MUST_USE;
/* Grows or shrinks; `block` may be NULL. */
void *memory_resize(void *block, size_t size) MUST_USE;
/* `block` may be NULL. */
void memory_free(void *block);

#endif
