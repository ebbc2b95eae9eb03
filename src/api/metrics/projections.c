/* projections.c - whoever follows the events: notices, search, Kafka, streams; and what time ends.
 */
#include "api/call.h"
#include "api/live/live.h"
#include "api/metrics/parts.h"

static void write_scheduler_metrics(struct buffer *out, const struct scheduler *scheduler)
{
    struct scheduler_stats stats = scheduler_stats(scheduler);
    const struct metric_row rows[] = {
        {{"shop_orders_expired_total", METRIC_COUNTER, 0, "Orders cancelled: not paid in time."},
         stats.orders_expired},
        {{"shop_carts_ended_total", METRIC_COUNTER, 0,
          "Carts warned about, expired, or their contact forgotten."},
         stats.carts_ended},
        {{"shop_tokens_ended_total", METRIC_COUNTER, 0, "Tokens of customers whose time was over."},
         stats.tokens_ended},
    };
    metric_rows(out, rows, countof(rows));
}

/* Of several shopd on one ledger one tells people; alone it is always this one. */
static void write_teller_metrics(struct buffer *out, const struct ledger *ledger)
{
    const struct metric_row rows[] = {
        {{"shop_teller", METRIC_GAUGE, 0, "1 = this shopd tells people, 0 = it stands by."},
         ledger_term(ledger) != 0},
        {{"shop_teller_term", METRIC_GAUGE, 0,
          "Number of the term in which it tells: grows when another shopd takes over."},
         ledger_term(ledger)},
    };
    metric_rows(out, rows, countof(rows));
}

/* Not of those that stand by: another shopd reports what they would do. */
static void write_follower_metrics(struct buffer *out, const struct api_options *options)
{
    static const struct metric metrics[] = {
        {"shop_follower_event", METRIC_GAUGE, METRIC_PIECES, "Number of the last event taken."},
        {"shop_follower_behind_events", METRIC_GAUGE, METRIC_PIECES, "Durable events not taken."},
        {"shop_follower_lag_seconds", METRIC_GAUGE, METRIC_MS,
         "Age of the oldest event not taken."},
        {"shop_follower_failures_total", METRIC_COUNTER, METRIC_PIECES,
         "Runs of events that failed."},
        {"shop_follower_failing", METRIC_GAUGE, METRIC_PIECES, "1 while it fails over and over."},
    };
    char labels[METRIC_LABELS_SIZE];
    for (uint32_t i = 0; i < countof(metrics); i++) {
        metric_head(out, &metrics[i]);
        for (uint32_t j = 0; j < options->follower_count; j++) {
            struct follower_stats stats = follower_stats(options->followers[j]);
            if (stats.is_standing_by)
                continue;
            const uint64_t values[countof(metrics)] = {
                stats.event, stats.last > stats.event ? stats.last - stats.event : 0, stats.lag_ms,
                stats.failures, stats.failing_ms != 0};
            metric_value(out, &metrics[i], metric_label("follower", stats.name, labels), values[i]);
        }
    }
}

/* A Prometheus histogram, per channel. */
static void write_latencies(struct buffer *out, const struct courier *courier)
{
    static const struct metric metric = {"shop_notices_latency_seconds", METRIC_HISTOGRAM,
                                         METRIC_NS, "From the event to the provider's acceptance."};
    metric_head(out, &metric);
    for (uint32_t i = 0; i < courier_channel_count(courier); i++) {
        struct courier_stats stats = courier_stats(courier, i);
        for (uint32_t j = 0; j < COURIER_BOUNDS; j++)
            buffer_printf(out, "%s_bucket{channel=\"%s\",le=\"%u.%03u\"} %llu\n", metric.name,
                          stats.name, courier_bounds_ms[j] / 1000, courier_bounds_ms[j] % 1000,
                          (unsigned long long)stats.within[j]);
        unsigned long long count = stats.within[COURIER_BOUNDS];
        buffer_printf(out,
                      "%s_bucket{channel=\"%s\",le=\"+Inf\"} %llu\n"
                      "%s_sum{channel=\"%s\"} %llu.%03llu\n%s_count{channel=\"%s\"} %llu\n",
                      metric.name, stats.name, count, metric.name, stats.name,
                      (unsigned long long)stats.latency_ms / 1000,
                      (unsigned long long)stats.latency_ms % 1000, metric.name, stats.name, count);
    }
}

static void write_courier_metrics(struct buffer *out, const struct courier *courier)
{
    static const struct metric metrics[] = {
        {"shop_notices_accepted_total", METRIC_COUNTER, METRIC_PIECES,
         "Messages that the provider took."},
        {"shop_notices_again_total", METRIC_COUNTER, METRIC_PIECES,
         "Tries that failed and may yet pass."},
        {"shop_notices_refused_total", METRIC_COUNTER, METRIC_PIECES, "Messages given up."},
        {"shop_notices_under_way", METRIC_GAUGE, METRIC_PIECES, "Calls under way."},
        {"shop_notices_workers", METRIC_GAUGE, METRIC_PIECES, "Workers."},
    };
    char labels[METRIC_LABELS_SIZE];
    for (uint32_t i = 0; i < countof(metrics); i++) {
        metric_head(out, &metrics[i]);
        for (uint32_t j = 0; j < courier_channel_count(courier); j++) {
            struct courier_stats stats = courier_stats(courier, j);
            const uint64_t values[countof(metrics)] = {stats.accepted, stats.again, stats.refused,
                                                       stats.under_way, stats.workers};
            metric_value(out, &metrics[i], metric_label("channel", stats.name, labels), values[i]);
        }
    }
}

static void write_sink_metrics(struct buffer *out, const struct event_sink *sink)
{
    struct event_sink_stats stats = event_sink_stats(sink);
    const struct metric_row rows[] = {
        {{"shop_kafka_acknowledged_total", METRIC_COUNTER, 0,
          "Messages that the brokers have acknowledged."},
         stats.acknowledged},
        {{"shop_kafka_unacknowledged", METRIC_GAUGE, 0, "Messages that they have not yet."},
         stats.waiting},
        {{"shop_kafka_refused_total", METRIC_COUNTER, 0,
          "Messages that they refused; sent again until they are taken."},
         stats.refused},
    };
    metric_rows(out, rows, countof(rows));
}

static void write_search_metrics(struct buffer *out, struct search_backend *search)
{
    struct search_stats stats = search_stats(search);
    const struct metric_row rows[] = {
        {{"shop_search_products", METRIC_GAUGE, 0,
          "Products that can be found by the index in memory."},
         stats.products},
        {{"shop_search_memory_bytes", METRIC_GAUGE, 0, "Memory of the index."}, stats.memory_bytes},
        {{"shop_search_build_cpu_seconds", METRIC_GAUGE, METRIC_NS,
          "CPU time of the last full build of the index."},
         stats.build_cpu_ns},
        {{"shop_search_rebuilds_total", METRIC_COUNTER, 0,
          "Times the index was built anew beside its readers."},
         stats.rebuilds},
        {{"shop_search_lag_products", METRIC_GAUGE, 0,
          "Changed products not yet sent to the cluster."},
         stats.lag_events},
        {{"shop_search_fallbacks_total", METRIC_COUNTER, 0,
          "Searches that the index answered because the cluster was away."},
         stats.fallbacks},
        {{"shop_search_failures_total", METRIC_COUNTER, 0,
          "Searches that the cluster did not answer."},
         stats.failures},
    };
    metric_rows(out, rows, countof(rows));
}

void metrics_write_projections(struct buffer *out, const struct call *call)
{
    const struct api_options *options = call->options;
    const struct metric_row products = {{"shop_products", METRIC_GAUGE, 0, "Products."},
                                        view_product_count(call->view)};
    metric_rows(out, &products, 1);
    write_search_metrics(out, call->search);
    write_follower_metrics(out, options);
    if (options->ledger != NULL)
        write_teller_metrics(out, options->ledger);
    if (options->scheduler != NULL)
        write_scheduler_metrics(out, options->scheduler);
    if (options->live != NULL) {
        const struct metric_row streams = {
            {"shop_live_streams", METRIC_GAUGE, 0, "Open event streams."},
            live_stream_count(options->live)};
        metric_rows(out, &streams, 1);
    }
    if (options->event_sink != NULL)
        write_sink_metrics(out, options->event_sink);
    if (options->courier != NULL) {
        write_courier_metrics(out, options->courier);
        write_latencies(out, options->courier);
    }
}
