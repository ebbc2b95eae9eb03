/* filter_price.c - only what costs from so much to so much. */
#include "search/filter/filter.h"

struct wanted_prices {
    int64_t low;
    int64_t high;
    uint16_t low_place; /* as in columns.h */
    uint16_t high_place;
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
    wanted->low_place = columns_price_place(wanted->low);
    wanted->high_place = columns_price_place(wanted->high);
    *state_out = wanted;
    return true;
}

/* The place nearly always tells. */
static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    const struct wanted_prices *wanted = state;
    const struct columns *columns = &scan->index->columns;
    uint8_t step = PEEK(columns->price_step[doc]);
    if (step != wanted->low_place >> 8 && step != wanted->high_place >> 8)
        return step > wanted->low_place >> 8 && step < wanted->high_place >> 8;
    uint16_t place = columns_place(step, PEEK(columns->price_fine[doc]));
    if (place != wanted->low_place && place != wanted->high_place)
        return place > wanted->low_place && place < wanted->high_place;
    int64_t price = scan_price(scan, doc);
    return price >= wanted->low && price <= wanted->high;
}

/* Without those of `close` that are not wanted. */
static uint64_t closely(const struct scan *scan, void *state, uint32_t block, uint64_t mask,
                        uint64_t close)
{
    for (uint64_t left = mask & close; left != 0; left &= left - 1) {
        if (!one(scan, state, block * BLOCK + (uint32_t)__builtin_ctzll(left)))
            mask &= ~(left & -left);
    }
    return mask;
}

/* What lies at the place of a limit is looked at closely. */
static void blocks(const struct scan *scan, void *state, uint32_t zone, uint64_t masks[ZONE_BLOCKS])
{
    const struct wanted_prices *wanted = state;
    const struct columns *columns = &scan->index->columns;
    size_t first = (size_t)zone * ZONE_DOCS;
    uint64_t close[ZONE_BLOCKS];
    scan->index->kernels->zone_pair(columns->price_step + first, columns->price_fine + first,
                                    wanted->low_place, wanted->high_place, masks, close);
    for (uint32_t at = 0; at < ZONE_BLOCKS; at++) {
        if (masks[at] != 0)
            masks[at] = closely(scan, state, zone * ZONE_BLOCKS + at, masks[at], close[at]);
    }
}

const struct search_filter filter_price = {
    .facet = FACET_PRICE,
    .prepare = prepare,
    .blocks = blocks,
    .one = one,
};
