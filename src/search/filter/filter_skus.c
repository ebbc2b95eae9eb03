#include "search/filter/filter.h"

static const void *prepare(const struct search_scan *scan)
{
    const struct search_query *query = scan->query;
    if (!query->has_skus)
        return NULL;
    ensure(query->sku_count <= SEARCH_LIST_MAX);
    struct search_numbers *wanted = arena_alloc(scan->arena, sizeof *wanted);
    for (uint32_t i = 0; i < query->sku_count; i++) {
        const struct product *product = view_product_by_sku(scan->view, query->skus[i]);
        if (product != NULL)
            wanted->numbers[wanted->count++] = product->number;
    }
    search_numbers_sort(wanted);
    return wanted;
}

const struct search_filter filter_skus = {prepare, search_numbers_accept};
