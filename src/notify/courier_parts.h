/* courier_parts.h - the inside of the courier, shared by courier.c and courier_queue.c and by
 * nobody else. */
#ifndef NOTIFY_COURIER_PARTS_H
#define NOTIFY_COURIER_PARTS_H

#include "base/random.h"
#include "notify/channel_webhook.h"
#include "notify/courier.h"

#include <pthread.h>

#define MS_PER_HOUR UINT64_C(3600000)

enum { COURIER_RESULTS_MAX = 1024, COURIER_STOP_MS = 5000 };

/* The pace of one channel; see courier_queue.c. */
struct courier_queue {
    struct channel channel;
    struct text name; /* of its deliveries in the ledger */
    uint64_t webhook; /* 0 = of a channel */
    uint32_t retry_hours;
    uint32_t rate; /* a second and worker; 0 = no limit */
    uint32_t workers;
    uint32_t workers_max;
    uint32_t under_way;
    uint64_t credit_milli; /* messages that may be sent now, x 1000 */
    uint64_t credit_ms;    /* when that was counted */
    uint64_t claim_ms;     /* not before then */
    uint64_t paused_until_ms;
    uint32_t pause_ms;
    uint64_t judged_ms; /* when the numbers below began */
    uint32_t accepted;
    uint32_t failed;
    bool has_backlog;
    bool is_preparing;          /* a transfer of the channel's own is under way */
    struct courier_stats stats; /* atomic, each for itself */
};

/* The queue of a registered webhook. */
struct courier_hook {
    struct courier_queue queue;
    struct webhook_target target;
    char name[WEBHOOK_QUEUE_SIZE];
    bool is_open; /* registered and enabled */
};

/* A delivery with its call; kept in a list when it is free. */
struct flight {
    struct transfer transfer;
    struct courier_queue *queue;
    uint64_t id;
    uint64_t subject;
    uint64_t created_ms;
    uint64_t term;            /* of the ledger, in which it was claimed */
    uint32_t attempts;        /* before this one */
    struct flight *next;      /* in the list of free ones */
    struct flight *next_made; /* in the list of all */
};

struct courier {
    struct courier_options options;
    struct templates *templates;
    struct store_reader *reader;
    uint32_t queue_count;
    struct courier_queue queues[COURIER_CHANNELS_MAX];
    struct courier_hook *hooks[WEBHOOKS_MAX]; /* in no order; a free place is not open and idle */
    uint32_t hook_count;
    uint64_t hooks_read_ms;
    CURLM *multi;
    struct flight *free_flights;
    struct flight *flights; /* all that were made */
    uint32_t flying;
    struct delivery_result results[COURIER_RESULTS_MAX];
    uint32_t result_count;
    uint64_t settled_ms;
    uint64_t term; /* that the results belong to */
    struct arena arena;
    struct random random;
    pthread_mutex_t contacts; /* held while a contact is read and handed to a channel */
    pthread_t thread;
    bool is_started;
    bool has_looked;  /* for contacts that were erased while it did not run */
    bool is_stopping; /* atomic */
    bool is_woken;    /* atomic */
};

/* courier.c: starts what is due and has room. */
struct err courier_fill_queue(struct courier *courier, struct courier_queue *queue) MUST_USE;
/* courier_hooks.c: the same for every webhook; looks now and then which there are. */
struct err courier_fill_hooks(struct courier *courier, bool is_woken) MUST_USE;

/* courier_forget.c: opens the reader, and has the channels forget whoever was erased while nobody
 * ran here; once, also where another process tells. */
struct err courier_look_for_gone(struct courier *courier) MUST_USE;

/* How many deliveries the queue may start now. */
uint32_t courier_queue_room(struct courier_queue *queue, uint64_t now_ms);
/* So many were asked for, so many were there. */
void courier_queue_claimed(struct courier_queue *queue, uint32_t asked, uint32_t got,
                           uint64_t now_ms);
/* The channel could not be made ready: a pause. */
void courier_queue_unready(struct courier_queue *queue, uint64_t now_ms);
void courier_queue_ended(struct courier_queue *queue, enum channel_answer answer);
/* Now and then: more workers, fewer, or a pause. */
void courier_queue_judge(struct courier_queue *queue, uint64_t now_ms);

/* The pause before the next try, with jitter. */
uint64_t courier_retry_ms(struct random *random, uint32_t attempts, uint32_t retry_after_s);

#endif
