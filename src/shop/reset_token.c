#include "shop/reset_token.h"

#include "shop/customer.h"

#include <sodium.h>
#include <string.h>

enum { MAC = HASH_DIGEST_SIZE, BODY = 8, ENCODING = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

static uint64_t mask_of(const uint8_t secret[HASH_SECRET_SIZE], const uint8_t mac[MAC])
{
    uint8_t bytes[5 + MAC] = {'r', 'm', 'a', 's', 'k'};
    uint8_t tag[HASH_TAG_SIZE];
    uint64_t mask;
    memcpy(bytes + 5, mac, MAC);
    hash_keyed(secret, bytes, sizeof(bytes), tag);
    memcpy(&mask, tag, sizeof(mask));
    return mask;
}

void reset_token_write(const uint8_t secret[HASH_SECRET_SIZE], uint32_t customer, uint64_t event,
                       char token_out[RESET_TOKEN_SIZE])
{
    uint8_t named[5 + sizeof(customer) + sizeof(event)] = {'r', 'e', 's', 'e', 't'};
    uint8_t bytes[MAC + BODY];
    ensure(customer > 0);
    ensure(event > 0);
    memcpy(named + 5, &customer, sizeof(customer));
    memcpy(named + 5 + sizeof(customer), &event, sizeof(event));
    hash_digest(secret, named, sizeof(named), bytes);
    uint64_t body = customer ^ mask_of(secret, bytes);
    memcpy(bytes + MAC, &body, sizeof(body));
    memcpy(token_out, "rst_", sizeof("rst_"));
    (void)sodium_bin2base64(token_out + 4, RESET_TOKEN_SIZE - 4, bytes, sizeof(bytes), ENCODING);
}

bool reset_token_read(const uint8_t secret[HASH_SECRET_SIZE], struct text token,
                      uint32_t *customer_out)
{
    uint8_t bytes[MAC + BODY];
    size_t size = 0;
    uint64_t body;
    if (token.length != RESET_TOKEN_LENGTH || !text_starts_with(token, TEXT("rst_")))
        return false;
    if (sodium_base642bin(bytes, sizeof(bytes), token.data + 4, token.length - 4, NULL, &size, NULL,
                          ENCODING) != 0 ||
        size != sizeof(bytes))
        return false;
    memcpy(&body, bytes + MAC, sizeof(body));
    body ^= mask_of(secret, bytes);
    *customer_out = (uint32_t)body;
    return body > 0 && body <= CUSTOMERS_MAX;
}

bool reset_token_is(const uint8_t secret[HASH_SECRET_SIZE], struct text token, uint32_t customer,
                    uint64_t event)
{
    char right[RESET_TOKEN_SIZE];
    if (token.length != RESET_TOKEN_LENGTH)
        return false;
    reset_token_write(secret, customer, event, right);
    return sodium_memcmp(right, token.data, RESET_TOKEN_LENGTH) == 0;
}
