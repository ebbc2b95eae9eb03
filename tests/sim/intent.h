/*
 * intent.h - something a simulated person wants: made at random, sent as a command, and asked of
 * the books too.
 */
#ifndef TESTS_SIM_INTENT_H
#define TESTS_SIM_INTENT_H

#include "base/arena.h"
#include "base/random.h"
#include "shop/command/commands.h"
#include "sim/model.h"

enum intent_kind {
    INTENT_CART_ADD = 0,
    INTENT_CART_SET,
    INTENT_CHECKOUT,
    INTENT_CONFIRM,
    INTENT_CANCEL,
    INTENT_SHIP,
    INTENT_DELIVER,
    INTENT_PAYMENT,
    INTENT_TRACKING,
    INTENT_CORRECT,
    INTENT_ERASE,
    INTENT_IMPORT,
    INTENT_CUSTOMER_NEW,
    INTENT_CUSTOMER_TIER,
    INTENT_CUSTOMER_ERASE,
    INTENT_STOCK_ADD,
    INTENT_STOCK_TRANSFER,
    INTENT_STOCK_COUNT,
    INTENT_PRODUCT,
    INTENT_PRODUCT_NEW,
    INTENT_CATEGORY_NEW,
    INTENT_CATEGORY_MOVE,
    INTENT_PRICING,
    INTENT_REVIEW_WRITE,
    INTENT_REVIEW_CHANGE,
    INTENT_REVIEW_REMOVE,
    INTENT_KINDS
};

struct intent {
    enum intent_kind kind;
    uint32_t cart; /* position in the model */
    uint32_t product;
    int64_t quantity;
    uint64_t order;
    int line;          /* cancel: -1 = all */
    uint32_t place;    /* location, from */
    uint32_t to;       /* transfer; deliver: shipment */
    uint64_t key;      /* checkout */
    uint64_t body;     /* checkout */
    int64_t expected;  /* checkout: expected total, < 0 = none */
    uint32_t switches; /* pricing: bit 0 bulk, 1 membership, 2 stacked */
    uint32_t id;       /* payment, tracking */
    bool succeeded;    /* payment; tracking: it arrived */
    char id_text[8];   /* payment, tracking */
    bool archived;
    uint32_t sku;      /* product_new */
    uint32_t category; /* of a product; moved */
    uint32_t parent;   /* of a category */
    uint32_t name;     /* of a new category */
    uint32_t customer; /* review, tier, erased */
    uint32_t email;    /* customer_new */
    uint8_t email_tag[EMAIL_TAG_SIZE];
    struct model_import import;
    uint64_t once_key; /* not a checkout's; 0 = none */
    uint64_t once_body;
    uint32_t *renders; /* of all answers with a key */
    struct once once;
    bool done;
    struct arena arena;
    union {
        struct command command;
        struct cart_command cart_command;
        struct checkout_command checkout;
        struct order_command order_command;
        struct payment_command payment;
        struct shipment_command tracking;
        struct stock_command stock;
        struct product_command product_command;
        struct category_command category_command;
        struct pricing_command pricing;
        struct review_command review_command;
        struct customer_command customer_command;
        struct order_import_command import_command;
    };
    struct cart_line line_wanted;
    struct order_part_request part;
    struct stock_movement movement;
};

/* Rolls a new one. `known` is what may have been asked before: checkouts are repeated from it. */
void intent_roll(struct intent *intent, struct random *random, const struct model *model,
                 const struct intent *known_checkout);
/* Fills in the command; the caller sets command.done and owner. `reviews`: where a customer's
 * review is found that was written before. */
void intent_make_command(struct intent *intent, const struct model *model,
                         const struct reviews *reviews);
/* What the books say, and changes them. */
struct verdict intent_judge(const struct intent *intent, struct model *model);
/* NULL when the answer agrees with the verdict, else what does not. */
const char *intent_compare(const struct intent *intent, const struct verdict *verdict);
const char *intent_name(enum intent_kind kind);
/* The words of the model's SKUs and names of categories. */
struct text intent_sku(uint32_t sku);
struct text intent_category_name(uint32_t name);

#endif
