/* hash.h - hashing without secrets, checksums, and keyed hashing (libsodium's SipHash, BLAKE2b). */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Mixes well enough for open addressing (the finaliser of splitmix64). Not for secrets. */
uint64_t hash_u64(uint64_t value);
/* FNV-1a folded by hash_u64(). Not for secrets, not for input chosen by strangers. */
uint64_t hash_bytes(const void *bytes, size_t size);
/* Of long contents: sixteen bytes a step. Tells one from another; the same on every machine of one
 * byte order. Not for secrets. */
uint64_t hash_content(const void *bytes, size_t size);
/* CRC-32C (Castagnoli, RFC 3720 appendix B.4); by instruction where the processor has it. */
uint32_t hash_crc32c(uint32_t crc, const void *bytes, size_t size);
/* The same without the instruction. */
uint32_t hash_crc32c_portable(uint32_t crc, const void *bytes, size_t size);

enum { HASH_SECRET_SIZE = 16, HASH_TAG_SIZE = 16 };

/* 128-bit tag of `bytes` under a 128-bit secret (SipHashx-2-4). */
void hash_keyed(const uint8_t secret[HASH_SECRET_SIZE], const void *bytes, size_t size,
                uint8_t tag_out[HASH_TAG_SIZE]);

enum { HASH_DIGEST_SIZE = 32 };

/* 256 bits of `bytes` under the secret (BLAKE2b) that nobody turns back, not even who has the
 * secret: for what is kept of tokens. */
void hash_digest(const uint8_t secret[HASH_SECRET_SIZE], const void *bytes, size_t size,
                 uint8_t digest_out[HASH_DIGEST_SIZE]);

#endif
