#include "lib/heap.h"

#include <malloc.h>
#include <stddef.h>

enum { HEAP_CYCLES = 200, HEAP_SLACK_PER_CYCLE = 16 /* less than the smallest block */ };

bool heap_is_level(void (*cycle)(void))
{
    for (int i = 0; i < HEAP_CYCLES; i++)
        cycle(); /* fills the allocator's own lists */
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (int i = 0; i < HEAP_CYCLES; i++)
        cycle();
    size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    return after < before + HEAP_CYCLES * (size_t)HEAP_SLACK_PER_CYCLE;
}
