/* The queue of many producers: order, bound, sleeping and waking. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/queue.h"
#include "test.h"

#include <pthread.h>

enum { PRODUCERS = 4, ITEMS = 50000, QUEUE_MAX = 1000 };
#define LONG_NS UINT64_C(20000000000)

struct item {
    uint32_t producer;
    uint32_t number;
    struct queue_node node;
};

static void items_come_out_in_order_and_over_the_bound_none_goes_in(void **state)
{
    (void)state;
    struct queue queue;
    struct item items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    queue_init(&queue, 2);
    assert_null(queue_pop(&queue));
    assert_true(queue_push(&queue, &items[0].node));
    assert_true(queue_push(&queue, &items[1].node));
    assert_false(queue_push(&queue, &items[2].node));
    assert_ptr_equal(container_of(queue_pop(&queue), struct item, node), &items[0]);
    assert_true(queue_push(&queue, &items[2].node));
    assert_ptr_equal(container_of(queue_pop(&queue), struct item, node), &items[1]);
    assert_ptr_equal(container_of(queue_pop(&queue), struct item, node), &items[2]);
    assert_null(queue_pop(&queue));
}

static void waiting_ends_at_once_when_there_is_something(void **state)
{
    (void)state;
    struct queue queue;
    struct item item = {0};
    queue_init(&queue, 2);
    assert_true(queue_push(&queue, &item.node));
    queue_wait(&queue, LONG_NS);
    assert_non_null(queue_pop(&queue));
    queue_wake(&queue); /* before the wait: not lost */
    queue_wait(&queue, LONG_NS);
    uint64_t before_ns = clock_monotonic_ns();
    queue_wait(&queue, 1000000);
    assert_true(clock_monotonic_ns() - before_ns < LONG_NS);
}

struct producer {
    struct queue *queue;
    struct item *items;
    uint32_t number;
};

static void *produce(void *argument)
{
    struct producer *producer = argument;
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct item *item = &producer->items[i];
        *item = (struct item){.producer = producer->number, .number = i};
        while (!queue_push(producer->queue, &item->node))
            clock_sleep_ns(10000);
    }
    return NULL;
}

static void every_item_of_many_producers_arrives_once_in_its_order(void **state)
{
    (void)state;
    struct queue queue;
    struct producer producers[PRODUCERS];
    pthread_t threads[PRODUCERS];
    uint32_t next[PRODUCERS] = {0};
    queue_init(&queue, QUEUE_MAX);
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){
            .queue = &queue,
            .items = memory_alloc_zeroed(ITEMS, sizeof(struct item)),
            .number = i,
        };
        assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
    }
    for (uint32_t taken = 0; taken < PRODUCERS * ITEMS;) {
        struct queue_node *node = queue_pop(&queue);
        if (node == NULL) {
            queue_wait(&queue, LONG_NS);
            continue;
        }
        const struct item *item = container_of(node, struct item, node);
        assert_int_equal(item->number, next[item->producer]);
        next[item->producer]++;
        taken++;
    }
    assert_null(queue_pop(&queue));
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        memory_free(producers[i].items);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order_and_over_the_bound_none_goes_in),
        cmocka_unit_test(waiting_ends_at_once_when_there_is_something),
        cmocka_unit_test(every_item_of_many_producers_arrives_once_in_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
