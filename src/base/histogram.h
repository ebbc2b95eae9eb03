/*
 * histogram.h - how often a value fell into which range: latencies, sizes of batches.
 *
 * One thread adds, any thread reads: adding is a search over 17 bounds and two plain stores,
 * without a lock, an allocation or a locked instruction. Who wants one for several threads keeps
 * one per thread and sums them with histogram_gather() when it is asked for.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include "base/check.h"

#include <stdint.h>

enum { HISTOGRAM_BOUNDS = 17, HISTOGRAM_RANGES = HISTOGRAM_BOUNDS + 1 };

/* Upper bounds, inclusive, ascending; the last range has none. */
struct histogram_scale {
    uint64_t bounds[HISTOGRAM_BOUNDS];
};
extern const struct histogram_scale histogram_times; /* nanoseconds: 50 us to 10 s */
extern const struct histogram_scale histogram_sizes; /* pieces: 1, 2, 4, ... 65,536 */

struct histogram {
    uint64_t counts[HISTOGRAM_RANGES]; /* per range, not summed up */
    uint64_t sum;                      /* of the values */
};

/* The value was seen `times` times. The histogram's own thread only. */
void histogram_add(struct histogram *histogram, const struct histogram_scale *scale, uint64_t value,
                   uint64_t times);
/* Adds what `part` has to `total`, which is the caller's alone. */
void histogram_gather(struct histogram *total, const struct histogram *part);
/* What came since `before`, an earlier state of the same histogram. */
struct histogram histogram_since(const struct histogram *now, const struct histogram *before);
uint64_t histogram_count(const struct histogram *histogram);
/* The value that permille of all do not exceed, taken to be spread evenly within a range: exact at
 * the bounds. Beyond the last bound: that bound. 0 when there are no values. */
uint64_t histogram_quantile(const struct histogram *histogram, const struct histogram_scale *scale,
                            uint32_t permille);

#endif
