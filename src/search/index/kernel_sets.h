/* kernel_sets.h - the sets that kernels_choose() chooses from. */
#ifndef SEARCH_INDEX_KERNEL_SETS_H
#define SEARCH_INDEX_KERNEL_SETS_H

#include "search/index/kernels.h"

extern const struct kernels kernels_plain;
#if defined(__x86_64__)
extern const struct kernels kernels_avx2;
extern const struct kernels kernels_avx512;
#endif

#endif
