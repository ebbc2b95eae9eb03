/* courier_parts.h - the inside of the courier, shared by courier.c and courier_queue.c and by
 * nobody else. */
#ifndef NOTIFY_COURIER_PARTS_H
#define NOTIFY_COURIER_PARTS_H

#include "base/random.h"
#include "notify/courier.h"

#include <pthread.h>

enum { COURIER_RESULTS_MAX = 1024, COURIER_STOP_MS = 5000 };

/* The pace of one channel; see courier_queue.c. */
struct courier_queue {
    struct channel channel;
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
    struct courier_stats stats; /* atomic, each for itself */
};

/* How many deliveries the queue may start now. */
uint32_t courier_queue_room(struct courier_queue *queue, uint64_t now_ms);
/* So many were asked for, so many were there. */
void courier_queue_claimed(struct courier_queue *queue, uint32_t asked, uint32_t got,
                           uint64_t now_ms);
void courier_queue_ended(struct courier_queue *queue, enum channel_answer answer);
/* Now and then: more workers, fewer, or a pause. */
void courier_queue_judge(struct courier_queue *queue, uint64_t now_ms);

/* The pause before the next try, with jitter. */
uint64_t courier_retry_ms(struct random *random, uint32_t attempts, uint32_t retry_after_s);

#endif
