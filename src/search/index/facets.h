/*
 * facets.h - counts over a result, each facet without the filter on its own field.
 *
 * Products are counted one by one, or by the zone where there are many. Members of a family count
 * together, once for every value that any of them has: those of a compact family (columns.h) by the
 * block, others one by one.
 */
#ifndef SEARCH_INDEX_FACETS_H
#define SEARCH_INDEX_FACETS_H

#include "search/index/scan.h"

#include <stdint.h>

/* Documents of a zone: bit i of near[facet][block]: every filter but those on the facet's field
 * accepts it. */
struct zone_found {
    uint64_t near[FACET_COUNT][ZONE_BLOCKS];
};

/* Compact families of a block: see compact_any(). */
struct compact {
    uint64_t last;
    uint64_t all;
};

struct facets {
    const struct scan *scan;
    uint32_t *category_counts; /* by position; without what is below */
    int32_t *category_repeats; /* by position: families counted in several categories below it */
    struct class_tally prices; /* by band */
    uint32_t rated_least[SEARCH_RATING_BANDS];
    struct class_tally stars; /* whole ones; besides the above */
    uint32_t in_stock;
    struct value_tally brands; /* in scratch->brand_counts */
};

void facets_init(struct facets *facets, const struct scan *scan);
/* One document, for the facets whose bits are set in `near`. */
void facets_add_doc(struct facets *facets, uint32_t doc, uint32_t near);
/* Many documents, each by itself. */
void facets_add_zone(struct facets *facets, uint32_t zone, const struct zone_found *found);
/* Takes the members of compact families out of block `at` of the zone and counts them; what of them
 * is left is one document for each family that is yet to be counted by facets_add_zone(). */
void facets_take_compact(struct facets *facets, uint32_t zone, uint32_t at, struct compact compact,
                         struct zone_found *found);
/* scratch->members[first - 1] and those it leads to. */
void facets_add_family(struct facets *facets, uint32_t first);
struct search_facets *facets_finish(struct facets *facets) MUST_USE;

#endif
