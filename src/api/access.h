/*
 * access.h - who sends a request: an operator (Authorization: Bearer <operator key>, the key of a
 * service, or the token of somebody of the staff), a customer (Bearer <token>), the owner of a cart
 * (Cart-Token), or anybody. Keys and tokens are compared as keyed digests, in constant time.
 */
#ifndef API_ACCESS_H
#define API_ACCESS_H

#include "api/problem.h"
#include "api/routes.h"
#include "app/credentials.h"
#include "base/hash.h"
#include "net/server.h"

#include <stdbool.h>
#include <stdint.h>

struct access_keys {
    uint8_t secret[HASH_SECRET_SIZE];
    uint8_t operator_tag[HASH_TAG_SIZE];
    struct credentials *credentials;
};

/* Who it is, as a number to count by; kind 0 = nobody we know. */
struct principal {
    uint64_t kind;
    uint64_t number;
};

struct access {
    bool is_operator;   /* for this route */
    struct operator by; /* who of the operators; OPERATOR_NONE = no operator for any route */
    uint32_t scopes;    /* of that operator */
    uint64_t cart;      /* the one its token opens; 0 = none */
    uint32_t customer;  /* whose token it is; 0 = nobody's */
    uint8_t digest[HASH_DIGEST_SIZE]; /* of that token */
};

void access_init(struct access_keys *keys, const uint8_t secret[HASH_SECRET_SIZE],
                 struct text operator_key, struct credentials *credentials);

/* False, with the reason, when the route is not for the sender or a credential is wrong. */
bool access_check(const struct access_keys *keys, const struct request *request,
                  const struct route *route, struct access *access_out,
                  enum edge_problem *problem_out) MUST_USE;

struct principal access_principal(const struct access *access);

/* True when the sender may see this cart and its orders, or is a customer: then the shop must say
 * whose they are (access_asker()). */
static inline bool access_opens_cart(const struct access *access, uint64_t cart)
{
    return access->is_operator || access->customer != 0 || (access->cart == cart && cart != 0);
}

/* The customer that the cart must belong to; 0 = the sender may see it anyway. */
static inline uint32_t access_asker(const struct access *access, uint64_t cart)
{
    return access->is_operator || access->cart == cart ? 0 : access->customer;
}

#endif
