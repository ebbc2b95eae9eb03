/* apply_payment.c - results of events about the money of an order, and about its parcels on their
 * way. */
#include "shop/apply.h"

/* The order, whose newest event this is. */
static struct order *order_of(struct shop *shop, const struct event *event)
{
    struct order *order = order_find(&shop->orders, event_changed_order(event));
    ensure(order != NULL);
    order->last_event = event->number;
    return order;
}

/* What was noted last; NULL = nothing yet. */
static const struct order_payment *last_payment(const struct order *order)
{
    const struct order_payment *payment = order->payments;
    while (payment != NULL && payment->next != NULL)
        payment = payment->next;
    return payment;
}

void apply_payment_received(struct shop *shop, const struct event *event)
{
    const struct event_payment_received *received = event_payload(event);
    struct order *order = order_of(shop, event);
    const struct order_payment payment = {
        .at_ms = event->time_ms,
        .occurred_ms = received->occurred_ms,
        .amount_minor = received->amount_minor,
        .currency = received->currency,
        .kind = received->kind,
        .outcome = received->outcome,
        .id = event_payment_id(received),
        .reference = event_payment_reference(received),
    };
    for (const struct order_payment *before = order->payments; before != NULL;
         before = before->next)
        ensure(before->kind == PAYMENT_REFUND_DUE || !text_equal(before->id, payment.id));
    if (payment_is_captured((enum payment_outcome)payment.outcome)) {
        ensure(payment.kind == PAYMENT_SUCCEEDED);
        ensure(payment.amount_minor == order->totals.total_minor);
        ensure(payment.currency == order->currency);
        ensure((payment.outcome == PAYMENT_CONFIRMED) == (order->state == ORDER_PENDING));
        ensure(order->state != ORDER_CANCELLED);
    }
    order_add_payment(order, &payment);
    order_check(order);
}

void apply_payment_orphaned(struct shop *shop, const struct event *event)
{
    const struct event_payment_orphaned *orphaned = event_payload(event);
    const struct order_payment *payment = last_payment(order_of(shop, event));
    ensure(payment != NULL);
    ensure(payment->outcome == PAYMENT_ORPHANED);
    ensure(payment->amount_minor == orphaned->amount_minor);
    ensure(payment->currency == orphaned->currency);
}

void apply_refund_due(struct shop *shop, const struct event *event)
{
    const struct event_refund_due *due = event_payload(event);
    struct order *order = order_of(shop, event);
    const struct order_payment payment = {
        .at_ms = event->time_ms,
        .amount_minor = due->amount_minor,
        .currency = due->currency,
        .kind = PAYMENT_REFUND_DUE,
        .outcome = PAYMENT_RAISED,
        .reference = event_refund_reference(due),
    };
    ensure(due->currency == order->currency);
    ensure(order_paid_minor(order) - due->amount_minor == order->totals.total_minor);
    order_add_payment(order, &payment);
    order_check(order);
}

void apply_shipment_updated(struct shop *shop, const struct event *event)
{
    const struct event_shipment_updated *updated = event_payload(event);
    struct order *order = order_of(shop, event);
    const struct order_tracking step = {
        .at_ms = event->time_ms,
        .occurred_ms = updated->occurred_ms,
        .shipment = updated->shipment,
        .status = updated->status,
        .id = event_shipment_id(updated),
        .code = event_shipment_code(updated),
    };
    for (const struct order_tracking *before = order->trail; before != NULL; before = before->next)
        ensure(before->shipment != step.shipment || !text_equal(before->id, step.id));
    order_add_tracking(order, &step);
    order_check(order);
}
