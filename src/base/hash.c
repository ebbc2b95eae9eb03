#include "base/hash.h"

#include "base/check.h"

#include <sodium.h>
#include <string.h>

_Static_assert(HASH_SECRET_SIZE == crypto_shorthash_siphashx24_KEYBYTES, "libsodium's key");
_Static_assert(HASH_TAG_SIZE == crypto_shorthash_siphashx24_BYTES, "libsodium's tag");

uint64_t hash_u64(uint64_t value)
{
    value ^= value >> 30;
    value *= UINT64_C(0xbf58476d1ce4e5b9);
    value ^= value >> 27;
    value *= UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

uint64_t hash_bytes(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash_u64(hash);
}

static uint64_t rotate(uint64_t value, unsigned int bits)
{
    return value << bits | value >> (64 - bits);
}

uint64_t hash_content(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t lanes[2] = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd1b54a32d192ed03)};
    uint64_t words[2];
    size_t left = size;
    for (; left >= sizeof(words); left -= sizeof(words), at += sizeof(words)) {
        memcpy(words, at, sizeof(words));
        lanes[0] = rotate(lanes[0] ^ words[0], 27) * UINT64_C(0x9fb21c651e98df25);
        lanes[1] = rotate(lanes[1] ^ words[1], 31) * UINT64_C(0xa0761d6478bd642f);
    }
    memset(words, 0, sizeof(words));
    if (left > 0)
        memcpy(words, at, left);
    lanes[0] = rotate(lanes[0] ^ words[0], 27) * UINT64_C(0x9fb21c651e98df25);
    lanes[1] = rotate(lanes[1] ^ words[1], 31) * UINT64_C(0xa0761d6478bd642f);
    return hash_u64(hash_u64(lanes[0] ^ size) ^ lanes[1]);
}

/* Half a byte at a time: a table of 16 words is short enough to be read, and only processors
 * without the instruction come here. */
uint32_t hash_crc32c_portable(uint32_t crc, const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= byte[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *bytes,
                                                               size_t size)
{
    uint64_t wide = crc;
    for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t), bytes += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes, sizeof(word));
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    for (; size > 0; size--, bytes++)
        crc = __builtin_ia32_crc32qi(crc, *bytes);
    return crc;
}
#endif

uint32_t hash_crc32c(uint32_t crc, const void *bytes, size_t size)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc32c_sse42(~crc, bytes, size);
#endif
    return hash_crc32c_portable(crc, bytes, size);
}

void hash_keyed(const uint8_t secret[HASH_SECRET_SIZE], const void *bytes, size_t size,
                uint8_t tag_out[HASH_TAG_SIZE])
{
    int failed = crypto_shorthash_siphashx24(tag_out, bytes, size, secret);
    ensure(failed == 0);
}

void hash_digest(const uint8_t secret[HASH_SECRET_SIZE], const void *bytes, size_t size,
                 uint8_t digest_out[HASH_DIGEST_SIZE])
{
    int failed =
        crypto_generichash(digest_out, HASH_DIGEST_SIZE, bytes, size, secret, HASH_SECRET_SIZE);
    ensure(failed == 0);
}
