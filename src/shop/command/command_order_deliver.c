/* command_order_deliver.c - an operator says that a parcel has arrived, or every one that is on its
 * way. */
#include "shop/command/order_deliver.h"

static struct err order_deliver_decide(struct decision *decision, struct command *base)
{
    struct order_command *command = (struct order_command *)base;
    const struct order *order = NULL;
    TRY(order_change_find(decision, command, &order));
    return order_deliver(decision, base, order, command->shipment);
}

const struct command_ops command_order_deliver = {
    .name = "order_deliver",
    .priority = COMMAND_ORDERS,
    .decide = order_deliver_decide,
    .answer = order_change_answer,
};
