#include "lib/store_probe.h"

#include "base/memory.h"

/* A probe's reader wraps a reader of the inner store. */
struct probe_reader {
    struct store_reader reader;
    struct store_reader *inner;
};

static struct store_probe *probe_of(struct store *store)
{
    return (struct store_probe *)store;
}

static struct store_reader *inner_of(struct store_reader *reader)
{
    return ((struct probe_reader *)reader)->inner;
}

static struct err probe_load(struct store *store, struct shop *shop)
{
    struct store_probe *probe = probe_of(store);
    TRY(store_load(probe->inner, shop));
    store->recorded_event = probe->inner->recorded_event;
    return OK;
}

static struct err probe_record(struct store *store, const struct store_batch *batch)
{
    struct store_probe *probe = probe_of(store);
    if (probe->before_record != NULL)
        probe->before_record(probe->context);
    if (probe->fails_to_record)
        return ERR_AT(ERR_STORE, 0, .value = 28);
    probe->records++;
    probe->events += batch->last_event + 1 - batch->first_event;
    probe->contacts += batch->contact_count;
    return store_record(probe->inner, batch);
}

static uint64_t probe_folded_event(struct store *store)
{
    const struct store_probe *probe = probe_of(store);
    return probe->folded_max < store->recorded_event ? probe->folded_max : store->recorded_event;
}

static struct err probe_fold_now(struct store *store)
{
    struct store_probe *probe = probe_of(store);
    if (probe->fails_to_fold)
        return ERR_AT(ERR_STORE, 0, .value = 28);
    probe->fold_lag_ms = 0;
    return store_fold_now(probe->inner);
}

static struct store_stats probe_stats(struct store *store)
{
    struct store_stats stats = store_stats(probe_of(store)->inner);
    stats.fold_lag_ms = probe_of(store)->fold_lag_ms;
    return stats;
}

static void probe_secret(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE])
{
    store_secret(probe_of(store)->inner, secret_out);
}

static struct err probe_backup(struct store *store, const char *folder,
                               void (*progress)(void *context, uint64_t done, uint64_t total),
                               void *context)
{
    return store_backup(probe_of(store)->inner, folder, progress, context);
}

static void probe_close(struct store *store)
{
    store_close(probe_of(store)->inner);
}

static struct err probe_reader_open(struct store *store, struct store_reader **reader_out)
{
    struct probe_reader *reader = memory_alloc_zeroed(1, sizeof *reader);
    reader->reader.store = store;
    struct err err = store_reader_open(probe_of(store)->inner, &reader->inner);
    if (err.code != ERR_NONE) {
        memory_free(reader);
        return err;
    }
    *reader_out = &reader->reader;
    return OK;
}

static void probe_reader_close(struct store_reader *reader)
{
    store_reader_close(inner_of(reader));
    memory_free(reader);
}

static struct err before_read(struct store_reader *reader)
{
    struct store_probe *probe = probe_of(reader->store);
    __atomic_fetch_add(&probe->order_reads, 1, __ATOMIC_SEQ_CST);
    if (probe->before_read != NULL)
        probe->before_read(probe->context);
    return probe->fails_to_read ? ERR_AT(ERR_STORE, 0, .value = 5) : OK;
}

static struct err probe_read_order(struct store_reader *reader, uint64_t number,
                                   struct arena *arena, struct order **order_out)
{
    TRY(before_read(reader));
    TRY(store_read_order(inner_of(reader), number, arena, order_out));
    const struct store_probe *probe = probe_of(reader->store);
    if (*order_out != NULL && probe->lagging_contact != 0)
        (*order_out)->contact = probe->lagging_contact;
    return OK;
}

static struct err probe_read_orders(struct store_reader *reader,
                                    const struct store_orders_query *query, struct arena *arena,
                                    struct store_orders *orders_out)
{
    return store_read_orders(inner_of(reader), query, arena, orders_out);
}

static struct err probe_read_order_by_key(struct store_reader *reader, uint64_t cart,
                                          const uint8_t key[16], struct arena *arena,
                                          struct order **order_out)
{
    TRY(before_read(reader));
    return store_read_order_by_key(inner_of(reader), cart, key, arena, order_out);
}

static struct err probe_read_pending(struct store_reader *reader, uint64_t from,
                                     struct store_pending *pending_out)
{
    TRY(before_read(reader));
    return store_read_pending(inner_of(reader), from, pending_out);
}

static struct err probe_read_chain_contacts(struct store_reader *reader, uint64_t order,
                                            struct arena *arena, uint64_t **contacts_out,
                                            uint32_t *count_out)
{
    TRY(before_read(reader));
    return store_read_chain_contacts(inner_of(reader), order, arena, contacts_out, count_out);
}

static struct err probe_read_stock_holders(struct store_reader *reader, uint32_t product,
                                           uint16_t location, struct arena *arena,
                                           uint64_t **orders_out, uint32_t *count_out)
{
    TRY(before_read(reader));
    return store_read_stock_holders(inner_of(reader), product, location, arena, orders_out,
                                    count_out);
}

static struct err probe_read_purchases(struct store_reader *reader, uint64_t order,
                                       uint32_t product, struct arena *arena,
                                       struct purchases *purchases_out)
{
    TRY(before_read(reader));
    return store_read_purchases(inner_of(reader), order, product, arena, purchases_out);
}

static struct err probe_read_actions(struct store_reader *reader, uint64_t before, uint32_t limit,
                                     struct arena *arena, struct store_actions *actions_out)
{
    return store_read_actions(inner_of(reader), before, limit, arena, actions_out);
}

static struct err probe_read_contact(struct store_reader *reader, uint64_t number,
                                     struct arena *arena, struct contact *contact_out,
                                     bool *found_out)
{
    return store_read_contact(inner_of(reader), number, arena, contact_out, found_out);
}

static struct err probe_read_answer(struct store_reader *reader, uint64_t number,
                                    struct arena *arena, const struct answer **answer_out)
{
    TRY(before_read(reader));
    return store_read_answer(inner_of(reader), number, arena, answer_out);
}

static struct err probe_read_answers(struct store_reader *reader,
                                     bool (*each)(void *context, const struct answer *answer),
                                     void *context)
{
    return store_read_answers(inner_of(reader), each, context);
}

static struct err probe_read_events(struct store_reader *reader, uint64_t after,
                                    bool (*each)(void *context, const struct event *event),
                                    void *context)
{
    return store_read_events(inner_of(reader), after, each, context);
}

static const struct store_ops probe_ops = {
    .name = "probe",
    .load = probe_load,
    .record = probe_record,
    .folded_event = probe_folded_event,
    .fold_now = probe_fold_now,
    .stats = probe_stats,
    .secret = probe_secret,
    .backup = probe_backup,
    .close = probe_close,
    .reader_open = probe_reader_open,
    .reader_close = probe_reader_close,
    .read_order = probe_read_order,
    .read_orders = probe_read_orders,
    .read_order_by_key = probe_read_order_by_key,
    .read_pending = probe_read_pending,
    .read_chain_contacts = probe_read_chain_contacts,
    .read_stock_holders = probe_read_stock_holders,
    .read_purchases = probe_read_purchases,
    .read_contact = probe_read_contact,
    .read_actions = probe_read_actions,
    .read_answer = probe_read_answer,
    .read_answers = probe_read_answers,
    .read_events = probe_read_events,
};

struct store *store_probe_open(struct store_probe *probe, struct store *inner)
{
    *probe = (struct store_probe){
        .store = {.ops = &probe_ops, .recorded_event = inner->recorded_event},
        .inner = inner,
        .folded_max = UINT64_MAX,
    };
    return &probe->store;
}
