/*
 * err.h - every way the shop can refuse or fail a request.
 *
 * struct err fits in two registers, is returned by value and needs no cleanup. `index` and `value`
 * carry the numbers a message needs (which line, how many are left); the wording, the HTTP status
 * and the name of the field belong to api/problem.c.
 */
#ifndef SHOP_ERR_H
#define SHOP_ERR_H

#include "base/check.h"

#include <stdint.h>

enum err_code {
    ERR_NONE = 0,

    /* catalogue */
    ERR_PRODUCT_UNKNOWN,   /* index: line */
    ERR_PRODUCT_ARCHIVED,  /* index: line */
    ERR_PRODUCT_LIMIT,     /* value: most products a region may have */
    ERR_PRODUCT_TOO_LARGE, /* value: most bytes all texts of a product may have */
    ERR_SKU_TAKEN,         /* value: number of the product that has it */
    ERR_CATEGORY_UNKNOWN,
    ERR_CATEGORY_TAKEN, /* the parent has a category of this name */
    ERR_CATEGORY_CYCLE, /* a category cannot be moved below itself */
    ERR_CATEGORY_LIMIT, /* value: the limit */
    ERR_VERSION_CHANGED,

    /* stock */
    ERR_LOCATION_UNKNOWN, /* index: movement */
    ERR_LOCATION_TAKEN,
    ERR_LOCATION_LIMIT, /* value: the limit */
    ERR_STOCK_RESERVED, /* index: movement, value: pieces reserved; decision->orders names them */
    ERR_STOCK_SHORT,    /* index: movement, value: pieces on hand */
    ERR_STOCK_LIMIT,    /* index: movement, value: most pieces one place may hold */
    ERR_QUANTITY_ZERO,  /* index: movement or line */

    /* customers and personal data */
    ERR_CUSTOMER_UNKNOWN,
    ERR_CUSTOMER_LIMIT,
    ERR_EMAIL_TAKEN,   /* another customer has this e-mail address */
    ERR_LOGIN_FAILED,  /* no account with this address, or another password: never which */
    ERR_RESET_UNKNOWN, /* a token to set another password that was never given, is used or over */
    ERR_API_KEY_UNKNOWN,
    ERR_API_KEY_LIMIT, /* value: the limit */
    ERR_TOKEN_UNKNOWN, /* of no log-in, or of one that is over */

    /* reviews */
    ERR_REVIEW_UNKNOWN,
    ERR_REVIEW_EXISTS,  /* the customer has one of this product: it can be changed */
    ERR_REVIEW_REMOVED, /* the staff took it out, for good */
    ERR_REVIEW_LIMIT,   /* value: the limit */
    ERR_NOT_DELIVERED,  /* none of the customer's orders brought this product */

    /* cart and checkout */
    ERR_CART_LINES_LIMIT,   /* value: the limit */
    ERR_QUANTITY_LIMIT,     /* index: line, value: the limit */
    ERR_CART_LINE_UNKNOWN,  /* the product is not in the cart */
    ERR_CART_OWNED,         /* the cart belongs to another customer */
    ERR_CART_UNKNOWN,       /* asked as a customer: there is none, or it is another's */
    ERR_CART_EMPTY,         /* nothing to check out */
    ERR_OUT_OF_STOCK,       /* decision->shortages lists every short line */
    ERR_PRICE_CHANGED,      /* value: the total now, minor units */
    ERR_AMOUNT_LIMIT,       /* index: line; amount x quantity leaves the range of money */
    ERR_IDEMPOTENCY_REUSED, /* same key, other body */
    ERR_ANSWER_ERASED,      /* same key, and the first answer held personal data erased since */
    ERR_CURRENCY_MISMATCH,  /* expected_total is in another currency than the region */

    /* pricing */
    ERR_PRICING_RULE_INVALID, /* index: rule, value: enum pricing_fault */

    /* orders */
    ERR_ORDER_UNKNOWN,
    ERR_TRACKING_LIMIT,   /* value: most events a shipment may have */
    ERR_PAYMENT_LIMIT,    /* value: most payments an order may have */
    ERR_NOT_DUE,          /* nothing ends before its time, nor within the grace time */
    ERR_ORDER_TRANSITION, /* value: the state the order is in */
    ERR_ORDER_IMPORT,     /* the command says what is wrong with it */
    ERR_ORDER_CONTACT,    /* its contact was erased: there is nothing to correct */
    ERR_ORDER_LINE,       /* index: position in the request; the order has no such line */
    ERR_ORDER_QUANTITY,   /* index: position in the request, value: pieces left */
    ERR_SHIPMENT_UNKNOWN,
    ERR_SHIPMENT_LIMIT,   /* value: most shipments an order may have */
    ERR_LOCATION_NOTHING, /* nothing of this order is reserved at that location */

    /* the machine */
    ERR_OVERLOADED,  /* a queue is full: try again later; value: seconds to wait */
    ERR_STOPPING,    /* the server is being shut down */
    ERR_READ_ONLY,   /* it would be written, and this server only reads what others write */
    ERR_SEARCH_AWAY, /* the search cluster does not answer; value: seconds to wait */
    ERR_STORE,       /* the store cannot be read or written; value: the backend's own code */
    ERR_ASLEEP, /* inside app/ only: index: enum shop_asleep, value: what must be loaded first */

    /* always last */
    ERR_CODE_COUNT
};

struct err {
    enum err_code code;
    uint32_t index;
    uint64_t value;
};

_Static_assert(sizeof(struct err) == 16, "struct err must fit in two registers");

#define OK                         ((struct err){.code = ERR_NONE})
#define ERR(code_)                 ((struct err){.code = (code_)})
#define ERR_AT(code_, index_, ...) ((struct err){(code_), (index_), __VA_ARGS__})

/* Returns from the calling function with the error of `expression`, if any. */
#define TRY(expression)                                                                            \
    do {                                                                                           \
        struct err try_err_ = (expression);                                                        \
        if (try_err_.code != ERR_NONE)                                                             \
            return try_err_;                                                                       \
    } while (0)

#endif
