/* metrics.c - GET /metrics: what every part of the server counts, summed up when it is asked for.
 */
#include "api/call.h"
#include "api/metrics/parts.h"

#include <stdatomic.h>
#include <stdio.h>

/* --- the way of a write --- */

static void write_stages(struct buffer *out, const struct executor_stats *stats,
                         const struct traffic *traffic)
{
    static const struct metric metric = {
        "shop_write_stage_seconds", METRIC_HISTOGRAM, METRIC_NS,
        "Writes, by how long each took to be queued, decided, recorded and answered."};
    struct histogram answered = {0};
    if (traffic != NULL)
        answered = traffic_of_writes(traffic);
    metric_head(out, &metric);
    metric_histogram(out, &metric, "stage=\"queue\"", &stats->queue_ns);
    metric_histogram(out, &metric, "stage=\"decide\"", &stats->decide_ns_each);
    metric_histogram(out, &metric, "stage=\"record\"", &stats->record_ns_each);
    metric_histogram(out, &metric, "stage=\"answer\"", &answered);
}

static void write_queues(struct buffer *out, const struct executor_stats *stats)
{
    static const char *const names[COMMAND_PRIORITY_COUNT] = {
        [COMMAND_ORDERS] = "orders", [COMMAND_CARTS] = "carts", [COMMAND_BULK] = "bulk"};
    static const struct metric metric = {"shop_commands_queued", METRIC_GAUGE, METRIC_PIECES,
                                         "Commands waiting to be decided, by priority."};
    char labels[METRIC_LABELS_SIZE];
    metric_head(out, &metric);
    for (uint32_t i = 0; i < COMMAND_PRIORITY_COUNT; i++)
        metric_value(out, &metric, metric_label("priority", names[i], labels),
                     stats->queued_by_priority[i]);
}

static void write_batches(struct buffer *out, const struct executor_stats *stats)
{
    static const struct metric commands = {"shop_batch_commands", METRIC_HISTOGRAM, METRIC_PIECES,
                                           "Batches, by how many commands they took."};
    static const struct metric events = {"shop_batch_events", METRIC_HISTOGRAM, METRIC_PIECES,
                                         "Recorded batches, by how many events they made durable."};
    metric_head(out, &commands);
    metric_histogram(out, &commands, "", &stats->batch_commands);
    metric_head(out, &events);
    metric_histogram(out, &events, "", &stats->batch_events);
}

static void write_executor(struct buffer *out, const struct executor_stats *stats)
{
    const struct metric_row rows[] = {
        {{"shop_commands_total", METRIC_COUNTER, 0, "Commands decided."}, stats->commands},
        {{"shop_commands_refused_total", METRIC_COUNTER, 0, "Commands refused by the rules."},
         stats->refused},
        {{"shop_commands_shed_total", METRIC_COUNTER, 0, "Commands not taken: too busy."},
         stats->shed},
        {{"shop_batches_total", METRIC_COUNTER, 0, "Batches, one flush each."}, stats->batches},
        {{"shop_events_total", METRIC_COUNTER, 0, "Events made durable."}, stats->events},
        {{"shop_decide_cpu_seconds_total", METRIC_COUNTER, METRIC_NS, "CPU in the rules."},
         stats->decide_ns},
        {{"shop_record_cpu_seconds_total", METRIC_COUNTER, METRIC_NS, "CPU in recording."},
         stats->record_ns},
        {{"shop_record_seconds_total", METRIC_COUNTER, METRIC_NS, "Wall time in recording."},
         stats->record_wall_ns},
        {{"shop_handover_cpu_seconds_total", METRIC_COUNTER, METRIC_NS,
          "CPU in queueing, publishing and answering."},
         stats->other_ns},
        {{"shop_orders_resident", METRIC_GAUGE, 0, "Orders in memory."}, stats->orders_resident},
        {{"shop_commands_loading", METRIC_GAUGE, 0, "Commands that wait for the tables."},
         stats->loading},
        {{"shop_loads", METRIC_GAUGE, 0, "Reads of the tables that wait or run."}, stats->loads},
        {{"shop_stock_short_total", METRIC_COUNTER, 0,
          "Commands refused because the pieces were not there."},
         stats->stock_short},
        {{"shop_stock_guard_hits_total", METRIC_COUNTER, 0,
          "Sales of pieces that are not there, stopped before they were recorded: a bug."},
         stats->guard_hits},
    };
    metric_rows(out, rows, countof(rows));
}

static void write_store(struct buffer *out, struct store *store)
{
    static const struct metric flush = {"shop_store_flush_seconds", METRIC_HISTOGRAM, METRIC_NS,
                                        "Commits of the journal, each with its flush to the disk."};
    struct store_stats stats = store_stats(store);
    struct store_lag lag = store_lag(store);
    uint64_t behind =
        stats.recorded_event > stats.folded_event ? stats.recorded_event - stats.folded_event : 0;
    const struct metric_row rows[] = {
        {{"shop_store_recorded_event", METRIC_GAUGE, 0, "Number of the last durable event."},
         stats.recorded_event},
        {{"shop_store_folded_event", METRIC_GAUGE, 0, "Number of the last event in the tables."},
         stats.folded_event},
        {{"shop_store_fold_behind_events", METRIC_GAUGE, 0, "Durable events not in the tables."},
         behind},
        {{"shop_store_fold_lag_seconds", METRIC_GAUGE, METRIC_MS,
          "Age of the oldest event not in the tables."},
         stats.fold_lag_ms},
        {{"shop_store_reachable", METRIC_GAUGE, 0, "1, or 0 while a shared database is away."},
         store_is_reachable(store)},
        {{"shop_read_only", METRIC_GAUGE, 0, "1 = this process only reads what others write."},
         store_is_read_only(store)},
        {{"shop_store_behind_seconds", METRIC_GAUGE, METRIC_MS,
          "Read only: nothing newer than that has come from where it is written."},
         lag.ms},
        {{"shop_store_behind_events", METRIC_GAUGE, 0,
          "Read only: events that the database has and this process has not."},
         lag.events},
        {{"shop_store_fold_cpu_seconds_total", METRIC_COUNTER, METRIC_NS, "CPU of the fold."},
         stats.fold_cpu_ns},
        {{"shop_store_journal_bytes", METRIC_GAUGE, 0, "Size of the journal."},
         stats.journal_bytes},
        {{"shop_store_journal_wal_pages", METRIC_GAUGE, 0,
          "Pages ahead of the journal's file since its write-ahead log last started over."},
         stats.journal_wal_pages},
    };
    metric_rows(out, rows, countof(rows));
    if (stats.flush_ns == NULL)
        return;
    struct histogram flushes = {0};
    histogram_gather(&flushes, stats.flush_ns);
    metric_head(out, &flush);
    metric_histogram(out, &flush, "", &flushes);
}

/* --- HTTP --- */

static void write_connections(struct buffer *out, const struct server_stats *stats)
{
    static const struct metric metric = {"shop_http_connections_by_state", METRIC_GAUGE,
                                         METRIC_PIECES, "Connections, by what they wait for."};
    char labels[METRIC_LABELS_SIZE];
    metric_head(out, &metric);
    for (uint32_t i = 0; i < SERVER_PHASES; i++)
        metric_value(out, &metric, metric_label("state", server_phase_name(i), labels),
                     stats->in_phase[i]);
}

static void write_server(struct buffer *out, const struct server_stats *stats)
{
    const struct metric_row rows[] = {
        {{"shop_http_connections", METRIC_GAUGE, 0, "Open connections."}, stats->connections_open},
        {{"shop_http_connections_total", METRIC_COUNTER, 0, "Connections accepted."},
         stats->connections_total},
        {{"shop_http_requests_total", METRIC_COUNTER, 0, "Requests."}, stats->requests_total},
        {{"shop_http_refused_total", METRIC_COUNTER, 0, "Refused by the server itself."},
         stats->refused_total},
        {{"shop_http_cut_total", METRIC_COUNTER, 0, "Connections cut at a deadline."},
         stats->cut_total},
        {{"shop_http_cpu_seconds_total", METRIC_COUNTER, METRIC_NS, "CPU of the event loops."},
         stats->cpu_ns},
    };
    metric_rows(out, rows, countof(rows));
    write_connections(out, stats);
}

static const char *route_labels(const struct route *route, char labels_out[METRIC_LABELS_SIZE])
{
    if (route == NULL)
        return metric_label("route", "none", labels_out);
    int length = snprintf(labels_out, METRIC_LABELS_SIZE, "method=\"%s\",route=\"%s\"",
                          call_method_name(route->method), route->path);
    ensure(length > 0);
    ensure(length < METRIC_LABELS_SIZE);
    return labels_out;
}

static void write_answers(struct buffer *out, const struct route_traffic *seen, const char *labels)
{
    static const struct metric metric = {.name = "shop_http_answers_total"};
    char with_status[METRIC_LABELS_SIZE];
    for (uint32_t i = 0; i < STATUS_KINDS; i++) {
        if (seen->answers[i] == 0)
            continue;
        int length = snprintf(with_status, sizeof(with_status), "%s,status=\"%uxx\"", labels,
                              i + STATUS_KIND_FIRST);
        ensure(length > 0);
        ensure((size_t)length < sizeof(with_status));
        metric_value(out, &metric, with_status, seen->answers[i]);
    }
}

/* What nobody has asked for yet is left out: most routes are not those that a shop lives by. */
static void write_routes(struct buffer *out, const struct traffic *traffic)
{
    static const struct metric answers = {"shop_http_answers_total", METRIC_COUNTER, METRIC_PIECES,
                                          "Answers, by route and kind of status."};
    static const struct metric took = {"shop_http_answer_seconds", METRIC_HISTOGRAM, METRIC_NS,
                                       "Answers, by how long after the request's last byte."};
    char labels[METRIC_LABELS_SIZE];
    metric_head(out, &answers);
    for (uint32_t i = 0; i <= route_count(); i++) {
        struct route_traffic seen = traffic_of(traffic, route_at(i));
        write_answers(out, &seen, route_labels(route_at(i), labels));
    }
    metric_head(out, &took);
    for (uint32_t i = 0; i <= route_count(); i++) {
        struct route_traffic seen = traffic_of(traffic, route_at(i));
        if (histogram_count(&seen.took) > 0)
            metric_histogram(out, &took, route_labels(route_at(i), labels), &seen.took);
    }
}

static void write_http(struct buffer *out, const struct call *call)
{
    struct rate *rate = &call->edge->rate;
    const struct metric_row limited = {
        {"shop_http_rate_limited_total", METRIC_COUNTER, 0, "Refused with 429."},
        atomic_load_explicit(&rate->refused_total, memory_order_relaxed)};
    metric_rows(out, &limited, 1);
    if (call->traffic != NULL)
        write_routes(out, call->traffic);
}

void system_metrics(struct call *call)
{
    call->has_no_tag = true;
    struct buffer *out = &call->request->reply;
    struct executor_stats executor = executor_stats(call->executor);
    struct server_stats server = {0};
    if (call->server != NULL)
        server = server_stats(call->server);
    write_executor(out, &executor);
    write_queues(out, &executor);
    if (call->options->workers != NULL) {
        const struct metric_row passwords = {
            {"shop_passwords", METRIC_GAUGE, 0, "Passwords that wait to be hashed, or are."},
            workers_busy(call->options->workers)};
        metric_rows(out, &passwords, 1);
    }
    write_batches(out, &executor);
    write_stages(out, &executor, call->traffic);
    write_store(out, call->store);
    if (call->server != NULL)
        write_server(out, &server);
    write_http(out, call);
    metrics_write_host(out, call, &executor, &server);
    metrics_write_projections(out, call);
    call_reply_as(call, 200, "text/plain; version=0.0.4; charset=utf-8");
}
