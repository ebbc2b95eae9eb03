/* command_stock_view.c - every place of one product, in the order they are asked. */
#include "shop/command/commands.h"

static struct err stock_view_decide(struct decision *decision, struct command *base)
{
    const struct stock_view_command *command = (const struct stock_view_command *)base;
    if (catalog_find(&decision->shop->catalog, command->product) == NULL)
        return ERR(ERR_PRODUCT_UNKNOWN);
    return OK;
}

static void stock_view_answer(const struct shop *shop, struct command *base)
{
    struct stock_view_command *command = (struct stock_view_command *)base;
    const struct stock *stock = &shop->stock;
    command->rows = arena_alloc_array(base->arena, STOCK_LOCATIONS_MAX, sizeof(struct stock_row));
    command->row_count = 0;
    for (const struct stock_row *row = stock_first(stock, command->product); row != NULL;
         row = stock_next(stock, row))
        command->rows[command->row_count++] = *row;
}

const struct command_ops command_stock_view = {
    .name = "stock_view",
    .priority = COMMAND_BULK,
    .is_read = true,
    .decide = stock_view_decide,
    .answer = stock_view_answer,
};
