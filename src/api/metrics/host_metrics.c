/* host_metrics.c - memory by lifetime, processors, disk. */
#include "api/call.h"
#include "api/metrics/parts.h"
#include "api/reading.h"
#include "base/host.h"

static void write_memory(struct buffer *out, const struct call *call,
                         const struct executor_stats *executor, const struct server_stats *server)
{
    static const struct metric metric = {
        "shop_memory_bytes", METRIC_GAUGE, METRIC_PIECES,
        "Memory, by when it is released; version = the search index, cache = pages of tables, "
        "journal and ledger, process = all the rest."};
    uint64_t resident = host_resident_bytes();
    uint64_t cache = store_stats(call->store).cache_bytes;
    uint64_t version = search_stats(call->search).memory_bytes;
    uint64_t known =
        server->connection_bytes + server->request_bytes + executor->batch_bytes + version + cache;
    metric_head(out, &metric);
    metric_value(out, &metric, "lifetime=\"process\"", resident > known ? resident - known : 0);
    metric_value(out, &metric, "lifetime=\"connection\"", server->connection_bytes);
    metric_value(out, &metric, "lifetime=\"request\"", server->request_bytes);
    metric_value(out, &metric, "lifetime=\"transaction\"", executor->batch_bytes);
    metric_value(out, &metric, "lifetime=\"version\"", version);
    metric_value(out, &metric, "lifetime=\"cache\"", cache);
    /* Named as every Prometheus client names them. */
    const struct metric_row rows[] = {
        {{"process_resident_memory_bytes", METRIC_GAUGE, 0, "Resident memory."}, resident},
        {{"process_cpu_seconds_total", METRIC_COUNTER, METRIC_NS, "CPU of all threads."},
         host_cpu_ns()},
    };
    metric_rows(out, rows, countof(rows));
}

void metrics_write_host(struct buffer *out, const struct call *call,
                        const struct executor_stats *executor, const struct server_stats *server)
{
    write_memory(out, call, executor, server);
    const struct metric_row degraded = {
        {"shop_degraded", METRIC_GAUGE, 0, "1 while /readyz says degraded."},
        health_is_degraded(call->health) || reading_look(call).is_stale};
    metric_rows(out, &degraded, 1);
    struct host_disk disk;
    const char *folder = call->options->data_folder;
    if (folder == NULL || !host_disk(folder, &disk))
        return;
    const struct metric_row rows[] = {
        {{"shop_disk_free_bytes", METRIC_GAUGE, 0, "Room left on the disk of the data folder."},
         disk.free_bytes},
        {{"shop_disk_size_bytes", METRIC_GAUGE, 0, "Size of that disk."}, disk.size_bytes},
    };
    metric_rows(out, rows, countof(rows));
}
