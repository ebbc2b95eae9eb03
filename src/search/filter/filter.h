/*
 * filter.h - what one filter of the product listing is: it prepares once per query, then says of 64
 * products at a time, of a zone of 1,024, or of one, whether it accepts them.
 */
#ifndef SEARCH_FILTER_FILTER_H
#define SEARCH_FILTER_FILTER_H

#include "search/index/postings.h"
#include "search/index/scan.h"

#include <stdbool.h>
#include <stdint.h>

/* Documents in ascending order, as postings entries; the grades mean nothing here. */
struct doc_list {
    const uint32_t *entries;
    uint32_t count;
};

/* const, one per filter_<name>.c */
struct search_filter {
    /* A whole number that GET /v1/products takes for this filter alone, from lowest to highest: see
     * filter_own(). NULL = none; what it asks for is read into fields of the query. */
    const char *parameter;
    int64_t lowest;
    int64_t highest;
    enum search_facet facet; /* which facet ignores it; FACET_NONE: it has no facet */
    /* False when the query does not ask for it; else *state_out is what the others need, from the
     * arena. */
    bool (*prepare)(const struct scan *scan, void **state_out);
    /* True when it knows a list that has every document it accepts. NULL = never. With FACET_NONE
     * only. */
    bool (*list)(const struct scan *scan, void *state, struct doc_list *list_out);
    /* Bit i: document 64 * block + i is accepted; bits that are not in `asked` mean nothing. Not
     * called when list() gave one; NULL when it always does, and where there is blocks(). */
    uint64_t (*block)(const struct scan *scan, void *state, uint32_t block, uint64_t asked);
    /* The same for a whole zone: takes out of `masks` what it does not accept; scan->walked is the
     * list whose documents they are, if any. NULL = block(). */
    void (*blocks)(const struct scan *scan, void *state, uint32_t zone,
                   uint64_t masks[ZONE_BLOCKS]);
    /* Documents come in ascending order. */
    bool (*one)(const struct scan *scan, void *state, uint32_t doc);
    /* False when it accepts none of the 1,024 documents of the zone. NULL = cannot tell. */
    bool (*zone)(const struct scan *scan, void *state, uint32_t zone);
};

#define FILTER(name) extern const struct search_filter filter_##name;
#include "search/filter/filters.def"
#undef FILTER

/* All of them, in order. */
const struct search_filter *filter_at(uint32_t position); /* NULL behind the last */
/* False when the query does not ask for the filter's own parameter. */
bool filter_own(const struct search_query *query, const struct search_filter *filter,
                int64_t *value_out);

/* A list of the products with these numbers, in the arena; and, of a filter whose state is such a
 * list, what struct search_filter has under `list` and `one`. */
struct doc_list filter_docs_of(const struct scan *scan, const uint32_t *numbers, uint32_t count);
bool filter_list_all(const struct scan *scan, void *state, struct doc_list *list_out);
bool filter_list_has(const struct scan *scan, void *state, uint32_t doc);

#endif
