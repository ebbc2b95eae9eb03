/*
 * token.h - what is kept of the tokens that customers log in with: a digest of each. Who has the
 * files has no token.
 *
 * The tokens of a customer are a chain, newest first, at most TOKENS_PER_CUSTOMER_MAX long. A token
 * whose time is over counts for nothing, and leaves at the customer's next log-in, or when it is
 * the oldest of all.
 */
#ifndef SHOP_TOKEN_H
#define SHOP_TOKEN_H

#include "base/hash.h"
#include "base/map.h"

#include <stdbool.h>
#include <stdint.h>

enum { TOKENS_PER_CUSTOMER_MAX = 20 };

struct token {
    uint8_t digest[HASH_DIGEST_SIZE];
    uint64_t created_ms;
    uint64_t expires_ms;
    uint32_t customer;
    uint32_t next;  /* older one of the customer, or the next free row; 0 = none */
    uint32_t older; /* of all, in the order in which they were made; 0 = none */
    uint32_t newer;
};

struct tokens {
    struct token *rows; /* [0] unused */
    uint32_t row_count;
    uint32_t capacity;
    uint32_t free;   /* first free row; 0 = none */
    uint32_t count;  /* in use */
    uint32_t oldest; /* row; 0 = none */
    uint32_t newest;
    struct map by_digest; /* first 8 bytes -> row */
};

void tokens_init(struct tokens *tokens);
void tokens_release(struct tokens *tokens);
/* NULL when there is none with this digest. */
const struct token *token_find(const struct tokens *tokens, const uint8_t digest[HASH_DIGEST_SIZE]);
/* NULL when `row` is 0. */
const struct token *token_at(const struct tokens *tokens, uint32_t row);

/* Results of events. `first` is the head of the customer's chain. The digest must be new. */
void token_add(struct tokens *tokens, uint32_t *first, const struct token *token);
/* It must be there. */
void token_remove(struct tokens *tokens, uint32_t *first, const uint8_t digest[HASH_DIGEST_SIZE]);

#endif
