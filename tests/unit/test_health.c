/* Verdicts on one interval after the other; no clock runs. */
#include "api/health.h"
#include "base/log.h"
#include "test.h"

#define MS UINT64_C(1000000)

static const struct health_limits limits = {.interval_ms = 10000,
                                            .checkout_p99_ms = 500,
                                            .failures_basis_points = 100,
                                            .answers_min = 20};

/* Answers that come on top of what there was. */
static void count(struct traffic_total *total, uint32_t answers, uint32_t failures)
{
    total->answers += answers;
    total->failures += failures;
}

static void check_out(struct traffic_total *total, uint32_t times, uint64_t took_ms)
{
    count(total, times, 0);
    histogram_add(&total->checkouts, &histogram_times, took_ms * MS, times);
}

static void slow_checkouts_degrade_until_an_interval_is_good(void **state)
{
    (void)state;
    struct health *health = health_open(&limits);
    struct traffic_total total = {0};
    assert_false(health_is_degraded(health));
    check_out(&total, 99, 400);
    check_out(&total, 1, 3000);
    health_look(health, &total); /* 99 of 100 within 500 ms */
    assert_false(health_is_degraded(health));
    check_out(&total, 98, 400);
    check_out(&total, 2, 3000);
    health_look(health, &total);
    assert_true(health_is_degraded(health));
    assert_true(health_verdict(health).is_slow);
    assert_false(health_verdict(health).is_failing);
    assert_in_range(health_verdict(health).checkout_p99_ms, 2501, 5000);
    check_out(&total, 100, 400);
    health_look(health, &total);
    assert_false(health_is_degraded(health));
    health_close(health);
}

static void failures_above_one_percent_degrade(void **state)
{
    (void)state;
    struct health *health = health_open(&limits);
    struct traffic_total total = {0};
    count(&total, 1000, 10);
    health_look(health, &total);
    assert_false(health_is_degraded(health));
    assert_int_equal(health_verdict(health).failures_basis_points, 100);
    count(&total, 1000, 11);
    health_look(health, &total);
    assert_true(health_verdict(health).is_failing);
    assert_false(health_verdict(health).is_slow);
    assert_int_equal(health_verdict(health).failures_basis_points, 110);
    health_look(health, &total); /* nobody asked for anything */
    assert_false(health_is_degraded(health));
    health_close(health);
}

static void a_few_answers_say_nothing(void **state)
{
    (void)state;
    struct health *health = health_open(&limits);
    struct traffic_total total = {0};
    check_out(&total, 19, 9000);
    total.failures += 19;
    health_look(health, &total);
    assert_false(health_is_degraded(health));
    assert_int_equal(health_verdict(health).checkout_p99_ms, 0);
    check_out(&total, 20, 9000);
    health_look(health, &total);
    assert_true(health_is_degraded(health));
    health_close(health);
}

static void what_is_not_looked_at_degrades_nothing(void **state)
{
    (void)state;
    const struct health_limits off = {
        .interval_ms = 1, .failures_basis_points = 10000, .answers_min = 1};
    struct health *health = health_open(&off);
    struct traffic_total total = {0};
    check_out(&total, 50, 9000);
    total.failures += 50;
    health_look(health, &total);
    assert_false(health_is_degraded(health));
    assert_false(health_is_degraded(NULL));
    health_close(health);
    health_close(NULL);
}

int main(void)
{
    log_set_level(LOG_SILENT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_checkouts_degrade_until_an_interval_is_good),
        cmocka_unit_test(failures_above_one_percent_degrade),
        cmocka_unit_test(a_few_answers_say_nothing),
        cmocka_unit_test(what_is_not_looked_at_degrades_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
