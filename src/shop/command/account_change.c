#include "shop/command/account_change.h"

#include <string.h>

void account_change_put(struct decision *decision, uint32_t number, enum role role,
                        bool sets_password)
{
    struct event_account_put *put = decision_append(decision, EVENT_ACCOUNT_PUT, sizeof(*put));
    put->customer = number;
    put->role = (uint8_t)role;
    put->sets_password = sets_password;
}

void account_change_end_token(struct decision *decision, uint32_t number,
                              const uint8_t digest[HASH_DIGEST_SIZE])
{
    struct event_token_changed *changed =
        decision_append(decision, EVENT_TOKEN_CHANGED, sizeof(*changed));
    memcpy(changed->digest, digest, sizeof(changed->digest));
    changed->customer = number;
    changed->is_ended = 1;
}

/* Makes room for one more. */
static void end_old_tokens(struct decision *decision, uint32_t number,
                           const struct customer *customer)
{
    const struct tokens *tokens = &decision->shop->tokens;
    uint32_t kept = 0;
    for (const struct token *token = token_at(tokens, customer->token); token != NULL;
         token = token_at(tokens, token->next)) {
        if (token->expires_ms > decision_time(decision) && kept + 1 < TOKENS_PER_CUSTOMER_MAX)
            kept++;
        else
            account_change_end_token(decision, number, token->digest);
    }
}

void account_change_start_token(struct decision *decision, uint32_t number,
                                const struct customer *customer, const struct token_start *token)
{
    ensure(token->life_ms > 0);
    ensure(token_find(&decision->shop->tokens, token->digest) == NULL);
    end_old_tokens(decision, number, customer);
    struct event_token_changed *changed =
        decision_append(decision, EVENT_TOKEN_CHANGED, sizeof(*changed));
    memcpy(changed->digest, token->digest, sizeof(changed->digest));
    changed->expires_ms = decision_time(decision) + token->life_ms;
    changed->customer = number;
}

void account_change_end_tokens(struct decision *decision, uint32_t number,
                               const struct customer *customer, const uint8_t *kept)
{
    const struct tokens *tokens = &decision->shop->tokens;
    for (const struct token *token = token_at(tokens, customer->token); token != NULL;
         token = token_at(tokens, token->next)) {
        if (kept == NULL || memcmp(token->digest, kept, sizeof(token->digest)) != 0)
            account_change_end_token(decision, number, token->digest);
    }
}

struct err account_change_check_token(const struct decision *decision, uint32_t number,
                                      const uint8_t digest[HASH_DIGEST_SIZE])
{
    const struct token *token = token_find(&decision->shop->tokens, digest);
    if (token == NULL || token->customer != number || token->expires_ms <= decision_time(decision))
        return ERR(ERR_TOKEN_UNKNOWN);
    return OK;
}
