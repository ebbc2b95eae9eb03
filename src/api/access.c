#include "api/access.h"

#include "api/public_id.h"

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
                 struct text operator_key)
{
    ensure(operator_key.length > 0);
    memcpy(keys->secret, secret, HASH_SECRET_SIZE);
    make_tag(secret, operator_key, keys->operator_tag);
}

enum { PRINCIPAL_OPERATOR = 1, PRINCIPAL_CART };

struct principal access_principal(const struct access *access)
{
    if (access->is_operator)
        return (struct principal){PRINCIPAL_OPERATOR, 0};
    if (access->cart != 0)
        return (struct principal){PRINCIPAL_CART, access->cart};
    return (struct principal){0, 0};
}

static bool is_operator_key(const struct access_keys *keys, struct text authorization)
{
    struct text scheme;
    if (!text_cut(&authorization, ' ', &scheme) ||
        !text_equal_ignoring_case(scheme, TEXT("Bearer")))
        return false;
    struct text key = text_trim(authorization);
    if (key.length == 0)
        return false;
    uint8_t tag[HASH_TAG_SIZE];
    make_tag(keys->secret, key, tag);
    return sodium_memcmp(tag, keys->operator_tag, sizeof(tag)) == 0;
}

bool access_check(const struct access_keys *keys, const struct request *request,
                  enum route_access needed, struct access *access_out,
                  enum edge_problem *problem_out)
{
    *access_out = (struct access){.is_operator = false};
    struct text authorization = request_header(request, TEXT("Authorization"));
    struct text token = request_header(request, TEXT("Cart-Token"));
    *problem_out = EDGE_INVALID_TOKEN;
    if (authorization.data != NULL) {
        if (!is_operator_key(keys, authorization))
            return false;
        access_out->is_operator = true;
    }
    if (token.data != NULL && !cart_token_read(keys->secret, token, &access_out->cart))
        return false;
    *problem_out = access_out->cart != 0 ? EDGE_FORBIDDEN : EDGE_UNAUTHORIZED;
    if (needed == ACCESS_OPERATOR)
        return access_out->is_operator;
    return needed == ACCESS_ALL || access_out->is_operator || access_out->cart != 0;
}
