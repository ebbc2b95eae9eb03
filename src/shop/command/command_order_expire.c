/* command_order_expire.c - cancels an order that was not paid in time; its stock returns. */
#include "shop/command/order_cancel.h"

static struct err order_expire_decide(struct decision *decision, struct command *base)
{
    struct timeout_command *command = (struct timeout_command *)base;
    struct order_cancel_request request = {.note = TEXT("not paid in time")};
    uint64_t now_ms = decision_time(decision);
    TRY(decision_order(decision, base, command->number, &request.order));
    if (request.order->state != ORDER_PENDING)
        return ERR_AT(ERR_ORDER_TRANSITION, 0, request.order->state);
    if (now_ms < request.order->created_ms + decision->shop->timeouts.payment_ms ||
        now_ms > command->asked_ms + TIMEOUTS_GAP_MS)
        return ERR(ERR_NOT_DUE);
    return order_cancel(decision, base, &request);
}

const struct command_ops command_order_expire = {
    .name = "order_expire",
    .priority = COMMAND_BULK, /* what a gateway has to say goes first */
    .decide = order_expire_decide,
};
