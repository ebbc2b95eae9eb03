/* order_deliver.h - a parcel arrives, or every one that is on its way: by the word of an operator
 * or of its carrier. */
#ifndef SHOP_ORDER_DELIVER_H
#define SHOP_ORDER_DELIVER_H

#include "shop/command/order_change.h"

/* Appends the arrival of a parcel (0 = of every one). The order is DELIVERED once nothing of it is
 * left to ship and no parcel is on its way. ERR_ORDER_TRANSITION, ERR_SHIPMENT_UNKNOWN. */
struct err order_deliver(struct decision *decision, const struct command *command,
                         const struct order *order, uint32_t shipment) MUST_USE;

#endif
