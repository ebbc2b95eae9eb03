/* kernels_avx2.c - kernels for processors with AVX2: half a block in a register. */
#include "search/index/kernel_sets.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <stddef.h>

#define AVX2 __attribute__((target("avx2"), no_sanitize("thread")))

/* Unsigned v >= low is max(v, low) == v, and likewise for the upper end. */
AVX2 static uint64_t avx2_u32(const uint32_t *column, uint32_t low, uint32_t high)
{
    const __m256i lows = _mm256_set1_epi32((int)low);
    const __m256i highs = _mm256_set1_epi32((int)high);
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i += 8) {
        __m256i values = _mm256_loadu_si256((const void *)(column + i));
        __m256i hits =
            _mm256_and_si256(_mm256_cmpeq_epi32(_mm256_max_epu32(values, lows), values),
                             _mm256_cmpeq_epi32(_mm256_min_epu32(values, highs), values));
        uint32_t bits = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(hits));
        mask |= (uint64_t)bits << i;
    }
    return mask;
}

AVX2 static __m256i within_u16(const uint16_t *column, __m256i lows, __m256i highs)
{
    __m256i values = _mm256_loadu_si256((const void *)column);
    return _mm256_and_si256(_mm256_cmpeq_epi16(_mm256_max_epu16(values, lows), values),
                            _mm256_cmpeq_epi16(_mm256_min_epu16(values, highs), values));
}

AVX2 static uint64_t avx2_u16(const uint16_t *column, uint16_t low, uint16_t high)
{
    const __m256i lows = _mm256_set1_epi16((short)low);
    const __m256i highs = _mm256_set1_epi16((short)high);
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i += 32) {
        __m256i packed = _mm256_packs_epi16(within_u16(column + i, lows, highs),
                                            within_u16(column + i + 16, lows, highs));
        /* packs works in halves of 128 bits: put them back in order */
        uint32_t bits = (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0xd8));
        mask |= (uint64_t)bits << i;
    }
    return mask;
}

AVX2 static uint64_t avx2_at_least(const uint8_t *column, const uint8_t *classes,
                                   const uint8_t lows[KERNEL_CLASSES])
{
    const __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)lows));
    const __m256i class_max = _mm256_set1_epi8(KERNEL_CLASSES - 1);
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i += 32) {
        __m256i values = _mm256_loadu_si256((const void *)(column + i));
        __m256i class = _mm256_loadu_si256((const void *)(classes + i));
        __m256i low = _mm256_shuffle_epi8(table, _mm256_min_epu8(class, class_max));
        __m256i hits = _mm256_cmpeq_epi8(_mm256_max_epu8(values, low), values);
        mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(hits) << i;
    }
    return mask;
}

AVX2 static uint32_t avx2_any(const uint8_t merits[ZONE_BLOCKS * KERNEL_CLASSES],
                              const uint8_t lows[KERNEL_CLASSES])
{
    const __m256i each = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)lows));
    uint32_t blocks = 0;
    for (uint32_t i = 0; i < ZONE_BLOCKS; i += 2) {
        __m256i values = _mm256_loadu_si256((const void *)(merits + (size_t)i * KERNEL_CLASSES));
        uint32_t hits = (uint32_t)_mm256_movemask_epi8(
            _mm256_cmpeq_epi8(_mm256_max_epu8(values, each), values));
        blocks |= (uint32_t)((hits & 0xffff) != 0) << i | (uint32_t)(hits >> 16 != 0) << (i + 1);
    }
    return blocks;
}

AVX2 static uint32_t avx2_keep(const uint8_t *column, const uint8_t *classes,
                               const uint8_t lows[KERNEL_CLASSES], uint32_t blocks,
                               const uint64_t masks[ZONE_BLOCKS], uint64_t kept[ZONE_BLOCKS])
{
    uint32_t found = 0;
    for (; blocks != 0; blocks &= blocks - 1) {
        uint32_t at = (uint32_t)__builtin_ctz(blocks);
        size_t first = (size_t)at * BLOCK;
        uint64_t here = masks[at] & avx2_at_least(column + first, classes + first, lows);
        kept[at] |= here;
        found |= (uint32_t)(here != 0) << at;
    }
    return found;
}

/* Every load of this processor acquires. */
AVX2 static void avx2_read(const uint64_t *bits, uint64_t masks_out[ZONE_BLOCKS])
{
    for (uint32_t at = 0; at < ZONE_BLOCKS; at += 4) {
        __m256i words = _mm256_loadu_si256((const void *)(bits + at));
        _mm256_storeu_si256((void *)(masks_out + at), words);
    }
}

AVX2 static void avx2_join(uint64_t *into, const uint64_t *bits, uint32_t words)
{
    uint32_t at = 0;
    for (; at + 4 <= words; at += 4) {
        __m256i both = _mm256_or_si256(_mm256_loadu_si256((const void *)(into + at)),
                                       _mm256_loadu_si256((const void *)(bits + at)));
        _mm256_storeu_si256((void *)(into + at), both);
    }
    for (; at < words; at++)
        into[at] |= bits[at];
}

AVX2 static void avx2_meet(uint64_t masks[ZONE_BLOCKS], const uint64_t *bits)
{
    for (uint32_t at = 0; at < ZONE_BLOCKS; at += 4) {
        __m256i both = _mm256_and_si256(_mm256_loadu_si256((const void *)(masks + at)),
                                        _mm256_loadu_si256((const void *)(bits + at)));
        _mm256_storeu_si256((void *)(masks + at), both);
    }
}

AVX2 static uint32_t within_u8(const uint8_t *column, __m256i lows, __m256i highs)
{
    __m256i values = _mm256_loadu_si256((const void *)column);
    return (uint32_t)_mm256_movemask_epi8(
        _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(values, lows), values),
                         _mm256_cmpeq_epi8(_mm256_min_epu8(values, highs), values)));
}

AVX2 static uint64_t avx2_range_u8(const uint8_t *column, uint8_t low, uint8_t high)
{
    const __m256i lows = _mm256_set1_epi8((char)low);
    const __m256i highs = _mm256_set1_epi8((char)high);
    return within_u8(column, lows, highs) | (uint64_t)within_u8(column + BLOCK / 2, lows, highs)
                                                << 32;
}

/* Not below: the upper byte is not, unless it is equal and the lower one is. */
AVX2 static __m256i pair_at_least(__m256i upper, __m256i lower, uint16_t low)
{
    const __m256i low_upper = _mm256_set1_epi8((char)(low >> 8));
    const __m256i low_lower = _mm256_set1_epi8((char)low);
    __m256i fits = _mm256_cmpeq_epi8(_mm256_max_epu8(upper, low_upper), upper);
    __m256i is_equal = _mm256_cmpeq_epi8(upper, low_upper);
    __m256i lower_fits = _mm256_cmpeq_epi8(_mm256_max_epu8(lower, low_lower), lower);
    return _mm256_andnot_si256(_mm256_andnot_si256(lower_fits, is_equal), fits);
}

AVX2 static __m256i pair_at_most(__m256i upper, __m256i lower, uint16_t high)
{
    const __m256i high_upper = _mm256_set1_epi8((char)(high >> 8));
    const __m256i high_lower = _mm256_set1_epi8((char)high);
    __m256i fits = _mm256_cmpeq_epi8(_mm256_min_epu8(upper, high_upper), upper);
    __m256i is_equal = _mm256_cmpeq_epi8(upper, high_upper);
    __m256i lower_fits = _mm256_cmpeq_epi8(_mm256_min_epu8(lower, high_lower), lower);
    return _mm256_andnot_si256(_mm256_andnot_si256(lower_fits, is_equal), fits);
}

AVX2 static __m256i pair_is(__m256i upper, __m256i lower, uint16_t value)
{
    return _mm256_and_si256(_mm256_cmpeq_epi8(upper, _mm256_set1_epi8((char)(value >> 8))),
                            _mm256_cmpeq_epi8(lower, _mm256_set1_epi8((char)value)));
}

AVX2 static uint64_t avx2_range_pair(const uint8_t *upper, const uint8_t *lower, uint16_t low,
                                     uint16_t high, uint64_t *limits_out)
{
    uint64_t mask = 0;
    uint64_t limits = 0;
    for (uint32_t i = 0; i < BLOCK; i += 32) {
        __m256i uppers = _mm256_loadu_si256((const void *)(upper + i));
        __m256i lowers = _mm256_loadu_si256((const void *)(lower + i));
        __m256i hits = _mm256_and_si256(pair_at_least(uppers, lowers, low),
                                        pair_at_most(uppers, lowers, high));
        __m256i at_limit =
            _mm256_or_si256(pair_is(uppers, lowers, low), pair_is(uppers, lowers, high));
        mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(hits) << i;
        limits |= (uint64_t)(uint32_t)_mm256_movemask_epi8(at_limit) << i;
    }
    *limits_out = limits;
    return mask;
}

AVX2 static void avx2_zone_u8(const uint8_t *column, uint8_t low, uint8_t high,
                              uint64_t masks[ZONE_BLOCKS])
{
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        if (masks[i] != 0)
            masks[i] &= avx2_range_u8(column + (size_t)i * BLOCK, low, high);
    }
}

AVX2 static void avx2_zone_pair(const uint8_t *upper, const uint8_t *lower, uint16_t low,
                                uint16_t high, uint64_t masks[ZONE_BLOCKS],
                                uint64_t limits_out[ZONE_BLOCKS])
{
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        size_t first = (size_t)i * BLOCK;
        if (masks[i] != 0)
            masks[i] &= avx2_range_pair(upper + first, lower + first, low, high, &limits_out[i]);
    }
}

/* A byte of ones for every bit. */
AVX2 static __m256i spread(uint32_t bits)
{
    const __m256i bytes = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
                                           2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i each = _mm256_set1_epi64x((long long)0x8040201008040201);
    __m256i all = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), bytes);
    return _mm256_cmpeq_epi8(_mm256_and_si256(all, each), each);
}

AVX2 static uint32_t sum_bytes(__m256i bytes)
{
    __m256i sums = _mm256_sad_epu8(bytes, _mm256_setzero_si256());
    __m128i both = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    return (uint32_t)(_mm_cvtsi128_si32(both) + _mm_extract_epi32(both, 2));
}

AVX2 static uint8_t lowest_byte(__m256i bytes)
{
    __m128i low = _mm_min_epu8(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
    low = _mm_min_epu8(low, _mm_srli_epi16(low, 8));
    return (uint8_t)_mm_cvtsi128_si32(_mm_minpos_epu16(_mm_and_si128(low, _mm_set1_epi16(255))));
}

enum { LANES = 32, PARTS = ZONE_DOCS / LANES };

/* Turns the order of unsigned bytes into that of signed ones, which one instruction compares. */
enum { SIGN = 0x80 };

/* Copies the values that count, with 255 for the others, all less SIGN, of blocks that have any;
 * tells the lowest and the highest, and returns how many parts there are. */
AVX2 static uint32_t copy_counted(const uint8_t *column, const uint64_t masks[ZONE_BLOCKS],
                                  __m256i values[PARTS], uint8_t *low_out, uint8_t *high_out)
{
    __m256i lowest = _mm256_set1_epi8(-1);
    __m256i highest = _mm256_setzero_si256();
    uint32_t parts = 0;
    for (uint32_t i = 0; i < PARTS; i++) {
        if (masks[i / 2] == 0)
            continue;
        __m256i mask = spread((uint32_t)(masks[i / 2] >> (i % 2 * LANES)));
        __m256i read = _mm256_loadu_si256((const void *)(column + (size_t)i * LANES));
        highest = _mm256_max_epu8(highest, _mm256_and_si256(read, mask));
        __m256i counted = _mm256_or_si256(read, _mm256_xor_si256(mask, _mm256_set1_epi8(-1)));
        lowest = _mm256_min_epu8(lowest, counted);
        values[parts++] = _mm256_xor_si256(counted, _mm256_set1_epi8((char)SIGN));
    }
    *low_out = lowest_byte(lowest);
    *high_out = (uint8_t)~lowest_byte(_mm256_xor_si256(highest, _mm256_set1_epi8(-1)));
    return parts;
}

enum { SIDE_BY_SIDE = 4 };

AVX2 static __m256i one_more_below(__m256i sum, __m256i limit, __m256i values)
{
    return _mm256_sub_epi8(sum, _mm256_cmpgt_epi8(limit, values));
}

/* How many values are below each of the limits: four sums that do not wait for one another. */
AVX2 static void count_below(const __m256i values[PARTS], uint32_t parts,
                             const uint8_t limits[SIDE_BY_SIDE], uint32_t below_out[SIDE_BY_SIDE])
{
    const __m256i limit0 = _mm256_set1_epi8((char)(limits[0] ^ SIGN));
    const __m256i limit1 = _mm256_set1_epi8((char)(limits[1] ^ SIGN));
    const __m256i limit2 = _mm256_set1_epi8((char)(limits[2] ^ SIGN));
    const __m256i limit3 = _mm256_set1_epi8((char)(limits[3] ^ SIGN));
    __m256i sum0 = _mm256_setzero_si256();
    __m256i sum1 = sum0;
    __m256i sum2 = sum0;
    __m256i sum3 = sum0;
    for (uint32_t part = 0; part < parts; part++) {
        sum0 = one_more_below(sum0, limit0, values[part]);
        sum1 = one_more_below(sum1, limit1, values[part]);
        sum2 = one_more_below(sum2, limit2, values[part]);
        sum3 = one_more_below(sum3, limit3, values[part]);
    }
    below_out[0] = sum_bytes(sum0);
    below_out[1] = sum_bytes(sum1);
    below_out[2] = sum_bytes(sum2);
    below_out[3] = sum_bytes(sum3);
}

/* By halves of bytes, whose bits a table knows (Mula, Kurz and Lemire, "Faster Population Counts
 * Using AVX2 Instructions", 2018). */
AVX2 static uint32_t avx2_bits(const uint64_t masks[ZONE_BLOCKS])
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i half = _mm256_set1_epi8(15);
    __m256i sum = _mm256_setzero_si256();
    for (uint32_t i = 0; i < ZONE_BLOCKS; i += 4) {
        __m256i bits = _mm256_loadu_si256((const void *)(masks + i));
        __m256i low = _mm256_and_si256(bits, half);
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(bits, 4), half);
        sum = _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, low));
        sum = _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, high));
    }
    return sum_bytes(sum);
}

enum { FEW_OF_ZONE = 40 }; /* are quicker counted one by one */

/* Class by class: 1,024 bytes stay in the nearest cache, and most zones have few classes. */
AVX2 static void avx2_classes(struct class_tally *tally, const uint8_t *column,
                              const uint64_t masks[ZONE_BLOCKS])
{
    __m256i values[PARTS];
    uint8_t low;
    uint8_t high;
    if (avx2_bits(masks) <= FEW_OF_ZONE) {
        kernels_plain_classes(tally, column, masks);
        return;
    }
    uint32_t parts = copy_counted(column, masks, values, &low, &high);
    uint32_t before = 0;
    uint32_t last = high / tally->width;
    for (uint32_t class = low / tally->width; class <= last; class += SIDE_BY_SIDE) {
        uint8_t limits[SIDE_BY_SIDE];
        uint32_t below[SIDE_BY_SIDE];
        for (uint32_t i = 0; i < SIDE_BY_SIDE; i++) {
            uint32_t limit = (class + i + 1) * tally->width;
            limits[i] = limit < UINT8_MAX ? (uint8_t)limit : UINT8_MAX;
        }
        count_below(values, parts, limits, below);
        for (uint32_t i = 0; i < SIDE_BY_SIDE && class + i <= last; i++) {
            tally->counts[class + i] += below[i] - before;
            before = below[i];
        }
    }
}

AVX2 static uint32_t avx2_blocks(const uint64_t masks[ZONE_BLOCKS])
{
    uint32_t empty = 0;
    for (uint32_t i = 0; i < ZONE_BLOCKS; i += 4) {
        __m256i is_empty = _mm256_cmpeq_epi64(_mm256_loadu_si256((const void *)(masks + i)),
                                              _mm256_setzero_si256());
        empty |= (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(is_empty)) << i;
    }
    return ~empty & ((1U << ZONE_BLOCKS) - 1);
}

const struct kernels kernels_avx2 = {
    .name = "avx2",
    .few_of_zone = 64,
    .range_u32 = avx2_u32,
    .range_u16 = avx2_u16,
    .range_u8 = avx2_range_u8,
    .zone_u8 = avx2_zone_u8,
    .zone_pair = avx2_zone_pair,
    .keep_at_least = avx2_keep,
    .any_at_least = avx2_any,
    .read = avx2_read,
    .join = avx2_join,
    .meet = avx2_meet,
    .blocks_any = avx2_blocks,
    .part = kernels_plain_part,
    .count_bits = avx2_bits,
    .count_classes = avx2_classes,
    .count_values = kernels_plain_values,
    .end_classes = kernels_plain_end_classes,
    .end_values = kernels_plain_end_values,
};

#endif
