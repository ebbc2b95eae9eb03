/*
 * idempotency.h - Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) on every request that
 * changes something: it is done once, and its answer is given again for a day, byte for byte.
 *
 * The command of the request carries a struct once; its answer is rendered on the executor's
 * thread, so that it is recorded in the commit of what it tells of. A checkout keeps its key in the
 * order instead.
 */
#ifndef API_IDEMPOTENCY_H
#define API_IDEMPOTENCY_H

#include "base/text.h"
#include "shop/command/command.h"

#include <stdbool.h>
#include <stdint.h>

struct call;

enum {
    IDEMPOTENCY_KEY_MAX = 200,
    /* Who has no credential is told from others by the key alone, so it must not be guessed. */
    IDEMPOTENCY_KEY_OF_ANYBODY_MIN = 16,
};

/* TEXT_NONE when there is none. False, and answered, when it is not one that could be used. */
bool idempotency_key(struct call *call, struct text *key_out) MUST_USE;
uint64_t idempotency_body_hash(const struct call *call);

/* Makes `command` one that is done once, when the request has a key. False, and answered, when the
 * key is not one. */
bool idempotency_attach(struct call *call, struct command *command) MUST_USE;
/* The command is back, without an error: sends what was rendered, now or the first time. */
void idempotency_reply(struct call *call);

#endif
