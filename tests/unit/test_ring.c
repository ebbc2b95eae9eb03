/* The ring of many producers and many consumers: order, bound, nothing lost and nothing twice. */
#include "base/memory.h"
#include "base/ring.h"
#include "test.h"

#include <pthread.h>
#include <sched.h>

enum { PLACES = 8, THREADS = 4, ITEMS = 50000 };

static void items_come_out_in_order_and_over_the_bound_none_goes_in(void **state)
{
    (void)state;
    struct ring ring;
    int items[PLACES + 1];
    ring_init(&ring, PLACES);
    /* Three times around, and each time from another place. */
    for (uint32_t round = 0; round < 3 * PLACES; round++) {
        assert_null(ring_pop(&ring));
        assert_int_equal(ring_count(&ring), 0);
        for (uint32_t i = 0; i < PLACES; i++)
            assert_true(ring_push(&ring, &items[i]));
        assert_false(ring_push(&ring, &items[PLACES]));
        assert_int_equal(ring_count(&ring), PLACES);
        assert_ptr_equal(ring_pop(&ring), &items[0]);
        assert_true(ring_push(&ring, &items[PLACES]));
        for (uint32_t i = 1; i <= PLACES; i++)
            assert_ptr_equal(ring_pop(&ring), &items[i]);
        assert_true(ring_push(&ring, &items[0]));
        assert_ptr_equal(ring_pop(&ring), &items[0]);
    }
    ring_release(&ring);
}

struct item {
    uint32_t producer;
    uint32_t number;
    uint32_t taken; /* atomic */
};

struct crowd {
    struct ring ring;
    struct item *items[THREADS];
    uint32_t taken; /* atomic */
};

struct member {
    struct crowd *crowd;
    uint32_t number;
};

static void *produce(void *argument)
{
    const struct member *member = argument;
    struct crowd *crowd = member->crowd;
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct item *item = &crowd->items[member->number][i];
        *item = (struct item){.producer = member->number, .number = i};
        while (!ring_push(&crowd->ring, item))
            (void)sched_yield();
    }
    return NULL;
}

static void *consume(void *argument)
{
    const struct member *member = argument;
    struct crowd *crowd = member->crowd;
    uint32_t next[THREADS] = {0}; /* what one consumer sees of a producer is in its order */
    while (__atomic_load_n(&crowd->taken, __ATOMIC_RELAXED) < THREADS * ITEMS) {
        struct item *item = ring_pop(&crowd->ring);
        if (item == NULL) {
            (void)sched_yield();
            continue;
        }
        ensure(item->number >= next[item->producer]);
        next[item->producer] = item->number + 1;
        __atomic_add_fetch(&item->taken, 1, __ATOMIC_RELAXED);
        __atomic_add_fetch(&crowd->taken, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void each_item_is_taken_once_by_somebody(void **state)
{
    (void)state;
    struct crowd crowd = {0};
    struct member members[THREADS];
    pthread_t producers[THREADS];
    pthread_t consumers[THREADS];
    ring_init(&crowd.ring, PLACES);
    for (uint32_t i = 0; i < THREADS; i++) {
        crowd.items[i] = memory_alloc_zeroed(ITEMS, sizeof(struct item));
        members[i] = (struct member){&crowd, i};
        assert_int_equal(pthread_create(&producers[i], NULL, produce, &members[i]), 0);
        assert_int_equal(pthread_create(&consumers[i], NULL, consume, &members[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(producers[i], NULL), 0);
        assert_int_equal(pthread_join(consumers[i], NULL), 0);
    }
    assert_int_equal(ring_count(&crowd.ring), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        for (uint32_t j = 0; j < ITEMS; j++)
            assert_int_equal(crowd.items[i][j].taken, 1);
        memory_free(crowd.items[i]);
    }
    ring_release(&crowd.ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order_and_over_the_bound_none_goes_in),
        cmocka_unit_test(each_item_is_taken_once_by_somebody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
