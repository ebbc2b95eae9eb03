/*
 * imported_order.h - an order as another shop had it, for tests to import: of four pieces of one
 * product and two of another, one of the first was cancelled, two and both others were sent in two
 * parcels of two places, and one is still to be sent. It was paid; the first parcel has arrived.
 */
#ifndef TESTS_LIB_IMPORTED_ORDER_H
#define TESTS_LIB_IMPORTED_ORDER_H

#include "shop/command/commands.h"

struct imported_wish {
    uint64_t number;
    uint64_t at_ms; /* placed; the last step is 2 ms later */
    uint32_t customer;
    uint32_t products[2];
    uint16_t places[2]; /* of the parcels */
};

enum { IMPORTED_MOVES = 5 };

struct imported_order {
    struct order order;
    struct order_line lines[2];
    struct order_move moves[IMPORTED_MOVES];
    struct order_shipment shipments[2];
    struct order_shipment_line parcel_lines[2];
    struct order_payment payment;
    struct order_import_command command;
};

/* Fills `made`, whose parts point at each other: it stays where it is. */
void imported_order_make(struct imported_order *made, const struct imported_wish *wish);

#endif
