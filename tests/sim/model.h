/*
 * model.h - the auditor's own books: what a shop of a few products must answer, written a second
 * time without any code of src/shop. Small arrays, no cleverness: it must be right by looking at
 * it.
 *
 * Each model_*() call says what the shop has to answer and changes the books accordingly.
 */
#ifndef TESTS_SIM_MODEL_H
#define TESTS_SIM_MODEL_H

#include "shop/err.h"
#include "shop/order.h"
#include "shop/review.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    MODEL_PRODUCTS = 9,       /* numbers from 1 on, index 0 unused; so many SKUs, too */
    MODEL_PRODUCTS_FIRST = 6, /* there from the beginning */
    MODEL_CATEGORIES = 512,   /* numbers from 1 on; more than there is time for */
    MODEL_CATEGORY_NAMES = 8,
    MODEL_CATEGORIES_FIRST = 5, /* there from the beginning: the first names, at the top */
    MODEL_LEVELS_MAX = 12,      /* of categories below one another */
    MODEL_LOCATIONS = 3,
    MODEL_CARTS = 8,
    MODEL_CUSTOMERS = 3, /* numbers 1..3: who buys and writes; others only come */
    MODEL_EMAILS = 12,   /* of those who come */
    MODEL_IMPORT_LINES = 2,
    MODEL_ORDERS_MAX = 2048,
    MODEL_SHIPMENTS_MAX = 16,
    MODEL_PAYMENT_IDS = 6,    /* words of the gateway about one order */
    MODEL_PAYMENT_MS = 60000, /* until an unpaid order ends */
    MODEL_CART_MS = 30000,    /* until a cart that nobody touches expires */
    MODEL_WARNING_MS = 8000,
    MODEL_GRACE_MS = 15000,
    MODEL_GAP_MS = 60000, /* longer between two looks at the clock: it jumped */
};

struct model_product {
    bool archived;
    int64_t price;
    uint32_t category;
    uint32_t version;
    int64_t on_hand[MODEL_LOCATIONS + 1];
    int64_t reserved[MODEL_LOCATIONS + 1];
};

struct model_cart {
    uint64_t number;
    uint32_t customer;
    uint64_t touched_ms;
    uint64_t expires_ms; /* as a warning said; 0 = none */
    uint32_t line_count;
    uint32_t products[MODEL_PRODUCTS];
    int64_t quantities[MODEL_PRODUCTS];
};

struct model_line {
    uint32_t product;
    int64_t ordered;
    int64_t quantity;
    int64_t price;
    int64_t discount_ordered;
    int64_t discount;
    int64_t reserved[MODEL_LOCATIONS + 1];
    int64_t shipped[MODEL_LOCATIONS + 1];
};

struct model_shipment {
    uint32_t location;
    bool delivered;
    bool said[MODEL_PAYMENT_IDS]; /* by id: a carrier said so */
};

enum model_money {
    MONEY_UNSAID = 0,
    MONEY_CONFIRMED,
    MONEY_CAPTURED,
    MONEY_CANCELLED,
    MONEY_ORPHANED,
    MONEY_IGNORED
};

/* An order as another shop had it. */
struct model_import {
    uint64_t number;
    uint64_t placed_ms; /* and when all else of it happened */
    uint32_t customer;
    enum order_state state;
    uint32_t line_count;
    struct {
        uint32_t product;
        int64_t ordered;
        int64_t quantity;
        int64_t sent;
        int64_t price;
        int64_t discount_ordered;
    } lines[MODEL_IMPORT_LINES];
    uint32_t place; /* where everything was sent from */
    bool is_delivered;
    bool is_paid;
    uint32_t payment; /* its id */
    bool is_false;    /* its total does not add up */
};

struct model_order {
    uint64_t cart;
    uint32_t customer;
    uint64_t key;
    uint64_t body;
    uint64_t placed_ms;
    enum order_state state;
    uint32_t line_count;
    struct model_line lines[MODEL_PRODUCTS];
    enum model_money said[MODEL_PAYMENT_IDS]; /* by id: what came of it */
    bool captured;
    int64_t paid;   /* less what is due back */
    bool is_erased; /* whom it was sent to */
    uint32_t shipment_count;
    struct model_shipment shipments[MODEL_SHIPMENTS_MAX];
};

struct model_category {
    uint32_t parent; /* 0 = top */
    uint32_t name;
};

struct model_review {
    bool written; /* there is a row */
    enum review_state state;
    uint32_t stars;
};

struct model {
    struct model_review reviews[MODEL_CUSTOMERS + 1][MODEL_PRODUCTS + 1];
    uint32_t product_count;
    struct model_product products[MODEL_PRODUCTS + 1];
    bool sku_taken[MODEL_PRODUCTS];
    uint32_t category_count;
    struct model_category categories[MODEL_CATEGORIES + 1];
    struct model_cart carts[MODEL_CARTS];
    uint32_t customer_count;
    bool is_member[MODEL_CUSTOMERS + 1];
    bool is_erased[MODEL_CUSTOMERS + 1];
    uint32_t has_email[MODEL_EMAILS]; /* who of those who came; 0 = nobody */
    uint64_t now_ms;                  /* by which the shop decides; the caller's to set */
    uint64_t look_ms;                 /* the last look at the clock since the start; 0 = none */
    uint64_t quiet_until_ms;
    bool bulk;       /* 10 % off a line of 5 and more */
    bool membership; /* 15 % off for members */
    bool stacked;    /* both, one after the other; else the better */
    uint64_t order_count;
    struct model_order orders[MODEL_ORDERS_MAX + 1]; /* [0] unused */
};

/* What the shop must answer. */
struct verdict {
    enum err_code code;
    uint64_t order;       /* checkout: its number */
    int64_t total;        /* checkout, or of the order afterwards */
    uint32_t short_count; /* ERR_OUT_OF_STOCK: lines that cannot be filled */
    bool is_replay;
    enum model_money money; /* payment: what came of it */
    uint32_t customer;      /* who came: its number */
    uint32_t product;       /* a new one: its number */
    uint32_t category;      /* likewise */
};

int64_t model_available(const struct model *model, uint32_t product);
int64_t model_order_total(const struct model_order *order);

struct verdict model_cart_add(struct model *model, uint32_t cart, uint32_t product,
                              int64_t quantity);
struct verdict model_cart_set(struct model *model, uint32_t cart, uint32_t product,
                              int64_t quantity);
/* expected_total < 0: none given. */
struct verdict model_checkout(struct model *model, uint32_t cart, uint64_t key, uint64_t body,
                              int64_t expected_total);
/* is_replay: the same order is here already. */
struct verdict model_import(struct model *model, const struct model_import *import);
/* discount_ordered x quantity / ordered, half up: what is left of a line's discount. */
int64_t model_discount(int64_t discount_ordered, int64_t quantity, int64_t ordered);
/* Another name or address; or nobody knows any more whom it went to. */
struct verdict model_correct(struct model *model, uint64_t order);
struct verdict model_erase(struct model *model, uint64_t order);
/* Somebody comes with this e-mail address; a customer becomes a member or is none any more. */
struct verdict model_customer_new(struct model *model, uint32_t email);
struct verdict model_customer_tier(struct model *model, uint32_t customer, bool is_member);
/* Nobody knows any more who a customer is. */
struct verdict model_customer_erase(struct model *model, uint32_t customer);
struct verdict model_confirm(struct model *model, uint64_t order);
/* line < 0: all that is left; quantity 0: all of the line. */
struct verdict model_cancel(struct model *model, uint64_t order, int line, int64_t quantity);
/* location 0: from everywhere. */
struct verdict model_ship(struct model *model, uint64_t order, uint32_t location);
/* shipment 0: every parcel. */
struct verdict model_deliver(struct model *model, uint64_t order, uint32_t shipment);
/* The gateway says, under an id, that so much was paid (in the shop's currency), or that it
 * failed. */
struct verdict model_payment(struct model *model, uint64_t order, uint32_t id, bool succeeded,
                             int64_t amount);
/* A carrier says, under an id, that a parcel arrived, or something else. */
struct verdict model_tracking(struct model *model, uint64_t order, uint32_t shipment, uint32_t id,
                              bool arrived);
/* The machine starts. */
void model_start(struct model *model);
/* A look at the clock; the orders that end by it. Nothing changes yet. */
uint32_t model_due_orders(struct model *model, uint64_t wall_ms,
                          uint64_t due_out[MODEL_ORDERS_MAX]);
/* Whether the cart is due by the last look at the clock. */
bool model_cart_is_due(const struct model *model, uint32_t cart);
/* Nobody touched it: it is warned about, or its lines go. */
void model_cart_end(struct model *model, uint32_t cart);
/* Nobody paid it. */
void model_expire(struct model *model, uint64_t order);
/* A customer writes a review, says it otherwise, or takes it back; the staff takes it out. */
struct verdict model_review_write(struct model *model, uint32_t customer, uint32_t product,
                                  uint32_t stars);
struct verdict model_review_change(struct model *model, uint32_t customer, uint32_t product,
                                   uint32_t stars);
struct verdict model_review_remove(struct model *model, uint32_t customer, uint32_t product,
                                   bool by_staff);
/* Of the reviews that are shown: how many stars, by how many. */
uint32_t model_stars(const struct model *model, uint32_t product, uint32_t *count_out);
struct verdict model_stock_add(struct model *model, uint32_t product, uint32_t location,
                               int64_t quantity);
struct verdict model_stock_transfer(struct model *model, uint32_t product, uint32_t from,
                                    uint32_t to, int64_t quantity);
struct verdict model_stock_count(struct model *model, uint32_t product, uint32_t location,
                                 int64_t on_hand);
struct verdict model_product_new(struct model *model, uint32_t sku, int64_t price,
                                 uint32_t category);
struct verdict model_product_change(struct model *model, uint32_t product, int64_t price,
                                    bool archived, uint32_t category);
/* parent 0: at the top. */
struct verdict model_category_new(struct model *model, uint32_t parent, uint32_t name);
struct verdict model_category_move(struct model *model, uint32_t category, uint32_t parent);
struct verdict model_pricing(struct model *model, bool bulk, bool membership, bool stacked);

#endif
