/*
 * login_guard.h - slows down whoever guesses passwords, and never locks the owner out.
 *
 * Tries that failed are counted per address, per account and address together, and per account from
 * addresses that never got into it. The last one holds up a crowd of strangers; an address that has
 * logged in to the account before is not asked for it, so the owner at home gets in while the
 * account is under attack. Whoever is held up is told so before any password is compared, also
 * with the right one: the answer says nothing about it.
 *
 * As in rate.h each count is one 64-bit word that says when it will be over: memory is fixed, words
 * change by compare-and-swap, nothing is cleaned up. A restart forgets them.
 */
#ifndef API_LOGIN_GUARD_H
#define API_LOGIN_GUARD_H

#include "base/address.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

enum login_count {
    LOGIN_OF_ADDRESS = 0, /* failed log-ins */
    LOGIN_OF_PAIR,        /* account and address */
    LOGIN_OF_ACCOUNT,     /* from strangers */
    REGISTRATION_OF_ADDRESS,
    RESET_OF_ADDRESS,
    RESET_OF_ACCOUNT,
    LOGIN_COUNTS
};

struct login_guard {
    uint32_t per_hour[LOGIN_COUNTS]; /* at once, and in an hour; 0 = no limit */
    uint8_t secret[HASH_SECRET_SIZE];
    _Atomic uint64_t *words;
};

/* per_hour is filled in. */
void login_guard_open(struct login_guard *guard, const uint8_t secret[HASH_SECRET_SIZE]);
void login_guard_close(struct login_guard *guard);

/* Somebody who tries: the account by the tag of its e-mail address, known or not. */
struct login_try {
    uint8_t account[HASH_TAG_SIZE];
    struct address address; /* of IPv6 the first 64 bits count: a site */
    bool is_exempt; /* the address is not counted: it may be a proxy with everybody behind */
};

/* Takes the try as one that fails; 0, or seconds to wait: then nothing was taken. Any thread. */
uint32_t login_guard_take(struct login_guard *guard, const struct login_try *who, uint64_t now_ms);
/* It did not fail: gives back what was taken, and knows the address from now on. */
void login_guard_succeeded(struct login_guard *guard, const struct login_try *who, uint64_t now_ms);

/* The same for one count alone. */
uint32_t login_guard_take_one(struct login_guard *guard, enum login_count count,
                              const struct login_try *who, uint64_t now_ms);

#endif
