/* command_shop_create.c - a new shop: its currency, the place `main`, the five top categories, no
 * rule. */
#include "shop/command/commands.h"

#include <string.h>

static void append_location_main(struct decision *decision)
{
    struct text name = TEXT("main");
    struct event_location_put *put =
        decision_append(decision, EVENT_LOCATION_PUT, sizeof(*put) + name.length);
    put->number = 1;
    put->name_length = (uint16_t)name.length;
    memcpy(put + 1, name.data, name.length);
}

static void append_category(struct decision *decision, uint32_t number, struct text name)
{
    struct event_category_put *put =
        decision_append(decision, EVENT_CATEGORY_PUT, sizeof(*put) + name.length);
    put->number = number;
    put->name_length = name.length;
    memcpy(put + 1, name.data, name.length);
}

static struct err shop_create_decide(struct decision *decision, struct command *base)
{
    struct shop_command *command = (struct shop_command *)base;
    ensure(command->currency != 0);
    if (decision->shop->last_event != 0)
        return OK; /* another process on the same store was first */

    struct event_shop_created *created =
        decision_append(decision, EVENT_SHOP_CREATED, sizeof(*created));
    created->currency = command->currency;
    created->timeline = command->timeline;
    append_location_main(decision);
    for (uint32_t i = 0; i < CATEGORY_FIRST_COUNT; i++)
        append_category(decision, i + 1, text_of(category_first_names[i]));
    struct event_pricing_set *set = decision_append(decision, EVENT_PRICING_SET, sizeof(*set));
    set->version = 1; /* no rules */
    return OK;
}

static void shop_create_answer(const struct shop *shop, struct command *base)
{
    ((struct shop_command *)base)->epoch = shop->epoch;
}

const struct command_ops command_shop_create = {
    .name = "shop_create",
    .priority = COMMAND_ORDERS,
    .decide = shop_create_decide,
    .answer = shop_create_answer,
};
