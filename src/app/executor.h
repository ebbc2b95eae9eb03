/*
 * executor.h - the one writer of a store: commands -> batches -> answers.
 *
 *   queue -> (load what sleeps) -> answer what only reads -> decide each, apply its events
 *         -> record the batch, one flush -> publish to the readers' view -> answer every command
 *
 * Nothing leaves (answer, refusal, view) before everything it could have seen is durable. A batch
 * is whatever queued while the last flush ran, at most batch_commands_max commands and
 * batch_lines_max lines. When the store cannot record, `on_store_failure` is called and must not
 * return.
 *
 * executor_step() is the whole of it, single-threaded and without a clock, so that tests and the
 * simulator drive it; executor_start() runs it on a thread of its own.
 */
#ifndef APP_EXECUTOR_H
#define APP_EXECUTOR_H

#include "app/credentials.h"
#include "app/follow/feed.h"
#include "base/histogram.h"
#include "base/queue.h"
#include "search/view.h"
#include "shop/command/commands.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct executor;

struct executor_options {
    struct store *store;
    struct shop *shop;               /* loaded; the executor's from now on */
    struct view *view;               /* may be NULL */
    struct credentials *credentials; /* may be NULL */
    struct feed *feed;               /* gets every batch once it is durable; may be NULL */
    uint32_t queue_max;              /* commands waiting, per priority: 65,536 */
    uint32_t batch_commands_max;     /* 256 */
    uint32_t batch_lines_max;        /* 4,096 */
    uint32_t linger_us;              /* 1,000; only when the batch before was answered under load */
    uint32_t follow_ms;     /* 20; looks for what other processes recorded so often, if shared */
    uint32_t hold_ms;       /* 0; how long commands wait for a shared store that is away */
    uint32_t shed_after_ms; /* 250: expected wait from which writes are refused */
    uint32_t
        fold_lag_max_ms; /* 60,000: refused too while the tables are so far behind; 0 = never */
    uint32_t orders_resident_max; /* folded orders kept in memory: 100,000 */
    uint32_t contacts_recent_max; /* of the last orders, kept in memory: 4,096 */
    uint32_t answers_max;         /* answers of requests with a key that are kept: 1,000,000 */
    uint64_t answer_bytes_max;    /* of all of them: 1 GiB */
    uint32_t loaders; /* threads that read what sleeps; 0 = read on the executor's (tests) */
    uint64_t (*now_ms)(void *context); /* wall time; virtual in tests */
    uint64_t (*monotonic_ns)(void *context);
    void *clock_context;
    void (*on_store_failure)(void *context, struct err err);
    /* Another process recorded in the place of a batch: what is in memory never happened, and every
     * command from that batch on is refused, ERR_OVERLOADED. Once, on the executor's thread; NULL =
     * it is a failure of the store. */
    void (*on_overtaken)(void *context);
    void *failure_context; /* of both */
};

struct executor_options executor_defaults(struct store *store, struct shop *shop);

struct executor *executor_open(const struct executor_options *options) MUST_USE;
/* Refuses new commands, finishes what is queued, stops the threads. Does not close the store. After
 * on_store_failure (from which only a test jumps out) it merely frees memory: nothing is answered.
 */
void executor_close(struct executor *executor);
/* Runs the executor on its own thread, and the loaders. */
void executor_start(struct executor *executor);

/* Any thread. OK: `command->done` will be called exactly once. ERR_OVERLOADED, ERR_STOPPING,
 * ERR_READ_ONLY: it will not, and the command is still the caller's. */
struct err executor_submit(struct executor *executor, struct command *command) MUST_USE;

/* One batch of what is queued; false when nothing was. Not together with executor_start(). */
bool executor_step(struct executor *executor);

/* Runs `task` on a loader thread with a reader of the store that sees everything durable when it
 * was submitted (for lists and contacts). Without loader threads it runs at once. ERR_OVERLOADED,
 * ERR_STOPPING: it will not run. */
struct loader_task {
    void (*run)(struct loader_task *task, struct store_reader *reader);
    struct queue_node queue_node; /* the executor's */
};
struct err executor_load(struct executor *executor, struct loader_task *task) MUST_USE;

/* Counters since start; read from any thread, each exact, together approximate. */
struct executor_stats {
    uint64_t commands;
    uint64_t refused;
    uint64_t shed;
    uint64_t batches;
    uint64_t events;
    uint64_t decide_ns; /* CPU, decide + apply + answer */
    uint64_t record_ns; /* CPU in store_record() */
    uint64_t record_wall_ns;
    uint64_t other_ns; /* CPU: queueing, publishing, handing answers back */
    uint64_t orders_resident;
    uint64_t queued;
    uint64_t queued_by_priority[COMMAND_PRIORITY_COUNT];
    uint64_t loading;     /* commands that wait for a loader */
    uint64_t loads;       /* what loaders have to do in all: those, lists, contacts */
    uint64_t stock_short; /* commands refused because the pieces were not there */
    uint64_t guard_hits;  /* decisions that stock_guard_holds() stopped: a bug, and nothing sold */
    uint64_t batch_bytes; /* memory of the last batch */
    /* Of commands that may write; nanoseconds. */
    struct histogram queue_ns;       /* from submission until it was decided, loading included */
    struct histogram decide_ns_each; /* of its batch */
    struct histogram record_ns_each; /* of its batch */
    struct histogram batch_commands; /* per batch */
    struct histogram batch_events;   /* per batch that was recorded */
};
struct executor_stats executor_stats(const struct executor *executor);

/* Submits and waits for the answer: for the command line, never on an event loop. Also usable
 * without executor_start(): then it steps the executor itself, and waits for room in the queue and
 * for tables that are too far behind instead of being refused; nobody else is there to be spared.
 */
struct err executor_run(struct executor *executor, struct command *command) MUST_USE;
/* The same for several at once, each with an arena of its own; each has its answer in err. */
void executor_run_many(struct executor *executor, struct command *const *commands, uint32_t count);

#endif
