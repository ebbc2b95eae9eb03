/*
 * bench_shop.h - a shop of synthetic size for benches: products in stock, and carts ready to be
 * bought.
 *
 * Shapes are those of real shops: 1.1 lines a cart (consumers) or 25 (wholesale), popularity Zipf
 * 0.7.
 */
#ifndef TESTS_LIB_BENCH_SHOP_H
#define TESTS_LIB_BENCH_SHOP_H

#include "base/random.h"
#include "cli/shop_open.h"

#include <stdbool.h>
#include <stdint.h>

enum { BENCH_SKU_SIZE = 16 };

enum bench_carts {
    BENCH_CONSUMERS = 0,
    BENCH_WHOLESALE,
    BENCH_HOT, /* consumers, and every second of them buys product 1 */
};

struct bench_shop {
    struct open_shop open;
    uint32_t product_count;
    struct random random;
    double zipf_scale;
    double zipf_exponent; /* 1 - 0.7 */
};

/* A fresh shop in `folder` with so many products of 10,000,000 pieces each; shows its progress. */
void bench_shop_open(struct bench_shop *bench, const char *folder, uint32_t product_count);
/* Starts the executor's thread. */
void bench_shop_start(struct bench_shop *bench);
void bench_shop_close(struct bench_shop *bench);

/* Fills carts first..first + count - 1 (counter part of their number), thousands under way at once.
 */
void bench_shop_fill_carts(struct bench_shop *bench, uint64_t first, uint64_t count,
                           enum bench_carts kind);
uint64_t bench_shop_cart(const struct bench_shop *bench, uint64_t counter);

#endif
