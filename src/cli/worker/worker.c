#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/worker/worker_parts.h"
#include "store/sqlite/database_sqlite.h"

#include <stdio.h>
#include <string.h>

enum { ARENA_BLOCK_SIZE = 65536, ARENA_MAX = 1 << 28, IDLE_WAIT_MS = 100, PAUSED_WAIT_MS = 50 };

/* ---- slots ---- */

bool worker_is_ours(const struct worker *worker, const struct slot *slot)
{
    return worker->windows[slot->window].epoch == slot->epoch;
}

static void free_slot(struct worker *worker, uint32_t number)
{
    struct slot *slot = &worker->slots[number];
    if (worker_is_ours(worker, slot)) {
        window_end(&worker->windows[slot->window], slot->offset);
        worker->stats.events++;
    }
    ensure(pthread_mutex_lock(&worker->lock) == 0);
    memory_free(slot->block);
    slot->block = NULL;
    slot->is_found = slot->is_used = false;
    ensure(pthread_mutex_unlock(&worker->lock) == 0);
    slot->next_free = worker->free_slot;
    worker->free_slot = number;
    worker->used--;
}

void worker_finish_one(struct worker *worker, uint32_t number)
{
    struct slot *slot = &worker->slots[number];
    ensure(slot->is_used);
    ensure(slot->left > 0);
    slot->left--;
    if (slot->left == 0)
        free_slot(worker, number);
}

static void copy_header(const rd_kafka_message_t *message, const char *name,
                        char text_out[NOTICE_ID_SIZE])
{
    struct text text = kafka_header(message, name);
    (void)snprintf(text_out, NOTICE_ID_SIZE, "%.*s", (int)text.length,
                   text.length == 0 ? "" : text.data);
}

static uint32_t take_slot(struct worker *worker, const struct window *window,
                          const rd_kafka_message_t *message)
{
    uint32_t number = worker->free_slot;
    struct slot *slot = &worker->slots[number];
    ensure(number < worker->slot_count);
    worker->free_slot = slot->next_free;
    worker->used++;
    slot->window = (uint32_t)(window - worker->windows);
    slot->epoch = window->epoch;
    slot->left = 0;
    slot->is_used = true;
    slot->offset = message->offset;
    slot->asked_ms = 0;
    copy_header(message, KAFKA_HEADER_CONTACT, slot->contact);
    copy_header(message, KAFKA_HEADER_PROFILE, slot->profile);
    copy_header(message, KAFKA_HEADER_CUSTOMER, slot->customer);
    return number;
}

/* ---- what the courier asks and says, on its thread ---- */

static struct err read_contact(void *context, uint64_t number, struct arena *arena,
                               struct contact *contact_out, bool *found_out)
{
    struct worker *worker = context;
    ensure(pthread_mutex_lock(&worker->lock) == 0);
    const struct slot *slot = &worker->slots[number - 1];
    *found_out = slot->is_found;
    if (*found_out)
        *contact_out = (struct contact){.number = number,
                                        .name = arena_copy_text(arena, slot->name),
                                        .email = arena_copy_text(arena, slot->email),
                                        .phone = arena_copy_text(arena, slot->phone)};
    ensure(pthread_mutex_unlock(&worker->lock) == 0);
    return OK;
}

static void delivery_ended(void *context, const struct delivery_result *result)
{
    struct worker *worker = context;
    const struct ended ended = {.delivery = result->id,
                                .subject = result->subject,
                                .is_dead = result->outcome == DELIVERY_REFUSED};
    ensure(pthread_mutex_lock(&worker->lock) == 0);
    buffer_append(&worker->ended, &ended, sizeof(ended));
    ensure(pthread_mutex_unlock(&worker->lock) == 0);
}

/* On ours. */
static void note_ended(struct worker *worker)
{
    struct buffer ended;
    buffer_init(&ended, 1024);
    ensure(pthread_mutex_lock(&worker->lock) == 0);
    buffer_append_text(&ended, buffer_text(&worker->ended));
    buffer_reset(&worker->ended);
    ensure(pthread_mutex_unlock(&worker->lock) == 0);
    const struct ended *all = (const void *)ended.data;
    for (size_t i = 0; i < ended.length / sizeof(*all); i++) {
        if (all[i].is_dead)
            buffer_append(&worker->dead, &all[i], sizeof(all[i]));
        else
            worker_finish_one(worker, (uint32_t)all[i].subject - 1);
    }
    buffer_release(&ended);
}

/* ---- from a message to deliveries ---- */

/* A notice that a worker may tell; false for one that it does not know, or that is the server's. */
static bool read_notice(struct text type, enum notice *notice_out)
{
    return notice_find(type, notice_out) && *notice_out != NOTICE_password_reset &&
           *notice_out != NOTICE_webhook_disabled;
}

static bool read_event(const rd_kafka_message_t *message, struct delivery *delivery)
{
    struct notice_event_name name;
    enum notice notice;
    json_t *data = json_loadb(message->payload, message->len, 0, NULL);
    const char *created_at = http_json_text(data, "created_at");
    bool is_time = false;
    delivery->created_ms = clock_parse(created_at, strlen(created_at), &is_time);
    json_decref(data);
    delivery->notice = kafka_header(message, KAFKA_HEADER_TYPE);
    delivery->data = (struct text){message->payload, (uint32_t)message->len};
    if (!is_time || !read_notice(delivery->notice, &notice) ||
        !notice_event_id_read(kafka_header(message, KAFKA_HEADER_ID), &name))
        return false;
    delivery->event = name.number;
    return true;
}

/* One delivery for each channel that takes it; 0 = there is nobody to be told. */
static uint32_t add_deliveries(struct worker *worker, struct slot *slot, struct delivery *delivery)
{
    struct wishes wishes = {.language = TEXT_NONE};
    enum notice notice;
    bool is_notice = notice_find(delivery->notice, &notice);
    ensure(is_notice);
    if (slot->is_found)
        wishes = wishes_read(slot->preferences, &worker->arena);
    delivery->language = wishes.language;
    delivery->topic = text_of(slot->customer);
    for (uint32_t i = 0; i < courier_channel_count(worker->courier); i++) {
        const struct channel_ops *ops = courier_channel(worker->courier, i);
        if (!wishes_allow(&wishes, ops, notice, slot->is_found))
            continue;
        delivery->queue = text_of(ops->name);
        slot->left++;
        struct err err = ledger_add(worker->ledger, delivery);
        ensure(err.code == ERR_NONE); /* in memory */
    }
    return slot->left;
}

/* Within a transaction of the ledger. */
static void feed_one(struct worker *worker, const rd_kafka_message_t *message, uint32_t number)
{
    struct slot *slot = &worker->slots[number];
    struct delivery delivery = {.subject = number + 1};
    uint32_t count = 0;
    if (!worker_is_ours(worker, slot)) {
        free_slot(worker, number);
        return;
    }
    if (slot->contact[0] != '\0')
        delivery.contact = number + 1;
    if (read_event(message, &delivery))
        count = add_deliveries(worker, slot, &delivery);
    else
        log_warning("event not understood, left out", "partition=%d offset=%lld",
                    message->partition, (long long)message->offset);
    if (count == 0)
        free_slot(worker, number);
}

static void feed_batch(struct worker *worker)
{
    arena_reset(&worker->arena);
    struct err err = ledger_begin(worker->ledger);
    ensure(err.code == ERR_NONE);
    for (uint32_t i = 0; i < worker->batch_count; i++) {
        feed_one(worker, worker->batch[i], worker->batch_slots[i]);
        rd_kafka_message_destroy(worker->batch[i]);
    }
    err = ledger_end(worker->ledger, OK);
    ensure(err.code == ERR_NONE);
    worker->batch_count = 0;
    courier_wake(worker->courier);
}

/* ---- from the group ---- */

/* It comes again: there is no room for it now. */
static void put_back(const rd_kafka_message_t *message)
{
    (void)rd_kafka_seek(message->rkt, message->partition, message->offset, 0);
}

static bool has_room(const struct worker *worker)
{
    return worker->batch_count < WORKER_BATCH && worker->used < worker->options.events_max;
}

/* Keeps the message in the batch, unless people are told of it by the server. */
static void take_message(struct worker *worker, rd_kafka_message_t *message)
{
    struct window *window =
        worker_window(worker, rd_kafka_topic_name(message->rkt), message->partition);
    bool is_ours = text_equal(kafka_header(message, KAFKA_HEADER_TOLD_BY), TEXT("workers"));
    if (!window->is_assigned) {
        rd_kafka_message_destroy(message);
        return;
    }
    if (!has_room(worker) || !window_has_room(window, message->offset)) {
        put_back(message);
        rd_kafka_message_destroy(message);
        return;
    }
    if (!window_begin(window, message->offset)) {
        rd_kafka_message_destroy(message);
        return;
    }
    if (!is_ours) {
        window_end(window, message->offset);
        rd_kafka_message_destroy(message);
        return;
    }
    worker->batch_slots[worker->batch_count] = take_slot(worker, window, message);
    worker->batch[worker->batch_count++] = message;
}

/* Is a partition so far ahead of what is done that it must wait? */
static bool is_window_full(const struct worker *worker)
{
    for (uint32_t i = 0; i < worker->window_count; i++) {
        if (worker->windows[i].is_assigned &&
            !window_has_room(&worker->windows[i], worker->windows[i].next))
            return true;
    }
    return false;
}

/* No more messages, or messages again; signs of life go on. */
static void pause_group(struct worker *worker, bool is_paused)
{
    rd_kafka_topic_partition_list_t *all = NULL;
    if (worker->is_paused == is_paused ||
        rd_kafka_assignment(worker->consumer, &all) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    if (is_paused)
        (void)rd_kafka_pause_partitions(worker->consumer, all);
    else
        (void)rd_kafka_resume_partitions(worker->consumer, all);
    rd_kafka_topic_partition_list_destroy(all);
    worker->is_paused = is_paused;
}

static bool poll_group(struct worker *worker, int wait_ms)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(worker->consumer, wait_ms);
    if (message == NULL)
        return false;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        take_message(worker, message);
        return true;
    }
    log_debug("Kafka's consumer", "error=%s", rd_kafka_err2name(message->err));
    rd_kafka_message_destroy(message);
    return true;
}

/* As many as there are at hand. */
static void fill_batch(struct worker *worker)
{
    bool is_waiting = worker->batch_count > 0 && clock_wall_ms() < worker->ask_due_ms;
    uint32_t used_max = worker->options.events_max; /* once paused, until a quarter is free */
    if (worker->is_paused)
        used_max -= used_max / 4;
    bool must_pause = is_waiting || is_window_full(worker) || worker->used >= used_max;
    pause_group(worker, must_pause);
    if (must_pause) {
        (void)poll_group(worker, PAUSED_WAIT_MS);
        return;
    }
    int wait_ms = worker->batch_count > 0 ? 0 : IDLE_WAIT_MS;
    while (has_room(worker) && poll_group(worker, wait_ms))
        wait_ms = 0;
}

void worker_step(struct worker *worker)
{
    note_ended(worker);
    fill_batch(worker);
    uint64_t now_ms = clock_wall_ms();
    if (worker->batch_count > 0 && now_ms >= worker->ask_due_ms &&
        worker_ask(worker, worker->batch_slots, worker->batch_count))
        feed_batch(worker);
    worker_tell_dead(worker, now_ms);
    worker_refresh(worker, now_ms);
    worker->stats.under_way = worker->used;
    if (now_ms < worker->committed_ms + WORKER_COMMIT_MS)
        return;
    worker_commit(worker, false);
    worker->committed_ms = now_ms;
}

/* ---- life ---- */

static void open_slots(struct worker *worker)
{
    worker->slot_count = worker->options.events_max + SLOTS_SPARE;
    worker->slots = memory_alloc_zeroed(worker->slot_count, sizeof(*worker->slots));
    worker->windows = memory_alloc_zeroed(PARTITIONS_MAX, sizeof(*worker->windows));
    for (uint32_t i = 0; i < worker->slot_count; i++)
        worker->slots[i].next_free = i + 1;
}

static bool open_parts(struct worker *worker)
{
    struct ledger_options ledger = {.database = NULL};
    if (database_sqlite_open(NULL, LEDGER_FILE, &ledger.database).code != ERR_NONE ||
        ledger_open(&ledger, &worker->ledger).code != ERR_NONE)
        return false;
    const struct courier_options courier = {.ledger = worker->ledger,
                                            .owner = &worker->owner,
                                            .settings = &worker->options.notify,
                                            .now_ms = clock_wall_ms};
    worker->courier = courier_open(&courier);
    if (worker->courier == NULL)
        return false;
    worker->shop = http_client_open(worker->options.shop_url, worker->options.shop_key);
    worker->consumer = worker_join(worker);
    return worker->consumer != NULL;
}

struct worker *worker_open(const struct worker_options *options)
{
    struct worker *worker = memory_alloc_zeroed(1, sizeof(*worker));
    worker->options = *options;
    worker->owner = (struct courier_owner){read_contact, delivery_ended, worker};
    worker->ask_max = WORKER_BATCH;
    arena_init(&worker->arena, ARENA_BLOCK_SIZE, ARENA_MAX);
    buffer_init(&worker->dead, 1024);
    buffer_init(&worker->ended, 1024);
    ensure(pthread_mutex_init(&worker->lock, NULL) == 0);
    open_slots(worker);
    if (open_parts(worker)) {
        courier_start(worker->courier);
        return worker;
    }
    worker_close(worker);
    return NULL;
}

static void leave_group(struct worker *worker)
{
    note_ended(worker);
    worker_tell_dead(worker, clock_wall_ms());
    worker_commit(worker, true);
    (void)rd_kafka_consumer_close(worker->consumer);
    for (uint32_t i = 0; i < worker->batch_count; i++)
        rd_kafka_message_destroy(worker->batch[i]);
    rd_kafka_destroy(worker->consumer);
}

void worker_close(struct worker *worker)
{
    if (worker == NULL)
        return;
    courier_close(worker->courier);
    if (worker->consumer != NULL)
        leave_group(worker);
    if (worker->shop != NULL)
        http_client_close(worker->shop);
    ledger_close(worker->ledger);
    for (uint32_t i = 0; i < worker->slot_count; i++)
        memory_free(worker->slots[i].block);
    memory_free(worker->slots);
    memory_free(worker->windows);
    buffer_release(&worker->dead);
    buffer_release(&worker->ended);
    arena_release(&worker->arena);
    ensure(pthread_mutex_destroy(&worker->lock) == 0);
    memory_free(worker);
}

struct worker_stats worker_stats(const struct worker *worker)
{
    return worker->stats;
}

struct courier *worker_courier(const struct worker *worker)
{
    return worker->courier;
}
