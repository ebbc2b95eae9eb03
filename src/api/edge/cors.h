/*
 * cors.h - which web pages of other origins a browser lets call us (the Fetch standard, "CORS
 * protocol"). Without a setting none may. No cookies are used, so credentials are not allowed.
 */
#ifndef API_CORS_H
#define API_CORS_H

#include "base/text.h"
#include "net/server.h"

#include <stdbool.h>
#include <stdint.h>

struct call;

enum { CORS_ORIGINS_MAX = 32, CORS_ORIGIN_MAX = 200 };

struct cors {
    struct text origins[CORS_ORIGINS_MAX]; /* borrowed */
    uint32_t count;
    bool is_any;
    uint32_t max_age_s;
};

/* "https://shop.example https://www.shop.example:8443", "*" or nothing; `list` must outlive it. */
void cors_init(struct cors *cors, struct text list, uint32_t max_age_s);

/* Adds what a page must see to be given the answer. */
void cors_allow(const struct cors *cors, struct call *call);
/* True, and answered, when this is a browser asking whether it may send a request; `methods` has a
 * bit per enum http_method_kind that the address knows. */
bool cors_preflight(const struct cors *cors, struct call *call, uint32_t methods) MUST_USE;

#endif
