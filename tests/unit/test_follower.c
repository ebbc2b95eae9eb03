/* Followers: every event, in order, at least once; one that fails is offered the same again. */
#include "app/follow/follower.h"
#include "base/clock.h"
#include "lib/executor_fixture.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>

/* Counts what it takes, and refuses while `failures_left`. */
struct taker {
    pthread_mutex_t lock;
    pthread_cond_t is_new;
    uint64_t begin; /* where it says that it was */
    uint64_t event; /* the last one taken */
    uint64_t taken;
    uint32_t failures_left;
    uint32_t offers;
    uint64_t moves;
    uint64_t term; /* atomic: of those that share what they follow; 0 = another follows */
};

static struct err position(void *context, uint64_t *event_out)
{
    struct taker *taker = context;
    *event_out = taker->begin;
    return OK;
}

static struct err take(void *context, struct store_reader *reader, const struct follower_run *run)
{
    struct taker *taker = context;
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    struct err err = OK;
    assert_non_null(reader);
    pthread_mutex_lock(&taker->lock);
    taker->offers++;
    uint64_t next = taker->event + 1;
    assert_int_equal(run->first_event, next);
    while (event_next(run->events.data, run->events.length, &offset, &event, &damaged))
        assert_int_equal(event->number, next++);
    assert_false(damaged);
    assert_int_equal(run->last_event, next - 1);
    if (taker->failures_left > 0) {
        taker->failures_left--;
        err = ERR(ERR_STORE);
    } else {
        taker->taken += run->last_event - taker->event;
        taker->event = run->last_event;
    }
    pthread_cond_broadcast(&taker->is_new);
    pthread_mutex_unlock(&taker->lock);
    return err;
}

static struct err move(void *context, uint64_t event)
{
    struct taker *taker = context;
    pthread_mutex_lock(&taker->lock);
    taker->event = event;
    taker->moves++;
    pthread_cond_broadcast(&taker->is_new);
    pthread_mutex_unlock(&taker->lock);
    return OK;
}

static const struct follower_ops taker_ops = {.name = "taker",
                                              .position = position,
                                              .take = take,
                                              .move = move};

static uint64_t term(void *context)
{
    const struct taker *taker = context;
    return __atomic_load_n(&taker->term, __ATOMIC_SEQ_CST);
}

static const struct follower_ops sharing_ops = {.name = "sharing",
                                                .position = position,
                                                .take = take,
                                                .move = move,
                                                .term = term};

struct world {
    struct executor_fixture fixture;
    struct feed *feed;
    struct taker taker;
    struct follower *follower;
};

static uint64_t now_ms(void)
{
    return 1;
}

/* Events that were there before the feed was are in the store alone. */
static struct world *open_world(uint32_t failures, size_t feed_bytes)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    executor_fixture_init(&world->fixture);
    world->feed = feed_open(feed_bytes, 0);
    world->fixture.options.feed = world->feed;
    pthread_mutex_init(&world->taker.lock, NULL);
    pthread_cond_init(&world->taker.is_new, NULL);
    world->taker.failures_left = failures;
    executor_fixture_open(&world->fixture);
    return world;
}

static void start_with(struct world *world, const struct follower_ops *ops)
{
    const struct follower_options options = {.ops = ops,
                                             .context = &world->taker,
                                             .feed = world->feed,
                                             .store = &world->fixture.probe.store,
                                             .now_ms = now_ms,
                                             .pause_min_ms = 1};
    world->follower = follower_open(&options);
    follower_start(world->follower);
}

static void start(struct world *world)
{
    start_with(world, &taker_ops);
}

static void wait_for(struct world *world, uint64_t event)
{
    struct taker *taker = &world->taker;
    pthread_mutex_lock(&taker->lock);
    while (taker->event != event)
        pthread_cond_wait(&taker->is_new, &taker->lock);
    pthread_mutex_unlock(&taker->lock);
}

static void close_world(struct world *world)
{
    follower_close(world->follower);
    executor_close(world->fixture.executor);
    world->fixture.executor = NULL;
    executor_fixture_close(&world->fixture);
    feed_close(world->feed);
    pthread_cond_destroy(&world->taker.is_new);
    pthread_mutex_destroy(&world->taker.lock);
    free(world);
}

static void sell(struct world *world, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        executor_fixture_run(&world->fixture, fixture_make_stock(&world->fixture, 1));
}

static void every_event_is_taken_in_order(void **state)
{
    (void)state;
    struct world *world = open_world(0, 1 << 20);
    sell(world, 20);
    start(world);
    wait_for(world, world->fixture.shop.last_event);
    follower_stop(world->follower);
    assert_int_equal(world->taker.taken, world->fixture.shop.last_event);
    struct follower_stats stats = follower_stats(world->follower);
    assert_int_equal(stats.event, stats.last);
    assert_int_equal(stats.lag_ms, 0);
    assert_int_equal(stats.failures, 0);
    close_world(world);
}

static void a_run_that_fails_is_offered_again_until_it_is_taken(void **state)
{
    (void)state;
    struct world *world = open_world(3, 1 << 20);
    sell(world, 5);
    start(world);
    wait_for(world, world->fixture.shop.last_event);
    follower_stop(world->follower);
    assert_int_equal(world->taker.taken, world->fixture.shop.last_event);
    assert_int_equal(world->taker.offers, 4);
    assert_int_equal(follower_stats(world->follower).failures, 3);
    assert_int_equal(follower_stats(world->follower).failing_ms, 0);
    close_world(world);
}

static void what_left_memory_is_read_from_the_store(void **state)
{
    (void)state;
    struct world *world = open_world(0, 300);
    sell(world, 50);
    const struct feed_batch *batch;
    assert_int_equal(feed_take(world->feed, 0, &batch), FEED_OLD);
    start(world);
    wait_for(world, world->fixture.shop.last_event);
    follower_stop(world->follower);
    assert_int_equal(world->taker.taken, world->fixture.shop.last_event);
    close_world(world);
}

static void it_goes_on_where_it_was_and_where_the_operator_wants(void **state)
{
    (void)state;
    struct world *world = open_world(0, 1 << 20);
    sell(world, 10);
    uint64_t last_event = world->fixture.shop.last_event;
    world->taker.begin = world->taker.event = last_event - 2;
    start(world);
    wait_for(world, last_event);
    assert_int_equal(world->taker.taken, 2);
    follower_move(world->follower, 0); /* from the start */
    pthread_mutex_lock(&world->taker.lock);
    while (world->taker.taken != 2 + last_event)
        pthread_cond_wait(&world->taker.is_new, &world->taker.lock);
    pthread_mutex_unlock(&world->taker.lock);
    follower_stop(world->follower);
    assert_int_equal(world->taker.moves, 1);
    close_world(world);
}

static void who_stands_by_takes_nothing_and_begins_at_the_position_in_its_term(void **state)
{
    (void)state;
    struct world *world = open_world(0, 1 << 20);
    sell(world, 10);
    uint64_t last_event = world->fixture.shop.last_event;
    start_with(world, &sharing_ops);
    while (!follower_stats(world->follower).is_standing_by)
        clock_sleep_ns(1000000);
    assert_int_equal(world->taker.offers, 0);
    world->taker.begin = world->taker.event = last_event - 3; /* so far another one came */
    __atomic_store_n(&world->taker.term, 1, __ATOMIC_SEQ_CST);
    wait_for(world, last_event);
    assert_false(follower_stats(world->follower).is_standing_by);
    assert_int_equal(world->taker.taken, 3);
    __atomic_store_n(&world->taker.term, 0, __ATOMIC_SEQ_CST);
    while (!follower_stats(world->follower).is_standing_by)
        clock_sleep_ns(1000000);
    world->taker.begin = world->taker.event = last_event - 1;
    __atomic_store_n(&world->taker.term, 3, __ATOMIC_SEQ_CST);
    wait_for(world, last_event);
    assert_int_equal(world->taker.taken, 4);
    follower_stop(world->follower);
    close_world(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_is_taken_in_order),
        cmocka_unit_test(a_run_that_fails_is_offered_again_until_it_is_taken),
        cmocka_unit_test(what_left_memory_is_read_from_the_store),
        cmocka_unit_test(it_goes_on_where_it_was_and_where_the_operator_wants),
        cmocka_unit_test(who_stands_by_takes_nothing_and_begins_at_the_position_in_its_term),
    };
    return cmocka_run_group_tests_name("follower", tests, NULL, NULL);
}
