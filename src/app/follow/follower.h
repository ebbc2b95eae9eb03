/*
 * follower.h - somebody who is told every event, in order, at their own pace, on a thread of their
 * own.
 *
 *   position -> events behind it, from memory or else from the store -> take() -> position
 *
 * take() acts on a run of events and makes the new position durable together with what it did; it
 * may see the same events again after a crash (at least once). When it fails, the same run is
 * offered again after a pause that grows to FOLLOWER_PAUSE_MAX_MS, for as long as it takes; the
 * other followers and the executor do not notice.
 */
#ifndef APP_FOLLOW_FOLLOWER_H
#define APP_FOLLOW_FOLLOWER_H

#include "app/follow/feed.h"
#include "shop/event.h"
#include "store/store.h"

enum {
    FOLLOWER_PAUSE_MIN_MS = 100,
    FOLLOWER_PAUSE_MAX_MS = 30000,
    FOLLOWER_RUN_BYTES_MAX = 1 << 20, /* of one run, beyond its first batch */
};

/* Events first_event..last_event, one behind the other. */
struct follower_run {
    uint64_t first_event;
    uint64_t last_event;
    struct text events;
};

struct follower_ops {
    const char *name;
    /* The last event that was taken for good. Called at the start, on the follower's thread. */
    struct err (*position)(void *context, uint64_t *event_out);
    struct err (*take)(void *context, struct store_reader *reader, const struct follower_run *run);
    /* The operator wants it to go on behind this event. Makes that durable; on its thread. */
    struct err (*move)(void *context, uint64_t event);
    /* 0 = somebody else follows in its place, and it stands by; another number than before = it
     * begins at its position again, as it does after a failure. NULL = it always follows. */
    uint64_t (*term)(void *context);
    /* May be NULL: whether an operator wants another one to be moved, in the place where they
     * share what they know. It is moved then, and move() forgets the wish. */
    struct err (*wished)(void *context, uint64_t *event_out, bool *found_out);
    /* First and last on the thread; may be NULL. */
    void (*thread_start)(void *context);
    void (*thread_stop)(void *context);
};

struct follower_options {
    const struct follower_ops *ops;
    void *context;
    struct feed *feed;
    struct store *store;
    uint32_t linger_ms; /* between two runs, so that each is worth its commit */
    uint64_t (*now_ms)(void);
    uint32_t pause_min_ms; /* 0 = FOLLOWER_PAUSE_MIN_MS; tests are in a hurry */
};

struct follower;

struct follower *follower_open(const struct follower_options *options) MUST_USE;
void follower_start(struct follower *follower);
/* Returns after the run that it is at. */
void follower_stop(struct follower *follower);
/* Stops it if that was not done. */
void follower_close(struct follower *follower);

/* Any thread: go on behind `event`, which is clamped to the last one. Done on its own thread. */
void follower_move(struct follower *follower, uint64_t event);

struct follower_stats {
    const char *name;
    uint64_t event;      /* taken for good */
    uint64_t last;       /* there is */
    uint64_t lag_ms;     /* age of the oldest event not taken */
    uint64_t failures;   /* since the start of the process */
    uint64_t failing_ms; /* since when it fails over and over; 0 = it does not */
    bool is_standing_by; /* another process follows in its place */
};
struct follower_stats follower_stats(struct follower *follower);

#endif
