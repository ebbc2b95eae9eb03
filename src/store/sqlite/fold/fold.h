/*
 * fold.h - brings the journal into the tables: one thread, in order, seconds behind at most.
 *
 *   recorded batch -> ring -> rows every 50 ms -> one commit per slice -> folded_event
 *                      |  (what did not fit: from the journal)
 *
 * A slice ends after slice_ms, orders_max or lines_max: long slices write a stock row once instead
 * of many times. A failing disk does not stop the thread: it gives the slice up and tries again
 * from the last commit; the journal has everything.
 */
#ifndef STORE_SQLITE_FOLD_H
#define STORE_SQLITE_FOLD_H

#include "store/sqlite/fold/batch_ring.h"
#include "store/sqlite/fold/fold_tables.h"
#include "store/sqlite/journal.h"

#include <pthread.h>
#include <stdatomic.h>

struct fold_options {
    uint32_t slice_ms;
    uint32_t orders_max;
    uint32_t lines_max;
    uint32_t checkpoint_pages;
    bool is_inline; /* no thread: fold_now() does the work */
    size_t ring_bytes_max;
};

struct fold {
    struct fold_options options;
    struct fold_tables tables;
    struct journal_reader journal;
    struct batch_ring ring;
    _Atomic uint64_t recorded_event;
    _Atomic uint64_t folded_event; /* committed */
    _Atomic uint64_t unfolded_ms;  /* time of the oldest event not folded; 0 = none */
    _Atomic uint64_t cpu_ns;
    uint64_t slice_started_ns; /* 0 = no slice is open */
    pthread_t thread;
    pthread_mutex_t lock; /* what follows */
    pthread_cond_t wake;
    pthread_cond_t folded;
    bool is_running;
    bool is_stopping;
    uint64_t wanted_event; /* somebody waits for it in fold_now() */
    uint64_t failures;     /* slices given up */
};

/* Opens shop.db; `recorded_event` is the journal's last. */
struct err fold_open(struct fold *fold, const struct fold_options *options,
                     const struct sql_file *shop_file, const struct sql_file *journal_file,
                     uint32_t cache_mb) MUST_USE;
/* Starts the thread, once; nothing when inline. */
void fold_start(struct fold *fold);
/* Folds the rest and closes the file. */
void fold_close(struct fold *fold);

/* The executor: this batch is durable now. */
void fold_hand_over(struct fold *fold, const struct store_batch *batch);
/* Returns once everything handed over before the call is committed, or a slice failed meanwhile. */
struct err fold_now(struct fold *fold) MUST_USE;

#endif
