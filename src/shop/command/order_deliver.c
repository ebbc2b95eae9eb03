#include "shop/command/order_deliver.h"

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

struct err order_deliver(struct decision *decision, const struct command *command,
                         const struct order *order, uint32_t shipment)
{
    struct order_change change;
    /* Whether any arrow leads on from here comes before which parcel is meant. */
    TRY(order_change_begin(order, command, ORDER_DELIVER_PART, &change));
    struct parcels parcels = count_parcels(order, shipment);
    if (!parcels.is_known)
        return ERR(ERR_SHIPMENT_UNKNOWN);
    if (parcels.arriving == 0)
        return ERR_AT(ERR_ORDER_TRANSITION, 0, order->state);
    if (parcels.staying == 0 && !holds_anything(order))
        TRY(order_change_begin(order, command, ORDER_DELIVER_ALL, &change));
    change.shipment = shipment;
    order_change_append(decision, &change);
    return OK;
}
