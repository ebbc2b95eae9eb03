/*
 * password.h - hashing and comparing passwords (argon2id, libsodium), which takes tens of
 * milliseconds and megabytes on purpose: done by the workers, a loop only hands over.
 */
#ifndef API_PASSWORD_H
#define API_PASSWORD_H

#include "base/check.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { PASSWORD_LENGTH_MIN = 8, PASSWORD_LENGTH_MAX = 200, PASSWORD_HASH_SIZE = 128 };

/* What a hash costs: RFC 9106 section 4, and what OWASP's cheat sheet says of less memory. */
struct password_cost {
    uint32_t passes;
    uint32_t memory_kib;
};

/* One piece of work; lives as long as the request. */
struct password_work {
    struct text password; /* wiped once the work is done */
    struct text stored;   /* compare with this; no data: with one of nobody, which takes as long */
    bool is_right;
    char hash[PASSWORD_HASH_SIZE];
};

/* False when there is not enough memory for it. */
bool password_hash(const struct password_cost *cost, struct text password,
                   char hash_out[PASSWORD_HASH_SIZE]) MUST_USE;
bool password_is(struct text password, const char *stored) MUST_USE;
/* The text, which ends in NUL, is a hash that passwords can be compared with. */
bool password_is_hash(const char *text) MUST_USE;
/* The hash cost something else than one would now. */
bool password_is_outdated(const struct password_cost *cost, const char *stored) MUST_USE;

#endif
