/*
 * command_shipment_event.c - a carrier tells where a parcel is. What it says is recorded once; that
 * the parcel arrived moves the order, in the same commit.
 */
#include "shop/command/order_deliver.h"

#include <string.h>

static const struct order_shipment *find_shipment(const struct order *order, uint32_t number)
{
    const struct order_shipment *shipment = order->shipments;
    while (shipment != NULL && shipment->number != number)
        shipment = shipment->next;
    return shipment;
}

/* Whether it was said before; counts what was said about the parcel. */
static bool was_said(const struct order *order, const struct shipment_command *command,
                     uint32_t *count_out)
{
    *count_out = 0;
    for (const struct order_tracking *step = order->trail; step != NULL; step = step->next) {
        if (step->shipment != command->shipment)
            continue;
        if (text_equal(step->id, command->id))
            return true;
        *count_out += 1;
    }
    return false;
}

static void append_updated(struct decision *decision, const struct shipment_command *command)
{
    struct event_shipment_updated *updated =
        decision_append(decision, EVENT_SHIPMENT_UPDATED,
                        sizeof(*updated) + command->id.length + command->code.length);
    updated->order = command->order;
    updated->occurred_ms =
        command->occurred_ms != 0 ? command->occurred_ms : decision_time(decision);
    updated->shipment = command->shipment;
    updated->status = (uint8_t)command->status;
    updated->id_length = (uint16_t)command->id.length;
    updated->code_length = (uint16_t)command->code.length;
    char *texts = (char *)(updated + 1);
    memcpy(texts, command->id.data, command->id.length);
    if (command->code.length > 0)
        memcpy(texts + command->id.length, command->code.data, command->code.length);
}

static struct err shipment_event_decide(struct decision *decision, struct command *base)
{
    struct shipment_command *command = (struct shipment_command *)base;
    const struct order *order = NULL;
    uint32_t count = 0;
    ensure(command->id.length > 0);
    ensure(command->id.length <= TRACKING_ID_MAX);
    ensure(command->code.length <= TRACKING_CODE_MAX);
    ensure(command->status > TRACKING_SHIPPED);
    ensure(command->status < TRACKING_COUNT);
    TRY(decision_order(decision, base, command->order, &order));
    const struct order_shipment *shipment = find_shipment(order, command->shipment);
    if (shipment == NULL)
        return ERR(ERR_SHIPMENT_UNKNOWN);
    command->is_repeated = was_said(order, command, &count);
    if (command->is_repeated)
        return OK;
    if (count >= TRACKING_MAX)
        return ERR_AT(ERR_TRACKING_LIMIT, 0, TRACKING_MAX);
    append_updated(decision, command);
    if (command->status == TRACKING_DELIVERED && shipment->delivered_ms == 0)
        return order_deliver(decision, base, order, command->shipment);
    return OK;
}

static void shipment_event_answer(const struct shop *shop, struct command *base)
{
    struct shipment_command *command = (struct shipment_command *)base;
    const struct order *order = order_find(&shop->orders, command->order);
    ensure(order != NULL);
    command->state = (enum order_state)order->state;
    command->status_now = tracking_status_of(order, find_shipment(order, command->shipment));
}

const struct command_ops command_shipment_event = {
    .name = "shipment_event",
    .priority = COMMAND_ORDERS,
    .decide = shipment_event_decide,
    .answer = shipment_event_answer,
};
