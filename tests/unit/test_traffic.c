/* Counting answers per loop, and writing what was counted as Prometheus reads it. */
#include "api/metrics/exposition.h"
#include "api/metrics/traffic.h"
#include "test.h"

#define MS UINT64_C(1000000)

static const struct route *route_of(void (*handler)(struct call *call))
{
    uint32_t i = 0;
    while (route_at(i)->handler != handler)
        i++;
    assert_int_equal(route_index(route_at(i)), i);
    return route_at(i);
}

static void loops_count_apart_and_are_summed(void **state)
{
    (void)state;
    struct traffic *traffic = traffic_open(2);
    traffic_count(traffic, 0, route_of(products_list), 200, 1 * MS);
    traffic_count(traffic, 1, route_of(products_list), 304, 3 * MS);
    traffic_count(traffic, 1, route_of(products_list), 503, 2 * MS);
    traffic_count(traffic, 0, NULL, 404, 1);
    traffic_count_write(traffic, 0, 4 * MS);
    traffic_count_write(traffic, 1, 5 * MS);
    struct route_traffic seen = traffic_of(traffic, route_of(products_list));
    assert_int_equal(seen.answers[0], 1);
    assert_int_equal(seen.answers[1], 1);
    assert_int_equal(seen.answers[2], 0);
    assert_int_equal(seen.answers[3], 1);
    assert_int_equal(seen.took.sum, 6 * MS);
    assert_int_equal(traffic_of(traffic, NULL).answers[2], 1);
    assert_int_equal(traffic_of_writes(traffic).sum, 9 * MS);
    traffic_close(traffic);
}

static void health_is_judged_by_the_shop_alone(void **state)
{
    (void)state;
    struct traffic *traffic = traffic_open(1);
    traffic_count(traffic, 0, route_of(carts_checkout), 201, 7 * MS);
    traffic_count(traffic, 0, route_of(carts_checkout), 503, 1 * MS);
    traffic_count(traffic, 0, route_of(products_get), 404, 1 * MS);
    traffic_count(traffic, 0, route_of(system_ready), 503, 1 * MS);
    traffic_count(traffic, 0, NULL, 404, 1 * MS);
    struct traffic_total total = traffic_total(traffic);
    assert_int_equal(total.answers, 3);
    assert_int_equal(total.failures, 1);
    assert_int_equal(histogram_count(&total.checkouts), 2);
    assert_int_equal(total.checkouts.sum, 8 * MS);
    traffic_close(traffic);
}

static void times_are_written_in_seconds(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 64);
    const struct metric_row rows[] = {
        {{"a_total", METRIC_COUNTER, METRIC_PIECES, "Pieces."}, 7},
        {{"b_seconds", METRIC_GAUGE, METRIC_MS, "Lag."}, 1002},
        {{"c_seconds_total", METRIC_COUNTER, METRIC_NS, "CPU."}, UINT64_C(2000000003)}};
    metric_rows(&out, rows, countof(rows));
    char labels[METRIC_LABELS_SIZE];
    metric_value(&out, &rows[0].metric, metric_label("x", "y", labels), 1);
    buffer_append(&out, "", 1);
    assert_string_equal(out.data, "# HELP a_total Pieces.\n# TYPE a_total counter\na_total 7\n"
                                  "# HELP b_seconds Lag.\n# TYPE b_seconds gauge\nb_seconds 1.002\n"
                                  "# HELP c_seconds_total CPU.\n# TYPE c_seconds_total counter\n"
                                  "c_seconds_total 2.000000003\na_total{x=\"y\"} 1\n");
    buffer_release(&out);
}

static void buckets_of_a_histogram_add_up(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 64);
    const struct metric metric = {"h", METRIC_HISTOGRAM, METRIC_PIECES, "H."};
    struct histogram histogram = {0};
    histogram_add(&histogram, &histogram_sizes, 1, 2);
    histogram_add(&histogram, &histogram_sizes, 100000, 1);
    metric_histogram(&out, &metric, "", &histogram);
    buffer_append(&out, "", 1);
    assert_non_null(strstr(out.data, "h_bucket{le=\"1\"} 2\nh_bucket{le=\"2\"} 2\n"));
    assert_non_null(strstr(out.data, "h_bucket{le=\"65536\"} 2\nh_bucket{le=\"+Inf\"} 3\n"
                                     "h_sum 100002\nh_count 3\n"));
    buffer_reset(&out);
    const struct metric times = {"t_seconds", METRIC_HISTOGRAM, METRIC_NS, "T."};
    metric_histogram(&out, &times, "stage=\"a\"", &(struct histogram){.sum = 1500 * MS});
    buffer_append(&out, "", 1);
    assert_non_null(strstr(out.data, "t_seconds_bucket{stage=\"a\",le=\"0.500000000\"} 0\n"));
    assert_non_null(strstr(out.data, "t_seconds_sum{stage=\"a\"} 1.500000000\n"));
    assert_non_null(strstr(out.data, "t_seconds_count{stage=\"a\"} 0\n"));
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_count_apart_and_are_summed),
        cmocka_unit_test(health_is_judged_by_the_shop_alone),
        cmocka_unit_test(times_are_written_in_seconds),
        cmocka_unit_test(buckets_of_a_histogram_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
