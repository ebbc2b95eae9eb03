#include "api/access.h"

#include "api/bearer.h"
#include "api/public_id.h"
#include "base/clock.h"

#include <sodium.h>
#include <string.h>

static void make_tag(const uint8_t secret[HASH_SECRET_SIZE], struct text key,
                     uint8_t tag_out[HASH_TAG_SIZE])
{
    /* Two steps, so that a key of any length shares no input with the ids made from the same
     * secret. */
    uint8_t bytes[8 + HASH_TAG_SIZE] = {'o', 'p', 'e', 'r', 'a', 't', 'o', 'r'};
    hash_keyed(secret, key.data, key.length, bytes + 8);
    hash_keyed(secret, bytes, sizeof(bytes), tag_out);
}

void access_init(struct access_keys *keys, const uint8_t secret[HASH_SECRET_SIZE],
                 struct text operator_key, struct credentials *credentials)
{
    ensure(operator_key.length > 0);
    ensure(credentials != NULL);
    keys->credentials = credentials;
    memcpy(keys->secret, secret, HASH_SECRET_SIZE);
    make_tag(secret, operator_key, keys->operator_tag);
}

enum { PRINCIPAL_OPERATOR = 1, PRINCIPAL_CART, PRINCIPAL_CUSTOMER, PRINCIPAL_SERVICE };

struct principal access_principal(const struct access *access)
{
    if (access->customer != 0)
        return (struct principal){PRINCIPAL_CUSTOMER, access->customer};
    if (access->by.kind == OPERATOR_SERVICE)
        return (struct principal){PRINCIPAL_SERVICE, access->by.number};
    if (access->by.kind != OPERATOR_NONE)
        return (struct principal){PRINCIPAL_OPERATOR, 0};
    if (access->cart != 0)
        return (struct principal){PRINCIPAL_CART, access->cart};
    return (struct principal){0, 0};
}

static bool is_operator_key(const struct access_keys *keys, struct text key)
{
    uint8_t tag[HASH_TAG_SIZE];
    make_tag(keys->secret, key, tag);
    return sodium_memcmp(tag, keys->operator_tag, sizeof(tag)) == 0;
}

/* False for what is neither a token that counts nor the operator's key. */
static bool read_bearer(const struct access_keys *keys, struct text authorization,
                        struct access *access_out)
{
    struct text scheme;
    if (!text_cut(&authorization, ' ', &scheme) ||
        !text_equal_ignoring_case(scheme, TEXT("Bearer")))
        return false;
    struct text key = text_trim(authorization);
    if (key.length == 0)
        return false;
    struct credential credential;
    if (!bearer_read(keys->secret, key, access_out->digest)) {
        if (!is_operator_key(keys, key))
            return false;
        access_out->by.kind = OPERATOR_KEY;
        access_out->scopes = SCOPES_ALL;
        return true;
    }
    if (!credentials_find(keys->credentials, access_out->digest, clock_wall_ms(), &credential))
        return false;
    access_out->customer = credential.customer;
    access_out->by = credential.by;
    access_out->scopes = credential.scopes;
    return true;
}

/* The area that an operator needs for it. */
static enum area area_of(const struct route *route)
{
    switch (route->access) {
    case ACCESS_CATALOG:
    case ACCESS_AUTHOR:
        return AREA_CATALOG;
    case ACCESS_STOCK:
        return AREA_STOCK;
    case ACCESS_ORDERS:
        return AREA_ORDERS;
    case ACCESS_CUSTOMERS:
        return AREA_CUSTOMERS;
    case ACCESS_PRICING:
        return AREA_PRICING;
    case ACCESS_ADMIN:
        return AREA_ADMIN;
    case ACCESS_NOTIFY:
        return AREA_NOTIFY;
    case ACCESS_OWNER:
    case ACCESS_ALL:
    case ACCESS_CUSTOMER:
    case ACCESS_SIGNED:
        return strncmp(route->path, "/v1/orders", 10) == 0 ? AREA_ORDERS : AREA_CARTS;
    case ACCESS_OPERATOR:
        return AREA_SYSTEM;
    }
    check_failed("a route has an area", __FILE__, __LINE__);
}

static bool is_for(enum route_access needed, const struct access *access)
{
    switch (needed) {
    case ACCESS_ALL:
    case ACCESS_SIGNED:
        return true;
    case ACCESS_OWNER:
        return access->is_operator || access->customer != 0 || access->cart != 0;
    case ACCESS_CUSTOMER:
        return access->customer != 0;
    case ACCESS_AUTHOR:
        return access->is_operator || access->customer != 0;
    case ACCESS_CATALOG:
    case ACCESS_STOCK:
    case ACCESS_ORDERS:
    case ACCESS_CUSTOMERS:
    case ACCESS_PRICING:
    case ACCESS_ADMIN:
    case ACCESS_NOTIFY:
    case ACCESS_OPERATOR:
        return access->is_operator;
    }
    check_failed("a route is for somebody", __FILE__, __LINE__);
}

bool access_check(const struct access_keys *keys, const struct request *request,
                  const struct route *route, struct access *access_out,
                  enum edge_problem *problem_out)
{
    *access_out = (struct access){.is_operator = false};
    struct text authorization = request_header(request, TEXT("Authorization"));
    struct text token = request_header(request, TEXT("Cart-Token"));
    *problem_out = EDGE_INVALID_TOKEN;
    if (authorization.data != NULL && !read_bearer(keys, authorization, access_out))
        return false;
    if (token.data != NULL && !cart_token_read(keys->secret, token, &access_out->cart))
        return false;
    bool is_somebody =
        access_out->by.kind != OPERATOR_NONE || access_out->customer != 0 || access_out->cart != 0;
    bool is_read = request->method == METHOD_GET || request->method == METHOD_HEAD;
    access_out->is_operator = scopes_allow(access_out->scopes, area_of(route), !is_read);
    *problem_out = is_somebody ? EDGE_FORBIDDEN : EDGE_UNAUTHORIZED;
    return is_for(route->access, access_out);
}
