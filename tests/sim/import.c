#include "sim/import.h"

#include <stdio.h>
#include <string.h>

enum { PIECES_MAX = 4, MOVES_MAX = 4, ID_SIZE = 8, LATER_MS = 1000 };

static uint32_t below(struct random *random, uint64_t limit)
{
    return (uint32_t)random_below(random, limit);
}

/* ---- rolling ---- */

static void roll_lines(struct model_import *import, struct random *random)
{
    bool is_sent = below(random, 2) == 0;
    import->line_count = 1 + below(random, MODEL_IMPORT_LINES);
    for (uint32_t i = 0; i < import->line_count; i++) {
        /* No product twice. */
        import->lines[i].product =
            1 + i + MODEL_IMPORT_LINES * below(random, MODEL_PRODUCTS_FIRST / 2);
        import->lines[i].ordered = 1 + below(random, PIECES_MAX);
        import->lines[i].quantity = below(random, 3) == 0
                                        ? below(random, (uint64_t)import->lines[i].ordered + 1)
                                        : import->lines[i].ordered;
        import->lines[i].price = 1 + below(random, 5000);
        import->lines[i].discount_ordered =
            below(random, 2) == 0
                ? below(random, (uint64_t)(import->lines[i].price * import->lines[i].ordered) + 1)
                : 0;
        if (is_sent)
            import->lines[i].sent = import->lines[i].quantity -
                                    (below(random, 3) == 0 && import->lines[i].quantity > 0);
    }
}

/* Where an order of these lines can be. */
static void roll_state(struct model_import *import, struct random *random)
{
    int64_t left = 0;
    int64_t sent = 0;
    for (uint32_t i = 0; i < import->line_count; i++) {
        left += import->lines[i].quantity;
        sent += import->lines[i].sent;
    }
    bool is_confirmed = below(random, 2) == 0;
    import->is_delivered = sent > 0 && below(random, 2) == 0;
    if (left == 0)
        import->state = ORDER_CANCELLED;
    else if (sent == 0)
        import->state = is_confirmed ? ORDER_CONFIRMED : ORDER_PENDING;
    else
        import->state = import->is_delivered && sent == left ? ORDER_DELIVERED : ORDER_SHIPPED;
    import->is_paid =
        import->state != ORDER_CANCELLED && import->state != ORDER_PENDING && below(random, 3) != 0;
    import->payment = below(random, MODEL_PAYMENT_IDS);
}

void import_roll(struct model_import *import, struct random *random, const struct model *model)
{
    uint64_t last_ms = model->orders[model->order_count].placed_ms;
    *import = (struct model_import){.number = model->order_count + 1, .placed_ms = model->now_ms};
    import->customer = below(random, MODEL_CUSTOMERS + 1);
    import->place = 1 + below(random, MODEL_LOCATIONS);
    /* Real ones have the shop to themselves; here the scheduler has looked, and need not look again
     * for orders that are older than that. */
    uint64_t from_ms = last_ms > model->look_ms ? last_ms : model->look_ms;
    if (last_ms != 0 && from_ms < model->now_ms && below(random, 2) == 0)
        import->placed_ms = from_ms + random_below(random, model->now_ms - from_ms + 1);
    roll_lines(import, random);
    roll_state(import, random);
    uint32_t fault = below(random, 24);
    import->is_false = fault == 0;
    import->number += fault == 1;
    if (fault == 2)
        import->placed_ms = model->now_ms + LATER_MS;
    if (fault == 3 && last_ms > 0)
        import->placed_ms = last_ms - 1;
}

/* ---- as a command ---- */

static void add_move(struct order *order, enum order_action action, enum order_state state)
{
    ensure(order->move_count < MOVES_MAX);
    order->moves[order->move_count++] = (struct order_move){.at_ms = order->created_ms,
                                                            .action = (uint8_t)action,
                                                            .state = (uint8_t)state,
                                                            .actor = ACTOR_OPERATOR};
}

/* The way from PENDING to where it is. */
static void make_moves(const struct model_import *import, bool was_cut, struct order *order)
{
    if (import->state == ORDER_CANCELLED) {
        add_move(order, ORDER_CANCEL_ALL, ORDER_CANCELLED);
        return;
    }
    if (was_cut)
        add_move(order, ORDER_CANCEL_PART, ORDER_PENDING);
    if (import->state != ORDER_PENDING)
        add_move(order, ORDER_CONFIRM, ORDER_CONFIRMED);
    if (import->state == ORDER_SHIPPED || import->state == ORDER_DELIVERED)
        add_move(order, ORDER_SHIP, ORDER_SHIPPED);
    if (import->state == ORDER_DELIVERED)
        add_move(order, ORDER_DELIVER_ALL, ORDER_DELIVERED);
    else if (import->is_delivered)
        add_move(order, ORDER_DELIVER_PART, ORDER_SHIPPED);
}

static void make_line(const struct model_import *import, uint32_t i, struct order *order)
{
    struct order_line *line = &order->lines[i];
    struct order_totals *now = &order->totals;
    struct order_totals *ordered = &order->totals_ordered;
    *line = (struct order_line){
        .product = import->lines[i].product,
        .quantity_ordered = (uint32_t)import->lines[i].ordered,
        .quantity = (uint32_t)import->lines[i].quantity,
        .unit_price_minor = import->lines[i].price,
        .discount_ordered_minor = import->lines[i].discount_ordered,
        .discount_minor = model_discount(import->lines[i].discount_ordered,
                                         import->lines[i].quantity, import->lines[i].ordered),
    };
    now->subtotal_minor += line->unit_price_minor * line->quantity;
    now->discount_minor += line->discount_minor;
    ordered->subtotal_minor += line->unit_price_minor * line->quantity_ordered;
    ordered->discount_minor += line->discount_ordered_minor;
}

/* Everything that was sent went in one parcel. */
static void make_shipment(const struct model_import *import, struct arena *arena,
                          struct order *order)
{
    struct order_shipment *shipment = arena_alloc(arena, sizeof(*shipment));
    shipment->lines = arena_alloc_array(arena, import->line_count, sizeof(*shipment->lines));
    for (uint32_t i = 0; i < import->line_count; i++) {
        if (import->lines[i].sent > 0)
            shipment->lines[shipment->line_count++] =
                (struct order_shipment_line){i, (uint32_t)import->lines[i].sent};
    }
    if (shipment->line_count == 0)
        return;
    shipment->number = 1;
    shipment->location = (uint16_t)import->place;
    shipment->shipped_ms = order->created_ms;
    shipment->delivered_ms = import->is_delivered ? order->created_ms : 0;
    order->shipments = shipment;
}

static void make_payment(const struct model_import *import, struct arena *arena,
                         struct order *order)
{
    struct order_payment *payment = arena_alloc(arena, sizeof(*payment));
    char *id = arena_alloc(arena, ID_SIZE);
    (void)snprintf(id, ID_SIZE, "evt_%u", import->payment);
    *payment = (struct order_payment){
        .at_ms = order->created_ms,
        .amount_minor = order->totals.total_minor,
        .currency = order->currency,
        .kind = PAYMENT_SUCCEEDED,
        .outcome = PAYMENT_CONFIRMED,
        .id = text_of(id),
    };
    order->payments = payment;
}

void import_make_command(const struct model_import *import, struct arena *arena,
                         struct order_import_command *command)
{
    struct order *order = arena_alloc(arena, sizeof(*order));
    bool was_cut = false;
    order->number = import->number;
    order->created_ms = import->placed_ms;
    order->customer = import->customer;
    memcpy(&order->currency, "GBP", 3);
    order->state = (uint8_t)import->state;
    order->placed_by = import->customer == 0 ? ACTOR_GUEST : ACTOR_CUSTOMER;
    order->line_count = import->line_count;
    order->lines = arena_alloc_array(arena, import->line_count, sizeof(*order->lines));
    order->moves = arena_alloc_array(arena, MOVES_MAX, sizeof(*order->moves));
    for (uint32_t i = 0; i < import->line_count; i++) {
        make_line(import, i, order);
        was_cut = was_cut || import->lines[i].quantity < import->lines[i].ordered;
    }
    struct order_totals *ordered = &order->totals_ordered;
    order->totals.total_minor = order->totals.subtotal_minor - order->totals.discount_minor;
    ordered->total_minor = ordered->subtotal_minor - ordered->discount_minor;
    make_moves(import, was_cut, order);
    make_shipment(import, arena, order);
    if (import->is_paid)
        make_payment(import, arena, order);
    order->totals.total_minor += import->is_false;
    command->order = order;
    command->contact.name = TEXT("Dora Elsewhere");
    command->command.ops = &command_order_import;
}
