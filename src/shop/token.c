#include "shop/token.h"

#include "base/memory.h"

#include <string.h>

void tokens_init(struct tokens *tokens)
{
    *tokens = (struct tokens){0};
    map_init(&tokens->by_digest, 0);
}

void tokens_release(struct tokens *tokens)
{
    map_release(&tokens->by_digest);
    memory_free(tokens->rows);
    *tokens = (struct tokens){0};
}

static uint64_t key_of(const uint8_t *digest)
{
    uint64_t key;
    memcpy(&key, digest, sizeof(key));
    return key == 0 ? 1 : key;
}

const struct token *token_find(const struct tokens *tokens, const uint8_t digest[HASH_DIGEST_SIZE])
{
    uint64_t row = 0;
    if (!map_find(&tokens->by_digest, key_of(digest), &row))
        return NULL;
    const struct token *token = &tokens->rows[row];
    return memcmp(token->digest, digest, HASH_DIGEST_SIZE) == 0 ? token : NULL;
}

const struct token *token_at(const struct tokens *tokens, uint32_t row)
{
    ensure(row <= tokens->row_count);
    return row == 0 ? NULL : &tokens->rows[row];
}

static uint32_t take_row(struct tokens *tokens)
{
    if (tokens->free != 0) {
        uint32_t row = tokens->free;
        tokens->free = tokens->rows[row].next;
        return row;
    }
    uint32_t row = tokens->row_count + 1;
    if (row >= tokens->capacity)
        tokens->rows = memory_grow(tokens->rows, &tokens->capacity, sizeof(*tokens->rows));
    tokens->row_count = row;
    return row;
}

static void list_join(struct tokens *tokens, uint32_t row)
{
    struct token *token = &tokens->rows[row];
    token->older = tokens->newest;
    token->newer = 0;
    if (tokens->newest == 0)
        tokens->oldest = row;
    else
        tokens->rows[tokens->newest].newer = row;
    tokens->newest = row;
}

static void list_leave(struct tokens *tokens, uint32_t row)
{
    const struct token *token = &tokens->rows[row];
    if (token->older == 0)
        tokens->oldest = token->newer;
    else
        tokens->rows[token->older].newer = token->newer;
    if (token->newer == 0)
        tokens->newest = token->older;
    else
        tokens->rows[token->newer].older = token->older;
}

void token_add(struct tokens *tokens, uint32_t *first, const struct token *token)
{
    uint64_t ignored = 0;
    ensure(token->customer != 0);
    ensure(!map_find(&tokens->by_digest, key_of(token->digest), &ignored));
    uint32_t row = take_row(tokens);
    tokens->rows[row] = *token;
    tokens->rows[row].next = *first;
    list_join(tokens, row);
    *first = row;
    tokens->count++;
    map_put(&tokens->by_digest, key_of(token->digest), row);
}

void token_remove(struct tokens *tokens, uint32_t *first, const uint8_t digest[HASH_DIGEST_SIZE])
{
    uint32_t *link = first;
    while (*link != 0 && memcmp(tokens->rows[*link].digest, digest, HASH_DIGEST_SIZE) != 0)
        link = &tokens->rows[*link].next;
    uint32_t row = *link;
    ensure(row != 0);
    *link = tokens->rows[row].next;
    bool is_removed = map_remove(&tokens->by_digest, key_of(digest));
    ensure(is_removed);
    list_leave(tokens, row);
    tokens->rows[row] = (struct token){.next = tokens->free};
    tokens->free = row;
    tokens->count--;
}
