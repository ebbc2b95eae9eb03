#include "store/sqlite/fold/fold.h"

#include "base/clock.h"
#include "base/log.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Rows are inserted every 50 ms, so that a commit has little left to do; a worker that is only
 * seconds behind gives way to the threads that answer. Measured: docs/adr/. */
enum { FOLD_PIECE_MS = 50, FOLD_NICE = 5, FOLD_RETRY_MS = 1000 };

struct err fold_open(struct fold *fold, const struct fold_options *options,
                     const struct sql_file *shop_file, const struct sql_file *journal_file,
                     uint32_t cache_mb)
{
    uint64_t recorded = atomic_load(&fold->recorded_event);

    fold->options = *options;
    TRY(fold_tables_open(&fold->tables, shop_file, cache_mb));
    struct err err = journal_reader_open(&fold->journal, journal_file);

    if (err.code == ERR_NONE && fold->tables.mark.event > recorded) {
        log_error("shop.db is ahead of journal.db: they do not belong together",
                  "folder=%s shop=%llu journal=%llu", shop_file->folder,
                  (unsigned long long)fold->tables.mark.event, (unsigned long long)recorded);
        err = ERR_AT(ERR_STORE, 0, SQLITE_CORRUPT);
        journal_reader_close(&fold->journal);
    }
    if (err.code != ERR_NONE) {
        fold_tables_close(&fold->tables);
        return err;
    }
    atomic_store(&fold->folded_event, fold->tables.mark.event);
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&fold->lock, NULL);
    pthread_cond_init(&fold->wake, &monotonic);
    pthread_cond_init(&fold->folded, NULL);
    pthread_condattr_destroy(&monotonic);
    if (!options->is_inline)
        batch_ring_init(&fold->ring, options->ring_bytes_max);
    return OK;
}

struct fold_walk {
    struct fold_tables *tables;
    struct err err;
};

static bool fold_event(void *context, const struct event *event)
{
    struct fold_walk *walk = context;

    walk->err = fold_tables_event(walk->tables, event);
    return walk->err.code == ERR_NONE;
}

static struct err fold_batch(struct fold *fold, struct text events)
{
    struct fold_walk walk = {&fold->tables, OK};
    bool goes_on = true;

    TRY(journal_walk(events, fold->tables.mark.event, fold_event, &walk, &goes_on));
    return walk.err;
}

/* The batch behind the mark: from the ring, or from the file when the ring had no room for it. */
static struct err fold_next_batch(struct fold *fold)
{
    uint64_t next = fold->tables.mark.event + 1;
    uint64_t first_event = 0;
    struct text events = TEXT_NONE;

    while (!fold->options.is_inline && batch_ring_peek(&fold->ring, &first_event, &events)) {
        if (first_event > next)
            break;
        if (first_event == next)
            TRY(fold_batch(fold, events));
        batch_ring_drop(&fold->ring);
        if (first_event == next)
            return OK;
    }
    TRY(journal_read(&fold->journal, next - 1, &events));
    if (events.data == NULL)
        return sql_error(fold->journal.db, "a recorded batch is not in journal.db");
    return fold_batch(fold, events);
}

static struct err commit_slice(struct fold *fold)
{
    uint64_t folded = fold->tables.mark.event;

    TRY(fold_tables_commit(&fold->tables));
    fold->slice_started_ns = 0;
    atomic_store(&fold->unfolded_ms, 0);
    if (atomic_load(&fold->recorded_event) > folded)
        atomic_store(&fold->unfolded_ms, fold->tables.mark.event_ms);
    atomic_store(&fold->folded_event, folded);
    if (fold->tables.wal_pages >= fold->options.checkpoint_pages)
        return fold_tables_checkpoint(&fold->tables);
    return OK;
}

static bool slice_is_full(const struct fold *fold)
{
    uint64_t age_ns = clock_monotonic_ns() - fold->slice_started_ns;

    return fold->tables.orders >= fold->options.orders_max ||
           fold->tables.lines >= fold->options.lines_max ||
           age_ns >= (uint64_t)fold->options.slice_ms * 1000000;
}

/* Folds what was recorded until now; commits when a slice is full, and at the end if asked to. */
static struct err fold_turn(struct fold *fold, bool commits)
{
    uint64_t recorded = atomic_load(&fold->recorded_event);

    while (fold->tables.mark.event < recorded) {
        if (fold->slice_started_ns == 0) {
            TRY(fold_tables_begin(&fold->tables));
            fold->slice_started_ns = clock_monotonic_ns();
        }
        TRY(fold_next_batch(fold));
        if (slice_is_full(fold))
            TRY(commit_slice(fold));
    }
    if (fold->slice_started_ns != 0 && (commits || slice_is_full(fold)))
        return commit_slice(fold);
    return OK;
}

/* Nothing is lost: the slice is folded again from the journal. */
static void give_slice_up(struct fold *fold)
{
    log_error("folding failed, trying again", "folded=%llu recorded=%llu",
              (unsigned long long)atomic_load(&fold->folded_event),
              (unsigned long long)atomic_load(&fold->recorded_event));
    fold->slice_started_ns = 0;
    if (fold_tables_rollback(&fold->tables).code != ERR_NONE)
        log_error("cannot read the tables", "file=shop.db");
}

static void add_cpu(struct fold *fold, uint64_t since_ns)
{
    atomic_fetch_add(&fold->cpu_ns, clock_thread_cpu_ns() - since_ns);
}

/* Under the lock. */
static void wait_ms(struct fold *fold, uint64_t duration_ms)
{
    uint64_t until_ns = clock_monotonic_ns() + duration_ms * 1000000;
    struct timespec until = {
        .tv_sec = (time_t)(until_ns / 1000000000),
        .tv_nsec = (long)(until_ns % 1000000000),
    };

    pthread_cond_timedwait(&fold->wake, &fold->lock, &until);
}

static void *fold_main(void *context)
{
    struct fold *fold = context;
    uint64_t pause_ms = FOLD_PIECE_MS;
    struct err err = OK;

    pthread_setname_np(pthread_self(), "fold");
    setpriority(PRIO_PROCESS, (id_t)gettid(), FOLD_NICE);
    pthread_mutex_lock(&fold->lock);
    for (;;) {
        bool is_wanted = fold->wanted_event > atomic_load(&fold->folded_event);

        if (fold->is_stopping && (err.code != ERR_NONE || atomic_load(&fold->folded_event) ==
                                                              atomic_load(&fold->recorded_event)))
            break;
        if (!fold->is_stopping && (!is_wanted || err.code != ERR_NONE))
            wait_ms(fold, pause_ms);
        bool commits = fold->is_stopping || fold->wanted_event > atomic_load(&fold->folded_event);

        pthread_mutex_unlock(&fold->lock);
        uint64_t started_ns = clock_thread_cpu_ns();

        err = fold_turn(fold, commits);
        if (err.code != ERR_NONE)
            give_slice_up(fold);
        add_cpu(fold, started_ns);
        pause_ms = err.code == ERR_NONE ? FOLD_PIECE_MS : FOLD_RETRY_MS;
        pthread_mutex_lock(&fold->lock);
        fold->failures += err.code != ERR_NONE;
        pthread_cond_broadcast(&fold->folded);
    }
    pthread_mutex_unlock(&fold->lock);
    return NULL;
}

void fold_start(struct fold *fold)
{
    pthread_mutex_lock(&fold->lock);
    if (!fold->options.is_inline && !fold->is_running) {
        fold->is_running = true;
        ensure(pthread_create(&fold->thread, NULL, fold_main, fold) == 0);
    }
    pthread_mutex_unlock(&fold->lock);
}

void fold_close(struct fold *fold)
{
    pthread_mutex_lock(&fold->lock);
    fold->is_stopping = true;
    pthread_cond_signal(&fold->wake);
    pthread_mutex_unlock(&fold->lock);
    if (fold->is_running)
        pthread_join(fold->thread, NULL);
    journal_reader_close(&fold->journal);
    fold_tables_close(&fold->tables);
    batch_ring_release(&fold->ring);
    pthread_cond_destroy(&fold->folded);
    pthread_cond_destroy(&fold->wake);
    pthread_mutex_destroy(&fold->lock);
}

void fold_hand_over(struct fold *fold, const struct store_batch *batch)
{
    const struct event *first = (const void *)batch->events;
    uint64_t nothing = 0;

    if (!fold->options.is_inline)
        batch_ring_put(&fold->ring, batch->first_event,
                       (struct text){batch->events, (uint32_t)batch->size});
    atomic_store(&fold->recorded_event, batch->last_event);
    atomic_compare_exchange_strong(&fold->unfolded_ms, &nothing, first->time_ms);
}

static struct err fold_now_inline(struct fold *fold)
{
    uint64_t started_ns = clock_thread_cpu_ns();

    pthread_mutex_lock(&fold->lock);
    struct err err = fold_turn(fold, true);

    if (err.code != ERR_NONE)
        give_slice_up(fold);
    pthread_mutex_unlock(&fold->lock);
    add_cpu(fold, started_ns);
    return err;
}

struct err fold_now(struct fold *fold)
{
    uint64_t wanted = atomic_load(&fold->recorded_event);

    if (fold->options.is_inline)
        return fold_now_inline(fold);
    fold_start(fold);
    pthread_mutex_lock(&fold->lock);
    uint64_t failures = fold->failures;

    if (wanted > fold->wanted_event)
        fold->wanted_event = wanted;
    pthread_cond_signal(&fold->wake);
    while (atomic_load(&fold->folded_event) < wanted && fold->failures == failures)
        pthread_cond_wait(&fold->folded, &fold->lock);
    pthread_mutex_unlock(&fold->lock);
    return atomic_load(&fold->folded_event) >= wanted ? OK : ERR(ERR_STORE);
}
