/* system.c - /healthz, /readyz, /metrics and the documents about the API. */
#include "api/call.h"
#include "api/embedded.h"
#include "api/live/live.h"

#include <stdatomic.h>

void system_health(struct call *call)
{
    call->has_no_tag = true;
    buffer_append_text(&call->request->reply, TEXT("{\"status\":\"ok\"}"));
    call_reply(call, 200);
}

/* The server listens only once the shop is loaded, so whoever gets here is ready, or late. */
void system_ready(struct call *call)
{
    call->has_no_tag = true;
    if (call->server != NULL && server_is_draining(call->server)) {
        buffer_append_text(&call->request->reply, TEXT("{\"status\":\"draining\"}"));
        call_reply(call, 503);
        return;
    }
    buffer_append_text(&call->request->reply, TEXT("{\"status\":\"ready\"}"));
    call_reply(call, 200);
}

void system_openapi(struct call *call)
{
    call->cache = "no-cache";
    buffer_append_text(&call->request->reply, embedded_openapi());
    call_reply(call, 200);
}

/* One page with its script in it, or with the viewer's; it talks to this server alone. */
static void reply_page(struct call *call, struct text page)
{
    call_header(
        call, "Content-Security-Policy",
        TEXT("default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; "
             "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"));
    call->cache = "no-cache";
    buffer_append_text(&call->request->reply, page);
    call_reply_as(call, 200, "text/html; charset=utf-8");
}

void system_docs_plain(struct call *call)
{
    reply_page(call, embedded_docs());
}

void system_docs(struct call *call)
{
    struct text page = embedded_viewer_page();
    reply_page(call, page.length > 0 ? page : embedded_docs());
}

void system_docs_viewer(struct call *call)
{
    struct text viewer = embedded_viewer();
    if (viewer.length == 0) {
        call_refuse_edge(call, EDGE_NOT_FOUND);
        return;
    }
    call->cache = "no-cache";
    buffer_append_text(&call->request->reply, viewer);
    call_reply_as(call, 200, "text/javascript; charset=utf-8");
}

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metric {
    const char *name;
    enum metric_kind kind;
    const char *help;
    uint64_t value;
};

static void write_metrics(struct buffer *out, const struct metric *metrics, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct metric *metric = &metrics[i];
        const char *kind = metric->kind == METRIC_COUNTER ? "counter" : "gauge";
        buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", metric->name, metric->help,
                      metric->name, kind, metric->name, (unsigned long long)metric->value);
    }
}

static void write_executor_metrics(struct buffer *out, const struct executor *executor)
{
    struct executor_stats stats = executor_stats(executor);
    const struct metric metrics[] = {
        {"shop_commands_total", METRIC_COUNTER, "Commands decided.", stats.commands},
        {"shop_commands_refused_total", METRIC_COUNTER, "Commands refused by the rules.",
         stats.refused},
        {"shop_commands_shed_total", METRIC_COUNTER, "Commands not taken: too busy.", stats.shed},
        {"shop_batches_total", METRIC_COUNTER, "Batches, one flush each.", stats.batches},
        {"shop_events_total", METRIC_COUNTER, "Events made durable.", stats.events},
        {"shop_decide_cpu_nanoseconds_total", METRIC_COUNTER, "CPU in the rules.", stats.decide_ns},
        {"shop_record_cpu_nanoseconds_total", METRIC_COUNTER, "CPU in recording.", stats.record_ns},
        {"shop_record_nanoseconds_total", METRIC_COUNTER, "Wall time in recording.",
         stats.record_wall_ns},
        {"shop_handover_cpu_nanoseconds_total", METRIC_COUNTER,
         "CPU in queueing, publishing and answering.", stats.other_ns},
        {"shop_orders_resident", METRIC_GAUGE, "Orders in memory.", stats.orders_resident},
        {"shop_commands_queued", METRIC_GAUGE, "Commands waiting.", stats.queued},
    };
    write_metrics(out, metrics, countof(metrics));
}

static void write_scheduler_metrics(struct buffer *out, const struct scheduler *scheduler)
{
    struct scheduler_stats stats = scheduler_stats(scheduler);
    const struct metric metrics[] = {
        {"shop_orders_expired_total", METRIC_COUNTER, "Orders cancelled: not paid in time.",
         stats.orders_expired},
        {"shop_carts_ended_total", METRIC_COUNTER,
         "Carts warned about, expired, or their contact forgotten.", stats.carts_ended},
        {"shop_tokens_ended_total", METRIC_COUNTER, "Tokens of customers whose time was over.",
         stats.tokens_ended},
    };
    write_metrics(out, metrics, countof(metrics));
}

static void write_store_metrics(struct buffer *out, struct store *store)
{
    struct store_stats stats = store_stats(store);
    const struct metric metrics[] = {
        {"shop_store_recorded_event", METRIC_GAUGE, "Number of the last durable event.",
         stats.recorded_event},
        {"shop_store_folded_event", METRIC_GAUGE, "Number of the last event in the tables.",
         stats.folded_event},
        {"shop_store_fold_lag_milliseconds", METRIC_GAUGE, "Age of the oldest event not folded.",
         stats.fold_lag_ms},
        {"shop_store_reachable", METRIC_GAUGE, "1, or 0 while a shared database is away.",
         store_is_reachable(store)},
        {"shop_store_fold_cpu_nanoseconds_total", METRIC_COUNTER, "CPU of the fold.",
         stats.fold_cpu_ns},
        {"shop_store_journal_bytes", METRIC_GAUGE, "Size of the journal.", stats.journal_bytes},
    };
    write_metrics(out, metrics, countof(metrics));
}

static void write_server_metrics(struct buffer *out, const struct server *server)
{
    struct server_stats stats = server_stats(server);
    const struct metric metrics[] = {
        {"shop_http_connections", METRIC_GAUGE, "Open connections.", stats.connections_open},
        {"shop_http_connections_total", METRIC_COUNTER, "Connections accepted.",
         stats.connections_total},
        {"shop_http_requests_total", METRIC_COUNTER, "Requests.", stats.requests_total},
        {"shop_http_refused_total", METRIC_COUNTER, "Refused by the server itself.",
         stats.refused_total},
        {"shop_http_cut_total", METRIC_COUNTER, "Connections cut at a deadline.", stats.cut_total},
        {"shop_http_cpu_nanoseconds_total", METRIC_COUNTER, "CPU of the event loops.",
         stats.cpu_ns},
    };
    write_metrics(out, metrics, countof(metrics));
}

/* One line per follower or channel, by its name. */
struct labelled {
    const char *name;
    enum metric_kind kind;
    const char *help;
    const char *label;
};

static void write_labelled_head(struct buffer *out, const struct labelled *metric)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                  metric->kind == METRIC_COUNTER ? "counter" : "gauge");
}

static void write_labelled(struct buffer *out, const struct labelled *metric, const char *value,
                           uint64_t number)
{
    buffer_printf(out, "%s{%s=\"%s\"} %llu\n", metric->name, metric->label, value,
                  (unsigned long long)number);
}

static void write_follower_metrics(struct buffer *out, const struct api_options *options)
{
    static const struct labelled metrics[] = {
        {"shop_follower_event", METRIC_GAUGE, "Number of the last event taken.", "follower"},
        {"shop_follower_behind_events", METRIC_GAUGE, "Durable events not taken.", "follower"},
        {"shop_follower_lag_milliseconds", METRIC_GAUGE, "Age of the oldest event not taken.",
         "follower"},
        {"shop_follower_failures_total", METRIC_COUNTER, "Runs of events that failed.", "follower"},
        {"shop_follower_failing", METRIC_GAUGE, "1 while it fails over and over.", "follower"},
    };
    for (uint32_t i = 0; i < countof(metrics); i++) {
        write_labelled_head(out, &metrics[i]);
        for (uint32_t j = 0; j < options->follower_count; j++) {
            struct follower_stats stats = follower_stats(options->followers[j]);
            const uint64_t values[countof(metrics)] = {
                stats.event, stats.last > stats.event ? stats.last - stats.event : 0, stats.lag_ms,
                stats.failures, stats.failing_ms != 0};
            write_labelled(out, &metrics[i], stats.name, values[i]);
        }
    }
}

/* A Prometheus histogram, per channel. */
static void write_latencies(struct buffer *out, const struct courier *courier)
{
    static const struct labelled metric = {"shop_notices_latency_seconds", METRIC_GAUGE,
                                           "From the event to the provider's acceptance.",
                                           "channel"};
    buffer_printf(out, "# HELP %s %s\n# TYPE %s histogram\n", metric.name, metric.help,
                  metric.name);
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
    static const struct labelled metrics[] = {
        {"shop_notices_accepted_total", METRIC_COUNTER, "Messages that the provider took.",
         "channel"},
        {"shop_notices_again_total", METRIC_COUNTER, "Tries that failed and may yet pass.",
         "channel"},
        {"shop_notices_refused_total", METRIC_COUNTER, "Messages given up.", "channel"},
        {"shop_notices_under_way", METRIC_GAUGE, "Calls under way.", "channel"},
        {"shop_notices_workers", METRIC_GAUGE, "Workers.", "channel"},
    };
    for (uint32_t i = 0; i < countof(metrics); i++) {
        write_labelled_head(out, &metrics[i]);
        for (uint32_t j = 0; j < courier_channel_count(courier); j++) {
            struct courier_stats stats = courier_stats(courier, j);
            const uint64_t values[countof(metrics)] = {stats.accepted, stats.again, stats.refused,
                                                       stats.under_way, stats.workers};
            write_labelled(out, &metrics[i], stats.name, values[i]);
        }
    }
}

static void write_sink_metrics(struct buffer *out, const struct event_sink *sink)
{
    struct event_sink_stats stats = event_sink_stats(sink);
    const struct metric metrics[] = {
        {"shop_kafka_acknowledged_total", METRIC_COUNTER,
         "Messages that the brokers have acknowledged.", stats.acknowledged},
        {"shop_kafka_unacknowledged", METRIC_GAUGE, "Messages that they have not yet.",
         stats.waiting},
        {"shop_kafka_refused_total", METRIC_COUNTER,
         "Messages that they refused; sent again until they are taken.", stats.refused},
    };
    write_metrics(out, metrics, countof(metrics));
}

static void write_search_metrics(struct buffer *out, struct search_backend *search)
{
    struct search_stats stats = search_stats(search);
    const struct metric metrics[] = {
        {"shop_search_products", METRIC_GAUGE, "Products that can be found by the index in memory.",
         stats.products},
        {"shop_search_memory_bytes", METRIC_GAUGE, "Memory of the index.", stats.memory_bytes},
        {"shop_search_build_cpu_nanoseconds", METRIC_GAUGE,
         "CPU time of the last full build of the index.", stats.build_cpu_ns},
        {"shop_search_rebuilds_total", METRIC_COUNTER,
         "Times the index was built anew beside its readers.", stats.rebuilds},
        {"shop_search_lag_products", METRIC_GAUGE, "Changed products not yet sent to the cluster.",
         stats.lag_events},
        {"shop_search_fallbacks_total", METRIC_COUNTER,
         "Searches that the index answered because the cluster was away.", stats.fallbacks},
        {"shop_search_failures_total", METRIC_COUNTER, "Searches that the cluster did not answer.",
         stats.failures},
    };
    write_metrics(out, metrics, countof(metrics));
}

void system_metrics(struct call *call)
{
    call->has_no_tag = true;
    struct buffer *out = &call->request->reply;
    write_executor_metrics(out, call->executor);
    write_store_metrics(out, call->store);
    if (call->options->scheduler != NULL)
        write_scheduler_metrics(out, call->options->scheduler);
    if (call->server != NULL)
        write_server_metrics(out, call->server);
    struct rate *rate = &call->edge->rate;
    const struct metric limited = {
        "shop_http_rate_limited_total", METRIC_COUNTER, "Refused with 429.",
        atomic_load_explicit(&rate->refused_total, memory_order_relaxed)};
    write_metrics(out, &limited, 1);
    write_follower_metrics(out, call->options);
    if (call->options->live != NULL) {
        const struct metric streams = {"shop_live_streams", METRIC_GAUGE, "Open event streams.",
                                       live_stream_count(call->options->live)};
        write_metrics(out, &streams, 1);
    }
    if (call->options->event_sink != NULL)
        write_sink_metrics(out, call->options->event_sink);
    if (call->options->courier != NULL) {
        write_courier_metrics(out, call->options->courier);
        write_latencies(out, call->options->courier);
    }
    const struct metric products = {"shop_products", METRIC_GAUGE, "Products.",
                                    view_product_count(call->view)};
    write_metrics(out, &products, 1);
    write_search_metrics(out, call->search);
    call_reply_as(call, 200, "text/plain; version=0.0.4; charset=utf-8");
}
