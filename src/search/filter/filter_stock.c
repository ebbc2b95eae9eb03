#include "search/filter/filter.h"

static const void *prepare(const struct search_scan *scan)
{
    return scan->query->in_stock ? scan->query : NULL;
}

static bool accepts(const void *state, const struct search_row *row)
{
    (void)state;
    return row->available > 0;
}

const struct search_filter filter_stock = {prepare, accepts};
