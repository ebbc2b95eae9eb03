/* command_cart_view.c - what is in a cart and what it costs right now. */
#include "shop/command/cart_change.h"

static struct err cart_view_decide(struct decision *decision, struct command *base)
{
    struct cart_command *command = (struct cart_command *)base;
    const struct cart *cart = cart_find(&decision->shop->carts, command->cart);
    ensure(command->cart != 0);
    TRY(cart_change_check_asker(cart, command->asker));
    TRY(cart_change_check_owner(cart, command->customer));
    TRY(quote_make(decision->shop, cart, command->country, decision_time(decision), base->arena,
                   &command->quote));
    command->quote->cart = command->cart; /* of an empty one, too */
    return OK;
}

const struct command_ops command_cart_view = {
    .name = "cart_view",
    .priority = COMMAND_CARTS,
    .is_read = true,
    .decide = cart_view_decide,
};
