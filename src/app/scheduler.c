#include "app/scheduler.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

enum { COMMAND_ARENA_BLOCK = 4096 };
#define COMMAND_ARENA_MAX ((size_t)64 << 20) /* the largest order there can be */
#define MS_PER_S          UINT64_C(1000)
#define NS_PER_MS         UINT64_C(1000000)
#define NS_PER_S          UINT64_C(1000000000)

/* A command under way and the memory it needs. */
struct job {
    struct arena arena;
    struct timeout_command command;
};

/* What is done at once. */
struct round {
    struct timeout *due; /* room for commands_max */
    uint32_t due_count;
    uint64_t order_next; /* once all of it is done: every order below is over, or moved on */
    uint64_t next_ms;    /* nothing else is due before */
    bool is_complete;    /* nothing is due but what is in it */
};

struct scheduler {
    struct scheduler_options options;
    struct timeouts_clock clock;
    uint64_t next_ms;    /* nothing is due before */
    uint64_t order_from; /* every order below is over, or moved on */
    struct arena arena;  /* of the question what is due */
    struct timeout *due;
    struct job *jobs;
    struct command **commands; /* of jobs[] */
    struct store_pending pending;
    struct scheduler_stats stats; /* atomic, each for itself */
    bool is_started;
    bool is_stopping; /* atomic */
    sem_t stop;
    pthread_t thread;
};

static uint64_t clock_real_ms(void *context)
{
    (void)context;
    return clock_wall_ms();
}

struct scheduler_options scheduler_defaults(struct executor *executor)
{
    return (struct scheduler_options){
        .executor = executor,
        .timeouts = timeouts_defaults(),
        .tick_ms = 1000,
        .commands_max = 64,
        .now_ms = clock_real_ms,
    };
}

struct scheduler *scheduler_open(const struct scheduler_options *options)
{
    ensure(options->executor != NULL);
    ensure(options->commands_max > 0);
    ensure(options->tick_ms > 0);
    ensure(options->tick_ms < TIMEOUTS_GAP_MS);
    struct scheduler *scheduler = memory_alloc_zeroed(1, sizeof *scheduler);
    uint32_t count = options->commands_max;
    scheduler->options = *options;
    scheduler->order_from = 1;
    arena_init(&scheduler->arena, COMMAND_ARENA_BLOCK, COMMAND_ARENA_MAX);
    scheduler->due = memory_alloc_zeroed(count, sizeof *scheduler->due);
    scheduler->jobs = memory_alloc_zeroed(count, sizeof *scheduler->jobs);
    scheduler->commands = memory_alloc_zeroed(count, sizeof(struct command *));
    for (uint32_t i = 0; i < count; i++) {
        arena_init(&scheduler->jobs[i].arena, COMMAND_ARENA_BLOCK, COMMAND_ARENA_MAX);
        scheduler->commands[i] = &scheduler->jobs[i].command.command;
    }
    ensure(sem_init(&scheduler->stop, 0, 0) == 0);
    return scheduler;
}

void scheduler_stop(struct scheduler *scheduler)
{
    if (scheduler->is_started) {
        __atomic_store_n(&scheduler->is_stopping, true, __ATOMIC_RELAXED);
        ensure(sem_post(&scheduler->stop) == 0);
        ensure(pthread_join(scheduler->thread, NULL) == 0);
        scheduler->is_started = false;
    }
}

void scheduler_close(struct scheduler *scheduler)
{
    if (scheduler == NULL)
        return;
    scheduler_stop(scheduler);
    for (uint32_t i = 0; i < scheduler->options.commands_max; i++)
        arena_release(&scheduler->jobs[i].arena);
    arena_release(&scheduler->arena);
    ensure(sem_destroy(&scheduler->stop) == 0);
    memory_free(scheduler->commands);
    memory_free(scheduler->jobs);
    memory_free(scheduler->due);
    memory_free(scheduler);
}

/* --- what is due --- */

struct pending_task {
    struct loader_task task;
    struct store_pending *pending;
    uint64_t from;
    struct err err;
    sem_t is_done;
};

static void read_pending(struct loader_task *task, struct store_reader *reader)
{
    struct pending_task *reading = container_of(task, struct pending_task, task);
    reading->err = store_read_pending(reader, reading->from, reading->pending);
    ensure(sem_post(&reading->is_done) == 0);
}

/* What the tables know, read by a loader. */
static struct err load_pending(struct scheduler *scheduler, uint64_t from)
{
    struct pending_task reading = {
        .task.run = read_pending, .pending = &scheduler->pending, .from = from};
    ensure(sem_init(&reading.is_done, 0, 0) == 0);
    struct err err = executor_load(scheduler->options.executor, &reading.task);
    if (err.code == ERR_NONE) {
        while (sem_wait(&reading.is_done) != 0)
            ; /* interrupted by a signal */
        err = reading.err;
    }
    ensure(sem_destroy(&reading.is_done) == 0);
    return err;
}

/* The order at order_next sleeps: goes on by what the tables say. They are behind the memory, but
 * an order that is PENDING in memory is so in the tables too, if they know it. */
static struct err add_asleep(struct scheduler *scheduler, struct round *round, bool has_more)
{
    const struct store_pending *pending = &scheduler->pending;
    uint64_t now_ms = scheduler->clock.now_ms;
    TRY(load_pending(scheduler, round->order_next));
    ensure(pending->complete_to >= round->order_next);
    for (uint32_t i = 0; i < pending->count; i++) {
        const struct store_pending_order *order = &pending->orders[i];
        uint64_t due_ms = order->created_ms + scheduler->options.timeouts.payment_ms;
        if (order->number > pending->complete_to)
            break;
        round->order_next = order->number;
        if (due_ms > now_ms) {
            round->next_ms = due_ms < round->next_ms ? due_ms : round->next_ms;
            round->is_complete = !has_more;
            return OK;
        }
        if (round->due_count == scheduler->options.commands_max)
            return OK;
        round->due[round->due_count++] = (struct timeout){TIMEOUT_ORDER, order->number};
    }
    round->order_next = pending->complete_to + 1;
    return OK;
}

static struct err find_due(struct scheduler *scheduler, struct round *round)
{
    struct timeouts_command *view = arena_alloc(&scheduler->arena, sizeof *view);
    *view = (struct timeouts_command){
        .command = {.ops = &command_timeouts_view,
                    .arena = &scheduler->arena,
                    .actor = ACTOR_SYSTEM},
        .asked_ms = scheduler->clock.now_ms,
        .order_from = scheduler->order_from,
        .due = scheduler->due,
        .due_max = scheduler->options.commands_max,
    };
    TRY(executor_run(scheduler->options.executor, &view->command));
    *round = (struct round){
        .due = scheduler->due,
        .due_count = view->due_count,
        .order_next = view->order_next,
        .next_ms = view->next_ms,
        .is_complete = !view->has_more && !view->is_order_asleep,
    };
    if (!view->is_order_asleep || round->due_count == scheduler->options.commands_max)
        return OK;
    return add_asleep(scheduler, round, view->has_more);
}

/* --- having it done --- */

static const struct command_ops *const ops_by_kind[TIMEOUT_KIND_COUNT] = {
    [TIMEOUT_ORDER] = &command_order_expire,
    [TIMEOUT_CART] = &command_cart_expire,
    [TIMEOUT_TOKEN] = &command_token_expire,
};

/* Whether it is over with it, one way or the other. */
static bool is_settled(const struct command *command)
{
    return command->err.code == ERR_NONE || command->err.code == ERR_ORDER_TRANSITION;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes */
static void add_stat(uint64_t *stat, uint64_t amount)
{
    __atomic_store_n(stat, *stat + amount, __ATOMIC_RELAXED);
}

/* Runs all of it; false when something has to be tried again. */
static bool run_round(struct scheduler *scheduler, const struct round *round)
{
    for (uint32_t i = 0; i < round->due_count; i++) {
        struct job *job = &scheduler->jobs[i];
        arena_reset(&job->arena);
        job->command = (struct timeout_command){
            .command = {.ops = ops_by_kind[round->due[i].kind],
                        .arena = &job->arena,
                        .actor = ACTOR_SYSTEM},
            .number = round->due[i].number,
            .asked_ms = scheduler->clock.now_ms,
        };
    }
    executor_run_many(scheduler->options.executor, scheduler->commands, round->due_count);
    bool is_done = true;
    uint64_t done[TIMEOUT_KIND_COUNT] = {0};
    for (uint32_t i = 0; i < round->due_count; i++) {
        is_done = is_done && is_settled(scheduler->commands[i]);
        done[round->due[i].kind] += scheduler->commands[i]->err.code == ERR_NONE;
    }
    add_stat(&scheduler->stats.orders_expired, done[TIMEOUT_ORDER]);
    add_stat(&scheduler->stats.carts_ended, done[TIMEOUT_CART]);
    add_stat(&scheduler->stats.tokens_ended, done[TIMEOUT_TOKEN]);
    return is_done;
}

void scheduler_tick(struct scheduler *scheduler)
{
    const struct scheduler_options *options = &scheduler->options;
    uint64_t wall_ms = options->now_ms(options->clock_context);
    const struct scheduler_stats before = scheduler->stats;
    if (!timeouts_clock_tick(&scheduler->clock, options->timeouts.grace_ms, wall_ms) ||
        scheduler->clock.now_ms < scheduler->next_ms)
        return;
    struct round round = {.is_complete = false};
    while (!round.is_complete && !__atomic_load_n(&scheduler->is_stopping, __ATOMIC_RELAXED)) {
        arena_reset(&scheduler->arena);
        if (find_due(scheduler, &round).code != ERR_NONE || !run_round(scheduler, &round))
            break;
        scheduler->order_from = round.order_next;
        /* What was done may be due again before anything else: a cart that was warned about. */
        round.is_complete = round.is_complete && round.due_count == 0;
        if (round.is_complete)
            scheduler->next_ms = round.next_ms;
    }
    uint64_t orders = scheduler->stats.orders_expired - before.orders_expired;
    uint64_t carts = scheduler->stats.carts_ended - before.carts_ended;
    if (orders > 0)
        log_info("not paid in time", "orders=%" PRIu64, orders);
    if (carts > 0)
        log_info("carts warned about or expired", "carts=%" PRIu64, carts);
}

static void *run_thread(void *argument)
{
    struct scheduler *scheduler = argument;
    pthread_setname_np(pthread_self(), "scheduler");
    uint64_t next_ns = clock_monotonic_ns();
    for (;;) {
        scheduler_tick(scheduler);
        next_ns += scheduler->options.tick_ms * NS_PER_MS;
        if (next_ns < clock_monotonic_ns())
            next_ns = clock_monotonic_ns();
        struct timespec until = {.tv_sec = (time_t)(next_ns / NS_PER_S),
                                 .tv_nsec = (long)(next_ns % NS_PER_S)};
        int result = sem_clockwait(&scheduler->stop, CLOCK_MONOTONIC, &until);
        if (result == 0)
            return NULL;
        ensure(errno == ETIMEDOUT || errno == EINTR);
    }
}

void scheduler_start(struct scheduler *scheduler)
{
    ensure(!scheduler->is_started);
    scheduler->is_started = true;
    ensure(pthread_create(&scheduler->thread, NULL, run_thread, scheduler) == 0);
}

struct scheduler_stats scheduler_stats(const struct scheduler *scheduler)
{
    return (struct scheduler_stats){
        .orders_expired = __atomic_load_n(&scheduler->stats.orders_expired, __ATOMIC_RELAXED),
        .carts_ended = __atomic_load_n(&scheduler->stats.carts_ended, __ATOMIC_RELAXED),
        .tokens_ended = __atomic_load_n(&scheduler->stats.tokens_ended, __ATOMIC_RELAXED),
    };
}
