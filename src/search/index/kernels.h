/*
 * kernels.h - looks at a column for 64 products at a time: bit i of the answer says whether
 * column[i] lies in a range; or counts the values of 1,024. With AVX-512 or AVX2 where the
 * processor has it, else in plain C; the choice is made once, at start.
 *
 * Columns change under the reader's eyes (one aligned store per value, which cannot tear), so an
 * answer is as of some moment per product. ThreadSanitizer would call that a race: the kernels, and
 * nothing else, are exempt from it.
 */
#ifndef SEARCH_INDEX_KERNELS_H
#define SEARCH_INDEX_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

enum { BLOCK = 64 }; /* products looked at together */
enum { KERNEL_CLASSES = 16 };
enum { ZONE_BITS = 10, ZONE_DOCS = 1 << ZONE_BITS, ZONE_BLOCKS = ZONE_DOCS / BLOCK };
enum { KERNEL_VALUES = 32 };

/* `blocks`: a bit for each block that has any; nothing holds of the others. */
struct kernel_part {
    uint32_t blocks;
    uint64_t masks[ZONE_BLOCKS];
};

struct kernel_parts {
    struct kernel_part high, middle, rest;
};

/* What is counted may wait, since many are counted quicker together: fewer than a zone has between
 * two zones. */
enum { KERNEL_WAITING = 2 * ZONE_DOCS + BLOCK };

/* Values by class: 0 are those below `width`, 1 the next `width` of them, and so on. */
struct class_tally {
    uint32_t width;
    uint32_t counts[KERNEL_VALUES];
    uint32_t waiting_count;
    uint8_t waiting[KERNEL_WAITING];
};

/* Each value by itself. */
struct value_tally {
    uint32_t *counts; /* has room for every value that is counted, and for those before it */
    uint32_t waiting_count;
    uint16_t waiting[KERNEL_WAITING];
};

static inline uint32_t bits_count(uint64_t bits)
{
    return (uint32_t)__builtin_popcountll(bits);
}

struct kernels {
    const char *name;
    uint32_t few_of_zone; /* so many products of a zone are quicker taken without the others */
    uint64_t (*range_u32)(const uint32_t *column, uint32_t low, uint32_t high);
    uint64_t (*range_u16)(const uint16_t *column, uint16_t low, uint16_t high);
    uint64_t (*range_u8)(const uint8_t *column, uint8_t low, uint8_t high);
    /* The same for the blocks of a zone that have a bit in `masks`: takes out of it what is not in
     * the range. */
    void (*zone_u8)(const uint8_t *column, uint8_t low, uint8_t high, uint64_t masks[ZONE_BLOCKS]);
    /* Likewise, of numbers of two bytes that lie in two columns; limits_out: those that are `low`
     * or `high`, which means nothing of the other blocks. */
    void (*zone_pair)(const uint8_t *upper, const uint8_t *lower, uint16_t low, uint16_t high,
                      uint64_t masks[ZONE_BLOCKS], uint64_t limits_out[ZONE_BLOCKS]);
    /* Of `masks`, in the blocks whose bits are set in `blocks`: adds to `kept` where column[i] is
     * at least lows[classes[i]]; returns a bit for each block of which any was. Classes from
     * KERNEL_CLASSES - 1 on count as that. */
    uint32_t (*keep_at_least)(const uint8_t *column, const uint8_t *classes,
                              const uint8_t lows[KERNEL_CLASSES], uint32_t blocks,
                              const uint64_t masks[ZONE_BLOCKS], uint64_t kept[ZONE_BLOCKS]);
    /* Of the blocks of a zone, a bit for each in which merits[class] is at least lows[class] for
     * any class; merits[] are those of one block after the other. */
    uint32_t (*any_at_least)(const uint8_t merits[ZONE_BLOCKS * KERNEL_CLASSES],
                             const uint8_t lows[KERNEL_CLASSES]);
    /* Copies the bits of a zone, with acquire semantics. */
    void (*read)(const uint64_t *bits, uint64_t masks_out[ZONE_BLOCKS]);
    /* What is set in `bits` is set in `into`, too; both of so many words. */
    void (*join)(uint64_t *into, const uint64_t *bits, uint32_t words);
    /* What is not set in `bits`, which are of a zone, is taken out of `masks`. */
    void (*meet)(uint64_t masks[ZONE_BLOCKS], const uint64_t *bits);
    /* A bit for each of these blocks that has any. */
    uint32_t (*blocks_any)(const uint64_t masks[ZONE_BLOCKS]);
    /* Of `masks`, in the blocks whose bits are set in `blocks`: what is set in `high`, else what is
     * in `middle` (NULL = all), else the rest. `high` and `middle` are of a zone. */
    void (*part)(const uint64_t masks[ZONE_BLOCKS], uint32_t blocks, const uint64_t *high,
                 const uint64_t *middle, struct kernel_parts *parts_out);
    /* How many bits of a zone are set. */
    uint32_t (*count_bits)(const uint64_t masks[ZONE_BLOCKS]);
    /* Counts those of a zone that are set in `masks`; no value is above 254. */
    void (*count_classes)(struct class_tally *tally, const uint8_t *column,
                          const uint64_t masks[ZONE_BLOCKS]);
    void (*count_values)(struct value_tally *tally, const uint16_t *column,
                         const uint64_t masks[ZONE_BLOCKS]);
    /* Nothing waits any more. */
    void (*end_classes)(struct class_tally *tally);
    void (*end_values)(struct value_tally *tally);
};

enum kernel_set { KERNELS_PLAIN, KERNELS_AVX2, KERNELS_AVX512 };

/* The fastest that this processor has, up to `most`. */
const struct kernels *kernels_choose(enum kernel_set most);

#endif
