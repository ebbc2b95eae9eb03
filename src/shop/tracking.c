#include "shop/tracking.h"

#include "shop/order.h"

static const char *const status_names[TRACKING_COUNT] = {
    [TRACKING_SHIPPED] = "shipped",
    [TRACKING_IN_TRANSIT] = "in_transit",
    [TRACKING_OUT_FOR_DELIVERY] = "out_for_delivery",
    [TRACKING_DELIVERED] = "delivered",
    [TRACKING_EXCEPTION] = "exception",
};

enum tracking_status tracking_status_of(const struct order *order,
                                        const struct order_shipment *shipment)
{
    uint8_t status = TRACKING_SHIPPED;
    if (shipment->delivered_ms != 0)
        return TRACKING_DELIVERED;
    for (const struct order_tracking *step = order->trail; step != NULL; step = step->next) {
        if (step->shipment == shipment->number)
            status = step->status;
    }
    return (enum tracking_status)status;
}

const char *tracking_status_name(enum tracking_status status)
{
    ensure(status < TRACKING_COUNT);
    return status_names[status];
}
