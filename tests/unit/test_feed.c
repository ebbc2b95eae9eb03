#include "app/follow/feed.h"
#include "test.h"

#include <pthread.h>
#include <string.h>

enum { EVENTS_OF_WRITER = 20000 };

static void put(struct feed *feed, uint64_t first, uint64_t last, const char *bytes)
{
    feed_put(feed, first, last, text_of(bytes));
}

static void every_reader_gets_every_batch(void **state)
{
    (void)state;
    struct feed *feed = feed_open(1000, 4);
    const struct feed_batch *batch;
    assert_int_equal(feed_take(feed, 4, &batch), FEED_NOTHING);
    put(feed, 5, 6, "five six");
    put(feed, 7, 7, "seven");
    for (int reader = 0; reader < 2; reader++) {
        assert_int_equal(feed_take(feed, 4, &batch), FEED_BATCH);
        assert_int_equal(batch->first_event, 5);
        assert_true(text_equal(batch->events, TEXT("five six")));
        feed_give_back(feed, batch);
        assert_int_equal(feed_take(feed, 5, &batch), FEED_BATCH);
        assert_int_equal(batch->last_event, 6);
        feed_give_back(feed, batch);
        assert_int_equal(feed_take(feed, 6, &batch), FEED_BATCH);
        assert_true(text_equal(batch->events, TEXT("seven")));
        feed_give_back(feed, batch);
        assert_int_equal(feed_take(feed, 7, &batch), FEED_NOTHING);
    }
    assert_int_equal(feed_take(feed, 3, &batch), FEED_OLD);
    assert_int_equal(feed_last_event(feed), 7);
    feed_close(feed);
}

static void the_oldest_leave_but_not_from_under_a_reader(void **state)
{
    (void)state;
    struct feed *feed = feed_open(16, 0);
    const struct feed_batch *held;
    const struct feed_batch *batch;
    put(feed, 1, 1, "11111111");
    assert_int_equal(feed_take(feed, 0, &held), FEED_BATCH);
    put(feed, 2, 2, "22222222");
    put(feed, 3, 3, "33333333");
    assert_int_equal(feed_take(feed, 0, &batch), FEED_OLD);
    assert_true(text_equal(held->events, TEXT("11111111")));
    feed_give_back(feed, held);
    assert_int_equal(feed_take(feed, 1, &batch), FEED_BATCH);
    feed_give_back(feed, batch);
    put(feed, 4, 4, "a batch that is larger than all the room");
    assert_int_equal(feed_take(feed, 2, &batch), FEED_OLD);
    assert_int_equal(feed_take(feed, 3, &batch), FEED_BATCH);
    feed_give_back(feed, batch);
    feed_close(feed);
}

static void *write_all(void *argument)
{
    struct feed *feed = argument;
    for (uint64_t i = 1; i <= EVENTS_OF_WRITER; i++)
        feed_put(feed, i, i, (struct text){(const char *)&i, sizeof(i)});
    return NULL;
}

/* What a reader takes is what was put, and it wakes up for the last one. */
static void a_reader_on_another_thread_misses_nothing_silently(void **state)
{
    (void)state;
    struct feed *feed = feed_open(1024, 0);
    pthread_t writer;
    uint64_t after = 0;
    assert_int_equal(pthread_create(&writer, NULL, write_all, feed), 0);
    while (after < EVENTS_OF_WRITER) {
        const struct feed_batch *batch;
        enum feed_answer answer = feed_take(feed, after, &batch);
        if (answer == FEED_NOTHING) {
            feed_wait(feed, after, 60000);
        } else if (answer == FEED_OLD) {
            after++; /* read from the store */
        } else {
            uint64_t number;
            memcpy(&number, batch->events.data, sizeof(number));
            assert_int_equal(number, after + 1);
            after = batch->last_event;
            feed_give_back(feed, batch);
        }
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    feed_close(feed);
}

static void waiting_ends_at_its_time(void **state)
{
    (void)state;
    struct feed *feed = feed_open(1024, 3);
    feed_wait(feed, 3, 1);
    feed_wait(feed, 2, 60000); /* there is something already */
    feed_close(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_gets_every_batch),
        cmocka_unit_test(the_oldest_leave_but_not_from_under_a_reader),
        cmocka_unit_test(a_reader_on_another_thread_misses_nothing_silently),
        cmocka_unit_test(waiting_ends_at_its_time),
    };
    return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
