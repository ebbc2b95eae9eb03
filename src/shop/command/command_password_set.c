/* command_password_set.c - another password, for whoever knew the old one or has the token that was
 * mailed. Every log-in ends, also a thief's; the sender gets a new token. */
#include "shop/command/account_change.h"
#include "shop/command/customer_change.h"

static struct err check_proof(const struct decision *decision,
                              const struct customer_command *command,
                              const struct customer *customer)
{
    if (command->reset_event == 0) {
        bool is_proved = command->password_event != 0 && customer != NULL &&
                         customer->password_event == command->password_event;
        return is_proved ? OK : ERR(ERR_LOGIN_FAILED);
    }
    bool is_open = customer != NULL && customer->reset_event == command->reset_event &&
                   customer->reset_until_ms > decision_time(decision);
    return is_open ? OK : ERR(ERR_RESET_UNKNOWN);
}

static struct err password_set_decide(struct decision *decision, struct command *base)
{
    struct customer_command *command = (struct customer_command *)base;
    const struct customer *customer = customer_find(&decision->shop->customers, command->number);
    ensure(command->contact.password.length > 0);
    TRY(check_proof(decision, command, customer));

    struct contact contact = {.customer = command->number, .password = command->contact.password};
    (void)decision_change_contact(decision, customer->contact, &contact);
    account_change_put(decision, command->number, (enum role)customer->role, true);
    account_change_end_tokens(decision, command->number, customer, NULL);
    struct customer without_tokens = *customer;
    without_tokens.token = 0;
    account_change_start_token(decision, command->number, &without_tokens, &command->token);
    return OK;
}

const struct command_ops command_password_set = {
    .name = "password_set",
    .priority = COMMAND_CARTS,
    .decide = password_set_decide,
    .answer = customer_change_answer,
};
