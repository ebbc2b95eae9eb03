/*
 * command_token_expire.c - lets a token leave whose time is over. It counted for nothing since
 * then: this only frees what remembers it.
 */
#include "shop/command/account_change.h"

static struct err token_expire_decide(struct decision *decision, struct command *base)
{
    const struct timeout_command *command = (const struct timeout_command *)base;
    const struct tokens *tokens = &decision->shop->tokens;
    ensure(command->number > 0);
    if (command->number > tokens->row_count)
        return ERR(ERR_NOT_DUE);
    const struct token *token = token_at(tokens, (uint32_t)command->number);
    /* The row may have been taken by another one meanwhile. */
    if (token->customer == 0 || token->expires_ms > decision_time(decision))
        return ERR(ERR_NOT_DUE);
    account_change_end_token(decision, token->customer, token->digest);
    return OK;
}

const struct command_ops command_token_expire = {
    .name = "token_expire",
    .priority = COMMAND_BULK,
    .decide = token_expire_decide,
};
