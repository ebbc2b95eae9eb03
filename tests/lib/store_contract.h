/* store_contract.h - runs tests whose initial state is a struct store_kind, but for kinds that
 * cannot run here. */
#ifndef TESTS_LIB_STORE_CONTRACT_H
#define TESTS_LIB_STORE_CONTRACT_H

#include "lib/store_world.h"
#include "test.h"

#include <stdio.h>

#define CONTRACT(test, kind)                                                                       \
    {                                                                                              \
#test, test, open_world, close_world, (void *)(uintptr_t)&store_kinds[kind]                \
    }
#define FOR_EVERY_KIND(test)                                                                       \
    CONTRACT(test, 0), CONTRACT(test, 1), CONTRACT(test, 2), CONTRACT(test, 3), CONTRACT(test, 4), \
        CONTRACT(test, 5), CONTRACT(test, 6)

_Static_assert(STORE_KIND_COUNT == 7, "FOR_EVERY_KIND names each of them");

/* Moves those that can run to the front and runs them. */
static inline int run_contract(const char *name, struct CMUnitTest *tests, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const struct store_kind *kind = tests[i].initial_state;

        if (store_kind_can_run(kind))
            tests[kept++] = tests[i];
        else
            printf("ok - %s on %s # SKIP not installed: postgresql\n", tests[i].name, kind->name);
    }
    return _cmocka_run_group_tests(name, tests, kept, NULL, NULL);
}

#endif
