/*
 * bench_catalog.h - a synthetic catalogue of any size with realistic names. The same seed makes the
 * same products.
 *
 * Brands and words fall off by Zipf's law, names of a category hang together and have model
 * numbers, prices are log-normal around the category's, ratings and numbers of reviews as shops
 * have them, descriptions of about 200 bytes, every tenth product one of a family of 2 to 8.
 */
#ifndef TESTS_LIB_BENCH_CATALOG_H
#define TESTS_LIB_BENCH_CATALOG_H

#include "base/random.h"
#include "shop/shop.h"

enum {
    BENCH_TOPS = 5,
    BENCH_LEAVES = 40, /* of each top category */
    BENCH_BRANDS = 2000,
    BENCH_TAIL = 40000, /* rare words */
    BENCH_WORD_SIZE = 24,
    BENCH_ADJECTIVES_MAX = 200,
};

/* Numbers 0..count-1 by how often they come. */
struct bench_zipf {
    double *sums;
    uint32_t count;
};

struct bench_catalog {
    struct random random;
    struct text leaves[BENCH_TOPS][BENCH_LEAVES];
    struct text adjectives[BENCH_ADJECTIVES_MAX];
    uint32_t adjective_count;
    char brands[BENCH_BRANDS][BENCH_WORD_SIZE];
    char tail[BENCH_TAIL][BENCH_WORD_SIZE];
    double price_logs[BENCH_TOPS * BENCH_LEAVES];
    struct bench_zipf brand_zipf;
    struct bench_zipf tail_zipf;
    struct bench_zipf adjective_zipf;
    struct bench_zipf leaf_zipf;
    uint32_t family; /* of the next product, while family_left > 0 */
    uint32_t family_left;
    uint32_t family_leaf;
    char family_name[256];
    char family_brand[BENCH_WORD_SIZE];
};

void bench_catalog_open(struct bench_catalog *catalog, uint64_t seed);
void bench_catalog_close(struct bench_catalog *catalog);

struct bench_product {
    struct product_draft
        draft; /* texts in the arena; category as bench_catalog_categories() makes them */
    uint32_t on_hand;
};
/* Products come in the order of their numbers, each once. */
struct bench_product bench_catalog_next(struct bench_catalog *catalog, uint32_t number,
                                        struct arena *arena);
/* 0..199 -> category number; the top categories of a new shop are 1..5. */
uint32_t bench_catalog_category(uint32_t leaf);
struct text bench_catalog_leaf_name(const struct bench_catalog *catalog, uint32_t leaf);
/* Top categories, leaves, one location, and so many products, put into an empty shop. */
void bench_catalog_fill(struct bench_catalog *catalog, struct shop *shop, uint32_t product_count);

#endif
