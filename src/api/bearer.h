/*
 * bearer.h - what is sent as `Authorization: Bearer ...` and was made here: a prefix that says what
 * it is, and 256 random bits. Only a digest of it is kept.
 */
#ifndef API_BEARER_H
#define API_BEARER_H

#include "base/hash.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BEARER_PREFIX = 4, /* "tok_": a customer's log-in; "key_": of a service */
    BEARER_LENGTH = BEARER_PREFIX + 43,
    BEARER_SIZE = BEARER_LENGTH + 1,
};

enum bearer_kind { BEARER_TOKEN = 0, BEARER_KEY };

/* A new one, with its digest. */
void bearer_new(const uint8_t secret[HASH_SECRET_SIZE], enum bearer_kind kind,
                char text_out[BEARER_SIZE], uint8_t digest_out[HASH_DIGEST_SIZE]);
/* False when it has not the form of one. Whether it counts is another question. */
bool bearer_read(const uint8_t secret[HASH_SECRET_SIZE], struct text text,
                 uint8_t digest_out[HASH_DIGEST_SIZE]) MUST_USE;

#endif
