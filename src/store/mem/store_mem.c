#include "store/mem/store_mem.h"

#include "base/memory.h"
#include "base/random.h"

#include <pthread.h>
#include <string.h>

/*
 * Batches are kept as they came. The "tables" are a shop that readers bring up to date by applying
 * the batches behind its last event; its orders are never forgotten. One lock guards everything:
 * the executor records while loaders read.
 */
struct mem_batch {
    char *events;
    size_t size;
};

struct mem_contact {
    struct contact contact; /* texts point into `bytes` */
    char *bytes;
};

enum { CONTACT_TEXTS = 10 }; /* members of struct contact */

struct store_mem {
    struct store store;
    pthread_mutex_t lock;
    struct mem_batch *batches;
    uint64_t batch_count;
    uint64_t batch_capacity;
    uint64_t recorded_event;
    struct map contacts;    /* number -> struct mem_contact * */
    struct answer *answers; /* in the order they came; number 0 = gone */
    uint64_t answer_count;
    uint64_t answer_capacity;
    struct shop tables;
    uint64_t tables_batch; /* batches applied to the tables */
    uint8_t secret[HASH_SECRET_SIZE];
};

static struct store_mem *mem_of(struct store *store)
{
    return (struct store_mem *)store;
}

/* Events of one batch, from `after` on; false when each() asked to stop. */
static bool walk_batch(const struct mem_batch *batch, uint64_t after,
                       bool (*each)(void *context, const struct event *event), void *context)
{
    size_t offset = 0;
    const struct event *event;
    bool damaged = false;

    while (event_next(batch->events, batch->size, &offset, &event, &damaged)) {
        if (event->number > after && !each(context, event))
            return false;
    }
    ensure(!damaged);
    return true;
}

static bool apply_event(void *context, const struct event *event)
{
    struct shop *shop = context;

    shop_apply(shop, event);
    return true;
}

static void bring_tables_up_to_date(struct store_mem *mem)
{
    for (; mem->tables_batch < mem->batch_count; mem->tables_batch++)
        walk_batch(&mem->batches[mem->tables_batch], 0, apply_event, &mem->tables);
    ensure(mem->tables.last_event == mem->recorded_event);
}

static struct err mem_load(struct store *store, struct shop *shop)
{
    struct store_mem *mem = mem_of(store);

    for (uint64_t i = 0; i < mem->batch_count; i++)
        walk_batch(&mem->batches[i], 0, apply_event, shop);
    struct map_slot slot;

    for (size_t position = 0; map_walk(&mem->contacts, &position, &slot);) {
        const struct contact *contact = &((struct mem_contact *)(uintptr_t)slot.value)->contact;

        if (contact->email_tag.length > 0)
            customer_set_email(&shop->customers, contact->customer,
                               (const uint8_t *)contact->email_tag.data);
    }
    return OK;
}

static struct text keep_text(char **end, struct text text)
{
    struct text kept = {text.data == NULL ? NULL : *end, text.length};

    ensure(text.data != NULL || text.length == 0);
    if (text.length > 0)
        memcpy(*end, text.data, text.length);
    *end += text.length;
    return kept;
}

static void forget_contact(struct store_mem *mem, uint64_t number)
{
    uint64_t value = 0;

    if (number == 0 || !map_find(&mem->contacts, number, &value))
        return;
    struct mem_contact *kept = (struct mem_contact *)(uintptr_t)value;

    map_remove(&mem->contacts, number);
    memory_free(kept->bytes);
    memory_free(kept);
}

static struct text newer(struct text given, struct text before)
{
    return given.data != NULL ? given : before;
}

/* What the new one does not say stays as the old one said it. */
static struct contact merge_contact(const struct contact *given, const struct contact *before)
{
    return (struct contact){
        .number = given->number,
        .customer = given->customer,
        .name = newer(given->name, before->name),
        .email = newer(given->email, before->email),
        .phone = newer(given->phone, before->phone),
        .shipping_address = newer(given->shipping_address, before->shipping_address),
        .billing_address = newer(given->billing_address, before->billing_address),
        .metadata = newer(given->metadata, before->metadata),
        .addresses = newer(given->addresses, before->addresses),
        .preferences = newer(given->preferences, before->preferences),
        .password = newer(given->password, before->password),
        .email_tag = newer(given->email_tag, before->email_tag),
    };
}

/* The members that are texts. */
static struct text *contact_text(struct contact *contact, uint32_t index)
{
    struct text *const texts[CONTACT_TEXTS] = {
        &contact->name,
        &contact->email,
        &contact->phone,
        &contact->shipping_address,
        &contact->billing_address,
        &contact->metadata,
        &contact->addresses,
        &contact->preferences,
        &contact->password,
        &contact->email_tag,
    };

    return texts[index];
}

static void keep_contact(struct store_mem *mem, const struct contact *given)
{
    uint64_t value = 0;
    uint64_t old = given->replaces != 0 ? given->replaces : given->number;
    bool is_known = map_find(&mem->contacts, old, &value);
    const struct mem_contact nothing = {0};
    const struct mem_contact *before = is_known ? (struct mem_contact *)(uintptr_t)value : &nothing;
    struct contact merged = merge_contact(given, &before->contact);
    struct mem_contact *kept = memory_alloc(sizeof *kept);
    size_t size = 0;

    for (uint32_t i = 0; i < CONTACT_TEXTS; i++)
        size += contact_text(&merged, i)->length;
    kept->bytes = memory_alloc(size + 1);
    char *end = kept->bytes;

    kept->contact = merged;
    for (uint32_t i = 0; i < CONTACT_TEXTS; i++)
        *contact_text(&kept->contact, i) = keep_text(&end, *contact_text(&merged, i));
    ensure(end == kept->bytes + size);
    forget_contact(mem, old);
    map_put(&mem->contacts, given->number, (uintptr_t)kept);
}

static void forget_bytes(struct answer *answer)
{
    memory_free((void *)(uintptr_t)answer->bytes.data);
    answer->bytes = TEXT_NONE;
}

static void erase_answers(struct store_mem *mem, uint32_t customer, uint64_t event)
{
    for (uint64_t i = 0; i < mem->answer_count; i++) {
        struct answer *answer = &mem->answers[i];

        if (answer->customer == customer && answer->event < event)
            forget_bytes(answer);
    }
}

static void keep_answers(struct store_mem *mem, const struct store_batch *batch)
{
    for (uint32_t i = 0; i < batch->answer_count; i++) {
        if (mem->answer_count == mem->answer_capacity) {
            mem->answer_capacity = mem->answer_capacity == 0 ? 64 : mem->answer_capacity * 2;
            mem->answers = memory_resize(mem->answers, mem->answer_capacity * sizeof *mem->answers);
        }
        struct answer *kept = &mem->answers[mem->answer_count++];
        char *bytes = memory_alloc(batch->answers[i].bytes.length + 1);

        *kept = batch->answers[i];
        memcpy(bytes, kept->bytes.data, kept->bytes.length);
        kept->bytes.data = bytes;
    }
    for (uint64_t i = 0; i < mem->answer_count; i++) {
        if (mem->answers[i].number >= batch->answers_from)
            continue;
        forget_bytes(&mem->answers[i]);
        mem->answers[i].number = 0;
    }
}

static bool erase_contacts(void *context, const struct event *event)
{
    if (event->type == EVENT_CONTACTS_ERASED) {
        const struct event_contacts_erased *erased = event_payload(event);

        for (uint32_t i = 0; i < erased->count; i++)
            forget_contact(context, event_contacts(erased)[i]);
        if (erased->customer != 0)
            erase_answers(context, erased->customer, event->number);
    }
    return true;
}

static struct err mem_record(struct store *store, const struct store_batch *batch)
{
    struct store_mem *mem = mem_of(store);

    pthread_mutex_lock(&mem->lock);
    keep_answers(mem, batch);
    if (batch->size == 0) {
        pthread_mutex_unlock(&mem->lock);
        return OK;
    }
    if (mem->batch_count == mem->batch_capacity) {
        mem->batch_capacity = mem->batch_capacity == 0 ? 64 : mem->batch_capacity * 2;
        mem->batches = memory_resize(mem->batches, mem->batch_capacity * sizeof *mem->batches);
    }
    struct mem_batch *kept = &mem->batches[mem->batch_count++];

    *kept = (struct mem_batch){memory_alloc(batch->size), batch->size};
    memcpy(kept->events, batch->events, batch->size);
    for (uint32_t i = 0; i < batch->contact_count; i++)
        keep_contact(mem, &batch->contacts[i]);
    if (batch->has_erasures)
        walk_batch(kept, 0, erase_contacts, mem);
    mem->recorded_event = batch->last_event;
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

/* Nothing may leave the shop's memory: there is nowhere cheaper to keep it. */
static uint64_t mem_folded_event(struct store *store)
{
    (void)store;
    return 0;
}

static struct err mem_fold_now(struct store *store)
{
    (void)store;
    return OK;
}

static struct store_stats mem_stats(struct store *store)
{
    struct store_mem *mem = mem_of(store);

    pthread_mutex_lock(&mem->lock);
    struct store_stats stats = {
        .recorded_event = mem->recorded_event,
        .folded_event = mem->recorded_event,
        .batches = mem->batch_count,
    };
    pthread_mutex_unlock(&mem->lock);
    return stats;
}

static void mem_secret(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE])
{
    memcpy(secret_out, mem_of(store)->secret, HASH_SECRET_SIZE);
}

static struct err mem_backup(struct store *store, const char *folder,
                             void (*progress)(void *context, uint64_t done, uint64_t total),
                             void *context)
{
    (void)store, (void)folder, (void)progress, (void)context;
    return ERR(ERR_STORE); /* there are no files to copy */
}

static void mem_close(struct store *store)
{
    struct store_mem *mem = mem_of(store);

    for (uint64_t i = 0; i < mem->batch_count; i++)
        memory_free(mem->batches[i].events);
    memory_free(mem->batches);
    for (size_t i = 0; i < mem->contacts.slot_count; i++) {
        struct mem_contact *kept = (struct mem_contact *)(uintptr_t)mem->contacts.slots[i].value;

        if (mem->contacts.slots[i].key != 0) {
            memory_free(kept->bytes);
            memory_free(kept);
        }
    }
    map_release(&mem->contacts);
    for (uint64_t i = 0; i < mem->answer_count; i++)
        forget_bytes(&mem->answers[i]);
    memory_free(mem->answers);
    shop_release(&mem->tables);
    pthread_mutex_destroy(&mem->lock);
    memory_free(mem);
}

static struct err mem_reader_open(struct store *store, struct store_reader **reader_out)
{
    *reader_out = memory_alloc_zeroed(1, sizeof **reader_out);
    (*reader_out)->store = store;
    return OK;
}

static void mem_reader_close(struct store_reader *reader)
{
    memory_free(reader);
}

/* Locks the store and returns it with its tables up to date. */
static struct store_mem *tables_lock(struct store_reader *reader)
{
    struct store_mem *mem = mem_of(reader->store);

    pthread_mutex_lock(&mem->lock);
    bring_tables_up_to_date(mem);
    return mem;
}

static struct err mem_read_order(struct store_reader *reader, uint64_t number, struct arena *arena,
                                 struct order **order_out)
{
    struct store_mem *mem = tables_lock(reader);
    const struct order *order = order_find(&mem->tables.orders, number);

    if (order != NULL)
        *order_out = order_copy(arena, order);
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

static bool email_matches(const struct store_mem *mem, const struct order *order, struct text email)
{
    uint64_t value = 0;

    if (email.length == 0)
        return true;
    if (order->contact == 0 || !map_find(&mem->contacts, order->contact, &value))
        return false;
    return text_equal(((const struct mem_contact *)(uintptr_t)value)->contact.email, email);
}

static bool query_matches(const struct store_mem *mem, const struct store_orders_query *query,
                          const struct order *order)
{
    return (query->before == 0 || order->number < query->before) &&
           (query->cart == 0 || order->cart == query->cart) &&
           (query->customer == 0 || order->customer == query->customer) &&
           (query->number == 0 || order->number == query->number) &&
           (query->state < 0 || order->state == query->state) &&
           order->created_ms >= query->from_ms &&
           (query->to_ms == 0 || order->created_ms < query->to_ms) &&
           email_matches(mem, order, query->email);
}

static struct err mem_read_orders(struct store_reader *reader,
                                  const struct store_orders_query *query, struct arena *arena,
                                  struct store_orders *orders_out)
{
    struct store_mem *mem = tables_lock(reader);
    const struct orders *orders = &mem->tables.orders;
    uint64_t next = query->chain != 0 ? query->chain : orders->last_number;

    orders_out->orders = arena_alloc_array(arena, query->limit, sizeof(struct order *));
    while (next != 0) {
        const struct order *order = order_find(orders, next);

        next = query->chain == 0 ? next - 1 : order == NULL ? 0 : order->previous;
        if (order == NULL || !query_matches(mem, query, order))
            continue;
        if (orders_out->count == query->limit) {
            orders_out->has_more = true;
            break;
        }
        orders_out->orders[orders_out->count++] = order_copy(arena, order);
    }
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

static struct err mem_read_order_by_key(struct store_reader *reader, uint64_t cart,
                                        const uint8_t key[16], struct arena *arena,
                                        struct order **order_out)
{
    struct store_mem *mem = tables_lock(reader);

    for (uint64_t number = mem->tables.orders.last_number; number != 0; number--) {
        const struct order *order = order_find(&mem->tables.orders, number);

        if (order != NULL && order->cart == cart && memcmp(order->key, key, 16) == 0) {
            *order_out = order_copy(arena, order);
            break;
        }
    }
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

static struct err mem_read_pending(struct store_reader *reader, uint64_t from,
                                   struct store_pending *pending_out)
{
    struct store_mem *mem = tables_lock(reader);
    uint64_t number = from;

    for (; number <= mem->tables.orders.last_number && pending_out->count < STORE_PAGE_MAX;
         number++) {
        const struct order *order = order_find(&mem->tables.orders, number);

        if (order->state == ORDER_PENDING)
            pending_out->orders[pending_out->count++] =
                (struct store_pending_order){number, order->created_ms};
    }
    pending_out->complete_to = number - 1;
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

static struct err mem_read_chain_contacts(struct store_reader *reader, uint64_t order_number,
                                          struct arena *arena, uint64_t **contacts_out,
                                          uint32_t *count_out)
{
    struct store_mem *mem = tables_lock(reader);
    struct buffer found;

    buffer_init(&found, 256);
    while (order_number != 0) {
        const struct order *order = order_find(&mem->tables.orders, order_number);

        if (order != NULL && order->contact != 0)
            buffer_append(&found, &order->contact, sizeof order->contact);
        order_number = order == NULL ? 0 : order->previous;
    }
    *count_out = (uint32_t)(found.length / sizeof(uint64_t));
    *contacts_out = arena_alloc_array(arena, *count_out + 1, sizeof(uint64_t));
    memcpy(*contacts_out, found.data, found.length);
    buffer_release(&found);
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

static struct err mem_read_stock_holders(struct store_reader *reader, uint32_t product,
                                         uint16_t location, struct arena *arena,
                                         uint64_t **orders_out, uint32_t *count_out)
{
    struct store_mem *mem = tables_lock(reader);

    *orders_out = arena_alloc_array(arena, STORE_HOLDERS_MAX, sizeof(uint64_t));
    for (uint64_t number = 1; number <= mem->tables.orders.last_number; number++) {
        const struct order *order = order_find(&mem->tables.orders, number);

        if (*count_out < STORE_HOLDERS_MAX && order != NULL &&
            order_held(order, product, location) > 0)
            (*orders_out)[(*count_out)++] = number;
    }
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

static bool has_pieces(const struct order *order, uint32_t product)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        if (order->lines[i].product == product && order->lines[i].quantity > 0)
            return true;
    }
    return false;
}

static void list_purchases(const struct store_mem *mem, uint64_t number, uint32_t product,
                           bool is_delivered, struct purchases *purchases)
{
    while (number != 0 && purchases->count < PURCHASES_MAX) {
        const struct order *order = order_find(&mem->tables.orders, number);

        if (order == NULL)
            return;
        if (has_pieces(order, product) && (order->state == ORDER_DELIVERED) == is_delivered)
            purchases->orders[purchases->count++] = (struct purchase){number, is_delivered};
        number = order->previous;
    }
}

static struct err mem_read_purchases(struct store_reader *reader, uint64_t order, uint32_t product,
                                     struct arena *arena, struct purchases *purchases_out)
{
    struct store_mem *mem = tables_lock(reader);

    purchases_out->orders = arena_alloc_array(arena, PURCHASES_MAX, sizeof *purchases_out->orders);
    list_purchases(mem, order, product, true, purchases_out);
    list_purchases(mem, order, product, false, purchases_out);
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

static struct text copy_text(struct arena *arena, struct text text)
{
    return text.data == NULL ? TEXT_NONE : arena_copy_text(arena, text);
}

static struct err mem_read_contact(struct store_reader *reader, uint64_t number,
                                   struct arena *arena, struct contact *contact_out,
                                   bool *found_out)
{
    struct store_mem *mem = mem_of(reader->store);
    uint64_t value = 0;

    pthread_mutex_lock(&mem->lock);
    *found_out = map_find(&mem->contacts, number, &value);
    if (*found_out) {
        *contact_out = ((const struct mem_contact *)(uintptr_t)value)->contact;
        for (uint32_t i = 0; i < CONTACT_TEXTS; i++) {
            struct text *text = contact_text(contact_out, i);

            *text = copy_text(arena, *text);
        }
        contact_out->email_tag = TEXT_NONE; /* nobody asks for it */
    }
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

static struct err mem_read_answer(struct store_reader *reader, uint64_t number, struct arena *arena,
                                  const struct answer **answer_out)
{
    struct store_mem *mem = mem_of(reader->store);

    pthread_mutex_lock(&mem->lock);
    for (uint64_t i = 0; i < mem->answer_count; i++) {
        if (mem->answers[i].number != number)
            continue;
        struct answer *copy = arena_alloc(arena, sizeof *copy);

        *copy = mem->answers[i];
        copy->bytes = copy_text(arena, copy->bytes);
        *answer_out = copy;
    }
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

static struct err mem_read_answers(struct store_reader *reader,
                                   bool (*each)(void *context, const struct answer *answer),
                                   void *context)
{
    struct store_mem *mem = mem_of(reader->store);
    bool goes_on = true;

    pthread_mutex_lock(&mem->lock);
    for (uint64_t i = 0; i < mem->answer_count && goes_on; i++) {
        struct answer answer = mem->answers[i];

        answer.bytes.data = NULL;
        if (answer.number != 0)
            goes_on = each(context, &answer);
    }
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

struct action_search {
    struct arena *arena;
    uint64_t before;
    struct store_actions *found; /* oldest first; the first of the array are overwritten */
    uint32_t limit;
};

/* Keeps the last `limit` that it is shown. */
static bool keep_action(void *context, const struct event *event)
{
    struct action_search *search = context;
    const struct event_operator_acted *acted = event_payload(event);
    struct store_actions *found = search->found;

    if (event->type != EVENT_OPERATOR_ACTED || event->number >= search->before)
        return true;
    if (found->count == search->limit) {
        found->has_more = true;
        memmove(found->items, found->items + 1, (search->limit - 1) * sizeof *found->items);
        found->count--;
    }
    found->items[found->count++] = (struct store_action){
        .event = event->number,
        .at_ms = event->time_ms,
        .first_event = acted->first_event,
        .subject = acted->subject,
        .by = {(enum operator_kind)acted->kind, acted->number},
        .subject_kind = (enum subject_kind)acted->subject_kind,
        .action = arena_copy_text(search->arena, event_acted_action(acted)),
    };
    return true;
}

static struct err mem_read_actions(struct store_reader *reader, uint64_t before, uint32_t limit,
                                   struct arena *arena, struct store_actions *actions_out)
{
    struct store_mem *mem = tables_lock(reader);
    struct action_search search = {arena, before == 0 ? UINT64_MAX : before, actions_out, limit};

    actions_out->items = arena_alloc_array(arena, limit, sizeof *actions_out->items);
    for (uint64_t i = 0; i < mem->batch_count; i++)
        (void)walk_batch(&mem->batches[i], 0, keep_action, &search);
    pthread_mutex_unlock(&mem->lock);
    for (uint32_t i = 0; i < actions_out->count / 2; i++) {
        struct store_action *newer = &actions_out->items[actions_out->count - 1 - i];
        struct store_action older = actions_out->items[i];

        actions_out->items[i] = *newer;
        *newer = older;
    }
    return OK;
}

static struct err mem_read_events(struct store_reader *reader, uint64_t after,
                                  bool (*each)(void *context, const struct event *event),
                                  void *context)
{
    struct store_mem *mem = mem_of(reader->store);
    bool goes_on = true;

    for (uint64_t i = 0; goes_on; i++) {
        pthread_mutex_lock(&mem->lock);
        bool is_end = i >= mem->batch_count;
        struct mem_batch batch = {0};

        if (!is_end)
            batch = mem->batches[i];

        pthread_mutex_unlock(&mem->lock);
        if (is_end)
            break;
        goes_on = walk_batch(&batch, after, each, context); /* a kept batch never changes */
    }
    return OK;
}

static const struct store_ops mem_ops = {
    .name = "mem",
    .load = mem_load,
    .record = mem_record,
    .folded_event = mem_folded_event,
    .fold_now = mem_fold_now,
    .stats = mem_stats,
    .secret = mem_secret,
    .backup = mem_backup,
    .close = mem_close,
    .reader_open = mem_reader_open,
    .reader_close = mem_reader_close,
    .read_order = mem_read_order,
    .read_orders = mem_read_orders,
    .read_order_by_key = mem_read_order_by_key,
    .read_pending = mem_read_pending,
    .read_chain_contacts = mem_read_chain_contacts,
    .read_stock_holders = mem_read_stock_holders,
    .read_purchases = mem_read_purchases,
    .read_contact = mem_read_contact,
    .read_actions = mem_read_actions,
    .read_answer = mem_read_answer,
    .read_answers = mem_read_answers,
    .read_events = mem_read_events,
};

struct store *store_mem_open(void)
{
    struct store_mem *mem = memory_alloc_zeroed(1, sizeof *mem);

    mem->store.ops = &mem_ops;
    pthread_mutex_init(&mem->lock, NULL);
    map_init(&mem->contacts, 64);
    shop_init(&mem->tables);
    random_secret(mem->secret, sizeof mem->secret);
    return &mem->store;
}
