/* command_order_correct.c - another name, address or note for an order that has not left yet.
 * Prices stay: they were agreed on. */
#include "shop/command/order_change.h"

static uint8_t fields_of(const struct contact *contact)
{
    bool has_contact =
        contact->name.data != NULL || contact->email.data != NULL || contact->phone.data != NULL;
    return (uint8_t)((has_contact ? CORRECTED_CONTACT : 0) |
                     (contact->shipping_address.data != NULL ? CORRECTED_SHIPPING : 0) |
                     (contact->billing_address.data != NULL ? CORRECTED_BILLING : 0) |
                     (contact->metadata.data != NULL ? CORRECTED_METADATA : 0));
}

static struct err order_correct_decide(struct decision *decision, struct command *base)
{
    struct order_command *command = (struct order_command *)base;
    const struct order *order = NULL;
    TRY(order_change_find(decision, command, &order));
    if (order->state != ORDER_PENDING && order->state != ORDER_CONFIRMED)
        return ERR_AT(ERR_ORDER_TRANSITION, 0, order->state);
    if (order->contact == 0)
        return ERR(ERR_ORDER_CONTACT);
    uint8_t fields = fields_of(&command->contact);
    if (fields == 0)
        return OK;
    struct contact contact = command->contact;
    contact.customer = order->customer;
    (void)decision_change_contact(decision, order->contact, &contact);
    struct event_order_corrected *corrected =
        decision_append(decision, EVENT_ORDER_CORRECTED, sizeof(*corrected));
    corrected->order = order->number;
    corrected->contact = order->contact;
    corrected->actor = (uint8_t)command_actor(base, order->customer);
    corrected->fields = fields;
    return OK;
}

const struct command_ops command_order_correct = {
    .name = "order_correct",
    .priority = COMMAND_CARTS,
    .decide = order_correct_decide,
    .answer = order_change_answer,
};
