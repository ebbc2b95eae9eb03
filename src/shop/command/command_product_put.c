/*
 * command_product_put.c - the import: makes the product with this SKU what the draft says, and its
 * stock in `main`, or another place, what was counted. No event when it is so already, so an import
 * can be started again.
 */
#include "shop/command/product_change.h"

static struct err count_stock(struct decision *decision, struct product_command *command)
{
    const struct stock *stock = &decision->shop->stock;
    uint16_t location = command->on_hand_at == 0 ? LOCATION_MAIN : command->on_hand_at;
    if (location > stock->location_count)
        return ERR(ERR_LOCATION_UNKNOWN);
    const struct stock_row *row = stock_find(stock, command->draft.number, location);
    uint32_t on_hand = row == NULL ? 0 : row->on_hand;
    uint32_t reserved = row == NULL ? 0 : row->reserved;
    if (command->on_hand == on_hand)
        return OK;
    if (command->on_hand < reserved)
        return ERR_AT(ERR_STOCK_RESERVED, 0, reserved);
    if (command->on_hand > STOCK_PIECES_MAX)
        return ERR_AT(ERR_STOCK_LIMIT, 0, STOCK_PIECES_MAX);

    struct event_stock_row *counted = NULL;
    struct event_stock_moved *moved =
        decision_append(decision, EVENT_STOCK_MOVED, sizeof(*moved) + sizeof(*counted));
    moved->reason = STOCK_COUNTED;
    moved->row_count = 1;
    counted = (void *)(moved + 1);
    counted->product = command->draft.number;
    counted->location = location;
    counted->change = (int64_t)command->on_hand - on_hand;
    counted->on_hand = command->on_hand;
    counted->reserved = reserved;
    command->is_changed = true;
    return OK;
}

static struct err product_put_decide(struct decision *decision, struct command *base)
{
    struct product_command *command = (struct product_command *)base;
    const struct product *product =
        catalog_find_sku(&decision->shop->catalog, command->draft.texts[PRODUCT_SKU]);
    if (product == NULL && command->must_exist)
        return ERR(ERR_PRODUCT_UNKNOWN);
    if (product != NULL)
        TRY(version_guard_check(&command->guard, product->version));
    if (product == NULL)
        TRY(product_change_create(decision, command));
    else
        TRY(product_change_update(decision, command, product));
    return command->on_hand == UINT32_MAX ? OK : count_stock(decision, command);
}

const struct command_ops command_product_put = {
    .name = "product_put",
    .priority = COMMAND_BULK,
    .decide = product_put_decide,
    .answer = product_change_answer,
};
