/*
 * order.h - the life of an order.
 *
 *   PENDING --confirm--> CONFIRMED --ship--> SHIPPED --deliver--> DELIVERED
 *      |                     |                |  ^
 *      +-------cancel--------+-----cancel--+  +--+ a further parcel, one parcel of several
 * delivered
 *                                          |
 *                                          +--> CANCELLED
 *
 * The table in order.c is this picture; order_next() reads it and nothing else decides. Cancelling
 * a part leaves the state as it is; cancelling all that is left makes it CANCELLED. Line totals
 * fall pro rata with what is cancelled and are never priced again.
 */
#ifndef SHOP_ORDER_H
#define SHOP_ORDER_H

#include "base/arena.h"
#include "base/map.h"
#include "shop/err.h"
#include "shop/money.h"
#include "shop/payment.h"
#include "shop/tracking.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ORDER_LINES_MAX = 2000,
    ORDER_LINE_SHIFT = 12,
    ORDER_NOTE_MAX = 500,
    ORDER_SHIPMENTS_MAX = 100
};
enum { ORDER_NUMBER_FIRST = 1000000 }; /* shown to people: this + number */

enum order_state {
    ORDER_PENDING = 0,
    ORDER_CONFIRMED,
    ORDER_SHIPPED,
    ORDER_DELIVERED,
    ORDER_CANCELLED,
    /* always last */
    ORDER_STATE_COUNT
};

enum order_action {
    ORDER_CONFIRM = 0,
    ORDER_CANCEL_PART, /* something stays ordered */
    ORDER_CANCEL_ALL,
    ORDER_SHIP,
    ORDER_DELIVER_PART, /* something is still to be shipped or delivered */
    ORDER_DELIVER_ALL,
    /* always last */
    ORDER_ACTION_COUNT
};

/* Who did it; kept with every move. */
enum actor {
    ACTOR_GUEST = 0,
    ACTOR_CUSTOMER,
    ACTOR_OPERATOR,
    ACTOR_GATEWAY,
    ACTOR_SYSTEM,
    ACTOR_CARRIER,
    ACTOR_COUNT
};

struct order_line {
    uint32_t product;
    uint32_t quantity_ordered;
    uint32_t quantity;  /* what cancelling has left */
    uint16_t rule_mask; /* of the pricing version that priced the order */
    uint16_t zero;
    int64_t unit_price_minor;
    int64_t discount_ordered_minor;
    int64_t discount_minor; /* total = unit price x quantity - discount */
};

/* Stock that a line holds: `reserved` falls to 0 as it is cancelled or shipped. */
struct order_part {
    uint32_t line;
    uint16_t location;
    uint16_t zero;
    uint32_t reserved;
    uint32_t shipped;
    uint32_t reserved_ordered; /* when placed */
};

struct order_totals {
    int64_t subtotal_minor;
    int64_t discount_minor;
    int64_t shipping_minor;
    int64_t tax_minor;
    int64_t total_minor; /* subtotal - discount + shipping + tax */
};

/* A step of its history behind the first (placed, which is created_ms and the actor). */
struct order_move {
    uint64_t at_ms;
    uint8_t action; /* enum order_action */
    uint8_t state;  /* enum order_state, afterwards */
    uint8_t actor;  /* enum actor */
    uint8_t zero;
    uint32_t note_length;
    const char *note; /* reason of a cancellation; borrowed from the order's own blocks */
};

struct order_shipment_line {
    uint32_t line;
    uint32_t quantity;
};

struct order_shipment {
    struct order_shipment *next; /* oldest first */
    uint32_t number;             /* 1, 2, ... within the order */
    uint16_t location;
    uint16_t line_count;
    uint64_t shipped_ms;
    uint64_t delivered_ms; /* 0 = on its way */
    struct text carrier;
    struct text tracking_number;
    struct order_shipment_line *lines;
};

struct order {
    uint64_t number; /* dense, from 1 */
    uint64_t cart;
    uint64_t contact;  /* 0 = none or erased */
    uint64_t previous; /* the same customer's (a guest's: the same cart's) order before; 0 = none */
    uint64_t created_ms;
    uint64_t last_event; /* number of the event that changed it last */
    uint8_t key[16];     /* hash of the idempotency key */
    uint64_t body_hash;
    uint32_t customer; /* 0 = guest */
    uint32_t currency;
    uint32_t pricing_version;
    uint8_t state;
    uint8_t placed_by; /* enum actor */
    uint16_t zero;
    struct order_totals totals;
    struct order_totals totals_ordered;
    uint32_t line_count;
    uint32_t part_count;
    uint32_t move_count;
    uint32_t move_capacity;
    struct order_line *lines;
    struct order_part *parts; /* sorted by line */
    struct order_move *moves;
    struct order_shipment *shipments;
    struct order_payment *payments;
    struct order_tracking *trail; /* of all its shipments */
};

/* The state after `action`, or ERR_ORDER_TRANSITION with value = the state it is in. */
struct err order_next(enum order_state state, enum order_action action,
                      enum order_state *state_out) MUST_USE;
const char *order_state_name(enum order_state state);    /* "pending" */
const char *order_action_name(enum order_action action); /* "confirm" */
const char *actor_name(enum actor actor);                /* "operator" */

/* What is wrong with an order, in words that begin with the field; NULL = nothing. Who and what it
 * is (numbers, currency, state, actors) must be right already. */
const char *order_find_fault(const struct order *order) MUST_USE;
/* Aborts if the order breaks an invariant; called before writing and after reading one. */
void order_check(const struct order *order);

/* Captured and not yet due back. */
int64_t order_paid_minor(const struct order *order);

/* Where the parts of `line` begin: its parts are [order_first_part(line), order_first_part(line +
 * 1)). */
uint32_t order_first_part(const struct order *order, uint32_t line);

/* Pieces of the product at the location that the order holds. */
uint32_t order_held(const struct order *order, uint32_t product, uint16_t location);

/* A deep copy in the arena: what an answer carries to another thread. */
struct order *order_copy(struct arena *arena, const struct order *order) MUST_USE;
/* The same, as it was when placed (the answer to a repeated checkout). */
struct order *order_copy_placed(struct arena *arena, const struct order *order) MUST_USE;

/* Orders in memory: those not folded into tables yet and the recently used. */
struct orders {
    struct map by_number; /* -> struct order * */
    uint64_t last_number;
    uint64_t last_created_ms; /* of the order with that number */
};

void orders_init(struct orders *orders);
void orders_release(struct orders *orders);
/* NULL when it is not in memory: it sleeps in the tables if number <= last_number. */
struct order *order_find(const struct orders *orders, uint64_t number);
/* A new order with room for so many lines and parts; number must not be in memory. */
struct order *order_create(struct orders *orders, uint64_t number, uint32_t line_count,
                           uint32_t part_count);
/* Copies an order that was read from the tables into memory. */
struct order *order_adopt(struct orders *orders, const struct order *image);
void order_add_move(struct order *order, const struct order_move *move);
void order_add_shipment(struct order *order, const struct order_shipment *shipment);
void order_add_payment(struct order *order, const struct order_payment *payment);
/* To its place in the trail. */
void order_add_tracking(struct order *order, const struct order_tracking *step);
/* Takes it out of memory (it sleeps in the tables). */
void order_forget(struct orders *orders, uint64_t number);

/* Orders with pieces of a product, by the tables: those that were delivered come first. */
enum { PURCHASES_MAX = 50 };
struct purchases {
    struct purchase {
        uint64_t order;
        bool is_delivered;
    } * orders;
    uint32_t count;
};

#endif
