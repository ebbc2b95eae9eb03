/* account_change.h - events of accounts that several commands share. */
#ifndef SHOP_ACCOUNT_CHANGE_H
#define SHOP_ACCOUNT_CHANGE_H

#include "shop/command/commands.h"

void account_change_put(struct decision *decision, uint32_t number, enum role role,
                        bool sets_password);

/* The token counts from now on. Those of the customer whose time is over end, and the oldest where
 * there are too many. `customer` as it is, nothing of it for a new one. */
void account_change_start_token(struct decision *decision, uint32_t number,
                                const struct customer *customer, const struct token_start *token);
void account_change_end_token(struct decision *decision, uint32_t number,
                              const uint8_t digest[HASH_DIGEST_SIZE]);
/* Every one but `kept` (NULL = every one). */
void account_change_end_tokens(struct decision *decision, uint32_t number,
                               const struct customer *customer, const uint8_t *kept);

/* OK when the token is one of the customer's and its time is not over. */
struct err account_change_check_token(const struct decision *decision, uint32_t number,
                                      const uint8_t digest[HASH_DIGEST_SIZE]) MUST_USE;

#endif
