#include "search/elastic/dirty.h"
#include "test.h"

#include <pthread.h>

enum { NUMBERS = 200000, ROUNDS = 20, THREADS = 2 };

static void what_is_added_is_taken_once_in_order(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {1, 63, 64, 65, 65535, 65536, 1000000};
    struct dirty dirty;
    dirty_init(&dirty);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 7; i++)
            dirty_add(&dirty, numbers[6 - i]);
    }
    assert_int_equal(dirty_count(&dirty), 7);
    uint32_t number = 1;
    for (uint32_t i = 0; i < 7; i++) {
        number = dirty_take(&dirty, number);
        assert_int_equal(number, numbers[i]);
    }
    assert_int_equal(dirty_take(&dirty, 1), 0);
    assert_int_equal(dirty_count(&dirty), 0);
    dirty_release(&dirty);
}

static void what_lies_before_stays(void **state)
{
    (void)state;
    struct dirty dirty;
    dirty_init(&dirty);
    dirty_add(&dirty, 5);
    dirty_add(&dirty, 70000);
    assert_int_equal(dirty_take(&dirty, 6), 70000);
    assert_int_equal(dirty_take(&dirty, 6), 0);
    assert_int_equal(dirty_take(&dirty, 5), 5);
    dirty_release(&dirty);
}

struct adder {
    struct dirty *dirty;
    pthread_t thread;
};

static void *add_all(void *context)
{
    struct adder *adder = context;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t number = 1; number <= NUMBERS; number += 7)
            dirty_add(adder->dirty, number);
    }
    return NULL;
}

/* Nothing is lost: each number is taken after it was added last. */
static void adding_while_taking_loses_nothing(void **state)
{
    (void)state;
    struct dirty dirty;
    struct adder adders[THREADS];
    dirty_init(&dirty);
    for (uint32_t i = 0; i < THREADS; i++) {
        adders[i] = (struct adder){.dirty = &dirty};
        assert_int_equal(pthread_create(&adders[i].thread, NULL, add_all, &adders[i]), 0);
    }
    uint64_t taken = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t number = dirty_take(&dirty, 1); number != 0;
             number = dirty_take(&dirty, number)) {
            assert_int_equal(number % 7, 1);
            taken++;
        }
    }
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(adders[i].thread, NULL);
    uint32_t left = dirty_count(&dirty);
    uint32_t counted = 0;
    while (dirty_take(&dirty, 1) != 0)
        counted++;
    assert_int_equal(left, counted);
    assert_true(taken + counted >= NUMBERS / 7);
    dirty_release(&dirty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_taken_once_in_order),
        cmocka_unit_test(what_lies_before_stays),
        cmocka_unit_test(adding_while_taking_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
