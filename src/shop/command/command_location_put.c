/* command_location_put.c - a place for stock: made when its name is new, else its priority changed.
 */
#include "shop/command/commands.h"

#include <string.h>

static struct err location_put_decide(struct decision *decision, struct command *base)
{
    struct location_command *command = (struct location_command *)base;
    const struct stock *stock = &decision->shop->stock;
    ensure(command->name.length > 0);
    ensure(command->name.length <= LOCATION_NAME_MAX);

    const struct location *location = location_find_name(stock, command->name);
    command->is_new = location == NULL;
    if (location != NULL && location->priority == command->priority)
        return OK;
    if (location == NULL && stock->location_count >= STOCK_LOCATIONS_MAX)
        return ERR_AT(ERR_LOCATION_LIMIT, 0, STOCK_LOCATIONS_MAX);

    struct event_location_put *put =
        decision_append(decision, EVENT_LOCATION_PUT, sizeof(*put) + command->name.length);
    put->number = location != NULL ? location->number : (uint16_t)(stock->location_count + 1);
    put->name_length = (uint16_t)command->name.length;
    put->priority = command->priority;
    memcpy(put + 1, command->name.data, command->name.length);
    return OK;
}

static void location_put_answer(const struct shop *shop, struct command *base)
{
    struct location_command *command = (struct location_command *)base;
    const struct location *location = location_find_name(&shop->stock, command->name);
    ensure(location != NULL);
    command->location = *location;
}

const struct command_ops command_location_put = {
    .name = "location_put",
    .priority = COMMAND_BULK,
    .decide = location_put_decide,
    .answer = location_put_answer,
};
