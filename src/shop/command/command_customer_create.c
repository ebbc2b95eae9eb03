/* command_customer_create.c - somebody who buys again; who it is goes to a contact row. With a
 * password it is an account, which can be logged in at once. */
#include "shop/command/account_change.h"
#include "shop/command/cart_merge.h"
#include "shop/command/customer_change.h"

static void start_account(struct decision *decision, const struct customer_command *command)
{
    const struct customer nobody = {0};
    account_change_put(decision, command->number, ROLE_CUSTOMER, true);
    if (command->token.life_ms == 0)
        return;
    account_change_start_token(decision, command->number, &nobody, &command->token);
    (void)cart_merge_append(decision, command->number, &nobody, command->cart);
}

static struct err customer_create_decide(struct decision *decision, struct command *base)
{
    struct customer_command *command = (struct customer_command *)base;
    const struct customers *customers = &decision->shop->customers;
    if (customers->count >= CUSTOMERS_MAX)
        return ERR_AT(ERR_CUSTOMER_LIMIT, 0, CUSTOMERS_MAX);

    command->number = customers->count + 1;
    TRY(customer_change_check_email(decision, &command->contact, command->number));
    struct contact contact = command->contact;
    contact.customer = command->number;
    customer_change_append(decision, command->number,
                           &(struct customer){
                               .contact = decision_add_contact(decision, &contact),
                               .tier = command->tier,
                           });
    if (contact.password.length > 0)
        start_account(decision, command);
    return OK;
}

const struct command_ops command_customer_create = {
    .name = "customer_create",
    .priority = COMMAND_CARTS,
    .decide = customer_create_decide,
    .answer = customer_change_answer,
};
