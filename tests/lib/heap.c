#include "lib/heap.h"

#include <malloc.h>

enum { HEAP_CYCLES = 200, HEAP_SLACK_PER_CYCLE = 16 /* less than the smallest block */ };

size_t heap_used(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

bool heap_is_level(void (*cycle)(void))
{
    for (int i = 0; i < HEAP_CYCLES; i++)
        cycle(); /* fills the allocator's own lists */
    size_t before = heap_used();
    for (int i = 0; i < HEAP_CYCLES; i++)
        cycle();
    size_t after = heap_used();
    return after < before + HEAP_CYCLES * (size_t)HEAP_SLACK_PER_CYCLE;
}
