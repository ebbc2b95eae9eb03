/* filter_price.c - only what costs from so much to so much. */
#include "search/filter/filter.h"

struct wanted_prices {
    int64_t low;
    int64_t high;
    uint8_t low_step;
    uint8_t high_step;
    bool low_is_whole; /* all of low_step is dear enough, and likewise */
    bool high_is_whole;
};

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
    wanted->low_step = columns_price_step(wanted->low);
    wanted->high_step = columns_price_step(wanted->high);
    wanted->low_is_whole =
        wanted->low == 0 || columns_price_step(wanted->low - 1) < wanted->low_step;
    wanted->high_is_whole =
        wanted->high == INT64_MAX || columns_price_step(wanted->high + 1) > wanted->high_step;
    *state_out = wanted;
    return true;
}

static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    const struct wanted_prices *wanted = state;
    uint8_t step = PEEK(scan->index->columns.price_step[doc]);
    if (step != wanted->low_step && step != wanted->high_step)
        return step > wanted->low_step && step < wanted->high_step;
    int64_t price = scan_price(scan, doc);
    return price >= wanted->low && price <= wanted->high;
}

/* What lies in the step of a limit is looked at closely. */
static uint64_t block(const struct scan *scan, void *state, uint32_t block, uint64_t asked)
{
    const struct wanted_prices *wanted = state;
    const struct kernels *kernels = scan->index->kernels;
    const uint8_t *steps = scan->index->columns.price_step + (size_t)block * BLOCK;
    uint64_t mask = asked & kernels->range_u8(steps, wanted->low_step, wanted->high_step);
    uint64_t close = 0;
    if (!wanted->low_is_whole)
        close |= kernels->range_u8(steps, wanted->low_step, wanted->low_step);
    if (!wanted->high_is_whole)
        close |= kernels->range_u8(steps, wanted->high_step, wanted->high_step);
    for (uint64_t left = mask & close; left != 0; left &= left - 1) {
        if (!one(scan, state, block * BLOCK + (uint32_t)__builtin_ctzll(left)))
            mask &= ~(left & -left);
    }
    return mask;
}

const struct search_filter filter_price = {
    .facet = FACET_PRICE,
    .prepare = prepare,
    .block = block,
    .one = one,
};
