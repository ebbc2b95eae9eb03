#include "search/filter/filter.h"

static const void *prepare(const struct search_scan *scan)
{
    return scan->query->brand.length > 0 ? scan->query : NULL;
}

static bool accepts(const void *state, const struct search_row *row)
{
    const struct search_query *query = state;
    return text_equal_ignoring_case(product_text(row->product, PRODUCT_BRAND), query->brand);
}

const struct search_filter filter_brand = {prepare, accepts};
