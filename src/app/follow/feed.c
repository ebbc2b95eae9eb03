#include "app/follow/feed.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum { SLOTS = 4096 }; /* a power of two: batches in memory */
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

/* The events lie behind it. */
struct block {
    struct feed_batch batch; /* first: a batch given out is its block */
    uint32_t users;          /* the ring and the readers */
};

struct feed {
    pthread_mutex_t lock; /* held for a few instructions: the executor never waits for a reader */
    pthread_cond_t is_new;
    struct block *ring[SLOTS];
    uint64_t first; /* positions; only grow */
    uint64_t next;
    size_t bytes;
    size_t bytes_max;
    uint64_t last_event;
    uint32_t sleepers;
    uint32_t wakes;
};

struct feed *feed_open(size_t bytes_max, uint64_t last_event)
{
    struct feed *feed = memory_alloc_zeroed(1, sizeof(*feed));
    pthread_condattr_t attributes;
    feed->bytes_max = bytes_max;
    feed->last_event = last_event;
    ensure(pthread_mutex_init(&feed->lock, NULL) == 0);
    ensure(pthread_condattr_init(&attributes) == 0);
    ensure(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    ensure(pthread_cond_init(&feed->is_new, &attributes) == 0);
    ensure(pthread_condattr_destroy(&attributes) == 0);
    return feed;
}

/* Under the lock; the caller frees what it returns, outside. */
static struct block *drop_user(struct block *block)
{
    ensure(block->users > 0);
    block->users--;
    return block->users == 0 ? block : NULL;
}

/* Under the lock. */
static struct block *drop_oldest(struct feed *feed)
{
    struct block *block = feed->ring[feed->first++ % SLOTS];
    feed->bytes -= block->batch.events.length;
    return drop_user(block);
}

void feed_close(struct feed *feed)
{
    if (feed == NULL)
        return;
    while (feed->first < feed->next)
        memory_free(drop_oldest(feed));
    ensure(pthread_cond_destroy(&feed->is_new) == 0);
    ensure(pthread_mutex_destroy(&feed->lock) == 0);
    memory_free(feed);
}

void feed_put(struct feed *feed, uint64_t first_event, uint64_t last_event, struct text events)
{
    struct block *block = memory_alloc(sizeof(*block) + events.length);
    char *bytes = (char *)(block + 1);
    memcpy(bytes, events.data, events.length);
    *block = (struct block){.batch = {first_event, last_event, {bytes, events.length}}, .users = 1};
    bool has_left = true;
    while (has_left) {
        struct block *unused = NULL;
        ensure(pthread_mutex_lock(&feed->lock) == 0);
        has_left = feed->first < feed->next && (feed->bytes + events.length > feed->bytes_max ||
                                                feed->next - feed->first == SLOTS);
        if (has_left) {
            unused = drop_oldest(feed);
        } else {
            ensure(first_event == feed->last_event + 1);
            feed->ring[feed->next++ % SLOTS] = block;
            feed->bytes += events.length;
            feed->last_event = last_event;
            if (feed->sleepers > 0)
                ensure(pthread_cond_broadcast(&feed->is_new) == 0);
        }
        ensure(pthread_mutex_unlock(&feed->lock) == 0);
        memory_free(unused);
    }
}

uint64_t feed_last_event(struct feed *feed)
{
    ensure(pthread_mutex_lock(&feed->lock) == 0);
    uint64_t last_event = feed->last_event;
    ensure(pthread_mutex_unlock(&feed->lock) == 0);
    return last_event;
}

/* Under the lock: the block with event `number`, which is in the ring. */
static struct block *find_block(const struct feed *feed, uint64_t number)
{
    uint64_t low = feed->first;
    uint64_t high = feed->next - 1;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (feed->ring[middle % SLOTS]->batch.last_event < number)
            low = middle + 1;
        else
            high = middle;
    }
    return feed->ring[low % SLOTS];
}

enum feed_answer feed_take(struct feed *feed, uint64_t after, const struct feed_batch **batch_out)
{
    enum feed_answer answer = FEED_BATCH;
    *batch_out = NULL;
    ensure(pthread_mutex_lock(&feed->lock) == 0);
    if (after >= feed->last_event) {
        answer = FEED_NOTHING;
    } else if (feed->first == feed->next ||
               feed->ring[feed->first % SLOTS]->batch.first_event > after + 1) {
        answer = FEED_OLD;
    } else {
        struct block *block = find_block(feed, after + 1);
        block->users++;
        *batch_out = &block->batch;
    }
    ensure(pthread_mutex_unlock(&feed->lock) == 0);
    return answer;
}

void feed_give_back(struct feed *feed, const struct feed_batch *batch)
{
    struct block *block = (struct block *)(uintptr_t)batch;
    ensure(pthread_mutex_lock(&feed->lock) == 0);
    struct block *unused = drop_user(block);
    ensure(pthread_mutex_unlock(&feed->lock) == 0);
    memory_free(unused);
}

void feed_wait(struct feed *feed, uint64_t after, uint32_t timeout_ms)
{
    uint64_t until_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;
    const struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S),
                                   .tv_nsec = (long)(until_ns % NS_PER_S)};
    ensure(pthread_mutex_lock(&feed->lock) == 0);
    uint32_t wakes = feed->wakes;
    feed->sleepers++;
    int result = 0;
    while (result == 0 && feed->last_event <= after && feed->wakes == wakes)
        result = pthread_cond_timedwait(&feed->is_new, &feed->lock, &until);
    ensure(result == 0 || result == ETIMEDOUT);
    feed->sleepers--;
    ensure(pthread_mutex_unlock(&feed->lock) == 0);
}

void feed_wake(struct feed *feed)
{
    ensure(pthread_mutex_lock(&feed->lock) == 0);
    feed->wakes++;
    ensure(pthread_cond_broadcast(&feed->is_new) == 0);
    ensure(pthread_mutex_unlock(&feed->lock) == 0);
}
