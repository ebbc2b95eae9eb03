/*
 * command_order_ship.c - pieces leave the house: all that is left, or what the command asks for. A
 * parcel leaves from one place, so pieces that lie at several go out as several shipments, one
 * event each, in the order of the places' numbers.
 */
#include "shop/command/order_change.h"

/* Pieces to send, per part of the order. */
struct sending {
    const struct order *order;
    uint32_t *taken;
    uint16_t location; /* only from here; 0 = from anywhere */
};

static bool is_from(const struct sending *sending, uint32_t part)
{
    return sending->location == 0 || sending->location == sending->order->parts[part].location;
}

static uint32_t left_of(const struct sending *sending, uint32_t part)
{
    return is_from(sending, part) ? sending->order->parts[part].reserved - sending->taken[part] : 0;
}

static void take_all(struct sending *sending)
{
    for (uint32_t i = 0; i < sending->order->part_count; i++)
        sending->taken[i] = left_of(sending, i);
}

/* Takes from the parts of a line in the order in which they were chosen. */
static struct err take_line(struct sending *sending, const struct order_part_request *request,
                            uint32_t index)
{
    if (request->line >= sending->order->line_count)
        return ERR_AT(ERR_ORDER_LINE, index, 0);
    uint32_t first = order_first_part(sending->order, request->line);
    uint32_t end = order_first_part(sending->order, request->line + 1);
    uint32_t left = 0;
    for (uint32_t part = first; part < end; part++)
        left += left_of(sending, part);
    uint32_t wanted = request->quantity == 0 ? left : request->quantity;
    if (left == 0 || wanted > left)
        return ERR_AT(ERR_ORDER_QUANTITY, index, left);
    for (uint32_t part = first; part < end; part++) {
        uint32_t held = left_of(sending, part);
        uint32_t quantity = wanted < held ? wanted : held;
        sending->taken[part] += quantity;
        wanted -= quantity;
    }
    ensure(wanted == 0);
    return OK;
}

static bool holds_anything(const struct sending *sending)
{
    for (uint32_t i = 0; i < sending->order->part_count; i++) {
        if (left_of(sending, i) > 0)
            return true;
    }
    return false;
}

static struct err take(struct sending *sending, const struct order_command *command)
{
    if (!holds_anything(sending))
        return command->location == 0 ? ERR_AT(ERR_ORDER_TRANSITION, 0, sending->order->state)
                                      : ERR(ERR_LOCATION_NOTHING);
    if (command->line_count == 0)
        take_all(sending);
    for (uint32_t i = 0; i < command->line_count; i++)
        TRY(take_line(sending, &command->lines[i], i));
    return OK;
}

/* What leaves from one place. */
static uint32_t parts_from(const struct shop *shop, const struct sending *sending,
                           uint16_t location, struct event_order_part *parts_out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < sending->order->part_count; i++) {
        if (sending->taken[i] > 0 && sending->order->parts[i].location == location)
            parts_out[count++] =
                order_change_part(shop, sending->order, i, sending->taken[i], true);
    }
    return count;
}

static uint32_t shipment_count(const struct order *order)
{
    uint32_t count = 0;
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next)
        count++;
    return count;
}

static struct err send(struct decision *decision, const struct order_command *command,
                       const struct sending *sending, struct order_change *change)
{
    const struct shop *shop = decision->shop;
    const struct order *order = sending->order;
    struct event_order_part *parts =
        arena_alloc_array(decision->arena, order->part_count, sizeof(*parts));
    change->shipment = shipment_count(order);
    change->parts = parts;
    change->text1 = command->note;
    change->text2 = command->tracking_number;
    for (uint16_t location = 1; location <= shop->stock.location_count; location++) {
        change->part_count = parts_from(shop, sending, location, parts);
        if (change->part_count == 0)
            continue;
        if (change->shipment == ORDER_SHIPMENTS_MAX)
            return ERR_AT(ERR_SHIPMENT_LIMIT, 0, ORDER_SHIPMENTS_MAX);
        change->shipment++;
        change->location = location;
        order_change_append(decision, change);
    }
    return OK;
}

static struct err order_ship_decide(struct decision *decision, struct command *base)
{
    struct order_command *command = (struct order_command *)base;
    struct sending sending = {.location = command->location};
    struct order_change change;
    TRY(order_change_find(decision, command, &sending.order));
    TRY(order_change_begin(sending.order, base, ORDER_SHIP, &change));
    if (command->location != 0 && location_find(&decision->shop->stock, command->location) == NULL)
        return ERR(ERR_LOCATION_UNKNOWN);

    sending.taken =
        arena_alloc_array(decision->arena, sending.order->part_count, sizeof(*sending.taken));
    TRY(take(&sending, command));
    return send(decision, command, &sending, &change);
}

const struct command_ops command_order_ship = {
    .name = "order_ship",
    .priority = COMMAND_ORDERS,
    .decide = order_ship_decide,
    .answer = order_change_answer,
};
