#include "api/password.h"

#include <sodium.h>
#include <string.h>

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "a hash fits");

bool password_hash(const struct password_cost *cost, struct text password,
                   char hash_out[PASSWORD_HASH_SIZE])
{
    ensure(password.length > 0);
    return crypto_pwhash_str_alg(hash_out, password.data, password.length, cost->passes,
                                 (size_t)cost->memory_kib * 1024,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool password_is(struct text password, const char *stored)
{
    return crypto_pwhash_str_verify(stored, password.data, password.length) == 0;
}

bool password_is_hash(const char *text)
{
    return strncmp(text, crypto_pwhash_argon2id_STRPREFIX,
                   sizeof(crypto_pwhash_argon2id_STRPREFIX) - 1) == 0 &&
           crypto_pwhash_str_needs_rehash(text, crypto_pwhash_OPSLIMIT_MIN,
                                          crypto_pwhash_MEMLIMIT_MIN) >= 0;
}

bool password_is_outdated(const struct password_cost *cost, const char *stored)
{
    return crypto_pwhash_str_needs_rehash(stored, cost->passes, (size_t)cost->memory_kib * 1024) ==
           1;
}
