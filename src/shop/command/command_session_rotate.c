/* command_session_rotate.c - another token for the one that is sent, which ends. */
#include "shop/command/account_change.h"

static struct err session_rotate_decide(struct decision *decision, struct command *base)
{
    const struct session_command *command = (const struct session_command *)base;
    TRY(account_change_check_token(decision, command->customer, command->digest));

    struct customer customer = *customer_find(&decision->shop->customers, command->customer);
    account_change_end_token(decision, command->customer, command->digest);
    customer.token = 0; /* one goes and one comes: there is room */
    account_change_start_token(decision, command->customer, &customer, &command->token);
    return OK;
}

static void session_rotate_answer(const struct shop *shop, struct command *base)
{
    struct session_command *command = (struct session_command *)base;
    command->after = *customer_find(&shop->customers, command->customer);
    if (cart_find(&shop->carts, command->after.cart) == NULL)
        command->after.cart = 0;
}

const struct command_ops command_session_rotate = {
    .name = "session_rotate",
    .priority = COMMAND_CARTS,
    .decide = session_rotate_decide,
    .answer = session_rotate_answer,
};
