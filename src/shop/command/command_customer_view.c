/* command_customer_view.c - a customer as it stands; an erased one still has its number and orders.
 */
#include "shop/command/customer_change.h"

static struct err customer_view_decide(struct decision *decision, struct command *base)
{
    const struct customer_command *command = (const struct customer_command *)base;
    if (customer_find(&decision->shop->customers, command->number) == NULL)
        return ERR(ERR_CUSTOMER_UNKNOWN);
    return OK;
}

const struct command_ops command_customer_view = {
    .name = "customer_view",
    .priority = COMMAND_CARTS,
    .is_read = true,
    .decide = customer_view_decide,
    .answer = customer_change_answer,
};
