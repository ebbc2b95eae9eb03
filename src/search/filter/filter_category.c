/* filter_category.c - only one category and those below it: a range of positions (tree.h). */
#include "search/filter/filter.h"

static bool prepare(const struct scan *scan, void **state_out)
{
    if (scan->query->category == 0)
        return false;
    struct tree_range *range = arena_alloc(scan->arena, sizeof *range);
    if (!tree_find(scan->tree, scan->query->category, range))
        *range = (struct tree_range){.first = UINT16_MAX, .last = 0}; /* nothing lies in it */
    *state_out = range;
    return true;
}

static uint64_t block(const struct scan *scan, void *state, uint32_t block, uint64_t asked)
{
    (void)asked;
    const struct tree_range *range = state;
    return scan->index->kernels->range_u16(scan->tree->leaf + (size_t)block * BLOCK, range->first,
                                           range->last);
}

static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    const struct tree_range *range = state;
    uint16_t leaf = PEEK(scan->tree->leaf[doc]);
    return leaf >= range->first && leaf <= range->last;
}

static bool zone(const struct scan *scan, void *state, uint32_t zone)
{
    return tree_zone_meets(scan->tree, zone, *(const struct tree_range *)state);
}

const struct search_filter filter_category = {
    .facet = FACET_CATEGORY,
    .prepare = prepare,
    .block = block,
    .one = one,
    .zone = zone,
};
