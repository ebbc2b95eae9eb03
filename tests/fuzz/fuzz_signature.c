/*
 * fuzz_signature.c - bytes as the header of a signed callback, and as its body. Nothing is good but
 * what was signed; what is good stays good only for its own body and time.
 */
#include "api/signature.h"
#include "base/hmac.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define NOW_MS       UINT64_C(1700000000000)
#define TOLERANCE_MS UINT64_C(300000)
#define SECRET       TEXT("a secret of the fuzzer's own")

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > 4096)
        return 0;
    struct text input = {(const char *)bytes, (uint32_t)size};
    const struct signature_secrets secrets = {{SECRET}, 1};
    ensure(signature_check(&secrets, input, input, NOW_MS, TOLERANCE_MS) != SIGNATURE_GOOD);

    const struct text parts[] = {TEXT("1700000000"), TEXT("."), input};
    uint8_t tag[HMAC_SIZE];
    char header[15 + HMAC_HEX_SIZE + 1] = "t=1700000000,v1=";
    hmac_sha256(SECRET, parts, countof(parts), tag);
    hmac_write_hex(tag, header + strlen("t=1700000000,v1="));
    struct text good = {header, (uint32_t)sizeof(header)};
    ensure(signature_check(&secrets, good, input, NOW_MS, TOLERANCE_MS) == SIGNATURE_GOOD);
    ensure(signature_check(&secrets, good, input, NOW_MS + TOLERANCE_MS + 1, TOLERANCE_MS) ==
           SIGNATURE_EXPIRED);
    if (size > 0) {
        struct text cut = {input.data, input.length - 1};
        ensure(signature_check(&secrets, good, cut, NOW_MS, TOLERANCE_MS) == SIGNATURE_WRONG);
    }
    return 0;
}
