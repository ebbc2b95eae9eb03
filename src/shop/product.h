/*
 * product.h - one product as one flat block of bytes: what memory holds, events carry and readers
 * share.
 *
 * A block is never changed once made: a change makes a new block (version + 1) and the old one is
 * released when no reader can see it any more (see catalog.h). All numbers are little-endian.
 *
 *   offset  bytes  field
 *        0      4  size of the whole block, a multiple of 8
 *        4      4  number: dense, from 1
 *        8      4  version, from 1
 *       12      4  category number, 0 = in none
 *       16      8  price, minor units
 *       24      8  created, ms since 1970
 *       32      8  updated, ms since 1970
 *       40      4  rating count
 *       44      2  rating mean x 100 (0 = unrated, 100-500)
 *       46      1  status (enum product_status)
 *       47      1  0
 *       48      4  low-stock threshold
 *       52     20  end of each text in text[], uint16_t, in the order of enum product_text
 *       72      .  the texts, one behind the other, then 0-7 zero bytes
 */
#ifndef SHOP_PRODUCT_H
#define SHOP_PRODUCT_H

#include "base/arena.h"
#include "base/text.h"
#include "shop/err.h"

#include <stdbool.h>
#include <stdint.h>

enum product_status { PRODUCT_ACTIVE = 0, PRODUCT_ARCHIVED = 1 };

enum product_text {
    PRODUCT_SKU = 0,
    PRODUCT_SLUG,
    PRODUCT_NAME,
    PRODUCT_DESCRIPTION,
    PRODUCT_BRAND,
    PRODUCT_FAMILY,     /* variants of one thing share it; empty = a family of its own */
    PRODUCT_IMAGES,     /* compact JSON: array of URLs, or empty */
    PRODUCT_OPTIONS,    /* compact JSON: object of strings, or empty */
    PRODUCT_ATTRIBUTES, /* compact JSON: object of strings, or empty */
    PRODUCT_METADATA,   /* compact JSON: any object, or empty */
    /* always last */
    PRODUCT_TEXT_COUNT
};

/* Longest of each text, bytes; the edge checks them, product_build() the sum. */
enum {
    PRODUCT_SKU_MAX = 64,
    PRODUCT_SLUG_MAX = 200,
    PRODUCT_NAME_MAX = 400,
    PRODUCT_DESCRIPTION_MAX = 16000,
    PRODUCT_BRAND_MAX = 100,
    PRODUCT_FAMILY_MAX = 64,
    PRODUCT_JSON_MAX = 8000,
    PRODUCT_TEXTS_MAX = 48000,
    PRODUCT_RATING_MAX = 500, /* mean x 100 */
};

struct product {
    uint32_t size;
    uint32_t number;
    uint32_t version;
    uint32_t category;
    int64_t price_minor;
    uint64_t created_ms;
    uint64_t updated_ms;
    uint32_t rating_count;
    uint16_t rating_x100;
    uint8_t status;
    uint8_t zero;
    uint32_t low_stock_threshold;
    uint16_t text_ends[PRODUCT_TEXT_COUNT];
    char text[];
};

_Static_assert(sizeof(struct product) == 72, "on-disk layout");

/* What a product is made from; borrowed texts. */
struct product_draft {
    uint32_t number;
    uint32_t version;
    uint32_t category;
    int64_t price_minor;
    uint64_t created_ms;
    uint64_t updated_ms;
    uint32_t rating_count;
    uint16_t rating_x100;
    enum product_status status;
    uint32_t low_stock_threshold;
    struct text texts[PRODUCT_TEXT_COUNT];
};

/* Bytes that product_write() will write; 0 when the texts are longer than PRODUCT_TEXTS_MAX. */
uint32_t product_size(const struct product_draft *draft) MUST_USE;
/* Writes the block to `bytes_out` (product_size() bytes, 8-aligned). */
const struct product *product_write(const struct product_draft *draft, void *bytes_out);
/* The other way round: a draft whose texts point into the product. */
struct product_draft product_read(const struct product *product);

struct text product_text(const struct product *product, enum product_text which);

/* For bytes from a disk: true when `size` bytes are one well-formed product block. */
bool product_is_valid(const void *bytes, uint32_t size) MUST_USE;

#endif
