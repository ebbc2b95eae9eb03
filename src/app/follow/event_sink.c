#include "app/follow/event_sink.h"

#include "app/follow/place.h"
#include "app/follow/telling.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { POLL_MS = 20, CLOSE_WAIT_MS = 1000, KIB_DIGITS_SIZE = 16, HEADERS = 6 };
#define NS_PER_MS UINT64_C(1000000)

struct event_sink {
    struct event_sink_options options;
    struct telling *telling;
    rd_kafka_t *producer; /* NULL = to be opened */
    struct place place;
    uint64_t produced;    /* the last event that is in the producer's queue, or was taken from it */
    struct map low;       /* product -> 1 + is low: what changed since the position */
    uint64_t deadline_ns; /* of this run */
    rd_kafka_resp_err_t refusal;   /* of a message since the producer was opened */
    struct event_sink_stats stats; /* atomic, each for itself */
};

/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes */
static void count(uint64_t *stat, uint64_t change)
{
    __atomic_add_fetch(stat, change, __ATOMIC_RELAXED);
}

static uint64_t waiting(const struct event_sink *self)
{
    return __atomic_load_n(&self->stats.waiting, __ATOMIC_RELAXED);
}

/* ---- the producer ---- */

/* On the follower's thread, from within rd_kafka_poll(). */
static void reported(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context)
{
    struct event_sink *self = context;
    (void)producer;
    ensure(waiting(self) > 0);
    count(&self->stats.waiting, (uint64_t)-1);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        count(&self->stats.acknowledged, 1);
        return;
    }
    if (self->refusal == RD_KAFKA_RESP_ERR_NO_ERROR &&
        message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
        message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        log_warning("event refused by Kafka", "error=%s", rd_kafka_err2name(message->err));
    self->refusal = message->err;
    count(&self->stats.refused, 1);
}

/* A message waits for as long as it takes: only we know whether it still matters. */
static rd_kafka_conf_t *conf_of(struct event_sink *self)
{
    char kib[KIB_DIGITS_SIZE];
    (void)snprintf(kib, sizeof(kib), "%u", self->options.buffer_kib);
    const struct kafka_option options[] = {
        {"enable.idempotence", "true"},       {"acks", "all"},
        {"message.timeout.ms", "0"},          {"queue.buffering.max.kbytes", kib},
        {"queue.buffering.max.ms", "5"},      {"compression.type", "lz4"},
        {"reconnect.backoff.max.ms", "5000"},
    };
    rd_kafka_conf_t *conf = kafka_conf(&self->options.kafka, options, countof(options));
    if (conf != NULL) {
        rd_kafka_conf_set_dr_msg_cb(conf, reported);
        rd_kafka_conf_set_opaque(conf, self);
    }
    return conf;
}

static struct err open_producer(struct event_sink *self)
{
    if (self->producer != NULL)
        return OK;
    self->refusal = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_conf_t *conf = conf_of(self);
    if (conf != NULL)
        self->producer = kafka_open(RD_KAFKA_PRODUCER, conf);
    return self->producer == NULL ? ERR(ERR_OVERLOADED) : OK;
}

/* With what it has not got rid of. */
static void close_producer(struct event_sink *self)
{
    if (self->producer == NULL)
        return;
    (void)rd_kafka_purge(self->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)rd_kafka_flush(self->producer, CLOSE_WAIT_MS);
    rd_kafka_destroy(self->producer);
    __atomic_store_n(&self->stats.waiting, 0, __ATOMIC_RELAXED);
    self->producer = NULL;
}

/* ---- messages ---- */

static bool is_late(const struct event_sink *self)
{
    return clock_monotonic_ns() >= self->deadline_ns;
}

static void add_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        ensure(rd_kafka_header_add(headers, name, -1, value, -1) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

static const char *id_of(const struct event_sink *self, enum notice_id type, uint64_t number,
                         char id_out[NOTICE_ID_SIZE])
{
    const struct notice_writer *writer = &self->options.writer;
    if (number == 0)
        return NULL;
    writer->write_id(writer->id_context, type, number, id_out);
    return id_out;
}

static rd_kafka_headers_t *make_headers(const struct event_sink *self, enum notice notice,
                                        const struct event *event, const struct told *told)
{
    char id[NOTICE_ID_SIZE];
    const struct person *person = told->person;
    bool is_of_workers = turn_is_of_workers(&self->place.turn, event->number);
    uint32_t product = told->kind == NOTICE_ID_PRODUCT ? (uint32_t)told->subject : 0;
    rd_kafka_headers_t *headers = rd_kafka_headers_new(HEADERS);
    notice_event_id(self->options.writer.timeline, event, product, id);
    add_header(headers, KAFKA_HEADER_ID, id);
    add_header(headers, KAFKA_HEADER_TYPE, notice_name(notice));
    add_header(headers, KAFKA_HEADER_TOLD_BY, is_of_workers ? "workers" : "server");
    add_header(headers, KAFKA_HEADER_CONTACT, id_of(self, NOTICE_ID_CONTACT, told->contact, id));
    if (person != NULL) {
        add_header(headers, KAFKA_HEADER_PROFILE,
                   id_of(self, NOTICE_ID_CONTACT, person->view.customer.contact, id));
        add_header(headers, KAFKA_HEADER_CUSTOMER, person->topic);
    }
    return headers;
}

/* Into the queue, waiting for room there. librdkafka owns the headers once it has taken it. */
static struct err produce(struct event_sink *self, const char *topic, const char *key,
                          rd_kafka_headers_t *headers, struct text data)
{
    rd_kafka_resp_err_t err;
    for (;;) {
        err = rd_kafka_producev(self->producer, RD_KAFKA_V_TOPIC(topic),
                                RD_KAFKA_V_KEY((char *)(uintptr_t)key, strlen(key)),
                                RD_KAFKA_V_VALUE((void *)(uintptr_t)data.data, data.length),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL || is_late(self))
            break;
        (void)rd_kafka_poll(self->producer, POLL_MS);
    }
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        count(&self->stats.waiting, 1);
        return OK;
    }
    rd_kafka_headers_destroy(headers);
    if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        self->refusal = err;
        log_warning("event not taken for Kafka", "error=%s", rd_kafka_err2name(err));
    }
    return ERR(ERR_OVERLOADED);
}

/* ---- what is told ---- */

/* Who reads the topic is not known here. */
static struct err is_anybody_told(void *context, bool *is_told_out)
{
    (void)context;
    *is_told_out = true;
    return OK;
}

static bool is_wanted(void *context, enum notice notice, const struct event *event,
                      const struct told *told)
{
    const struct event_sink *self = context;
    (void)told;
    return notice != NOTICE_password_reset && event->number > self->produced;
}

static struct err tell(void *context, enum notice notice, const struct event *event,
                       const struct told *told, struct text data)
{
    struct event_sink *self = context;
    char topic[KAFKA_TOPIC_SIZE];
    char key[NOTICE_ID_SIZE];
    kafka_topic(self->options.kafka.topic_prefix, event->region, topic);
    ensure(id_of(self, told->kind, told->subject, key) != NULL);
    ensure(data.length <= KAFKA_VALUE_MAX);
    struct err err = produce(self, topic, key, make_headers(self, notice, event, told), data);
    if (err.code == ERR_NONE)
        return OK;
    self->produced = event->number - 1; /* its other messages come twice then */
    if (told->kind == NOTICE_ID_PRODUCT)
        (void)map_remove(&self->low, told->subject);
    return err;
}

static struct err put_low(void *context, uint32_t product, bool is_low, bool *is_news_out)
{
    struct event_sink *self = context;
    uint64_t known;
    bool was_low = false;
    if (map_find(&self->low, product, &known))
        was_low = known == 2;
    else
        TRY(ledger_is_low(self->options.ledger, event_sink_ops.name, product, &was_low));
    *is_news_out = was_low != is_low;
    if (*is_news_out)
        map_put(&self->low, product, 1 + (uint64_t)is_low);
    return OK;
}

static const struct telling_ops telling_ops = {
    .is_anybody_told = is_anybody_told,
    .is_wanted = is_wanted,
    .tell = tell,
    .put_low = put_low,
};

/* ---- a run ---- */

static struct err keep_low(struct event_sink *self)
{
    struct map_slot slot;
    size_t position = 0;
    bool is_news;
    while (map_walk(&self->low, &position, &slot))
        TRY(ledger_put_low(self->options.ledger, event_sink_ops.name, (uint32_t)slot.key,
                           slot.value == 2, &is_news));
    return OK;
}

static struct err put_position(struct event_sink *self, uint64_t event)
{
    TRY(keep_low(self));
    return ledger_put_position(self->options.ledger, event_sink_ops.name, event);
}

/* Makes the position durable, with what is known to be low by then. */
static struct err commit(struct event_sink *self, uint64_t event)
{
    struct ledger *ledger = self->options.ledger;
    TRY(ledger_begin_telling(ledger, self->place.term));
    TRY(ledger_end(ledger, put_position(self, event)));
    map_release(&self->low);
    map_init(&self->low, 0);
    return OK;
}

/* Forgets what the producer has: it comes from the position again. */
static void begin_anew(struct event_sink *self, uint64_t position)
{
    close_producer(self);
    self->produced = position;
    map_release(&self->low);
    map_init(&self->low, 0);
}

static struct err await_reports(struct event_sink *self)
{
    while (waiting(self) > 0 && self->refusal == RD_KAFKA_RESP_ERR_NO_ERROR && !is_late(self))
        (void)rd_kafka_poll(self->producer, POLL_MS);
    bool is_done = waiting(self) == 0 && self->refusal == RD_KAFKA_RESP_ERR_NO_ERROR;
    return is_done ? OK : ERR(ERR_OVERLOADED);
}

static struct err send_run(struct event_sink *self, const struct follower_run *run)
{
    TRY(open_producer(self));
    if (self->produced < run->last_event)
        TRY(telling_say(self->telling, run));
    self->produced = run->last_event;
    return await_reports(self);
}

static struct err take(void *context, struct store_reader *reader, const struct follower_run *run)
{
    struct event_sink *self = context;
    self->deadline_ns = clock_monotonic_ns() + self->options.wait_ms * NS_PER_MS;
    if (self->produced + 1 < run->first_event)
        begin_anew(self, run->first_event - 1);
    if (self->produced < run->last_event)
        TRY(telling_load(self->telling, reader, run));
    struct err err = send_run(self, run);
    if (self->refusal != RD_KAFKA_RESP_ERR_NO_ERROR)
        begin_anew(self, run->first_event - 1);
    if (err.code != ERR_NONE)
        return err;
    return commit(self, run->last_event);
}

/* ---- position ---- */

static uint64_t term(void *context)
{
    const struct event_sink *self = context;
    return place_term(&self->place);
}

static struct err wished(void *context, uint64_t *event_out, bool *found_out)
{
    struct event_sink *self = context;
    return place_wished(&self->place, event_out, found_out);
}

static struct err move(void *context, uint64_t event)
{
    struct event_sink *self = context;
    begin_anew(self, event);
    return place_move(&self->place, event);
}

/* What the producer has goes on, unless another one has followed meanwhile. */
static struct err position(void *context, uint64_t *event_out)
{
    struct event_sink *self = context;
    uint64_t term_before = self->place.term;
    TRY(place_read(&self->place, event_out));
    if (self->place.term != term_before)
        begin_anew(self, *event_out);
    else if (self->produced < *event_out)
        self->produced = *event_out;
    return OK;
}

const struct follower_ops event_sink_ops = {
    .name = FOLLOWER_KAFKA,
    .position = position,
    .take = take,
    .move = move,
    .term = term,
    .wished = wished,
    .thread_start = telling_thread_start,
    .thread_stop = telling_thread_stop,
};

/* ---- life ---- */

struct event_sink *event_sink_open(const struct event_sink_options *options)
{
    struct event_sink *self = memory_alloc_zeroed(1, sizeof(*self));
    self->options = *options;
    self->place = (struct place){.ledger = options->ledger,
                                 .follower = FOLLOWER_KAFKA,
                                 .by_workers = options->by_workers,
                                 .opened_event = feed_last_event(options->feed)};
    map_init(&self->low, 0);
    const struct telling_options telling = {.executor = options->executor,
                                            .writer = options->writer,
                                            .ops = &telling_ops,
                                            .context = self};
    self->telling = telling_open(&telling);
    if (open_producer(self).code == ERR_NONE)
        return self;
    event_sink_close(self);
    return NULL;
}

void event_sink_close(struct event_sink *self)
{
    if (self == NULL)
        return;
    close_producer(self);
    telling_close(self->telling);
    map_release(&self->low);
    memory_free(self);
}

struct event_sink_stats event_sink_stats(const struct event_sink *self)
{
    return (struct event_sink_stats){
        .acknowledged = __atomic_load_n(&self->stats.acknowledged, __ATOMIC_RELAXED),
        .waiting = __atomic_load_n(&self->stats.waiting, __ATOMIC_RELAXED),
        .refused = __atomic_load_n(&self->stats.refused, __ATOMIC_RELAXED),
    };
}
