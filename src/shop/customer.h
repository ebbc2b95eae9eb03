/*
 * customer.h - who buys again. Personal data is not here but in the contacts of the store: a
 * customer holds the number of one contact (name, e-mail, phone), which can be erased without
 * touching events. An account is a customer with a password (in the contact, hashed) and tokens.
 */
#ifndef SHOP_CUSTOMER_H
#define SHOP_CUSTOMER_H

#include "base/map.h"
#include "shop/email.h"
#include "shop/err.h"
#include "shop/tier.h"

#include <stdbool.h>
#include <stdint.h>

enum { CUSTOMERS_MAX = 100000000 };

/* What an account may do; more than a customer only when an admin made it so. */
enum role { ROLE_CUSTOMER = 0, ROLE_STAFF, ROLE_ADMIN, ROLE_COUNT };

struct customer {
    uint64_t contact;    /* 0 = erased */
    uint64_t last_order; /* head of the chain of orders, newest first; 0 = none */
    uint64_t created_ms;
    uint64_t cart;           /* the one filled last; 0 = none, and it may be gone */
    uint64_t changed_event;  /* number of the event that changed what it says of itself last */
    uint64_t password_event; /* number of the event that set the password; 0 = there is none */
    uint64_t reset_event; /* number of the event that lets another password be set; 0 = none does */
    uint64_t reset_until_ms;
    uint8_t email_tag[EMAIL_TAG_SIZE]; /* of the e-mail address it holds; zero = of none */
    uint32_t token;                    /* newest (token.h); 0 = none */
    uint8_t role;                      /* enum role */
    uint8_t tier;                      /* tier.h */
    bool is_erased;
};

struct customers {
    struct customer *rows; /* [0] unused */
    uint32_t count;
    uint32_t capacity;
    struct map by_email; /* first 8 bytes of email_tag -> customer */
};

const char *role_name(enum role role); /* "staff" */

void customers_init(struct customers *customers);
void customers_release(struct customers *customers);
/* NULL when there is none with this number. */
const struct customer *customer_find(const struct customers *customers, uint32_t number);
/* Of what an operator or the customer may change. Never 0. */
uint64_t customer_version(const struct customer *customer);
/* Result of an event: number is at most count + 1. */
void customer_put(struct customers *customers, uint32_t number, const struct customer *customer);

/* Who holds the e-mail address with this tag; 0 = nobody. */
uint32_t customer_by_email(const struct customers *customers, const uint8_t tag[EMAIL_TAG_SIZE]);
/* True when another customer than `number` holds it (or one whose tag is equal in 8 bytes: then the
 * address cannot be had). */
bool customer_email_is_taken(const struct customers *customers, const uint8_t tag[EMAIL_TAG_SIZE],
                             uint32_t number);
/* The customer holds this address from now on; NULL = none. Not a result of an event: the tag lies
 * with the contact and comes with it, when that is written and when a shop is loaded. */
void customer_set_email(struct customers *customers, uint32_t number, const uint8_t *tag);

#endif
