/*
 * replay_stats.h - how long the requests of a replay took, by kind, and what was refused, by code.
 * Every worker keeps its own; they are merged at the end.
 */
#ifndef CLI_REPLAY_STATS_H
#define CLI_REPLAY_STATS_H

#include "cli/replay/http_client.h"

#include <stdint.h>

enum replay_request {
    REPLAY_REQUEST_CART,
    REPLAY_REQUEST_ITEMS,
    REPLAY_REQUEST_CHECKOUT,
    REPLAY_REQUEST_CONFIRM,
    REPLAY_REQUEST_VIEW,
    REPLAY_REQUEST_CANCEL,
    REPLAY_REQUEST_RETURN,
    /* always last */
    REPLAY_REQUEST_COUNT
};

enum { REPLAY_CODES_MAX = 32 };

struct replay_times {
    uint32_t *us; /* one per answer */
    uint32_t count;
    uint32_t capacity;
};

struct replay_code {
    char code[HTTP_ERROR_CODE_SIZE];
    uint64_t count;
};

struct replay_stats {
    struct replay_times times[REPLAY_REQUEST_COUNT];
    struct replay_code codes[REPLAY_CODES_MAX]; /* codes beyond the table are not told apart */
    uint64_t repeats;                           /* requests sent again: no answer came, or 503 */
};

void replay_stats_init(struct replay_stats *stats);
void replay_stats_release(struct replay_stats *stats);
void replay_stats_add_time(struct replay_stats *stats, enum replay_request request,
                           uint64_t elapsed_ns);
void replay_stats_add_code(struct replay_stats *stats, const char *code, uint64_t count);
void replay_stats_merge(struct replay_stats *stats, const struct replay_stats *from);

/* Sorts, so that a quantile in per mille can be read: 500 = the median, 1000 = the longest. */
void replay_times_sort(struct replay_times *times);
uint32_t replay_times_quantile_us(const struct replay_times *times, uint32_t per_mille);
const char *replay_request_name(enum replay_request request);

#endif
