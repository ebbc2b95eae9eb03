/*
 * public_id.h - the ids and tokens people see: opaque, not guessable, decoded without a look-up.
 *
 * id    = prefix_ + base64url(tag 8 || body 8), 22 characters behind the prefix
 *         tag  = first 8 bytes of hash_keyed(secret, type || number)
 *         body = number XOR first 8 bytes of hash_keyed(secret, "mask" || type || tag)
 * token = base64url(tag 16 || body 8), 32 characters, the same with the whole tag: it opens a cart
 * and the orders bought with it, so a guess must be out of reach and not only unlikely.
 *
 * Decoding takes the number out and proves it by the tag: a forged id is not an id.
 */
#ifndef API_PUBLIC_ID_H
#define API_PUBLIC_ID_H

#include "base/hash.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum public_id_type {
    ID_PRODUCT = 0,
    ID_CATEGORY,
    ID_LOCATION,
    ID_CUSTOMER,
    ID_CART,
    ID_ORDER,
    ID_LINE,     /* order << ORDER_LINE_SHIFT | line */
    ID_SHIPMENT, /* order << ORDER_LINE_SHIFT | shipment */
    ID_NOTICE,
    ID_WEBHOOK,
    ID_KEY, /* of a service */
    ID_CONTACT,
    ID_REVIEW,
    /* always last */
    ID_TYPE_COUNT
};

enum {
    PUBLIC_ID_BODY = 22,
    PUBLIC_ID_LENGTH = 4 + PUBLIC_ID_BODY, /* every prefix has three letters and a _ */
    PUBLIC_ID_SIZE = PUBLIC_ID_LENGTH + 1,
    CART_TOKEN_LENGTH = 32,
    CART_TOKEN_SIZE = CART_TOKEN_LENGTH + 1,
    VERSION_TAG_LENGTH = PUBLIC_ID_BODY,
};

/* Writes PUBLIC_ID_LENGTH characters and a NUL. */
void public_id_write(const uint8_t secret[HASH_SECRET_SIZE], enum public_id_type type,
                     uint64_t number, char id_out[PUBLIC_ID_SIZE]);
/* False for anything this store has not made. */
bool public_id_read(const uint8_t secret[HASH_SECRET_SIZE], enum public_id_type type,
                    struct text id, uint64_t *number_out) MUST_USE;

void cart_token_write(const uint8_t secret[HASH_SECRET_SIZE], uint64_t cart,
                      char token_out[CART_TOKEN_SIZE]);
bool cart_token_read(const uint8_t secret[HASH_SECRET_SIZE], struct text token,
                     uint64_t *cart_out) MUST_USE;

/* A version that nobody need see through: VERSION_TAG_LENGTH characters. Not 0. */
void version_tag_write(const uint8_t secret[HASH_SECRET_SIZE], uint64_t version, char *text_out);
bool version_tag_read(const uint8_t secret[HASH_SECRET_SIZE], struct text text,
                      uint64_t *version_out) MUST_USE;

/* base64url without padding (RFC 4648 section 5); text_out takes (size * 4 + 2) / 3 characters. */
void base64url_write(const uint8_t *bytes, uint32_t size, char *text_out);
/* Exactly `size` bytes in their one right spelling, else false. */
bool base64url_read(struct text text, uint8_t *bytes_out, uint32_t size) MUST_USE;

#endif
