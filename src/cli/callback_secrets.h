/*
 * callback_secrets.h - the secrets that callbacks are signed with: from a setting (so from the
 * environment too) and from a file, both; several while one takes the place of another.
 */
#ifndef CLI_CALLBACK_SECRETS_H
#define CLI_CALLBACK_SECRETS_H

#include "api/signature.h"

enum { CALLBACK_SECRETS_BYTES = 4096 };

struct callback_secrets {
    struct signature_secrets secrets; /* texts in `bytes`; none = callbacks are refused */
    uint32_t length;
    char bytes[CALLBACK_SECRETS_BYTES];
};

/* `list`: secrets separated by spaces or commas; `path`: a file of them, one a line; either may be
 * empty. False, with the reason on standard error, when a file cannot be read or a secret is too
 * short. `secrets_out` must not move afterwards. */
bool callback_secrets_get(const char *list, const char *path,
                          struct callback_secrets *secrets_out) MUST_USE;

#endif
