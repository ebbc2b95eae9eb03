/*
 * command_order_deliver.c - a parcel has arrived, or every one that is on its way. The order is
 * DELIVERED once nothing of it is left to ship and no parcel is on its way.
 */
#include "shop/command/order_change.h"

/* Parcels on their way: those that the command names, and the others. */
struct parcels {
    bool is_known; /* the named one exists */
    uint32_t arriving;
    uint32_t staying;
};

static struct parcels count_parcels(const struct order *order, uint32_t number)
{
    struct parcels parcels = {.is_known = number == 0};
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        bool is_named = number == 0 || shipment->number == number;
        parcels.is_known = parcels.is_known || is_named;
        if (shipment->delivered_ms != 0)
            continue;
        if (is_named)
            parcels.arriving++;
        else
            parcels.staying++;
    }
    return parcels;
}

static bool holds_anything(const struct order *order)
{
    for (uint32_t i = 0; i < order->part_count; i++) {
        if (order->parts[i].reserved > 0)
            return true;
    }
    return false;
}

static struct err order_deliver_decide(struct decision *decision, struct command *base)
{
    struct order_command *command = (struct order_command *)base;
    const struct order *order = NULL;
    struct order_change change;
    TRY(order_change_find(decision, command, &order));
    /* Whether any arrow leads on from here comes before which parcel is meant. */
    TRY(order_change_begin(order, base, ORDER_DELIVER_PART, &change));
    struct parcels parcels = count_parcels(order, command->shipment);
    if (!parcels.is_known)
        return ERR(ERR_SHIPMENT_UNKNOWN);
    if (parcels.arriving == 0)
        return ERR_AT(ERR_ORDER_TRANSITION, 0, order->state);
    if (parcels.staying == 0 && !holds_anything(order))
        TRY(order_change_begin(order, base, ORDER_DELIVER_ALL, &change));
    change.shipment = command->shipment;
    order_change_append(decision, &change);
    return OK;
}

const struct command_ops command_order_deliver = {
    .name = "order_deliver",
    .priority = COMMAND_ORDERS,
    .decide = order_deliver_decide,
    .answer = order_change_answer,
};
