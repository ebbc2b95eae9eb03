/* The pace of a channel: rate, workers, pauses. */
#include "notify/courier_parts.h"
#include "test.h"

enum { START = 1000000 };

static const struct channel_ops any_channel = {.name = "any"};
static const struct channel_ops few_calls = {.name = "few", .calls_max = 7};

static struct courier_queue queue_at_rate(uint32_t rate)
{
    return (struct courier_queue){
        .channel.ops = &any_channel, .rate = rate, .workers = 1, .workers_max = 32};
}

static void the_rate_holds_over_a_minute(void **state)
{
    (void)state;
    struct courier_queue queue = queue_at_rate(100);
    uint32_t sent = 0;
    for (uint64_t now_ms = START; now_ms < START + 60000; now_ms += 7) {
        uint32_t room = courier_queue_room(&queue, now_ms);
        assert_true(room <= COURIER_BATCH);
        if (room == 0)
            continue;
        courier_queue_claimed(&queue, room, room, now_ms);
        queue.has_backlog = false;
        for (uint32_t i = 0; i < room; i++)
            courier_queue_ended(&queue, CHANNEL_ACCEPTED);
        sent += room;
    }
    assert_in_range(sent, 5900, 6100);
}

static void calls_under_way_are_bounded(void **state)
{
    (void)state;
    struct courier_queue queue = queue_at_rate(1000);
    uint32_t under_way = 0;
    for (uint64_t now_ms = START; now_ms < START + 10000; now_ms += 30) {
        uint32_t room = courier_queue_room(&queue, now_ms);
        if (room > 0)
            courier_queue_claimed(&queue, room, room, now_ms);
        under_way += room;
    }
    assert_int_equal(under_way, COURIER_BATCH);
    queue = queue_at_rate(1000);
    queue.channel.ops = &few_calls;
    assert_int_equal(courier_queue_room(&queue, START), 7);
}

/* One look after a quarter of a second in which calls ended so. */
static void judge(struct courier_queue *queue, uint32_t accepted, uint32_t failed, uint64_t *now_ms)
{
    queue->under_way = accepted + failed;
    for (uint32_t i = 0; i < accepted; i++)
        courier_queue_ended(queue, CHANNEL_ACCEPTED);
    for (uint32_t i = 0; i < failed; i++)
        courier_queue_ended(queue, CHANNEL_AGAIN);
    *now_ms += 250;
    courier_queue_judge(queue, *now_ms);
}

static void workers_follow_the_backlog_and_the_luck(void **state)
{
    (void)state;
    struct courier_queue queue = queue_at_rate(100);
    uint64_t now_ms = START;
    queue.has_backlog = true;
    for (uint32_t wanted = 2; wanted <= 32; wanted *= 2) {
        judge(&queue, 95, 5, &now_ms);
        assert_int_equal(queue.workers, wanted);
    }
    judge(&queue, 95, 5, &now_ms);
    assert_int_equal(queue.workers, 32);
    judge(&queue, 10, 90, &now_ms);
    assert_int_equal(queue.workers, 16);
    queue.has_backlog = false;
    judge(&queue, 10, 0, &now_ms);
    assert_int_equal(queue.workers, 16);
    judge(&queue, 0, 0, &now_ms);
    assert_int_equal(queue.workers, 15);
}

static void a_provider_that_is_down_is_left_alone_for_longer_each_time(void **state)
{
    (void)state;
    struct courier_queue queue = queue_at_rate(100);
    uint64_t now_ms = START;
    uint64_t pause_ms = 500;
    for (int i = 0; i < 10; i++) {
        judge(&queue, 0, 100, &now_ms);
        assert_int_equal(queue.workers, 1);
        assert_int_equal(courier_queue_room(&queue, now_ms + pause_ms - 1), 0);
        now_ms += pause_ms;
        assert_true(courier_queue_room(&queue, now_ms) > 0);
        pause_ms = pause_ms * 2 < 30000 ? pause_ms * 2 : 30000;
    }
    judge(&queue, 1, 0, &now_ms);
    judge(&queue, 0, 100, &now_ms);
    assert_true(courier_queue_room(&queue, now_ms + 500) > 0);
}

static void tries_are_further_apart_each_time_and_never_before_the_provider_wants(void **state)
{
    (void)state;
    struct random random = {.state = 1};
    uint64_t most_ms = COURIER_RETRY_FIRST_MS;
    for (uint32_t attempts = 1; attempts < 20; attempts++) {
        for (int i = 0; i < 50; i++)
            assert_in_range(courier_retry_ms(&random, attempts, 0), most_ms / 2, most_ms);
        most_ms = most_ms * 3 < COURIER_RETRY_MAX_MS ? most_ms * 3 : COURIER_RETRY_MAX_MS;
    }
    assert_true(courier_retry_ms(&random, 1, 90) >= 90000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_holds_over_a_minute),
        cmocka_unit_test(calls_under_way_are_bounded),
        cmocka_unit_test(workers_follow_the_backlog_and_the_luck),
        cmocka_unit_test(a_provider_that_is_down_is_left_alone_for_longer_each_time),
        cmocka_unit_test(tries_are_further_apart_each_time_and_never_before_the_provider_wants),
    };
    return cmocka_run_group_tests_name("courier_queue", tests, NULL, NULL);
}
