#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static _Noreturn void memory_exhausted(size_t size)
{
    (void)fprintf(stderr, "out of memory: %zu more bytes wanted\n", size);
    abort();
}

void *memory_alloc(size_t size)
{
    ensure(size > 0);
    void *block = malloc(size);
    if (block == NULL)
        memory_exhausted(size);
    return block;
}

void *memory_alloc_zeroed(size_t count, size_t size)
{
    size_t total;
    ensure(!__builtin_mul_overflow(count, size, &total));
    ensure(total > 0);
    void *block = calloc(count, size);
    if (block == NULL)
        memory_exhausted(total);
    return block;
}

void *memory_resize(void *block, size_t size)
{
    ensure(size > 0);
    void *resized = realloc(block, size);
    if (resized == NULL)
        memory_exhausted(size);
    return resized;
}

void *memory_grow(void *array, uint32_t *capacity, size_t size)
{
    enum { CAPACITY_FIRST = 64 };
    ensure((array == NULL) == (*capacity == 0));
    ensure(*capacity <= UINT32_MAX / 2);
    *capacity = *capacity == 0 ? CAPACITY_FIRST : *capacity * 2;
    size_t total;
    ensure(!__builtin_mul_overflow((size_t)*capacity, size, &total));
    return memory_resize(array, total);
}

void memory_prefer_large_pages(void *block, size_t size)
{
    enum { LARGE_PAGE = 1 << 21 };
    uintptr_t first = ((uintptr_t)block + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    uintptr_t end = ((uintptr_t)block + size) / LARGE_PAGE * LARGE_PAGE;
    if (first >= end)
        return;
    char *inner = (char *)block + (first - (uintptr_t)block);
    (void)madvise(inner, end - first, MADV_HUGEPAGE); /* a hint: where it fails nothing is lost */
}

void *memory_reserve(size_t size)
{
    ensure(size > 0);
    void *block = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED)
        memory_exhausted(size);
    return block;
}

void memory_unreserve(void *block, size_t size)
{
    ensure(munmap(block, size) == 0);
}

void memory_free(void *block)
{
    free(block);
}
