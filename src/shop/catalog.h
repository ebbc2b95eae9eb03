/*
 * catalog.h - every product and the category tree of a region. Written by the executor's thread
 * only.
 *
 * `products[n]` is the current block of product number n (1..product_count). A replaced block goes
 * to `retired`; the executor hands it on once the readers' view (search/view.h) no longer shows it.
 */
#ifndef SHOP_CATALOG_H
#define SHOP_CATALOG_H

#include "base/map.h"
#include "base/text.h"
#include "shop/err.h"
#include "shop/product.h"

#include <stddef.h>
#include <stdint.h>

enum {
    CATALOG_PRODUCTS_MAX = 16000000,
    CATALOG_CATEGORIES_MAX = 65535,
    CATEGORY_NAME_MAX = 120,
    CATEGORY_DEPTH_MAX = 12,
};

/* The five top categories of a new shop, in number order: 1 ELECTRONICS 2 BOOKS 3 CLOTHING 4 HOME
 * 5 SPORTS. */
enum { CATEGORY_FIRST_COUNT = 5 };
extern const char *const category_first_names[CATEGORY_FIRST_COUNT];

struct category {
    uint32_t number; /* dense, from 1 */
    uint32_t parent; /* 0 = top */
    char name[CATEGORY_NAME_MAX + 1];
};

struct catalog {
    struct product **products; /* [0] unused */
    uint32_t product_count;
    uint32_t product_capacity;
    struct map sku_to_product; /* keyed hash of the SKU -> number; collisions are chained by +1 */
    struct category **categories; /* [0] unused; each its own block, never moved */
    uint32_t category_count;
    uint32_t category_capacity;
    struct product **retired;
    uint32_t retired_count;
    uint32_t retired_capacity;
};

void catalog_init(struct catalog *catalog);
void catalog_release(struct catalog *catalog);

/* NULL when there is none. SKUs are compared byte by byte (real ones differ by case alone). */
const struct product *catalog_find(const struct catalog *catalog, uint32_t number);
const struct product *catalog_find_sku(const struct catalog *catalog, struct text sku);

const struct category *category_find(const struct catalog *catalog, uint32_t number);
/* Case-insensitive (ASCII) among the children of `parent` (0 = top). */
const struct category *category_find_name(const struct catalog *catalog, uint32_t parent,
                                          struct text name);
/* True when `number` is `ancestor` or lies below it. */
bool category_is_within(const struct catalog *catalog, uint32_t number, uint32_t ancestor);

/* Results of events, and of loading: copies the block, retires the one it replaces. */
void catalog_put_product(struct catalog *catalog, const struct product *product);
void catalog_put_category(struct catalog *catalog, uint32_t number, uint32_t parent,
                          struct text name);

#endif
