/*
 * workers.h - threads for what takes long and touches nothing of the shop: hashing passwords. Never
 * an event loop, never the executor. Each has a bounded queue; over it a task is refused at once.
 */
#ifndef APP_WORKERS_H
#define APP_WORKERS_H

#include "base/queue.h"
#include "shop/err.h"

#include <stdint.h>

struct workers;

struct workers_options {
    uint32_t threads;   /* at least 1 */
    uint32_t tasks_max; /* that wait, over all threads */
};

struct worker_task {
    void (*run)(struct worker_task *task);
    struct queue_node queue_node; /* the workers' */
};

struct workers *workers_open(const struct workers_options *options) MUST_USE;
/* Refuses new tasks, finishes those that wait. */
void workers_stop(struct workers *workers);
/* Tasks that are queued or run; any thread. */
uint32_t workers_busy(const struct workers *workers);
/* workers_stop(), then releases. */
void workers_close(struct workers *workers);

/* Any thread. OK: task->run() will be called on a worker's thread. ERR_OVERLOADED, ERR_STOPPING: it
 * will not. */
struct err workers_submit(struct workers *workers, struct worker_task *task) MUST_USE;

#endif
