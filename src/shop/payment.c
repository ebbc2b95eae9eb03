#include "shop/payment.h"

#include "shop/order.h"

static const char *const kind_names[PAYMENT_KIND_LIMIT] = {
    [PAYMENT_SUCCEEDED] = "succeeded",
    [PAYMENT_FAILED] = "failed",
    [PAYMENT_REFUND_DUE] = "refund_due",
};

static const char *const outcome_names[PAYMENT_OUTCOME_LIMIT] = {
    [PAYMENT_CONFIRMED] = "confirmed", [PAYMENT_CAPTURED] = "captured",
    [PAYMENT_CANCELLED] = "cancelled", [PAYMENT_ORPHANED] = "orphaned",
    [PAYMENT_IGNORED] = "ignored",     [PAYMENT_RAISED] = "raised",
};

static const char *const orphan_names[ORPHAN_LIMIT] = {
    [ORPHAN_ORDER_CANCELLED] = "order_cancelled",
    [ORPHAN_PAID_BEFORE] = "paid_before",
    [ORPHAN_OTHER_AMOUNT] = "other_amount",
};

static bool was_paid(const struct order *order)
{
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        if (payment_is_captured((enum payment_outcome)payment->outcome))
            return true;
    }
    return false;
}

static bool is_amount(const struct order *order, int64_t amount_minor, uint32_t currency)
{
    return amount_minor == order->totals.total_minor && currency == order->currency;
}

enum payment_outcome payment_judge(const struct order *order, enum payment_kind kind,
                                   int64_t amount_minor, uint32_t currency)
{
    ensure(kind == PAYMENT_SUCCEEDED || kind == PAYMENT_FAILED);
    ensure(order->state < ORDER_STATE_COUNT);
    bool is_pending = order->state == ORDER_PENDING;
    if (kind == PAYMENT_FAILED)
        return is_pending ? PAYMENT_CANCELLED : PAYMENT_IGNORED;
    if (order->state == ORDER_CANCELLED || was_paid(order) ||
        !is_amount(order, amount_minor, currency))
        return PAYMENT_ORPHANED;
    return is_pending ? PAYMENT_CONFIRMED : PAYMENT_CAPTURED;
}

enum payment_orphan payment_why_orphaned(const struct order *order, int64_t amount_minor,
                                         uint32_t currency)
{
    if (order->state == ORDER_CANCELLED)
        return ORPHAN_ORDER_CANCELLED;
    if (was_paid(order))
        return ORPHAN_PAID_BEFORE;
    ensure(!is_amount(order, amount_minor, currency));
    return ORPHAN_OTHER_AMOUNT;
}

bool payment_is_captured(enum payment_outcome outcome)
{
    return outcome == PAYMENT_CONFIRMED || outcome == PAYMENT_CAPTURED;
}

const char *payment_kind_name(enum payment_kind kind)
{
    ensure(kind > 0);
    ensure(kind < PAYMENT_KIND_LIMIT);
    return kind_names[kind];
}

const char *payment_outcome_name(enum payment_outcome outcome)
{
    ensure(outcome > 0);
    ensure(outcome < PAYMENT_OUTCOME_LIMIT);
    return outcome_names[outcome];
}

const char *payment_orphan_name(enum payment_orphan why)
{
    ensure(why > 0);
    ensure(why < ORPHAN_LIMIT);
    return orphan_names[why];
}
