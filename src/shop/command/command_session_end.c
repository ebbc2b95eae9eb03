/* command_session_end.c - logs out: one token, or all of a customer. */
#include "shop/command/account_change.h"

static struct err session_end_decide(struct decision *decision, struct command *base)
{
    const struct session_command *command = (const struct session_command *)base;
    const struct customer *customer = customer_find(&decision->shop->customers, command->customer);
    if (customer == NULL)
        return ERR(ERR_CUSTOMER_UNKNOWN);
    if (command->is_all) {
        account_change_end_tokens(decision, command->customer, customer, NULL);
        return OK;
    }
    TRY(account_change_check_token(decision, command->customer, command->digest));
    account_change_end_token(decision, command->customer, command->digest);
    return OK;
}

const struct command_ops command_session_end = {
    .name = "session_end",
    .priority = COMMAND_CARTS,
    .decide = session_end_decide,
};
