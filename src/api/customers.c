/*
 * customers.c - /v1/customers, for operators, and /v1/customers/me, for whoever has a token. Who a
 * customer is lies in one contact row, which a loader reads and an erasure removes; the rest is in
 * memory.
 */
#include "api/customer_call.h"
#include "api/input/fields.h"
#include "api/render/render.h"

static void reply_customer(struct call *call, int status)
{
    const struct customer_call *state = call->state;
    struct json_out json;
    call->shown_customer = state->command.number;
    etag_version(call, ETAG_KEYED, customer_version(&state->customer));
    json_out_init(&json, &call->request->reply);
    render_customer(call, &json, state->command.number, &state->customer, &state->contact);
    call_reply(call, status);
}

static void created(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->command.customer;
    state->contact = state->command.contact;
    reply_customer(call, 201);
}

void customers_create(struct call *call)
{
    struct customer_call *state = CALL_NEW(call, struct customer_call);
    struct customer_command *command = &state->command;
    call->state = state;
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    fields_customer(call, &body, &command->contact);
    fields_tier(call->options->tiers, &body, command);
    json_in_end(&body);
    json_in_close(&in);
    if (command->contact.email.length == 0 && command->contact.phone.length == 0)
        field_errors_add(&call->errors, TEXT("email"), "missing", "an e-mail address or a phone");
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_customer_create, created);
}

static void show(struct call *call)
{
    reply_customer(call, 200);
}

/* The contact as it is after the command. */
static void read_contact(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->command.customer;
    call_load(call, customer_call_read, show);
}

static struct customer_call *customer_of(struct call *call)
{
    uint64_t number;
    if (!call_id(call, 0, ID_CUSTOMER, ERR_CUSTOMER_UNKNOWN, &number))
        return NULL;
    struct customer_call *state = CALL_NEW(call, struct customer_call);
    state->command.number = (uint32_t)number;
    call->state = state;
    return state;
}

static struct customer_call *sender(struct call *call)
{
    struct customer_call *state = CALL_NEW(call, struct customer_call);
    ensure(call->access.customer != 0);
    state->command.number = call->access.customer;
    call->state = state;
    return state;
}

static void view(struct call *call, struct customer_call *state)
{
    if (state != NULL)
        call_submit(call, &state->command.command, &command_customer_view, read_contact);
}

void customers_get(struct call *call)
{
    view(call, customer_of(call));
}

void customers_get_me(struct call *call)
{
    view(call, sender(call));
}

static void update(struct call *call, struct customer_call *state, bool is_operator)
{
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (state == NULL || !call_body(call, false, &in, &body, &has_body))
        return;
    struct customer_command *command = &state->command;
    command->has_contact = fields_customer(call, &body, &command->contact);
    if (is_operator)
        fields_tier(call->options->tiers, &body, command);
    else if (command->contact.email.data != NULL && command->contact.email.length == 0)
        json_in_fault(&body, "email", "missing", "an account needs one");
    json_in_end(&body);
    json_in_close(&in);
    etag_guard(call, ETAG_KEYED, &state->command.guard);
    call->shown_customer = command->number;
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_customer_update, read_contact);
}

void customers_update(struct call *call)
{
    update(call, customer_of(call), true);
}

void customers_update_me(struct call *call)
{
    update(call, sender(call), false);
}

static enum role read_role(struct json_in_object *body)
{
    struct text name;
    if (!json_in_text(body, "role", IN_REQUIRED, 20, &name))
        return ROLE_CUSTOMER;
    for (uint32_t role = 0; role < ROLE_COUNT; role++) {
        if (text_equal(text_of(role_name((enum role)role)), name))
            return (enum role)role;
    }
    json_in_fault(body, "role", "invalid_value", "customer, staff or admin");
    return ROLE_CUSTOMER;
}

void customers_set_role(struct call *call)
{
    struct customer_call *state = customer_of(call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (state == NULL || !call_body(call, false, &in, &body, &has_body))
        return;
    state->command.role = read_role(&body);
    json_in_end(&body);
    json_in_close(&in);
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, &command_customer_role, read_contact);
}

static void erased(struct call *call)
{
    call_reply(call, 204);
}

static void erase(struct call *call, struct customer_call *state)
{
    if (state == NULL)
        return;
    etag_guard(call, ETAG_KEYED, &state->command.guard);
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, &command_customer_erase, erased);
}

void customers_erase(struct call *call)
{
    erase(call, customer_of(call));
}

void customers_erase_me(struct call *call)
{
    erase(call, sender(call));
}
