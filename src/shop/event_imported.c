#include "shop/event_imported.h"

#include "shop/cart.h"
#include "shop/customer.h"
#include "shop/event.h"
#include "shop/money.h"

#include <string.h>

enum {
    PARTS_MAX = ORDER_LINES_MAX * STOCK_LOCATIONS_MAX,
    COUNT_MAX = EVENT_SIZE_MAX, /* of anything, texts too: the size of the event is the limit */
};

/* Where each array lies in a payload. */
struct layout {
    size_t lines;
    size_t payments;
    size_t shipments;
    size_t moves;
    size_t parts;
    size_t parcel_lines;
    size_t texts;
    size_t end;
};

static struct layout layout_of(const struct event_order_imported *imported)
{
    struct layout at = {.lines = sizeof(*imported)};
    at.payments = at.lines + imported->line_count * sizeof(struct event_imported_line);
    at.shipments = at.payments + imported->payment_count * sizeof(struct event_imported_payment);
    at.moves = at.shipments + imported->shipment_count * sizeof(struct event_imported_shipment);
    at.parts = at.moves + imported->move_count * sizeof(struct event_imported_move);
    at.parcel_lines = at.parts + imported->part_count * sizeof(struct event_imported_part);
    at.texts = at.parcel_lines + imported->parcel_line_count * sizeof(struct order_shipment_line);
    at.end = at.texts + imported->texts_length;
    return at;
}

static const void *place_at(const struct event_order_imported *imported, size_t offset)
{
    return (const char *)imported + offset;
}

/* The struct alone: what it is, and how much of everything there is. */
static struct event_order_imported head_of(const struct order *order)
{
    struct event_order_imported head = {
        .order = order->number,
        .contact = order->contact,
        .previous = order->previous,
        .created_ms = order->created_ms,
        .customer = order->customer,
        .currency = order->currency,
        .pricing_version = order->pricing_version,
        .state = order->state,
        .placed_by = order->placed_by,
        .totals = order->totals,
        .totals_ordered = order->totals_ordered,
        .line_count = order->line_count,
        .part_count = order->part_count,
        .move_count = order->move_count,
    };
    for (uint32_t i = 0; i < order->move_count; i++)
        head.texts_length += order->moves[i].note_length;
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        head.shipment_count++;
        head.parcel_line_count += shipment->line_count;
        head.texts_length += shipment->carrier.length + shipment->tracking_number.length;
    }
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        head.payment_count++;
        head.texts_length += payment->id.length + payment->reference.length;
    }
    return head;
}

size_t imported_size(const struct order *order)
{
    struct event_order_imported head = head_of(order);
    return layout_of(&head).end;
}

static void write_text(char **cursor, struct text text)
{
    if (text.length > 0)
        memcpy(*cursor, text.data, text.length);
    *cursor += text.length;
}

static void write_lines(const struct order *order, struct event_imported_line *out)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &order->lines[i];
        out[i] = (struct event_imported_line){
            .product = line->product,
            .quantity_ordered = line->quantity_ordered,
            .quantity = line->quantity,
            .unit_price_minor = line->unit_price_minor,
            .discount_ordered_minor = line->discount_ordered_minor,
            .discount_minor = line->discount_minor,
        };
    }
}

static void write_moves(const struct order *order, struct event_imported_move *out, char **texts)
{
    for (uint32_t i = 0; i < order->move_count; i++) {
        const struct order_move *move = &order->moves[i];
        out[i] = (struct event_imported_move){
            .at_ms = move->at_ms,
            .action = move->action,
            .state = move->state,
            .actor = move->actor,
            .note_length = move->note_length,
        };
        write_text(texts, (struct text){move->note, move->note_length});
    }
}

static void write_parts(const struct order *order, const struct stock *stock,
                        struct event_imported_part *out)
{
    for (uint32_t i = 0; i < order->part_count; i++) {
        const struct order_part *part = &order->parts[i];
        const struct stock_row *row =
            stock_find(stock, order->lines[part->line].product, part->location);
        ensure(row != NULL || part->reserved == 0);
        ensure(row == NULL || part->reserved <= row->on_hand - row->reserved);
        out[i] = (struct event_imported_part){
            .line = part->line,
            .location = part->location,
            .has_stock = row != NULL,
            .reserved_ordered = part->reserved_ordered,
            .reserved = part->reserved,
            .shipped = part->shipped,
            .stock_on_hand = row == NULL ? 0 : row->on_hand,
            .stock_reserved = row == NULL ? 0 : row->reserved + part->reserved,
        };
    }
}

static void write_shipments(const struct order *order, struct event_imported_shipment *out,
                            struct order_shipment_line *lines, char **texts)
{
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        *out++ = (struct event_imported_shipment){
            .shipped_ms = shipment->shipped_ms,
            .delivered_ms = shipment->delivered_ms,
            .location = shipment->location,
            .line_count = shipment->line_count,
            .carrier_length = (uint16_t)shipment->carrier.length,
            .tracking_length = (uint16_t)shipment->tracking_number.length,
        };
        memcpy(lines, shipment->lines, shipment->line_count * sizeof(*lines));
        lines += shipment->line_count;
        write_text(texts, shipment->carrier);
        write_text(texts, shipment->tracking_number);
    }
}

static void write_payments(const struct order *order, struct event_imported_payment *out,
                           char **texts)
{
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        *out++ = (struct event_imported_payment){
            .at_ms = payment->at_ms,
            .occurred_ms = payment->occurred_ms,
            .amount_minor = payment->amount_minor,
            .currency = payment->currency,
            .kind = payment->kind,
            .outcome = payment->outcome,
            .id_length = (uint16_t)payment->id.length,
            .reference_length = (uint16_t)payment->reference.length,
        };
        write_text(texts, payment->id);
        write_text(texts, payment->reference);
    }
}

void imported_write(const struct order *order, const struct stock *stock, void *payload)
{
    struct event_order_imported *head = payload;
    *head = head_of(order);
    struct layout where = layout_of(head);
    char *bytes = payload;
    char *texts = bytes + where.texts;
    write_lines(order, (void *)(bytes + where.lines));
    write_parts(order, stock, (void *)(bytes + where.parts));
    write_moves(order, (void *)(bytes + where.moves), &texts);
    write_shipments(order, (void *)(bytes + where.shipments), (void *)(bytes + where.parcel_lines),
                    &texts);
    write_payments(order, (void *)(bytes + where.payments), &texts);
    ensure(texts == bytes + where.end);
}

/* --- is it one --- */

static bool head_is_valid(const struct event_order_imported *imported)
{
    return imported->order > 0 && imported->order < UINT64_C(1) << CART_EPOCH_SHIFT &&
           imported->previous < imported->order && imported->created_ms > 0 &&
           imported->customer <= CUSTOMERS_MAX && imported->currency != 0 &&
           imported->pricing_version > 0 && imported->state < ORDER_STATE_COUNT &&
           imported->placed_by < ACTOR_COUNT && imported->line_count > 0 &&
           imported->line_count <= ORDER_LINES_MAX && imported->part_count <= PARTS_MAX &&
           imported->move_count <= COUNT_MAX && imported->payment_count <= COUNT_MAX &&
           imported->shipment_count <= ORDER_SHIPMENTS_MAX &&
           imported->parcel_line_count <= ORDER_LINES_MAX * ORDER_SHIPMENTS_MAX &&
           imported->texts_length <= COUNT_MAX;
}

static bool lines_are_valid(const struct event_order_imported *imported)
{
    const struct event_imported_line *lines = imported_lines(imported);
    for (uint32_t i = 0; i < imported->line_count; i++) {
        if (lines[i].product == 0 || lines[i].quantity_ordered == 0 ||
            lines[i].quantity_ordered > CART_QUANTITY_MAX ||
            lines[i].quantity > lines[i].quantity_ordered || lines[i].zero != 0 ||
            lines[i].unit_price_minor < 0 || lines[i].unit_price_minor > MONEY_PRICE_MAX)
            return false;
    }
    return true;
}

static bool parts_are_valid(const struct event_order_imported *imported)
{
    const struct event_imported_part *parts = imported_parts(imported);
    for (uint32_t i = 0; i < imported->part_count; i++) {
        const struct event_imported_part *part = &parts[i];
        if (part->line >= imported->line_count || part->location == 0 ||
            part->location > STOCK_LOCATIONS_MAX || part->has_stock > 1)
            return false;
        if (part->stock_on_hand > STOCK_PIECES_MAX || part->stock_reserved > part->stock_on_hand ||
            part->reserved > part->stock_reserved)
            return false;
        if (part->has_stock == 0 && part->stock_on_hand != 0)
            return false;
        if (i > 0 && parts[i - 1].line > part->line)
            return false;
    }
    return true;
}

/* Adds up the texts. */
static bool moves_are_valid(const struct event_order_imported *imported, size_t offset,
                            uint64_t *texts)
{
    const struct event_imported_move *moves = place_at(imported, offset);
    for (uint32_t i = 0; i < imported->move_count; i++) {
        if (moves[i].action >= ORDER_ACTION_COUNT || moves[i].state >= ORDER_STATE_COUNT ||
            moves[i].actor >= ACTOR_COUNT || moves[i].zero != 0 ||
            moves[i].note_length > ORDER_NOTE_MAX)
            return false;
        *texts += moves[i].note_length;
    }
    return true;
}

static bool shipments_are_valid(const struct event_order_imported *imported,
                                const struct layout *where, uint64_t *texts)
{
    const struct event_imported_shipment *shipments = place_at(imported, where->shipments);
    const struct order_shipment_line *lines = place_at(imported, where->parcel_lines);
    uint64_t line_count = 0;
    for (uint32_t i = 0; i < imported->shipment_count; i++) {
        if (shipments[i].location == 0 || shipments[i].location > STOCK_LOCATIONS_MAX ||
            shipments[i].line_count == 0 || shipments[i].carrier_length > ORDER_NOTE_MAX ||
            shipments[i].tracking_length > ORDER_NOTE_MAX)
            return false;
        line_count += shipments[i].line_count;
        *texts += (uint64_t)shipments[i].carrier_length + shipments[i].tracking_length;
    }
    for (uint32_t i = 0; i < imported->parcel_line_count; i++) {
        if (lines[i].line >= imported->line_count || lines[i].quantity == 0)
            return false;
    }
    return line_count == imported->parcel_line_count;
}

static bool payments_are_valid(const struct event_order_imported *imported, size_t offset,
                               uint64_t *texts)
{
    const struct event_imported_payment *payments = place_at(imported, offset);
    for (uint32_t i = 0; i < imported->payment_count; i++) {
        const struct event_imported_payment *payment = &payments[i];
        if (payment->kind == 0 || payment->kind >= PAYMENT_KIND_LIMIT || payment->outcome == 0 ||
            payment->outcome >= PAYMENT_OUTCOME_LIMIT || payment->amount_minor < 0 ||
            payment->amount_minor > MONEY_TOTAL_MAX || payment->id_length > PAYMENT_ID_MAX ||
            payment->reference_length > PAYMENT_ID_MAX)
            return false;
        if (payment->zero[0] != 0 || payment->zero[1] != 0 || payment->zero[2] != 0)
            return false;
        *texts += (uint64_t)payment->id_length + payment->reference_length;
    }
    return true;
}

bool imported_is_valid(const void *payload, size_t size, size_t *exact_out)
{
    const struct event_order_imported *imported = payload;
    uint64_t texts = 0;
    if (size < sizeof(*imported) || !head_is_valid(imported))
        return false;
    struct layout where = layout_of(imported);
    *exact_out = where.end;
    return where.end <= size && lines_are_valid(imported) && parts_are_valid(imported) &&
           moves_are_valid(imported, where.moves, &texts) &&
           shipments_are_valid(imported, &where, &texts) &&
           payments_are_valid(imported, where.payments, &texts) && texts == imported->texts_length;
}

/* --- read again --- */

static struct text read_text(const char **cursor, uint32_t length)
{
    struct text text = length == 0 ? TEXT_NONE : (struct text){*cursor, length};
    *cursor += length;
    return text;
}

static void read_lines(const struct event_order_imported *imported, struct order *order)
{
    const struct event_imported_line *lines = imported_lines(imported);
    for (uint32_t i = 0; i < imported->line_count; i++) {
        order->lines[i] = (struct order_line){
            .product = lines[i].product,
            .quantity_ordered = lines[i].quantity_ordered,
            .quantity = lines[i].quantity,
            .unit_price_minor = lines[i].unit_price_minor,
            .discount_ordered_minor = lines[i].discount_ordered_minor,
            .discount_minor = lines[i].discount_minor,
        };
    }
}

static void read_parts(const struct event_order_imported *imported, struct order *order)
{
    const struct event_imported_part *parts = imported_parts(imported);
    for (uint32_t i = 0; i < imported->part_count; i++) {
        order->parts[i] = (struct order_part){
            .line = parts[i].line,
            .location = parts[i].location,
            .reserved = parts[i].reserved,
            .shipped = parts[i].shipped,
            .reserved_ordered = parts[i].reserved_ordered,
        };
    }
}

static void read_moves(const struct event_imported_move *moves, struct order *order,
                       const char **texts)
{
    for (uint32_t i = 0; i < order->move_count; i++) {
        struct text note = read_text(texts, moves[i].note_length);
        order->moves[i] = (struct order_move){
            .at_ms = moves[i].at_ms,
            .action = moves[i].action,
            .state = moves[i].state,
            .actor = moves[i].actor,
            .note = note.data,
            .note_length = note.length,
        };
    }
}

static void read_shipments(const struct event_order_imported *imported, const struct layout *where,
                           struct order *order, struct arena *arena, const char **texts)
{
    const struct event_imported_shipment *shipments = place_at(imported, where->shipments);
    const struct order_shipment_line *lines = place_at(imported, where->parcel_lines);
    struct order_shipment **last = &order->shipments;
    for (uint32_t i = 0; i < imported->shipment_count; i++) {
        struct order_shipment *shipment = arena_alloc(arena, sizeof(*shipment));
        *shipment = (struct order_shipment){
            .number = i + 1,
            .location = shipments[i].location,
            .line_count = shipments[i].line_count,
            .shipped_ms = shipments[i].shipped_ms,
            .delivered_ms = shipments[i].delivered_ms,
            .carrier = read_text(texts, shipments[i].carrier_length),
            .tracking_number = read_text(texts, shipments[i].tracking_length),
            .lines = arena_alloc_array(arena, shipments[i].line_count, sizeof(*lines)),
        };
        memcpy(shipment->lines, lines, shipment->line_count * sizeof(*lines));
        lines += shipment->line_count;
        *last = shipment;
        last = &shipment->next;
    }
}

static void read_payments(const struct event_order_imported *imported, size_t offset,
                          struct order *order, struct arena *arena, const char **texts)
{
    const struct event_imported_payment *payments = place_at(imported, offset);
    struct order_payment **last = &order->payments;
    for (uint32_t i = 0; i < imported->payment_count; i++) {
        struct order_payment *payment = arena_alloc(arena, sizeof(*payment));
        *payment = (struct order_payment){
            .at_ms = payments[i].at_ms,
            .occurred_ms = payments[i].occurred_ms,
            .amount_minor = payments[i].amount_minor,
            .currency = payments[i].currency,
            .kind = payments[i].kind,
            .outcome = payments[i].outcome,
            .id = read_text(texts, payments[i].id_length),
            .reference = read_text(texts, payments[i].reference_length),
        };
        *last = payment;
        last = &payment->next;
    }
}

/* Its cart is a number that no cart has: those begin with the epoch of a process, which is not 0.
 */
struct order *imported_read(const struct event_order_imported *imported, struct arena *arena)
{
    struct layout where = layout_of(imported);
    const char *texts = place_at(imported, where.texts);
    struct order *order = arena_alloc(arena, sizeof(*order));
    *order = (struct order){
        .number = imported->order,
        .cart = imported->order,
        .contact = imported->contact,
        .previous = imported->previous,
        .created_ms = imported->created_ms,
        .customer = imported->customer,
        .currency = imported->currency,
        .pricing_version = imported->pricing_version,
        .state = imported->state,
        .placed_by = imported->placed_by,
        .totals = imported->totals,
        .totals_ordered = imported->totals_ordered,
        .line_count = imported->line_count,
        .part_count = imported->part_count,
        .move_count = imported->move_count,
        .move_capacity = imported->move_count,
        .lines = arena_alloc_array(arena, imported->line_count, sizeof(struct order_line)),
        .parts =
            arena_alloc_array(arena, (size_t)imported->part_count + 1, sizeof(struct order_part)),
        .moves =
            arena_alloc_array(arena, (size_t)imported->move_count + 1, sizeof(struct order_move)),
    };
    read_lines(imported, order);
    read_parts(imported, order);
    read_moves(place_at(imported, where.moves), order, &texts);
    read_shipments(imported, &where, order, arena, &texts);
    read_payments(imported, where.payments, order, arena, &texts);
    return order;
}

const struct event_imported_line *imported_lines(const struct event_order_imported *imported)
{
    return place_at(imported, sizeof(*imported));
}

const struct event_imported_part *imported_parts(const struct event_order_imported *imported)
{
    return place_at(imported, layout_of(imported).parts);
}
