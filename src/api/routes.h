/*
 * routes.h - which function answers which address. routes.def is the table; matching walks it
 * segment by segment without allocating.
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "base/text.h"
#include "net/server.h"

#include <stdbool.h>
#include <stdint.h>

struct call;

enum route_access {
    ACCESS_ALL = 0,
    ACCESS_OWNER, /* a cart's or a customer's token, or the operator key; the handler checks whose
                     it is */
    ACCESS_CUSTOMER, /* a customer's token */
    ACCESS_AUTHOR,   /* a customer's token, or an operator who writes the catalogue; the handler
                        checks whose it is */
    /* An operator with the scope of this area (operator.h): to read for GET, else to write. */
    ACCESS_CATALOG,
    ACCESS_STOCK,
    ACCESS_ORDERS,
    ACCESS_CUSTOMERS,
    ACCESS_PRICING,
    ACCESS_ADMIN,
    ACCESS_NOTIFY,
    ACCESS_OPERATOR, /* AREA_SYSTEM */
    ACCESS_SIGNED,   /* a callback; the handler checks its signature */
};

enum { ROUTE_PARAMETERS_MAX = 2 };

struct route {
    enum http_method_kind method;
    const char *path; /* {name} stands for one segment */
    void (*handler)(struct call *call);
    enum route_access access;
    uint32_t body_bytes_max; /* 0 = takes no body */
};

struct route_match {
    const struct route *route; /* NULL = no such address, or not with this method */
    uint32_t methods;          /* bit per enum http_method_kind that the address knows; 0 = none */
    struct text parameters[ROUTE_PARAMETERS_MAX]; /* as sent */
};

/* HEAD finds GET's route. */
struct route_match route_find(enum http_method_kind method, struct text path);
/* For tests and the documentation check; NULL behind the last. */
const struct route *route_at(uint32_t index);
/* Routes are numbered from 0 in the order of the table. */
uint32_t route_count(void);
uint32_t route_index(const struct route *route);

#define ROUTE(method, path, handler, access, body_bytes_max) void handler(struct call *call);
#include "api/routes.def"
#undef ROUTE

#endif
