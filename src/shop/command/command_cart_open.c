/*
 * command_cart_open.c - gives a cart an owner, or somebody to warn before it expires. Without
 * either nothing happens: an empty cart is not stored.
 */
#include "shop/command/cart_change.h"
#include "shop/command/customer_change.h"

static void append_changed(struct decision *decision, const struct cart *cart)
{
    struct event_cart_changed *changed =
        decision_append(decision, EVENT_CART_CHANGED, sizeof(*changed));
    changed->cart = cart->number;
    changed->contact = cart->contact;
    changed->customer = cart->customer;
}

static struct err cart_open_decide(struct decision *decision, struct command *base)
{
    struct cart_command *command = (struct cart_command *)base;
    const struct shop *shop = decision->shop;
    const struct cart *before = cart_find(&shop->carts, command->cart);
    struct cart after = {.number = command->cart};
    ensure(command->cart != 0);
    if (before != NULL)
        after = *before;
    if (command->customer != 0) {
        const struct customer *customer = customer_find(&shop->customers, command->customer);
        if (customer == NULL || customer->is_erased)
            return ERR(ERR_CUSTOMER_UNKNOWN);
        TRY(cart_change_check_owner(before, command->customer));
        after.customer = command->customer;
    }
    TRY(quote_make(shop, &after, command->country, decision_time(decision), base->arena,
                   &command->quote));

    struct contact contact = command->contact;
    contact.customer = after.customer;
    uint64_t contact_before = after.contact;
    uint64_t contact_added = decision_add_contact(decision, &contact);
    if (contact_added != 0)
        after.contact = contact_added;
    if (contact_added == 0 && after.customer == (before == NULL ? 0 : before->customer))
        return OK;
    append_changed(decision, &after);
    /* A contact that another replaces has no reader left: its row goes. */
    if (contact_added != 0 && contact_before != 0)
        customer_change_erase_contacts(decision, after.customer, &contact_before, 1);
    command->quote->touched_ms = decision_time(decision);
    if (after.line_count > 0)
        command->quote->expires_ms = command->quote->touched_ms + shop->timeouts.cart_ms;
    return OK;
}

const struct command_ops command_cart_open = {
    .name = "cart_open",
    .priority = COMMAND_CARTS,
    .decide = cart_open_decide,
};
