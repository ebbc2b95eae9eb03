/*
 * scan.h - one search on its way through the index: the products are looked at 64 at a time, or,
 * where something rare is asked for, one by one along its list.
 */
#ifndef SEARCH_INDEX_SCAN_H
#define SEARCH_INDEX_SCAN_H

#include "base/arena.h"
#include "search/index/columns.h"
#include "search/index/kernels.h"
#include "search/index/labels.h"
#include "search/index/replaced.h"
#include "search/index/scratch.h"
#include "search/index/spelling.h"
#include "search/index/synonyms.h"
#include "search/index/terms.h"
#include "search/index/tree.h"
#include "search/query.h"

/* What is searched: see index.c for who writes what. */
struct index {
    const struct view *view;
    const struct kernels *kernels;
    struct text language;
    struct columns columns;
    struct terms terms;
    struct labels brands;
    struct labels families;
    struct synonyms *synonyms; /* NULL = none */
    struct tree *tree;         /* RCU */
    struct spelling *spelling; /* RCU */
    uint64_t name_words_sum;   /* of all products' names; atomic */
    struct replaced replaced;
};

/* Fields that have a facet; a filter on one of them is ignored by its own. */
enum search_facet {
    FACET_CATEGORY = 0,
    FACET_BRAND,
    FACET_PRICE,
    FACET_RATING,
    FACET_STOCK,
    FACET_COUNT,
    FACET_NONE = FACET_COUNT
};

/* Bits of what accepts a product: bit of a facet: every filter but those on its field; bit
 * FACET_COUNT: all of them. */
enum { PASSES = 1 << FACET_COUNT, NEAR_ALL = PASSES * 2 - 1 };

struct words; /* words.h */

/* What filters, order and facets may look at. */
struct scan {
    const struct index *index;
    const struct tree *tree;
    const struct spelling *spelling;
    const struct search_query *query;
    struct arena *arena;
    struct scratch *scratch;
    struct words *words;   /* NULL = the query has none */
    uint64_t replaced_now; /* replaced_now(), before `docs` was read */
    uint32_t docs;         /* that can be seen */
    uint32_t products;     /* that there are, archived ones too */
    uint32_t blocks;
    const uint32_t *walked; /* entries of the list that has all that is looked at; NULL = none */
    /* Products got new texts meanwhile, and one of them may be missing, or there twice: all is to
     * be begun anew. */
    bool is_torn;
};

/* The price of a product that is too dear for the column. */
int64_t scan_large_price(const struct scan *scan, uint32_t doc);

/* The exact price. */
static inline int64_t scan_price(const struct scan *scan, uint32_t doc)
{
    uint32_t price = PEEK(scan->index->columns.price[doc]);
    return __builtin_expect(price == PRICE_LARGE, 0) ? scan_large_price(scan, doc) : price;
}

/* With scan->words set, whole: total, page and facets. */
void scan_run(struct scan *scan, struct search_result *result_out);

#endif
