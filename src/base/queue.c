#include "base/queue.h"

#include "base/thread_sanitizer.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* queue->sleeping: */
enum {
    CONSUMER_AWAKE = 0,
    CONSUMER_SLEEPS = 1,
    CONSUMER_CALLED =
        2, /* by queue_wake(): the next wait returns at once, or the current one ends */
};

static void futex_wait(uint32_t *word, uint32_t expected, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000),
                               .tv_nsec = (long)(timeout_ns % 1000000000)};
    /* Interrupted, timed out, no longer the expected value: the caller looks at the queue anyway.
     */
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &timeout, NULL, 0);
}

static void futex_wake(uint32_t *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void queue_init(struct queue *queue, uint32_t count_max)
{
    ensure(count_max > 0);
    *queue = (struct queue){.count_max = count_max};
    __cds_wfcq_init(&queue->head, &queue->tail);
}

bool queue_push(struct queue *queue, struct queue_node *node)
{
    uint32_t before = __atomic_fetch_add(&queue->count, 1, __ATOMIC_SEQ_CST);
    if (before >= queue->count_max) {
        __atomic_fetch_sub(&queue->count, 1, __ATOMIC_SEQ_CST);
        return false;
    }
    cds_wfcq_node_init(&node->node);
    HAND_OVER(node);
    (void)cds_wfcq_enqueue(&queue->head, &queue->tail, &node->node);

    /* Either this load sees that the consumer sleeps, or the consumer saw the count above before it
     * went to sleep (both sequentially consistent). */
    uint32_t sleeps = CONSUMER_SLEEPS;
    if (__atomic_load_n(&queue->sleeping, __ATOMIC_SEQ_CST) == CONSUMER_SLEEPS &&
        __atomic_compare_exchange_n(&queue->sleeping, &sleeps, CONSUMER_AWAKE, false,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        futex_wake(&queue->sleeping);
    return true;
}

struct queue_node *queue_pop(struct queue *queue)
{
    struct cds_wfcq_node *node = __cds_wfcq_dequeue_blocking(&queue->head, &queue->tail);
    if (node == NULL)
        return NULL;
    struct queue_node *popped = container_of(node, struct queue_node, node);
    TAKE_OVER(popped);
    uint32_t before = __atomic_fetch_sub(&queue->count, 1, __ATOMIC_SEQ_CST);
    ensure(before > 0);
    return popped;
}

void queue_wait(struct queue *queue, uint64_t timeout_ns)
{
    uint32_t awake = CONSUMER_AWAKE;
    bool is_going_to_sleep = __atomic_compare_exchange_n(&queue->sleeping, &awake, CONSUMER_SLEEPS,
                                                         false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    if (is_going_to_sleep && __atomic_load_n(&queue->count, __ATOMIC_SEQ_CST) == 0)
        futex_wait(&queue->sleeping, CONSUMER_SLEEPS, timeout_ns);
    __atomic_store_n(&queue->sleeping, CONSUMER_AWAKE, __ATOMIC_SEQ_CST);
}

void queue_wake(struct queue *queue)
{
    uint32_t before =
        __atomic_exchange_n(&queue->sleeping, (uint32_t)CONSUMER_CALLED, __ATOMIC_SEQ_CST);
    if (before == CONSUMER_SLEEPS)
        futex_wake(&queue->sleeping);
}
