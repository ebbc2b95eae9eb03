#include "base/ring.h"

#include "base/memory.h"

void ring_init(struct ring *ring, uint32_t places)
{
    ensure(places > 1 && (places & (places - 1)) == 0);
    *ring = (struct ring){.places = memory_alloc(places * sizeof(struct ring_place)),
                          .mask = places - 1};
    for (uint64_t i = 0; i < places; i++)
        ring->places[i] = (struct ring_place){.turn = i};
}

void ring_release(struct ring *ring)
{
    ensure(ring->pushed == ring->popped);
    memory_free(ring->places);
    *ring = (struct ring){0};
}

/* The place is free for push number `turn`, and filled for the pop of that number when it says
 * `turn + 1`. NULL when it is not there yet: full, or empty. */
static struct ring_place *claim(struct ring *ring, uint64_t *counter, uint64_t ahead,
                                uint64_t *turn_out)
{
    uint64_t turn = __atomic_load_n(counter, __ATOMIC_RELAXED);
    for (;;) {
        struct ring_place *place = &ring->places[turn & ring->mask];
        uint64_t wanted = turn + ahead;
        uint64_t says = __atomic_load_n(&place->turn, __ATOMIC_ACQUIRE);
        if ((int64_t)(says - wanted) < 0)
            return NULL;
        if (says != wanted) {
            turn = __atomic_load_n(counter, __ATOMIC_RELAXED); /* somebody was faster */
        } else if (__atomic_compare_exchange_n(counter, &turn, turn + 1, true, __ATOMIC_SEQ_CST,
                                               __ATOMIC_RELAXED)) {
            *turn_out = turn;
            return place;
        }
    }
}

bool ring_push(struct ring *ring, void *item)
{
    uint64_t turn;
    ensure(item != NULL);
    struct ring_place *place = claim(ring, &ring->pushed, 0, &turn);
    if (place == NULL)
        return false;
    place->item = item;
    __atomic_store_n(&place->turn, turn + 1, __ATOMIC_RELEASE);
    return true;
}

void *ring_pop(struct ring *ring)
{
    uint64_t turn;
    struct ring_place *place = claim(ring, &ring->popped, 1, &turn);
    if (place == NULL)
        return NULL;
    void *item = place->item;
    __atomic_store_n(&place->turn, turn + ring->mask + 1, __ATOMIC_RELEASE);
    return item;
}

uint32_t ring_count(const struct ring *ring)
{
    uint64_t popped = __atomic_load_n(&ring->popped, __ATOMIC_SEQ_CST);
    uint64_t pushed = __atomic_load_n(&ring->pushed, __ATOMIC_SEQ_CST);
    return (uint32_t)(pushed - popped);
}
