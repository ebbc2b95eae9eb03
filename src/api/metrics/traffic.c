#include "api/metrics/traffic.h"

#include "base/memory.h"

#include <string.h>

enum { CACHE_LINE = 64 };

/* Behind `writes`: one per route, and one for addresses without. */
struct loop_traffic {
    struct histogram writes;
    struct route_traffic *routes;
    char apart[CACHE_LINE]; /* of the next loop's counters */
};

struct traffic {
    uint32_t loop_count;
    uint32_t route_count;
    struct loop_traffic *loops;
};

struct traffic *traffic_open(uint32_t loop_count)
{
    ensure(loop_count > 0);
    struct traffic *traffic = memory_alloc_zeroed(1, sizeof(*traffic));
    traffic->loop_count = loop_count;
    traffic->route_count = route_count();
    traffic->loops = memory_alloc_zeroed(loop_count, sizeof(*traffic->loops));
    for (uint32_t i = 0; i < loop_count; i++)
        traffic->loops[i].routes =
            memory_alloc_zeroed((size_t)traffic->route_count + 1, sizeof(struct route_traffic));
    return traffic;
}

void traffic_close(struct traffic *traffic)
{
    if (traffic == NULL)
        return;
    for (uint32_t i = 0; i < traffic->loop_count; i++)
        memory_free(traffic->loops[i].routes);
    memory_free(traffic->loops);
    memory_free(traffic);
}

static uint32_t place_of(const struct traffic *traffic, const struct route *route)
{
    return route == NULL ? traffic->route_count : route_index(route);
}

void traffic_count(struct traffic *traffic, uint32_t loop_index, const struct route *route,
                   int status, uint64_t took_ns)
{
    ensure(loop_index < traffic->loop_count);
    ensure(status / 100 >= STATUS_KIND_FIRST);
    ensure(status / 100 < STATUS_KIND_FIRST + STATUS_KINDS);
    struct route_traffic *seen = &traffic->loops[loop_index].routes[place_of(traffic, route)];
    histogram_add(&seen->took, &histogram_times, took_ns, 1);
    uint64_t *answers = &seen->answers[status / 100 - STATUS_KIND_FIRST];
    __atomic_store_n(answers, *answers + 1, __ATOMIC_RELAXED);
}

void traffic_count_write(struct traffic *traffic, uint32_t loop_index, uint64_t took_ns)
{
    ensure(loop_index < traffic->loop_count);
    histogram_add(&traffic->loops[loop_index].writes, &histogram_times, took_ns, 1);
}

struct route_traffic traffic_of(const struct traffic *traffic, const struct route *route)
{
    struct route_traffic total = {0};
    for (uint32_t i = 0; i < traffic->loop_count; i++) {
        const struct route_traffic *part = &traffic->loops[i].routes[place_of(traffic, route)];
        histogram_gather(&total.took, &part->took);
        for (uint32_t j = 0; j < STATUS_KINDS; j++)
            total.answers[j] += __atomic_load_n(&part->answers[j], __ATOMIC_RELAXED);
    }
    return total;
}

struct histogram traffic_of_writes(const struct traffic *traffic)
{
    struct histogram total = {0};
    for (uint32_t i = 0; i < traffic->loop_count; i++)
        histogram_gather(&total, &traffic->loops[i].writes);
    return total;
}

struct traffic_total traffic_total(const struct traffic *traffic)
{
    static const char shop_prefix[] = "/v1/";
    struct traffic_total total = {0};
    for (uint32_t i = 0; i < traffic->route_count; i++) {
        const struct route *route = route_at(i);
        if (strncmp(route->path, shop_prefix, sizeof(shop_prefix) - 1) != 0)
            continue;
        struct route_traffic one = traffic_of(traffic, route);
        for (uint32_t j = 0; j < STATUS_KINDS; j++)
            total.answers += one.answers[j];
        total.failures += one.answers[STATUS_KIND_5XX];
        if (route->handler == carts_checkout)
            histogram_gather(&total.checkouts, &one.took);
    }
    return total;
}
