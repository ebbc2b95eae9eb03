/*
 * facets.h - counts over a result, each facet without the filter on its own field.
 *
 * A product of no family is counted by facets_add(); the members of a family together by
 * facets_add_family(), once for every value that any of them has.
 */
#ifndef SEARCH_INDEX_FACETS_H
#define SEARCH_INDEX_FACETS_H

#include "search/index/scan.h"

#include <stdint.h>

enum { PRICE_LANES = 4 };

struct facets {
    const struct scan *scan;
    uint32_t *category_counts; /* by position; without what is below */
    int32_t *category_repeats; /* by position: families counted in several categories below it */
    uint32_t price_counts[PRICE_LANES][PRICE_LIMITS + 1]; /* the sum of all lanes counts */
    uint32_t rated_least[SEARCH_RATING_BANDS];
    uint32_t stars[SEARCH_RATING_BANDS + 2]; /* by whole stars; besides the above */
    uint32_t in_stock;
};

void facets_init(struct facets *facets, const struct scan *scan);
/* The documents of near[facet] that are in `mask` count for that facet. */
void facets_add(struct facets *facets, uint32_t block, uint64_t mask,
                const uint64_t near[FACET_COUNT]);
/* scratch->members[first - 1] and those it leads to. */
void facets_add_family(struct facets *facets, uint32_t first);
struct search_facets *facets_finish(struct facets *facets) MUST_USE;

#endif
