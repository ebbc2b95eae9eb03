/*
 * shop_dump.h - everything a shop knows, as text that can be compared and read. The same facts give
 * the same text, however they came: by events, or from the tables.
 *
 * Left out: empty carts of guests whom nobody will write to (no cart is the same), and orders that
 * are not in memory.
 */
#ifndef TESTS_LIB_SHOP_DUMP_H
#define TESTS_LIB_SHOP_DUMP_H

#include "base/buffer.h"
#include "shop/shop.h"

void shop_dump(const struct shop *shop, struct buffer *text_out);
void shop_dump_order(const struct order *order, struct buffer *text_out);

#endif
