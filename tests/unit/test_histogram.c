#include "base/histogram.h"
#include "test.h"

#include <stdbool.h>

#define MS UINT64_C(1000000)

static void a_value_falls_within_its_bound(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    histogram_add(&histogram, &histogram_sizes, 0, 1);
    histogram_add(&histogram, &histogram_sizes, 1, 1);
    histogram_add(&histogram, &histogram_sizes, 2, 3);
    histogram_add(&histogram, &histogram_sizes, 3, 1);
    histogram_add(&histogram, &histogram_sizes, 65536, 1);
    histogram_add(&histogram, &histogram_sizes, 65537, 1);
    assert_int_equal(histogram.counts[0], 2);
    assert_int_equal(histogram.counts[1], 3);
    assert_int_equal(histogram.counts[2], 1);
    assert_int_equal(histogram.counts[HISTOGRAM_BOUNDS - 1], 1);
    assert_int_equal(histogram.counts[HISTOGRAM_BOUNDS], 1);
    assert_int_equal(histogram_count(&histogram), 8);
    assert_int_equal(histogram.sum, 0 + 1 + 6 + 3 + 65536 + 65537);
}

static void bounds_ascend_and_hold_the_promises(void **state)
{
    (void)state;
    bool has_500_ms = false;
    for (uint32_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
        assert_true(i == 0 || histogram_times.bounds[i] > histogram_times.bounds[i - 1]);
        assert_true(i == 0 || histogram_sizes.bounds[i] > histogram_sizes.bounds[i - 1]);
        has_500_ms |= histogram_times.bounds[i] == 500 * MS;
    }
    assert_true(has_500_ms); /* "p99 over 500 ms" is exact */
}

static void a_quantile_is_exact_at_bounds_and_even_between(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    assert_int_equal(histogram_quantile(&histogram, &histogram_times, 990), 0);
    histogram_add(&histogram, &histogram_times, 400 * MS, 99);
    histogram_add(&histogram, &histogram_times, 900 * MS, 1);
    assert_int_equal(histogram_quantile(&histogram, &histogram_times, 990), 500 * MS);
    assert_int_equal(histogram_quantile(&histogram, &histogram_times, 1000), 1000 * MS);
    histogram_add(&histogram, &histogram_times, 900 * MS, 2);
    assert_true(histogram_quantile(&histogram, &histogram_times, 990) > 500 * MS);
    struct histogram even = {0};
    histogram_add(&even, &histogram_times, 300 * MS, 10);
    assert_int_equal(histogram_quantile(&even, &histogram_times, 500), 375 * MS);
    struct histogram late = {0};
    histogram_add(&late, &histogram_times, 60000 * MS, 1);
    assert_int_equal(histogram_quantile(&late, &histogram_times, 990), 10000 * MS);
}

static void parts_are_gathered_and_compared_with_before(void **state)
{
    (void)state;
    struct histogram a = {0}, b = {0}, total = {0};
    histogram_add(&a, &histogram_sizes, 5, 2);
    histogram_add(&b, &histogram_sizes, 6, 1);
    histogram_gather(&total, &a);
    histogram_gather(&total, &b);
    assert_int_equal(total.counts[3], 3);
    assert_int_equal(total.sum, 16);
    struct histogram since = histogram_since(&total, &a);
    assert_int_equal(histogram_count(&since), 1);
    assert_int_equal(since.sum, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_falls_within_its_bound),
        cmocka_unit_test(bounds_ascend_and_hold_the_promises),
        cmocka_unit_test(a_quantile_is_exact_at_bounds_and_even_between),
        cmocka_unit_test(parts_are_gathered_and_compared_with_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
