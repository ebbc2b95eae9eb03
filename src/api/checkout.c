/*
 * checkout.c - POST /v1/carts/{id}/checkout: a cart becomes an order, once per idempotency key.
 *
 * The answer is rendered from the order as it was placed, for the first request and for every
 * repetition alike, so that all of them are the same bytes.
 */
#include "api/input/fields.h"
#include "api/render/render.h"
#include "api/shortages.h"

#include <string.h>

/* The key belongs to its cart: the same text on another cart is another key. */
static void hash_key(const struct call *call, struct text key, struct checkout_command *command)
{
    char bytes[3 + sizeof(command->cart) + IDEMPOTENCY_KEY_MAX] = {'k', 'e', 'y'};
    memcpy(bytes + 3, &command->cart, sizeof(command->cart));
    memcpy(bytes + 3 + sizeof(command->cart), key.data, key.length);
    uint8_t tag[HASH_TAG_SIZE];
    hash_keyed(call->secret, bytes, 3 + sizeof(command->cart) + key.length, tag);
    memcpy(command->key, tag, sizeof(command->key));
}

static void read_body(struct call *call, struct json_in_object *body,
                      struct checkout_command *command)
{
    char billing_country[4];
    fields_contact(body, "contact", &command->contact);
    fields_address(call, body, "shipping_address", &command->contact.shipping_address,
                   command->country);
    fields_address(call, body, "billing_address", &command->contact.billing_address,
                   billing_country);
    json_in_any_object(body, "metadata", CONTACT_METADATA_MAX, &command->contact.metadata);
    command->expected_total_minor = -1;
    fields_money(body, "expected_total", IN_OPTIONAL, MONEY_TOTAL_MAX,
                 &command->expected_total_minor, &command->expected_currency);
    json_in_end(body);
}

static void placed(struct call *call)
{
    const struct checkout_command *command = (const struct checkout_command *)call->command;
    ensure(command->order != NULL);
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    render_order(call, &json, command->order, command->pricing, NULL);
    call_reply(call, 201);
}

static void refused(struct call *call, struct err err)
{
    const struct checkout_command *command = (const struct checkout_command *)call->command;
    if (err.code == ERR_OUT_OF_STOCK)
        shortages_refuse(call, "lines", command->shortages, command->shortage_count);
    else
        call_refuse(call, err);
}

void carts_checkout(struct call *call)
{
    struct checkout_command *command = CALL_NEW(call, struct checkout_command);
    if (!public_id_read(call->secret, ID_CART, call->parameters[0], &command->cart) ||
        !access_opens_cart(&call->access, command->cart)) {
        call_refuse_edge(call, EDGE_CART_UNKNOWN);
        return;
    }
    command->asker = access_asker(&call->access, command->cart);
    struct text key;
    if (!idempotency_key(call, &key))
        return;
    if (key.data == NULL) {
        call_refuse_edge(call, EDGE_IDEMPOTENCY_KEY_REQUIRED);
        return;
    }
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    read_body(call, &body, command);
    json_in_close(&in);
    etag_guard(call, ETAG_KEYED, &command->guard);
    if (call_has_errors(call))
        return;
    hash_key(call, key, command);
    command->body_hash = idempotency_body_hash(call);
    call->refused = refused;
    call_submit(call, &command->command, &command_checkout, placed);
}
