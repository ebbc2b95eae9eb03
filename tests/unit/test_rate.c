#include "api/edge/rate.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define SECOND UINT64_C(1000000000)

static const uint8_t secret[HASH_SECRET_SIZE] = "rates of a test";

static void open_rate(struct rate *rate, uint32_t per_s, uint32_t burst, uint32_t clients_max)
{
    *rate = (struct rate){.policies = {{per_s, burst}, {per_s, burst}}};
    rate_open(rate, clients_max, secret, 5 * SECOND);
}

/* How many of `tries` requests at once are let pass. */
static uint32_t take(struct rate *rate, struct text who, uint64_t now_ns, uint32_t tries)
{
    struct rate_state state;
    uint32_t passed = 0;
    for (uint32_t i = 0; i < tries; i++)
        passed += rate_take(rate, RATE_ADDRESS, who, now_ns, &state);
    return passed;
}

static void a_burst_passes_and_then_the_rate(void **state)
{
    struct rate rate;
    (void)state;
    open_rate(&rate, 10, 50, 1024);
    uint64_t now = 100 * SECOND;
    assert_int_equal(take(&rate, TEXT("a"), now, 1000), 50);
    assert_int_equal(take(&rate, TEXT("a"), now, 1000), 0);
    assert_int_equal(take(&rate, TEXT("a"), now + SECOND, 1000), 10);
    assert_int_equal(take(&rate, TEXT("a"), now + SECOND + SECOND / 2, 1000), 5);
    assert_int_equal(take(&rate, TEXT("a"), now + 100 * SECOND, 1000), 50);
    rate_close(&rate);
}

static void senders_and_kinds_have_buckets_of_their_own(void **state)
{
    struct rate rate;
    struct rate_state told;
    (void)state;
    open_rate(&rate, 1, 5, 1024);
    uint64_t now = 100 * SECOND;
    assert_int_equal(take(&rate, TEXT("a"), now, 10), 5);
    assert_int_equal(take(&rate, TEXT("b"), now, 10), 5);
    assert_true(rate_take(&rate, RATE_KEY, TEXT("a"), now, &told));
    assert_int_equal(told.left, 4);
    rate_close(&rate);
}

static void a_sender_is_told_what_is_left_and_when_to_come_back(void **state)
{
    struct rate rate;
    struct rate_state told;
    (void)state;
    open_rate(&rate, 2, 10, 1024);
    uint64_t now = 7 * SECOND;
    assert_int_equal(rate_window_s(&rate.policies[RATE_ADDRESS]), 5);
    assert_true(rate_take(&rate, RATE_ADDRESS, TEXT("a"), now, &told));
    assert_int_equal(told.left, 9);
    assert_int_equal(told.reset_s, 1);
    assert_int_equal(take(&rate, TEXT("a"), now, 9), 9);
    assert_false(rate_take(&rate, RATE_ADDRESS, TEXT("a"), now, &told));
    assert_int_equal(told.left, 0);
    assert_int_equal(told.reset_s, 5);
    assert_int_equal(told.retry_s, 1);
    assert_true(rate_take(&rate, RATE_ADDRESS, TEXT("a"), now + told.retry_s * SECOND, &told));
    assert_int_equal(atomic_load(&rate.refused_total), 1);
    rate_close(&rate);
}

static void a_crowd_needs_no_more_memory_and_hides_nobody_who_asks_often(void **state)
{
    struct rate rate;
    (void)state;
    open_rate(&rate, 1, 100, 64);
    uint64_t now = 100 * SECOND;
    uint32_t passed = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        char name[16];
        int length = snprintf(name, sizeof(name), "%u", i);
        (void)take(&rate, (struct text){name, (uint32_t)length}, now, 1);
        if (i % 4 == 0)
            passed += take(&rate, TEXT("greedy"), now, 1);
    }
    /* The word with the most taken out is the last to be given to another. */
    assert_in_range(passed, 100, 130);
    rate_close(&rate);
}

enum { THREADS = 4, TAKES = 20000 };

struct taker {
    struct rate *rate;
    uint32_t passed;
};

static void *run_taker(void *argument)
{
    struct taker *taker = argument;
    taker->passed = take(taker->rate, TEXT("one"), 100 * SECOND, TAKES);
    return NULL;
}

static void threads_share_one_bucket(void **state)
{
    struct rate rate;
    struct taker takers[THREADS];
    pthread_t threads[THREADS];
    uint32_t passed = 0;
    (void)state;
    open_rate(&rate, 1, 30000, 1024);
    for (int i = 0; i < THREADS; i++) {
        takers[i] = (struct taker){.rate = &rate};
        assert_int_equal(pthread_create(&threads[i], NULL, run_taker, &takers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        passed += takers[i].passed;
    }
    assert_in_range(passed, 30000, 30300);
    rate_close(&rate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_and_then_the_rate),
        cmocka_unit_test(senders_and_kinds_have_buckets_of_their_own),
        cmocka_unit_test(a_sender_is_told_what_is_left_and_when_to_come_back),
        cmocka_unit_test(a_crowd_needs_no_more_memory_and_hides_nobody_who_asks_often),
        cmocka_unit_test(threads_share_one_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
