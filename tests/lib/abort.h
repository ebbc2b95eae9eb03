/*
 * abort.h - checks that a statement aborts, as ensure() does. It runs in a child process, so what
 * it changes is lost, and the line that ensure() prints is swallowed.
 */
#ifndef TESTS_LIB_ABORT_H
#define TESTS_LIB_ABORT_H

#include <stdbool.h>

/* In the child: silences standard error, leaves no core. True in the child, false in the parent. */
bool abort_child_begin(void);
/* In the child: it came to the end. */
_Noreturn void abort_child_end(void);
/* In the parent: waits for the child; true when it aborted. */
bool abort_child_aborted(void);

#define assert_aborts(...)                                                                         \
    do {                                                                                           \
        if (abort_child_begin()) {                                                                 \
            __VA_ARGS__;                                                                           \
            abort_child_end();                                                                     \
        }                                                                                          \
        if (!abort_child_aborted())                                                                \
            fail_msg("did not abort: %s", #__VA_ARGS__);                                           \
    } while (0)

#endif
