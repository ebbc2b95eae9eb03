/* command_product_create.c - a new product; its SKU must be free in the region. */
#include "shop/command/product_change.h"

static struct err product_create_decide(struct decision *decision, struct command *base)
{
    return product_change_create(decision, (struct product_command *)base);
}

const struct command_ops command_product_create = {
    .name = "product_create",
    .priority = COMMAND_BULK,
    .decide = product_create_decide,
    .answer = product_change_answer,
};
