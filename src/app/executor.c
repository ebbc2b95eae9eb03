#include "app/executor.h"

#include "app/executor_parts.h"
#include "base/clock.h"
#include "base/memory.h"

#include <semaphore.h>

enum {
    ARENA_BLOCK_SIZE = 1 << 20,
    EVENTS_FIRST_SIZE = 1 << 20,
    /* A batch of this many says that commands come faster than flushes: then waiting a moment for
     * more costs each little and saves flushes. */
    LINGER_COMMANDS_MIN = 8,
    LINGER_SLICES = 4,
    PACE_SHIFT = 3,
    LAG_LOOK_EVERY = 64, /* batches */
    LAG_RETRY_MS = 5000,
};
#define ARENA_SIZE_MAX ((size_t)1 << 30)
#define IDLE_WAIT_NS   UINT64_C(100000000) /* then looks what may leave memory */
#define NS_PER_MS      UINT64_C(1000000)
#define MS_PER_S       UINT64_C(1000)

static uint64_t clock_real_ms(void *context)
{
    (void)context;
    return clock_wall_ms();
}

static uint64_t clock_real_ns(void *context)
{
    (void)context;
    return clock_monotonic_ns();
}

static void fail_store(void *context, struct err err)
{
    (void)context;
    (void)err;
    check_failed("the store cannot record, and nobody said what to do then", __FILE__, __LINE__);
}

struct executor_options executor_defaults(struct store *store, struct shop *shop)
{
    return (struct executor_options){
        .store = store,
        .shop = shop,
        .queue_max = 65536,
        .batch_commands_max = 256,
        .batch_lines_max = COMMAND_COST_MAX,
        .linger_us = 1000,
        .follow_ms = 20,
        .shed_after_ms = 250,
        .fold_lag_max_ms = 60000,
        .orders_resident_max = 100000,
        .contacts_recent_max = 4096,
        .answers_max = 1000000,
        .answer_bytes_max = UINT64_C(1) << 30,
        .loaders = 2,
        .now_ms = clock_real_ms,
        .monotonic_ns = clock_real_ns,
        .on_store_failure = fail_store,
    };
}

struct executor *executor_open(const struct executor_options *options)
{
    ensure(options->store != NULL);
    ensure(options->shop != NULL);
    ensure(options->queue_max > 0);
    ensure(options->batch_commands_max > 0);
    ensure(options->loaders <= LOADERS_MAX);
    struct executor *executor = memory_alloc_zeroed(1, sizeof *executor);
    executor->options = *options;
    executor->shop = options->shop;
    /* Every submitted command has its place, and every one that comes back from a loader. */
    queue_init(&executor->incoming,
               PRIORITY_COUNT * options->queue_max + LOADERS_MAX * LOADER_TASKS_MAX);
    executor->batch.commands =
        memory_alloc_zeroed(options->batch_commands_max, sizeof(struct command *));
    executor->batch.answered =
        memory_alloc_zeroed(options->batch_commands_max, sizeof(struct command *));
    arena_init(&executor->arena, ARENA_BLOCK_SIZE, ARENA_SIZE_MAX);
    buffer_init(&executor->events, EVENTS_FIRST_SIZE);
    executor->decision = (struct decision){
        .shop = options->shop,
        .events = &executor->events,
        .arena = &executor->arena,
        .now_ms = options->shop->now_ms,
        .contacts_numbered = options->shop->last_contact,
    };
    residents_init(&executor->residents, options->shop);
    store_keep_contacts(options->store, options->contacts_recent_max, options->shop->last_contact);
    map_init(&executor->erased, 0);
    struct err err = once_load(executor);
    if (err.code == ERR_NONE)
        err = batch_load_erased(executor);
    if (err.code != ERR_NONE) {
        options->on_store_failure(options->failure_context, err);
        check_failed("on_store_failure returned", __FILE__, __LINE__);
    }
    return executor;
}

static uint32_t atomic_read(const uint32_t *count)
{
    return __atomic_load_n(count, __ATOMIC_SEQ_CST);
}

static bool is_idle(const struct executor *executor)
{
    for (uint32_t i = 0; i < PRIORITY_COUNT; i++) {
        if (atomic_read(&executor->waiting[i]) > 0)
            return false;
    }
    return atomic_read(&executor->loading) == 0;
}

void executor_close(struct executor *executor)
{
    if (executor == NULL)
        return;
    __atomic_store_n(&executor->is_stopping, true, __ATOMIC_SEQ_CST);
    if (executor->is_started) {
        queue_wake(&executor->incoming);
        ensure(pthread_join(executor->thread, NULL) == 0);
        loaders_stop(executor);
    }
    while (!executor->has_failed && !is_idle(executor))
        (void)executor_step(executor);
    if (executor->reader != NULL)
        store_reader_close(executor->reader);
    map_release(&executor->erased);
    keys_release(&executor->answered);
    residents_release(&executor->residents);
    buffer_release(&executor->events);
    arena_release(&executor->arena);
    memory_free(executor->batch.answered);
    memory_free(executor->batch.commands);
    memory_free(executor);
}

/* --- submitting --- */

/* What is left of the recording that goes on. One that takes longer than usual is expected to take
 * as long again: a disk that others keep busy has pauses of any length. */
static uint64_t rest_of_record_ns(const struct pace *pace, uint64_t now_ns)
{
    uint64_t since_ns = __atomic_load_n(&pace->since_ns, __ATOMIC_RELAXED);
    uint64_t record_ns = __atomic_load_n(&pace->record_ns, __ATOMIC_RELAXED);
    if (since_ns == 0 || now_ns <= since_ns)
        return 0;
    uint64_t gone_ns = now_ns - since_ns;
    return gone_ns < record_ns ? record_ns - gone_ns : gone_ns;
}

/* Places of a batch that go to who comes meanwhile at a higher priority. */
static uint64_t overtaking(const struct executor *executor, uint32_t priority)
{
    uint64_t higher = 0;
    for (uint32_t i = 0; i < priority; i++)
        higher += __atomic_load_n(&executor->pace.taken[i], __ATOMIC_RELAXED);
    higher = (higher + PACE_UNIT / 2) / PACE_UNIT;
    return higher < executor->options.batch_commands_max ? higher
                                                         : executor->options.batch_commands_max - 1;
}

/* Batches until the last that waits now at this priority is in one: behind everybody ahead and who
 * overtakes, or by the places kept for its priority, whichever is sooner. */
static uint64_t batches_until(const struct executor *executor, uint32_t priority, uint64_t ahead)
{
    uint64_t places = executor->options.batch_commands_max;
    uint64_t batches = ahead / (places - overtaking(executor, priority)) + 1;
    uint64_t kept = places / LOWER_SHARE;
    if (priority == 0 || kept == 0)
        return batches;
    uint64_t by_kept = atomic_read(&executor->waiting[priority]) / kept + 1;
    return by_kept < batches ? by_kept : batches;
}

/* How long a command of this priority would wait: for the batch that is recorded now and for the
 * others until its own is recorded, at the recent pace. */
static uint64_t expected_wait_ms(const struct executor *executor, uint32_t priority,
                                 uint64_t now_ns)
{
    uint64_t ahead = 0;
    for (uint32_t i = 0; i <= priority; i++)
        ahead += atomic_read(&executor->waiting[i]);
    if (ahead <= 1) /* itself: somebody must go in, or a single slow flush would shut the door */
        return 0;
    uint64_t batches = batches_until(executor, priority, ahead);
    uint64_t commands = ahead + (batches - 1) * overtaking(executor, priority);
    uint64_t full = batches * executor->options.batch_commands_max;
    uint64_t rest_ns = rest_of_record_ns(&executor->pace, now_ns);
    uint64_t command_ns = __atomic_load_n(&executor->pace.command_ns, __ATOMIC_RELAXED);
    uint64_t record_ns = __atomic_load_n(&executor->pace.record_ns, __ATOMIC_RELAXED);
    return (rest_ns + (commands < full ? commands : full) * command_ns + batches * record_ns) /
           NS_PER_MS;
}

static struct err admit(struct executor *executor, const struct command *command, uint64_t now_ns)
{
    uint32_t priority = (uint32_t)command->ops->priority;
    if (__atomic_load_n(&executor->is_stopping, __ATOMIC_SEQ_CST))
        return ERR(ERR_STOPPING);
    if (store_is_read_only(executor->options.store) && !command->ops->is_read)
        return ERR(ERR_READ_ONLY);
    uint64_t wait_ms = expected_wait_ms(executor, priority, now_ns);
    bool is_full = atomic_read(&executor->waiting[priority]) > executor->options.queue_max;
    bool is_lagging = __atomic_load_n(&executor->is_lagging, __ATOMIC_RELAXED);
    bool is_late = is_lagging || wait_ms > executor->options.shed_after_ms;
    bool is_hopeless = store_turn_is_hopeless(executor);
    if (!is_full && !is_hopeless && (command->ops->is_read || !is_late))
        return OK;
    __atomic_fetch_add(&executor->stats.shed, 1, __ATOMIC_RELAXED);
    if (is_lagging && wait_ms < LAG_RETRY_MS)
        wait_ms = LAG_RETRY_MS;
    return ERR_AT(ERR_OVERLOADED, 0, .value = wait_ms / MS_PER_S + 1);
}

struct err executor_submit(struct executor *executor, struct command *command)
{
    ensure(command->ops != NULL);
    ensure(command->done != NULL);
    uint32_t priority = (uint32_t)command->ops->priority;
    ensure(priority < PRIORITY_COUNT);
    /* Counted before looking whether the executor stops: either this call sees that it stops, or
     * the executor sees the count and stays until the command is answered. */
    __atomic_fetch_add(&executor->waiting[priority], 1, __ATOMIC_SEQ_CST);
    uint64_t now_ns = executor->options.monotonic_ns(executor->options.clock_context);
    struct err err = admit(executor, command, now_ns);
    if (err.code != ERR_NONE) {
        __atomic_fetch_sub(&executor->waiting[priority], 1, __ATOMIC_SEQ_CST);
        return err;
    }
    command->err = OK;
    command->loaded = (struct command_loaded){0};
    command->submitted_ns = now_ns;
    bool is_queued = queue_push(&executor->incoming, &command->queue_node);
    ensure(is_queued);
    return OK;
}

/* --- running --- */

/* clang-tidy does not know that the builtin writes. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
static void add_stat(uint64_t *stat, uint64_t amount)
{
    __atomic_store_n(stat, *stat + amount, __ATOMIC_RELAXED);
}

/* NOLINTNEXTLINE(readability-non-const-parameter) */
static void smooth(uint64_t *pace, uint64_t value)
{
    uint64_t before = *pace;
    uint64_t after = before == 0 ? value : before - (before >> PACE_SHIFT) + (value >> PACE_SHIFT);
    __atomic_store_n(pace, after, __ATOMIC_RELAXED);
}

/* A batch may have waited until a shared store was back; that says nothing of those to come, and
 * must not have them refused. */
static uint64_t usual_record_ns(const struct executor_options *options, uint64_t record_ns)
{
    uint64_t most_ns = options->shed_after_ms * NS_PER_MS / 2;
    return store_is_shared(options->store) && record_ns > most_ns ? most_ns : record_ns;
}

/* Tables that never catch up would let memory grow without end: what is not folded stays in it. */
static void watch_fold(struct executor *executor)
{
    uint64_t lag_max_ms = executor->options.fold_lag_max_ms;
    bool is_lagging =
        lag_max_ms > 0 && store_stats(executor->options.store).fold_lag_ms > lag_max_ms;
    if (is_lagging != executor->is_lagging)
        __atomic_store_n(&executor->is_lagging, is_lagging, __ATOMIC_RELAXED);
}

/* Every command of a batch waits for the whole of it. */
static void note_stages(struct executor *executor, uint64_t decide_ns, uint64_t record_ns)
{
    struct executor_stats *stats = &executor->stats;
    uint32_t writes = executor->batch.count; /* what only reads has left it */
    histogram_add(&stats->decide_ns_each, &histogram_times, decide_ns, writes);
    histogram_add(&stats->record_ns_each, &histogram_times, record_ns, writes);
}

bool executor_step(struct executor *executor)
{
    struct executor_stats *stats = &executor->stats;
    const struct executor_options *options = &executor->options;
    uint64_t cpu_start = clock_thread_cpu_ns();
    uint64_t wall_start = options->monotonic_ns(options->clock_context);
    if (!batch_collect(executor)) {
        store_turn_follow(executor);
        executor_sweep(executor);
        watch_fold(executor);
        return false;
    }
    uint32_t collected = executor->batch.count;
    uint64_t cpu_collected = clock_thread_cpu_ns();
    if (!store_turn_take(executor)) {
        executor->batch.recorded_ns = 0;
        batch_answer(executor);
        executor->last_count = 0;
        return true;
    }
    /* Waiting for the turn is like recording: once a batch, however many its commands are. */
    uint32_t count = executor->batch.count;
    histogram_add(&stats->batch_commands, &histogram_sizes, count, 1);
    uint64_t turn_ns = options->monotonic_ns(options->clock_context) - wall_start;
    batch_decide(executor, wall_start + turn_ns);
    uint64_t cpu_decided = clock_thread_cpu_ns();
    uint64_t wall_decided = options->monotonic_ns(options->clock_context);
    bool has_events = executor->events.length > 0;
    /* A shared store that is away holds commands for as long as hold_ms says. */
    if (!store_is_shared(options->store))
        __atomic_store_n(&executor->pace.since_ns, wall_decided, __ATOMIC_RELAXED);
    batch_record(executor);
    __atomic_store_n(&executor->pace.since_ns, 0, __ATOMIC_RELAXED);
    if (__atomic_load_n(&executor->is_overtaken, __ATOMIC_SEQ_CST)) {
        batch_answer(executor);
        executor->last_count = 0;
        return true;
    }
    uint64_t wall_recorded = options->monotonic_ns(options->clock_context);
    uint64_t cpu_recorded = clock_thread_cpu_ns();
    note_stages(executor, wall_decided - wall_start - turn_ns, wall_recorded - wall_decided);
    executor->batch.recorded_ns = wall_recorded;
    add_stat(&stats->decide_ns, cpu_decided - cpu_collected);
    add_stat(&stats->record_ns, cpu_recorded - cpu_decided);
    add_stat(&stats->record_wall_ns, wall_recorded - wall_decided);
    for (uint32_t i = 0; i < PRIORITY_COUNT; i++)
        smooth(&executor->pace.taken[i], (uint64_t)executor->batch.taken[i] * PACE_UNIT);
    batch_publish(executor);
    batch_answer(executor);
    executor_sweep(executor);
    uint64_t wall_end = options->monotonic_ns(options->clock_context);
    smooth(&executor->pace.command_ns,
           (wall_end - wall_recorded + wall_decided - wall_start - turn_ns) / count);
    if (has_events)
        smooth(&executor->pace.record_ns,
               usual_record_ns(options, wall_recorded - wall_decided + turn_ns));
    executor->last_count = collected; /* who waits for a turn need not linger for more */
    if (stats->batches % LAG_LOOK_EVERY == 0)
        watch_fold(executor);
    add_stat(&stats->batches, 1);
    add_stat(&stats->other_ns, clock_thread_cpu_ns() - cpu_recorded + cpu_collected - cpu_start);
    return true;
}

/* Under load: a moment for more commands to come, no longer than until as many wait as last time.
 */
static void linger(struct executor *executor)
{
    if (executor->last_count < LINGER_COMMANDS_MIN)
        return;
    uint64_t slice_ns = (uint64_t)executor->options.linger_us * 1000 / LINGER_SLICES;
    for (uint32_t i = 0; i < LINGER_SLICES && slice_ns > 0; i++) {
        uint32_t waiting = 0;
        for (uint32_t j = 0; j < PRIORITY_COUNT; j++)
            waiting += atomic_read(&executor->waiting[j]);
        if (waiting >= executor->last_count ||
            __atomic_load_n(&executor->is_stopping, __ATOMIC_SEQ_CST))
            return;
        clock_sleep_ns(slice_ns);
    }
}

static void *run_thread(void *argument)
{
    struct executor *executor = argument;
    bool is_shared = store_is_shared(executor->options.store);
    view_thread_register();
    for (;;) {
        linger(executor);
        if (executor_step(executor))
            continue;
        executor->last_count = 0;
        if (__atomic_load_n(&executor->is_stopping, __ATOMIC_SEQ_CST) && is_idle(executor))
            break;
        queue_wait(&executor->incoming,
                   is_shared ? store_turn_follow_in_ns(executor) : IDLE_WAIT_NS);
    }
    view_thread_unregister();
    return NULL;
}

void executor_start(struct executor *executor)
{
    ensure(!executor->is_started);
    struct err err = loaders_start(executor);
    if (err.code != ERR_NONE) {
        executor->options.on_store_failure(executor->options.failure_context, err);
        check_failed("on_store_failure returned", __FILE__, __LINE__);
    }
    executor->is_started = true;
    ensure(pthread_create(&executor->thread, NULL, run_thread, executor) == 0);
}

struct executor_stats executor_stats(const struct executor *executor)
{
    const struct executor_stats *stats = &executor->stats;
    struct executor_stats copy = {
        .commands = __atomic_load_n(&stats->commands, __ATOMIC_RELAXED),
        .refused = __atomic_load_n(&stats->refused, __ATOMIC_RELAXED),
        .shed = __atomic_load_n(&stats->shed, __ATOMIC_RELAXED),
        .batches = __atomic_load_n(&stats->batches, __ATOMIC_RELAXED),
        .events = __atomic_load_n(&stats->events, __ATOMIC_RELAXED),
        .decide_ns = __atomic_load_n(&stats->decide_ns, __ATOMIC_RELAXED),
        .record_ns = __atomic_load_n(&stats->record_ns, __ATOMIC_RELAXED),
        .record_wall_ns = __atomic_load_n(&stats->record_wall_ns, __ATOMIC_RELAXED),
        .other_ns = __atomic_load_n(&stats->other_ns, __ATOMIC_RELAXED),
        .orders_resident = __atomic_load_n(&stats->orders_resident, __ATOMIC_RELAXED),
        .loading = atomic_read(&executor->loading),
        .stock_short = __atomic_load_n(&stats->stock_short, __ATOMIC_RELAXED),
        .guard_hits = __atomic_load_n(&stats->guard_hits, __ATOMIC_RELAXED),
        .batch_bytes = __atomic_load_n(&stats->batch_bytes, __ATOMIC_RELAXED),
    };
    for (uint32_t i = 0; i < executor->options.loaders; i++)
        copy.loads += atomic_read(&executor->loaders[i].busy);
    histogram_gather(&copy.queue_ns, &stats->queue_ns);
    histogram_gather(&copy.decide_ns_each, &stats->decide_ns_each);
    histogram_gather(&copy.record_ns_each, &stats->record_ns_each);
    histogram_gather(&copy.batch_commands, &stats->batch_commands);
    histogram_gather(&copy.batch_events, &stats->batch_events);
    for (uint32_t i = 0; i < PRIORITY_COUNT; i++) {
        copy.queued_by_priority[i] = atomic_read(&executor->waiting[i]);
        copy.queued += copy.queued_by_priority[i];
    }
    return copy;
}

/* --- commands that are waited for --- */

static void post_answer(struct command *command)
{
    sem_t *is_done = command->owner;
    ensure(sem_post(is_done) == 0);
}

static void wait_for(struct executor *executor, sem_t *is_done)
{
    if (executor->is_started) {
        while (sem_wait(is_done) != 0)
            ; /* interrupted by a signal */
    } else {
        while (sem_trywait(is_done) != 0)
            (void)executor_step(executor);
    }
}

/* Whoever runs the executor themselves need not be refused to spare others: what is queued is done
 * first, and the tables are brought up to date. False: it is of no use to try again. */
static bool make_room(struct executor *executor)
{
    if (executor->is_started)
        return false;
    if (executor_step(executor))
        return true;
    if (!executor->is_lagging || store_fold_now(executor->options.store).code != ERR_NONE)
        return false;
    watch_fold(executor);
    return !executor->is_lagging;
}

static struct err submit_own(struct executor *executor, struct command *command)
{
    struct err err = executor_submit(executor, command);
    while (err.code == ERR_OVERLOADED && make_room(executor))
        err = executor_submit(executor, command);
    return err;
}

void executor_run_many(struct executor *executor, struct command *const *commands, uint32_t count)
{
    sem_t is_done;
    uint32_t out = 0;
    ensure(sem_init(&is_done, 0, 0) == 0);
    for (uint32_t i = 0; i < count; i++) {
        /* cppcheck-suppress autoVariables ; the command is done before this function is */
        commands[i]->owner = &is_done;
        commands[i]->done = post_answer;
        struct err err = submit_own(executor, commands[i]);
        if (err.code != ERR_NONE)
            commands[i]->err = err;
        else
            out++;
    }
    for (; out > 0; out--)
        wait_for(executor, &is_done);
    ensure(sem_destroy(&is_done) == 0);
}

struct err executor_run(struct executor *executor, struct command *command)
{
    executor_run_many(executor, &command, 1);
    return command->err;
}
