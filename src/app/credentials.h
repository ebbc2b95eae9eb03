/*
 * credentials.h - which tokens and keys count right now, for the threads that answer requests: a
 * table that they look into without a lock while the executor's thread changes it. What it says is
 * durable: it is changed after the events that change it are recorded.
 *
 * Who looks must be registered with liburcu (view_thread_register()). An entry is looked for by the
 * first 8 bytes of a digest and then compared whole, in constant time.
 */
#ifndef APP_CREDENTIALS_H
#define APP_CREDENTIALS_H

#include "shop/shop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct credentials;

/* What a token opens. */
struct credential {
    struct operator by; /* OPERATOR_STAFF, OPERATOR_SERVICE or OPERATOR_NONE */
    uint32_t customer;  /* whose token it is; 0 = the key of a service */
    uint32_t scopes;
    uint64_t expires_ms; /* 0 = never */
};

struct credentials *credentials_open(void) MUST_USE;
/* When no thread looks any more. */
void credentials_close(struct credentials *credentials);

/* At the start: every token and key of the shop. */
void credentials_publish_all(struct credentials *credentials, const struct shop *shop);
/* The executor's thread: what these events change. `shop` has applied them. */
void credentials_publish(struct credentials *credentials, const struct shop *shop,
                         const char *events, size_t size);

/* Any thread. False when there is none, or its time is over. */
bool credentials_find(struct credentials *credentials, const uint8_t digest[HASH_DIGEST_SIZE],
                      uint64_t now_ms, struct credential *credential_out) MUST_USE;

#endif
