/*
 * customers_export.c - GET /v1/customers/me/export: everything that is kept of a customer, for the
 * customer to take along: the account, its orders with whom and where they went, and its reviews,
 * newest first. A page has some of both; the cursor says how far each has come.
 */
#include "api/customer_call.h"
#include "api/render/render.h"
#include "base/hash.h"

struct export_call {
    struct customer_call customer; /* first: it is call->state for what customers share */
    uint64_t before;
    uint32_t limit;
    struct store_orders orders;
    struct render_contact *contacts; /* of orders[i] */
    struct reviews_command reviews;
    struct contact *words; /* of reviews[i]; number 0 = none */
};

/* No order and no review has a lower number. */
enum { LIST_OF_EXPORT = 0x6578706f, BEFORE_ALL = 1 };

static uint64_t list_of(const struct call *call)
{
    return hash_u64((uint64_t)LIST_OF_EXPORT << 32 | call->access.customer);
}

static void show_reviews(const struct call *call, struct json_out *json)
{
    const struct export_call *state = call->state;
    json_out_key(json, "reviews");
    json_out_array_begin(json);
    for (uint32_t i = 0; i < state->reviews.review_count; i++) {
        const struct review_entry *entry = &state->reviews.reviews[i];
        render_review(call, json, entry->number, &entry->review,
                      state->words[i].number == 0 ? NULL : &state->words[i]);
    }
    json_out_array_end(json);
}

static void show(struct call *call)
{
    struct export_call *state = call->state;
    const struct store_orders *orders = &state->orders;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "customer");
    render_customer(call, &json, call->access.customer, &state->customer.customer,
                    &state->customer.contact);
    json_out_key(&json, "orders");
    json_out_array_begin(&json);
    for (uint32_t i = 0; i < orders->count; i++)
        render_order(call, &json, orders->orders[i], NULL, &state->contacts[i]);
    json_out_array_end(&json);
    show_reviews(call, &json);
    const struct reviews_command *reviews = &state->reviews;
    struct cursor next = {.list = list_of(call), .key = BEFORE_ALL, .number = BEFORE_ALL};
    if (orders->has_more)
        next.number = orders->orders[orders->count - 1]->number;
    if (reviews->has_more)
        next.key = reviews->reviews[reviews->review_count - 1].number;
    render_next_cursor(call, &json, orders->has_more || reviews->has_more ? &next : NULL);
    json_out_object_end(&json);
    call_reply(call, 200);
}

static struct err read_words(struct call *call, struct store_reader *reader)
{
    struct export_call *state = call->state;
    state->words = arena_alloc_array(call->arena, state->limit, sizeof(struct contact));
    for (uint32_t i = 0; i < state->reviews.review_count; i++) {
        uint64_t number = state->reviews.reviews[i].review.contact;
        bool is_found = false;
        if (number != 0)
            TRY(store_read_contact(reader, number, call->arena, &state->words[i], &is_found));
        if (!is_found)
            state->words[i] = (struct contact){.number = 0};
    }
    return OK;
}

/* The tables have every order once they are folded. */
static struct err read_orders(struct call *call, struct store_reader *reader)
{
    struct export_call *state = call->state;
    const struct store_orders_query query = {
        .chain = state->customer.customer.last_order,
        .before = state->before,
        .state = -1,
        .limit = state->limit,
    };
    TRY(customer_call_read(call, reader));
    TRY(read_words(call, reader));
    state->contacts = arena_alloc_array(call->arena, state->limit, sizeof(struct render_contact));
    if (query.chain == 0 || query.before == BEFORE_ALL)
        return OK;
    TRY(store_fold_now(call->store));
    TRY(store_read_orders(reader, &query, call->arena, &state->orders));
    for (uint32_t i = 0; i < state->orders.count; i++) {
        struct render_contact *contact = &state->contacts[i];
        contact->is_shown = true;
        uint64_t number = state->orders.orders[i]->contact;
        if (number != 0)
            TRY(store_read_contact(reader, number, call->arena, &contact->contact,
                                   &contact->is_known));
    }
    return OK;
}

static void reviews_viewed(struct call *call)
{
    call_load(call, read_orders, show);
}

static void viewed(struct call *call)
{
    struct export_call *state = call->state;
    state->customer.customer = state->customer.command.customer;
    state->reviews.customer = call->access.customer;
    state->reviews.limit = state->limit;
    call_submit(call, &state->reviews.command, &command_reviews_view, reviews_viewed);
}

void customers_export_me(struct call *call)
{
    struct export_call *state = CALL_NEW(call, struct export_call);
    struct query_in in;
    struct cursor cursor = {.list = list_of(call)};
    bool has_cursor;
    call->state = state;
    call_query(call, &in);
    state->limit = call_limit(&in);
    if (!call_cursor(call, &in, &cursor, &has_cursor))
        return;
    query_in_end(&in);
    if (call_has_errors(call))
        return;
    state->before = has_cursor ? cursor.number : 0;
    state->reviews.before = has_cursor ? (uint32_t)cursor.key : 0;
    state->customer.command.number = call->access.customer;
    call_submit(call, &state->customer.command.command, &command_customer_view, viewed);
}
