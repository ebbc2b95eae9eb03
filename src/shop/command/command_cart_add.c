/* command_cart_add.c - puts pieces into a cart, on top of what is there. */
#include "shop/command/cart_change.h"

static struct err add(uint32_t asked, uint32_t now, uint64_t *quantity_out)
{
    if (asked == 0)
        return ERR(ERR_QUANTITY_ZERO);
    *quantity_out = (uint64_t)now + asked;
    return OK;
}

static struct err cart_add_decide(struct decision *decision, struct command *base)
{
    return cart_change_decide(decision, (struct cart_command *)base, add);
}

const struct command_ops command_cart_add = {
    .name = "cart_add",
    .priority = COMMAND_CARTS,
    .cost = cart_change_cost,
    .decide = cart_add_decide,
};
