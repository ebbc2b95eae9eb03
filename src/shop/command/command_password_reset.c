/* command_password_reset.c - somebody says that the password of this address is forgotten. Whoever
 * reads the mails of the address gets a token; an older one that was not used is worth nothing any
 * more. */
#include "shop/command/commands.h"

static struct err password_reset_decide(struct decision *decision, struct command *base)
{
    struct customer_command *command = (struct customer_command *)base;
    const struct customers *customers = &decision->shop->customers;
    ensure(command->contact.email_tag.length == EMAIL_TAG_SIZE);
    ensure(command->life_ms > 0);
    command->number =
        customer_by_email(customers, (const uint8_t *)command->contact.email_tag.data);
    const struct customer *customer = customer_find(customers, command->number);
    if (customer == NULL)
        return OK;
    struct event_reset_asked *asked = decision_append(decision, EVENT_RESET_ASKED, sizeof(*asked));
    asked->customer = command->number;
    asked->contact = customer->contact;
    asked->expires_ms = decision_time(decision) + command->life_ms;
    return OK;
}

const struct command_ops command_password_reset = {
    .name = "password_reset",
    .priority = COMMAND_CARTS,
    .decide = password_reset_decide,
};
