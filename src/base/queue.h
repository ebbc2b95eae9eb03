/*
 * queue.h - many producers, one consumer, no lock (liburcu's wfcqueue), with a counter that bounds
 * it and a sleep for the consumer. Nodes are embedded in what is queued.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <urcu/wfcqueue.h>

struct queue_node {
    struct cds_wfcq_node node;
};

struct queue {
    struct __cds_wfcq_head head;
    struct cds_wfcq_tail tail;
    uint32_t count;    /* atomic */
    uint32_t sleeping; /* futex: see queue.c */
    uint32_t count_max;
};

void queue_init(struct queue *queue, uint32_t count_max);
/* False when count_max are queued already: the node is untouched. Wakes the consumer. */
bool queue_push(struct queue *queue, struct queue_node *node) MUST_USE;
/* Consumer only. NULL when empty. */
struct queue_node *queue_pop(struct queue *queue) MUST_USE;
/* Consumer only: returns when something is queued, queue_wake() was called (also before the wait),
 * or after timeout_ns; now and then without a reason. */
void queue_wait(struct queue *queue, uint64_t timeout_ns);
void queue_wake(struct queue *queue);

/* The struct that embeds `node` as `member`. */
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
