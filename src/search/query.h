/*
 * query.h - the product listing: what is asked, and what comes back.
 *
 * Answered by a plain scan over the view, one product after the other; an index can take its place
 * behind the same function. Only active products are found. A filter is one file (filter_<name>.c)
 * and one line of filters.def; it looks at its own field of the query and says yes or no to a
 * product.
 *
 * Pages by keyset: the last hit's rank and number are where the next page begins, so a page neither
 * repeats nor skips a product that stays where it is while others come and go.
 */
#ifndef SEARCH_QUERY_H
#define SEARCH_QUERY_H

#include "base/arena.h"
#include "base/text.h"
#include "search/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SEARCH_LIMIT_MAX = 100,
    SEARCH_WORDS_MAX = 16, /* of `words`; the edge refuses more */
    SEARCH_ATTRIBUTES_MAX = 8,
    SEARCH_LIST_MAX = 100,  /* ids, SKUs */
    SEARCH_BRANDS_MAX = 50, /* in the facet */
    SEARCH_PRICE_BANDS_MAX = 40,
    SEARCH_RATING_BANDS = 4,
};

enum search_sort {
    SEARCH_RELEVANCE = 0, /* where the words occur; without words: the order of entry */
    SEARCH_PRICE_ASC,
    SEARCH_PRICE_DESC,
    SEARCH_RATING,  /* best first */
    SEARCH_CREATED, /* newest first */
    SEARCH_SOLD,    /* most pieces first */
    /* always last */
    SEARCH_SORT_COUNT
};

/* "price", "-price", ... as written in the API; SEARCH_SORT_COUNT for anything else. */
enum search_sort search_sort_find(struct text name);

struct search_attribute {
    struct text key;
    struct text value;
};

/* Behind which product a page begins; comes from the page before. */
struct search_cursor {
    int64_t rank;    /* lower goes first, whatever the sort */
    uint32_t number; /* product; 0 = from the start */
};

/* All zero = every active product. */
struct search_query {
    struct text words; /* each must occur in name, brand, SKU, description or category path (ASCII
                          case ignored, other bytes as they are) */
    uint32_t category; /* with everything below it; 0 = any */
    int64_t min_price_minor;
    int64_t max_price_minor; /* looked at with has_max_price: 0 is a price too */
    bool has_max_price;
    uint16_t min_rating_x100;
    bool in_stock; /* only what is available now */
    bool want_facets;
    bool has_numbers;  /* only products of numbers[] */
    bool has_skus;     /* only products of skus[] */
    struct text brand; /* ASCII case ignored */
    struct search_attribute attributes[SEARCH_ATTRIBUTES_MAX];
    uint32_t attribute_count;
    const uint32_t *numbers;
    uint32_t number_count;
    const struct text *skus;
    uint32_t sku_count;
    enum search_sort sort;
    uint32_t limit; /* 1..SEARCH_LIMIT_MAX */
    struct search_cursor after;
};

struct search_category_count {
    uint32_t category;
    uint32_t count; /* with everything below it */
};

struct search_brand_count {
    struct text brand;
    uint32_t count;
};

struct search_price_band {
    int64_t from_minor;
    int64_t to_minor; /* exclusive; 0 = no end */
    uint32_t count;
};

/* Counts over the whole result, not the page. */
struct search_facets {
    struct search_category_count *categories; /* by number */
    uint32_t category_count;
    struct search_brand_count *brands; /* most products first, then by name; the first ones only */
    uint32_t brand_count;
    struct search_price_band price_bands[SEARCH_PRICE_BANDS_MAX]; /* cheapest first, none empty */
    uint32_t price_band_count;
    uint32_t rating_counts[SEARCH_RATING_BANDS]; /* at least 4.0, 3.0, 2.0, 1.0 */
    uint32_t in_stock;
};

struct search_result {
    uint64_t total; /* exact, all pages */
    const struct product **hits;
    uint32_t hit_count;
    bool has_more;
    struct search_cursor next;    /* where the next page begins */
    struct search_facets *facets; /* NULL when not asked for */
};

/* Within view_read_begin()/view_read_end(), and hits and brands are good until that end. Everything
 * else comes from the arena. */
void search_run(const struct view *view, const struct search_query *query, struct arena *arena,
                struct search_result *result_out);

#endif
