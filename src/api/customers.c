/*
 * customers.c - /v1/customers, for operators. Who a customer is lies in one contact row, which a
 * loader reads and an erasure removes; the rest is in memory.
 */
#include "api/input/fields.h"
#include "api/render/render.h"

struct customer_state {
    struct customer_command command;
    struct customer customer; /* as it stands */
    struct contact contact;
    struct contact change; /* update: what the body gives */
    bool has_name;
    bool has_email;
    bool has_phone;
};

static void reply_customer(struct call *call, int status)
{
    const struct customer_state *state = call->state;
    struct json_out json;
    etag_version(call, ETAG_KEYED, customer_version(&state->customer));
    json_out_init(&json, &call->request->reply);
    render_customer(call, &json, state->command.number, &state->customer, &state->contact);
    call_reply(call, status);
}

static void read_fields(struct json_in_object *body, struct customer_state *state)
{
    fields_contact_texts(body, &state->change);
    state->has_name = state->change.name.data != NULL;
    state->has_email = state->change.email.data != NULL;
    state->has_phone = state->change.phone.data != NULL;
    state->command.has_member =
        json_in_bool(body, "member", IN_OPTIONAL, &state->command.is_member);
    json_in_end(body);
}

static void created(struct call *call)
{
    struct customer_state *state = call->state;
    state->customer = state->command.customer;
    state->contact = state->change;
    reply_customer(call, 201);
}

void customers_create(struct call *call)
{
    struct customer_state *state = CALL_NEW(call, struct customer_state);
    call->state = state;
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    read_fields(&body, state);
    json_in_close(&in);
    if (state->change.email.length == 0 && state->change.phone.length == 0)
        field_errors_add(&call->errors, TEXT("email"), "missing", "an e-mail address or a phone");
    state->command.contact = state->change;
    state->command.has_contact = true;
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, &command_customer_create, created);
}

static struct err read_contact(struct call *call, struct store_reader *reader)
{
    struct customer_state *state = call->state;
    bool is_found = false;
    if (state->customer.contact == 0)
        return OK;
    TRY(store_read_contact(reader, state->customer.contact, call->arena, &state->contact,
                           &is_found));
    if (!is_found)
        state->contact = (struct contact){.number = 0};
    return OK;
}

static void show(struct call *call)
{
    reply_customer(call, 200);
}

static void viewed(struct call *call)
{
    struct customer_state *state = call->state;
    state->customer = state->command.customer;
    call_load(call, read_contact, show);
}

static struct customer_state *customer_of(struct call *call)
{
    uint64_t number;
    if (!call_id(call, 0, ID_CUSTOMER, ERR_CUSTOMER_UNKNOWN, &number))
        return NULL;
    struct customer_state *state = CALL_NEW(call, struct customer_state);
    state->command.number = (uint32_t)number;
    call->state = state;
    return state;
}

void customers_get(struct call *call)
{
    struct customer_state *state = customer_of(call);
    if (state != NULL)
        call_submit(call, &state->command.command, &command_customer_view, viewed);
}

static void updated(struct call *call)
{
    struct customer_state *state = call->state;
    state->customer = state->command.customer;
    reply_customer(call, 200);
}

/* A new contact row replaces the old one whole, so what the body leaves out is taken over from it.
 */
static void merge(struct call *call)
{
    struct customer_state *state = call->state;
    if (state->has_name)
        state->contact.name = state->change.name;
    if (state->has_email)
        state->contact.email = state->change.email;
    if (state->has_phone)
        state->contact.phone = state->change.phone;
    state->command.has_contact = state->has_name || state->has_email || state->has_phone;
    state->command.contact = state->contact;
    call_submit(call, &state->command.command, &command_customer_update, updated);
}

static void viewed_before_update(struct call *call)
{
    struct customer_state *state = call->state;
    state->customer = state->command.customer;
    call_load(call, read_contact, merge);
}

void customers_update(struct call *call)
{
    struct customer_state *state = customer_of(call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (state == NULL || !call_body(call, false, &in, &body, &has_body))
        return;
    read_fields(&body, state);
    json_in_close(&in);
    etag_guard(call, ETAG_KEYED, &state->command.guard);
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, &command_customer_view, viewed_before_update);
}

static void erased(struct call *call)
{
    call_reply(call, 204);
}

void customers_erase(struct call *call)
{
    struct customer_state *state = customer_of(call);
    if (state == NULL)
        return;
    etag_guard(call, ETAG_KEYED, &state->command.guard);
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, &command_customer_erase, erased);
}
