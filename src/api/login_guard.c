#include "api/login_guard.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <string.h>

/* A word: a mark in the upper bits, a time in ms since 1970 in the lower 44, good until 2527. */
enum { SETS = 1 << 13, WAYS = 8, TIME_BITS = 44, TRIES_MAX = 16 };
#define TIME_MASK   ((UINT64_C(1) << TIME_BITS) - 1)
#define HOUR_MS     UINT64_C(3600000)
#define KNOWN_MS    UINT64_C(7776000000) /* 90 days */
#define MS_PER_S    UINT64_C(1000)
#define KNOWN_PAIRS LOGIN_COUNTS /* a kind of word of its own */

void login_guard_open(struct login_guard *guard, const uint8_t secret[HASH_SECRET_SIZE])
{
    memcpy(guard->secret, secret, HASH_SECRET_SIZE);
    guard->words = memory_alloc_zeroed((size_t)SETS * WAYS, sizeof(*guard->words));
}

void login_guard_close(struct login_guard *guard)
{
    memory_free(guard->words);
    guard->words = NULL;
}

static bool has_address(uint32_t count)
{
    return count != LOGIN_OF_ACCOUNT && count != RESET_OF_ACCOUNT;
}

/* Who is counted: the address, the account, or both. */
static uint64_t hash_who(const struct login_guard *guard, uint32_t count,
                         const struct login_try *who)
{
    bool has_account = count == LOGIN_OF_PAIR || count == LOGIN_OF_ACCOUNT ||
                       count == RESET_OF_ACCOUNT || count == KNOWN_PAIRS;
    uint8_t bytes[6 + HASH_TAG_SIZE + ADDRESS_SIZE] = {'l', 'o', 'g', 'i', 'n', (uint8_t)count};
    if (has_account)
        memcpy(bytes + 6, who->account, HASH_TAG_SIZE);
    if (has_address(count))
        memcpy(bytes + 6 + HASH_TAG_SIZE, who->address.bytes,
               address_is_ipv4(&who->address) ? ADDRESS_SIZE : ADDRESS_SIZE / 2);
    uint8_t tag[HASH_TAG_SIZE];
    uint64_t hash;
    hash_keyed(guard->secret, bytes, sizeof(bytes), tag);
    memcpy(&hash, tag, sizeof(hash));
    return hash;
}

/* The word that has the mark, else the one whose time is over first. */
static _Atomic uint64_t *find_word(_Atomic uint64_t *set, uint64_t mark, uint64_t now_ms,
                                   uint64_t *word_out)
{
    _Atomic uint64_t *best = NULL;
    uint64_t best_ms = UINT64_MAX;
    for (uint32_t i = 0; i < WAYS; i++) {
        uint64_t word = atomic_load_explicit(&set[i], memory_order_relaxed);
        if (word >> TIME_BITS == mark && (word & TIME_MASK) > now_ms) {
            *word_out = word;
            return &set[i];
        }
        if ((word & TIME_MASK) < best_ms) {
            best = &set[i];
            best_ms = word & TIME_MASK;
            *word_out = word;
        }
    }
    return best;
}

/* Moves the time of a word by change_ms, unless it would lie more than max_ms ahead: then returns
 * by how much. */
static uint64_t move_time(struct login_guard *guard, uint64_t hash, int64_t change_ms,
                          uint64_t max_ms, uint64_t now_ms)
{
    _Atomic uint64_t *set = guard->words + (hash & (SETS - 1)) * WAYS;
    uint64_t mark = hash >> TIME_BITS;
    for (uint32_t tries = 0; tries < TRIES_MAX; tries++) {
        uint64_t word;
        _Atomic uint64_t *place = find_word(set, mark, now_ms, &word);
        bool is_known = word >> TIME_BITS == mark && (word & TIME_MASK) > now_ms;
        int64_t ahead_ms = (is_known ? (int64_t)((word & TIME_MASK) - now_ms) : 0) + change_ms;
        if (ahead_ms < 0)
            ahead_ms = 0;
        if (change_ms > 0 && (uint64_t)ahead_ms > max_ms)
            return (uint64_t)ahead_ms - max_ms;
        uint64_t moved = mark << TIME_BITS | (now_ms + (uint64_t)ahead_ms);
        if (atomic_compare_exchange_weak_explicit(place, &word, moved, memory_order_relaxed,
                                                  memory_order_relaxed))
            break;
    }
    return 0;
}

uint32_t login_guard_take_one(struct login_guard *guard, enum login_count count,
                              const struct login_try *who, uint64_t now_ms)
{
    if (guard->per_hour[count] == 0 || (who->is_exempt && has_address(count)))
        return 0;
    uint64_t step_ms = HOUR_MS / guard->per_hour[count];
    uint64_t late_ms = move_time(guard, hash_who(guard, count, who), (int64_t)step_ms,
                                 step_ms * guard->per_hour[count], now_ms);
    return (uint32_t)((late_ms + MS_PER_S - 1) / MS_PER_S);
}

static void give_back(struct login_guard *guard, enum login_count count,
                      const struct login_try *who, uint64_t now_ms)
{
    if (guard->per_hour[count] > 0 && !(who->is_exempt && has_address(count)))
        (void)move_time(guard, hash_who(guard, count, who),
                        -(int64_t)(HOUR_MS / guard->per_hour[count]), HOUR_MS, now_ms);
}

static bool is_known(struct login_guard *guard, const struct login_try *who, uint64_t now_ms)
{
    uint64_t hash = hash_who(guard, KNOWN_PAIRS, who);
    uint64_t word;
    (void)find_word(guard->words + (hash & (SETS - 1)) * WAYS, hash >> TIME_BITS, now_ms, &word);
    return word >> TIME_BITS == hash >> TIME_BITS && (word & TIME_MASK) > now_ms;
}

uint32_t login_guard_take(struct login_guard *guard, const struct login_try *who, uint64_t now_ms)
{
    uint32_t count_max = is_known(guard, who, now_ms) ? LOGIN_OF_ACCOUNT : LOGIN_OF_ACCOUNT + 1;
    for (uint32_t count = 0; count < count_max; count++) {
        uint32_t wait_s = login_guard_take_one(guard, (enum login_count)count, who, now_ms);
        if (wait_s == 0)
            continue;
        while (count-- > 0)
            give_back(guard, (enum login_count)count, who, now_ms);
        return wait_s;
    }
    return 0;
}

void login_guard_succeeded(struct login_guard *guard, const struct login_try *who, uint64_t now_ms)
{
    bool was_known = is_known(guard, who, now_ms);
    give_back(guard, LOGIN_OF_ADDRESS, who, now_ms);
    give_back(guard, LOGIN_OF_PAIR, who, now_ms);
    if (!was_known)
        give_back(guard, LOGIN_OF_ACCOUNT, who, now_ms);
    uint64_t hash = hash_who(guard, KNOWN_PAIRS, who);
    (void)move_time(guard, hash, -(int64_t)KNOWN_MS, 0, now_ms);
    (void)move_time(guard, hash, (int64_t)KNOWN_MS, KNOWN_MS, now_ms);
}
