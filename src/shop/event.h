/*
 * event.h - what happened, as bytes: the only way the state of a shop changes and the only thing
 * that is made durable. An event is a result (3 reserved, 2 left), never an order to compute again.
 *
 * On disk and on the wire: a 32-byte header, then the payload of its type, then 0-7 zero bytes up
 * to a multiple of 8. Little-endian; every struct below is the layout itself. A released layout
 * never changes: a new field is a new version with a decoder of its own, and tests/contract/
 * replays a journal of every version ever released.
 *
 *   offset bytes  header
 *        0     4  length of the whole event, header and padding included
 *        4     2  type (enum event_type)
 *        6     2  version
 *        8     4  CRC-32C of everything behind this field
 *       12     4  region number (1 = main)
 *       16     8  event number: 1, 2, 3, ... without a gap
 *       24     8  time, ms since 1970
 */
#ifndef SHOP_EVENT_H
#define SHOP_EVENT_H

#include "base/buffer.h"
#include "base/hash.h"
#include "base/text.h"
#include "shop/err.h"
#include "shop/event_imported.h"
#include "shop/order.h"
#include "shop/pricing/pricing.h"
#include "shop/product.h"
#include "shop/review.h"

#include <stdbool.h>
#include <stdint.h>

enum event_type {
    EVENT_SHOP_CREATED = 1,
    EVENT_PROCESS_STARTED = 2,
    EVENT_PRODUCT_PUT = 3, /* payload: the product block of product.h */
    EVENT_CATEGORY_PUT = 4,
    EVENT_LOCATION_PUT = 5,
    EVENT_STOCK_MOVED = 6,
    EVENT_CUSTOMER_PUT = 7,
    EVENT_CONTACTS_ERASED = 8,
    EVENT_CART_CHANGED = 9,
    EVENT_ORDER_PLACED = 10,
    EVENT_ORDER_CHANGED = 11,
    EVENT_PRICING_SET = 12,
    EVENT_ACCOUNT_PUT = 13,
    EVENT_TOKEN_CHANGED = 14,
    EVENT_API_KEY_PUT = 15,
    EVENT_REVIEW_PUT = 16,
    EVENT_RESET_ASKED = 17,
    EVENT_ORDER_CORRECTED = 18,
    EVENT_OPERATOR_ACTED = 19,
    EVENT_PAYMENT_RECEIVED = 20,
    EVENT_PAYMENT_ORPHANED = 21,
    EVENT_REFUND_DUE = 22,
    EVENT_CART_EXPIRING = 23,
    EVENT_CART_EXPIRED = 24,
    EVENT_SHIPMENT_UPDATED = 25,
    EVENT_ORDER_IMPORTED = 26, /* payload: event_imported.h */
    /* always last */
    EVENT_TYPE_LIMIT
};

enum { EVENT_VERSION = 1, EVENT_REGION_MAIN = 1, EVENT_SIZE_MAX = 1 << 22 };

struct event {
    uint32_t length;
    uint16_t type;
    uint16_t version;
    uint32_t crc;
    uint32_t region;
    uint64_t number;
    uint64_t time_ms;
};

_Static_assert(sizeof(struct event) == 32, "on-disk layout");
#define EVENT_PAYLOAD_MAX (EVENT_SIZE_MAX - sizeof(struct event))

struct event_shop_created {
    uint32_t currency;
    uint32_t zero;
    uint64_t timeline; /* random; a restore from a backup starts another */
};

struct event_process_started {
    uint64_t epoch; /* 1, 2, ...: the upper part of cart numbers */
    uint64_t timeline;
};

struct event_category_put {
    uint32_t number;
    uint32_t parent;
    uint32_t name_length;
    uint32_t zero;
    /* name */
};

struct event_location_put {
    uint16_t number;
    uint16_t name_length;
    int32_t priority;
    /* name */
};

enum stock_reason {
    STOCK_RECEIVED = 1,
    STOCK_CORRECTED = 2,
    STOCK_DAMAGED = 3,
    STOCK_RETURNED = 4,
    STOCK_TRANSFERRED = 5, /* two rows */
    STOCK_COUNTED = 6,
};

/* Stock of one product at one place, after the event. */
struct event_stock_row {
    uint32_t product;
    uint16_t location;
    uint16_t zero;
    int64_t change; /* of on_hand */
    uint32_t on_hand;
    uint32_t reserved;
};

_Static_assert(sizeof(struct event_stock_row) == 24, "on-disk layout");

struct event_stock_moved {
    uint16_t reason; /* enum stock_reason */
    uint16_t row_count;
    uint32_t zero;
    /* struct event_stock_row[row_count] */
};

struct event_customer_put {
    uint32_t number;
    uint8_t tier; /* 0 or 1 before there were tiers */
    uint8_t is_erased;
    uint16_t zero;
    uint64_t contact;
};

struct event_contacts_erased {
    uint32_t customer; /* 0 = of guests */
    uint32_t count;
    /* uint64_t contacts[count]: the store deletes these rows in the same commit */
};

struct event_cart_line {
    uint32_t product;
    uint32_t quantity; /* afterwards; 0 = taken out */
};

struct event_cart_changed {
    uint64_t cart;
    uint64_t contact;
    uint32_t customer;
    uint32_t line_count;
    /* struct event_cart_line[line_count]: the changed lines only */
};

struct event_order_line {
    uint32_t product;
    uint32_t quantity;
    int64_t unit_price_minor;
    int64_t discount_minor;
    uint16_t rule_mask;
    uint16_t zero[3];
};

_Static_assert(sizeof(struct event_order_line) == 32, "on-disk layout");

/* What a line takes from, or gives back to, one place; and that place afterwards. */
struct event_order_part {
    uint32_t line;
    uint32_t quantity;
    uint16_t location;
    uint16_t zero;
    uint32_t on_hand;
    uint32_t reserved;
};

_Static_assert(sizeof(struct event_order_part) == 20, "on-disk layout");

/* Reserves every part and empties the cart. */
struct event_order_placed {
    uint64_t order;
    uint64_t cart;
    uint64_t contact;
    uint64_t previous;
    uint8_t key[16];
    uint64_t body_hash;
    uint32_t customer;
    uint32_t currency;
    uint32_t pricing_version;
    uint8_t actor;
    uint8_t zero[3];
    struct order_totals totals;
    uint32_t line_count;
    uint32_t part_count;
    /* struct event_order_line[line_count], struct event_order_part[part_count] */
};

_Static_assert(sizeof(struct event_order_placed) == 120, "on-disk layout");

/* A line that a cancellation made smaller. */
struct event_order_line_change {
    uint32_t line;
    uint32_t quantity;       /* taken off */
    uint32_t quantity_after; /* still ordered */
    uint32_t zero;
    int64_t discount_after_minor;
};

/* Confirmed, cancelled in part or whole, shipped or delivered. */
struct event_order_changed {
    uint64_t order;
    struct order_totals totals; /* afterwards */
    uint8_t action;             /* enum order_action */
    uint8_t state;              /* enum order_state, afterwards */
    uint8_t actor;
    uint8_t zero;
    uint32_t shipment;     /* its number, when shipped or delivered; 0 = every parcel delivered */
    uint16_t location;     /* of the shipment */
    uint16_t line_count;   /* cancelled */
    uint32_t part_count;   /* given back (cancelled) or gone out (shipped) */
    uint16_t text1_length; /* reason, or carrier */
    uint16_t text2_length; /* tracking number */
    uint32_t zero2;
    /* struct event_order_line_change[line_count], struct event_order_part[part_count], text1, text2
     */
};

_Static_assert(sizeof(struct event_order_changed) == 72, "on-disk layout");

struct event_pricing_set {
    uint32_t version;
    uint16_t policy;
    uint16_t rule_count;
    /* struct pricing_rule[rule_count] */
};

/* What an account may do; its password, where sets_password, is in the customer's contact. */
struct event_account_put {
    uint32_t customer;
    uint8_t role; /* enum role */
    uint8_t sets_password;
    uint16_t zero;
};

/* Somebody logged in, or a token is worth nothing any more. */
struct event_token_changed {
    uint8_t digest[HASH_DIGEST_SIZE];
    uint64_t expires_ms; /* 0 when it ends */
    uint32_t customer;
    uint8_t is_ended;
    uint8_t zero[3];
};

_Static_assert(sizeof(struct event_token_changed) == 48, "on-disk layout");

/* The cart ends soon: for whoever it belongs to. */
struct event_cart_expiring {
    uint64_t cart;
    uint64_t contact; /* as it has it; 0 = none, like customer */
    uint64_t expires_ms;
    uint32_t customer;
    uint32_t line_count; /* > 0 */
};

/* Its lines are gone. Its contact stays with it for as long a time again, so that somebody can be
 * told. */
struct event_cart_expired {
    uint64_t cart;
    uint64_t contact;
    uint32_t customer;
    uint32_t line_count; /* that it had; > 0 */
};

/* What the gateway said, once per id. The move that comes of it is the next event. */
struct event_payment_received {
    uint64_t order;
    int64_t amount_minor;
    uint64_t occurred_ms; /* by the gateway's clock; 0 = not said */
    uint32_t currency;    /* 0 = no amount was named */
    uint8_t kind;         /* enum payment_kind: succeeded or failed */
    uint8_t outcome;      /* enum payment_outcome */
    uint16_t zero;
    uint16_t id_length; /* > 0 */
    uint16_t reference_length;
    uint32_t zero2;
    /* id of the gateway's event, reference of the payment */
};

_Static_assert(sizeof(struct event_payment_received) == 40, "on-disk layout");

/* The money of the event before belongs to no order that wants it: a person decides. */
struct event_payment_orphaned {
    uint64_t order;
    int64_t amount_minor;
    uint32_t currency;
    uint8_t why; /* enum payment_orphan */
    uint8_t zero;
    uint16_t reference_length;
    /* reference of the payment */
};

_Static_assert(sizeof(struct event_payment_orphaned) == 24, "on-disk layout");

/* Captured money that the event before made too much: for the gateway's side to pay back. */
struct event_refund_due {
    uint64_t order;
    int64_t amount_minor; /* > 0 */
    uint32_t currency;
    uint16_t reference_length;
    uint16_t zero;
    /* reference of the payment that captured it */
};

_Static_assert(sizeof(struct event_refund_due) == 24, "on-disk layout");

/* What a carrier said about a parcel, once per id. That it arrived is the next event. */
struct event_shipment_updated {
    uint64_t order;
    uint64_t occurred_ms; /* by the carrier's clock */
    uint32_t shipment;
    uint8_t status; /* enum tracking_status */
    uint8_t zero;
    uint16_t id_length; /* > 0 */
    uint16_t code_length;
    uint16_t zero2[3];
    /* id of the carrier's event, its own code for what happened */
};

_Static_assert(sizeof(struct event_shipment_updated) == 32, "on-disk layout");

/* Somebody has forgotten a password: whoever has the token of reset_token.h for this customer and
 * the number of this event may set another, until then. Followers send it to the contact. */
struct event_reset_asked {
    uint32_t customer;
    uint32_t zero;
    uint64_t contact;
    uint64_t expires_ms;
};

/* The key of a service: made, or (the same again) revoked. */
struct event_api_key_put {
    uint8_t digest[HASH_DIGEST_SIZE];
    uint64_t expires_ms; /* 0 = never */
    uint32_t number;
    uint32_t scopes; /* operator.h */
    uint16_t name_length;
    uint8_t is_revoked;
    uint8_t zero;
    uint32_t zero2;
    /* name */
};

_Static_assert(sizeof(struct event_api_key_put) == 56, "on-disk layout");

/* A review as it is now. The rating of the product, where it changes, is the next event. */
struct event_review_put {
    uint64_t contact; /* its words; 0 = none any more */
    uint32_t number;
    uint32_t product;
    uint32_t customer;
    uint32_t elsewhere_count; /* what the product is rated besides */
    uint16_t elsewhere_x100;
    uint8_t stars; /* 1-5 */
    uint8_t state; /* enum review_state */
    uint32_t zero;
};

_Static_assert(sizeof(struct event_review_put) == 32, "on-disk layout");

/* Whom an order is for, or where it goes, was corrected: its contact says otherwise from now on.
 * Who followed the order reads it again. */
struct event_order_corrected {
    uint64_t order;
    uint64_t contact;
    uint8_t actor;
    uint8_t fields; /* bits of enum order_corrected */
    uint16_t zero;
    uint32_t zero2;
};

enum order_corrected {
    CORRECTED_CONTACT = 1,
    CORRECTED_SHIPPING = 2,
    CORRECTED_BILLING = 4,
    CORRECTED_METADATA = 8,
    CORRECTED_ALL = 15
};

/* Who of the operators has made the events from `first_event` up to this one. */
struct event_operator_acted {
    uint64_t first_event;
    uint64_t subject; /* number of what was acted on */
    uint32_t number;  /* of the service's key, or of the customer who is of the staff */
    uint8_t kind;     /* enum operator_kind */
    uint8_t subject_kind;
    uint16_t action_length; /* > 0 */
    /* action: the command's name */
};

_Static_assert(sizeof(struct event_operator_acted) == 24, "on-disk layout");
enum { EVENT_ACTION_MAX = 32 };

/* The payload behind the header. */
static inline const void *event_payload(const struct event *event)
{
    return event + 1;
}

/* The order that the event changes, and that must be in memory to apply it; 0 = none. */
uint64_t event_changed_order(const struct event *event);

/*
 * Appends an event with `payload_size` zeroed bytes of payload to fill in; number and checksum come
 * with event_seal(). The pointer is good until the next append.
 */
void *event_append(struct buffer *events, enum event_type type, size_t payload_size,
                   uint64_t now_ms) MUST_USE;
/* Numbers the event at `offset` and writes its checksum; returns the offset of the next one. */
size_t event_seal(struct buffer *events, size_t offset, uint64_t number);

/*
 * Walks events in a run of bytes: false at the end, and *damaged_out when the bytes there are not a
 * whole, well-formed event of a known type and version with a right checksum. `bytes` must be
 * 8-aligned (what a database lends may not be: copy it first); *offset starts at 0.
 */
bool event_next(const void *bytes, size_t size, size_t *offset, const struct event **event_out,
                bool *damaged_out) MUST_USE;

/* Typed views into a payload that event_next() has accepted. */
struct text event_api_key_name(const struct event_api_key_put *put);
struct text event_acted_action(const struct event_operator_acted *acted);
struct text event_category_name(const struct event_category_put *put);
struct text event_location_name(const struct event_location_put *put);
const struct event_stock_row *event_stock_rows(const struct event_stock_moved *moved);
const uint64_t *event_contacts(const struct event_contacts_erased *erased);
const struct event_cart_line *event_cart_lines(const struct event_cart_changed *changed);
const struct event_order_line *event_order_lines(const struct event_order_placed *placed);
const struct event_order_part *event_order_parts(const struct event_order_placed *placed);
const struct event_order_line_change *
event_order_line_changes(const struct event_order_changed *changed);
const struct event_order_part *event_order_changed_parts(const struct event_order_changed *changed);
struct text event_order_text1(const struct event_order_changed *changed);
struct text event_order_text2(const struct event_order_changed *changed);
struct text event_shipment_id(const struct event_shipment_updated *updated);
struct text event_shipment_code(const struct event_shipment_updated *updated);
struct text event_payment_id(const struct event_payment_received *received);
struct text event_payment_reference(const struct event_payment_received *received);
struct text event_orphaned_reference(const struct event_payment_orphaned *orphaned);
struct text event_refund_reference(const struct event_refund_due *due);
const struct pricing_rule *event_pricing_rules(const struct event_pricing_set *set);

/* Numbers are given out with gaps. */
bool event_type_is_known(uint32_t type);
const char *event_type_name(enum event_type type); /* "order_placed" */

#endif
