/*
 * command_timeouts_view.c - what is due, without looking at what is not: orders are made in the
 * order of time, so the first one that is PENDING and not due ends the search, and no order is
 * passed twice; carts are kept in that order.
 */
#include "shop/command/commands.h"

enum { ORDERS_PASSED_MAX = 10000 }; /* in one command */

static struct err timeouts_view_decide(struct decision *decision, struct command *base)
{
    (void)decision;
    struct timeouts_command *command = (struct timeouts_command *)base;
    ensure(command->due_max > 0);
    ensure(command->order_from > 0);
    return OK;
}

static void due_at(struct timeouts_command *command, uint64_t due_ms)
{
    if (due_ms < command->next_ms)
        command->next_ms = due_ms;
}

static void view_orders(const struct shop *shop, struct timeouts_command *command)
{
    uint64_t number = command->order_from;
    uint64_t end = number + ORDERS_PASSED_MAX;
    for (; number <= shop->orders.last_number; number++) {
        const struct order *order = order_find(&shop->orders, number);
        if (order == NULL || command->due_count == command->due_max || number == end) {
            command->is_order_asleep = order == NULL;
            command->has_more = order != NULL;
            break;
        }
        if (order->state != ORDER_PENDING)
            continue;
        uint64_t due_ms = order->created_ms + shop->timeouts.payment_ms;
        if (due_ms > command->asked_ms) {
            due_at(command, due_ms);
            break;
        }
        command->due[command->due_count++] = (struct timeout){TIMEOUT_ORDER, number};
    }
    command->order_next = number;
}

/* The oldest of each age is the first that is due. */
static void view_carts(const struct shop *shop, struct timeouts_command *command, enum cart_age age)
{
    for (const struct cart *cart = carts_oldest(&shop->carts, age); cart != NULL;
         cart = cart->newer) {
        uint64_t due_ms = cart_due_ms(cart, &shop->timeouts);
        if (due_ms > command->asked_ms) {
            due_at(command, due_ms);
            return;
        }
        if (command->due_count == command->due_max) {
            command->has_more = true;
            return;
        }
        command->due[command->due_count++] = (struct timeout){TIMEOUT_CART, cart->number};
    }
}

/* They may end later than they could, by as long as an order waits for its payment: nobody
 * looks sooner on their behalf. Where lives were changed in between, one that ends earlier waits
 * for those before it: what is over counts for nothing anyway. */
static void view_tokens(const struct shop *shop, struct timeouts_command *command)
{
    const struct tokens *tokens = &shop->tokens;
    for (uint32_t row = tokens->oldest; row != 0; row = token_at(tokens, row)->newer) {
        uint64_t expires_ms = token_at(tokens, row)->expires_ms;
        if (expires_ms > command->asked_ms) {
            due_at(command, expires_ms);
            return;
        }
        if (command->due_count == command->due_max) {
            command->has_more = true;
            return;
        }
        command->due[command->due_count++] = (struct timeout){TIMEOUT_TOKEN, row};
    }
}

static void timeouts_view_answer(const struct shop *shop, struct command *base)
{
    struct timeouts_command *command = (struct timeouts_command *)base;
    /* Whatever comes later than now cannot be due before that. */
    const struct timeouts *timeouts = &shop->timeouts;
    command->next_ms = command->asked_ms + timeouts->payment_ms;
    due_at(command, command->asked_ms + timeouts->cart_ms - timeouts->cart_warning_ms);
    command->due_count = 0;
    view_orders(shop, command);
    view_carts(shop, command, CART_WARNED);
    view_carts(shop, command, CART_FRESH);
    view_tokens(shop, command);
}

const struct command_ops command_timeouts_view = {
    .name = "timeouts_view",
    .priority = COMMAND_BULK,
    .is_read = true,
    .decide = timeouts_view_decide,
    .answer = timeouts_view_answer,
};
