/* hmac.h - HMAC-SHA256 (RFC 2104, FIPS 180-4; libsodium's), of a message that comes in parts. */
#ifndef BASE_HMAC_H
#define BASE_HMAC_H

#include "base/text.h"

#include <stdint.h>

enum { HMAC_SIZE = 32, HMAC_HEX_SIZE = 2 * HMAC_SIZE };

void hmac_sha256(struct text key, const struct text *parts, uint32_t part_count,
                 uint8_t tag_out[HMAC_SIZE]);
/* Lower case, without a NUL. */
void hmac_write_hex(const uint8_t tag[HMAC_SIZE], char hex_out[HMAC_HEX_SIZE]);
/* In a time that does not depend on how much of it is right. Any case; false for anything else. */
bool hmac_equals_hex(const uint8_t tag[HMAC_SIZE], struct text hex) MUST_USE;

#endif
