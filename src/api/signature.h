/*
 * signature.h - who may call back. A callback carries
 *
 *   Shopd-Signature: t=1700000000,v1=<64 hex digits>[,v1=...]
 *
 * t is the time of sending in seconds since 1970, v1 the HMAC-SHA256 of "<t>.<body>" under a secret
 * that both sides know. Several v1 and several secrets are for the days in which one takes the
 * place of another: one match is enough. Other members are passed over. A callback that is older or
 * newer than the tolerance is refused: what was overheard is worth nothing later, and within the
 * tolerance its event's id was taken already.
 */
#ifndef API_SIGNATURE_H
#define API_SIGNATURE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SIGNATURE_SECRETS_MAX = 8,
    SIGNATURE_SECRET_MIN = 16, /* bytes */
    SIGNATURE_VALUES_MAX = 8,  /* v1 in one header; more are passed over */
};

struct signature_secrets {
    struct text secrets[SIGNATURE_SECRETS_MAX];
    uint32_t count;
};

enum signature_verdict {
    SIGNATURE_GOOD = 0,
    SIGNATURE_MALFORMED, /* no t, or no v1 */
    SIGNATURE_EXPIRED,   /* or from the future */
    SIGNATURE_WRONG,
};

enum signature_verdict signature_check(const struct signature_secrets *secrets, struct text header,
                                       struct text body, uint64_t now_ms, uint64_t tolerance_ms);

#endif
