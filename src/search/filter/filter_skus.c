/* filter_skus.c - only the products that have one of these SKUs, byte by byte. */
#include "search/filter/filter.h"

static bool prepare(const struct scan *scan, void **state_out)
{
    const struct search_query *query = scan->query;
    if (!query->has_skus)
        return false;
    uint32_t numbers[SEARCH_LIST_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->sku_count; i++) {
        const struct product *product = view_product_by_sku(scan->index->view, query->skus[i]);
        if (product != NULL)
            numbers[count++] = product->number;
    }
    struct doc_list *wanted = arena_alloc(scan->arena, sizeof *wanted);
    *wanted = filter_docs_of(scan, numbers, count);
    *state_out = wanted;
    return true;
}

const struct search_filter filter_skus = {
    .facet = FACET_NONE,
    .prepare = prepare,
    .list = filter_list_all,
    .one = filter_list_has,
};
