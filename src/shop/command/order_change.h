/*
 * order_change.h - what the commands that move an order share: finding it, the one event they
 * write, and the answer.
 */
#ifndef SHOP_ORDER_CHANGE_H
#define SHOP_ORDER_CHANGE_H

#include "shop/command/commands.h"

/* One EVENT_ORDER_CHANGED to be. */
struct order_change {
    const struct order *order;
    enum actor actor;
    enum order_action action;
    enum order_state state;     /* afterwards */
    struct order_totals totals; /* afterwards */
    uint32_t shipment;
    uint16_t location;
    const struct event_order_line_change *lines;
    uint32_t line_count;
    const struct event_order_part *parts;
    uint32_t part_count;
    struct text text1; /* at most ORDER_NOTE_MAX bytes, like the next */
    struct text text2;
};

/* decision_order() of the command's order; one of neither the cart nor the customer
 * that the command names is unknown.
 */
struct err order_change_find(struct decision *decision, struct order_command *command,
                             const struct order **order_out) MUST_USE;

/* A change that leaves the totals as they are; ERR_ORDER_TRANSITION where no arrow leads. */
struct err order_change_begin(const struct order *order, const struct command *command,
                              enum order_action action, struct order_change *change_out) MUST_USE;

/* The part afterwards, when `quantity` of what it holds is given back or (is_shipped) goes out. */
struct event_order_part order_change_part(const struct shop *shop, const struct order *order,
                                          uint32_t part, uint32_t quantity, bool is_shipped);

void order_change_append(struct decision *decision, const struct order_change *change);

/* Copies the order and the rules that priced it into the answer (struct command_ops.answer). */
void order_change_answer(const struct shop *shop, struct command *base);

#endif
