/*
 * customer.h - who buys again. Personal data is not here but in the contacts of the store: a
 * customer holds the number of one contact (name, e-mail, phone), which can be erased without
 * touching events.
 */
#ifndef SHOP_CUSTOMER_H
#define SHOP_CUSTOMER_H

#include "shop/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { CUSTOMERS_MAX = 100000000 };

struct customer {
    uint64_t contact;    /* 0 = erased */
    uint64_t last_order; /* head of the chain of orders, newest first; 0 = none */
    uint64_t created_ms;
    bool is_member;
    bool is_erased;
};

struct customers {
    struct customer *rows; /* [0] unused */
    uint32_t count;
    uint32_t capacity;
};

void customers_init(struct customers *customers);
void customers_release(struct customers *customers);
/* NULL when there is none with this number. */
const struct customer *customer_find(const struct customers *customers, uint32_t number);
/* Of what an operator or the customer may change. Never 0. */
uint64_t customer_version(const struct customer *customer);
/* Result of an event: number is at most count + 1. */
void customer_put(struct customers *customers, uint32_t number, const struct customer *customer);

#endif
