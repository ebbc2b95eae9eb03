/* worker_group.c - the consumer group: what is assigned to this worker, and what it commits. */
#include "base/log.h"
#include "cli/worker/worker_parts.h"

#include <stdio.h>
#include <string.h>

enum { DIGITS_SIZE = 16 };

/* NULL when it was never ours. */
static struct window *find_window(struct worker *worker, const char *topic, int32_t partition)
{
    for (uint32_t i = 0; i < worker->window_count; i++) {
        struct window *window = &worker->windows[i];
        if (window->partition == partition && strcmp(window->topic, topic) == 0)
            return window;
    }
    return NULL;
}

struct window *worker_window(struct worker *worker, const char *topic, int32_t partition)
{
    struct window *window = find_window(worker, topic, partition);
    ensure(window != NULL);
    return window;
}

/* Those of `list`, or all; NULL when there is nothing to commit. */
static rd_kafka_topic_partition_list_t *gather_offsets(struct worker *worker,
                                                       const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
    for (uint32_t i = 0; i < worker->window_count; i++) {
        struct window *window = &worker->windows[i];
        int64_t offset = window_to_commit(window);
        if (offset < 0 || (list != NULL && rd_kafka_topic_partition_list_find(
                                               (rd_kafka_topic_partition_list_t *)(uintptr_t)list,
                                               window->topic, window->partition) == NULL))
            continue;
        rd_kafka_topic_partition_list_add(offsets, window->topic, window->partition)->offset =
            offset;
        window_committed(window, offset);
    }
    if (offsets->cnt > 0)
        return offsets;
    rd_kafka_topic_partition_list_destroy(offsets);
    return NULL;
}

static void commit(struct worker *worker, const rd_kafka_topic_partition_list_t *list, bool is_sync)
{
    rd_kafka_topic_partition_list_t *offsets = gather_offsets(worker, list);
    if (offsets == NULL)
        return;
    rd_kafka_resp_err_t err = rd_kafka_commit(worker->consumer, offsets, !is_sync);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_info("offsets not committed", "error=%s", rd_kafka_err2name(err));
    rd_kafka_topic_partition_list_destroy(offsets);
}

void worker_commit(struct worker *worker, bool is_sync)
{
    commit(worker, NULL, is_sync);
}

/* What was not committed is at the next change, or is told again: nothing is lost by it. */
static void committed(rd_kafka_t *consumer, rd_kafka_resp_err_t err,
                      rd_kafka_topic_partition_list_t *offsets, void *context)
{
    struct worker *worker = context;
    (void)consumer;
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR || err == RD_KAFKA_RESP_ERR__NO_OFFSET)
        return;
    log_info("offsets not committed", "error=%s", rd_kafka_err2name(err));
    for (int i = 0; offsets != NULL && i < offsets->cnt; i++) {
        struct window *window =
            find_window(worker, offsets->elems[i].topic, offsets->elems[i].partition);
        if (window != NULL && window->is_assigned)
            window_committed(window, -1);
    }
}

/* ---- assignments ---- */

static void assign(struct worker *worker, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *part = &list->elems[i];
        struct window *window = find_window(worker, part->topic, part->partition);
        if (window == NULL) {
            ensure(worker->window_count < PARTITIONS_MAX);
            window = &worker->windows[worker->window_count++];
            (void)snprintf(window->topic, sizeof(window->topic), "%s", part->topic);
            window->partition = part->partition;
        }
        window_open(window);
    }
    worker->is_paused = false; /* new ones are not: all are paused again where that is due */
}

static bool is_unwanted(void *context, uint64_t subject)
{
    struct worker *worker = context;
    uint32_t slot = (uint32_t)subject - 1;
    if (worker_is_ours(worker, &worker->slots[slot]))
        return false;
    worker_finish_one(worker, slot);
    return true;
}

/* Another worker has them now: what waits here is not sent, what is on its way may come twice. */
static void revoke(struct worker *worker, const rd_kafka_topic_partition_list_t *list)
{
    if (!rd_kafka_assignment_lost(worker->consumer))
        commit(worker, list, true);
    for (int i = 0; i < list->cnt; i++) {
        struct window *window = find_window(worker, list->elems[i].topic, list->elems[i].partition);
        if (window != NULL)
            window_close(window);
    }
    arena_reset(&worker->arena);
    struct err err = ledger_withdraw(worker->ledger, is_unwanted, worker, &worker->arena);
    ensure(err.code == ERR_NONE); /* in memory */
}

static void rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t err,
                      rd_kafka_topic_partition_list_t *list, void *context)
{
    struct worker *worker = context;
    rd_kafka_error_t *error = NULL;
    if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        assign(worker, list);
        error = rd_kafka_incremental_assign(consumer, list);
    } else {
        revoke(worker, list);
        error = rd_kafka_incremental_unassign(consumer, list);
    }
    log_info("partitions changed", "%s=%d",
             err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? "got" : "gave", list->cnt);
    if (error != NULL) {
        log_warning("partitions not changed", "error=%s", rd_kafka_error_name(error));
        rd_kafka_error_destroy(error);
    }
}

/* ---- joining ---- */

static rd_kafka_conf_t *conf_of(struct worker *worker)
{
    char session[DIGITS_SIZE];
    char heartbeat[DIGITS_SIZE];
    (void)snprintf(session, sizeof(session), "%u", worker->options.session_ms);
    (void)snprintf(heartbeat, sizeof(heartbeat), "%u", worker->options.session_ms / 5);
    const struct kafka_option options[] = {
        {"group.id", worker->options.group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "earliest"},
        {"partition.assignment.strategy", "cooperative-sticky"},
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        {"queued.max.messages.kbytes", "8192"},
        {"fetch.wait.max.ms", "100"},
        {"topic.metadata.refresh.interval.ms", "10000"}, /* a new region is found by then */
        {"reconnect.backoff.max.ms", "5000"},
    };
    rd_kafka_conf_t *conf = kafka_conf(&worker->options.kafka, options, countof(options));
    if (conf == NULL)
        return NULL;
    rd_kafka_conf_set_opaque(conf, worker);
    rd_kafka_conf_set_rebalance_cb(conf, rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, committed);
    return conf;
}

rd_kafka_t *worker_join(struct worker *worker)
{
    char pattern[2 * KAFKA_TOPIC_SIZE];
    rd_kafka_conf_t *conf = conf_of(worker);
    rd_kafka_t *consumer = conf == NULL ? NULL : kafka_open(RD_KAFKA_CONSUMER, conf);
    if (consumer == NULL)
        return NULL;
    (void)rd_kafka_poll_set_consumer(consumer);
    kafka_topic_pattern(worker->options.kafka.topic_prefix, pattern);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, pattern, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t err = rd_kafka_subscribe(consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return consumer;
    log_error("topics cannot be subscribed to", "error=%s", rd_kafka_err2name(err));
    rd_kafka_destroy(consumer);
    return NULL;
}
