#include "search/filter/filter.h"

static const void *prepare(const struct search_scan *scan)
{
    const struct search_query *query = scan->query;
    return query->min_price_minor > 0 || query->has_max_price ? query : NULL;
}

static bool accepts(const void *state, const struct search_row *row)
{
    const struct search_query *query = state;
    int64_t price = row->product->price_minor;
    return price >= query->min_price_minor &&
           (!query->has_max_price || price <= query->max_price_minor);
}

const struct search_filter filter_price = {prepare, accepts};
