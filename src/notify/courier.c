#include "notify/courier.h"

#include "base/log.h"
#include "base/memory.h"
#include "notify/courier_parts.h"

#include <string.h>

enum {
    ARENA_BLOCK_SIZE = 65536,
    ARENA_MAX = 256 * 1024 * 1024,
    SETTLE_EVERY_MS = 20,
    POLL_BUSY_MS = 10,
    POLL_IDLE_MS = 250,
    REST_MS = 1000,   /* after the ledger failed */
    ATTEMPTS_MIN = 8, /* before a delivery is given up for its age */
    CHAT_RATE = 1,
    LOCAL_RATE = 500,
};

/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes */
static void count(uint64_t *stat, uint64_t value)
{
    __atomic_store_n(stat, value, __ATOMIC_RELAXED);
}

/* Close to one another where the promises are: p99 below 2 s, 99.9 % below 30 s. */
const uint32_t courier_bounds_ms[COURIER_BOUNDS] = {
    10,   25,   50,   100,  150,   200,   250,   300,   400,   500,
    600,  700,  800,  900,  1000,  1250,  1500,  1750,  2000,  2500,
    3000, 4000, 5000, 7500, 10000, 15000, 20000, 30000, 60000, 300000};

static void count_latency(struct courier_stats *stats, uint64_t latency_ms)
{
    for (uint32_t i = 0; i <= COURIER_BOUNDS; i++) {
        if (i == COURIER_BOUNDS || latency_ms <= courier_bounds_ms[i])
            count(&stats->within[i], stats->within[i] + 1);
    }
    count(&stats->latency_ms, stats->latency_ms + latency_ms);
}

/* ---- results ---- */

static void tell_owner(const struct courier *courier)
{
    const struct courier_owner *owner = courier->options.owner;
    for (uint32_t i = 0; i < courier->result_count && owner != NULL; i++) {
        if (courier->results[i].outcome != DELIVERY_AGAIN)
            owner->ended(owner->context, &courier->results[i]);
    }
}

static struct err settle(struct courier *courier, uint64_t now_ms)
{
    courier->settled_ms = now_ms;
    if (courier->result_count == 0)
        return OK;
    TRY(ledger_settle(courier->options.ledger, courier->term, courier->results,
                      courier->result_count));
    tell_owner(courier);
    courier->result_count = 0;
    return OK;
}

static const char *reason_of(enum channel_answer answer, const struct transfer *transfer)
{
    if (transfer != NULL && transfer->is_forbidden)
        return "address not allowed";
    if (transfer != NULL && transfer->code == CURLE_OPERATION_TIMEDOUT)
        return "timeout";
    if (transfer != NULL && transfer->code == CURLE_COULDNT_RESOLVE_HOST)
        return "name not found";
    if (transfer != NULL && transfer->code == CURLE_LOGIN_DENIED)
        return "log-in refused";
    if (transfer != NULL && (transfer->code == CURLE_PEER_FAILED_VERIFICATION ||
                             transfer->code == CURLE_USE_SSL_FAILED))
        return "no secure connection";
    if (transfer != NULL && transfer->code != CURLE_OK && transfer->status == 0)
        return "no connection";
    return answer == CHANNEL_AGAIN ? "failed" : "refused";
}

static void note_result(struct courier *courier, struct flight *flight, enum channel_answer answer,
                        const char *reason)
{
    struct courier_stats *stats = &flight->queue->stats;
    uint64_t now_ms = courier->options.now_ms();
    uint64_t age_ms = now_ms > flight->created_ms ? now_ms - flight->created_ms : 0;
    struct delivery_result result = {.id = flight->id,
                                     .attempts = flight->attempts + 1,
                                     .reason = reason,
                                     .webhook = flight->queue->webhook,
                                     .subject = flight->subject,
                                     .at_ms = now_ms};
    result.status = flight->transfer.status;
    if (answer == CHANNEL_AGAIN && age_ms > flight->queue->retry_hours * MS_PER_HOUR &&
        result.attempts >= ATTEMPTS_MIN)
        answer = CHANNEL_REFUSED;
    if (answer == CHANNEL_ACCEPTED) {
        result.outcome = DELIVERY_ACCEPTED;
        count(&stats->accepted, stats->accepted + 1);
        count_latency(stats, age_ms);
    } else if (answer == CHANNEL_AGAIN) {
        result.outcome = DELIVERY_AGAIN;
        result.due_ms = now_ms + courier_retry_ms(&courier->random, result.attempts,
                                                  flight->transfer.retry_after_s);
        count(&stats->again, stats->again + 1);
    } else {
        result.outcome = DELIVERY_REFUSED;
        count(&stats->refused, stats->refused + 1);
        log_warning("notice not delivered", "channel=%s delivery=%llu status=%u reason=\"%s\"",
                    stats->name, (unsigned long long)flight->id, result.status, reason);
    }
    ensure(courier->result_count < COURIER_RESULTS_MAX);
    courier->results[courier->result_count++] = result;
}

/* ---- flights ---- */

static struct flight *take_flight(struct courier *courier)
{
    struct flight *flight = courier->free_flights;
    if (flight != NULL) {
        courier->free_flights = flight->next;
        return flight;
    }
    flight = memory_alloc_zeroed(1, sizeof(*flight));
    transfer_init(&flight->transfer);
    flight->transfer.owner = flight;
    flight->next_made = courier->flights;
    courier->flights = flight;
    return flight;
}

static void end_flight(struct courier *courier, struct flight *flight, enum channel_answer answer,
                       const char *reason)
{
    if (flight->term == courier->term)
        note_result(courier, flight, answer, reason); /* else it is another's to tell, again */
    courier_queue_ended(flight->queue, answer);
    count(&flight->queue->stats.under_way, flight->queue->under_way);
    flight->next = courier->free_flights;
    courier->free_flights = flight;
}

/* Of several shopd that share a ledger another may have put the delivery there, from an event that
 * this one has yet to hear of: then the contact is not here, and not erased either. */
static struct err read_from_store(struct courier *courier, const struct delivery *delivery,
                                  struct contact *contact_out, bool *found_out)
{
    bool has_event = store_stats(courier->options.store).recorded_event >= delivery->event;
    TRY(store_read_contact(courier->reader, delivery->contact, &courier->arena, contact_out,
                           found_out));
    return *found_out || has_event ? OK : ERR(ERR_OVERLOADED);
}

static struct err read_contact(struct courier *courier, const struct delivery *delivery,
                               struct contact *contact_out, bool *found_out)
{
    const struct courier_owner *owner = courier->options.owner;
    if (courier->options.store == NULL)
        return owner->read_contact(owner->context, delivery->contact, &courier->arena, contact_out,
                                   found_out);
    return read_from_store(courier, delivery, contact_out, found_out);
}

/* Makes the message and hands it to the channel. */
static enum channel_answer start(struct courier *courier, struct flight *flight,
                                 const struct delivery *delivery, const char **reason_out)
{
    struct channel *channel = &flight->queue->channel;
    struct contact contact = {0};
    struct message message;
    bool has_contact = false;
    *reason_out = "contact cannot be read";
    if (delivery->contact != 0) {
        struct err err = read_contact(courier, delivery, &contact, &has_contact);
        if (err.code != ERR_NONE)
            return CHANNEL_AGAIN;
        if (!has_contact)
            return CHANNEL_ACCEPTED; /* erased: nobody is there to be told */
    }
    *reason_out = "malformed data or template";
    if (!message_make(delivery, has_contact ? &contact : NULL, courier->options.settings,
                      flight->queue->webhook != 0 ? NULL : courier->templates, &courier->arena,
                      &message))
        return CHANNEL_REFUSED;
    if (!channel_reaches(channel->ops, &message))
        return CHANNEL_ACCEPTED; /* it gave no such address */
    transfer_reset(&flight->transfer, courier->options.settings->timeout_ms);
    *reason_out = "refused";
    return channel->ops->send(channel, &message, &flight->transfer);
}

static void start_flight(struct courier *courier, struct courier_queue *queue,
                         const struct delivery *delivery)
{
    struct flight *flight = take_flight(courier);
    const char *reason;
    flight->queue = queue;
    flight->id = delivery->id;
    flight->term = courier->term;
    flight->subject = delivery->subject;
    flight->created_ms = delivery->created_ms;
    flight->attempts = delivery->attempts;
    flight->transfer.status = flight->transfer.retry_after_s = 0;
    ensure(pthread_mutex_lock(&courier->contacts) == 0);
    enum channel_answer answer = start(courier, flight, delivery, &reason);
    ensure(pthread_mutex_unlock(&courier->contacts) == 0);
    if (answer != CHANNEL_UNDER_WAY) {
        end_flight(courier, flight, answer, answer == CHANNEL_AGAIN ? "failed" : reason);
        return;
    }
    ensure(curl_multi_add_handle(courier->multi, flight->transfer.easy) == CURLM_OK);
    courier->flying++;
}

/* A transfer of the channel's own has ended. */
static void end_preparing(struct courier *courier, struct flight *flight)
{
    struct channel *channel = &flight->queue->channel;
    uint64_t now_ms = courier->options.now_ms();
    flight->queue->is_preparing = false;
    if (channel->ops->prepared(channel, now_ms, &flight->transfer))
        flight->queue->claim_ms = 0;
    else
        courier_queue_unready(flight->queue, now_ms);
    flight->next = courier->free_flights;
    courier->free_flights = flight;
}

/* Is the channel ready to send? Else something is under way for it, or it rests. */
static bool is_ready(struct courier *courier, struct courier_queue *queue, uint64_t now_ms)
{
    struct channel *channel = &queue->channel;
    if (channel->ops->prepare == NULL)
        return true;
    if (queue->is_preparing)
        return false;
    struct flight *flight = take_flight(courier);
    flight->queue = queue;
    flight->id = 0;
    transfer_reset(&flight->transfer, courier->options.settings->timeout_ms);
    enum channel_answer answer = channel->ops->prepare(channel, now_ms, &flight->transfer);
    if (answer == CHANNEL_UNDER_WAY) {
        queue->is_preparing = true;
        ensure(curl_multi_add_handle(courier->multi, flight->transfer.easy) == CURLM_OK);
        courier->flying++;
        return false;
    }
    flight->next = courier->free_flights;
    courier->free_flights = flight;
    if (answer != CHANNEL_ACCEPTED)
        courier_queue_unready(queue, now_ms);
    return answer == CHANNEL_ACCEPTED;
}

static void land_flights(struct courier *courier)
{
    CURLMsg *info;
    int left;
    while (courier->result_count < COURIER_RESULTS_MAX &&
           (info = curl_multi_info_read(courier->multi, &left)) != NULL) {
        struct transfer *transfer = NULL;
        CURLcode code = info->data.result;
        CURL *easy = info->easy_handle;
        ensure(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer) == CURLE_OK);
        struct flight *flight = transfer->owner;
        const struct channel_ops *ops = flight->queue->channel.ops;
        transfer_ended(transfer, code);
        ensure(curl_multi_remove_handle(courier->multi, easy) == CURLM_OK);
        courier->flying--;
        if (flight->id == 0) {
            end_preparing(courier, flight);
            continue;
        }
        enum channel_answer answer =
            ops->judge == NULL ? transfer_judge_http(transfer) : ops->judge(transfer);
        end_flight(courier, flight, answer, reason_of(answer, transfer));
    }
}

/* ---- the thread ---- */

struct err courier_fill_queue(struct courier *courier, struct courier_queue *queue)
{
    uint64_t now_ms = courier->options.now_ms();
    courier_queue_judge(queue, now_ms);
    count(&queue->stats.workers, queue->workers);
    uint32_t room = courier_queue_room(queue, now_ms);
    uint32_t results_left = COURIER_RESULTS_MAX - courier->result_count;
    uint32_t limit = room < COURIER_BATCH ? room : COURIER_BATCH;
    struct delivery *deliveries;
    uint32_t got = 0;
    if (limit == 0 || results_left < limit || !is_ready(courier, queue, now_ms))
        return OK;
    arena_reset(&courier->arena);
    const struct ledger_claim wanted = {queue->name, now_ms, courier->term, limit};
    TRY(ledger_claim(courier->options.ledger, &wanted, &courier->arena, &deliveries, &got));
    courier_queue_claimed(queue, limit, got, now_ms);
    if (got == COURIER_BATCH && room > got)
        queue->claim_ms = now_ms; /* the next batch at once */
    for (uint32_t i = 0; i < got; i++)
        start_flight(courier, queue, &deliveries[i]);
    count(&queue->stats.under_way, queue->under_way);
    return OK;
}

/* Does this process tell? What was claimed in a term that is over is told by another. */
static struct err look_who_tells(struct courier *courier, bool *tells_out)
{
    struct ledger *ledger = courier->options.ledger;
    struct err err = ledger_hold(ledger);
    uint64_t term = ledger_last_term(ledger);
    if (term != courier->term)
        courier->result_count = 0;
    courier->term = term;
    *tells_out = ledger_term(ledger) != 0;
    return err;
}

static struct err fill(struct courier *courier)
{
    bool is_woken = __atomic_exchange_n(&courier->is_woken, false, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < courier->queue_count; i++) {
        if (is_woken)
            courier->queues[i].claim_ms = 0;
        TRY(courier_fill_queue(courier, &courier->queues[i]));
    }
    return courier_fill_hooks(courier, is_woken);
}

static struct err step(struct courier *courier, bool is_stopping)
{
    int running = 0;
    bool tells;
    struct err looked = courier_look_for_gone(courier);
    struct err err = look_who_tells(courier, &tells);
    if (err.code == ERR_NONE)
        err = looked;
    if (err.code == ERR_NONE && tells && !is_stopping)
        err = fill(courier);
    ensure(curl_multi_perform(courier->multi, &running) == CURLM_OK);
    land_flights(courier);
    TRY(err);
    uint64_t now_ms = courier->options.now_ms();
    if (courier->result_count >= COURIER_BATCH || is_stopping ||
        now_ms >= courier->settled_ms + SETTLE_EVERY_MS)
        TRY(settle(courier, now_ms));
    return OK;
}

static bool is_busy(const struct courier *courier)
{
    bool is_busy = courier->result_count > 0;
    for (uint32_t i = 0; i < courier->queue_count; i++)
        is_busy = is_busy || courier->queues[i].has_backlog;
    for (uint32_t i = 0; i < courier->hook_count; i++)
        is_busy = is_busy || courier->hooks[i]->queue.has_backlog;
    return is_busy;
}

static void *run_thread(void *argument)
{
    struct courier *courier = argument;
    uint64_t stop_ms = 0;
    for (;;) {
        bool is_stopping = __atomic_load_n(&courier->is_stopping, __ATOMIC_SEQ_CST);
        uint64_t now_ms = courier->options.now_ms();
        if (is_stopping && stop_ms == 0)
            stop_ms = now_ms + COURIER_STOP_MS;
        struct err err = step(courier, is_stopping);
        if (is_stopping && (courier->flying == 0 || now_ms >= stop_ms || err.code != ERR_NONE))
            return NULL;
        int wait_ms = err.code != ERR_NONE ? REST_MS
                      : is_busy(courier)   ? POLL_BUSY_MS
                                           : POLL_IDLE_MS;
        ensure(curl_multi_poll(courier->multi, NULL, 0, wait_ms, NULL) == CURLM_OK);
    }
}

/* ---- life ---- */

static uint32_t rate_of(const struct notify_settings *settings, enum channel_kind kind)
{
    switch (kind) {
    case CHANNEL_EMAIL:
        return settings->email_rate;
    case CHANNEL_SMS:
        return settings->sms_rate;
    case CHANNEL_PUSH:
        return settings->push_rate;
    case CHANNEL_CHAT:
        return CHAT_RATE;
    case CHANNEL_LOCAL:
        return LOCAL_RATE;
    case CHANNEL_WEBHOOK:
        return 0;
    }
    return 0;
}

static bool open_queue(struct courier *courier, struct text name)
{
    const struct notify_settings *settings = courier->options.settings;
    const struct channel_ops *ops = channel_find(name);
    char quoted[LOG_QUOTED_SIZE];
    if (ops == NULL || courier->queue_count == COURIER_CHANNELS_MAX) {
        log_error("no such channel", "name=%s", log_quoted(name, quoted));
        return false;
    }
    struct courier_queue *queue = &courier->queues[courier->queue_count];
    *queue = (struct courier_queue){
        .channel = {.ops = ops, .settings = settings},
        .name = text_of(ops->name),
        .retry_hours = settings->retry_hours,
        .rate = rate_of(settings, ops->kind),
        .workers = 1,
        .workers_max = settings->workers_max,
        .stats = {.name = ops->name, .workers = 1},
    };
    if (ops->open != NULL && !ops->open(&queue->channel))
        return false;
    courier->queue_count++;
    return true;
}

static bool open_queues(struct courier *courier)
{
    struct text names = text_of(courier->options.settings->channels);
    struct text name;
    bool is_right = true;
    while (text_cut(&names, ',', &name)) {
        name = text_trim(name);
        is_right = (name.length == 0 || open_queue(courier, name)) && is_right;
    }
    return is_right;
}

struct courier *courier_open(const struct courier_options *options)
{
    struct courier *courier = memory_alloc_zeroed(1, sizeof(*courier));
    courier->options = *options;
    ensure(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    courier->multi = curl_multi_init();
    ensure(courier->multi != NULL);
    ensure(pthread_mutex_init(&courier->contacts, NULL) == 0);
    arena_init(&courier->arena, ARENA_BLOCK_SIZE, ARENA_MAX);
    random_secret(&courier->random, sizeof(courier->random));
    courier->templates = templates_open(options->settings->templates);
    if (open_queues(courier) && courier->templates != NULL)
        return courier;
    courier_close(courier);
    return NULL;
}

void courier_start(struct courier *courier)
{
    ensure(!courier->is_started);
    courier->is_started = true;
    ensure(pthread_create(&courier->thread, NULL, run_thread, courier) == 0);
}

void courier_close(struct courier *courier)
{
    if (courier == NULL)
        return;
    __atomic_store_n(&courier->is_stopping, true, __ATOMIC_SEQ_CST);
    courier_wake(courier);
    if (courier->is_started)
        ensure(pthread_join(courier->thread, NULL) == 0);
    for (struct flight *flight = courier->flights; flight != NULL; flight = flight->next_made)
        (void)curl_multi_remove_handle(courier->multi, flight->transfer.easy); /* waits again at
                                                                                  the next start */
    for (uint32_t i = 0; i < courier->queue_count; i++) {
        struct channel *channel = &courier->queues[i].channel;
        if (channel->ops->close != NULL)
            channel->ops->close(channel);
    }
    while (courier->flights != NULL) {
        struct flight *flight = courier->flights;
        courier->flights = flight->next_made;
        transfer_release(&flight->transfer);
        memory_free(flight);
    }
    curl_multi_cleanup(courier->multi);
    for (uint32_t i = 0; i < courier->hook_count; i++)
        memory_free(courier->hooks[i]);
    store_reader_close(courier->reader);
    templates_close(courier->templates);
    arena_release(&courier->arena);
    ensure(pthread_mutex_destroy(&courier->contacts) == 0);
    memory_free(courier);
}

void courier_wake(struct courier *courier)
{
    __atomic_store_n(&courier->is_woken, true, __ATOMIC_SEQ_CST);
    (void)curl_multi_wakeup(courier->multi);
}

uint32_t courier_channel_count(const struct courier *courier)
{
    return courier->queue_count;
}

const struct channel_ops *courier_channel(const struct courier *courier, uint32_t index)
{
    ensure(index < courier->queue_count);
    return courier->queues[index].channel.ops;
}

struct courier_stats courier_stats(const struct courier *courier, uint32_t index)
{
    ensure(index < courier->queue_count);
    const struct courier_stats *stats = &courier->queues[index].stats;
    struct courier_stats copy = {
        .name = stats->name,
        .accepted = __atomic_load_n(&stats->accepted, __ATOMIC_RELAXED),
        .again = __atomic_load_n(&stats->again, __ATOMIC_RELAXED),
        .refused = __atomic_load_n(&stats->refused, __ATOMIC_RELAXED),
        .under_way = __atomic_load_n(&stats->under_way, __ATOMIC_RELAXED),
        .workers = __atomic_load_n(&stats->workers, __ATOMIC_RELAXED),
        .latency_ms = __atomic_load_n(&stats->latency_ms, __ATOMIC_RELAXED),
    };
    for (uint32_t i = 0; i <= COURIER_BOUNDS; i++)
        copy.within[i] = __atomic_load_n(&stats->within[i], __ATOMIC_RELAXED);
    return copy;
}
