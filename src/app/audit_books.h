/*
 * audit_books.h - the auditor's own books, shared by the audit_*.c files and by nobody else.
 *
 * struct order serves as a form to write on; nothing here calls the code that moves orders, carts
 * or stock in shop/.
 */
#ifndef APP_AUDIT_BOOKS_H
#define APP_AUDIT_BOOKS_H

#include "app/audit.h"
#include "base/map.h"

struct book_product {
    uint32_t version; /* 0 = not seen */
    uint32_t category;
    int64_t price_minor;
    uint64_t sku_hash;
    uint64_t block_hash;
    uint32_t rating_count; /* as shown */
    uint16_t rating_x100;
    uint32_t elsewhere_count; /* what it was rated besides, when the first review came */
    uint16_t elsewhere_x100;
    uint32_t review_count; /* that are shown */
    uint64_t stars;        /* of all of them */
};

/* A product at a location. */
struct book_place {
    uint32_t product;
    uint32_t location;
    int64_t on_hand;
    int64_t reserved;
    int64_t sold;
};

struct book_customer {
    uint64_t contact;
    uint64_t last_order;
    uint64_t password_event;
    uint64_t reset_event;
    uint32_t tokens; /* that were not ended */
    uint8_t role;
    uint8_t tier;
    bool is_erased;
};

struct book_api_key {
    uint32_t scopes;
    bool is_revoked;
};

struct book_review {
    uint64_t contact;
    uint32_t product;
    uint32_t customer;
    uint8_t stars;
    uint8_t state;
};

struct book_cart {
    uint64_t number;
    uint64_t contact;
    uint64_t touched_ms;
    uint64_t expires_ms; /* as a warning said; 0 = none since it was touched */
    uint32_t customer;
    uint32_t line_count;
    uint32_t line_capacity;
    struct cart_line *lines;
};

struct book_parcel {
    uint64_t shipped_ms;
    uint64_t delivered_ms;
    uint64_t content_hash;
    uint32_t location;
};

/* An order that may still change. */
struct book_live {
    struct order order; /* its moves and shipments are the fields below */
    uint64_t moves_hash;
    uint32_t parcel_count;
    struct book_parcel *parcels;
};

struct book_order {
    struct book_live *live; /* NULL = it can be moved no more */
    uint64_t digest;        /* then: of everything about it */
    uint64_t cart;
    uint64_t contact;
    uint64_t last_event;
    int64_t total_minor;
    int64_t paid_minor;     /* captured, less what is due back */
    uint64_t trail_hash;    /* of all that carriers said, summed */
    uint64_t payments_hash; /* of all that happened to its money, in order */
    uint32_t currency;
    uint8_t state;
    bool was_captured;
};

/* What the event before makes the next one have to be; 0 = anything. */
struct book_expected {
    uint64_t order;
    uint16_t type;     /* enum event_type */
    uint8_t action;    /* of EVENT_ORDER_CHANGED */
    uint8_t actor;     /* whose word it is: gateway or carrier */
    bool is_met;       /* this event is the one */
    int64_t due_minor; /* of EVENT_REFUND_DUE */
};

enum book_contact { BOOK_CONTACT_UNSEEN = 0, BOOK_CONTACT_NAMED, BOOK_CONTACT_ERASED };

/* Arrays are by number, [0] unused, and grow. */
struct audit {
    struct audit_options options;
    struct audit_totals totals;
    uint64_t last_event;
    uint64_t last_ms;
    uint64_t start_ms; /* of the last process */
    uint64_t epoch;
    uint32_t currency;
    uint32_t pricing_version;
    struct pricing pricing; /* in force */
    uint32_t category_count;
    uint32_t category_capacity;
    uint32_t *category_parents;
    uint32_t location_count;
    uint32_t product_count;
    uint32_t product_capacity;
    struct book_product *products;
    struct map skus;         /* hash -> product */
    struct map place_by_key; /* product << 16 | location -> position in places */
    uint32_t place_count;
    uint32_t place_capacity;
    struct book_place *places;
    uint32_t customer_count;
    uint32_t customer_capacity;
    struct book_customer *customers;
    struct map carts; /* -> struct book_cart * */
    uint64_t order_count;
    uint64_t order_capacity;
    uint64_t order_created_ms; /* of the newest */
    struct book_order *orders;
    uint32_t api_key_count;
    uint32_t api_key_capacity;
    struct book_api_key *api_keys;
    uint32_t review_count;
    uint32_t review_capacity;
    struct book_review *reviews;
    struct map review_pairs; /* customer << 32 | product -> review */
    uint32_t reviewed;       /* product whose rating the next event may have to bring; 0 = none */
    struct map tokens;       /* first 8 bytes of the digest -> customer */
    struct map
        tracking_ids; /* hash of order, parcel and the id of the carrier's event -> its number */
    struct map payment_ids; /* hash of order and the id of the gateway's event -> its number */
    struct book_expected expected;
    struct map keys; /* first 8 bytes of the idempotency key -> order */
    uint64_t contact_count;
    uint64_t contact_capacity;
    uint8_t *contacts; /* enum book_contact */
};

/* audit.c: one finding. */
void audit_find(struct audit *audit, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for [count]: doubles *capacity and zeroes what is new. */
void *audit_reserve(void *array, uint64_t count, uint64_t *capacity, size_t size) MUST_USE;
/* NULL when nothing of the product ever lay there. */
struct book_place *audit_place_find(const struct audit *audit, uint32_t product, uint32_t location);
struct book_cart *audit_cart_find(const struct audit *audit, uint64_t number);
/* An event names a contact. */
void audit_contact_named(struct audit *audit, uint64_t contact);

/* audit_orders.c */
void audit_cart_changed(struct audit *audit, const struct event *event);
void audit_cart_expiring(struct audit *audit, const struct event *event);
void audit_cart_expired(struct audit *audit, const struct event *event);
void audit_order_corrected(struct audit *audit, const struct event *event);
void audit_order_placed(struct audit *audit, const struct event *event);
void audit_cart_forget(struct audit *audit, uint64_t number);
void audit_live_free(struct book_live *live);
/* Changes what a place has on hand and has promised, and compares with what the part says of it. */
void audit_move_reserved(struct audit *audit, uint64_t order, uint32_t product,
                         const struct event_order_part *part, int64_t reserved, int64_t on_hand);
/* The chain of orders of a customer, and of a guest with one cart: order `number` follows the one
 * that `previous` says. */
void audit_note_history(struct audit *audit, uint64_t number, uint64_t cart, uint32_t customer,
                        uint64_t previous);
/* The totals are the sum of the lines. */
void audit_check_totals(struct audit *audit, const struct order *order);

/* audit_accounts.c */
void audit_account_put(struct audit *audit, const struct event *event);
void audit_api_key_put(struct audit *audit, const struct event *event);
void audit_operator_acted(struct audit *audit, const struct event *event);
void audit_reset_asked(struct audit *audit, const struct event *event);
void audit_token_changed(struct audit *audit, const struct event *event);
/* The customer was erased: nothing of its account may be left. */
void audit_account_erased(struct audit *audit, uint32_t number);
/* The tokens and keys that count in the shop are those of the books. */
void audit_compare_tokens(struct audit *audit, const struct shop *shop);

/* audit_reviews.c */
void audit_review_put(struct audit *audit, const struct event *event);
/* The rating that a product has now is the one its reviews give it. */
void audit_check_rating(struct audit *audit, uint32_t product);
/* `event` comes after a review: unless it brings the product, that has its rating already. */
void audit_check_reviewed(struct audit *audit, const struct event *event);
void audit_compare_reviews(struct audit *audit, const struct shop *shop);

/* audit_moves.c */
void audit_order_changed(struct audit *audit, const struct event *event);
/* The state that an action leads to, + 1; 0 = there is no such arrow. */
uint8_t audit_next_state(uint8_t state, uint8_t action) MUST_USE;
/* What is left of each line is what its parts still hold or have sent. */
void audit_check_pieces(struct audit *audit, const struct order *order);

/* audit_import.c */
void audit_order_imported(struct audit *audit, const struct event *event);

/* audit_payments.c */
void audit_payment_received(struct audit *audit, const struct event *event);
void audit_payment_orphaned(struct audit *audit, const struct event *event);
void audit_refund_due(struct audit *audit, const struct event *event);
void audit_shipment_updated(struct audit *audit, const struct event *event);
/* One thing that happened to the money of an order before it came here. */
void audit_note_past_payment(struct audit *audit, uint64_t order,
                             const struct order_payment *payment);
/* An order is moved: by whom it may be, and what is due back after it. */
void audit_check_money(struct audit *audit, const struct event *event);
/* The event is the one that the event before it asked for. */
void audit_check_expected(struct audit *audit, const struct event *event);

/* audit_prices.c: what the rules in force take off each line of a placed order. */
void audit_check_discounts(struct audit *audit, const struct event *event);
/* The discount of a line of which so many pieces stay ordered. */
int64_t audit_discount_left(const struct order_line *line, uint32_t quantity_left) MUST_USE;

/* audit_digest.c: hashes over everything that the books and an order must agree on, but the
 * contact. */
uint64_t audit_mix(uint64_t hash, uint64_t value) MUST_USE;
uint64_t audit_mix_move(uint64_t hash, const struct order_move *move) MUST_USE;
uint64_t audit_parcel_line(uint32_t line, uint32_t quantity) MUST_USE; /* summed over a parcel */
uint64_t audit_parcel_content(uint64_t lines_sum, struct text carrier,
                              struct text tracking_number) MUST_USE;
uint64_t audit_mix_payment(uint64_t hash, const struct order_payment *payment) MUST_USE;
uint64_t audit_hash_tracking(const struct order_tracking *step) MUST_USE;
struct book_parcel audit_parcel_of(const struct order_shipment *shipment) MUST_USE;
uint64_t audit_digest_live(const struct book_live *live) MUST_USE;
uint64_t audit_digest_order(const struct order *order) MUST_USE;

#endif
