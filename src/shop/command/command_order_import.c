/*
 * command_order_import.c - an order that another shop took, as it was there, or nothing of it.
 *
 * Numbers are kept, because people have them in their mail: orders come in the order of their
 * numbers, without a gap, and behind those that are here. One that is here already, and is the
 * same, is left alone. What an order still holds, because it was neither sent nor cancelled, is
 * reserved like the pieces of an order placed here, or the order is refused.
 */
#include "shop/command/commands.h"

struct import {
    struct decision *decision;
    struct order *order; /* the order as it will be here */
    uint32_t *sent;      /* pieces in parcels, by line */
};

static struct err refuse(struct order_import_command *command, const char *fault)
{
    command->fault = fault;
    return ERR(ERR_ORDER_IMPORT);
}

/* --- here already --- */

static bool is_same(const struct order *here, const struct order *given)
{
    if (here->created_ms != given->created_ms || here->customer != given->customer ||
        here->currency != given->currency || here->line_count != given->line_count ||
        here->totals_ordered.total_minor != given->totals_ordered.total_minor)
        return false;
    for (uint32_t i = 0; i < here->line_count; i++) {
        if (here->lines[i].product != given->lines[i].product ||
            here->lines[i].quantity_ordered != given->lines[i].quantity_ordered ||
            here->lines[i].unit_price_minor != given->lines[i].unit_price_minor)
            return false;
    }
    return true;
}

static struct err compare(struct decision *decision, struct order_import_command *command)
{
    const struct order *here = NULL;
    TRY(decision_order(decision, &command->command, command->order->number, &here));
    if (!is_same(here, command->order))
        return refuse(command, "number: another order has it here");
    command->is_unchanged = true;
    return OK;
}

/* --- what only an import can have wrong --- */

static const char *find_time_fault(const struct decision *decision, const struct order *order)
{
    uint64_t now_ms = decision_time(decision);
    if (order->created_ms < decision->shop->orders.last_created_ms)
        return "created_at: is before the order before it";
    if (order->created_ms > now_ms)
        return "created_at: is still to come";
    for (uint32_t i = 0; i < order->move_count; i++) {
        if (order->moves[i].at_ms > now_ms)
            return "history: at is still to come";
    }
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        if (shipment->shipped_ms < order->created_ms)
            return "shipments: shipped_at is before the order";
        if (shipment->shipped_ms > now_ms || shipment->delivered_ms > now_ms)
            return "shipments: a time is still to come";
    }
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        if (payment->at_ms < order->created_ms || payment->at_ms > now_ms)
            return "payments: at is before the order, or still to come";
    }
    return NULL;
}

static bool has_product_twice(const struct order *order)
{
    struct map seen;
    bool is_twice = false;
    map_init(&seen, order->line_count);
    for (uint32_t i = 0; i < order->line_count && !is_twice; i++) {
        uint64_t line = 0;
        is_twice = map_find(&seen, order->lines[i].product, &line);
        map_put(&seen, order->lines[i].product, i);
    }
    map_release(&seen);
    return is_twice;
}

static const char *find_line_fault(const struct order *order)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &order->lines[i];
        if (line->quantity > line->quantity_ordered)
            return "lines: quantity is above quantity_ordered";
        if (line->discount_minor !=
            money_pro_rata(line->discount_ordered_minor, line->quantity, line->quantity_ordered))
            return "lines: discount is not its share of discount_ordered";
    }
    return NULL;
}

static const char *find_payment_fault(const struct order *order)
{
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        for (const struct order_payment *before = order->payments; before != payment;
             before = before->next) {
            if (payment->id.length > 0 && text_equal(before->id, payment->id))
                return "payments: event_id was there before";
        }
    }
    return NULL;
}

/* --- where its pieces are --- */

static const char *count_sent(struct import *import)
{
    const struct order *order = import->order;
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        for (uint32_t i = 0; i < shipment->line_count; i++) {
            const struct order_shipment_line *line = &shipment->lines[i];
            ensure(line->line < order->line_count);
            if (line->quantity > order->lines[line->line].quantity - import->sent[line->line])
                return "shipments: more pieces than the line has";
            import->sent[line->line] += line->quantity;
        }
    }
    return NULL;
}

/* Pieces of a line that the order still holds. */
static uint32_t held(const struct import *import, uint32_t line)
{
    return import->order->lines[line].quantity - import->sent[line];
}

/* The wanted pieces, one entry a line that holds some; lines_out says which. */
static uint32_t want(const struct import *import, struct stock_want *wants_out, uint32_t *lines_out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < import->order->line_count; i++) {
        if (held(import, i) == 0)
            continue;
        wants_out[count] = (struct stock_want){import->order->lines[i].product, held(import, i)};
        lines_out[count++] = i;
    }
    return count;
}

static const char *find_shortage(const struct import *import, const struct stock_want *wants,
                                 uint32_t want_count)
{
    const struct order *order = import->order;
    if (want_count > 0 && order->state == ORDER_DELIVERED)
        return "status: not everything was sent";
    if (want_count > 0 && order->state == ORDER_CANCELLED)
        return "status: something is left of the order";
    for (uint32_t i = 0; i < want_count; i++) {
        if (wants[i].quantity > stock_available(&import->decision->shop->stock, wants[i].product))
            return "lines: not enough stock for what is still to be sent";
    }
    return NULL;
}

/* The line's part of a location, made where it is new. Parts of one line lie together, at the end.
 */
static struct order_part *part_of(struct order *order, uint32_t line, uint16_t location)
{
    uint32_t i = order->part_count;
    while (i > 0 && order->parts[i - 1].line == line) {
        i--;
        if (order->parts[i].location == location)
            return &order->parts[i];
    }
    struct order_part *part = &order->parts[order->part_count++];
    *part = (struct order_part){.line = line, .location = location};
    return part;
}

static void take_sent(struct order *order, uint32_t line)
{
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        for (uint32_t i = 0; i < shipment->line_count; i++) {
            if (shipment->lines[i].line != line)
                continue;
            struct order_part *part = part_of(order, line, shipment->location);
            part->shipped += shipment->lines[i].quantity;
            part->reserved_ordered += shipment->lines[i].quantity;
        }
    }
}

/* Cancelled pieces are told to the first place that the line had, or to the shop's first. */
static void take_cancelled(struct order *order, uint32_t line, uint32_t first_part)
{
    uint32_t cancelled = order->lines[line].quantity_ordered - order->lines[line].quantity;
    if (cancelled == 0)
        return;
    struct order_part *part = first_part < order->part_count ? &order->parts[first_part]
                                                             : part_of(order, line, LOCATION_MAIN);
    part->reserved_ordered += cancelled;
}

static void make_parts(struct import *import, const struct stock_part *found, uint32_t found_count,
                       const uint32_t *lines)
{
    struct order *order = import->order;
    uint32_t next = 0;
    for (uint32_t line = 0; line < order->line_count; line++) {
        uint32_t first_part = order->part_count;
        take_sent(order, line);
        for (; next < found_count && lines[found[next].line] == line; next++) {
            struct order_part *part = part_of(order, line, found[next].location);
            part->reserved += found[next].quantity;
            part->reserved_ordered += found[next].quantity;
        }
        take_cancelled(order, line, first_part);
    }
    ensure(next == found_count);
}

static const char *find_places(struct import *import)
{
    struct order *order = import->order;
    struct arena *arena = import->decision->arena;
    const struct stock *stock = &import->decision->shop->stock;
    struct stock_want *wants = arena_alloc_array(arena, order->line_count, sizeof(*wants));
    uint32_t *lines = arena_alloc_array(arena, order->line_count, sizeof(*lines));
    uint32_t parts_max = order->line_count * stock->location_count;
    import->sent = arena_alloc_array(arena, order->line_count, sizeof(*import->sent));
    const char *fault = count_sent(import);
    if (fault != NULL)
        return fault;
    uint32_t want_count = want(import, wants, lines);
    fault = find_shortage(import, wants, want_count);
    if (fault != NULL)
        return fault;
    struct stock_part *found = arena_alloc_array(arena, parts_max, sizeof(*found));
    uint32_t found_count =
        want_count == 0 ? 0 : stock_allocate(stock, wants, want_count, found, parts_max);
    order->parts = arena_alloc_array(arena, parts_max, sizeof(*order->parts));
    make_parts(import, found, found_count, lines);
    ensure(order->part_count <= parts_max);
    return NULL;
}

/* --- the whole of it --- */

static const char *find_fault(struct import *import)
{
    const struct order *order = import->order;
    const char *fault = find_time_fault(import->decision, order);
    if (fault == NULL && has_product_twice(order))
        fault = "lines: a product is there twice";
    if (fault == NULL)
        fault = find_line_fault(order);
    if (fault == NULL)
        fault = find_payment_fault(order);
    if (fault == NULL)
        fault = find_places(import);
    if (fault == NULL)
        fault = order_find_fault(order);
    if (fault == NULL && imported_size(order) > EVENT_PAYLOAD_MAX)
        fault = "history: the order is too large";
    return fault;
}

static struct err order_import_decide(struct decision *decision, struct command *base)
{
    struct order_import_command *command = (struct order_import_command *)base;
    const struct shop *shop = decision->shop;
    struct order order = *command->order;
    struct import import = {.decision = decision, .order = &order};
    ensure(order.number != 0);
    ensure(order.currency == shop->currency);
    if (order.number <= shop->orders.last_number)
        return compare(decision, command);
    if (order.number != shop->orders.last_number + 1)
        return refuse(command, "number: the orders before it must come first");

    order.cart = order.number;
    order.pricing_version = shop_pricing(shop)->version;
    if (order.customer != 0) {
        const struct customer *customer = customer_find(&shop->customers, order.customer);
        if (customer == NULL || customer->is_erased)
            return refuse(command, "customer_email: nobody has it any more");
        order.previous = customer->last_order;
    }
    const char *fault = find_fault(&import);
    if (fault != NULL)
        return refuse(command, fault);
    struct contact contact = command->contact;
    contact.customer = order.customer;
    order.contact = decision_add_contact(decision, &contact);
    imported_write(&order, &shop->stock,
                   decision_append(decision, EVENT_ORDER_IMPORTED, imported_size(&order)));
    return OK;
}

static uint32_t order_import_cost(const struct command *base)
{
    return ((const struct order_import_command *)base)->order->line_count;
}

const struct command_ops command_order_import = {
    .name = "order_import",
    .priority = COMMAND_BULK,
    .cost = order_import_cost,
    .decide = order_import_decide,
};
