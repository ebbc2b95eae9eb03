#include "store/sqlite/fold/batch_ring.h"

#include "base/memory.h"

#include <string.h>

/* Stands before each batch; events == 0: the rest of this round is not used. */
struct ring_entry {
    uint64_t first_event;
    uint64_t size; /* of the events, a multiple of 8 */
};

void batch_ring_init(struct batch_ring *ring, size_t capacity)
{
    *ring = (struct batch_ring){.capacity = capacity / 8 * 8};
    ensure(ring->capacity > 2 * sizeof(struct ring_entry));
    ring->bytes = memory_alloc(ring->capacity);
    pthread_mutex_init(&ring->lock, NULL);
}

void batch_ring_release(struct batch_ring *ring)
{
    if (ring->bytes == NULL)
        return;
    memory_free(ring->bytes);
    ring->bytes = NULL;
    pthread_mutex_destroy(&ring->lock);
}

static struct ring_entry *entry_at(struct batch_ring *ring, size_t position)
{
    return (struct ring_entry *)(void *)(ring->bytes + position);
}

/* Makes room for `size` bytes in a row at the head; false when there is none. Under the lock. */
static bool make_room(struct batch_ring *ring, size_t size)
{
    if (ring->used == 0)
        ring->head = ring->tail = 0; /* the first bytes again: less memory is touched */
    size_t to_end = ring->capacity - ring->head;

    if (size <= to_end)
        return ring->used + size <= ring->capacity;
    if (ring->used + to_end + size > ring->capacity)
        return false;
    if (to_end >= sizeof(struct ring_entry))
        *entry_at(ring, ring->head) = (struct ring_entry){0};
    ring->used += to_end;
    ring->head = 0;
    return true;
}

bool batch_ring_put(struct batch_ring *ring, uint64_t first_event, struct text events)
{
    size_t size = sizeof(struct ring_entry) + events.length;

    ensure(first_event != 0);
    ensure(events.length % 8 == 0);
    pthread_mutex_lock(&ring->lock);
    bool fits = make_room(ring, size);
    size_t position = ring->head;

    pthread_mutex_unlock(&ring->lock);
    if (!fits)
        return false;
    *entry_at(ring, position) = (struct ring_entry){first_event, events.length};
    memcpy(entry_at(ring, position) + 1, events.data, events.length);
    pthread_mutex_lock(&ring->lock);
    ring->head = position + size == ring->capacity ? 0 : position + size;
    ring->used += size;
    pthread_mutex_unlock(&ring->lock);
    return true;
}

/* Steps over the unused end of a round. Under the lock. */
static void skip_end_of_round(struct batch_ring *ring)
{
    size_t to_end = ring->capacity - ring->tail;

    if (to_end >= sizeof(struct ring_entry) && entry_at(ring, ring->tail)->first_event != 0)
        return;
    ensure(ring->used >= to_end);
    ring->used -= to_end;
    ring->tail = 0;
}

bool batch_ring_peek(struct batch_ring *ring, uint64_t *first_event_out, struct text *events_out)
{
    pthread_mutex_lock(&ring->lock);
    if (ring->used > 0)
        skip_end_of_round(ring);
    bool has_one = ring->used > 0;

    if (has_one) {
        const struct ring_entry *entry = entry_at(ring, ring->tail);

        *first_event_out = entry->first_event;
        *events_out = (struct text){(const char *)(entry + 1), (uint32_t)entry->size};
    }
    pthread_mutex_unlock(&ring->lock);
    return has_one;
}

void batch_ring_drop(struct batch_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    size_t size = sizeof(struct ring_entry) + entry_at(ring, ring->tail)->size;

    ensure(ring->used >= size);
    ring->used -= size;
    ring->tail = ring->tail + size == ring->capacity ? 0 : ring->tail + size;
    pthread_mutex_unlock(&ring->lock);
}
