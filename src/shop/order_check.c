/* order_check.c - what must be true of every order, whoever made it: the shop itself, or another
 * one whose orders are imported. Each fact has words, which begin with the field that they are
 * about. */
#include "shop/order.h"

#include <stddef.h>

_Static_assert(ORDER_LINES_MAX <= MONEY_SUMMANDS_MAX, "lines add up in 64 bits");
_Static_assert(PAYMENTS_MAX <= MONEY_SUMMANDS_MAX / 2, "payments and refunds add up in 64 bits");

/* Keeps the first fact that does not hold. */
struct judge {
    const char *fault;
};

static void must(struct judge *judge, bool holds, const char *words)
{
    if (!holds && judge->fault == NULL)
        judge->fault = words;
}

/* Pieces of an order or of one of its lines, summed over parts. */
struct pieces {
    uint64_t ordered;
    uint64_t reserved;
    uint64_t shipped;
};

static struct pieces judge_parts_of_line(struct judge *judge, const struct order *order,
                                         uint32_t line, uint32_t *position)
{
    struct pieces pieces = {0};
    while (*position < order->part_count && order->parts[*position].line == line) {
        const struct order_part *part = &order->parts[*position];
        must(judge, part->location != 0, "lines: a part without a location");
        must(judge, part->reserved_ordered > 0, "lines: a part of no pieces");
        must(judge, part->reserved <= part->reserved_ordered, "lines: a part holds too much");
        must(judge, part->shipped <= part->reserved_ordered - part->reserved,
             "lines: a part has sent too much");
        pieces.ordered += part->reserved_ordered;
        pieces.reserved += part->reserved;
        pieces.shipped += part->shipped;
        *position += 1;
    }
    return pieces;
}

static int64_t judge_amount(struct judge *judge, const struct order_line *line, uint32_t quantity)
{
    int64_t amount_minor = 0;
    must(judge, line->unit_price_minor >= 0, "lines: unit_price is negative");
    must(judge, line->unit_price_minor <= MONEY_PRICE_MAX, "lines: unit_price is too large");
    bool fits = line->unit_price_minor >= 0 &&
                money_multiply(line->unit_price_minor, quantity, &amount_minor);
    must(judge, fits, "lines: the amount is too large");
    return amount_minor;
}

/* Adds what the line comes to, now and as it was ordered. */
static void judge_line(struct judge *judge, const struct order_line *line, struct pieces held,
                       struct order_totals *now, struct order_totals *ordered)
{
    int64_t amount_minor = judge_amount(judge, line, line->quantity);
    int64_t amount_ordered_minor = judge_amount(judge, line, line->quantity_ordered);
    must(judge, line->product != 0, "lines: without a product");
    must(judge, line->quantity_ordered > 0, "lines: quantity_ordered must be above 0");
    must(judge, line->quantity <= line->quantity_ordered,
         "lines: quantity is above quantity_ordered");
    must(judge, held.ordered == line->quantity_ordered,
         "lines: what was reserved is not what was ordered");
    must(judge, held.reserved + held.shipped == line->quantity,
         "lines: what is reserved or sent is not the quantity");
    must(judge, line->discount_ordered_minor >= 0, "lines: discount_ordered is negative");
    must(judge, line->discount_ordered_minor <= amount_ordered_minor,
         "lines: discount_ordered is above the price");
    must(judge, line->discount_minor >= 0, "lines: discount is negative");
    must(judge, line->discount_minor <= line->discount_ordered_minor,
         "lines: discount is above discount_ordered");
    must(judge, line->discount_minor <= amount_minor, "lines: discount is above the price");
    now->subtotal_minor += amount_minor;
    now->discount_minor += line->discount_minor;
    ordered->subtotal_minor += amount_ordered_minor;
    ordered->discount_minor += line->discount_ordered_minor;
}

/* The words of each fact, for the totals as they are and as they were ordered. */
struct totals_words {
    const char *subtotal;
    const char *discount;
    const char *shipping;
    const char *tax;
    const char *total;
    const char *range;
};

static const struct totals_words totals_words = {"totals.subtotal: is not the sum of the lines",
                                                 "totals.discount: is not that of the lines",
                                                 "totals.shipping: is negative",
                                                 "totals.tax: is negative",
                                                 "totals.total: does not add up",
                                                 "totals.total: is out of range"};
static const struct totals_words ordered_words = {
    "totals_ordered.subtotal: is not the sum of the lines",
    "totals_ordered.discount: is not that of the lines",
    "totals_ordered.shipping: is negative",
    "totals_ordered.tax: is negative",
    "totals_ordered.total: does not add up",
    "totals_ordered.total: is out of range"};

/* `lines` has what the lines come to. */
static void judge_totals(struct judge *judge, const struct order_totals *totals,
                         const struct order_totals *lines, const struct totals_words *words)
{
    must(judge, totals->subtotal_minor == lines->subtotal_minor, words->subtotal);
    must(judge, totals->discount_minor == lines->discount_minor, words->discount);
    must(judge, totals->shipping_minor >= 0, words->shipping);
    must(judge, totals->tax_minor >= 0, words->tax);
    must(judge, totals->shipping_minor <= MONEY_TOTAL_MAX, words->range);
    must(judge, totals->tax_minor <= MONEY_TOTAL_MAX, words->range);
    if (judge->fault != NULL) /* then it may not even be added up */
        return;
    must(judge,
         totals->total_minor == totals->subtotal_minor - totals->discount_minor +
                                    totals->shipping_minor + totals->tax_minor,
         words->total);
    must(judge, totals->total_minor >= 0, words->range);
    must(judge, totals->total_minor <= MONEY_TOTAL_MAX, words->range);
}

/* Lines, parts and totals tell the same story; returns what the whole order holds and has sent. The
 * first line that is at fault ends it: only sound ones add up. */
static struct pieces judge_lines(struct judge *judge, const struct order *order)
{
    struct pieces all = {.reserved = 0};
    uint64_t pieces_left = 0;
    struct order_totals now = {.subtotal_minor = 0};
    struct order_totals ordered = {.subtotal_minor = 0};
    uint32_t position = 0;
    for (uint32_t i = 0; i < order->line_count && judge->fault == NULL; i++) {
        const struct order_line *line = &order->lines[i];
        struct pieces held = judge_parts_of_line(judge, order, i, &position);
        judge_line(judge, line, held, &now, &ordered);
        all.reserved += held.reserved;
        all.shipped += held.shipped;
        pieces_left += line->quantity;
    }
    must(judge, position == order->part_count, "lines: a part of no line");
    must(judge, all.reserved + all.shipped == pieces_left,
         "lines: what is reserved or sent is not what is ordered");
    judge_totals(judge, &order->totals, &now, &totals_words);
    judge_totals(judge, &order->totals_ordered, &ordered, &ordered_words);
    return all;
}

/* The moves lead along arrows from PENDING to the state it is in. */
static void judge_moves(struct judge *judge, const struct order *order)
{
    enum order_state state = ORDER_PENDING;
    uint64_t at_ms = order->created_ms;
    for (uint32_t i = 0; i < order->move_count; i++) {
        const struct order_move *move = &order->moves[i];
        ensure(move->action < ORDER_ACTION_COUNT);
        ensure(move->actor < ACTOR_COUNT);
        must(judge, move->at_ms >= at_ms, "history: at is before the step before it");
        must(judge, order_next(state, move->action, &state).code == ERR_NONE,
             "history: no order goes that way");
        must(judge, state == move->state, "history: status is not where the action leads");
        at_ms = move->at_ms;
    }
    must(judge, state == order->state, "status: is not where the history leads");
}

/* Returns whether a parcel is still on its way. */
static bool judge_shipments(struct judge *judge, const struct order *order, uint64_t pieces_shipped)
{
    uint32_t number = 0;
    uint64_t pieces = 0;
    bool is_on_its_way = false;
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        number++;
        must(judge, shipment->number == number, "shipments: are not in their order");
        must(judge, shipment->location != 0, "shipments: without a location");
        must(judge, shipment->line_count > 0, "shipments: without lines");
        must(judge, shipment->delivered_ms == 0 || shipment->delivered_ms >= shipment->shipped_ms,
             "shipments: delivered_at is before shipped_at");
        is_on_its_way = is_on_its_way || shipment->delivered_ms == 0;
        for (uint32_t i = 0; i < shipment->line_count; i++) {
            must(judge, shipment->lines[i].line < order->line_count,
                 "shipments: a line that the order does not have");
            must(judge, shipment->lines[i].quantity > 0, "shipments: quantity must be above 0");
            pieces += shipment->lines[i].quantity;
        }
    }
    must(judge, number <= ORDER_SHIPMENTS_MAX, "shipments: too many");
    must(judge, pieces == pieces_shipped, "shipments: their pieces are not those sent");
    return is_on_its_way;
}

/* The trail is in its order and speaks of parcels that there are. */
static void judge_trail(struct judge *judge, const struct order *order)
{
    uint32_t shipments = 0;
    const struct order_tracking *before = NULL;
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next)
        shipments++;
    for (const struct order_tracking *step = order->trail; step != NULL; step = step->next) {
        must(judge, step->shipment > 0, "trail: of no shipment");
        must(judge, step->shipment <= shipments, "trail: of no shipment");
        must(judge, step->status > TRACKING_SHIPPED, "trail: an unknown status");
        must(judge, step->status < TRACKING_COUNT, "trail: an unknown status");
        must(judge, step->id.length > 0, "trail: without an id");
        must(judge,
             before == NULL || before->shipment < step->shipment ||
                 (before->shipment == step->shipment && before->occurred_ms <= step->occurred_ms),
             "trail: is not in its order");
        before = step;
    }
}

static void judge_payment(struct judge *judge, const struct order_payment *payment)
{
    bool is_refund = payment->kind == PAYMENT_REFUND_DUE;
    must(judge, payment->kind > 0, "payments: an unknown type");
    must(judge, payment->kind < PAYMENT_KIND_LIMIT, "payments: an unknown type");
    must(judge, payment->outcome > 0, "payments: an unknown outcome");
    must(judge, payment->outcome < PAYMENT_OUTCOME_LIMIT, "payments: an unknown outcome");
    must(judge, is_refund == (payment->outcome == PAYMENT_RAISED),
         "payments: outcome does not go with type");
    must(judge, is_refund == (payment->id.length == 0), "payments: event_id does not go with type");
    must(judge, payment->amount_minor >= 0, "payments: amount is negative");
    must(judge, payment->amount_minor <= MONEY_TOTAL_MAX, "payments: amount is too large");
}

/* Never less is captured than the order costs; what is too much is due back by
 * the event behind the cancellation. The first payment that is at fault ends it. */
static void judge_payments(struct judge *judge, const struct order *order)
{
    uint32_t count = 0;
    bool is_captured = false;
    int64_t refunds_minor = 0;
    for (const struct order_payment *payment = order->payments;
         payment != NULL && judge->fault == NULL; payment = payment->next) {
        bool is_refund = payment->kind == PAYMENT_REFUND_DUE;
        judge_payment(judge, payment);
        count += !is_refund;
        is_captured = is_captured || payment_is_captured((enum payment_outcome)payment->outcome);
        if (judge->fault == NULL && is_refund)
            refunds_minor += payment->amount_minor;
        must(judge, count <= PAYMENTS_MAX, "payments: too many");
        must(judge, refunds_minor <= PAYMENTS_MAX * MONEY_TOTAL_MAX,
             "payments: more is due back than was ever paid");
    }
    if (judge->fault == NULL)
        must(judge, !is_captured || order_paid_minor(order) >= order->totals.total_minor,
             "payments: less was captured than the order costs");
}

/* What each state holds and has sent. */
static void judge_state(struct judge *judge, const struct order *order, const struct pieces *pieces,
                        bool is_on_its_way)
{
    switch ((enum order_state)order->state) {
    case ORDER_PENDING:
    case ORDER_CONFIRMED:
        must(judge, pieces->reserved > 0, "status: nothing is left of the order");
        must(judge, pieces->shipped == 0, "status: something was sent");
        break;
    case ORDER_SHIPPED:
        must(judge, pieces->shipped > 0, "status: nothing was sent");
        must(judge, pieces->reserved > 0 || is_on_its_way, "status: everything has arrived");
        break;
    case ORDER_DELIVERED:
        must(judge, pieces->shipped > 0, "status: nothing was sent");
        must(judge, pieces->reserved == 0, "status: not everything was sent");
        must(judge, !is_on_its_way, "status: a parcel has not arrived");
        break;
    case ORDER_CANCELLED:
        must(judge, pieces->reserved == 0, "status: something is left of the order");
        must(judge, pieces->shipped == 0, "status: something was sent");
        break;
    case ORDER_STATE_COUNT:
        ensure(order->state != ORDER_STATE_COUNT);
    }
}

const char *order_find_fault(const struct order *order)
{
    struct judge judge = {.fault = NULL};
    ensure(order->number != 0);
    ensure(order->cart != 0);
    ensure(order->previous < order->number);
    ensure(order->currency != 0);
    ensure(order->pricing_version != 0);
    ensure(order->state < ORDER_STATE_COUNT);
    ensure(order->placed_by < ACTOR_COUNT);
    ensure(order->line_count > 0);
    ensure(order->line_count <= ORDER_LINES_MAX);

    struct pieces pieces = judge_lines(&judge, order);
    judge_moves(&judge, order);
    judge_payments(&judge, order);
    judge_trail(&judge, order);
    bool is_on_its_way = judge_shipments(&judge, order, pieces.shipped);
    judge_state(&judge, order, &pieces, is_on_its_way);
    return judge.fault;
}

void order_check(const struct order *order)
{
    const char *fault = order_find_fault(order);
    if (fault != NULL)
        check_failed(fault, __FILE__, __LINE__);
}
