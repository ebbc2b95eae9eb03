/* filter_rating.c - only what is rated so well or better. */
#include "search/filter/filter.h"

static bool prepare(const struct scan *scan, void **state_out)
{
    (void)state_out;
    return scan->query->min_rating_x100 > 0;
}

static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    (void)state;
    uint8_t step = PEEK(scan->index->columns.rating_step[doc]);
    uint8_t least = (uint8_t)(scan->query->min_rating_x100 / 2);
    if (step != least || scan->query->min_rating_x100 % 2 == 0)
        return step >= least;
    return PEEK(scan->index->columns.rating[doc]) >= scan->query->min_rating_x100;
}

/* What lies in the step of an odd limit is looked at closely. */
static uint64_t block(const struct scan *scan, void *state, uint32_t block, uint64_t asked)
{
    const struct kernels *kernels = scan->index->kernels;
    const uint8_t *steps = scan->index->columns.rating_step + (size_t)block * BLOCK;
    uint8_t least = (uint8_t)(scan->query->min_rating_x100 / 2);
    uint64_t mask = asked & kernels->range_u8(steps, least, UINT8_MAX);
    if (scan->query->min_rating_x100 % 2 == 0)
        return mask;
    for (uint64_t left = mask & kernels->range_u8(steps, least, least); left != 0;
         left &= left - 1) {
        if (!one(scan, state, block * BLOCK + (uint32_t)__builtin_ctzll(left)))
            mask &= ~(left & -left);
    }
    return mask;
}

const struct search_filter filter_rating = {
    .facet = FACET_RATING,
    .prepare = prepare,
    .block = block,
    .one = one,
};
