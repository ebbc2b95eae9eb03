/* command_pricing_view.c - the pricing rules in force, with their version. */
#include "shop/command/commands.h"

static struct err pricing_view_decide(struct decision *decision, struct command *base)
{
    (void)decision;
    (void)base;
    return OK;
}

static void pricing_view_answer(const struct shop *shop, struct command *base)
{
    ((struct pricing_command *)base)->pricing = *shop_pricing(shop);
}

const struct command_ops command_pricing_view = {
    .name = "pricing_view",
    .priority = COMMAND_BULK,
    .is_read = true,
    .decide = pricing_view_decide,
    .answer = pricing_view_answer,
};
