/*
 * callback.h - what callbacks of a payment gateway and of a carrier share: the signature, and a
 * body whose unknown members are none of ours.
 */
#ifndef API_CALLBACK_H
#define API_CALLBACK_H

#include "api/call.h"
#include "api/signature.h"

/* Checks the signature by the secrets and opens the body; false, and answered, when it is refused.
 * json_in_close() is due after true. */
bool callback_open(struct call *call, const struct signature_secrets *secrets, struct json_in *in,
                   struct json_in_object *body_out) MUST_USE;

#endif
