/* heap.h - does something give back what it takes? */
#ifndef TESTS_LIB_HEAP_H
#define TESTS_LIB_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Runs `cycle` many times and sees whether the heap grew. Always true under a sanitizer, which has
 * an allocator, and an eye for leaks, of its own. */
bool heap_is_level(void (*cycle)(void));
/* Bytes in use; for a test of one thread. 0 under a sanitizer. */
size_t heap_used(void);

#endif
