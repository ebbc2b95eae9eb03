/*
 * cart.h - open carts. A cart takes nothing from the stock.
 *
 * A cart's number is claimed without a write: (process epoch << 40) + a counter. A cart that is not
 * in memory is an empty cart, so an empty one is not stored at all, and a bought cart simply
 * becomes empty. Carts with lines or with a contact stay in memory until bought, emptied or
 * expired.
 */
#ifndef SHOP_CART_H
#define SHOP_CART_H

#include "base/map.h"
#include "shop/err.h"

#include <stdint.h>

enum {
    CART_LINES_MAX = 2000,
    CART_QUANTITY_MAX = 1000000, /* of one product */
    CART_EPOCH_SHIFT = 40,
};

struct cart_line {
    uint32_t product;
    uint32_t quantity; /* > 0 */
};

struct cart {
    uint64_t number;
    uint64_t touched_ms;
    uint64_t contact;    /* 0 = none; whom to warn before it expires */
    uint64_t last_order; /* newest order bought with it since it came into memory; 0 = none */
    uint32_t customer;   /* 0 = guest */
    uint32_t line_count;
    uint32_t line_capacity;
    struct cart_line *lines; /* in the order they were first added */
};

struct carts {
    struct map by_number; /* -> struct cart * */
};

void carts_init(struct carts *carts);
void carts_release(struct carts *carts);
const struct cart *cart_find(const struct carts *carts, uint64_t number);
/* Of the lines and the owner: another one after every change of them, and the same when they are
 * the same again. Never 0; `cart` may be NULL, an empty one. */
uint64_t cart_version(const struct cart *cart);
/* NULL when the product is not in it. */
const struct cart_line *cart_line_find(const struct cart *cart, uint32_t product);

/* Results of events, and of loading. The cart comes into being when needed. */
struct cart *cart_open(struct carts *carts, uint64_t number);
/* quantity 0 takes the line out. */
void cart_set_line(struct cart *cart, uint32_t product, uint32_t quantity);
/* Takes every line and the contact out, keeps last_order. */
void cart_empty(struct cart *cart);
/* Forgets the cart. */
void cart_close(struct carts *carts, uint64_t number);

#endif
