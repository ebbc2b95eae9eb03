/* command_customer_create.c - somebody who buys again; name, e-mail and phone go to a contact row.
 */
#include "shop/command/customer_change.h"

static struct err customer_create_decide(struct decision *decision, struct command *base)
{
    struct customer_command *command = (struct customer_command *)base;
    const struct customers *customers = &decision->shop->customers;
    if (customers->count >= CUSTOMERS_MAX)
        return ERR_AT(ERR_CUSTOMER_LIMIT, 0, CUSTOMERS_MAX);

    command->number = customers->count + 1;
    struct contact contact = command->contact;
    contact.customer = command->number;
    customer_change_append(decision, command->number,
                           &(struct customer){
                               .contact = decision_add_contact(decision, &contact),
                               .is_member = command->is_member,
                           });
    return OK;
}

const struct command_ops command_customer_create = {
    .name = "customer_create",
    .priority = COMMAND_CARTS,
    .decide = customer_create_decide,
    .answer = customer_change_answer,
};
