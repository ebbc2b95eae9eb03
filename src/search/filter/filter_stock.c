/* filter_stock.c - only what is available now. */
#include "search/filter/filter.h"

static bool prepare(const struct scan *scan, void **state_out)
{
    (void)state_out;
    return scan->query->in_stock;
}

static uint64_t block(const struct scan *scan, void *state, uint32_t block, uint64_t asked)
{
    (void)state;
    return PEEK(scan->index->columns.in_stock[block]) & asked;
}

static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    (void)state;
    return bit_get(scan->index->columns.in_stock, doc);
}

const struct search_filter filter_stock = {
    .facet = FACET_STOCK,
    .prepare = prepare,
    .block = block,
    .one = one,
};
