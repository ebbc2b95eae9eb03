#include "shop/command/order_change.h"

#include <string.h>

struct err order_change_find(struct decision *decision, struct order_command *command,
                             const struct order **order_out)
{
    TRY(decision_order(decision, &command->command, command->order, order_out));
    bool is_anybodys = command->cart == 0 && command->customer == 0;
    bool is_of_cart = command->cart != 0 && (*order_out)->cart == command->cart;
    bool is_of_customer = command->customer != 0 && (*order_out)->customer == command->customer;
    return is_anybodys || is_of_cart || is_of_customer ? OK : ERR(ERR_ORDER_UNKNOWN);
}

struct err order_change_begin(const struct order *order, const struct command *command,
                              enum order_action action, struct order_change *change_out)
{
    *change_out = (struct order_change){
        .order = order,
        .actor = command_actor(command, order->customer),
        .action = action,
        .totals = order->totals,
    };
    return order_next(order->state, action, &change_out->state);
}

struct event_order_part order_change_part(const struct shop *shop, const struct order *order,
                                          uint32_t part, uint32_t quantity, bool is_shipped)
{
    ensure(part < order->part_count);
    const struct order_part *held = &order->parts[part];
    const struct stock_row *row =
        stock_find(&shop->stock, order->lines[held->line].product, held->location);
    ensure(row != NULL);
    ensure(quantity > 0);
    ensure(quantity <= held->reserved);
    ensure(held->reserved <= row->reserved);
    return (struct event_order_part){
        .line = held->line,
        .quantity = quantity,
        .location = held->location,
        .on_hand = row->on_hand - (is_shipped ? quantity : 0),
        .reserved = row->reserved - quantity,
    };
}

/* Copies and gives the place behind. */
static char *write_bytes(char *place, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(place, bytes, size);
    return place + size;
}

void order_change_append(struct decision *decision, const struct order_change *change)
{
    ensure(change->text1.length <= ORDER_NOTE_MAX);
    ensure(change->text2.length <= ORDER_NOTE_MAX);
    ensure(change->line_count <= ORDER_LINES_MAX);
    ensure(order_find(&decision->shop->orders, change->order->number) == change->order);
    size_t lines_size = change->line_count * sizeof(*change->lines);
    size_t parts_size = change->part_count * sizeof(*change->parts);
    struct event_order_changed *changed = decision_append(
        decision, EVENT_ORDER_CHANGED,
        sizeof(*changed) + lines_size + parts_size + change->text1.length + change->text2.length);
    changed->order = change->order->number;
    changed->totals = change->totals;
    changed->action = (uint8_t)change->action;
    changed->state = (uint8_t)change->state;
    changed->actor = (uint8_t)change->actor;
    changed->shipment = change->shipment;
    changed->location = change->location;
    changed->line_count = (uint16_t)change->line_count;
    changed->part_count = change->part_count;
    changed->text1_length = (uint16_t)change->text1.length;
    changed->text2_length = (uint16_t)change->text2.length;
    char *place = (char *)(changed + 1);
    place = write_bytes(place, change->lines, lines_size);
    place = write_bytes(place, change->parts, parts_size);
    place = write_bytes(place, change->text1.data, change->text1.length);
    (void)write_bytes(place, change->text2.data, change->text2.length);
}

void order_change_answer(const struct shop *shop, struct command *base)
{
    struct order_command *command = (struct order_command *)base;
    const struct order *order = order_find(&shop->orders, command->order);
    ensure(order != NULL); /* decision_order() took it into memory */
    const struct pricing *pricing = shop_pricing_version(shop, order->pricing_version);
    ensure(pricing != NULL);
    command->copy = order_copy(base->arena, order);
    command->pricing = arena_alloc(base->arena, sizeof(*command->pricing));
    *command->pricing = *pricing;
}
