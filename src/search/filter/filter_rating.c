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
static void blocks(const struct scan *scan, void *state, uint32_t zone, uint64_t masks[ZONE_BLOCKS])
{
    const struct kernels *kernels = scan->index->kernels;
    const uint8_t *steps = scan->index->columns.rating_step + (size_t)zone * ZONE_DOCS;
    uint8_t least = (uint8_t)(scan->query->min_rating_x100 / 2);
    kernels->zone_u8(steps, least, UINT8_MAX, masks);
    if (scan->query->min_rating_x100 % 2 == 0)
        return;
    for (uint32_t at = 0; at < ZONE_BLOCKS; at++) {
        uint64_t left = masks[at];
        left = left == 0 ? 0 : left & kernels->range_u8(steps + (size_t)at * BLOCK, least, least);
        for (; left != 0; left &= left - 1) {
            if (!one(scan, state, zone * ZONE_DOCS + at * BLOCK + (uint32_t)__builtin_ctzll(left)))
                masks[at] &= ~(left & -left);
        }
    }
}

const struct search_filter filter_rating = {
    .facet = FACET_RATING,
    .prepare = prepare,
    .blocks = blocks,
    .one = one,
};
