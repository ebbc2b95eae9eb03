/*
 * feed.h - fresh events in memory, for everybody who follows the event log.
 *
 * The executor puts each batch once it is durable and never waits for a reader: past bytes_max the
 * oldest batches leave, and who has not read them by then reads them from the store. Any number of
 * readers; each holds one batch at a time, which stays whole until it is given back.
 */
#ifndef APP_FOLLOW_FEED_H
#define APP_FOLLOW_FEED_H

#include "base/check.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feed;

/* Events first_event..last_event, one behind the other. */
struct feed_batch {
    uint64_t first_event;
    uint64_t last_event;
    struct text events;
};

enum feed_answer {
    FEED_NOTHING = 0, /* nothing newer */
    FEED_BATCH,
    FEED_OLD, /* what comes next has left memory: read it from the store */
};

/* `last_event` is the last one that is durable by now. */
struct feed *feed_open(size_t bytes_max, uint64_t last_event) MUST_USE;
void feed_close(struct feed *feed);

/* The executor. The batches must follow each other. */
void feed_put(struct feed *feed, uint64_t first_event, uint64_t last_event, struct text events);
/* Number of the last durable event. Any thread. */
uint64_t feed_last_event(struct feed *feed);

/* The batch that holds event `after` + 1; feed_give_back() is due after FEED_BATCH. */
enum feed_answer feed_take(struct feed *feed, uint64_t after,
                           const struct feed_batch **batch_out) MUST_USE;
void feed_give_back(struct feed *feed, const struct feed_batch *batch);

/* Returns when there is an event above `after`, after feed_wake(), or after timeout_ms. */
void feed_wait(struct feed *feed, uint64_t after, uint32_t timeout_ms);
void feed_wake(struct feed *feed);

#endif
