/* tsv_shop.h - a shop in memory from a file of products, the columns of `shopd import`, for benches
 * and fuzzers that need real ones without a store. */
#ifndef TESTS_LIB_TSV_SHOP_H
#define TESTS_LIB_TSV_SHOP_H

#include "shop/shop.h"

/* Into an empty shop. What has no price gets one, what has no stock some; aborts when the file
 * cannot be read. */
void tsv_shop_fill(struct shop *shop, const char *path);
/* Writes products, with their category paths, as such a file. */
void tsv_shop_write(const struct shop *shop, const char *path);

#endif
