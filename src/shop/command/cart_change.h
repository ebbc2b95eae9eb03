/*
 * cart_change.h - what the cart commands share: a change is tried on a draft of the cart, the draft
 * is checked and quoted (the answer), and one EVENT_CART_CHANGED carries the lines that differ.
 */
#ifndef SHOP_CART_CHANGE_H
#define SHOP_CART_CHANGE_H

#include "shop/command/commands.h"

/* ERR_CART_OWNED when the command names a customer and the cart (NULL = none yet) is another's. */
struct err cart_change_check_owner(const struct cart *cart, uint32_t customer) MUST_USE;

/* ERR_CART_UNKNOWN when a customer asks (0 = no customer does) and the cart is not that one's. */
struct err cart_change_check_asker(const struct cart *cart, uint32_t asker) MUST_USE;

/* Decides cart_add and cart_set. `rule` says how many of a product shall be in the cart, given what
 * a line of the command asks for and what is in the cart by now, or why not. More of a product is
 * refused when it is unknown, archived or not available; less is always allowed. Nothing is taken
 * from the stock. */
struct err cart_change_decide(struct decision *decision, struct cart_command *command,
                              struct err (*rule)(uint32_t asked, uint32_t now,
                                                 uint64_t *quantity_out)) MUST_USE;

/* Number of lines in the command, at least 1 (struct command_ops.cost). */
uint32_t cart_change_cost(const struct command *command);

#endif
