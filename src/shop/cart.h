/*
 * cart.h - open carts. A cart takes nothing from the stock.
 *
 * A cart's number is claimed without a write: (process epoch << 40) + a counter. A cart that is not
 * in memory is an empty cart, so an empty one is not stored at all, and a bought cart simply
 * becomes empty. Carts with lines or with a contact stay in memory until bought, emptied or
 * expired.
 *
 * Those are kept in two lists in the order in which they were touched, so the next one that is due
 * is the oldest of a list: carts that nobody was warned about, and carts that wait for their end.
 */
#ifndef SHOP_CART_H
#define SHOP_CART_H

#include "base/map.h"
#include "shop/err.h"
#include "shop/timeouts.h"

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

enum cart_age {
    CART_AGELESS = 0, /* in no list: nothing of it can expire */
    CART_FRESH,       /* since it was touched last */
    CART_WARNED,
    /* always last */
    CART_AGE_COUNT
};

struct cart {
    uint64_t number;
    uint64_t touched_ms;
    uint64_t expires_ms; /* as a warning said; 0 = nobody was warned since it was touched */
    uint64_t contact;    /* 0 = none; whom to warn before it expires */
    uint64_t last_order; /* newest order bought with it since it came into memory; 0 = none */
    uint32_t customer;   /* 0 = guest */
    uint32_t line_count;
    uint32_t line_capacity;
    uint32_t age;            /* enum cart_age */
    struct cart_line *lines; /* in the order they were first added */
    struct cart *older;      /* of the same age */
    struct cart *newer;
};

struct cart_list {
    struct cart *oldest;
    struct cart *newest;
};

struct carts {
    struct map by_number; /* -> struct cart * */
    struct cart_list lists[CART_AGE_COUNT];
};

void carts_init(struct carts *carts);
void carts_release(struct carts *carts);
const struct cart *cart_find(const struct carts *carts, uint64_t number);
/* Of the lines and the owner: another one after every change of them, and the same when they are
 * the same again. Never 0; `cart` may be NULL, an empty one. */
uint64_t cart_version(const struct cart *cart);
/* When it is to be warned about, or to end; UINT64_MAX = never, as it is. */
uint64_t cart_due_ms(const struct cart *cart, const struct timeouts *timeouts);
/* The one that is due first of those of an age; `newer` leads on. NULL when there is none. */
const struct cart *carts_oldest(const struct carts *carts, enum cart_age age);
/* NULL when the product is not in it. */
const struct cart_line *cart_line_find(const struct cart *cart, uint32_t product);

/* Results of events, and of loading. The cart comes into being when needed. */
struct cart *cart_open(struct carts *carts, uint64_t number);
/* quantity 0 takes the line out. */
void cart_set_line(struct cart *cart, uint32_t product, uint32_t quantity);
/* Takes every line and the contact out, keeps last_order. */
void cart_empty(struct cart *cart);
/* It was changed at touched_ms, not before any other: its time begins anew. */
void carts_touched(struct carts *carts, struct cart *cart);
/* It has no contact any more: without lines nothing of it can expire. */
void carts_contact_gone(struct carts *carts, struct cart *cart);
/* Whoever it belongs to was told that it ends at expires_ms. */
void carts_warned(struct carts *carts, struct cart *cart, uint64_t expires_ms);
/* Brings carts that were loaded into the order of time. */
void carts_sort(struct carts *carts);
/* Its time was over: takes every line out, keeps the contact, which has as long a time again. */
void cart_expire(struct cart *cart, uint64_t now_ms);
/* Forgets the cart. */
void cart_close(struct carts *carts, uint64_t number);

#endif
