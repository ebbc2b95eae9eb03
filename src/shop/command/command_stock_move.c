/*
 * command_stock_move.c - pieces come, go, are moved or counted: all movements of the command, or
 * none.
 *
 * A movement sees what those before it did, so they are played on a scratch copy of the places they
 * touch; the copy is the answer, too. Nothing may take what orders hold.
 */
#include "shop/command/commands.h"

#include <string.h>

/* Where a decision is at: which movement, and the places as they are by now. */
struct move_plan {
    struct decision *decision;
    struct stock_command *command;
    uint32_t index; /* of the movement */
};

/* The scratch copy of one place; `change` adds up over the command. */
static struct event_stock_row *plan_row(struct move_plan *plan, uint32_t product, uint16_t location)
{
    struct stock_command *command = plan->command;
    for (uint32_t i = command->row_count; i > 0; i--) {
        struct event_stock_row *row = &command->rows[i - 1];
        if (row->product == product && row->location == location)
            return row;
    }
    const struct stock_row *now = stock_find(&plan->decision->shop->stock, product, location);
    struct event_stock_row *row = &command->rows[command->row_count++];
    *row = (struct event_stock_row){
        .product = product,
        .location = location,
        .on_hand = now == NULL ? 0 : now->on_hand,
        .reserved = now == NULL ? 0 : now->reserved,
    };
    return row;
}

/* Keeps the lowest numbers, in order. */
static void name_order(struct stock_command *command, uint64_t number)
{
    uint32_t place = command->order_count;
    while (place > 0 && command->orders[place - 1] > number)
        place--;
    if (place == countof(command->orders))
        return;
    if (command->order_count < countof(command->orders))
        command->order_count++;
    for (uint32_t i = command->order_count - 1; i > place; i--)
        command->orders[i] = command->orders[i - 1];
    command->orders[place] = number;
}

/* Orders in memory that hold pieces of this place; how many pieces they hold together. */
static uint64_t name_awake(struct move_plan *plan, const struct event_stock_row *row)
{
    const struct orders *orders = &plan->decision->shop->orders;
    uint64_t held_by_all = 0;
    struct map_slot slot;
    for (size_t position = 0; map_walk(&orders->by_number, &position, &slot);) {
        const struct order *order = order_find(orders, slot.key);
        uint32_t held = order_held(order, row->product, row->location);
        if (held > 0)
            name_order(plan->command, order->number);
        held_by_all += held;
    }
    return held_by_all;
}

/*
 * Why the place cannot give the pieces: ERR_STOCK_RESERVED, with orders that hold them. When those
 * in memory do not hold all of it and there is room for more names, the tables are asked; what they
 * say of an order in memory is older than what is known here. An order that changes while they are
 * read may be named or missed: it is a hint for people, so it is not read again.
 */
static struct err name_holders(struct move_plan *plan, const struct event_stock_row *row)
{
    struct stock_command *command = plan->command;
    const struct command_loaded *loaded = &command->command.loaded;
    uint64_t place = (uint64_t)row->product << 16 | row->location;
    uint64_t held = name_awake(plan, row);
    if (held < row->reserved && command->order_count < countof(command->orders)) {
        if (loaded->what != ASLEEP_STOCK_HOLDERS || loaded->value != place)
            return ERR_AT(ERR_ASLEEP, ASLEEP_STOCK_HOLDERS, place);
        for (uint32_t i = 0; i < loaded->holder_count; i++) {
            if (order_find(&plan->decision->shop->orders, loaded->holders[i]) == NULL)
                name_order(command, loaded->holders[i]);
        }
    }
    return ERR_AT(ERR_STOCK_RESERVED, plan->index, row->reserved);
}

/* Changes the scratch row by `quantity`, within what the place can hold and orders leave free. */
static struct err plan_change(struct move_plan *plan, struct event_stock_row *row, int64_t quantity)
{
    if (quantity < -(int64_t)row->on_hand)
        return ERR_AT(ERR_STOCK_SHORT, plan->index, row->on_hand);
    if (quantity > (int64_t)STOCK_PIECES_MAX - row->on_hand)
        return ERR_AT(ERR_STOCK_LIMIT, plan->index, STOCK_PIECES_MAX);
    uint32_t on_hand = (uint32_t)((int64_t)row->on_hand + quantity);
    if (on_hand < row->reserved)
        return name_holders(plan, row);
    row->on_hand = on_hand;
    row->change += quantity;
    return OK;
}

/* One event: each row says what this movement changed, and the place afterwards. */
static void append_moved(struct move_plan *plan, const struct event_stock_row *rows,
                         uint32_t row_count)
{
    struct event_stock_moved *moved = decision_append(plan->decision, EVENT_STOCK_MOVED,
                                                      sizeof(*moved) + row_count * sizeof(*rows));
    moved->reason = (uint16_t)plan->command->movements[plan->index].reason;
    moved->row_count = (uint16_t)row_count;
    memcpy(moved + 1, rows, row_count * sizeof(*rows));
}

static struct err plan_transfer(struct move_plan *plan, const struct stock_movement *movement)
{
    const struct stock *stock = &plan->decision->shop->stock;
    if (location_find(stock, movement->to) == NULL || movement->to == movement->location)
        return ERR_AT(ERR_LOCATION_UNKNOWN, plan->index, 0);
    if (movement->quantity <= 0)
        return ERR_AT(ERR_QUANTITY_ZERO, plan->index, 0);
    struct event_stock_row *from = plan_row(plan, movement->product, movement->location);
    struct event_stock_row *to = plan_row(plan, movement->product, movement->to);
    TRY(plan_change(plan, from, -movement->quantity));
    TRY(plan_change(plan, to, movement->quantity));
    struct event_stock_row rows[2] = {*from, *to};
    rows[0].change = -movement->quantity;
    rows[1].change = movement->quantity;
    append_moved(plan, rows, countof(rows));
    return OK;
}

/* What a movement that is no transfer adds to `on_hand`. A count below zero is short of pieces. */
static struct err movement_change(const struct move_plan *plan, const struct event_stock_row *row,
                                  int64_t *change_out)
{
    const struct stock_movement *movement = &plan->command->movements[plan->index];
    if (movement->reason != STOCK_COUNTED) {
        *change_out = movement->quantity;
        return movement->quantity != 0 ? OK : ERR_AT(ERR_QUANTITY_ZERO, plan->index, 0);
    }
    if (movement->quantity < 0)
        return ERR_AT(ERR_STOCK_SHORT, plan->index, row->on_hand);
    *change_out = movement->quantity - row->on_hand;
    return OK;
}

static struct err plan_movement(struct move_plan *plan)
{
    const struct shop *shop = plan->decision->shop;
    const struct stock_movement *movement = &plan->command->movements[plan->index];
    ensure(movement->reason >= STOCK_RECEIVED && movement->reason <= STOCK_COUNTED);
    if (catalog_find(&shop->catalog, movement->product) == NULL)
        return ERR_AT(ERR_PRODUCT_UNKNOWN, plan->index, 0);
    if (location_find(&shop->stock, movement->location) == NULL)
        return ERR_AT(ERR_LOCATION_UNKNOWN, plan->index, 0);
    if (movement->reason == STOCK_TRANSFERRED)
        return plan_transfer(plan, movement);

    struct event_stock_row *row = plan_row(plan, movement->product, movement->location);
    int64_t change = 0;
    TRY(movement_change(plan, row, &change));
    if (change == 0)
        return OK; /* counted, and it was right */
    TRY(plan_change(plan, row, change));
    struct event_stock_row after = *row;
    after.change = change;
    append_moved(plan, &after, 1);
    return OK;
}

static struct err stock_move_decide(struct decision *decision, struct command *base)
{
    struct stock_command *command = (struct stock_command *)base;
    ensure(command->movement_count > 0);
    ensure(command->movement_count <= STOCK_MOVEMENTS_MAX);
    command->rows = arena_alloc_array(base->arena, (size_t)command->movement_count * 2,
                                      sizeof(struct event_stock_row));
    command->row_count = 0;
    command->order_count = 0;
    struct move_plan plan = {.decision = decision, .command = command};
    for (; plan.index < command->movement_count; plan.index++)
        TRY(plan_movement(&plan));
    return OK;
}

static uint32_t stock_move_cost(const struct command *base)
{
    return ((const struct stock_command *)base)->movement_count;
}

const struct command_ops command_stock_move = {
    .name = "stock_move",
    .priority = COMMAND_BULK,
    .cost = stock_move_cost,
    .decide = stock_move_decide,
};
