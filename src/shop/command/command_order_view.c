/* command_order_view.c - one order as it is. */
#include "shop/command/order_change.h"

static struct err order_view_decide(struct decision *decision, struct command *base)
{
    const struct order *order = NULL;
    return order_change_find(decision, (struct order_command *)base, &order);
}

const struct command_ops command_order_view = {
    .name = "order_view",
    .priority = COMMAND_CARTS,
    .is_read = true,
    .decide = order_view_decide,
    .answer = order_change_answer,
};
