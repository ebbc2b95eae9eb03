/* command_product_update.c - changes some fields of a product, if nobody else did so meanwhile. */
#include "shop/command/product_change.h"

static struct err product_update_decide(struct decision *decision, struct command *base)
{
    struct product_command *command = (struct product_command *)base;
    const struct product *product = catalog_find(&decision->shop->catalog, command->draft.number);
    if (product == NULL)
        return ERR(ERR_PRODUCT_UNKNOWN);
    TRY(version_guard_check(&command->guard, product->version));
    return product_change_update(decision, command, product);
}

const struct command_ops command_product_update = {
    .name = "product_update",
    .priority = COMMAND_BULK,
    .decide = product_update_decide,
    .answer = product_change_answer,
};
