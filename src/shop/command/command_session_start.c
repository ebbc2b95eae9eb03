/*
 * command_session_start.c - a customer has proved who it is: its token counts from now on, and the
 * cart it filled as a guest becomes its own. The password was compared outside, with the one that
 * `password_event` set: if it was changed meanwhile, the proof is worth nothing. A hash that costs
 * another time than the settings say is replaced on this occasion; the password is the same, so no
 * event tells of it.
 */
#include "shop/command/account_change.h"
#include "shop/command/cart_merge.h"

enum { MERGE_COST = 64 }; /* lines that a usual cart has */

static struct err session_start_decide(struct decision *decision, struct command *base)
{
    struct session_command *command = (struct session_command *)base;
    const struct customer *customer = customer_find(&decision->shop->customers, command->customer);
    if (customer == NULL || customer->is_erased || customer->password_event == 0 ||
        customer->password_event != command->password_event)
        return ERR(ERR_LOGIN_FAILED);

    if (command->password.length > 0)
        (void)decision_change_contact(
            decision, customer->contact,
            &(struct contact){.customer = command->customer, .password = command->password});
    account_change_start_token(decision, command->customer, customer, &command->token);
    (void)cart_merge_append(decision, command->customer, customer, command->cart);
    return OK;
}

static void session_start_answer(const struct shop *shop, struct command *base)
{
    struct session_command *command = (struct session_command *)base;
    command->after = *customer_find(&shop->customers, command->customer);
    if (cart_find(&shop->carts, command->after.cart) == NULL)
        command->after.cart = 0;
}

static uint32_t session_start_cost(const struct command *base)
{
    return ((const struct session_command *)base)->cart == 0 ? 1 : MERGE_COST;
}

const struct command_ops command_session_start = {
    .name = "session_start",
    .priority = COMMAND_CARTS,
    .cost = session_start_cost,
    .decide = session_start_decide,
    .answer = session_start_answer,
};
