/*
 * rate.h - how often one sender may ask: a token bucket per address and per credential.
 *
 * A bucket is one 64-bit word: 20 bits that tell senders of one set apart, and the time when the
 * bucket will be full again (the "theoretical arrival time" of the generic cell rate algorithm,
 * ITU-T I.371), from which what is left follows. A full bucket is no bucket, so nothing is cleaned
 * up and memory is fixed: four words a set, the fullest makes room. Words change by
 * compare-and-swap, shared by all loops: no lock, and a sender with many connections has one bucket
 * all the same.
 */
#ifndef API_RATE_H
#define API_RATE_H

#include "base/address.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

enum rate_kind { RATE_ADDRESS = 0, RATE_KEY, RATE_KIND_COUNT };

struct rate_policy {
    uint32_t per_s; /* 0 = no limit; at most RATE_PER_S_MAX */
    uint32_t burst; /* requests that a sender who has been quiet may send at once */
};

enum { RATE_PER_S_MAX = 10000, RATE_BURST_MAX = 1000000, RATE_WAYS = 4 };

struct rate {
    struct rate_policy policies[RATE_KIND_COUNT];
    struct networks exempt; /* addresses that are not limited, neither are their credentials */
    uint8_t secret[HASH_SECRET_SIZE];
    _Atomic uint64_t *words;
    uint64_t set_mask;
    uint64_t opened_ns;
    _Atomic uint64_t refused_total;
};

/* What a sender is told. */
struct rate_state {
    uint32_t left;    /* requests that may follow at once */
    uint32_t reset_s; /* until the bucket is full, rounded up */
    uint32_t retry_s; /* until one more may follow, at least 1; of a refusal */
};

/* `clients_max` buckets, rounded up to a power of two. */
void rate_open(struct rate *rate, uint32_t clients_max, const uint8_t secret[HASH_SECRET_SIZE],
               uint64_t now_ns);
void rate_close(struct rate *rate);

/* Takes one request out of the bucket; false when there is none in it. Any thread. */
bool rate_take(struct rate *rate, enum rate_kind kind, struct text who, uint64_t now_ns,
               struct rate_state *state_out) MUST_USE;

const char *rate_kind_name(enum rate_kind kind); /* "address" */
/* Seconds in which an empty bucket fills. */
uint32_t rate_window_s(const struct rate_policy *policy);

#endif
