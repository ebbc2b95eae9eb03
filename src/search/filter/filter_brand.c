/* filter_brand.c - only products of one brand, however it is written. */
#include "search/filter/filter.h"

static bool prepare(const struct scan *scan, void **state_out)
{
    if (scan->query->brand.length == 0)
        return false;
    char folded[BRAND_KEY_SIZE];
    uint32_t length = labels_fold(scan->query->brand, folded);
    uint32_t *brand = arena_alloc(scan->arena, sizeof *brand);
    *brand = labels_find(&scan->index->brands, (struct text){folded, length});
    if (*brand == 0)
        *brand = UINT32_MAX; /* no product has it */
    *state_out = brand;
    return true;
}

static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    return columns_brand(&scan->index->columns, doc) == *(const uint32_t *)state;
}

static uint64_t block(const struct scan *scan, void *state, uint32_t block, uint64_t asked)
{
    uint32_t brand = *(const uint32_t *)state;
    uint16_t in_column = brand < BRAND_WIDE ? (uint16_t)brand : BRAND_WIDE;
    uint64_t mask =
        asked & scan->index->kernels->range_u16(scan->index->columns.brand + (size_t)block * BLOCK,
                                                in_column, in_column);
    for (uint64_t left = in_column == BRAND_WIDE ? mask : 0; left != 0; left &= left - 1) {
        if (!one(scan, state, block * BLOCK + (uint32_t)__builtin_ctzll(left)))
            mask &= ~(left & -left);
    }
    return mask;
}

const struct search_filter filter_brand = {
    .facet = FACET_BRAND,
    .prepare = prepare,
    .block = block,
    .one = one,
};
