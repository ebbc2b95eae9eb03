/*
 * health.h - how the shop does, by the answers of the last interval: slow checkouts, failures.
 *
 * A verdict holds until the next look. While it is bad, what is optional is left out (facets,
 * suggestions), so that what is not optional has the processors to itself.
 *
 * health_look() is the whole of it, in virtual time; health_start() calls it every interval_ms from
 * a thread of its own. Any thread may ask.
 */
#ifndef API_HEALTH_H
#define API_HEALTH_H

#include "api/metrics/traffic.h"

#include <stdbool.h>
#include <stdint.h>

struct health_limits {
    uint32_t interval_ms;           /* 10,000 */
    uint32_t checkout_p99_ms;       /* 500; 0 = not looked at */
    uint32_t failures_basis_points; /* 100: of answers that are 5xx; 10,000 = not looked at */
    uint32_t answers_min;           /* 20: with fewer of a kind nothing is said about it */
};

struct health;

/* What the last look found. */
struct health_verdict {
    bool is_slow;    /* checkouts */
    bool is_failing; /* answers */
    uint32_t checkout_p99_ms;
    uint32_t failures_basis_points;
};

struct health *health_open(const struct health_limits *limits) MUST_USE;
/* Ends the thread. May be NULL. */
void health_close(struct health *health);
/* `traffic` outlives the health. */
void health_start(struct health *health, const struct traffic *traffic);

/* What was counted since the process started, now. One thread at a time. */
void health_look(struct health *health, const struct traffic_total *total);
struct health_verdict health_verdict(const struct health *health);
/* One load: for every request. `health` NULL = false. */
bool health_is_degraded(const struct health *health);
const struct health_limits *health_limits(const struct health *health);

#endif
