/* command_api_keys_view.c - every key there is or was; few. */
#include "shop/command/commands.h"

#include <string.h>

static struct err api_keys_view_decide(struct decision *decision, struct command *base)
{
    (void)decision, (void)base;
    return OK;
}

static void api_keys_view_answer(const struct shop *shop, struct command *base)
{
    struct api_key_command *command = (struct api_key_command *)base;
    command->key_count = shop->api_keys.count;
    command->keys = arena_alloc_array(base->arena, command->key_count + 1u, sizeof(*command->keys));
    for (uint32_t number = 1; number <= command->key_count; number++)
        command->keys[number - 1] = *api_key_find(&shop->api_keys, number);
}

const struct command_ops command_api_keys_view = {
    .name = "api_keys_view",
    .priority = COMMAND_BULK,
    .is_read = true,
    .decide = api_keys_view_decide,
    .answer = api_keys_view_answer,
};
