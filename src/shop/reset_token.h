/*
 * reset_token.h - what a customer who has forgotten a password gets by mail. It is made from the
 * secret of the store, the customer and the number of EVENT_RESET_ASKED, so it need not be kept:
 * who asks, who mails it and who checks it come to the same bytes, and the event log alone to none.
 *
 * token = "rst_" + base64url(mac 32 || customer 8, masked by the mac)
 */
#ifndef SHOP_RESET_TOKEN_H
#define SHOP_RESET_TOKEN_H

#include "base/hash.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RESET_TOKEN_LENGTH = 4 + 54,
    RESET_TOKEN_SIZE = RESET_TOKEN_LENGTH + 1,
};

void reset_token_write(const uint8_t secret[HASH_SECRET_SIZE], uint32_t customer, uint64_t event,
                       char token_out[RESET_TOKEN_SIZE]);
/* Whose it says it is; false when it has not the form of one. reset_token_is() is the proof. */
bool reset_token_read(const uint8_t secret[HASH_SECRET_SIZE], struct text token,
                      uint32_t *customer_out) MUST_USE;
/* True when it is the one of this customer and event; takes the same time for every wrong one. */
bool reset_token_is(const uint8_t secret[HASH_SECRET_SIZE], struct text token, uint32_t customer,
                    uint64_t event) MUST_USE;

#endif
