#include "app/follow/follower.h"

#include "base/log.h"
#include "base/memory.h"

#include <inttypes.h>
#include <pthread.h>

enum { REST_SLICE_MS = 100, IDLE_WAIT_MS = 500, STAND_BY_MS = 100 };

struct follower {
    struct follower_options options;
    struct store_reader *reader;
    struct buffer run; /* what is read from the store, or gathered from several batches */
    uint64_t run_after;
    uint64_t run_last;
    uint32_t pause_ms;
    uint64_t term;
    bool has_begun;
    pthread_t thread;
    bool is_started;
    /* Read and written by several threads, each atomic for itself. */
    bool is_stopping;
    bool is_standing_by;
    uint64_t event;
    uint64_t waiting_ms; /* time of the oldest event that is at hand and not taken; 0 = none */
    uint64_t failures;
    uint64_t failing_ms;
    uint64_t move_to; /* 1 + event; 0 = stay */
};

#define READ(field)         __atomic_load_n(&follower->field, __ATOMIC_SEQ_CST)
#define WRITE(field, value) __atomic_store_n(&follower->field, (value), __ATOMIC_SEQ_CST)

/* ---- the next run ---- */

static bool keep_event(void *context, const struct event *event)
{
    struct follower *follower = context;
    buffer_append(&follower->run, event, event->length);
    follower->run_last = event->number;
    return follower->run.length < FOLLOWER_RUN_BYTES_MAX;
}

/* Events of a batch behind run_last; a batch may begin before. */
static void keep_batch(struct follower *follower, const struct feed_batch *batch)
{
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    if (batch->first_event == follower->run_last + 1) {
        buffer_append_text(&follower->run, batch->events);
    } else {
        while (event_next(batch->events.data, batch->events.length, &offset, &event, &damaged)) {
            if (event->number > follower->run_last)
                buffer_append(&follower->run, event, event->length);
        }
    }
    ensure(!damaged);
    follower->run_last = batch->last_event;
}

/* Fills `run` with what comes behind the position; empty when nothing does. */
static struct err gather(struct follower *follower)
{
    const struct follower_options *options = &follower->options;
    const struct feed_batch *batch;
    buffer_reset(&follower->run);
    follower->run_after = follower->run_last = READ(event);
    while (follower->run.length < FOLLOWER_RUN_BYTES_MAX) {
        enum feed_answer answer = feed_take(options->feed, follower->run_last, &batch);
        if (answer == FEED_BATCH) {
            keep_batch(follower, batch);
            feed_give_back(options->feed, batch);
            continue;
        }
        if (answer == FEED_OLD && follower->run.length == 0)
            return store_read_events(follower->reader, follower->run_last, keep_event, follower);
        break;
    }
    return OK;
}

/* ---- taking it ---- */

static void succeeded(struct follower *follower)
{
    if (READ(failing_ms) != 0)
        log_info("follower goes on", "name=%s event=%" PRIu64, follower->options.ops->name,
                 READ(event));
    WRITE(failing_ms, 0);
    follower->pause_ms = follower->options.pause_min_ms;
}

/* In slices, as a wake-up that came before the wait is not seen. */
static void rest(struct follower *follower, uint32_t duration_ms)
{
    while (duration_ms > 0 && !READ(is_stopping)) {
        uint32_t slice_ms = duration_ms < REST_SLICE_MS ? duration_ms : REST_SLICE_MS;
        feed_wait(follower->options.feed, UINT64_MAX, slice_ms);
        duration_ms -= slice_ms;
    }
}

/* Waits before the next try, longer each time. */
static void failed(struct follower *follower)
{
    WRITE(failures, READ(failures) + 1);
    if (READ(failing_ms) == 0) {
        WRITE(failing_ms, follower->options.now_ms());
        log_warning("follower fails, will try again", "name=%s event=%" PRIu64,
                    follower->options.ops->name, READ(event));
    }
    rest(follower, follower->pause_ms);
    follower->pause_ms = follower->pause_ms * 2 < FOLLOWER_PAUSE_MAX_MS ? follower->pause_ms * 2
                                                                        : FOLLOWER_PAUSE_MAX_MS;
}

static struct err take_run(struct follower *follower)
{
    const struct follower_ops *ops = follower->options.ops;
    TRY(gather(follower));
    if (follower->run.length == 0)
        return OK;
    const struct event *first = (const void *)follower->run.data;
    WRITE(waiting_ms, first->time_ms);
    const struct follower_run run = {.first_event = follower->run_after + 1,
                                     .last_event = follower->run_last,
                                     .events = buffer_text(&follower->run)};
    /* cppcheck-suppress returnDanglingLifetime ; an err holds no address */
    TRY(ops->take(follower->options.context, follower->reader, &run));
    WRITE(event, follower->run_last);
    WRITE(waiting_ms, 0);
    return OK;
}

static struct err move(struct follower *follower)
{
    uint64_t move_to = __atomic_exchange_n(&follower->move_to, 0, __ATOMIC_SEQ_CST);
    if (move_to == 0)
        return OK;
    uint64_t last_event = feed_last_event(follower->options.feed);
    uint64_t event = move_to - 1 < last_event ? move_to - 1 : last_event;
    struct err err = follower->options.ops->move(follower->options.context, event);
    if (err.code != ERR_NONE) {
        uint64_t none = 0; /* a newer wish goes before */
        (void)__atomic_compare_exchange_n(&follower->move_to, &none, move_to, false,
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        return err;
    }
    log_info("follower moved", "name=%s event=%" PRIu64, follower->options.ops->name, event);
    WRITE(event, event);
    return OK;
}

static struct err begin(struct follower *follower)
{
    uint64_t event = 0;
    if (follower->reader == NULL)
        TRY(store_reader_open(follower->options.store, &follower->reader));
    /* cppcheck-suppress returnDanglingLifetime ; an err holds no address */
    TRY(follower->options.ops->position(follower->options.context, &event));
    WRITE(event, event);
    return OK;
}

/* Whoever asked may have asked another process. */
static struct err look_for_wish(struct follower *follower)
{
    const struct follower_ops *ops = follower->options.ops;
    uint64_t event = 0;
    bool is_found = false;
    uint64_t none = 0;
    if (ops->wished == NULL)
        return OK;
    /* cppcheck-suppress returnDanglingLifetime ; an err holds no address */
    TRY(ops->wished(follower->options.context, &event, &is_found));
    if (is_found)
        (void)__atomic_compare_exchange_n(&follower->move_to, &none, event + 1, false,
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return OK;
}

static struct err step(struct follower *follower)
{
    if (!follower->has_begun)
        TRY(begin(follower));
    follower->has_begun = true;
    TRY(look_for_wish(follower));
    TRY(move(follower));
    return take_run(follower);
}

/* False: it stands by. */
static bool is_up(struct follower *follower)
{
    const struct follower_ops *ops = follower->options.ops;
    if (ops->term == NULL)
        return true;
    uint64_t term = ops->term(follower->options.context);
    if (term != follower->term)
        follower->has_begun = false;
    follower->term = term;
    WRITE(is_standing_by, term == 0);
    return term != 0;
}

static void *run_thread(void *argument)
{
    struct follower *follower = argument;
    const struct follower_options *options = &follower->options;
    if (options->ops->thread_start != NULL)
        options->ops->thread_start(options->context);
    while (!READ(is_stopping)) {
        if (!is_up(follower)) {
            rest(follower, STAND_BY_MS);
            continue;
        }
        struct err err = step(follower);
        if (err.code != ERR_NONE) {
            if (options->ops->term != NULL)
                follower->has_begun = false; /* nobody knows how far it came */
            if (is_up(follower))
                failed(follower);
            continue;
        }
        succeeded(follower);
        if (follower->run.length > 0 && follower->run.length < FOLLOWER_RUN_BYTES_MAX &&
            options->linger_ms > 0)
            rest(follower, options->linger_ms);
        feed_wait(options->feed, READ(event), IDLE_WAIT_MS);
    }
    if (options->ops->thread_stop != NULL)
        options->ops->thread_stop(options->context);
    return NULL;
}

/* ---- life ---- */

struct follower *follower_open(const struct follower_options *options)
{
    struct follower *follower = memory_alloc_zeroed(1, sizeof(*follower));
    ensure(options->ops->take != NULL);
    follower->options = *options;
    if (follower->options.pause_min_ms == 0)
        follower->options.pause_min_ms = FOLLOWER_PAUSE_MIN_MS;
    follower->pause_ms = follower->options.pause_min_ms;
    buffer_init(&follower->run, 65536);
    return follower;
}

void follower_start(struct follower *follower)
{
    ensure(!follower->is_started);
    follower->is_started = true;
    ensure(pthread_create(&follower->thread, NULL, run_thread, follower) == 0);
}

void follower_stop(struct follower *follower)
{
    WRITE(is_stopping, true);
    feed_wake(follower->options.feed);
    if (follower->is_started)
        ensure(pthread_join(follower->thread, NULL) == 0);
    follower->is_started = false;
}

void follower_close(struct follower *follower)
{
    if (follower == NULL)
        return;
    follower_stop(follower);
    store_reader_close(follower->reader);
    buffer_release(&follower->run);
    memory_free(follower);
}

void follower_move(struct follower *follower, uint64_t event)
{
    WRITE(move_to, event + 1);
    feed_wake(follower->options.feed);
}

struct follower_stats follower_stats(struct follower *follower)
{
    struct follower_stats stats = {
        .name = follower->options.ops->name,
        .event = READ(event),
        .last = feed_last_event(follower->options.feed),
        .failures = READ(failures),
        .failing_ms = READ(failing_ms),
        .is_standing_by = READ(is_standing_by),
    };
    uint64_t waiting_ms = READ(waiting_ms);
    uint64_t now_ms = follower->options.now_ms();
    stats.lag_ms = waiting_ms != 0 && now_ms > waiting_ms ? now_ms - waiting_ms : 0;
    return stats;
}
