/*
 * replay_worker.h - the threads that send a plan to a server, each on a connection of its own.
 *
 * Jobs are handed out in the order of the file. With one worker they are sent in that order; with
 * several, a cancellation waits for its order, and one order is cancelled by one worker at a time.
 * A request without an answer is sent again with the same idempotency key, or, where there is none,
 * after looking whether it was done.
 */
#ifndef CLI_REPLAY_WORKER_H
#define CLI_REPLAY_WORKER_H

#include "cli/replay/replay_books.h"
#include "cli/replay/replay_plan.h"
#include "cli/replay/replay_stats.h"
#include "cli/replay/shop_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum replay_state {
    REPLAY_WAITING = 0,
    REPLAY_ACCEPTED, /* the shop acknowledged it */
    REPLAY_REFUSED,
    REPLAY_LOST, /* no answer within retry_seconds */
};

struct replay_outcome {
    enum replay_state state;
    bool is_busy; /* a worker cancels a part of it */
    char id[SHOP_ID_SIZE];
};

/* What the workers share. Everything below `lock` is changed under it. */
struct replay_run {
    const char *url;
    const char *operator_key; /* NULL = none */
    uint32_t retry_seconds;
    int acks_fd; /* -1 = none; a line "order id TAB shop's id" per acknowledged order */
    const struct replay_plan *plan;
    char (*product_ids)[SHOP_ID_SIZE];  /* by number in plan->skus; "" = the shop has no such */
    char (*customer_ids)[SHOP_ID_SIZE]; /* by number in plan->customers */
    atomic_uint next_job;
    atomic_uint done_jobs;
    atomic_bool must_stop; /* a worker lost the server for good */

    pthread_mutex_t lock;
    pthread_cond_t changed;          /* some outcome */
    pthread_mutex_t return_lock;     /* one RETURN at a time: see send_return() */
    struct replay_outcome *outcomes; /* by order */
    struct replay_books books;       /* what was acknowledged */
    uint64_t cancels_skipped;        /* their order was refused */
};

struct replay_worker {
    struct replay_run *run;
    struct shop_client client;
    struct replay_stats stats;
    struct shop_item *items; /* room for the longest job */
    uint32_t item_capacity;
    pthread_t thread;
};

void replay_worker_start(struct replay_worker *worker, struct replay_run *run);
/* Waits for its end; the stats stay. */
void replay_worker_join(struct replay_worker *worker);

/* True when `answer` says that the request may be sent again: none came, or the server is busy
 * (503). */
bool replay_must_repeat(const struct http_answer *answer);

#endif
