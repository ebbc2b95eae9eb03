/*
 * import_row.h - one row of a file of products: what each column means, and what is wrong with a
 * row.
 *
 * Also the rows that `shopd export` writes beside products: their column `type` says which they are
 * ("product" where there is no such column).
 */
#ifndef CLI_IMPORT_ROW_H
#define CLI_IMPORT_ROW_H

#include "base/arena.h"
#include "base/text.h"
#include "shop/catalog.h"
#include "shop/product.h"
#include "shop/stock.h"

#include <stdbool.h>
#include <stdint.h>

enum import_column {
    IMPORT_TYPE,
    IMPORT_SKU,
    IMPORT_NAME,
    IMPORT_SLUG,
    IMPORT_DESCRIPTION,
    IMPORT_BRAND,
    IMPORT_CATEGORY,
    IMPORT_PRICE_MINOR,
    IMPORT_PRICE,
    IMPORT_CURRENCY,
    IMPORT_RATING_X100,
    IMPORT_REVIEW_COUNT,
    IMPORT_STOCK,
    IMPORT_STATUS,
    IMPORT_FAMILY,
    IMPORT_IMAGES,
    IMPORT_OPTIONS,
    IMPORT_ATTRIBUTES,
    IMPORT_METADATA,
    IMPORT_LOW_STOCK_THRESHOLD,
    IMPORT_LOCATION,
    IMPORT_PRIORITY,
    /* always last */
    IMPORT_COLUMN_COUNT
};

/* Their names in a file. */
extern const char *const import_column_names[IMPORT_COLUMN_COUNT];

enum import_kind { ROW_PRODUCT, ROW_SHOP, ROW_CATEGORY, ROW_LOCATION };

enum { IMPORT_STOCK_AS_IT_IS = UINT32_MAX, IMPORT_REASON_SIZE = 160 };

/* Pieces at a place other than `main`. */
struct import_place {
    struct text location;
    uint32_t on_hand;
};

struct import_row {
    enum import_kind kind;
    uint64_t line;
    struct product_draft draft; /* without category */
    uint32_t fields; /* bits of enum product_field (shop/command/commands.h) that the row sets */
    struct text currency; /* empty = not said */
    struct text category; /* path, "A > B", or a JSON array of names; empty = none */
    uint32_t on_hand;     /* at `main`, or IMPORT_STOCK_AS_IT_IS */
    struct import_place *places;
    uint32_t place_count;
    struct text location; /* ROW_LOCATION */
    int32_t priority;
};

struct import_reason {
    char text[IMPORT_REASON_SIZE];
};

/* False with a sentence in *reason_out. Texts stay borrowed from `values`, or lie in the arena. */
bool import_row_parse(const struct text *values, struct arena *arena, struct import_row *row_out,
                      struct import_reason *reason_out) MUST_USE;

/* Copies every text of the row into the arena: it then outlives the reader's next row. */
void import_row_keep(struct import_row *row, struct arena *arena);

/* The names of a category path, from the top down. */
struct import_path {
    struct text names[CATEGORY_DEPTH_MAX];
    uint32_t count;
};

/* "A > B > C", or the JSON array ["A","B > C"] where a name holds the separator. False: too deep,
 * or a name is empty or too long. */
bool import_path_parse(struct text path, struct arena *arena,
                       struct import_path *path_out) MUST_USE;

#endif
