/* command_cart_set.c - sets how many of a product are in a cart; 0 takes it out. */
#include "shop/command/cart_change.h"

static struct err set(uint32_t asked, uint32_t now, uint64_t *quantity_out)
{
    if (asked == 0 && now == 0)
        return ERR(ERR_CART_LINE_UNKNOWN);
    *quantity_out = asked;
    return OK;
}

static struct err cart_set_decide(struct decision *decision, struct command *base)
{
    return cart_change_decide(decision, (struct cart_command *)base, set);
}

const struct command_ops command_cart_set = {
    .name = "cart_set",
    .priority = COMMAND_CARTS,
    .cost = cart_change_cost,
    .decide = cart_set_decide,
};
