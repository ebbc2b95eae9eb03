/*
 * cart_merge.h - what a guest put into a cart before logging in becomes the customer's.
 *
 * A customer without a filled cart gets the guest's as it is. Else quantities add up in the
 * customer's cart; what would pass a limit (pieces of a product, lines of a cart, an amount of
 * money) stays in the guest's, so nothing is lost. Nothing is checked against the stock: a cart
 * takes nothing, and shows what can be bought.
 */
#ifndef SHOP_CART_MERGE_H
#define SHOP_CART_MERGE_H

#include "shop/command/command.h"

/* `customer` as it is, nothing of it for a new one; `guest_cart` may be 0, or anything else that
 * cannot be merged: then nothing happens. Returns the customer's cart afterwards, 0 = none. */
uint64_t cart_merge_append(struct decision *decision, uint32_t number,
                           const struct customer *customer, uint64_t guest_cart);

#endif
