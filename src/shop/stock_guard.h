/*
 * stock_guard.h - the last look before anything is sold: does an event promise pieces that are not
 * there? It knows the stock and the event, and nothing of the rules that decided it.
 */
#ifndef SHOP_STOCK_GUARD_H
#define SHOP_STOCK_GUARD_H

#include "base/text.h"
#include "shop/shop.h"

#include <stdbool.h>

/* `events`, one behind the other, not applied yet; orders placed by one and the same command must
 * not share a place. False: one of them reserves more than is available where it says. */
bool stock_guard_holds(const struct shop *shop, struct text events) MUST_USE;

#endif
