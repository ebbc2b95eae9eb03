/*
 * command_customer_update.c - another contact, member or not. A new contact replaces the whole old
 * one, whose row is erased: nobody agreed to keep what is out of date.
 */
#include "shop/command/customer_change.h"

static struct err customer_update_decide(struct decision *decision, struct command *base)
{
    const struct customer_command *command = (const struct customer_command *)base;
    const struct customer *customer = customer_find(&decision->shop->customers, command->number);
    if (customer == NULL || customer->is_erased)
        return ERR(ERR_CUSTOMER_UNKNOWN);
    TRY(version_guard_check(&command->guard, customer_version(customer)));

    struct customer after = *customer;
    if (command->has_member)
        after.is_member = command->is_member;
    if (command->has_contact) {
        struct contact contact = command->contact;
        contact.customer = command->number;
        after.contact = decision_add_contact(decision, &contact);
        if (customer->contact != 0)
            customer_change_erase_contacts(decision, command->number, &customer->contact, 1);
    }
    if (after.contact != customer->contact || after.is_member != customer->is_member)
        customer_change_append(decision, command->number, &after);
    return OK;
}

const struct command_ops command_customer_update = {
    .name = "customer_update",
    .priority = COMMAND_CARTS,
    .decide = customer_update_decide,
    .answer = customer_change_answer,
};
