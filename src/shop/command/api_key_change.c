#include "shop/command/api_key_change.h"

#include <string.h>

void api_key_change_append(struct decision *decision, uint32_t number, const struct api_key *after)
{
    size_t name_length = strlen(after->name);
    struct event_api_key_put *put =
        decision_append(decision, EVENT_API_KEY_PUT, sizeof(*put) + name_length);
    memcpy(put->digest, after->digest, sizeof(put->digest));
    put->expires_ms = after->expires_ms;
    put->number = number;
    put->scopes = after->scopes;
    put->name_length = (uint16_t)name_length;
    put->is_revoked = after->is_revoked;
    memcpy(put + 1, after->name, name_length);
}

void api_key_change_answer(const struct shop *shop, struct command *base)
{
    struct api_key_command *command = (struct api_key_command *)base;
    const struct api_key *key = api_key_find(&shop->api_keys, command->number);
    ensure(key != NULL);
    command->key = *key;
}
