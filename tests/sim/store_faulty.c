#include "sim/store_faulty.h"

#include "base/memory.h"

#include <stddef.h>

static struct store_faulty *faulty_of(struct store *store)
{
    _Static_assert(offsetof(struct store_faulty, store) == 0, "store must come first");
    return (struct store_faulty *)store;
}

static struct err faulty_load(struct store *store, struct shop *shop)
{
    TRY(store_load(faulty_of(store)->inner, shop));
    store->recorded_event = faulty_of(store)->inner->recorded_event;
    return OK;
}

static struct err faulty_record(struct store *store, const struct store_batch *batch)
{
    struct store_faulty *faulty = faulty_of(store);
    enum faulty_record fault = faulty->next_record;
    faulty->next_record = FAULTY_NONE;
    if (fault == FAULTY_BEFORE)
        return ERR(ERR_STORE);
    TRY(store_record(faulty->inner, batch));
    return fault == FAULTY_AFTER ? ERR(ERR_STORE) : OK;
}

static uint64_t faulty_folded_event(struct store *store)
{
    return store_folded_event(faulty_of(store)->inner);
}

static struct err faulty_fold_now(struct store *store)
{
    return store_fold_now(faulty_of(store)->inner);
}

static struct store_stats faulty_stats(struct store *store)
{
    return store_stats(faulty_of(store)->inner);
}

static void faulty_secret(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE])
{
    store_secret(faulty_of(store)->inner, secret_out);
}

static void faulty_close(struct store *store)
{
    (void)store;
}

/* Reading never fails here: a reader that passes on. */
struct faulty_reader {
    struct store_reader reader; /* must be first */
    struct store_reader *inner;
};

static struct store_reader *inner_of(struct store_reader *reader)
{
    return ((struct faulty_reader *)reader)->inner;
}

static struct err faulty_reader_open(struct store *store, struct store_reader **reader_out)
{
    struct faulty_reader *reader = memory_alloc_zeroed(1, sizeof *reader);
    TRY(store_reader_open(faulty_of(store)->inner, &reader->inner));
    reader->reader.store = store;
    *reader_out = &reader->reader;
    return OK;
}

static void faulty_reader_close(struct store_reader *reader)
{
    store_reader_close(inner_of(reader));
    memory_free(reader);
}

static struct err faulty_read_order(struct store_reader *reader, uint64_t number,
                                    struct arena *arena, struct order **order_out)
{
    return store_read_order(inner_of(reader), number, arena, order_out);
}

static struct err faulty_read_orders(struct store_reader *reader,
                                     const struct store_orders_query *query, struct arena *arena,
                                     struct store_orders *orders_out)
{
    return store_read_orders(inner_of(reader), query, arena, orders_out);
}

static struct err faulty_read_order_by_key(struct store_reader *reader, uint64_t cart,
                                           const uint8_t key[16], struct arena *arena,
                                           struct order **order_out)
{
    return store_read_order_by_key(inner_of(reader), cart, key, arena, order_out);
}

static struct err faulty_read_pending(struct store_reader *reader, uint64_t from,
                                      struct store_pending *pending_out)
{
    return store_read_pending(inner_of(reader), from, pending_out);
}

static struct err faulty_read_chain_contacts(struct store_reader *reader, uint64_t order,
                                             struct arena *arena, uint64_t **contacts_out,
                                             uint32_t *count_out)
{
    return store_read_chain_contacts(inner_of(reader), order, arena, contacts_out, count_out);
}

static struct err faulty_read_stock_holders(struct store_reader *reader, uint32_t product,
                                            uint16_t location, struct arena *arena,
                                            uint64_t **orders_out, uint32_t *count_out)
{
    return store_read_stock_holders(inner_of(reader), product, location, arena, orders_out,
                                    count_out);
}

static struct err faulty_read_purchases(struct store_reader *reader, uint64_t order,
                                        uint32_t product, struct arena *arena,
                                        struct purchases *purchases_out)
{
    return store_read_purchases(inner_of(reader), order, product, arena, purchases_out);
}

static struct err faulty_read_actions(struct store_reader *reader, uint64_t before, uint32_t limit,
                                      struct arena *arena, struct store_actions *actions_out)
{
    return store_read_actions(inner_of(reader), before, limit, arena, actions_out);
}

static struct err faulty_read_contact(struct store_reader *reader, uint64_t number,
                                      struct arena *arena, struct contact *contact_out,
                                      bool *found_out)
{
    return store_read_contact(inner_of(reader), number, arena, contact_out, found_out);
}

static struct err faulty_read_answer(struct store_reader *reader, uint64_t number,
                                     struct arena *arena, const struct answer **answer_out)
{
    return store_read_answer(inner_of(reader), number, arena, answer_out);
}

static struct err faulty_read_answers(struct store_reader *reader,
                                      bool (*each)(void *context, const struct answer *answer),
                                      void *context)
{
    return store_read_answers(inner_of(reader), each, context);
}

static struct err faulty_read_events(struct store_reader *reader, uint64_t after,
                                     bool (*each)(void *context, const struct event *event),
                                     void *context)
{
    return store_read_events(inner_of(reader), after, each, context);
}

static const struct store_ops faulty_ops = {
    .name = "faulty",
    .load = faulty_load,
    .record = faulty_record,
    .folded_event = faulty_folded_event,
    .fold_now = faulty_fold_now,
    .stats = faulty_stats,
    .secret = faulty_secret,
    .close = faulty_close,
    .reader_open = faulty_reader_open,
    .reader_close = faulty_reader_close,
    .read_order = faulty_read_order,
    .read_orders = faulty_read_orders,
    .read_order_by_key = faulty_read_order_by_key,
    .read_pending = faulty_read_pending,
    .read_chain_contacts = faulty_read_chain_contacts,
    .read_stock_holders = faulty_read_stock_holders,
    .read_purchases = faulty_read_purchases,
    .read_contact = faulty_read_contact,
    .read_actions = faulty_read_actions,
    .read_answer = faulty_read_answer,
    .read_answers = faulty_read_answers,
    .read_events = faulty_read_events,
};

void store_faulty_init(struct store_faulty *faulty, struct store *inner)
{
    *faulty = (struct store_faulty){
        .store = {.ops = &faulty_ops, .recorded_event = inner->recorded_event},
        .inner = inner,
    };
}
