/*
 * breaker.h - stops asking a cluster that does not answer.
 *
 *   CLOSED --failures_max failures in a row--> OPEN --open_ms later--> one request may try (HALF
 * OPEN) ^                                         ^                          |            |
 *      +------------------- it succeeds ---------|--------------------------+            |
 *                                                +--------- it fails --------------------+
 *
 * One thread.
 */
#ifndef SEARCH_ELASTIC_BREAKER_H
#define SEARCH_ELASTIC_BREAKER_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

struct breaker {
    uint32_t failures_max;
    uint32_t open_ms;
    uint32_t failures; /* in a row */
    bool is_open;
    bool is_trying;
    uint64_t open_until_ms;
};

void breaker_init(struct breaker *breaker, uint32_t failures_max, uint32_t open_ms);
/* May this request go out? Each one that may ends with one of the two calls below. */
bool breaker_may(struct breaker *breaker, uint64_t now_ms) MUST_USE;
void breaker_succeeded(struct breaker *breaker);
/* True when this opened it. */
bool breaker_failed(struct breaker *breaker, uint64_t now_ms);

#endif
