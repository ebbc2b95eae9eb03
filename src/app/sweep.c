/*
 * sweep.c - what may leave memory, and when.
 *
 * An order leaves once the tables have its last change (store_folded_event()) and more than
 * orders_resident_max are in memory; the one unchanged for longest goes first. Orders leave in few
 * sweeps of many, not in many of few: a sweep makes what loaders read at that moment stale
 * (command.h).
 */
#include "app/executor_parts.h"
#include "base/memory.h"

#include <stdlib.h>

enum {
    SWEEP_ORDERS_MAX = 4096, /* at once: about a millisecond */
    SWEEP_SHARE = 16,        /* begins when 1/16 too many are in memory */
    RING_FIRST = 1024,
    RING_SLACK = 1024, /* dead entries that are not worth a look */
    RING_CLEANED_PER_TOUCH = 2,
};

static struct resident_order *ring_at(const struct residents *residents, uint64_t position)
{
    return &residents->ring[position & (residents->capacity - 1)];
}

static void ring_resize(struct residents *residents, uint64_t capacity)
{
    struct residents resized = {.capacity = capacity};
    resized.ring = memory_alloc(capacity * sizeof *resized.ring);
    for (uint64_t i = residents->first; i != residents->next; i++)
        *ring_at(&resized, resized.next++) = *ring_at(residents, i);
    memory_free(residents->ring);
    *residents = resized;
}

static void ring_push(struct residents *residents, struct resident_order entry)
{
    if (residents->next - residents->first == residents->capacity)
        ring_resize(residents, residents->capacity * 2);
    *ring_at(residents, residents->next++) = entry;
}

/* It grew for orders that came faster than they were folded. */
static void ring_shrink(struct residents *residents)
{
    uint64_t count = residents->next - residents->first;
    uint64_t capacity = RING_FIRST;
    if (residents->capacity <= RING_FIRST || count >= residents->capacity / 16)
        return;
    while (capacity / 4 < count)
        capacity *= 2;
    ring_resize(residents, capacity);
}

static int compare_last_event(const void *left, const void *right)
{
    const struct resident_order *a = left;
    const struct resident_order *b = right;
    return (a->last_event > b->last_event) - (a->last_event < b->last_event);
}

void residents_init(struct residents *residents, const struct shop *shop)
{
    const struct map *orders = &shop->orders.by_number;
    *residents = (struct residents){.capacity = RING_FIRST};
    while (residents->capacity < orders->count)
        residents->capacity *= 2;
    residents->ring = memory_alloc(residents->capacity * sizeof *residents->ring);
    for (size_t i = 0; i < orders->slot_count; i++) {
        if (orders->slots[i].key == 0)
            continue;
        const struct order *order = order_find(&shop->orders, orders->slots[i].key);
        ensure(order != NULL);
        residents->ring[residents->next++] =
            (struct resident_order){.number = order->number, .last_event = order->last_event};
    }
    qsort(residents->ring, residents->next, sizeof *residents->ring, compare_last_event);
}

void residents_release(struct residents *residents)
{
    memory_free(residents->ring);
    *residents = (struct residents){0};
}

/* The order of an entry; NULL when it is gone or was changed since. */
static const struct order *entry_order(const struct shop *shop, const struct resident_order *entry)
{
    const struct order *order = order_find(&shop->orders, entry->number);
    return order != NULL && order->last_event == entry->last_event ? order : NULL;
}

/* Orders that change often would fill the ring with dead entries: each change looks at two old
 * ones, drops the dead and sends the others to the end. */
static void clean_some(struct residents *residents, const struct shop *shop)
{
    uint64_t live_max = shop->orders.by_number.count;
    for (uint32_t i = 0; i < RING_CLEANED_PER_TOUCH; i++) {
        if (residents->next - residents->first <= 2 * live_max + RING_SLACK)
            return;
        struct resident_order entry = *ring_at(residents, residents->first++);
        if (entry_order(shop, &entry) != NULL)
            ring_push(residents, entry);
    }
}

void residents_touch(struct residents *residents, const struct shop *shop, uint64_t number)
{
    const struct order *order = order_find(&shop->orders, number);
    ensure(order != NULL);
    ring_push(residents,
              (struct resident_order){.number = number, .last_event = order->last_event});
    clean_some(residents, shop);
}

static uint64_t too_many(const struct executor *executor)
{
    uint64_t count = executor->shop->orders.by_number.count;
    uint64_t max = executor->options.orders_resident_max;
    return count > max ? count - max : 0;
}

static uint64_t sweep_orders(struct executor *executor, uint64_t folded_event)
{
    struct residents *residents = &executor->residents;
    struct shop *shop = executor->shop;
    uint64_t forgotten = 0;
    for (uint32_t i = 0; i < SWEEP_ORDERS_MAX; i++) {
        if (residents->first == residents->next || too_many(executor) == 0)
            break;
        const struct resident_order *entry = ring_at(residents, residents->first);
        const struct order *order = entry_order(shop, entry);
        if (order != NULL && order->last_event > folded_event)
            break; /* it and those behind it must stay until they are in the tables */
        residents->first++;
        if (order != NULL) {
            shop_forget_order(shop, order->number);
            forgotten++;
        }
    }
    return forgotten;
}

/* The tables show every erasure: what was read before may not. */
static bool forget_erased(struct executor *executor, uint64_t folded_event)
{
    if (executor->erased.count == 0 || executor->erased_event > folded_event)
        return false;
    map_release(&executor->erased);
    map_init(&executor->erased, 0);
    return true;
}

void executor_sweep(struct executor *executor)
{
    struct shop *shop = executor->shop;
    uint64_t folded_event = store_folded_event(executor->options.store);
    uint64_t step = executor->options.orders_resident_max / SWEEP_SHARE;
    if (step > SWEEP_ORDERS_MAX)
        step = SWEEP_ORDERS_MAX;
    uint64_t first_key = shop->keys.first;
    uint64_t forgotten = 0;
    if (too_many(executor) > step)
        forgotten = sweep_orders(executor, folded_event);
    bool keys_are_young = shop->keys.next - first_key > shop->keys.keys_max;
    shop_keys_sweep(shop, folded_event, executor->decision.now_ms);
    once_sweep(executor);
    shop_shrink(shop);
    keys_shrink(&executor->answered);
    ring_shrink(&executor->residents);
    /* A key that left before its time may be one that somebody is just reading about. */
    bool is_erased = forget_erased(executor, folded_event);
    if (forgotten > 0 || is_erased || (keys_are_young && shop->keys.first != first_key))
        executor->decision.sweep++;
    __atomic_store_n(&executor->stats.orders_resident, shop->orders.by_number.count,
                     __ATOMIC_RELAXED);
}
