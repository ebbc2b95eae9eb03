/*
 * kernels_avx512.c - kernels for processors with AVX-512 (Ice Lake, Zen 4 and later): a block in a
 * register, and a comparison answers with its bits. What is counted is packed first: all of a zone
 * that is found lies together, and costs by how much it is.
 */
#include "search/index/kernel_sets.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <stddef.h>

#define AVX512                                                                                     \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,avx512vpopcntdq,popcnt"),         \
                   no_sanitize("thread")))

AVX512 static uint64_t avx512_u32(const uint32_t *column, uint32_t low, uint32_t high)
{
    enum { LANES = 16 };
    const __m512i lows = _mm512_set1_epi32((int)low);
    const __m512i highs = _mm512_set1_epi32((int)high);
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i += LANES) {
        __m512i values = _mm512_loadu_si512(column + i);
        uint64_t hits =
            _mm512_mask_cmple_epu32_mask(_mm512_cmpge_epu32_mask(values, lows), values, highs);
        mask |= hits << i;
    }
    return mask;
}

AVX512 static uint64_t avx512_u16(const uint16_t *column, uint16_t low, uint16_t high)
{
    enum { LANES = 32 };
    const __m512i lows = _mm512_set1_epi16((short)low);
    const __m512i highs = _mm512_set1_epi16((short)high);
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i += LANES) {
        __m512i values = _mm512_loadu_si512(column + i);
        uint64_t hits =
            _mm512_mask_cmple_epu16_mask(_mm512_cmpge_epu16_mask(values, lows), values, highs);
        mask |= hits << i;
    }
    return mask;
}

AVX512 static uint64_t avx512_u8(const uint8_t *column, uint8_t low, uint8_t high)
{
    __m512i values = _mm512_loadu_si512(column);
    return _mm512_cmpge_epu8_mask(values, _mm512_set1_epi8((char)low)) &
           _mm512_cmple_epu8_mask(values, _mm512_set1_epi8((char)high));
}

AVX512 static void avx512_zone_u8(const uint8_t *column, uint8_t low, uint8_t high,
                                  uint64_t masks[ZONE_BLOCKS])
{
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        masks[i] &= avx512_u8(column + (size_t)i * BLOCK, low, high);
}

/* Not below: the upper byte is above, or it is equal and the lower one is not below. */
AVX512 static void avx512_zone_pair(const uint8_t *upper, const uint8_t *lower, uint16_t low,
                                    uint16_t high, uint64_t masks[ZONE_BLOCKS],
                                    uint64_t limits_out[ZONE_BLOCKS])
{
    const __m512i low_upper = _mm512_set1_epi8((char)(low >> 8));
    const __m512i low_lower = _mm512_set1_epi8((char)low);
    const __m512i high_upper = _mm512_set1_epi8((char)(high >> 8));
    const __m512i high_lower = _mm512_set1_epi8((char)high);
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        __m512i uppers = _mm512_loadu_si512(upper + (size_t)i * BLOCK);
        __m512i lowers = _mm512_loadu_si512(lower + (size_t)i * BLOCK);
        uint64_t is_low = _mm512_cmpeq_epi8_mask(uppers, low_upper);
        uint64_t is_high = _mm512_cmpeq_epi8_mask(uppers, high_upper);
        uint64_t fits_low = _mm512_cmpgt_epu8_mask(uppers, low_upper) |
                            (is_low & _mm512_cmpge_epu8_mask(lowers, low_lower));
        uint64_t fits_high = _mm512_cmplt_epu8_mask(uppers, high_upper) |
                             (is_high & _mm512_cmple_epu8_mask(lowers, high_lower));
        masks[i] &= fits_low & fits_high;
        limits_out[i] = (is_low & _mm512_cmpeq_epi8_mask(lowers, low_lower)) |
                        (is_high & _mm512_cmpeq_epi8_mask(lowers, high_lower));
    }
}

AVX512 static uint32_t avx512_keep(const uint8_t *column, const uint8_t *classes,
                                   const uint8_t lows[KERNEL_CLASSES], uint32_t blocks,
                                   const uint64_t masks[ZONE_BLOCKS], uint64_t kept[ZONE_BLOCKS])
{
    const __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)lows));
    const __m512i class_max = _mm512_set1_epi8(KERNEL_CLASSES - 1);
    uint32_t found = 0;
    for (; blocks != 0; blocks &= blocks - 1) {
        uint32_t at = (uint32_t)__builtin_ctz(blocks);
        size_t first = (size_t)at * BLOCK;
        __m512i class = _mm512_min_epu8(_mm512_loadu_si512(classes + first), class_max);
        __m512i low = _mm512_shuffle_epi8(table, class);
        uint64_t here =
            _mm512_mask_cmpge_epu8_mask(masks[at], _mm512_loadu_si512(column + first), low);
        kept[at] |= here;
        found |= (uint32_t)(here != 0) << at;
    }
    return found;
}

/* Sixteen bits of the comparison are a block's. */
AVX512 static uint32_t avx512_any(const uint8_t merits[ZONE_BLOCKS * KERNEL_CLASSES],
                                  const uint8_t lows[KERNEL_CLASSES])
{
    enum { PARTS = ZONE_BLOCKS * KERNEL_CLASSES / BLOCK };
    const __m512i each = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)lows));
    uint64_t hits[PARTS];
    for (uint32_t i = 0; i < PARTS; i++)
        hits[i] = _mm512_cmpge_epu8_mask(_mm512_loadu_si512(merits + (size_t)i * BLOCK), each);
    __m256i all = _mm256_set_epi64x((long long)hits[3], (long long)hits[2], (long long)hits[1],
                                    (long long)hits[0]);
    return _mm256_test_epi16_mask(all, all);
}

enum { WORDS = 8 }; /* in a register */

/* Every load of this processor acquires. */
AVX512 static void avx512_read(const uint64_t *bits, uint64_t masks_out[ZONE_BLOCKS])
{
    for (uint32_t at = 0; at < ZONE_BLOCKS; at += WORDS)
        _mm512_storeu_si512(masks_out + at, _mm512_loadu_si512(bits + at));
}

AVX512 static void avx512_join(uint64_t *into, const uint64_t *bits, uint32_t words)
{
    uint32_t at = 0;
    for (; at + WORDS <= words; at += WORDS)
        _mm512_storeu_si512(into + at, _mm512_or_si512(_mm512_loadu_si512(into + at),
                                                       _mm512_loadu_si512(bits + at)));
    for (; at < words; at++)
        into[at] |= bits[at];
}

AVX512 static void avx512_meet(uint64_t masks[ZONE_BLOCKS], const uint64_t *bits)
{
    for (uint32_t at = 0; at < ZONE_BLOCKS; at += WORDS)
        _mm512_storeu_si512(masks + at, _mm512_and_si512(_mm512_loadu_si512(masks + at),
                                                         _mm512_loadu_si512(bits + at)));
}

AVX512 static uint32_t avx512_blocks(const uint64_t masks[ZONE_BLOCKS])
{
    uint32_t blocks = 0;
    for (uint32_t at = 0; at < ZONE_BLOCKS; at += WORDS) {
        __m512i words = _mm512_loadu_si512(masks + at);
        blocks |= (uint32_t)_mm512_test_epi64_mask(words, words) << at;
    }
    return blocks;
}

AVX512 static void put_part(struct kernel_part *part, uint32_t at, __m512i words)
{
    _mm512_storeu_si512(part->masks + at, words);
    part->blocks |= (uint32_t)_mm512_test_epi64_mask(words, words) << at;
}

AVX512 static void avx512_part(const uint64_t masks[ZONE_BLOCKS], uint32_t blocks,
                               const uint64_t *high, const uint64_t *middle,
                               struct kernel_parts *parts_out)
{
    parts_out->high.blocks = parts_out->middle.blocks = parts_out->rest.blocks = 0;
    for (uint32_t at = 0; at < ZONE_BLOCKS; at += WORDS) {
        __m512i words = _mm512_maskz_loadu_epi64((__mmask8)(blocks >> at), masks + at);
        __m512i of_high = _mm512_and_si512(words, _mm512_loadu_si512(high + at));
        __m512i left = _mm512_xor_si512(words, of_high);
        __m512i of_middle = left;
        if (middle != NULL)
            of_middle = _mm512_and_si512(left, _mm512_loadu_si512(middle + at));
        put_part(&parts_out->high, at, of_high);
        put_part(&parts_out->middle, at, of_middle);
        put_part(&parts_out->rest, at, _mm512_xor_si512(left, of_middle));
    }
}

AVX512 static uint32_t avx512_bits(const uint64_t masks[ZONE_BLOCKS])
{
    __m512i sum = _mm512_setzero_si512();
    for (uint32_t at = 0; at < ZONE_BLOCKS; at += WORDS)
        sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_loadu_si512(masks + at)));
    return (uint32_t)_mm512_reduce_add_epi64(sum);
}

/* Behind the last value comes a block of the highest. */
AVX512 static uint8_t lowest_of(const uint8_t *values, uint32_t count)
{
    __m512i lowest = _mm512_set1_epi8(-1);
    for (uint32_t at = 0; at < count; at += BLOCK)
        lowest = _mm512_min_epu8(lowest, _mm512_loadu_si512(values + at));
    __m256i half =
        _mm256_min_epu8(_mm512_castsi512_si256(lowest), _mm512_extracti64x4_epi64(lowest, 1));
    __m128i low = _mm_min_epu8(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    low = _mm_min_epu8(low, _mm_srli_epi16(low, 8));
    return (uint8_t)_mm_cvtsi128_si32(_mm_minpos_epu16(_mm_and_si128(low, _mm_set1_epi16(255))));
}

/* Class by class until all that wait are counted. */
AVX512 static void avx512_end_classes(struct class_tally *tally)
{
    uint32_t count = tally->waiting_count;
    uint32_t before = 0;
    _mm512_storeu_si512(tally->waiting + count, _mm512_set1_epi8(-1));
    uint32_t class = lowest_of(tally->waiting, count) / tally->width;
    for (; before < count; class ++) {
        uint32_t limit = (class + 1) * tally->width;
        const __m512i limits = _mm512_set1_epi8((char)(limit < UINT8_MAX ? limit : UINT8_MAX));
        uint32_t below = 0;
        for (uint32_t at = 0; at < count; at += BLOCK) {
            __m512i values = _mm512_loadu_si512(tally->waiting + at);
            below += bits_count(_mm512_cmplt_epu8_mask(values, limits));
        }
        tally->counts[class] += below - before;
        before = below;
    }
    tally->waiting_count = 0;
}

/* A register is written whole and the next begins where what was wanted ends: packing into memory
 * is one instruction, too, which takes Zen 4 a hundred cycles. */
AVX512 static void avx512_classes(struct class_tally *tally, const uint8_t *column,
                                  const uint64_t masks[ZONE_BLOCKS])
{
    uint8_t *end = tally->waiting + tally->waiting_count;
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        __m512i values = _mm512_loadu_si512(column + (size_t)i * BLOCK);
        _mm512_storeu_si512(end, _mm512_maskz_compress_epi8(masks[i], values));
        end += bits_count(masks[i]);
    }
    tally->waiting_count = (uint32_t)(end - tally->waiting);
    if (tally->waiting_count >= ZONE_DOCS)
        avx512_end_classes(tally);
}

static void avx512_end_values(struct value_tally *tally)
{
    uint32_t *counts = tally->counts;
    uint32_t count = tally->waiting_count;
    uint32_t at = 0;
    for (; at + 4 <= count; at += 4) {
        counts[tally->waiting[at]]++;
        counts[tally->waiting[at + 1]]++;
        counts[tally->waiting[at + 2]]++;
        counts[tally->waiting[at + 3]]++;
    }
    for (; at < count; at++)
        counts[tally->waiting[at]]++;
    tally->waiting_count = 0;
}

AVX512 static void avx512_values(struct value_tally *tally, const uint16_t *column,
                                 const uint64_t masks[ZONE_BLOCKS])
{
    enum { LANES = 32 };
    uint16_t *end = tally->waiting + tally->waiting_count;
    for (uint32_t i = 0; i < ZONE_DOCS; i += LANES) {
        uint32_t mask = (uint32_t)(masks[i / BLOCK] >> i % BLOCK);
        __m512i values = _mm512_loadu_si512(column + i);
        _mm512_storeu_si512(end, _mm512_maskz_compress_epi16(mask, values));
        end += bits_count(mask);
    }
    tally->waiting_count = (uint32_t)(end - tally->waiting);
    if (tally->waiting_count >= ZONE_DOCS)
        avx512_end_values(tally);
}

const struct kernels kernels_avx512 = {
    .name = "avx512",
    .few_of_zone = 4,
    .range_u32 = avx512_u32,
    .range_u16 = avx512_u16,
    .range_u8 = avx512_u8,
    .zone_u8 = avx512_zone_u8,
    .zone_pair = avx512_zone_pair,
    .keep_at_least = avx512_keep,
    .any_at_least = avx512_any,
    .read = avx512_read,
    .join = avx512_join,
    .meet = avx512_meet,
    .blocks_any = avx512_blocks,
    .part = avx512_part,
    .count_bits = avx512_bits,
    .count_classes = avx512_classes,
    .count_values = avx512_values,
    .end_classes = avx512_end_classes,
    .end_values = avx512_end_values,
};

#endif
