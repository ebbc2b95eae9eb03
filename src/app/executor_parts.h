/*
 * executor_parts.h - the inside of the executor, shared by executor.c, batch.c, loader.c and
 * sweep.c and by nobody else.
 *
 *   any thread:  executor_submit() -> incoming queue
 *   executor:    incoming -> one list per priority -> batch -> done()
 *   loaders:     read what sleeps -> incoming queue again (list `returned`, which goes first)
 *
 * Fields marked atomic are read by other threads; everything else is the executor's.
 */
#ifndef APP_EXECUTOR_PARTS_H
#define APP_EXECUTOR_PARTS_H

#include "app/executor.h"
#include "base/queue.h"

#include <pthread.h>

enum {
    PRIORITY_COUNT = COMMAND_PRIORITY_COUNT,
    LOADERS_MAX = 16,
    LOADER_TASKS_MAX = 4096, /* per loader */
    PACE_UNIT = 1024,
    /* 1 in so many places of a full batch is kept for commands of lower priority, so that they are
     * slow under load and not stopped. */
    LOWER_SHARE = 16,
};

/* Commands linked by command->next. */
struct command_list {
    struct command *first;
    struct command *last;
};

struct batch {
    struct command **commands;
    struct command **answered; /* those that only read, as long as they are answered */
    uint32_t count;
    uint32_t lines;
    uint32_t taken[PRIORITY_COUNT]; /* of each, without those that were at a loader */
    uint64_t first_event;
    bool has_erasures;
    uint64_t recorded_ns; /* when it was durable */
};

struct loader {
    struct executor *executor;
    struct store_reader *reader;
    struct queue queue;
    uint32_t busy; /* atomic: tasks queued and the one running */
    pthread_t thread;
};

/* An order in memory, as its last event found it. */
struct resident_order {
    uint64_t number;
    uint64_t last_event;
};

/* Orders in the order they changed, a ring; an entry whose order changed again since is dead. */
struct residents {
    struct resident_order *ring;
    uint64_t first;
    uint64_t next;
    uint64_t capacity; /* a power of two */
};

/* How long batches take, smoothed (7/8 of the old, 1/8 of the new); atomic. */
struct pace {
    uint64_t command_ns;            /* per command, without recording */
    uint64_t record_ns;             /* per batch that was recorded */
    uint64_t since_ns;              /* when the recording that goes on has begun; 0 = none does */
    uint64_t taken[PRIORITY_COUNT]; /* places of a batch that went to each, in 1/PACE_UNIT */
};

/* Answers of this batch, not in the store yet. */
struct kept_answers {
    struct answer *answers;
    uint32_t count;
    uint32_t capacity;
};

struct executor {
    struct executor_options options;
    struct shop *shop;
    struct queue incoming;
    uint64_t away_since_ns; /* atomic: the store was first seen to be away; 0 = it is not */
    uint64_t looked_ns;     /* when it was last asked what others recorded */
    uint32_t waiting[PRIORITY_COUNT]; /* atomic: submitted and not in a batch yet */
    uint32_t loading;                 /* atomic: commands that wait for a loader */
    bool is_stopping;                 /* atomic */
    bool is_lagging;                  /* atomic: the tables are too far behind */
    bool is_stopping_loaders;         /* atomic */
    bool is_started;
    bool has_failed;   /* the store could not record */
    bool is_overtaken; /* atomic: the shop in memory is not the one in the store any more */
    struct command_list returned;
    struct command_list lists[PRIORITY_COUNT];
    struct batch batch;
    uint32_t last_count; /* commands in the batch before */
    struct arena arena;  /* of the batch */
    struct buffer events;
    struct decision decision;
    struct residents residents;
    struct shop_keys answered; /* the value is the answer's number */
    uint64_t answered_bytes;
    struct kept_answers kept;
    uint64_t last_answer;
    struct map
        erased; /* contacts whose erasure the tables do not show yet; the value says nothing */
    uint64_t erased_event;       /* the last such event */
    struct store_reader *reader; /* for what sleeps where there are no loader threads */
    struct pace pace;
    struct executor_stats stats; /* atomic, each for itself */
    pthread_t thread;
    struct loader loaders[LOADERS_MAX];
};

/* store_turn.c: applies and publishes what other processes have recorded, so that the batch is
 * decided on that; with commands that may write, the store is this process's until it recorded, and
 * what came while it waited for that joins the batch. A store that is read only is looked at no
 * more often than store_turn_follow() does, and answered from as it is while it is away. False when
 * the store is away: then nothing was decided, and every command of the batch is refused. */
bool store_turn_take(struct executor *executor) MUST_USE;
/* The store is away, for longer than commands are held. Any thread. */
bool store_turn_is_hopeless(struct executor *executor);
/* The same while nothing is asked for, for those who read the view; follow_ms after the last look,
 * whichever of the two that was. */
void store_turn_follow(struct executor *executor);
/* Until then; 0 = it is due. Of a shared store. Once overtaken it is never due. */
uint64_t store_turn_follow_in_ns(const struct executor *executor) MUST_USE;

/* batch.c: takes what is queued into executor->batch; false when nothing was. */
bool batch_collect(struct executor *executor);
/* Takes what came since, as far as there is room. */
void batch_fill(struct executor *executor);
/* Answers what only reads, then decides and applies the others, begun at started_ns. Commands that
 * wait for a loader leave the batch. */
void batch_decide(struct executor *executor, uint64_t started_ns);
/* Every command of the batch gets the error. */
void batch_refuse(struct executor *executor, struct err err);
/* Makes the events durable. Does not return when it cannot, unless another process has recorded in
 * their place: then all are refused, and is_overtaken. */
void batch_record(struct executor *executor);
void batch_publish(struct executor *executor);
/* An event of another process, numbered already. */
void batch_apply_event(struct executor *executor, const struct event *event);
/* At the start: contacts that were erased by events which the tables do not show yet. */
struct err batch_load_erased(struct executor *executor) MUST_USE;
/* Shows durable events, which the shop has just applied, to everybody who reads. */
void batch_publish_events(struct executor *executor, uint64_t first_event, struct text events);
/* Hands every command back and empties the batch. batch.recorded_ns is set. */
void batch_answer(struct executor *executor);

/* loader.c: sends the command for what err (ERR_ASLEEP) asks; with loader threads it comes back
 * through the incoming queue, else it has been read on return. An error: it stays the caller's. */
struct err loader_fetch(struct executor *executor, struct command *command,
                        struct err asleep) MUST_USE;
bool loader_is_threaded(const struct executor *executor);
struct err loaders_start(struct executor *executor) MUST_USE;
/* Finishes what is queued first. */
void loaders_stop(struct executor *executor);

/* once.c: OK with command->once->is_repeat when it was done before; ERR_ASLEEP for its answer. */
struct err once_judge(struct executor *executor, struct command *command) MUST_USE;
/* It is done: keeps the answer. */
void once_keep(struct executor *executor, struct command *command);
/* Another process keeps this answer. */
void once_note(struct executor *executor, const struct answer *answer);
/* What the store has kept. */
struct err once_load(struct executor *executor) MUST_USE;
void once_sweep(struct executor *executor);
/* Number of the oldest answer that may still be asked for. */
uint64_t once_first_kept(const struct executor *executor);

/* sweep.c: every order the shop has in memory when the executor takes over. */
void residents_init(struct residents *residents, const struct shop *shop);
void residents_release(struct residents *residents);
/* The order was changed, or came into memory. */
void residents_touch(struct residents *residents, const struct shop *shop, uint64_t number);
/* Lets folded orders and old keys leave memory, a bounded number of them. Between two batches only.
 */
void executor_sweep(struct executor *executor);

#endif
