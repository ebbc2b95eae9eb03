#include "cli/replay/replay_stats.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const request_names[REPLAY_REQUEST_COUNT] = {
    [REPLAY_REQUEST_CART] = "open cart",    [REPLAY_REQUEST_ITEMS] = "add items",
    [REPLAY_REQUEST_CHECKOUT] = "checkout", [REPLAY_REQUEST_CONFIRM] = "confirm",
    [REPLAY_REQUEST_VIEW] = "view order",   [REPLAY_REQUEST_CANCEL] = "cancel",
    [REPLAY_REQUEST_RETURN] = "return",
};

void replay_stats_init(struct replay_stats *stats)
{
    *stats = (struct replay_stats){.repeats = 0};
}

void replay_stats_release(struct replay_stats *stats)
{
    for (uint32_t i = 0; i < REPLAY_REQUEST_COUNT; i++)
        memory_free(stats->times[i].us);
}

static void reserve(struct replay_times *times, uint32_t count)
{
    ensure(times->count <= UINT32_MAX / 4 - count);
    if (times->count + count <= times->capacity)
        return;
    times->capacity = 2 * (times->count + count);
    times->us = memory_resize(times->us, times->capacity * sizeof(*times->us));
}

void replay_stats_add_time(struct replay_stats *stats, enum replay_request request,
                           uint64_t elapsed_ns)
{
    struct replay_times *times = &stats->times[request];
    uint64_t us = elapsed_ns / 1000;
    reserve(times, 1);
    times->us[times->count++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

void replay_stats_add_code(struct replay_stats *stats, const char *code, uint64_t count)
{
    for (uint32_t i = 0; i < REPLAY_CODES_MAX; i++) {
        struct replay_code *row = &stats->codes[i];
        bool is_free = row->count == 0;
        bool is_last = i + 1 == REPLAY_CODES_MAX;
        if (!is_free && !is_last && strcmp(row->code, code) != 0)
            continue;
        if (is_free)
            (void)snprintf(row->code, sizeof(row->code), "%s", is_last ? "others" : code);
        row->count += count;
        return;
    }
}

void replay_stats_merge(struct replay_stats *stats, const struct replay_stats *from)
{
    for (uint32_t i = 0; i < REPLAY_REQUEST_COUNT; i++) {
        const struct replay_times *times = &from->times[i];
        if (times->count == 0)
            continue;
        reserve(&stats->times[i], times->count);
        memcpy(stats->times[i].us + stats->times[i].count, times->us,
               times->count * sizeof(*times->us));
        stats->times[i].count += times->count;
    }
    for (uint32_t i = 0; i < REPLAY_CODES_MAX && from->codes[i].count > 0; i++)
        replay_stats_add_code(stats, from->codes[i].code, from->codes[i].count);
    stats->repeats += from->repeats;
}

static int compare_us(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

void replay_times_sort(struct replay_times *times)
{
    if (times->count > 0)
        qsort(times->us, times->count, sizeof(*times->us), compare_us);
}

uint32_t replay_times_quantile_us(const struct replay_times *times, uint32_t per_mille)
{
    ensure(per_mille <= 1000);
    if (times->count == 0)
        return 0;
    return times->us[(uint64_t)(times->count - 1) * per_mille / 1000];
}

const char *replay_request_name(enum replay_request request)
{
    ensure(request < REPLAY_REQUEST_COUNT);
    return request_names[request];
}
