#include "app/workers.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>

enum { BUSY_SECONDS = 1 };
#define WORKER_WAIT_NS UINT64_C(1000000000)

struct worker {
    struct workers *workers;
    struct queue queue;
    uint32_t busy; /* atomic: tasks queued and the one running */
    pthread_t thread;
};

struct workers {
    struct workers_options options;
    struct worker *workers;
    uint32_t busy;    /* atomic: over all */
    bool is_stopping; /* atomic */
    bool is_stopped;
};

static void *run_worker(void *argument)
{
    struct worker *worker = argument;
    pthread_setname_np(pthread_self(), "worker");
    for (;;) {
        struct queue_node *node = queue_pop(&worker->queue);
        if (node != NULL) {
            struct worker_task *task = container_of(node, struct worker_task, queue_node);
            task->run(task);
            __atomic_fetch_sub(&worker->busy, 1, __ATOMIC_SEQ_CST);
            __atomic_fetch_sub(&worker->workers->busy, 1, __ATOMIC_SEQ_CST);
            continue;
        }
        if (__atomic_load_n(&worker->workers->is_stopping, __ATOMIC_SEQ_CST) &&
            __atomic_load_n(&worker->busy, __ATOMIC_SEQ_CST) == 0)
            return NULL;
        queue_wait(&worker->queue, WORKER_WAIT_NS);
    }
}

struct workers *workers_open(const struct workers_options *options)
{
    ensure(options->threads > 0);
    ensure(options->tasks_max > 0);
    struct workers *workers = memory_alloc_zeroed(1, sizeof(*workers));
    workers->options = *options;
    workers->workers = memory_alloc_zeroed(options->threads, sizeof(*workers->workers));
    for (uint32_t i = 0; i < options->threads; i++) {
        struct worker *worker = &workers->workers[i];
        worker->workers = workers;
        queue_init(&worker->queue, options->tasks_max);
        ensure(pthread_create(&worker->thread, NULL, run_worker, worker) == 0);
    }
    return workers;
}

void workers_stop(struct workers *workers)
{
    if (workers->is_stopped)
        return;
    __atomic_store_n(&workers->is_stopping, true, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < workers->options.threads; i++) {
        queue_wake(&workers->workers[i].queue);
        ensure(pthread_join(workers->workers[i].thread, NULL) == 0);
    }
    workers->is_stopped = true;
}

uint32_t workers_busy(const struct workers *workers)
{
    return __atomic_load_n(&workers->busy, __ATOMIC_RELAXED);
}

void workers_close(struct workers *workers)
{
    workers_stop(workers);
    memory_free(workers->workers);
    memory_free(workers);
}

static struct worker *least_busy(struct workers *workers)
{
    struct worker *best = &workers->workers[0];
    uint32_t best_busy = UINT32_MAX;
    for (uint32_t i = 0; i < workers->options.threads; i++) {
        uint32_t busy = __atomic_load_n(&workers->workers[i].busy, __ATOMIC_SEQ_CST);
        if (busy < best_busy) {
            best = &workers->workers[i];
            best_busy = busy;
        }
    }
    return best;
}

struct err workers_submit(struct workers *workers, struct worker_task *task)
{
    ensure(task->run != NULL);
    struct worker *worker = least_busy(workers);
    /* Counted before looking whether they stop, as in executor_submit(). */
    __atomic_fetch_add(&worker->busy, 1, __ATOMIC_SEQ_CST);
    uint32_t busy = __atomic_add_fetch(&workers->busy, 1, __ATOMIC_SEQ_CST);
    struct err err = OK;
    if (__atomic_load_n(&workers->is_stopping, __ATOMIC_SEQ_CST))
        err = ERR(ERR_STOPPING);
    else if (busy > workers->options.tasks_max + workers->options.threads ||
             !queue_push(&worker->queue, &task->queue_node))
        err = ERR_AT(ERR_OVERLOADED, 0, .value = BUSY_SECONDS);
    if (err.code != ERR_NONE) {
        __atomic_fetch_sub(&worker->busy, 1, __ATOMIC_SEQ_CST);
        __atomic_fetch_sub(&workers->busy, 1, __ATOMIC_SEQ_CST);
    }
    return err;
}
