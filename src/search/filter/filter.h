/*
 * filter.h - what one filter of the product listing is: it prepares once per query, then says yes
 * or no to every product.
 */
#ifndef SEARCH_FILTER_H
#define SEARCH_FILTER_H

#include "search/query.h"

/* What filters may look at while they prepare. */
struct search_scan {
    const struct view *view;
    const struct view_categories *categories;
    const struct search_query *query;
    struct arena *arena;
};

struct search_row {
    const struct product *product;
    uint32_t available;
};

/* const, one per filter_<name>.c */
struct search_filter {
    /* NULL when the query does not ask for it; else what accepts() needs, from the arena. */
    const void *(*prepare)(const struct search_scan *scan);
    bool (*accepts)(const void *state, const struct search_row *row);
};

#define FILTER(name) extern const struct search_filter filter_##name;
#include "search/filter/filters.def"
#undef FILTER

/* The products a query lists by number; sorted. */
struct search_numbers {
    uint32_t count;
    uint32_t numbers[SEARCH_LIST_MAX];
};

void search_numbers_sort(struct search_numbers *numbers);
bool search_numbers_accept(const void *numbers, const struct search_row *row);

#endif
