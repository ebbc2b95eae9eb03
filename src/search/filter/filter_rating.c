/* filter_rating.c - only what is rated so well or better. */
#include "search/filter/filter.h"

static bool prepare(const struct scan *scan, void **state_out)
{
    (void)state_out;
    return scan->query->min_rating_x100 > 0;
}

static uint64_t block(const struct scan *scan, void *state, uint32_t block, uint64_t asked)
{
    (void)state;
    (void)asked;
    return scan->index->kernels->range_u16(scan->index->columns.rating + (size_t)block * BLOCK,
                                           scan->query->min_rating_x100, UINT16_MAX);
}

/* Whole stars, which are one byte, mostly tell. */
static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    (void)state;
    uint32_t stars = PEEK(scan->index->columns.stars[doc]);
    uint32_t least = scan->query->min_rating_x100 / 100U;
    if (stars != least || scan->query->min_rating_x100 % 100U == 0)
        return stars >= least;
    return PEEK(scan->index->columns.rating[doc]) >= scan->query->min_rating_x100;
}

const struct search_filter filter_rating = {
    .facet = FACET_RATING,
    .prepare = prepare,
    .block = block,
    .one = one,
};
