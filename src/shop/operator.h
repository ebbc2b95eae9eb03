/*
 * operator.h - what operators may do, and who of them it was.
 *
 * The work is cut into areas; a scope is the right to read in one of them, or to write (which
 * includes reading). The operator's key and admins have all, the staff all but ADMIN, the key of a
 * service those it was given.
 */
#ifndef SHOP_OPERATOR_H
#define SHOP_OPERATOR_H

#include "base/text.h"
#include "shop/customer.h"

#include <stdbool.h>
#include <stdint.h>

enum area {
    AREA_CATALOG = 0, /* products, categories, reviews */
    AREA_STOCK,       /* movements, locations */
    AREA_CARTS,
    AREA_ORDERS,
    AREA_CUSTOMERS,
    AREA_PRICING,
    AREA_SYSTEM, /* notices, followers, callbacks */
    AREA_ADMIN,  /* keys, roles, who did what */
    AREA_NOTIFY, /* how to reach whom an event is for; what could not be delivered */
    AREA_COUNT
};

/* Sets of scopes: bit 2 x area reads, the bit above it writes. */
#define SCOPE_READ(area)  (1u << (2 * (area)))
#define SCOPE_WRITE(area) (2u << (2 * (area)))
#define SCOPES_ALL        ((1u << (2 * AREA_COUNT)) - 1)

const char *area_name(enum area area); /* "catalog" */
uint32_t role_scopes(enum role role);
bool scopes_allow(uint32_t scopes, enum area area, bool is_write);
/* "orders:read", "orders:write"; false for anything else. */
bool scope_read(struct text name, uint32_t *scope_out) MUST_USE;
enum { SCOPE_NAME_SIZE = 24 };
/* One scope, a single bit. */
void scope_write(uint32_t scope, char name_out[SCOPE_NAME_SIZE]);

/* Who acted; kept for ever with what was done, so the numbers never change. */
enum operator_kind {
    OPERATOR_NONE = 0,    /* no operator */
    OPERATOR_KEY = 1,     /* whoever has the operator's key */
    OPERATOR_SERVICE = 2, /* number: of the API key */
    OPERATOR_STAFF = 3,   /* number: of the customer */
    OPERATOR_CONSOLE = 4, /* at the machine itself, with `shopd` */
    OPERATOR_KIND_COUNT
};

struct operator
{
    enum operator_kind kind;
    uint32_t number;
};

const char *operator_kind_name(enum operator_kind kind); /* "service" */

/* What was acted on: that of the first event. */
enum subject_kind {
    SUBJECT_NONE = 0,
    SUBJECT_PRODUCT,
    SUBJECT_CATEGORY,
    SUBJECT_LOCATION,
    SUBJECT_CUSTOMER,
    SUBJECT_CART,
    SUBJECT_ORDER,
    SUBJECT_PRICING,
    SUBJECT_API_KEY,
    SUBJECT_REVIEW,
    SUBJECT_KIND_COUNT
};

const char *subject_kind_name(enum subject_kind kind); /* "order" */

#endif
