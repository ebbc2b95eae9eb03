#include "search/index/kernels.h"

#include "base/check.h"
#include "search/index/kernel_sets.h"
#include "search/rcu.h"

#include <stddef.h>

#define MAY_RACE __attribute__((no_sanitize("thread")))

MAY_RACE static uint64_t plain_u32(const uint32_t *column, uint32_t low, uint32_t high)
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i++)
        mask |= (uint64_t)((column[i] >= low) & (column[i] <= high)) << i;
    return mask;
}

MAY_RACE static uint64_t plain_u16(const uint16_t *column, uint16_t low, uint16_t high)
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i++)
        mask |= (uint64_t)((column[i] >= low) & (column[i] <= high)) << i;
    return mask;
}

MAY_RACE static uint64_t plain_range_u8(const uint8_t *column, uint8_t low, uint8_t high)
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i++)
        mask |= (uint64_t)((column[i] >= low) & (column[i] <= high)) << i;
    return mask;
}

MAY_RACE static uint64_t plain_range_pair(const uint8_t *upper, const uint8_t *lower, uint16_t low,
                                          uint16_t high, uint64_t *limits_out)
{
    uint64_t mask = 0;
    *limits_out = 0;
    for (uint32_t i = 0; i < BLOCK; i++) {
        uint32_t value = (uint32_t)upper[i] << 8 | lower[i];
        mask |= (uint64_t)((value >= low) & (value <= high)) << i;
        *limits_out |= (uint64_t)((value == low) | (value == high)) << i;
    }
    return mask;
}

static void plain_zone_u8(const uint8_t *column, uint8_t low, uint8_t high,
                          uint64_t masks[ZONE_BLOCKS])
{
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        if (masks[i] != 0)
            masks[i] &= plain_range_u8(column + (size_t)i * BLOCK, low, high);
    }
}

static void plain_zone_pair(const uint8_t *upper, const uint8_t *lower, uint16_t low, uint16_t high,
                            uint64_t masks[ZONE_BLOCKS], uint64_t limits_out[ZONE_BLOCKS])
{
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        size_t first = (size_t)i * BLOCK;
        if (masks[i] != 0)
            masks[i] &= plain_range_pair(upper + first, lower + first, low, high, &limits_out[i]);
    }
}

MAY_RACE static uint64_t plain_at_least(const uint8_t *column, const uint8_t *classes,
                                        const uint8_t lows[KERNEL_CLASSES])
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i++) {
        uint8_t class = classes[i] < KERNEL_CLASSES ? classes[i] : KERNEL_CLASSES - 1;
        mask |= (uint64_t)(column[i] >= lows[class]) << i;
    }
    return mask;
}

MAY_RACE static uint32_t plain_any(const uint8_t merits[ZONE_BLOCKS * KERNEL_CLASSES],
                                   const uint8_t lows[KERNEL_CLASSES])
{
    uint32_t blocks = 0;
    for (uint32_t i = 0; i < ZONE_BLOCKS * KERNEL_CLASSES; i++) {
        if (merits[i] >= lows[i % KERNEL_CLASSES])
            blocks |= 1U << i / KERNEL_CLASSES;
    }
    return blocks;
}

MAY_RACE static uint32_t plain_keep(const uint8_t *column, const uint8_t *classes,
                                    const uint8_t lows[KERNEL_CLASSES], uint32_t blocks,
                                    const uint64_t masks[ZONE_BLOCKS], uint64_t kept[ZONE_BLOCKS])
{
    uint32_t found = 0;
    for (; blocks != 0; blocks &= blocks - 1) {
        uint32_t at = (uint32_t)__builtin_ctz(blocks);
        size_t first = (size_t)at * BLOCK;
        uint64_t here = masks[at] & plain_at_least(column + first, classes + first, lows);
        kept[at] |= here;
        found |= (uint32_t)(here != 0) << at;
    }
    return found;
}

static void plain_read(const uint64_t *bits, uint64_t masks_out[ZONE_BLOCKS])
{
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        masks_out[i] = LOAD(bits[i]);
}

MAY_RACE static void plain_join(uint64_t *into, const uint64_t *bits, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        into[i] |= bits[i];
}

MAY_RACE static void plain_meet(uint64_t masks[ZONE_BLOCKS], const uint64_t *bits)
{
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        masks[i] &= bits[i];
}

/* Divides by multiplying, which is exact for bytes. */
MAY_RACE void kernels_plain_classes(struct class_tally *tally, const uint8_t *column,
                                    const uint64_t masks[ZONE_BLOCKS])
{
    uint32_t factor = (UINT16_MAX + tally->width) / tally->width;
    for (uint32_t block = 0; block < ZONE_BLOCKS; block++) {
        for (uint64_t left = masks[block]; left != 0; left &= left - 1)
            tally->counts[column[block * BLOCK + (uint32_t)__builtin_ctzll(left)] * factor >> 16]++;
    }
}

/* Of many, all up to the last are passed: adding nothing costs less than looking for the next. */
MAY_RACE static void count_block(uint32_t *counts, const uint16_t *values, uint64_t mask)
{
    enum { FEW = 20 };
    if (bits_count(mask) > FEW) {
        for (; mask != 0; mask >>= 1, values++)
            counts[*values] += (uint32_t)(mask & 1);
        return;
    }
    for (; mask != 0; mask &= mask - 1)
        counts[values[__builtin_ctzll(mask)]]++;
}

void kernels_plain_values(struct value_tally *tally, const uint16_t *column,
                          const uint64_t masks[ZONE_BLOCKS])
{
    for (uint32_t block = 0; block < ZONE_BLOCKS; block++)
        count_block(tally->counts, column + (size_t)block * BLOCK, masks[block]);
}

void kernels_plain_end_classes(struct class_tally *tally)
{
    ensure(tally->waiting_count == 0);
}

void kernels_plain_end_values(struct value_tally *tally)
{
    ensure(tally->waiting_count == 0);
}

MAY_RACE static uint32_t plain_blocks(const uint64_t masks[ZONE_BLOCKS])
{
    uint32_t blocks = 0;
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        blocks |= (uint32_t)(masks[i] != 0) << i;
    return blocks;
}

static void put_part(struct kernel_part *part, uint32_t at, uint64_t mask)
{
    part->masks[at] = mask;
    part->blocks |= (uint32_t)(mask != 0) << at;
}

MAY_RACE void kernels_plain_part(const uint64_t masks[ZONE_BLOCKS], uint32_t blocks,
                                 const uint64_t *high, const uint64_t *middle,
                                 struct kernel_parts *parts_out)
{
    parts_out->high.blocks = parts_out->middle.blocks = parts_out->rest.blocks = 0;
    for (; blocks != 0; blocks &= blocks - 1) {
        uint32_t at = (uint32_t)__builtin_ctz(blocks);
        uint64_t left = masks[at] & ~high[at];
        uint64_t of_middle = middle == NULL ? left : left & middle[at];
        put_part(&parts_out->high, at, masks[at] & ~left);
        put_part(&parts_out->middle, at, of_middle);
        put_part(&parts_out->rest, at, left & ~of_middle);
    }
}

static uint32_t plain_bits(const uint64_t masks[ZONE_BLOCKS])
{
    uint32_t count = 0;
    for (uint32_t block = 0; block < ZONE_BLOCKS; block++)
        count += bits_count(masks[block]);
    return count;
}

const struct kernels kernels_plain = {
    .name = "plain",
    .few_of_zone = 64,
    .range_u32 = plain_u32,
    .range_u16 = plain_u16,
    .range_u8 = plain_range_u8,
    .zone_u8 = plain_zone_u8,
    .zone_pair = plain_zone_pair,
    .keep_at_least = plain_keep,
    .any_at_least = plain_any,
    .read = plain_read,
    .join = plain_join,
    .meet = plain_meet,
    .blocks_any = plain_blocks,
    .part = kernels_plain_part,
    .count_bits = plain_bits,
    .count_classes = kernels_plain_classes,
    .count_values = kernels_plain_values,
    .end_classes = kernels_plain_end_classes,
    .end_values = kernels_plain_end_values,
};

const struct kernels *kernels_choose(enum kernel_set most)
{
#if defined(__x86_64__)
    if (most >= KERNELS_AVX512 && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2") &&
        __builtin_cpu_supports("avx512vpopcntdq"))
        return &kernels_avx512;
    if (most >= KERNELS_AVX2 && __builtin_cpu_supports("avx2"))
        return &kernels_avx2;
#else
    (void)most;
#endif
    return &kernels_plain;
}
