/* command_order_confirm.c - the order is paid for. */
#include "shop/command/order_change.h"

static struct err order_confirm_decide(struct decision *decision, struct command *base)
{
    struct order_command *command = (struct order_command *)base;
    const struct order *order = NULL;
    struct order_change change;
    TRY(order_change_find(decision, command, &order));
    TRY(order_change_begin(order, base, ORDER_CONFIRM, &change));
    order_change_append(decision, &change);
    return OK;
}

const struct command_ops command_order_confirm = {
    .name = "order_confirm",
    .priority = COMMAND_ORDERS,
    .decide = order_confirm_decide,
    .answer = order_change_answer,
};
