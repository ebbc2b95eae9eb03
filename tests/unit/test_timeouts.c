/* The clock by which things end: it never goes back, and waits after a start and after a jump. */
#include "shop/timeouts.h"
#include "test.h"

#define NOON  UINT64_C(1700000000000)
#define GRACE UINT64_C(900000)

static void the_durations_are_those_of_the_manual(void **state)
{
    (void)state;
    struct timeouts timeouts = timeouts_defaults();
    assert_int_equal(timeouts.payment_ms, 30 * 60 * 1000);
    assert_int_equal(timeouts.cart_ms, 24 * 60 * 60 * 1000);
    assert_int_equal(timeouts.cart_warning_ms, 2 * 60 * 60 * 1000);
    assert_int_equal(timeouts.key_ms, 24 * 60 * 60 * 1000);
    assert_int_equal(timeouts.grace_ms, 15 * 60 * 1000);
}

/* Each row is a look at the clock: what it shows, and what comes of it. */
static void nothing_ends_within_the_grace_time(void **state)
{
    (void)state;
    static const struct {
        uint64_t wall_ms;
        uint64_t now_ms;
        uint64_t grace_until_ms;
        bool may_end;
    } rows[] = {
        {NOON, NOON, NOON + GRACE, false}, /* a start */
        {NOON + 60000, NOON + 60000, NOON + GRACE, false},
        {NOON - 5000, NOON + 60000, NOON + GRACE, false}, /* set back */
        {NOON + 120000, NOON + 120000, NOON + GRACE, false},
        {NOON + 120000 + 60001, NOON + 180001, NOON + 180001 + GRACE, false}, /* a jump */
        {NOON + 180001 + GRACE, NOON + 180001 + GRACE, NOON + 180001 + 2 * GRACE, false},
        {NOON, NOON + 180001 + GRACE, NOON + 180001 + 2 * GRACE, false},
    };
    struct timeouts_clock clock = {0};
    for (size_t i = 0; i < countof(rows); i++) {
        assert_int_equal(timeouts_clock_tick(&clock, GRACE, rows[i].wall_ms), rows[i].may_end);
        assert_int_equal(clock.now_ms, rows[i].now_ms);
        assert_int_equal(clock.grace_until_ms, rows[i].grace_until_ms);
    }
}

static void things_end_from_the_end_of_the_grace_time_on(void **state)
{
    (void)state;
    struct timeouts_clock clock = {0};
    uint64_t now_ms = NOON;
    assert_false(timeouts_clock_tick(&clock, GRACE, now_ms));
    while (now_ms + TIMEOUTS_GAP_MS < NOON + GRACE) {
        now_ms += TIMEOUTS_GAP_MS;
        assert_false(timeouts_clock_tick(&clock, GRACE, now_ms));
    }
    assert_false(timeouts_clock_tick(&clock, GRACE, NOON + GRACE - 1));
    assert_true(timeouts_clock_tick(&clock, GRACE, NOON + GRACE));
    assert_true(timeouts_clock_tick(&clock, GRACE, NOON)); /* set back: it stands still */
    assert_int_equal(clock.now_ms, NOON + GRACE);
    assert_true(timeouts_clock_tick(&clock, GRACE, NOON + GRACE + TIMEOUTS_GAP_MS));
    assert_false(timeouts_clock_tick(&clock, GRACE, NOON + GRACE + 2 * TIMEOUTS_GAP_MS + 1));
}

static void without_a_grace_time_a_start_may_end_things_at_once(void **state)
{
    (void)state;
    struct timeouts_clock clock = {0};
    assert_true(timeouts_clock_tick(&clock, 0, NOON));
    assert_true(timeouts_clock_tick(&clock, 0, NOON + 10 * TIMEOUTS_GAP_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_durations_are_those_of_the_manual),
        cmocka_unit_test(nothing_ends_within_the_grace_time),
        cmocka_unit_test(things_end_from_the_end_of_the_grace_time_on),
        cmocka_unit_test(without_a_grace_time_a_start_may_end_things_at_once),
    };
    return cmocka_run_group_tests_name("timeouts", tests, NULL, NULL);
}
