/*
 * product_change.h - what product_create, product_update and product_put share: checking a product
 * as it will be, and writing its event.
 */
#ifndef SHOP_PRODUCT_CHANGE_H
#define SHOP_PRODUCT_CHANGE_H

#include "shop/command/commands.h"

/* A new product from command->draft; its number goes to the draft. */
struct err product_change_create(struct decision *decision,
                                 struct product_command *command) MUST_USE;

/* Makes of `product` what command->fields say; no event when that is what it is already. Sets
 * is_changed. */
struct err product_change_update(struct decision *decision, struct product_command *command,
                                 const struct product *product) MUST_USE;

/* Copies the product named by the draft into the answer. */
void product_change_answer(const struct shop *shop, struct command *base);

/* The product with this rating, where it has another. */
void product_change_rating(struct decision *decision, const struct product *product,
                           struct rating rating);

#endif
