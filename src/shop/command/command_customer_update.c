/*
 * command_customer_update.c - what is given of the contact takes the place of what it said before,
 * in its row; member or not.
 */
#include "shop/command/customer_change.h"

static struct err customer_update_decide(struct decision *decision, struct command *base)
{
    const struct customer_command *command = (const struct customer_command *)base;
    const struct customer *customer = customer_find(&decision->shop->customers, command->number);
    if (customer == NULL || customer->is_erased)
        return ERR(ERR_CUSTOMER_UNKNOWN);
    TRY(version_guard_check(&command->guard, customer_version(customer)));
    TRY(customer_change_check_email(decision, &command->contact, command->number));

    struct customer after = *customer;
    bool keeps_tier = command->is_tier_least && customer->tier != TIER_NONE;
    if (command->has_tier && !keeps_tier)
        after.tier = command->tier;
    if (command->has_contact) {
        struct contact contact = command->contact;
        contact.customer = command->number;
        after.contact = decision_change_contact(decision, customer->contact, &contact);
    }
    if (command->has_contact || after.tier != customer->tier)
        customer_change_append(decision, command->number, &after);
    return OK;
}

const struct command_ops command_customer_update = {
    .name = "customer_update",
    .priority = COMMAND_CARTS,
    .decide = customer_update_decide,
    .answer = customer_change_answer,
};
