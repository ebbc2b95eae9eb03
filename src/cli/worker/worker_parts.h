/* worker_parts.h - the inside of the worker, shared by the worker*.c files and by nobody else. */
#ifndef CLI_WORKER_PARTS_H
#define CLI_WORKER_PARTS_H

#include "app/follow/notice_data.h"
#include "cli/replay/http_client.h"
#include "cli/worker/window.h"
#include "cli/worker/worker.h"
#include "notify/wishes.h"

#include <pthread.h>

enum { PARTITIONS_MAX = 1024, SLOTS_SPARE = WORKER_BATCH };

/* An event under way. Its number + 1 is the subject of its deliveries, and their contact. */
struct slot {
    uint32_t window;
    uint32_t epoch; /* of the window when it began */
    uint32_t left;  /* deliveries that have not ended */
    bool is_used;
    bool is_found; /* the contact is there; under the lock, like the block */
    int64_t offset;
    uint64_t asked_ms; /* for the contact; 0 = not yet */
    char contact[NOTICE_ID_SIZE];
    char profile[NOTICE_ID_SIZE];
    char customer[NOTICE_ID_SIZE];
    char *block; /* name, email, phone and preferences, one behind the other */
    struct text name;
    struct text email;
    struct text phone;
    struct text preferences;
    uint32_t next_free;
};

struct ended {
    uint64_t delivery;
    uint64_t subject;
    bool is_dead;
};

struct worker {
    struct worker_options options;
    struct courier_owner owner;
    struct ledger *ledger; /* in memory: what is under way, and nothing that Kafka does not have */
    struct courier *courier;
    struct http_client *shop;
    rd_kafka_t *consumer;
    struct arena arena;
    bool is_paused;
    uint64_t ask_due_ms; /* not before then */
    uint32_t ask_pause_ms;
    uint32_t ask_max; /* receivers asked for at once */
    uint64_t committed_ms;
    uint64_t refreshed_ms;
    struct window *windows; /* by number; those that are not assigned wait to be again */
    uint32_t window_count;
    struct slot *slots;
    uint32_t slot_count;
    uint32_t free_slot; /* slot_count = none */
    uint32_t used;
    rd_kafka_message_t *batch[WORKER_BATCH]; /* taken, and their receivers not known yet */
    uint32_t batch_slots[WORKER_BATCH];
    uint32_t batch_count;
    struct buffer dead; /* struct ended each: to be told to the shop */
    struct worker_stats stats;
    pthread_mutex_t lock;
    struct buffer ended; /* struct ended each, from the courier; under the lock */
};

/* worker.c: the slot's event is still ours. */
bool worker_is_ours(const struct worker *worker, const struct slot *slot);
/* One delivery of the slot has ended. */
void worker_finish_one(struct worker *worker, uint32_t number);

/* worker_shop.c: asks how these slots are reached. False when the shop does not say: later. */
bool worker_ask(struct worker *worker, const uint32_t *slots, uint32_t count) MUST_USE;
/* Asks again for those that are known for long. */
void worker_refresh(struct worker *worker, uint64_t now_ms);
/* Tells the shop what is dead. */
void worker_tell_dead(struct worker *worker, uint64_t now_ms);

/* worker_group.c: joins the group. NULL: logged. */
rd_kafka_t *worker_join(struct worker *worker) MUST_USE;
void worker_commit(struct worker *worker, bool is_sync);
/* The window of a message; it is assigned. */
struct window *worker_window(struct worker *worker, const char *topic, int32_t partition);

#endif
