/* command_order_cancel.c - somebody takes back an order, some lines, or some pieces of a line. */
#include "shop/command/order_cancel.h"

static struct err order_cancel_decide(struct decision *decision, struct command *base)
{
    struct order_command *command = (struct order_command *)base;
    struct order_cancel_request request = {
        .lines = command->lines,
        .line_count = command->line_count,
        .note = command->note,
    };
    TRY(order_change_find(decision, command, &request.order));
    return order_cancel(decision, base, &request);
}

const struct command_ops command_order_cancel = {
    .name = "order_cancel",
    .priority = COMMAND_ORDERS,
    .decide = order_cancel_decide,
    .answer = order_change_answer,
};
