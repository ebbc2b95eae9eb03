#include "base/hmac.h"

#include <sodium.h>

_Static_assert(HMAC_SIZE == crypto_auth_hmacsha256_BYTES, "libsodium's tag");

void hmac_sha256(struct text key, const struct text *parts, uint32_t part_count,
                 uint8_t tag_out[HMAC_SIZE])
{
    crypto_auth_hmacsha256_state state;
    ensure(key.length > 0);
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)key.data, key.length);
    for (uint32_t i = 0; i < part_count; i++)
        crypto_auth_hmacsha256_update(&state, (const uint8_t *)parts[i].data, parts[i].length);
    crypto_auth_hmacsha256_final(&state, tag_out);
    sodium_memzero(&state, sizeof(state));
}

void hmac_write_hex(const uint8_t tag[HMAC_SIZE], char hex_out[HMAC_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (uint32_t i = 0; i < HMAC_SIZE; i++) {
        *hex_out++ = digits[tag[i] >> 4];
        *hex_out++ = digits[tag[i] & 15];
    }
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hmac_equals_hex(const uint8_t tag[HMAC_SIZE], struct text hex)
{
    uint8_t bytes[HMAC_SIZE];
    if (hex.length != HMAC_HEX_SIZE)
        return false;
    for (uint32_t i = 0; i < HMAC_SIZE; i++) {
        const char *pair = hex.data + (size_t)2 * i;
        int high = digit_of(pair[0]);
        int low = digit_of(pair[1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return sodium_memcmp(bytes, tag, HMAC_SIZE) == 0;
}
