/*
 * command_order_erase.c - forgets whom an order was sent to. Its numbers stay, so the books still
 * add up. Asked again it does nothing.
 */
#include "shop/command/customer_change.h"
#include "shop/command/order_change.h"

static struct err order_erase_decide(struct decision *decision, struct command *base)
{
    const struct order *order = NULL;
    TRY(order_change_find(decision, (struct order_command *)base, &order));
    if (order->contact != 0)
        customer_change_erase_contacts(decision, order->customer, &order->contact, 1);
    return OK;
}

const struct command_ops command_order_erase = {
    .name = "order_erase",
    .priority = COMMAND_BULK,
    .decide = order_erase_decide,
    .answer = order_change_answer,
};
