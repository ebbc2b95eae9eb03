/*
 * tracking.h - the trail of a parcel: what its carrier said about it, and when by the carrier's
 * clock. Carriers repeat themselves and speak out of order: the trail is shown by the time at which
 * things happened, and a parcel that arrived stays arrived.
 */
#ifndef SHOP_TRACKING_H
#define SHOP_TRACKING_H

#include "base/text.h"

#include <stdint.h>

struct order;
struct order_shipment;

enum {
    TRACKING_MAX = 100,    /* of one parcel */
    TRACKING_ID_MAX = 100, /* bytes, of an id that the carrier gave */
    TRACKING_CODE_MAX = 40 /* bytes of a carrier's own code; no text, which could name people */
};

enum tracking_status {
    TRACKING_SHIPPED = 0, /* before the carrier said anything */
    TRACKING_IN_TRANSIT,
    TRACKING_OUT_FOR_DELIVERY,
    TRACKING_DELIVERED,
    TRACKING_EXCEPTION,
    /* always last */
    TRACKING_COUNT
};

/* One thing that a carrier said. An order has them by parcel, then by the time at which they
 * happened, then as they came. */
struct order_tracking {
    struct order_tracking *next;
    uint64_t at_ms;
    uint64_t occurred_ms; /* by the carrier's clock */
    uint32_t shipment;
    uint8_t status; /* enum tracking_status, not shipped */
    uint8_t zero[3];
    struct text id;
    struct text code; /* may be empty */
};

/* Where the parcel is: arrived, or what happened last. */
enum tracking_status tracking_status_of(const struct order *order,
                                        const struct order_shipment *shipment);
const char *tracking_status_name(enum tracking_status status); /* "in_transit" */

#endif
