#include "api/edge/rate.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <string.h>

/* A word: the mark in the upper bits, the time in units of 16 us since opening in the lower 44,
 * which last for nine years. */
enum { TIME_BITS = 44, TIME_SHIFT_US = 4, TRIES_MAX = 16, WHO_SIZE_MAX = 24 };
#define TIME_MASK   ((UINT64_C(1) << TIME_BITS) - 1)
#define UNITS_PER_S (UINT64_C(1000000) >> TIME_SHIFT_US)
#define NS_PER_UNIT (UINT64_C(1000) << TIME_SHIFT_US)

_Static_assert((uint64_t)RATE_BURST_MAX *UNITS_PER_S < TIME_MASK / 4, "the slowest bucket fits");

void rate_open(struct rate *rate, uint32_t clients_max, const uint8_t secret[HASH_SECRET_SIZE],
               uint64_t now_ns)
{
    uint64_t sets = 1;
    while (sets * RATE_WAYS < clients_max)
        sets *= 2;
    for (uint32_t i = 0; i < RATE_KIND_COUNT; i++) {
        ensure(rate->policies[i].per_s <= RATE_PER_S_MAX);
        ensure(rate->policies[i].burst <= RATE_BURST_MAX);
    }
    memcpy(rate->secret, secret, HASH_SECRET_SIZE);
    rate->words = memory_alloc_zeroed(sets * RATE_WAYS, sizeof(*rate->words));
    rate->set_mask = sets - 1;
    rate->opened_ns = now_ns;
    atomic_init(&rate->refused_total, 0);
}

void rate_close(struct rate *rate)
{
    memory_free(rate->words);
    rate->words = NULL;
}

const char *rate_kind_name(enum rate_kind kind)
{
    static const char *const names[RATE_KIND_COUNT] = {"address", "key"};
    ensure(kind < RATE_KIND_COUNT);
    return names[kind];
}

static uint64_t units_per_request(const struct rate_policy *policy)
{
    uint64_t units = UNITS_PER_S / policy->per_s;
    return units == 0 ? 1 : units;
}

uint32_t rate_window_s(const struct rate_policy *policy)
{
    return (policy->burst + policy->per_s - 1) / policy->per_s;
}

/* Which of the set's words is this sender's, or is to become it: a bucket that is full already,
 * else the fullest. */
static _Atomic uint64_t *find_word(_Atomic uint64_t *set, uint64_t mark, uint64_t now,
                                   uint64_t *word_out)
{
    _Atomic uint64_t *best = NULL;
    uint64_t best_time = UINT64_MAX;
    for (uint32_t i = 0; i < RATE_WAYS; i++) {
        uint64_t word = atomic_load_explicit(&set[i], memory_order_relaxed);
        uint64_t time = word & TIME_MASK;
        if (word >> TIME_BITS == mark && time > now) {
            *word_out = word;
            return &set[i];
        }
        if (time < best_time) {
            best = &set[i];
            best_time = time;
            *word_out = word;
        }
    }
    return best;
}

static uint32_t seconds_of(uint64_t units)
{
    return (uint32_t)((units + UNITS_PER_S - 1) / UNITS_PER_S);
}

static uint64_t hash_who(const struct rate *rate, enum rate_kind kind, struct text who)
{
    uint8_t bytes[5 + WHO_SIZE_MAX] = {'r', 'a', 't', 'e', (uint8_t)kind};
    uint8_t tag[HASH_TAG_SIZE];
    uint64_t hash;
    ensure(who.length <= WHO_SIZE_MAX);
    memcpy(bytes + 5, who.data, who.length);
    hash_keyed(rate->secret, bytes, 5 + who.length, tag);
    memcpy(&hash, tag, sizeof(hash));
    return hash;
}

bool rate_take(struct rate *rate, enum rate_kind kind, struct text who, uint64_t now_ns,
               struct rate_state *state_out)
{
    const struct rate_policy *policy = &rate->policies[kind];
    ensure(policy->per_s > 0);
    uint64_t now = (now_ns - rate->opened_ns) / NS_PER_UNIT & TIME_MASK;
    uint64_t step = units_per_request(policy);
    uint64_t full = step * policy->burst;
    uint64_t hash = hash_who(rate, kind, who);
    uint64_t mark = hash >> TIME_BITS;
    _Atomic uint64_t *set = rate->words + (hash & rate->set_mask) * RATE_WAYS;
    uint64_t missing = 0;
    for (uint32_t tries = 0; tries < TRIES_MAX; tries++) {
        uint64_t word;
        _Atomic uint64_t *place = find_word(set, mark, now, &word);
        bool is_known = word >> TIME_BITS == mark && (word & TIME_MASK) > now;
        missing = is_known ? (word & TIME_MASK) - now : 0;
        if (missing + step > full) {
            atomic_fetch_add_explicit(&rate->refused_total, 1, memory_order_relaxed);
            uint32_t retry_s = seconds_of(missing + step - full);
            *state_out = (struct rate_state){.reset_s = seconds_of(missing), .retry_s = retry_s};
            return false;
        }
        missing += step;
        if (atomic_compare_exchange_weak_explicit(place, &word, mark << TIME_BITS | (now + missing),
                                                  memory_order_relaxed, memory_order_relaxed))
            break; /* else somebody was faster; after many such losses, let it pass uncounted */
    }
    *state_out = (struct rate_state){.left = (uint32_t)((full - missing) / step),
                                     .reset_s = seconds_of(missing)};
    return true;
}
