/* command_api_key_create.c - a key for a service. */
#include "shop/command/api_key_change.h"

static struct err api_key_create_decide(struct decision *decision, struct command *base)
{
    struct api_key_command *command = (struct api_key_command *)base;
    uint32_t count = decision->shop->api_keys.count;
    ensure(command->key.scopes != 0);
    ensure(command->key.name[0] != '\0');
    if (count >= API_KEYS_MAX)
        return ERR_AT(ERR_API_KEY_LIMIT, 0, API_KEYS_MAX);
    command->number = count + 1;
    command->key.is_revoked = false;
    api_key_change_append(decision, command->number, &command->key);
    return OK;
}

const struct command_ops command_api_key_create = {
    .name = "api_key_create",
    .priority = COMMAND_BULK,
    .decide = api_key_create_decide,
    .answer = api_key_change_answer,
};
