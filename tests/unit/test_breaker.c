#include "search/elastic/breaker.h"
#include "test.h"

enum { FAILURES = 3, OPEN_MS = 5000 };

static struct breaker opened(uint64_t now_ms)
{
    struct breaker breaker;
    breaker_init(&breaker, FAILURES, OPEN_MS);
    for (uint32_t i = 0; i < FAILURES; i++) {
        assert_true(breaker_may(&breaker, now_ms));
        assert_int_equal(breaker_failed(&breaker, now_ms), i + 1 == FAILURES);
    }
    return breaker;
}

static void it_opens_after_failures_in_a_row(void **state)
{
    (void)state;
    struct breaker breaker = opened(1000);
    assert_false(breaker_may(&breaker, 1000));
    assert_false(breaker_may(&breaker, 1000 + OPEN_MS - 1));
}

static void a_success_in_between_starts_the_count_again(void **state)
{
    (void)state;
    struct breaker breaker;
    breaker_init(&breaker, FAILURES, OPEN_MS);
    for (uint32_t i = 0; i < 10; i++) {
        assert_false(breaker_failed(&breaker, i));
        assert_false(breaker_failed(&breaker, i));
        breaker_succeeded(&breaker);
    }
    assert_true(breaker_may(&breaker, 10));
}

static void one_request_may_try_after_the_time(void **state)
{
    (void)state;
    struct breaker breaker = opened(1000);
    assert_true(breaker_may(&breaker, 1000 + OPEN_MS));
    assert_false(breaker_may(&breaker, 1000 + OPEN_MS));
    assert_false(breaker_may(&breaker, 1000 + 9 * OPEN_MS));
    breaker_succeeded(&breaker);
    assert_true(breaker_may(&breaker, 1000 + OPEN_MS));
    assert_true(breaker_may(&breaker, 1000 + OPEN_MS));
}

static void a_try_that_fails_opens_it_again(void **state)
{
    (void)state;
    struct breaker breaker = opened(1000);
    assert_true(breaker_may(&breaker, 7000));
    assert_false(breaker_failed(&breaker, 7000)); /* it was not closed */
    assert_false(breaker_may(&breaker, 7000 + OPEN_MS - 1));
    assert_true(breaker_may(&breaker, 7000 + OPEN_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_after_failures_in_a_row),
        cmocka_unit_test(a_success_in_between_starts_the_count_again),
        cmocka_unit_test(one_request_may_try_after_the_time),
        cmocka_unit_test(a_try_that_fails_opens_it_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
