/*
 * event_imported.h - EVENT_ORDER_IMPORTED: an order that another shop took, as it came with all its
 * past. One event carries all of it, so an order is imported whole or not at all.
 *
 * Of stock it takes what the order still holds: pieces that were neither sent nor cancelled are
 * reserved like those of an order placed here. What was sent left another shop's shelves.
 *
 *   struct event_order_imported
 *   struct event_imported_line[line_count]            40 bytes each
 *   struct event_imported_payment[payment_count]      40
 *   struct event_imported_shipment[shipment_count]    24
 *   struct event_imported_move[move_count]            16
 *   struct event_imported_part[part_count]            28, sorted by line
 *   struct order_shipment_line[parcel_line_count]      8, shipment after shipment
 *   texts: notes of the moves, carrier and tracking number of each shipment, id and reference of
 *   each payment
 */
#ifndef SHOP_EVENT_IMPORTED_H
#define SHOP_EVENT_IMPORTED_H

#include "base/arena.h"
#include "shop/order.h"
#include "shop/stock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_order_imported {
    uint64_t order;
    uint64_t contact;
    uint64_t previous;
    uint64_t created_ms;
    uint32_t customer;
    uint32_t currency;
    uint32_t pricing_version; /* in force at the import; it priced nothing here */
    uint8_t state;            /* enum order_state */
    uint8_t placed_by;        /* enum actor */
    uint16_t shipment_count;
    struct order_totals totals;
    struct order_totals totals_ordered;
    uint32_t line_count;
    uint32_t part_count;
    uint32_t move_count;
    uint32_t payment_count;
    uint32_t parcel_line_count;
    uint32_t texts_length;
};

_Static_assert(sizeof(struct event_order_imported) == 152, "on-disk layout");

struct event_imported_line {
    uint32_t product;
    uint32_t quantity_ordered;
    uint32_t quantity;
    uint32_t zero;
    int64_t unit_price_minor;
    int64_t discount_ordered_minor;
    int64_t discount_minor;
};

_Static_assert(sizeof(struct event_imported_line) == 40, "on-disk layout");

struct event_imported_payment {
    uint64_t at_ms;
    uint64_t occurred_ms;
    int64_t amount_minor;
    uint32_t currency;
    uint8_t kind;
    uint8_t outcome;
    uint16_t id_length;
    uint16_t reference_length;
    uint16_t zero[3];
};

_Static_assert(sizeof(struct event_imported_payment) == 40, "on-disk layout");

struct event_imported_shipment {
    uint64_t shipped_ms;
    uint64_t delivered_ms; /* 0 = on its way */
    uint16_t location;
    uint16_t line_count; /* > 0 */
    uint16_t carrier_length;
    uint16_t tracking_length;
};

_Static_assert(sizeof(struct event_imported_shipment) == 24, "on-disk layout");

struct event_imported_move {
    uint64_t at_ms;
    uint8_t action; /* enum order_action */
    uint8_t state;  /* enum order_state, afterwards */
    uint8_t actor;  /* enum actor */
    uint8_t zero;
    uint32_t note_length;
};

_Static_assert(sizeof(struct event_imported_move) == 16, "on-disk layout");

/* What a line had of one place; and that place afterwards, if anything of the product ever lay
 * there. */
struct event_imported_part {
    uint32_t line;
    uint16_t location;
    uint16_t has_stock; /* 0: nothing ever did, and the part reserves nothing */
    uint32_t reserved_ordered;
    uint32_t reserved;
    uint32_t shipped;
    uint32_t stock_on_hand;
    uint32_t stock_reserved;
};

_Static_assert(sizeof(struct event_imported_part) == 28, "on-disk layout");

/* For an arena in which imported_read() makes an order: the largest event needs no more. */
enum { IMPORTED_ARENA_BLOCK = 16384 };
#define IMPORTED_ARENA_MAX ((size_t)16 << 20)

/* Bytes of payload that the order takes. */
size_t imported_size(const struct order *order);
/* Writes the order (its trail is left out) into imported_size() zeroed bytes. What each part says
 * of its place is read from `stock`, and what the part reserves is added. */
void imported_write(const struct order *order, const struct stock *stock, void *payload);
/* Whether `size` bytes are a payload: counts, lengths and numbers stay within the bytes and the
 * limits of the shop. *exact_out is the size without the padding. */
bool imported_is_valid(const void *payload, size_t size, size_t *exact_out) MUST_USE;
/* The order again, in the arena, its texts borrowed from the payload; last_event is the caller's.
 */
struct order *imported_read(const struct event_order_imported *imported,
                            struct arena *arena) MUST_USE;

/* Views into a payload that is valid. */
const struct event_imported_line *imported_lines(const struct event_order_imported *imported);
const struct event_imported_part *imported_parts(const struct event_order_imported *imported);

#endif
