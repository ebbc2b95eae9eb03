/*
 * orders_list.c - GET /v1/orders, newest first.
 *
 *   a cart's or a customer's history   the executor gives what is in memory, a loader the rest of
 * it an operator's filters              a loader asks the tables, once everything durable is folded
 */
#include "api/input/fields.h"
#include "api/render/render.h"
#include "base/hash.h"

#include <string.h>

struct orders_call {
    struct orders_command command;   /* a history */
    struct orders_command refresh;   /* what the tables gave of it, brought up to date */
    struct store_orders_query query; /* what the tables are asked */
    struct store_orders found;
    uint64_t list; /* of the cursor */
    uint32_t limit;
};

static void reply_page(struct call *call, struct order **orders, uint32_t count)
{
    const struct orders_call *state = call->state;
    uint32_t shown = count < state->limit ? count : state->limit;
    struct json_out json;
    render_list_begin(call, &json);
    for (uint32_t i = 0; i < shown; i++)
        render_order(call, &json, orders[i], NULL, NULL);
    struct cursor next = {.list = state->list};
    if (shown > 0)
        next.number = orders[shown - 1]->number;
    render_list_end(call, &json, count > shown ? &next : NULL);
}

/* What the tables gave goes behind what memory gave. */
static void reply_history(struct call *call)
{
    const struct orders_call *state = call->state;
    uint32_t from_memory = state->command.order_count;
    uint32_t count = from_memory + state->found.count;
    struct order **orders = arena_alloc_array(call->arena, count + 1u, sizeof(struct order *));
    if (from_memory > 0)
        memcpy(orders, state->command.orders, from_memory * sizeof(struct order *));
    if (state->found.count > 0)
        memcpy(orders + from_memory, state->found.orders,
               state->found.count * sizeof(struct order *));
    reply_page(call, orders, count);
}

/* An order behind one that sleeps may be in memory again, and newer there. */
static void refresh_rest(struct call *call)
{
    struct orders_call *state = call->state;
    state->refresh.orders = state->found.orders;
    state->refresh.order_count = state->found.count;
    call_submit(call, &state->refresh.command, &command_orders_refresh, reply_history);
}

static struct err read_rest(struct call *call, struct store_reader *reader)
{
    struct orders_call *state = call->state;
    return store_read_orders(reader, &state->query, call->arena, &state->found);
}

/* One more than the page is read everywhere: it says whether there is a next page. */
static void read_memory(struct call *call)
{
    struct orders_call *state = call->state;
    const struct orders_command *command = &state->command;
    uint32_t wanted = state->limit + 1;
    uint32_t count = command->order_count;
    bool is_over = command->customer != 0 && command->chain_next == 0;
    if (count >= wanted || is_over) {
        reply_page(call, command->orders, count);
        return;
    }
    state->query = (struct store_orders_query){
        .before = count > 0 ? command->orders[count - 1]->number : command->before,
        .state = -1,
        .limit = wanted - count,
    };
    if (command->customer != 0)
        state->query.chain = command->chain_next;
    else
        state->query.cart = command->cart;
    call_load(call, read_rest, refresh_rest);
}

static void list_history(struct call *call, uint64_t cart, uint32_t customer, uint64_t before)
{
    struct orders_call *state = call->state;
    state->command.cart = cart;
    state->command.customer = customer;
    state->command.before = before;
    state->command.limit = state->limit + 1;
    call_submit(call, &state->command.command, &command_orders_view, read_memory);
}

static struct err read_filtered(struct call *call, struct store_reader *reader)
{
    struct orders_call *state = call->state;
    TRY(store_fold_now(call->store));
    return store_read_orders(reader, &state->query, call->arena, &state->found);
}

static void reply_filtered(struct call *call)
{
    const struct orders_call *state = call->state;
    reply_page(call, state->found.orders, state->found.count);
}

static void read_status(struct query_in *in, struct store_orders_query *query)
{
    struct text status;
    query->state = -1;
    if (!query_in_text(in, "status", 20, &status))
        return;
    for (uint32_t i = 0; i < ORDER_STATE_COUNT; i++) {
        if (text_equal(text_of(order_state_name((enum order_state)i)), status))
            query->state = (int)i;
    }
    if (query->state < 0)
        query_in_fault(in, "status", "invalid_value",
                       "pending, confirmed, shipped, delivered or cancelled");
}

/* True when there is a filter that only the tables can answer. */
static bool read_filters(struct call *call, struct query_in *in, struct store_orders_query *query)
{
    struct text id;
    uint64_t number = 0;
    if (query_in_text(in, "customer_id", 100, &id) &&
        call_read_id(call, ID_CUSTOMER, id, TEXT("customer_id"), &number))
        query->customer = (uint32_t)number;
    if (query_in_u64(in, "number", ORDER_NUMBER_FIRST + 1, UINT64_C(1) << 50, &number))
        query->number = number - ORDER_NUMBER_FIRST;
    read_status(in, query);
    query_in_text(in, "email", CONTACT_EMAIL_MAX, &query->email);
    query_in_time(in, "from", &query->from_ms);
    query_in_time(in, "to", &query->to_ms);
    return query->number != 0 || query->state >= 0 || query->email.length > 0 ||
           query->from_ms != 0 || query->to_ms != 0;
}

/* No cart has this bit in its number. */
#define CUSTOMERS_LIST (UINT64_C(1) << 63)

/* A cursor goes with its filters and with whose list it is. */
static uint64_t hash_filters(const struct query_in *in, uint64_t owner)
{
    uint64_t hash = hash_u64(owner + 2);
    for (uint32_t i = 0; i < in->count; i++) {
        const struct query_in_parameter *parameter = &in->parameters[i];
        if (text_equal(parameter->name, TEXT("cursor")) ||
            text_equal(parameter->name, TEXT("limit")))
            continue;
        hash += hash_u64(hash_bytes(parameter->name.data, parameter->name.length) * 31 +
                         hash_bytes(parameter->value.data, parameter->value.length));
    }
    return hash;
}

void orders_list(struct call *call)
{
    struct orders_call *state = CALL_NEW(call, struct orders_call);
    call->state = state;
    uint32_t customer = call->access.is_operator ? 0 : call->access.customer;
    uint64_t cart = call->access.is_operator || customer != 0 ? 0 : call->access.cart;
    struct query_in in;
    call_query(call, &in);
    bool needs_tables = cart == 0 && customer == 0 && read_filters(call, &in, &state->query);
    state->limit = call_limit(&in);
    state->list = hash_filters(&in, customer != 0 ? CUSTOMERS_LIST | customer : cart);
    struct cursor cursor = {.list = state->list};
    bool has_cursor;
    if (!call_cursor(call, &in, &cursor, &has_cursor))
        return;
    uint64_t before = has_cursor ? cursor.number : 0;
    query_in_end(&in);
    if (call_has_errors(call))
        return;
    if (customer != 0)
        state->query.customer = customer;
    if (cart != 0 || (state->query.customer != 0 && !needs_tables)) {
        list_history(call, cart, state->query.customer, before);
        return;
    }
    state->query.before = before;
    state->query.limit = state->limit + 1;
    call_load(call, read_filtered, reply_filtered);
}
