/*
 * traffic.h - every answer counted: by route, by kind of status, by how long it took.
 *
 * Each event loop counts in a block of its own and is the only one that writes there; whoever asks
 * sums the blocks. Nothing is allocated after traffic_open().
 */
#ifndef API_METRICS_TRAFFIC_H
#define API_METRICS_TRAFFIC_H

#include "api/routes.h"
#include "base/histogram.h"

#include <stdint.h>

/* 1xx is never sent by a handler: [0] = 2xx, [1] = 3xx, [2] = 4xx, [3] = 5xx. */
enum { STATUS_KINDS = 4, STATUS_KIND_FIRST = 2, STATUS_KIND_5XX = 3 };

struct route_traffic {
    struct histogram took; /* nanoseconds, from the last byte of the request to the answer */
    uint64_t answers[STATUS_KINDS];
};

struct traffic;

struct traffic *traffic_open(uint32_t loop_count) MUST_USE;
/* May be NULL. */
void traffic_close(struct traffic *traffic);
/* On the loop's thread. `route` NULL = none fits the address. */
void traffic_count(struct traffic *traffic, uint32_t loop_index, const struct route *route,
                   int status, uint64_t took_ns);
/* A write was durable so long before its answer left: publishing, the way back, rendering. */
void traffic_count_write(struct traffic *traffic, uint32_t loop_index, uint64_t took_ns);

/* Over all loops; any thread. */
struct route_traffic traffic_of(const struct traffic *traffic, const struct route *route);
struct histogram traffic_of_writes(const struct traffic *traffic);

/* What health is judged by: routes below /v1, for nobody shops at the others. */
struct traffic_total {
    uint64_t answers;
    uint64_t failures; /* of them 5xx */
    struct histogram checkouts;
};
struct traffic_total traffic_total(const struct traffic *traffic);

#endif
