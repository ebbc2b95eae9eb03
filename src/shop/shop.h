/*
 * shop.h - the whole state of one region, and the one function that changes it.
 *
 * shop_apply() reads nothing but the state and the event, so the same events give the same state
 * bit for bit: recovery, the simulator and the audit rest on it. Owned by the executor's thread.
 */
#ifndef SHOP_SHOP_H
#define SHOP_SHOP_H

#include "shop/api_key.h"
#include "shop/cart.h"
#include "shop/catalog.h"
#include "shop/customer.h"
#include "shop/event.h"
#include "shop/keys.h"
#include "shop/order.h"
#include "shop/pricing/pricing.h"
#include "shop/review.h"
#include "shop/stock.h"
#include "shop/timeouts.h"
#include "shop/token.h"

#include <stdint.h>

struct shop {
    uint32_t currency;
    uint64_t timeline;
    uint64_t epoch;      /* of this process */
    uint64_t last_event; /* number of the last event applied */
    uint64_t now_ms;     /* of the last event; never goes back */
    uint64_t last_contact;
    struct catalog catalog;
    struct stock stock;
    struct carts carts;
    struct customers customers;
    struct tokens tokens;
    struct api_keys api_keys;
    struct reviews reviews;
    struct orders orders;
    struct shop_keys keys;    /* finished checkouts: the value is the order */
    struct timeouts timeouts; /* settings; the owner may set others after shop_init() */
    struct pricing *pricings; /* every version ever set: [version - 1] */
    uint32_t pricing_count;
};

void shop_init(struct shop *shop);
void shop_release(struct shop *shop);

/* The rules in force. */
const struct pricing *shop_pricing(const struct shop *shop);
/* NULL when there never was such a version. */
const struct pricing *shop_pricing_version(const struct shop *shop, uint32_t version);

/* Applies one well-formed event, whose number must be last_event + 1. Aborts on one that breaks an
 * invariant (stock reserved beyond what is on hand, a move along no arrow): only a bug makes those.
 * An order that EVENT_ORDER_CHANGED names must be in memory. */
void shop_apply(struct shop *shop, const struct event *event);

/* A guest's empty cart that nobody will be written about, and that bought nothing which is still in
 * memory: it is like none. */
bool shop_cart_is_of_no_use(const struct shop *shop, const struct cart *cart);
/* Lets an order that the tables have leave memory; a guest's cart that is empty and bought nothing
 * since goes with it. */
void shop_forget_order(struct shop *shop, uint64_t number);
/* Tables that grew for many orders, carts or keys become small again when few are left. */
void shop_shrink(struct shop *shop);

/* Finished checkout with this key, or 0. The caller compares body_hash with the order's. */
uint64_t shop_key_find(const struct shop *shop, const uint8_t key[16]);
void shop_key_put(struct shop *shop, const struct shop_key *key);
/* Lets keys go that are folded and older than timeouts.key_ms, or beyond keys_max. */
void shop_keys_sweep(struct shop *shop, uint64_t folded_event, uint64_t now_ms);

/* Everything adds up: stock rows, carts, orders in memory. For tests and the simulator; slow. */
void shop_check(const struct shop *shop);

#endif
