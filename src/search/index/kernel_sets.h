/* kernel_sets.h - the sets that kernels_choose() chooses from. */
#ifndef SEARCH_INDEX_KERNEL_SETS_H
#define SEARCH_INDEX_KERNEL_SETS_H

#include "search/index/kernels.h"

extern const struct kernels kernels_plain;
/* Those of it that other sets use, having nothing faster. */
void kernels_plain_part(const uint64_t masks[ZONE_BLOCKS], uint32_t blocks, const uint64_t *high,
                        const uint64_t *middle, struct kernel_parts *parts_out);
void kernels_plain_classes(struct class_tally *tally, const uint8_t *column,
                           const uint64_t masks[ZONE_BLOCKS]);
void kernels_plain_values(struct value_tally *tally, const uint16_t *column,
                          const uint64_t masks[ZONE_BLOCKS]);
void kernels_plain_end_classes(struct class_tally *tally);
void kernels_plain_end_values(struct value_tally *tally);

#if defined(__x86_64__)
extern const struct kernels kernels_avx2;
extern const struct kernels kernels_avx512;
#endif

#endif
