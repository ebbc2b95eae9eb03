#include "search/filter/filter.h"

static const void *prepare(const struct search_scan *scan)
{
    return scan->query->min_rating_x100 > 0 ? scan->query : NULL;
}

static bool accepts(const void *state, const struct search_row *row)
{
    const struct search_query *query = state;
    return row->product->rating_x100 >= query->min_rating_x100;
}

const struct search_filter filter_rating = {prepare, accepts};
