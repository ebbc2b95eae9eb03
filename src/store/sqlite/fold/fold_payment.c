/* fold_payment.c - what happened to the money of an order and to its parcels, one row each. */
#include "store/sqlite/fold/fold_tables.h"

static struct err touch_order(struct fold_tables *tables, const struct event *event)
{
    sqlite3_stmt *touch = tables->statements[FOLD_TOUCH_ORDER];

    sql_bind_u64(touch, 1, event_changed_order(event));
    sql_bind_u64(touch, 2, event->number);
    TRY(sql_run(touch));
    return sqlite3_changes(tables->db) == 1 ? OK
                                            : fold_damaged("orders", event_changed_order(event));
}

struct err fold_add_payment(struct fold_tables *tables, uint64_t order, int64_t number,
                            const struct order_payment *payment)
{
    sqlite3_stmt *add = tables->statements[FOLD_ADD_PAYMENT];
    char currency[4] = "";

    if (payment->currency != 0)
        money_currency_letters(payment->currency, currency);
    sql_bind_u64(add, 1, order);
    sql_bind(add, 2, number);
    sql_bind_u64(add, 3, payment->at_ms);
    sql_bind_reference(add, 4, payment->occurred_ms);
    sql_bind_text(add, 5, text_of(payment_kind_name((enum payment_kind)payment->kind)));
    sql_bind_text(add, 6, text_of(payment_outcome_name((enum payment_outcome)payment->outcome)));
    sql_bind(add, 7, payment->amount_minor);
    sql_bind_text(add, 8, payment->currency == 0 ? TEXT_NONE : text_of(currency));
    sql_bind_text(add, 9, payment->id.length == 0 ? TEXT_NONE : payment->id);
    sql_bind_text(add, 10, payment->reference.length == 0 ? TEXT_NONE : payment->reference);
    tables->lines++;
    return sql_run(add);
}

static struct err add_payment(struct fold_tables *tables, const struct event *event,
                              const struct order_payment *payment)
{
    TRY(fold_add_payment(tables, event_changed_order(event), (int64_t)event->number, payment));
    return touch_order(tables, event);
}

struct err fold_payment_received(struct fold_tables *tables, const struct event *event)
{
    const struct event_payment_received *received = event_payload(event);

    return add_payment(tables, event,
                       &(struct order_payment){
                           .at_ms = event->time_ms,
                           .occurred_ms = received->occurred_ms,
                           .amount_minor = received->amount_minor,
                           .currency = received->currency,
                           .kind = received->kind,
                           .outcome = received->outcome,
                           .id = event_payment_id(received),
                           .reference = event_payment_reference(received),
                       });
}

/* The row of the payment says it already. */
struct err fold_payment_orphaned(struct fold_tables *tables, const struct event *event)
{
    return touch_order(tables, event);
}

struct err fold_refund_due(struct fold_tables *tables, const struct event *event)
{
    const struct event_refund_due *due = event_payload(event);

    return add_payment(tables, event,
                       &(struct order_payment){
                           .at_ms = event->time_ms,
                           .amount_minor = due->amount_minor,
                           .currency = due->currency,
                           .kind = PAYMENT_REFUND_DUE,
                           .outcome = PAYMENT_RAISED,
                           .reference = event_refund_reference(due),
                       });
}

struct err fold_shipment_updated(struct fold_tables *tables, const struct event *event)
{
    const struct event_shipment_updated *updated = event_payload(event);
    sqlite3_stmt *add = tables->statements[FOLD_ADD_TRACKING];
    struct text code = event_shipment_code(updated);

    sql_bind_u64(add, 1, updated->order);
    sql_bind(add, 2, updated->shipment);
    sql_bind_u64(add, 3, updated->occurred_ms);
    sql_bind_u64(add, 4, event->number);
    sql_bind_u64(add, 5, event->time_ms);
    sql_bind_text(add, 6, text_of(tracking_status_name((enum tracking_status)updated->status)));
    sql_bind_text(add, 7, event_shipment_id(updated));
    sql_bind_text(add, 8, code.length == 0 ? TEXT_NONE : code);
    TRY(sql_run(add));
    tables->lines++;
    return touch_order(tables, event);
}
