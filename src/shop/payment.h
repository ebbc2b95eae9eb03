/*
 * payment.h - what a gateway said about the money of an order, and what becomes of it.
 *
 *                 PENDING                       CONFIRMED and later           CANCELLED
 *   succeeded     right amount: confirmed       nothing captured yet and      orphaned
 *                 else: orphaned                right amount: captured
 *                                               else: orphaned
 *   failed        cancelled (stock returns)     ignored                       ignored
 *
 * payment_judge() is this picture. Money counts as captured when it confirmed an order, or came
 * after an operator had confirmed it. What is captured and not owed any more, because all or a part
 * was cancelled, is due back: captured - due back = total, always. Orphaned money belongs to no
 * order that wants it; a person decides.
 */
#ifndef SHOP_PAYMENT_H
#define SHOP_PAYMENT_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct order;

enum {
    PAYMENTS_MAX = 100,  /* of one order */
    PAYMENT_ID_MAX = 100 /* bytes, of an id that the gateway gave */
};

enum payment_kind {
    PAYMENT_SUCCEEDED = 1,
    PAYMENT_FAILED = 2,
    PAYMENT_REFUND_DUE = 3, /* not the gateway's word: the shop's */
    PAYMENT_KIND_LIMIT
};

enum payment_outcome {
    PAYMENT_CONFIRMED = 1, /* the order */
    PAYMENT_CAPTURED = 2,  /* the order was confirmed before */
    PAYMENT_CANCELLED = 3, /* the order */
    PAYMENT_ORPHANED = 4,
    PAYMENT_IGNORED = 5,
    PAYMENT_RAISED = 6, /* a refund that is due */
    PAYMENT_OUTCOME_LIMIT
};

/* Why money is orphaned. */
enum payment_orphan {
    ORPHAN_ORDER_CANCELLED = 1,
    ORPHAN_PAID_BEFORE = 2,
    ORPHAN_OTHER_AMOUNT = 3,
    ORPHAN_LIMIT
};

/* One thing that happened to the money, oldest first. */
struct order_payment {
    struct order_payment *next;
    uint64_t at_ms;
    uint64_t occurred_ms; /* by the gateway's clock; 0 = not said */
    int64_t amount_minor;
    uint32_t currency; /* 0 = no amount was named */
    uint8_t kind;
    uint8_t outcome;
    uint16_t zero;
    struct text id;        /* of the gateway's event */
    struct text reference; /* of the payment itself, as the gateway names it; may be empty */
};

enum payment_outcome payment_judge(const struct order *order, enum payment_kind kind,
                                   int64_t amount_minor, uint32_t currency);
/* Of money that payment_judge() calls orphaned. */
enum payment_orphan payment_why_orphaned(const struct order *order, int64_t amount_minor,
                                         uint32_t currency);
/* Whether the money counts as captured. */
bool payment_is_captured(enum payment_outcome outcome);

const char *payment_kind_name(enum payment_kind kind);          /* "succeeded" */
const char *payment_outcome_name(enum payment_outcome outcome); /* "confirmed" */
const char *payment_orphan_name(enum payment_orphan why);       /* "order_cancelled" */

#endif
