#include "store/store.h"

#include "store/recent_contacts.h"

/*
 * Nobody but these wrappers calls through the table, so every backend inherits their checks.
 */

struct err store_load(struct store *store, struct shop *shop)
{
    ensure(shop->last_event == 0);
    TRY(store->ops->load(store, shop));
    ensure(shop->last_event == store->recorded_event);
    return OK;
}

struct err store_record(struct store *store, const struct store_batch *batch)
{
    ensure(!store->is_read_only);
    ensure(batch->first_event == store->recorded_event + 1);
    ensure(batch->last_event + 1 >= batch->first_event);
    ensure(batch->last_event >= batch->first_event || batch->answer_count > 0);
    ensure(batch->size >= (batch->last_event + 1 - batch->first_event) * sizeof(struct event));
    ensure((batch->size == 0) == (batch->last_event < batch->first_event));
    ensure(batch->size % 8 == 0);
    ensure(batch->contact_count == 0 || batch->contacts != NULL);
    ensure(batch->answer_count == 0 || batch->answers != NULL);
    TRY(store->ops->record(store, batch));
    store->recorded_event = batch->last_event;
    if (store->recent != NULL)
        recent_contacts_note(store->recent, batch);
    return OK;
}

const struct event_contacts_erased *store_batch_erased(const struct store_batch *batch,
                                                       size_t *offset, uint64_t *event_out)
{
    const struct event *event;
    bool damaged = false;
    if (!batch->has_erasures)
        return NULL;
    while (event_next(batch->events, batch->size, offset, &event, &damaged)) {
        if (event->type == EVENT_CONTACTS_ERASED) {
            *event_out = event->number;
            return event_payload(event);
        }
    }
    ensure(!damaged);
    return NULL;
}

void store_keep_contacts(struct store *store, uint32_t count, uint64_t last)
{
    recent_contacts_close(store->recent);
    store->recent = count == 0 || store_is_shared(store) ? NULL : recent_contacts_open(count, last);
}

bool store_find_contact(const struct store *store, uint64_t number, struct arena *arena,
                        struct contact *contact_out)
{
    return store->recent != NULL && recent_contacts_find(store->recent, number, arena, contact_out);
}

bool store_is_shared(const struct store *store)
{
    return store->ops->take_turn != NULL;
}

struct err store_take_turn(struct store *store, bool writes,
                           void (*each)(void *context, const struct store_batch *batch),
                           void *context)
{
    uint64_t before = store->recorded_event;
    ensure(each != NULL);
    ensure(!writes || !store->is_read_only);
    if (!store_is_shared(store))
        return OK;
    TRY(store->ops->take_turn(store, writes, each, context));
    ensure(store->recorded_event >= before);
    return OK;
}

void store_yield_turn(struct store *store)
{
    if (store_is_shared(store))
        store->ops->yield_turn(store);
}

bool store_is_reachable(struct store *store)
{
    return !store_is_shared(store) || store->ops->is_reachable(store);
}

bool store_is_read_only(const struct store *store)
{
    return store->is_read_only;
}

struct store_lag store_lag(struct store *store)
{
    return store->is_read_only ? store->ops->lag(store) : (struct store_lag){0};
}

uint64_t store_folded_event(struct store *store)
{
    return store->ops->folded_event(store);
}

struct err store_fold_now(struct store *store)
{
    return store->ops->fold_now(store);
}

struct store_stats store_stats(struct store *store)
{
    struct store_stats stats = store->ops->stats(store);

    ensure(stats.folded_event <= stats.recorded_event);
    return stats;
}

void store_secret(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE])
{
    store->ops->secret(store, secret_out);
}

struct err store_backup(struct store *store, const char *folder,
                        void (*progress)(void *context, uint64_t done, uint64_t total),
                        void *context)
{
    ensure(folder != NULL);
    return store->ops->backup(store, folder, progress, context);
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    recent_contacts_close(store->recent);
    store->ops->close(store);
}

struct err store_reader_open(struct store *store, struct store_reader **reader_out)
{
    *reader_out = NULL;
    TRY(store->ops->reader_open(store, reader_out));
    ensure(*reader_out != NULL);
    ensure((*reader_out)->store == store);
    return OK;
}

void store_reader_close(struct store_reader *reader)
{
    if (reader != NULL)
        reader->store->ops->reader_close(reader);
}

struct err store_reader_hold(struct store_reader *reader)
{
    const struct store_ops *ops = reader->store->ops;
    return ops->reader_hold == NULL ? OK : ops->reader_hold(reader);
}

void store_reader_let_go(struct store_reader *reader)
{
    const struct store_ops *ops = reader->store->ops;
    if (ops->reader_let_go != NULL)
        ops->reader_let_go(reader);
}

struct err store_read_order(struct store_reader *reader, uint64_t number, struct arena *arena,
                            struct order **order_out)
{
    ensure(number != 0);
    *order_out = NULL;
    TRY(reader->store->ops->read_order(reader, number, arena, order_out));
    if (*order_out != NULL) {
        ensure((*order_out)->number == number);
        order_check(*order_out);
    }
    return OK;
}

struct err store_read_orders(struct store_reader *reader, const struct store_orders_query *query,
                             struct arena *arena, struct store_orders *orders_out)
{
    ensure(query->limit > 0 && query->limit <= STORE_PAGE_MAX);
    ensure(query->state >= -1 && query->state < ORDER_STATE_COUNT);
    *orders_out = (struct store_orders){0};
    TRY(reader->store->ops->read_orders(reader, query, arena, orders_out));
    ensure(orders_out->count <= query->limit);
    for (uint32_t i = 0; i < orders_out->count; i++)
        order_check(orders_out->orders[i]);
    return OK;
}

struct err store_read_order_by_key(struct store_reader *reader, uint64_t cart,
                                   const uint8_t key[16], struct arena *arena,
                                   struct order **order_out)
{
    ensure(cart != 0);
    *order_out = NULL;
    TRY(reader->store->ops->read_order_by_key(reader, cart, key, arena, order_out));
    if (*order_out != NULL) {
        ensure((*order_out)->cart == cart);
        order_check(*order_out);
    }
    return OK;
}

struct err store_read_pending(struct store_reader *reader, uint64_t from,
                              struct store_pending *pending_out)
{
    pending_out->count = 0;
    pending_out->complete_to = 0;
    TRY(reader->store->ops->read_pending(reader, from, pending_out));
    uint64_t last = 0;
    for (uint32_t i = 0; i < pending_out->count; i++) {
        ensure(pending_out->orders[i].number >= from);
        ensure(pending_out->orders[i].number > last);
        last = pending_out->orders[i].number;
    }
    ensure(pending_out->count < STORE_PAGE_MAX || pending_out->complete_to <= last);
    return OK;
}

struct err store_read_chain_contacts(struct store_reader *reader, uint64_t order,
                                     struct arena *arena, uint64_t **contacts_out,
                                     uint32_t *count_out)
{
    *contacts_out = NULL;
    *count_out = 0;
    if (order == 0)
        return OK;
    return reader->store->ops->read_chain_contacts(reader, order, arena, contacts_out, count_out);
}

struct err store_read_stock_holders(struct store_reader *reader, uint32_t product,
                                    uint16_t location, struct arena *arena, uint64_t **orders_out,
                                    uint32_t *count_out)
{
    *orders_out = NULL;
    *count_out = 0;
    TRY(reader->store->ops->read_stock_holders(reader, product, location, arena, orders_out,
                                               count_out));
    ensure(*count_out <= STORE_HOLDERS_MAX);
    for (uint32_t i = 1; i < *count_out; i++)
        ensure((*orders_out)[i - 1] < (*orders_out)[i]);
    return OK;
}

struct err store_read_purchases(struct store_reader *reader, uint64_t order, uint32_t product,
                                struct arena *arena, struct purchases *purchases_out)
{
    ensure(order != 0);
    ensure(product != 0);
    *purchases_out = (struct purchases){0};
    TRY(reader->store->ops->read_purchases(reader, order, product, arena, purchases_out));
    ensure(purchases_out->count <= PURCHASES_MAX);
    for (uint32_t i = 1; i < purchases_out->count; i++)
        ensure(purchases_out->orders[i - 1].is_delivered || !purchases_out->orders[i].is_delivered);
    return OK;
}

struct err store_read_actions(struct store_reader *reader, uint64_t before, uint32_t limit,
                              struct arena *arena, struct store_actions *actions_out)
{
    ensure(limit > 0);
    ensure(limit <= STORE_PAGE_MAX);
    *actions_out = (struct store_actions){0};
    return reader->store->ops->read_actions(reader, before, limit, arena, actions_out);
}

struct err store_read_contact(struct store_reader *reader, uint64_t number, struct arena *arena,
                              struct contact *contact_out, bool *found_out)
{
    ensure(number != 0);
    *contact_out = (struct contact){0};
    *found_out = false;
    TRY(reader->store->ops->read_contact(reader, number, arena, contact_out, found_out));
    ensure(!*found_out || contact_out->number == number);
    return OK;
}

struct err store_read_events(struct store_reader *reader, uint64_t after,
                             bool (*each)(void *context, const struct event *event), void *context)
{
    return reader->store->ops->read_events(reader, after, each, context);
}

struct err store_read_answer(struct store_reader *reader, uint64_t number, struct arena *arena,
                             const struct answer **answer_out)
{
    ensure(number != 0);
    *answer_out = NULL;
    TRY(reader->store->ops->read_answer(reader, number, arena, answer_out));
    ensure(*answer_out == NULL || (*answer_out)->number == number);
    return OK;
}

struct err store_read_answers(struct store_reader *reader,
                              bool (*each)(void *context, const struct answer *answer),
                              void *context)
{
    return reader->store->ops->read_answers(reader, each, context);
}
