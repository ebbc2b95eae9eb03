#include "search/index/kernels.h"

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

MAY_RACE static uint64_t plain_u8(const uint8_t *column, const uint8_t *classes,
                                  const uint8_t lows[KERNEL_CLASSES])
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < BLOCK; i++) {
        uint8_t class = classes[i] < KERNEL_CLASSES ? classes[i] : KERNEL_CLASSES - 1;
        mask |= (uint64_t)(column[i] >= lows[class]) << i;
    }
    return mask;
}

static const struct kernels plain = {"plain", plain_u32, plain_u16, plain_u8};

#if defined(__x86_64__)

#include <immintrin.h>

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

AVX2 static uint64_t avx2_u8(const uint8_t *column, const uint8_t *classes,
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

static const struct kernels avx2 = {"avx2", avx2_u32, avx2_u16, avx2_u8};

const struct kernels *kernels_choose(bool may_use_avx2)
{
    return may_use_avx2 && __builtin_cpu_supports("avx2") ? &avx2 : &plain;
}

#else

const struct kernels *kernels_choose(bool may_use_avx2)
{
    (void)may_use_avx2;
    return &plain;
}

#endif
