#include "base/histogram.h"

enum { PERMILLE = 1000 };
#define US UINT64_C(1000)
#define MS UINT64_C(1000000)

const struct histogram_scale histogram_times = {
    {50 * US, 100 * US, 250 * US, 500 * US, 1 * MS, 2500 * US, 5 * MS, 10 * MS, 25 * MS, 50 * MS,
     100 * MS, 250 * MS, 500 * MS, 1000 * MS, 2500 * MS, 5000 * MS, 10000 * MS}};

const struct histogram_scale histogram_sizes = {
    {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536}};

static uint64_t look(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void histogram_add(struct histogram *histogram, const struct histogram_scale *scale, uint64_t value,
                   uint64_t times)
{
    uint32_t range = 0;
    while (range < HISTOGRAM_BOUNDS && value > scale->bounds[range])
        range++;
    uint64_t *count = &histogram->counts[range];
    __atomic_store_n(count, *count + times, __ATOMIC_RELAXED);
    __atomic_store_n(&histogram->sum, histogram->sum + value * times, __ATOMIC_RELAXED);
}

void histogram_gather(struct histogram *total, const struct histogram *part)
{
    for (uint32_t i = 0; i < HISTOGRAM_RANGES; i++)
        total->counts[i] += look(&part->counts[i]);
    total->sum += look(&part->sum);
}

struct histogram histogram_since(const struct histogram *now, const struct histogram *before)
{
    struct histogram since = {.sum = now->sum - before->sum};
    for (uint32_t i = 0; i < HISTOGRAM_RANGES; i++) {
        ensure(now->counts[i] >= before->counts[i]);
        since.counts[i] = now->counts[i] - before->counts[i];
    }
    return since;
}

uint64_t histogram_count(const struct histogram *histogram)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < HISTOGRAM_RANGES; i++)
        count += histogram->counts[i];
    return count;
}

uint64_t histogram_quantile(const struct histogram *histogram, const struct histogram_scale *scale,
                            uint32_t permille)
{
    ensure(permille > 0);
    ensure(permille <= PERMILLE);
    uint64_t rank = (histogram_count(histogram) * permille + PERMILLE - 1) / PERMILLE;
    uint64_t below = 0;
    uint64_t low = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BOUNDS && rank > 0; i++) {
        uint64_t here = histogram->counts[i];
        uint64_t high = scale->bounds[i];
        if (below + here >= rank)
            return low + (uint64_t)((unsigned __int128)(high - low) * (rank - below) / here);
        below += here;
        low = high;
    }
    return low;
}
