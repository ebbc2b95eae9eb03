/* apply_account.c - results of events about accounts: passwords, roles, tokens. */
#include "shop/apply.h"

#include <string.h>

/* For changing. */
static struct customer *customer_get(struct shop *shop, uint32_t number)
{
    const struct customer *customer = customer_find(&shop->customers, number);
    ensure(customer != NULL);
    ensure(!customer->is_erased);
    return &shop->customers.rows[number];
}

void apply_account_put(struct shop *shop, const struct event *event)
{
    const struct event_account_put *put = event_payload(event);
    struct customer *customer = customer_get(shop, put->customer);
    ensure(put->role < ROLE_COUNT);
    ensure(customer->contact != 0 || put->sets_password == 0);
    customer->role = put->role;
    if (put->sets_password == 0)
        return;
    customer->password_event = event->number;
    customer->reset_event = 0; /* used, or not needed any more */
    customer->reset_until_ms = 0;
}

void apply_reset_asked(struct shop *shop, const struct event *event)
{
    const struct event_reset_asked *asked = event_payload(event);
    struct customer *customer = customer_get(shop, asked->customer);
    ensure(asked->contact == customer->contact);
    ensure(asked->expires_ms > event->time_ms);
    customer->reset_event = event->number;
    customer->reset_until_ms = asked->expires_ms;
}

void apply_token_changed(struct shop *shop, const struct event *event)
{
    const struct event_token_changed *changed = event_payload(event);
    struct customer *customer = customer_get(shop, changed->customer);
    if (changed->is_ended != 0) {
        token_remove(&shop->tokens, &customer->token, changed->digest);
        return;
    }
    struct token token = {
        .created_ms = event->time_ms,
        .expires_ms = changed->expires_ms,
        .customer = changed->customer,
    };
    ensure(customer->password_event != 0);
    ensure(changed->expires_ms > event->time_ms);
    memcpy(token.digest, changed->digest, sizeof(token.digest));
    token_add(&shop->tokens, &customer->token, &token);
}

void apply_api_key_put(struct shop *shop, const struct event *event)
{
    const struct event_api_key_put *put = event_payload(event);
    const struct api_key *before = api_key_find(&shop->api_keys, put->number);
    struct text name = event_api_key_name(put);
    struct api_key key = {
        .created_ms = before == NULL ? event->time_ms : before->created_ms,
        .expires_ms = put->expires_ms,
        .scopes = put->scopes,
        .is_revoked = put->is_revoked != 0,
    };
    ensure(name.length <= API_KEY_NAME_MAX);
    memcpy(key.digest, put->digest, sizeof(key.digest));
    memcpy(key.name, name.data, name.length);
    ensure(before == NULL || (!before->is_revoked && key.is_revoked));
    ensure(before != NULL || !key.is_revoked);
    ensure(before == NULL || memcmp(before->digest, key.digest, sizeof(key.digest)) == 0);
    api_key_put(&shop->api_keys, put->number, &key);
}

/* It is told, and changes nothing. */
void apply_operator_acted(struct shop *shop, const struct event *event)
{
    const struct event_operator_acted *acted = event_payload(event);
    ensure(acted->first_event < event->number);
    ensure(acted->kind != OPERATOR_SERVICE || api_key_find(&shop->api_keys, acted->number) != NULL);
    ensure(acted->kind != OPERATOR_STAFF || customer_find(&shop->customers, acted->number) != NULL);
}
