/* mem_read.c - the reads of the store in memory: copies, made under its lock. */
#include "store/mem/mem_tables.h"

#include <string.h>

/* Locks the store and returns it with its tables up to date. */
static struct store_mem *tables_lock(struct store_reader *reader)
{
    struct store_mem *mem = mem_of(reader->store);

    pthread_mutex_lock(&mem->lock);
    mem_bring_up_to_date(mem);
    return mem;
}

struct err mem_read_order(struct store_reader *reader, uint64_t number, struct arena *arena,
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

struct err mem_read_orders(struct store_reader *reader, const struct store_orders_query *query,
                           struct arena *arena, struct store_orders *orders_out)
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

struct err mem_read_order_by_key(struct store_reader *reader, uint64_t cart, const uint8_t key[16],
                                 struct arena *arena, struct order **order_out)
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

struct err mem_read_pending(struct store_reader *reader, uint64_t from,
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

struct err mem_read_chain_contacts(struct store_reader *reader, uint64_t order_number,
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

struct err mem_read_stock_holders(struct store_reader *reader, uint32_t product, uint16_t location,
                                  struct arena *arena, uint64_t **orders_out, uint32_t *count_out)
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

struct err mem_read_purchases(struct store_reader *reader, uint64_t order, uint32_t product,
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

struct err mem_read_contact(struct store_reader *reader, uint64_t number, struct arena *arena,
                            struct contact *contact_out, bool *found_out)
{
    struct store_mem *mem = mem_of(reader->store);
    uint64_t value = 0;

    pthread_mutex_lock(&mem->lock);
    *found_out = map_find(&mem->contacts, number, &value);
    if (*found_out) {
        *contact_out = ((const struct mem_contact *)(uintptr_t)value)->contact;
        for (uint32_t i = 0; i < CONTACT_TEXTS; i++) {
            struct text *text = mem_contact_text(contact_out, i);

            *text = copy_text(arena, *text);
        }
        contact_out->email_tag = TEXT_NONE; /* nobody asks for it */
    }
    pthread_mutex_unlock(&mem->lock);
    return OK;
}

struct err mem_read_answer(struct store_reader *reader, uint64_t number, struct arena *arena,
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

struct err mem_read_answers(struct store_reader *reader,
                            bool (*each)(void *context, const struct answer *answer), void *context)
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

struct err mem_read_actions(struct store_reader *reader, uint64_t before, uint32_t limit,
                            struct arena *arena, struct store_actions *actions_out)
{
    struct store_mem *mem = tables_lock(reader);
    struct action_search search = {arena, before == 0 ? UINT64_MAX : before, actions_out, limit};

    actions_out->items = arena_alloc_array(arena, limit, sizeof *actions_out->items);
    for (uint64_t i = 0; i < mem->batch_count; i++)
        (void)mem_walk_batch(&mem->batches[i], 0, keep_action, &search);
    pthread_mutex_unlock(&mem->lock);
    for (uint32_t i = 0; i < actions_out->count / 2; i++) {
        struct store_action *newer = &actions_out->items[actions_out->count - 1 - i];
        struct store_action older = actions_out->items[i];

        actions_out->items[i] = *newer;
        *newer = older;
    }
    return OK;
}

struct err mem_read_events(struct store_reader *reader, uint64_t after,
                           bool (*each)(void *context, const struct event *event), void *context)
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
        goes_on = mem_walk_batch(&batch, after, each, context); /* a kept batch never changes */
    }
    return OK;
}
