/* command_api_key_revoke.c - a key counts no more; revoking it again does nothing. */
#include "shop/command/api_key_change.h"

static struct err api_key_revoke_decide(struct decision *decision, struct command *base)
{
    const struct api_key_command *command = (const struct api_key_command *)base;
    const struct api_key *key = api_key_find(&decision->shop->api_keys, command->number);
    if (key == NULL)
        return ERR(ERR_API_KEY_UNKNOWN);
    if (key->is_revoked)
        return OK;
    struct api_key after = *key;
    after.is_revoked = true;
    api_key_change_append(decision, command->number, &after);
    return OK;
}

const struct command_ops command_api_key_revoke = {
    .name = "api_key_revoke",
    .priority = COMMAND_BULK,
    .decide = api_key_revoke_decide,
    .answer = api_key_change_answer,
};
