/* What `shopd top` makes of two answers of /metrics. */
#include "cli/top/top_view.h"
#include "test.h"

#include <math.h>
#include <string.h>

#define S UINT64_C(1000000000)

static const char first[] =
    "# HELP shop_http_answers_total Answers.\n"
    "shop_http_answers_total{method=\"GET\",route=\"/v1/carts/{id}\",status=\"2xx\"} 10\n"
    "shop_degraded 0\n";
static const char second[] =
    "shop_http_answers_total{method=\"GET\",route=\"/v1/carts/{id}\",status=\"2xx\"} 28\n"
    "shop_http_answers_total{method=\"GET\",route=\"/v1/carts/{id}\",status=\"5xx\"} 2\n"
    "shop_http_answer_seconds_bucket{method=\"GET\",route=\"/v1/carts/{id}\",le=\"0.1\"} 10\n"
    "shop_http_answer_seconds_bucket{method=\"GET\",route=\"/v1/carts/{id}\",le=\"0.5\"} 20\n"
    "shop_http_answer_seconds_bucket{method=\"GET\",route=\"/v1/carts/{id}\",le=\"+Inf\"} 20\n"
    "shop_http_answer_seconds_count{method=\"GET\",route=\"/v1/carts/{id}\"} 20\n"
    "shop_http_answer_seconds_bucket{method=\"GET\",route=\"/v1\",le=\"0.1\"} 7\n"
    "shop_commands_queued{priority=\"orders\"} 3\n"
    "shop_commands_queued{priority=\"bulk\"} 4\n"
    "shop_follower_lag_seconds{follower=\"notices\"} 1.500\n"
    "shop_degraded 1\n"
    "no number\n";
#define CART "method=\"GET\",route=\"/v1/carts/{id}\""

static void read_both(struct scrape *before, struct scrape *now)
{
    scrape_read(before, text_of(first), 1 * S);
    scrape_read(now, text_of(second), 3 * S);
}

static void assert_near(double value, double wanted)
{
    assert_true(fabs(value - wanted) < 1e-9);
}

static void values_are_found_by_name_and_labels(void **state)
{
    (void)state;
    struct scrape before, now;
    read_both(&before, &now);
    assert_int_equal(before.count, 2);
    assert_int_equal(now.count, 11);
    assert_near(scrape_value(&now, "shop_commands_queued", TEXT("priority=\"bulk\"")), 4);
    assert_near(scrape_value(&now, "shop_commands_queued", TEXT("")), 0);
    assert_near(scrape_sum(&now, "shop_commands_queued"), 7);
    scrape_release(&before);
    scrape_release(&now);
}

static void what_came_between_two_is_counted(void **state)
{
    (void)state;
    struct scrape before, now;
    read_both(&before, &now);
    struct span span = {&before, &now};
    assert_near(span_seconds(&span), 2);
    assert_near(span_growth(&span, "shop_http_answers_total", TEXT(CART ",status=\"2xx\"")), 18);
    assert_near(span_growth(&span, "shop_http_answers_total", TEXT(CART ",status=\"5xx\"")), 2);
    struct span over = {&now, &before}; /* the process started anew: counters fell */
    assert_near(span_growth(&over, "shop_http_answers_total", TEXT(CART ",status=\"2xx\"")), 10);
    assert_near(span_quantile(&span, "shop_http_answer_seconds", TEXT(CART), 250), 0.05);
    assert_near(span_quantile(&span, "shop_http_answer_seconds", TEXT(CART), 500), 0.1);
    assert_near(span_quantile(&span, "shop_http_answer_seconds", TEXT(CART), 750), 0.3);
    assert_near(span_quantile(&span, "shop_http_answer_seconds", TEXT("route=\"x\""), 500), 0);
    scrape_release(&before);
    scrape_release(&now);
}

static void the_picture_shows_rates_errors_bars_queues_and_lags(void **state)
{
    (void)state;
    struct scrape before, now;
    read_both(&before, &now);
    struct buffer out;
    buffer_init(&out, 64);
    const struct top_view view = {.url = "http://x", .routes_max = 5};
    top_view_write(&out, &view, &(struct span){&before, &now});
    buffer_append(&out, "", 1);
    assert_non_null(strstr(out.data, "http://x  DEGRADED  over 2.0 s\n"));
    assert_non_null(strstr(out.data, "answers 10/s  5xx 10.00 %"));
    const char *route = strstr(out.data, "GET    /v1/carts/{id} ");
    assert_non_null(route);
    assert_non_null(strstr(route, "10.0   10.00  100.00 ms  492.00 ms  ############\n"));
    assert_non_null(strstr(out.data, "orders 3  bulk 4"));
    assert_non_null(strstr(out.data, "notices 1.5"));
    buffer_release(&out);
    scrape_release(&before);
    scrape_release(&now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_by_name_and_labels),
        cmocka_unit_test(what_came_between_two_is_counted),
        cmocka_unit_test(the_picture_shows_rates_errors_bars_queues_and_lags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
