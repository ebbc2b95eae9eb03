/*
 * command_payment_event.c - the gateway tells what became of a payment. What it says is recorded
 * once, in the same commit as the move of the order that comes of it; said again it changes
 * nothing.
 */
#include "shop/command/order_cancel.h"

#include <string.h>

static const struct order_payment *find_payment(const struct order *order, struct text id,
                                                uint32_t *count_out)
{
    *count_out = 0;
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        if (payment->kind != PAYMENT_REFUND_DUE && text_equal(payment->id, id))
            return payment;
        *count_out += 1;
    }
    return NULL;
}

static void append_received(struct decision *decision, const struct payment_command *command)
{
    struct event_payment_received *received =
        decision_append(decision, EVENT_PAYMENT_RECEIVED,
                        sizeof(*received) + command->id.length + command->reference.length);
    received->order = command->order;
    received->amount_minor = command->amount_minor;
    received->occurred_ms = command->occurred_ms;
    received->currency = command->currency;
    received->kind = (uint8_t)command->kind;
    received->outcome = (uint8_t)command->outcome;
    received->id_length = (uint16_t)command->id.length;
    received->reference_length = (uint16_t)command->reference.length;
    char *texts = (char *)(received + 1);
    memcpy(texts, command->id.data, command->id.length);
    if (command->reference.length > 0)
        memcpy(texts + command->id.length, command->reference.data, command->reference.length);
}

static void append_orphaned(struct decision *decision, const struct payment_command *command,
                            const struct order *order)
{
    struct event_payment_orphaned *orphaned = decision_append(
        decision, EVENT_PAYMENT_ORPHANED, sizeof(*orphaned) + command->reference.length);
    orphaned->order = command->order;
    orphaned->amount_minor = command->amount_minor;
    orphaned->currency = command->currency;
    orphaned->why = (uint8_t)payment_why_orphaned(order, command->amount_minor, command->currency);
    orphaned->reference_length = (uint16_t)command->reference.length;
    if (command->reference.length > 0)
        memcpy(orphaned + 1, command->reference.data, command->reference.length);
}

static struct err move_order(struct decision *decision, const struct payment_command *command,
                             const struct order *order)
{
    const struct order_cancel_request cancel = {
        .order = order,
        .note = command->reason.length > 0 ? command->reason : TEXT("the payment failed"),
    };
    struct order_change change;
    switch (command->outcome) {
    case PAYMENT_CONFIRMED:
        TRY(order_change_begin(order, &command->command, ORDER_CONFIRM, &change));
        order_change_append(decision, &change);
        return OK;
    case PAYMENT_CANCELLED:
        return order_cancel(decision, &command->command, &cancel);
    case PAYMENT_ORPHANED:
        append_orphaned(decision, command, order);
        return OK;
    case PAYMENT_CAPTURED:
    case PAYMENT_IGNORED:
        return OK;
    case PAYMENT_RAISED:
    case PAYMENT_OUTCOME_LIMIT:
        break;
    }
    check_failed("an outcome that nobody judged", __FILE__, __LINE__);
}

static struct err payment_event_decide(struct decision *decision, struct command *base)
{
    struct payment_command *command = (struct payment_command *)base;
    const struct order *order = NULL;
    uint32_t count = 0;
    ensure(command->id.length > 0);
    ensure(command->id.length <= PAYMENT_ID_MAX);
    ensure(command->reference.length <= PAYMENT_ID_MAX);
    TRY(decision_order(decision, base, command->order, &order));
    const struct order_payment *before = find_payment(order, command->id, &count);
    command->is_repeated = before != NULL;
    if (before != NULL) {
        command->outcome = (enum payment_outcome)before->outcome;
        return OK;
    }
    if (count >= PAYMENTS_MAX)
        return ERR_AT(ERR_PAYMENT_LIMIT, 0, PAYMENTS_MAX);
    command->outcome =
        payment_judge(order, command->kind, command->amount_minor, command->currency);
    append_received(decision, command);
    return move_order(decision, command, order);
}

static void payment_event_answer(const struct shop *shop, struct command *base)
{
    struct payment_command *command = (struct payment_command *)base;
    const struct order *order = order_find(&shop->orders, command->order);
    ensure(order != NULL);
    command->state = (enum order_state)order->state;
}

const struct command_ops command_payment_event = {
    .name = "payment_event",
    .priority = COMMAND_ORDERS,
    .decide = payment_event_decide,
    .answer = payment_event_answer,
};
