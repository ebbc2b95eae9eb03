/*
 * limit.h - counts requests by address and by credential, refuses those that are too many (429),
 * and tells the others how many are left (RateLimit and RateLimit-Policy,
 * draft-ietf-httpapi-ratelimit- headers).
 */
#ifndef API_LIMIT_H
#define API_LIMIT_H

#include <stdbool.h>

struct call;

/* False, and answered with 429, when the sender has no request left. */
bool limit_address(struct call *call) __attribute__((warn_unused_result));
/* The same by credential: known once access_check() has passed. */
bool limit_key(struct call *call) __attribute__((warn_unused_result));
/* Adds the headers, just before the answer leaves. */
void limit_tell(struct call *call);

#endif
