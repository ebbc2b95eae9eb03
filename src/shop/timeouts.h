/*
 * timeouts.h - how long things live that nobody touches, and when nothing may end.
 *
 * Durations are settings and no part of the state: events hold results, so an old journal means the
 * same under other durations. Time is what the executor's clock says; it never goes back.
 *
 * After a start, and after a jump of the clock, nothing ends for a grace time: callbacks that
 * queued at a payment gateway while nobody listened come first.
 */
#ifndef SHOP_TIMEOUTS_H
#define SHOP_TIMEOUTS_H

#include <stdbool.h>
#include <stdint.h>

#define PAYMENT_LIFE_MS UINT64_C(1800000)  /* 30 min */
#define CART_LIFE_MS    UINT64_C(86400000) /* 24 h */
#define CART_WARNING_MS UINT64_C(7200000)  /* 2 h */
#define KEY_LIFE_MS     UINT64_C(86400000) /* 24 h */
#define GRACE_MS        UINT64_C(900000)   /* 15 min */
/* More than this between two looks at the clock: it jumped, or nobody was there. */
#define TIMEOUTS_GAP_MS UINT64_C(60000)

struct timeouts {
    uint64_t payment_ms;      /* of a PENDING order, from its checkout */
    uint64_t cart_ms;         /* of a cart, from its last change */
    uint64_t cart_warning_ms; /* so long before its end; 0 = no warning */
    uint64_t key_ms;          /* of a finished checkout's idempotency key in memory */
    uint64_t grace_ms;
};

/* The durations above. */
struct timeouts timeouts_defaults(void);

/* Zeroed at a start. */
struct timeouts_clock {
    uint64_t now_ms; /* never goes back */
    uint64_t grace_until_ms;
};

/* Takes the time, at least once every TIMEOUTS_GAP_MS; true when things may end. */
bool timeouts_clock_tick(struct timeouts_clock *clock, uint64_t grace_ms, uint64_t wall_ms);

#endif
