/*
 * query.h - the product listing: what is asked, and what comes back. Answered by whatever stands
 * behind search/backend.h; all of them mean the same by it.
 *
 * Found are active products that every filter accepts. A filter is one file
 * (filter/filter_<name>.c) and one line of filter/filters.def.
 *
 * Words. A query's text is cut at white space into chunks and these into words (index/tokens.h).
 * A product has a word when name, brand, description or the name of its category, or of one above
 * it, has one of the same stem; words with a digit in them are compared as they are. A chunk that
 * is the product's SKU (in either case) counts as had. A word may be replaced by a synonym. A
 * product is found when it has all words. If none is, in this order: the last word is taken as the
 * beginning of one, unknown words are corrected, the rarest word is left out; result.notes tell
 * what was done.
 *
 * Families. Of the found products that name the same family only the cheapest is a hit (of equally
 * cheap ones the one with the lowest number), at the place where it belongs by the sort. total and
 * facets count families, and products of no family. A query by ids or SKUs does not fold families.
 *
 * Facets are disjunctive: each ignores the filter on its own field, so a facet's count is the total
 * that the same query gives with that value as its filter. (With notes: the total for the words
 * that are left; whether any has all words is judged with the filters.)
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
    SEARCH_WORDS_MAX = 16,        /* chunks of `words`; the edge refuses more */
    SEARCH_WORDS_BYTES_MAX = 200, /* of `words`; likewise */
    SEARCH_ATTRIBUTES_MAX = 8,
    SEARCH_LIST_MAX = 100,  /* ids, SKUs */
    SEARCH_BRANDS_MAX = 50, /* in the facet */
    SEARCH_PRICE_BANDS_MAX = 40,
    SEARCH_RATING_BANDS = 4,
    SEARCH_SUGGESTIONS_MAX = 20,
    SEARCH_FILTERS_MAX = 32,
};

enum search_sort {
    SEARCH_RELEVANCE = 0, /* see index/ranking.h; without words: the order of entry */
    SEARCH_PRICE_ASC,
    SEARCH_PRICE_DESC,
    SEARCH_RATING,  /* best first; of two equal ones, that which more people gave */
    SEARCH_CREATED, /* newest first: the highest number */
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

/* What is asked of a filter that has a parameter of its own (filter/filter.h). */
struct search_own {
    bool is_asked;
    int64_t value;
};

/* Behind which product a page begins; comes from the page before. */
struct search_cursor {
    int64_t rank;    /* lower goes first, whatever the sort; of equals the lower number */
    uint32_t number; /* product; 0 = from the start */
};

/* All zero = every active product. */
struct search_query {
    struct text words; /* UTF-8 */
    uint32_t category; /* with everything below it; 0 = any */
    int64_t min_price_minor;
    int64_t max_price_minor; /* looked at with has_max_price: 0 is a price too */
    bool has_max_price;
    uint16_t min_rating_x100;
    bool in_stock; /* only what is available now */
    bool want_facets;
    bool has_numbers;  /* only products of numbers[] */
    bool has_skus;     /* only products of skus[], byte by byte */
    struct text brand; /* upper and lower case and accents ignored, like words */
    struct search_attribute attributes[SEARCH_ATTRIBUTES_MAX]; /* byte by byte; all of them */
    uint32_t attribute_count;
    const uint32_t *numbers;
    uint32_t number_count;
    const struct text *skus;
    uint32_t sku_count;
    struct search_own own[SEARCH_FILTERS_MAX]; /* by position in filters.def */
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

struct search_facets {
    struct search_category_count *categories; /* by number, none empty */
    uint32_t category_count;
    struct search_brand_count *brands; /* most products first, then by name; the first ones only */
    uint32_t brand_count;
    struct search_price_band price_bands[SEARCH_PRICE_BANDS_MAX]; /* cheapest first, none empty */
    uint32_t price_band_count;
    uint32_t rating_counts[SEARCH_RATING_BANDS]; /* at least 4.0, 3.0, 2.0, 1.0 */
    uint32_t in_stock;
};

/* What was done to a word because nothing had them all. */
struct search_note {
    struct text word; /* as asked */
    struct text used; /* instead of it; empty = it was left out */
};

struct search_result {
    uint64_t total;                  /* exact, all pages */
    uint32_t hits[SEARCH_LIMIT_MAX]; /* product numbers, best first */
    uint32_t hit_count;
    bool has_more;
    struct search_cursor next;    /* where the next page begins */
    struct search_facets *facets; /* NULL when not asked for */
    struct search_note notes[SEARCH_WORDS_MAX];
    uint32_t note_count; /* 0: the hits have all words */
};

/* What a shopper may be about to type. */
enum search_suggestion_kind {
    SUGGEST_WORDS = 0, /* `text` is a query; count: products that have it */
    SUGGEST_CATEGORY,  /* number: the category */
    SUGGEST_BRAND,
    SUGGEST_PRODUCT, /* number: the product */
};

struct search_suggestion {
    enum search_suggestion_kind kind;
    struct text text;
    uint32_t number;
    uint32_t count;
};

struct search_suggest_query {
    struct text words; /* the last one may be unfinished */
    uint32_t limit;    /* 1..SEARCH_SUGGESTIONS_MAX */
};

struct search_suggestions {
    struct search_suggestion items[SEARCH_SUGGESTIONS_MAX];
    uint32_t count;
};

#endif
