/*
 * command_cart_expire.c - the end of a cart that nobody touches: first whoever it belongs to is
 * warned, then its lines go, and after as long a time again whom to write to is forgotten. Nothing
 * was reserved, so nothing returns.
 */
#include "shop/command/commands.h"
#include "shop/command/customer_change.h"

/* The warning comes a fixed time before the end, also when it comes late. */
static void warn(struct decision *decision, const struct cart *cart)
{
    const struct timeouts *timeouts = &decision->shop->timeouts;
    uint64_t end_ms = cart->touched_ms + timeouts->cart_ms;
    uint64_t earliest_ms = decision_time(decision) + timeouts->cart_warning_ms;
    struct event_cart_expiring *expiring =
        decision_append(decision, EVENT_CART_EXPIRING, sizeof(*expiring));
    expiring->cart = cart->number;
    expiring->contact = cart->contact;
    expiring->customer = cart->customer;
    expiring->line_count = cart->line_count;
    expiring->expires_ms = end_ms > earliest_ms ? end_ms : earliest_ms;
}

static void expire(struct decision *decision, const struct cart *cart)
{
    struct event_cart_expired *expired =
        decision_append(decision, EVENT_CART_EXPIRED, sizeof(*expired));
    expired->cart = cart->number;
    expired->contact = cart->contact;
    expired->customer = cart->customer;
    expired->line_count = cart->line_count;
}

static void forget_contact(struct decision *decision, const struct cart *cart)
{
    struct event_cart_changed *changed =
        decision_append(decision, EVENT_CART_CHANGED, sizeof(*changed));
    changed->cart = cart->number;
    changed->customer = cart->customer;
    customer_change_erase_contacts(decision, cart->customer, &cart->contact, 1);
}

static struct err cart_expire_decide(struct decision *decision, struct command *base)
{
    struct timeout_command *command = (struct timeout_command *)base;
    const struct timeouts *timeouts = &decision->shop->timeouts;
    const struct cart *cart = cart_find(&decision->shop->carts, command->number);
    uint64_t now_ms = decision_time(decision);
    if (cart == NULL || now_ms < cart_due_ms(cart, timeouts) ||
        now_ms > command->asked_ms + TIMEOUTS_GAP_MS)
        return ERR(ERR_NOT_DUE);
    if (cart->line_count == 0)
        forget_contact(decision, cart);
    else if (cart->expires_ms == 0 && timeouts->cart_warning_ms > 0)
        warn(decision, cart);
    else
        expire(decision, cart);
    return OK;
}

const struct command_ops command_cart_expire = {
    .name = "cart_expire",
    .priority = COMMAND_BULK,
    .decide = cart_expire_decide,
};
