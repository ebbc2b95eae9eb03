/* command_customer_role.c - who of the customers is of the staff, or an admin. Every log-in ends:
 * what a token opens never changes. */
#include "shop/command/account_change.h"
#include "shop/command/customer_change.h"

static struct err customer_role_decide(struct decision *decision, struct command *base)
{
    const struct customer_command *command = (const struct customer_command *)base;
    const struct customer *customer = customer_find(&decision->shop->customers, command->number);
    ensure(command->role < ROLE_COUNT);
    if (customer == NULL || customer->is_erased)
        return ERR(ERR_CUSTOMER_UNKNOWN);
    if (customer->role == command->role)
        return OK;
    account_change_put(decision, command->number, command->role, false);
    account_change_end_tokens(decision, command->number, customer, NULL);
    return OK;
}

const struct command_ops command_customer_role = {
    .name = "customer_role",
    .priority = COMMAND_BULK,
    .decide = customer_role_decide,
    .answer = customer_change_answer,
};
