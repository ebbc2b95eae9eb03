#include "search/filter/filter.h"

static const struct search_filter *const all_filters[] = {
#define FILTER(name) &filter_##name,
#include "search/filter/filters.def"
#undef FILTER
};

_Static_assert(countof(all_filters) <= SEARCH_FILTERS_MAX, "a place in struct search_query each");

const struct search_filter *filter_at(uint32_t position)
{
    return position < countof(all_filters) ? all_filters[position] : NULL;
}

bool filter_own(const struct search_query *query, const struct search_filter *filter,
                int64_t *value_out)
{
    for (uint32_t i = 0; i < countof(all_filters); i++) {
        if (all_filters[i] != filter || !query->own[i].is_asked)
            continue;
        *value_out = query->own[i].value;
        return true;
    }
    return false;
}
