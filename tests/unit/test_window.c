/* How far a worker may commit, and what an event is called. */
#include "app/follow/notice_data.h"
#include "base/memory.h"
#include "cli/worker/window.h"
#include "test.h"

static int set_up(void **state)
{
    struct window *window = memory_alloc_zeroed(1, sizeof(*window));
    window_open(window);
    *state = window;
    return 0;
}

static int tear_down(void **state)
{
    memory_free(*state);
    return 0;
}

static void begin(struct window *window, int64_t offset)
{
    assert_true(window_begin(window, offset));
}

static void only_what_is_done_without_a_gap_is_committed(void **state)
{
    struct window *window = *state;
    assert_int_equal(window_to_commit(window), -1);
    begin(window, 10);
    begin(window, 11);
    begin(window, 12);
    assert_int_equal(window_to_commit(window), -1);
    window_end(window, 11);
    assert_int_equal(window_to_commit(window), -1);
    window_end(window, 10);
    assert_int_equal(window_to_commit(window), 12);
    window_committed(window, 12);
    assert_int_equal(window_to_commit(window), -1);
    window_end(window, 12);
    assert_int_equal(window_to_commit(window), 13);
}

static void offsets_that_the_log_left_out_hold_nothing_back(void **state)
{
    struct window *window = *state;
    begin(window, 5);
    begin(window, 9);
    window_end(window, 5);
    assert_int_equal(window_to_commit(window), 9);
    window_end(window, 9);
    begin(window, 1000000); /* nothing is under way: a gap of any length */
    assert_int_equal(window_to_commit(window), 1000000);
}

static void what_was_begun_is_not_begun_again(void **state)
{
    struct window *window = *state;
    begin(window, 5);
    begin(window, 6);
    window_end(window, 5);
    assert_false(window_begin(window, 5));
    assert_false(window_begin(window, 6));
    window_end(window, 6);
    assert_int_equal(window_to_commit(window), 7);
}

static void one_that_takes_long_ends_the_room_and_places_are_used_again(void **state)
{
    struct window *window = *state;
    begin(window, 1);
    for (int64_t offset = 2; offset < 1 + WINDOW_SPAN; offset++) {
        assert_true(window_has_room(window, offset));
        begin(window, offset);
        window_end(window, offset);
    }
    assert_false(window_has_room(window, 1 + WINDOW_SPAN));
    assert_int_equal(window_to_commit(window), -1);
    window_end(window, 1);
    assert_int_equal(window_to_commit(window), 1 + WINDOW_SPAN);
    begin(window, 1 + WINDOW_SPAN);
    begin(window, 2 + WINDOW_SPAN);
    window_end(window, 2 + WINDOW_SPAN);
    assert_int_equal(window_to_commit(window), 1 + WINDOW_SPAN); /* the bit of 1 is not its bit */
}

static void an_assignment_begins_anew(void **state)
{
    struct window *window = *state;
    uint32_t epoch = window->epoch;
    begin(window, 7);
    window_close(window);
    assert_int_not_equal(window->epoch, epoch);
    assert_int_equal(window_to_commit(window), -1);
    epoch = window->epoch;
    window_open(window);
    assert_int_not_equal(window->epoch, epoch);
    begin(window, 3); /* another worker was slower */
    window_end(window, 3);
    assert_int_equal(window_to_commit(window), 4);
}

static void the_name_of_an_event_is_read_as_it_was_written(void **state)
{
    const struct event event = {.number = 4711};
    char id[NOTICE_ID_SIZE];
    struct notice_event_name name;
    (void)state;
    notice_event_id(UINT64_C(0xfedcba9876543210), &event, 0, id);
    assert_string_equal(id, "evt_fedcba9876543210_4711");
    assert_true(notice_event_id_read(text_of(id), &name));
    assert_true(name.timeline == UINT64_C(0xfedcba9876543210));
    assert_int_equal(name.number, 4711);
    assert_int_equal(name.product, 0);
    notice_event_id(1, &event, 9, id);
    assert_true(notice_event_id_read(text_of(id), &name));
    assert_int_equal(name.product, 9);
}

static void what_is_no_name_of_an_event_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "evt",
        "evt_0000000000000001",
        "evt_0000000000000001_",
        "evt_0000000000000001_0",
        "evt_0000000000000001_-1",
        "evt_0000000000000001_ 1",
        "evt_0000000000000001_1_",
        "evt_0000000000000001_1_0",
        "evt_0000000000000001_1_x",
        "evt_0000000000000001_1_2_3",
        "evt_0000000000000001_1_4294967296",
        "evt_0000000000000001_9223372036854775808",
        "evt_000000000000001_1",
        "evt_00000000000000001_1",
        "evt_000000000000000A_1",
        "evt_000000000000000g_1",
        "ord_0000000000000001_1",
    };
    struct notice_event_name name;
    (void)state;
    for (size_t i = 0; i < countof(wrong); i++)
        assert_false(notice_event_id_read(text_of(wrong[i]), &name));
}

int main(void)
{
#define WINDOW_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WINDOW_TEST(only_what_is_done_without_a_gap_is_committed),
        WINDOW_TEST(offsets_that_the_log_left_out_hold_nothing_back),
        WINDOW_TEST(what_was_begun_is_not_begun_again),
        WINDOW_TEST(one_that_takes_long_ends_the_room_and_places_are_used_again),
        WINDOW_TEST(an_assignment_begins_anew),
        cmocka_unit_test(the_name_of_an_event_is_read_as_it_was_written),
        cmocka_unit_test(what_is_no_name_of_an_event_is_refused),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
