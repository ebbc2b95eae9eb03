/*
 * scheduler.h - sees to it that what is due comes to its end: asks the shop what is due, and has it
 * done by commands, through the executor like anybody else. The rules are the commands'.
 *
 * What is due is found, not searched: a PENDING order by its number, in memory or in the tables'
 * index of pending orders (orders are due in the order in which they were made), a cart as the one
 * that was touched longest ago. Looking costs the same for one as for a million.
 *
 * scheduler_tick() is the whole of it, in virtual time; scheduler_start() calls it every tick_ms
 * from a thread of its own.
 */
#ifndef APP_SCHEDULER_H
#define APP_SCHEDULER_H

#include "app/executor.h"

#include <stdint.h>

struct scheduler;

struct scheduler_options {
    struct executor *executor;
    struct timeouts timeouts;          /* those of the shop */
    uint32_t tick_ms;                  /* 1,000 */
    uint32_t commands_max;             /* at the same time: 64 */
    uint64_t (*now_ms)(void *context); /* wall time; virtual in tests */
    void *clock_context;
};

struct scheduler_options scheduler_defaults(struct executor *executor);

struct scheduler *scheduler_open(const struct scheduler_options *options) MUST_USE;
/* Ends the thread, once what is under way is done; before executor_close(). May be called twice. */
void scheduler_stop(struct scheduler *scheduler);
/* scheduler_stop(), and frees it. May be NULL. */
void scheduler_close(struct scheduler *scheduler);
/* After executor_start(). */
void scheduler_start(struct scheduler *scheduler);

/* Ends everything that is due by now. What could not be done (the executor is busy) is due at the
 * next tick. */
void scheduler_tick(struct scheduler *scheduler);

/* Counters since the start; any thread. */
struct scheduler_stats {
    uint64_t orders_expired;
    uint64_t carts_ended; /* warned about, expired, or their contact forgotten */
    uint64_t tokens_ended;
};
struct scheduler_stats scheduler_stats(const struct scheduler *scheduler);

#endif
