/*
 * orders_correct.c - PATCH /v1/orders/{id}: another name, address or note, as long as nothing has
 * left. Its owner cannot move it to another country, since prices may depend on that: an operator
 * can.
 */
#include "api/input/fields.h"
#include "api/render/render.h"

#include <jansson.h>
#include <string.h>

struct correct_call {
    struct order_command command;
    struct render_contact contact; /* as it is */
    char country[4];               /* where it is to go */
};

static void show(struct call *call)
{
    const struct correct_call *state = call->state;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    call->shown_customer = state->command.copy->customer;
    render_order(call, &json, state->command.copy, state->command.pricing, &state->contact);
    call_reply(call, 200);
}

static struct err read_contact(struct call *call, struct store_reader *reader)
{
    struct correct_call *state = call->state;
    state->contact.is_shown = true;
    if (state->command.copy->contact == 0)
        return OK;
    return store_read_contact(reader, state->command.copy->contact, call->arena,
                              &state->contact.contact, &state->contact.is_known);
}

static void corrected(struct call *call)
{
    call_load(call, read_contact, show);
}

/* The address is JSON of our own making. */
static bool goes_to(struct text address, const char country[4])
{
    json_t *json = json_loadb(address.data, address.length, 0, NULL);
    const char *now = json_string_value(json_object_get(json, "country"));
    bool is_same = now != NULL && strcmp(now, country) == 0;
    json_decref(json);
    return is_same;
}

static void correct(struct call *call)
{
    struct correct_call *state = call->state;
    struct text before = state->contact.contact.shipping_address;
    bool is_moved =
        state->country[0] != '\0' && before.length > 0 && !goes_to(before, state->country);
    if (is_moved && !call->access.is_operator)
        call_refuse_edge(call, EDGE_COUNTRY_FIXED);
    else
        call_submit(call, &state->command.command, &command_order_correct, corrected);
}

static void viewed(struct call *call)
{
    call_load(call, read_contact, correct);
}

void orders_correct(struct call *call)
{
    struct correct_call *state = CALL_NEW(call, struct correct_call);
    struct contact *contact = &state->command.contact;
    struct json_in in;
    struct json_in_object body;
    char billing_country[4];
    bool has_body;
    call->state = state;
    if (!call_id(call, 0, ID_ORDER, ERR_ORDER_UNKNOWN, &state->command.order))
        return;
    if (!call->access.is_operator) {
        state->command.cart = call->access.cart;
        state->command.customer = call->access.customer;
    }
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    fields_contact(&body, "contact", contact);
    fields_address(call, &body, "shipping_address", &contact->shipping_address, state->country);
    fields_address(call, &body, "billing_address", &contact->billing_address, billing_country);
    json_in_any_object(&body, "metadata", CONTACT_METADATA_MAX, &contact->metadata);
    json_in_end(&body);
    json_in_close(&in);
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, &command_order_view, viewed);
}
