/* filter_price.c - only what costs from so much to so much. */
#include "search/filter/filter.h"

struct wanted_prices {
    int64_t low;
    int64_t high;
    uint32_t low_in_column;
    uint32_t high_in_column;
    uint8_t low_band;
    uint8_t high_band;
};

static uint32_t in_column(int64_t price_minor)
{
    return price_minor < PRICE_LARGE ? (uint32_t)price_minor : PRICE_LARGE;
}

static bool prepare(const struct scan *scan, void **state_out)
{
    const struct search_query *query = scan->query;
    if (query->min_price_minor <= 0 && !query->has_max_price)
        return false;
    struct wanted_prices *wanted = arena_alloc(scan->arena, sizeof *wanted);
    wanted->low = query->min_price_minor > 0 ? query->min_price_minor : 0;
    wanted->high = query->has_max_price ? query->max_price_minor : INT64_MAX;
    if (wanted->high < 0)
        wanted->low = INT64_MAX; /* nothing is that cheap */
    wanted->low_in_column = in_column(wanted->low);
    wanted->high_in_column = wanted->high < 0 ? 0 : in_column(wanted->high);
    wanted->low_band = columns_price_band(wanted->low);
    wanted->high_band = columns_price_band(wanted->high);
    *state_out = wanted;
    return true;
}

/* The band, which is one byte, nearly always tells. */
static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    const struct wanted_prices *wanted = state;
    uint8_t band = PEEK(scan->index->columns.price_band[doc]);
    if (band != wanted->low_band && band != wanted->high_band)
        return band > wanted->low_band && band < wanted->high_band;
    int64_t price = scan_price(scan, doc);
    return price >= wanted->low && price <= wanted->high;
}

/* The column has the very dear ones all as one price: each of them is looked at. */
static uint64_t without_wrong_large(const struct scan *scan, void *state, uint32_t block,
                                    uint64_t mask)
{
    const uint32_t *prices = scan->index->columns.price + (size_t)block * BLOCK;
    uint64_t large = mask & scan->index->kernels->range_u32(prices, PRICE_LARGE, PRICE_LARGE);
    for (uint64_t left = large; left != 0; left &= left - 1) {
        uint32_t doc = block * BLOCK + (uint32_t)__builtin_ctzll(left);
        if (!one(scan, state, doc))
            mask &= ~(left & -left);
    }
    return mask;
}

static uint64_t block(const struct scan *scan, void *state, uint32_t block, uint64_t asked)
{
    const struct wanted_prices *wanted = state;
    const uint32_t *prices = scan->index->columns.price + (size_t)block * BLOCK;
    uint64_t mask = asked & scan->index->kernels->range_u32(prices, wanted->low_in_column,
                                                            wanted->high_in_column);
    if (wanted->high_in_column == PRICE_LARGE && mask != 0)
        mask = without_wrong_large(scan, state, block, mask);
    return mask;
}

const struct search_filter filter_price = {
    .facet = FACET_PRICE,
    .prepare = prepare,
    .block = block,
    .one = one,
};
