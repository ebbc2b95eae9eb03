/*
 * audit_payments.c - the money of orders, and their parcels on the way, in the auditor's books:
 * each thing that a gateway or a carrier said was taken once, an order was confirmed by an operator
 * or by its exact amount, and what was captured for nothing is due back at once.
 */
#include "app/audit_books.h"
#include "base/hash.h"

#include <inttypes.h>

static struct book_order *book_of(struct audit *audit, const struct event *event)
{
    uint64_t order = event_changed_order(event);
    if (order != 0 && order <= audit->order_count)
        return &audit->orders[order];
    audit_find(audit, "event %" PRIu64 " is about the money of order %" PRIu64 ", which is unknown",
               event->number, order);
    return NULL;
}

static void expect(struct audit *audit, uint64_t order, enum event_type type)
{
    audit->expected = (struct book_expected){.order = order, .type = (uint16_t)type};
}

static bool is_expected_move(const struct book_expected *expected,
                             const struct event_order_changed *changed)
{
    bool is_arrival = changed->action == ORDER_DELIVER_PART || changed->action == ORDER_DELIVER_ALL;
    return expected->actor == ACTOR_CARRIER ? is_arrival : changed->action == expected->action;
}

void audit_check_expected(struct audit *audit, const struct event *event)
{
    const struct book_expected expected = audit->expected;
    audit->expected = (struct book_expected){.order = 0};
    if (expected.order == 0)
        return;
    bool is_it = event->type == expected.type && event_changed_order(event) == expected.order;
    if (is_it && event->type == EVENT_ORDER_CHANGED)
        is_it = is_expected_move(&expected, event_payload(event));
    if (is_it && event->type == EVENT_REFUND_DUE)
        is_it = ((const struct event_refund_due *)event_payload(event))->amount_minor ==
                expected.due_minor;
    if (!is_it)
        audit_find(audit, "event %" PRIu64 " is not what follows for order %" PRIu64 " (%s)",
                   event->number, expected.order, event_type_name((enum event_type)expected.type));
    else if (event->type == EVENT_ORDER_CHANGED)
        audit->expected = (struct book_expected){.actor = expected.actor, .is_met = true};
}

static void note_id(struct audit *audit, uint64_t order, struct text id)
{
    uint64_t other = 0;
    uint64_t key = audit_mix(order, hash_bytes(id.data, id.length));
    key = key == 0 ? 1 : key;
    if (map_find(&audit->payment_ids, key, &other))
        audit_find(audit,
                   "order %" PRIu64 ": event %" PRIu64 " takes the same word of the gateway as "
                   "event %" PRIu64,
                   order, audit->last_event, other);
    map_put(&audit->payment_ids, key, audit->last_event);
}

/* The table of payment.h, written out a second time on purpose. */
static uint8_t due_outcome(const struct book_order *book,
                           const struct event_payment_received *received)
{
    bool is_exact = received->amount_minor == book->total_minor &&
                    received->currency == book->currency && !book->was_captured;
    if (received->kind == PAYMENT_FAILED)
        return book->state == ORDER_PENDING ? PAYMENT_CANCELLED : PAYMENT_IGNORED;
    if (book->state == ORDER_CANCELLED || !is_exact)
        return PAYMENT_ORPHANED;
    return book->state == ORDER_PENDING ? PAYMENT_CONFIRMED : PAYMENT_CAPTURED;
}

static void note_payment(struct book_order *book, const struct event *event,
                         const struct order_payment *payment)
{
    struct order_payment dated = *payment;
    dated.at_ms = event->time_ms;
    book->payments_hash = audit_mix_payment(book->payments_hash, &dated);
    book->last_event = event->number;
}

void audit_payment_received(struct audit *audit, const struct event *event)
{
    const struct event_payment_received *received = event_payload(event);
    struct book_order *book = book_of(audit, event);
    if (book == NULL)
        return;
    uint8_t due = due_outcome(book, received);
    note_id(audit, received->order, event_payment_id(received));
    if (received->outcome != due)
        audit_find(audit,
                   "order %" PRIu64 ", in state %u: a payment of kind %u and %" PRId64
                   " came to %u, due was %u",
                   received->order, book->state, received->kind, received->amount_minor,
                   received->outcome, due);
    if (received->outcome == PAYMENT_CONFIRMED || received->outcome == PAYMENT_CAPTURED) {
        book->was_captured = true;
        book->paid_minor += received->amount_minor;
    }
    if (received->outcome == PAYMENT_ORPHANED)
        expect(audit, received->order, EVENT_PAYMENT_ORPHANED);
    if (received->outcome == PAYMENT_CONFIRMED || received->outcome == PAYMENT_CANCELLED) {
        expect(audit, received->order, EVENT_ORDER_CHANGED);
        audit->expected.actor = ACTOR_GATEWAY;
        audit->expected.action =
            received->outcome == PAYMENT_CONFIRMED ? ORDER_CONFIRM : ORDER_CANCEL_ALL;
    }
    note_payment(book, event,
                 &(struct order_payment){
                     .occurred_ms = received->occurred_ms,
                     .amount_minor = received->amount_minor,
                     .currency = received->currency,
                     .kind = received->kind,
                     .outcome = received->outcome,
                     .id = event_payment_id(received),
                     .reference = event_payment_reference(received),
                 });
}

void audit_note_past_payment(struct audit *audit, uint64_t order,
                             const struct order_payment *payment)
{
    struct book_order *book = &audit->orders[order];
    if (payment->kind == PAYMENT_REFUND_DUE)
        book->paid_minor -= payment->amount_minor;
    else
        note_id(audit, order, payment->id);
    if (payment->outcome == PAYMENT_CONFIRMED || payment->outcome == PAYMENT_CAPTURED) {
        book->was_captured = true;
        book->paid_minor += payment->amount_minor;
    }
    book->payments_hash = audit_mix_payment(book->payments_hash, payment);
}

void audit_payment_orphaned(struct audit *audit, const struct event *event)
{
    struct book_order *book = book_of(audit, event);
    if (book == NULL)
        return;
    if (book->last_event != event->number - 1)
        audit_find(audit, "order %" PRIu64 ": event %" PRIu64 " orphans money that nobody sent",
                   event_changed_order(event), event->number);
    book->last_event = event->number;
}

void audit_refund_due(struct audit *audit, const struct event *event)
{
    const struct event_refund_due *due = event_payload(event);
    struct book_order *book = book_of(audit, event);
    if (book == NULL)
        return;
    book->paid_minor -= due->amount_minor;
    if (book->paid_minor != book->total_minor || due->currency != book->currency)
        audit_find(audit,
                   "order %" PRIu64 ": %" PRId64 " is due back, which leaves %" PRId64
                   " paid for %" PRId64,
                   due->order, due->amount_minor, book->paid_minor, book->total_minor);
    note_payment(book, event,
                 &(struct order_payment){
                     .amount_minor = due->amount_minor,
                     .currency = due->currency,
                     .kind = PAYMENT_REFUND_DUE,
                     .outcome = PAYMENT_RAISED,
                     .reference = event_refund_reference(due),
                 });
}

/* Time ends what nobody paid, the gateway does what its word asks for, and neither does more. */
static void check_actor(struct audit *audit, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    const struct book_order *book = &audit->orders[changed->order];
    bool is_expiry = changed->action == ORDER_CANCEL_ALL && book->state == ORDER_PENDING;
    const struct book_expected *expected = &audit->expected;
    bool is_callback = changed->actor == ACTOR_GATEWAY || changed->actor == ACTOR_CARRIER;
    bool is_asked = expected->is_met && expected->actor == changed->actor;
    if (changed->actor == ACTOR_SYSTEM && !is_expiry)
        audit_find(audit, "order %" PRIu64 ", in state %u, is changed by the system, action %u",
                   changed->order, book->state, changed->action);
    if (is_callback != is_asked || (expected->is_met && !is_asked))
        audit_find(audit, "order %" PRIu64 ": action %u by actor %u, asked for by %s",
                   changed->order, changed->action, changed->actor,
                   expected->is_met ? actor_name((enum actor)expected->actor) : "nobody");
    if (changed->action == ORDER_CONFIRM && changed->actor != ACTOR_OPERATOR && !is_asked)
        audit_find(audit, "order %" PRIu64 " is confirmed by actor %u", changed->order,
                   changed->actor);
}

void audit_check_money(struct audit *audit, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    const struct book_order *book = &audit->orders[changed->order];
    check_actor(audit, event);
    audit->expected = (struct book_expected){.order = 0};
    if (book->paid_minor > changed->totals.total_minor) {
        expect(audit, changed->order, EVENT_REFUND_DUE);
        audit->expected.due_minor = book->paid_minor - changed->totals.total_minor;
    }
}

/* --- parcels on their way --- */

static void note_tracking_id(struct audit *audit, const struct event_shipment_updated *updated)
{
    struct text id = event_shipment_id(updated);
    uint64_t other = 0;
    uint64_t key =
        audit_mix(audit_mix(updated->order, updated->shipment), hash_bytes(id.data, id.length));
    key = key == 0 ? 1 : key;
    if (map_find(&audit->tracking_ids, key, &other))
        audit_find(audit,
                   "order %" PRIu64 ", parcel %u: event %" PRIu64 " takes the same word of the "
                   "carrier as event %" PRIu64,
                   updated->order, updated->shipment, audit->last_event, other);
    map_put(&audit->tracking_ids, key, audit->last_event);
}

/* Whether the parcel is on its way; of an order that can be moved no more none is. */
static bool is_on_its_way(const struct book_order *book, uint32_t shipment)
{
    const struct book_live *live = book->live;
    return live != NULL && shipment > 0 && shipment <= live->parcel_count &&
           live->parcels[shipment - 1].delivered_ms == 0;
}

void audit_shipment_updated(struct audit *audit, const struct event *event)
{
    const struct event_shipment_updated *updated = event_payload(event);
    struct book_order *book = book_of(audit, event);
    if (book == NULL)
        return;
    uint32_t parcels = book->live == NULL ? UINT32_MAX : book->live->parcel_count;
    if (updated->shipment == 0 || updated->shipment > parcels)
        audit_find(audit, "order %" PRIu64 " has no parcel %u that a carrier could speak of",
                   updated->order, updated->shipment);
    note_tracking_id(audit, updated);
    if (updated->status == TRACKING_DELIVERED && is_on_its_way(book, updated->shipment)) {
        expect(audit, updated->order, EVENT_ORDER_CHANGED);
        audit->expected.actor = ACTOR_CARRIER;
    }
    const struct order_tracking step = {
        .at_ms = event->time_ms,
        .occurred_ms = updated->occurred_ms,
        .shipment = updated->shipment,
        .status = updated->status,
        .id = event_shipment_id(updated),
        .code = event_shipment_code(updated),
    };
    book->trail_hash += audit_hash_tracking(&step);
    book->last_event = event->number;
}
