/*
 * order_cancel.h - taking back an order, some of its lines, or some pieces of a line, before
 * anything of it was shipped: by whoever owns it, by an operator, by the payment gateway, or
 * because nobody paid.
 */
#ifndef SHOP_ORDER_CANCEL_H
#define SHOP_ORDER_CANCEL_H

#include "shop/command/order_change.h"

struct order_cancel_request {
    const struct order *order;
    const struct order_part_request *lines; /* none = all */
    uint32_t line_count;
    struct text note; /* why */
};

/* Appends the cancellation, and that what was captured for it is due back. ERR_ORDER_TRANSITION,
 * ERR_ORDER_LINE, ERR_ORDER_QUANTITY. */
struct err order_cancel(struct decision *decision, const struct command *command,
                        const struct order_cancel_request *request) MUST_USE;

#endif
