/*
 * command_orders_refresh.c - replaces orders that were read from the tables by what memory knows of
 * them: the tables are seconds behind. Orders that sleep are as they were read, for nothing has
 * changed them since.
 */
#include "shop/command/commands.h"

static struct err orders_refresh_decide(struct decision *decision, struct command *base)
{
    (void)decision;
    (void)base;
    return OK;
}

static void orders_refresh_answer(const struct shop *shop, struct command *base)
{
    struct orders_command *command = (struct orders_command *)base;
    for (uint32_t i = 0; i < command->order_count; i++) {
        const struct order *order = order_find(&shop->orders, command->orders[i]->number);
        if (order != NULL)
            command->orders[i] = order_copy(base->arena, order);
    }
}

const struct command_ops command_orders_refresh = {
    .name = "orders_refresh",
    .priority = COMMAND_CARTS,
    .is_read = true,
    .decide = orders_refresh_decide,
    .answer = orders_refresh_answer,
};
