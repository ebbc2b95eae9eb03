/* command_customer_find.c - who has this e-mail address. That nobody has is no error: whoever asks
 * must not learn it from how the answer looks. */
#include "shop/command/commands.h"

static struct err customer_find_decide(struct decision *decision, struct command *base)
{
    struct customer_command *command = (struct customer_command *)base;
    ensure(command->contact.email_tag.length == EMAIL_TAG_SIZE);
    command->number = customer_by_email(&decision->shop->customers,
                                        (const uint8_t *)command->contact.email_tag.data);
    return OK;
}

static void customer_find_answer(const struct shop *shop, struct command *base)
{
    struct customer_command *command = (struct customer_command *)base;
    const struct customer *customer = customer_find(&shop->customers, command->number);
    command->customer = (struct customer){0};
    if (customer != NULL)
        command->customer = *customer;
}

const struct command_ops command_customer_find = {
    .name = "customer_find",
    .priority = COMMAND_CARTS,
    .is_read = true,
    .decide = customer_find_decide,
    .answer = customer_find_answer,
};
