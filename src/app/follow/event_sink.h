/*
 * event_sink.h - the follower that sends every event people may be told of to Kafka (notify/kafka.h
 * has the message, ADR 0053 the why).
 *
 * At least once and in order for each key: the producer is idempotent with acks=all, and the
 * position, which lies in the ledger, moves only when the brokers have acknowledged all of a run.
 * While they are away the run waits in librdkafka's queue, which has a limit, and the follower
 * reports that it fails; nothing of it is sent again unless the process ends. The token of a
 * forgotten password and what leads to it stay with the server.
 */
#ifndef APP_FOLLOW_EVENT_SINK_H
#define APP_FOLLOW_EVENT_SINK_H

#include "app/executor.h"
#include "app/follow/follower.h"
#include "app/follow/notice_data.h"
#include "notify/kafka.h"
#include "notify/ledger.h"
#include "notify/turn.h"

struct event_sink_options {
    struct kafka_settings kafka;
    uint32_t buffer_kib; /* of messages that are not acknowledged */
    uint32_t wait_ms;    /* for acknowledgements, before a run counts as failed */
    struct executor *executor;
    struct ledger *ledger;
    struct feed *feed;
    struct notice_writer writer;
    bool by_workers; /* it is they who tell of what comes */
};

struct event_sink;

/* NULL when a setting is refused: logged. No broker is asked yet. */
struct event_sink *event_sink_open(const struct event_sink_options *options) MUST_USE;
/* What is not acknowledged is sent again at the next start. */
void event_sink_close(struct event_sink *self);

/* For follower_open(); the context is the struct event_sink. */
extern const struct follower_ops event_sink_ops;

struct event_sink_stats {
    uint64_t acknowledged; /* messages, since the start of the process */
    uint64_t waiting;      /* not acknowledged yet */
    uint64_t refused;      /* the brokers will not have them; tried again */
};
/* Any thread. */
struct event_sink_stats event_sink_stats(const struct event_sink *self);

#endif
