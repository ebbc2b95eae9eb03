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
    if (put->sets_password != 0)
        customer->password_event = event->number;
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
