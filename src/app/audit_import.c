/*
 * audit_import.c - orders of another shop in the auditor's books. Nobody here can say whether its
 * prices were right; but its lines, totals, history, parcels and payments must tell one story, and
 * what it still holds must come off the shelves here.
 */
#include "app/audit_books.h"
#include "base/memory.h"
#include "shop/event_imported.h"

#include <inttypes.h>
#include <string.h>

static void check_head(struct audit *audit, const struct event *event)
{
    const struct event_order_imported *imported = event_payload(event);
    if (imported->currency != audit->currency)
        audit_find(audit, "order %" PRIu64 " is in another currency", imported->order);
    if (imported->pricing_version != audit->pricing_version)
        audit_find(audit,
                   "order %" PRIu64 " came with prices of version %u, version %u was in force",
                   imported->order, imported->pricing_version, audit->pricing_version);
    if (imported->created_ms < audit->order_created_ms || imported->created_ms > event->time_ms)
        audit_find(audit, "order %" PRIu64 " is older than the one before it, or not yet placed",
                   imported->order);
}

static void check_lines(struct audit *audit, const struct order *order)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &order->lines[i];
        if (line->product > audit->product_count)
            audit_find(audit, "order %" PRIu64 ", line %u: product %u is unknown", order->number, i,
                       line->product);
        if (line->discount_minor < 0 || line->discount_minor > line->discount_ordered_minor ||
            line->discount_minor != audit_discount_left(line, line->quantity))
            audit_find(audit, "order %" PRIu64 ", line %u: a discount of %" PRId64 " of %" PRId64,
                       order->number, i, line->discount_minor, line->discount_ordered_minor);
    }
}

/* The steps lead along arrows to the state it is in, one after the other. */
static void check_moves(struct audit *audit, const struct order *order, uint64_t now_ms)
{
    uint8_t state = ORDER_PENDING;
    uint64_t at_ms = order->created_ms;
    for (uint32_t i = 0; i < order->move_count; i++) {
        const struct order_move *move = &order->moves[i];
        uint8_t next = audit_next_state(state, move->action);
        if (next == 0 || next - 1 != move->state)
            audit_find(audit,
                       "order %" PRIu64 " went from state %u by action %u to state %u: no arrow",
                       order->number, state, move->action, move->state);
        if (move->at_ms < at_ms || move->at_ms > now_ms)
            audit_find(audit, "order %" PRIu64 ", step %u of its past: out of time", order->number,
                       i);
        state = move->state;
        at_ms = move->at_ms;
    }
    if (state != order->state)
        audit_find(audit, "order %" PRIu64 " is in state %u, its past led to %u", order->number,
                   order->state, state);
}

/* Every parcel took pieces from parts of its location, and no part has sent others. */
static void check_parcels(struct audit *audit, const struct order *order)
{
    uint64_t sent = 0;
    uint64_t shipped = 0;
    for (uint32_t i = 0; i < order->part_count; i++)
        shipped += order->parts[i].shipped;
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        for (uint32_t i = 0; i < shipment->line_count; i++)
            sent += shipment->lines[i].quantity;
        if (order->state == ORDER_DELIVERED && shipment->delivered_ms == 0)
            audit_find(audit, "order %" PRIu64 " is delivered, its parcel %u is not", order->number,
                       shipment->number);
    }
    if (sent != shipped)
        audit_find(audit, "order %" PRIu64 ": %" PRIu64 " pieces in parcels, %" PRIu64 " sent",
                   order->number, sent, shipped);
}

static void take_stock(struct audit *audit, const struct event_order_imported *imported)
{
    const struct event_imported_line *lines = imported_lines(imported);
    const struct event_imported_part *parts = imported_parts(imported);
    for (uint32_t i = 0; i < imported->part_count; i++) {
        uint32_t product = lines[parts[i].line].product;
        const struct event_order_part part = {
            .line = parts[i].line,
            .location = parts[i].location,
            .quantity = parts[i].reserved,
            .on_hand = parts[i].stock_on_hand,
            .reserved = parts[i].stock_reserved,
        };
        struct book_place *place = audit_place_find(audit, product, parts[i].location);
        if ((place != NULL) != (parts[i].has_stock == 1))
            audit_find(audit,
                       "order %" PRIu64 ": product %u at location %u: stock where there is "
                       "none, or none where there is some",
                       imported->order, product, parts[i].location);
        if (place == NULL && parts[i].reserved == 0)
            continue;
        audit_move_reserved(audit, imported->order, product, &part, parts[i].reserved, 0);
        if (place != NULL)
            place->sold += (int64_t)parts[i].reserved + parts[i].shipped;
    }
}

static struct book_live *write_order(const struct order *order)
{
    struct book_live *live = memory_alloc_zeroed(1, sizeof *live);
    live->order = *order;
    live->order.moves = NULL;
    live->order.move_count = 0;
    live->order.shipments = NULL;
    live->order.payments = NULL;
    live->order.lines = memory_alloc_zeroed((size_t)order->line_count + 1, sizeof *order->lines);
    live->order.parts = memory_alloc_zeroed((size_t)order->part_count + 1, sizeof *order->parts);
    memcpy(live->order.lines, order->lines, order->line_count * sizeof *order->lines);
    memcpy(live->order.parts, order->parts, order->part_count * sizeof *order->parts);
    for (uint32_t i = 0; i < order->move_count; i++)
        live->moves_hash = audit_mix_move(live->moves_hash, &order->moves[i]);
    uint32_t parcel_count = 0;
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next)
        parcel_count++;
    live->parcels = memory_alloc_zeroed((size_t)parcel_count + 1, sizeof *live->parcels);
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next)
        live->parcels[live->parcel_count++] = audit_parcel_of(shipment);
    return live;
}

static void write_book(struct audit *audit, const struct event *event, const struct order *order)
{
    bool is_over = order->state == ORDER_CANCELLED || order->state == ORDER_DELIVERED;
    struct book_order *book = &audit->orders[order->number];
    *book = (struct book_order){
        .live = is_over ? NULL : write_order(order),
        .digest = is_over ? audit_digest_order(order) : 0,
        .cart = order->cart,
        .contact = order->contact,
        .last_event = event->number,
        .total_minor = order->totals.total_minor,
        .currency = order->currency,
        .state = order->state,
    };
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next)
        audit_note_past_payment(audit, order->number, payment);
    if (book->was_captured && book->paid_minor < book->total_minor)
        audit_find(audit, "order %" PRIu64 ": %" PRId64 " paid for %" PRId64, order->number,
                   book->paid_minor, book->total_minor);
}

static void take_order(struct audit *audit, const struct event *event, const struct order *order)
{
    const struct event_order_imported *imported = event_payload(event);
    check_head(audit, event);
    check_lines(audit, order);
    check_moves(audit, order, event->time_ms);
    check_parcels(audit, order);
    audit_check_pieces(audit, order);
    audit_check_totals(audit, order);
    audit_note_history(audit, order->number, order->cart, order->customer, order->previous);
    audit_contact_named(audit, order->contact);
    take_stock(audit, imported);
    write_book(audit, event, order);
    audit->order_created_ms = order->created_ms;
}

void audit_order_imported(struct audit *audit, const struct event *event)
{
    const struct event_order_imported *imported = event_payload(event);
    struct arena arena;
    if (imported->order != audit->order_count + 1) {
        audit_find(audit, "event %" PRIu64 ": order %" PRIu64 " follows order %" PRIu64,
                   event->number, imported->order, audit->order_count);
        return;
    }
    audit->order_count++;
    audit->orders = audit_reserve(audit->orders, audit->order_count, &audit->order_capacity,
                                  sizeof *audit->orders);
    arena_init(&arena, IMPORTED_ARENA_BLOCK, IMPORTED_ARENA_MAX);
    take_order(audit, event, imported_read(imported, &arena));
    arena_release(&arena);
}
