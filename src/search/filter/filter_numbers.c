/* filter_numbers.c - only the products that are listed by number. */
#include "search/filter/filter.h"

static bool prepare(const struct scan *scan, void **state_out)
{
    const struct search_query *query = scan->query;
    if (!query->has_numbers)
        return false;
    struct doc_list *wanted = arena_alloc(scan->arena, sizeof *wanted);
    *wanted = filter_docs_of(scan, query->numbers, query->number_count);
    *state_out = wanted;
    return true;
}

const struct search_filter filter_numbers = {
    .facet = FACET_NONE,
    .prepare = prepare,
    .list = filter_list_all,
    .one = filter_list_has,
};
