#include "api/bearer.h"

#include "api/public_id.h"
#include "base/random.h"

#include <sodium.h>
#include <string.h>

enum { SECRET_BYTES = 32 };

static void digest_of(const uint8_t secret[HASH_SECRET_SIZE], const uint8_t random[SECRET_BYTES],
                      uint8_t digest_out[HASH_DIGEST_SIZE])
{
    uint8_t bytes[5 + SECRET_BYTES] = {'t', 'o', 'k', 'e', 'n'};
    memcpy(bytes + 5, random, SECRET_BYTES);
    hash_digest(secret, bytes, sizeof(bytes), digest_out);
    sodium_memzero(bytes, sizeof(bytes));
}

void bearer_new(const uint8_t secret[HASH_SECRET_SIZE], enum bearer_kind kind,
                char text_out[BEARER_SIZE], uint8_t digest_out[HASH_DIGEST_SIZE])
{
    uint8_t random[SECRET_BYTES];
    random_secret(random, sizeof(random));
    digest_of(secret, random, digest_out);
    memcpy(text_out, kind == BEARER_KEY ? "key_" : "tok_", BEARER_PREFIX);
    base64url_write(random, sizeof(random), text_out + BEARER_PREFIX);
    text_out[BEARER_LENGTH] = '\0';
    sodium_memzero(random, sizeof(random));
}

bool bearer_read(const uint8_t secret[HASH_SECRET_SIZE], struct text text,
                 uint8_t digest_out[HASH_DIGEST_SIZE])
{
    uint8_t random[SECRET_BYTES];
    struct text body = {text.data + BEARER_PREFIX, text.length - BEARER_PREFIX};
    if (text.length != BEARER_LENGTH ||
        (!text_starts_with(text, TEXT("tok_")) && !text_starts_with(text, TEXT("key_"))) ||
        !base64url_read(body, random, sizeof(random)))
        return false;
    digest_of(secret, random, digest_out);
    sodium_memzero(random, sizeof(random));
    return true;
}
