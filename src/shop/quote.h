/*
 * quote.h - what the lines of a cart cost right now, rule by rule, and whether they can be had. The
 * cart view, the quote and the checkout all price through quote_make(): there is no second way.
 */
#ifndef SHOP_QUOTE_H
#define SHOP_QUOTE_H

#include "base/arena.h"
#include "shop/err.h"
#include "shop/shop.h"

#include <stdbool.h>
#include <stdint.h>

struct quote_line {
    uint32_t product;
    uint32_t quantity;
    uint32_t available; /* over all locations */
    bool is_archived;   /* cannot be bought any more; costs nothing in the totals */
    int64_t unit_price_minor;
    int64_t amount_minor; /* unit price x quantity */
    struct pricing_result pricing;
    int64_t total_minor; /* amount - discount */
};

struct quote {
    uint64_t cart;
    uint64_t version; /* cart_version() */
    uint64_t touched_ms;
    uint64_t expires_ms; /* 0 = never: an empty cart */
    uint32_t customer;
    uint32_t currency;
    struct pricing *pricing; /* the rules that were applied */
    struct order_totals totals;
    uint32_t line_count;
    struct quote_line *lines;
};

/* `cart` may be NULL (an empty one). `country` is where it is shipped to, empty = not known.
 * Errors: ERR_AMOUNT_LIMIT. */
struct err quote_make(const struct shop *shop, const struct cart *cart, const char country[4],
                      uint64_t now_ms, struct arena *arena, struct quote **quote_out) MUST_USE;

#endif
