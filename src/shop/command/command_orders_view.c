/*
 * command_orders_view.c - the newest orders of a customer or of a cart, as far as memory reaches.
 * Follows the chain of `previous`; where it leaves memory the caller reads on in the tables.
 */
#include "shop/command/commands.h"

static uint64_t newest_order(const struct shop *shop, const struct orders_command *command)
{
    if (command->cart == 0) {
        const struct customer *customer = customer_find(&shop->customers, command->customer);
        ensure(customer != NULL); /* decided so */
        return customer->last_order;
    }
    const struct cart *cart = cart_find(&shop->carts, command->cart);
    return cart == NULL ? 0 : cart->last_order;
}

static struct err orders_view_decide(struct decision *decision, struct command *base)
{
    const struct orders_command *command = (const struct orders_command *)base;
    ensure(command->limit > 0);
    ensure((command->cart == 0) != (command->customer == 0));
    if (command->cart == 0 && customer_find(&decision->shop->customers, command->customer) == NULL)
        return ERR(ERR_CUSTOMER_UNKNOWN);
    return OK;
}

static void orders_view_answer(const struct shop *shop, struct command *base)
{
    struct orders_command *command = (struct orders_command *)base;
    uint64_t before = command->before == 0 ? UINT64_MAX : command->before;
    uint64_t number = newest_order(shop, command);
    command->order_count = 0;
    command->orders = arena_alloc_array(base->arena, command->limit, sizeof(struct order *));
    while (number != 0 && command->order_count < command->limit) {
        const struct order *order = order_find(&shop->orders, number);
        if (order == NULL)
            break;
        /* The chain of an owned cart leads through its owner's other carts: not this cart's to
         * show. */
        if (number < before && (command->cart == 0 || order->cart == command->cart))
            command->orders[command->order_count++] = order_copy(base->arena, order);
        ensure(order->previous < number);
        number = order->previous;
    }
    command->chain_next = number;
}

const struct command_ops command_orders_view = {
    .name = "orders_view",
    .priority = COMMAND_CARTS,
    .is_read = true,
    .decide = orders_view_decide,
    .answer = orders_view_answer,
};
