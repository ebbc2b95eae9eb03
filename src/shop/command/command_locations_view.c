/* command_locations_view.c - every place for stock, in the order they were made. */
#include "shop/command/commands.h"

#include <string.h>

static struct err locations_view_decide(struct decision *decision, struct command *base)
{
    (void)decision;
    (void)base;
    return OK;
}

static void locations_view_answer(const struct shop *shop, struct command *base)
{
    struct locations_view_command *command = (struct locations_view_command *)base;
    uint32_t count = shop->stock.location_count;
    ensure(count > 0);
    command->locations = arena_alloc_array(base->arena, count, sizeof(struct location));
    memcpy(command->locations, shop->stock.locations + 1, count * sizeof(struct location));
    command->location_count = count;
}

const struct command_ops command_locations_view = {
    .name = "locations_view",
    .priority = COMMAND_BULK,
    .is_read = true,
    .decide = locations_view_decide,
    .answer = locations_view_answer,
};
