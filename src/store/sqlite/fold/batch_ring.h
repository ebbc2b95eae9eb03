/*
 * batch_ring.h - recorded batches on their way to the fold thread, in memory, bounded. What does
 * not fit is left out: the reader sees the gap in the event numbers and takes it from the journal.
 *
 * One thread puts, one takes. The bytes of a batch are used in place, outside the lock.
 */
#ifndef STORE_SQLITE_BATCH_RING_H
#define STORE_SQLITE_BATCH_RING_H

#include "base/check.h"
#include "base/text.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch_ring {
    pthread_mutex_t lock;
    char *bytes;
    size_t capacity; /* a multiple of 8 */
    size_t head;     /* where the next batch goes */
    size_t tail;     /* the oldest batch */
    size_t used;     /* bytes between them, the unused end of a round included */
};

void batch_ring_init(struct batch_ring *ring, size_t capacity);
void batch_ring_release(struct batch_ring *ring);
/* False when it does not fit. */
bool batch_ring_put(struct batch_ring *ring, uint64_t first_event, struct text events);
/* The oldest batch; it stays until batch_ring_drop(). False when there is none. */
bool batch_ring_peek(struct batch_ring *ring, uint64_t *first_event_out,
                     struct text *events_out) MUST_USE;
void batch_ring_drop(struct batch_ring *ring);

#endif
