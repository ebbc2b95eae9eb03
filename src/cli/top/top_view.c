#include "cli/top/top_view.h"

#include "base/histogram.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUTES_MAX = 256, TIME_SIZE = 16, P50 = 500, P99 = 990 };
#define MIB (1024.0 * 1024.0)

/* "0.12 ms", "1.50 s"; "-" when nothing came. */
static const char *time_text(double seconds, char text_out[TIME_SIZE])
{
    if (seconds <= 0)
        (void)snprintf(text_out, TIME_SIZE, "-");
    else if (seconds < 1)
        (void)snprintf(text_out, TIME_SIZE, "%.2f ms", seconds * 1000);
    else
        (void)snprintf(text_out, TIME_SIZE, "%.2f s", seconds);
    return text_out;
}

/* A # for each bound of histogram_times that is reached: 50 us, 100 us, 250 us ... */
static const char *bar(double seconds)
{
    static const char full[] = "#################";
    _Static_assert(sizeof(full) - 1 == HISTOGRAM_BOUNDS, "a # for each bound");
    uint32_t reached = 0;
    while (reached < HISTOGRAM_BOUNDS && seconds * 1e9 >= (double)histogram_times.bounds[reached])
        reached++;
    return full + (HISTOGRAM_BOUNDS - reached);
}

/* The columns behind a name: median, slowest percent, bar. */
static void write_times(struct buffer *out, const struct span *span, const char *histogram,
                        struct text labels)
{
    char p50[TIME_SIZE];
    char p99[TIME_SIZE];
    double slowest = span_quantile(span, histogram, labels, P99);
    buffer_printf(out, " %10s %10s  %s\n",
                  time_text(span_quantile(span, histogram, labels, P50), p50),
                  time_text(slowest, p99), bar(slowest));
}

static double share(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

/* --- the head --- */

/* Answers of all routes in this span: how many, and how many of them failed. */
static void count_answers(const struct span *span, double *all_out, double *failed_out)
{
    static const char failed_status[] = "status=\"5xx\"";
    *all_out = *failed_out = 0;
    for (uint32_t i = 0; i < span->now->count; i++) {
        const struct sample *sample = &span->now->samples[i];
        if (!text_equal(sample->name, TEXT("shop_http_answers_total")))
            continue;
        double growth = span_growth(span, "shop_http_answers_total", sample->labels);
        *all_out += growth;
        uint32_t length = sizeof(failed_status) - 1;
        if (sample->labels.length >= length &&
            text_equal((struct text){sample->labels.data + sample->labels.length - length, length},
                       text_of(failed_status)))
            *failed_out += growth;
    }
}

static void write_head(struct buffer *out, const struct top_view *view, const struct span *span)
{
    const struct scrape *now = span->now;
    const struct text none = TEXT("");
    double answers;
    double failed;
    count_answers(span, &answers, &failed);
    bool is_degraded = scrape_value(now, "shop_degraded", none) > 0;
    double disk = scrape_value(now, "shop_disk_size_bytes", none);
    double cpu = span_growth(span, "process_cpu_seconds_total", none) / span_seconds(span);
    buffer_printf(out, "shopd top  %s  %s  over %.1f s\n", view->url,
                  is_degraded ? "DEGRADED" : "ok", span_seconds(span));
    buffer_printf(out,
                  "answers %.0f/s  5xx %.2f %%  orders refused as sold out %.0f/s  shed %.0f/s\n",
                  answers / span_seconds(span), share(failed, answers),
                  span_growth(span, "shop_stock_short_total", none) / span_seconds(span),
                  span_growth(span, "shop_commands_shed_total", none) / span_seconds(span));
    buffer_printf(out, "cpu %.2f  memory %.0f MiB  disk %.0f %% free  stock guard hits %.0f\n", cpu,
                  scrape_value(now, "process_resident_memory_bytes", none) / MIB,
                  share(scrape_value(now, "shop_disk_free_bytes", none), disk),
                  scrape_value(now, "shop_stock_guard_hits_total", none));
}

/* --- routes --- */

struct busy_route {
    struct text labels;
    double count;
};

static int busier_first(const void *a, const void *b)
{
    double left = ((const struct busy_route *)a)->count;
    double right = ((const struct busy_route *)b)->count;
    return (left < right) - (left > right);
}

/* The value of a label; "" where there is none. */
static struct text label(struct text labels, const char *name)
{
    struct text part;
    while (text_cut(&labels, ',', &part)) {
        struct text key;
        if (!text_cut(&part, '=', &key) || !text_equal(key, text_of(name)) || part.length < 2)
            continue;
        return (struct text){part.data + 1, part.length - 2};
    }
    return TEXT("");
}

static double failures(const struct span *span, struct text labels)
{
    char with_status[256];
    int length =
        snprintf(with_status, sizeof(with_status), "%.*s,status=\"5xx\"", TEXT_ARGS(labels));
    ensure(length > 0);
    ensure((size_t)length < sizeof(with_status));
    return span_growth(span, "shop_http_answers_total", text_of(with_status));
}

static void write_routes(struct buffer *out, const struct top_view *view, const struct span *span)
{
    struct busy_route routes[ROUTES_MAX] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < span->now->count && count < ROUTES_MAX; i++) {
        const struct sample *sample = &span->now->samples[i];
        if (!text_equal(sample->name, TEXT("shop_http_answer_seconds_count")) ||
            sample->labels.length > 200)
            continue;
        double growth = span_growth(span, "shop_http_answer_seconds_count", sample->labels);
        if (growth > 0)
            routes[count++] = (struct busy_route){sample->labels, growth};
    }
    qsort(routes, count, sizeof(*routes), busier_first);
    buffer_printf(out, "\n%-46s %8s %7s %10s %10s\n", "route", "per s", "5xx %", "p50", "p99");
    for (uint32_t i = 0; i < count && i < view->routes_max; i++) {
        const struct busy_route *route = &routes[i];
        struct text method = label(route->labels, "method");
        struct text path = label(route->labels, "route");
        buffer_printf(out, "%-6.*s %-39.*s %8.1f %7.2f", TEXT_ARGS(method), TEXT_ARGS(path),
                      route->count / span_seconds(span),
                      share(failures(span, route->labels), route->count));
        write_times(out, span, "shop_http_answer_seconds", route->labels);
    }
}

/* --- writes, queues, lags --- */

static void write_stages(struct buffer *out, const struct span *span)
{
    static const char *const stages[] = {"queue", "decide", "record", "answer"};
    buffer_printf(out, "\n%-63s %10s %10s\n", "a write", "p50", "p99");
    for (uint32_t i = 0; i < countof(stages); i++) {
        char labels[32];
        (void)snprintf(labels, sizeof(labels), "stage=\"%s\"", stages[i]);
        buffer_printf(out, "%-63s", stages[i]);
        write_times(out, span, "shop_write_stage_seconds", text_of(labels));
    }
    buffer_printf(out, "%-63s", "flush of the disk");
    write_times(out, span, "shop_store_flush_seconds", TEXT(""));
    double batches = span_growth(span, "shop_batch_commands_count", TEXT(""));
    double commands = span_growth(span, "shop_batch_commands_sum", TEXT(""));
    buffer_printf(out, "%.1f batches/s of %.1f commands\n", batches / span_seconds(span),
                  batches > 0 ? commands / batches : 0);
}

/* "NAME value" of every label of a gauge, on one line. */
static void write_gauges(struct buffer *out, const struct span *span, const char *title,
                         const char *name, const char *label_name)
{
    buffer_printf(out, "%-15s", title);
    for (uint32_t i = 0; i < span->now->count; i++) {
        const struct sample *sample = &span->now->samples[i];
        if (!text_equal(sample->name, text_of(name)))
            continue;
        struct text value = label(sample->labels, label_name);
        buffer_printf(out, "%.*s %.*f  ", TEXT_ARGS(value),
                      sample->value > (double)(int64_t)sample->value ? 1 : 0, sample->value);
    }
    buffer_printf(out, "\n");
}

static void write_rest(struct buffer *out, const struct span *span)
{
    buffer_printf(out, "\n");
    write_gauges(out, span, "queues", "shop_commands_queued", "priority");
    write_gauges(out, span, "connections", "shop_http_connections_by_state", "state");
    buffer_printf(out, "%-15s%.1f s, %.0f events\n", "tables behind",
                  scrape_value(span->now, "shop_store_fold_lag_seconds", TEXT("")),
                  scrape_value(span->now, "shop_store_fold_behind_events", TEXT("")));
    write_gauges(out, span, "followers, s", "shop_follower_lag_seconds", "follower");
}

void top_view_write(struct buffer *out, const struct top_view *view, const struct span *span)
{
    ensure(span_seconds(span) > 0);
    write_head(out, view, span);
    write_routes(out, view, span);
    write_stages(out, span);
    write_rest(out, span);
}
