/*
 * fuzz_tokens.c - any bytes cut into words: every word is UTF-8 within its limit, there is an end,
 * a buffer is never overrun, and what is UTF-8 gives the words that the oracle cuts and joins.
 */
#include "lib/oracle_tokens.h"
#include "search/index/tokens.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { SIZE_MAX_TRIED = 400, FOLDED_SIZE = 64, GROWTH_MAX = 20 /* of one letter, by folding */ };

static struct sb_stemmer *stemmer;

static uint32_t check_words(struct text text)
{
    struct token_cursor cursor;
    struct search_token token;
    uint32_t count = 0;
    tokens_begin(&cursor, text);
    while (tokens_next(&cursor, &token)) {
        ensure(token.text.length > 0);
        ensure(token.text.length <= TOKEN_BYTES_MAX);
        ensure(text_is_utf8(token.text));
        ensure(++count <= text.length * GROWTH_MAX);
    }
    ensure(!tokens_next(&cursor, &token));
    return count;
}

static void check_fold(struct text text)
{
    char folded[FOLDED_SIZE];
    char again[FOLDED_SIZE];
    memset(folded, 'x', sizeof folded);
    uint32_t length = tokens_fold(text, folded, sizeof folded);
    ensure(length < sizeof folded);
    ensure(folded[length] == '\0');
    ensure(text_is_utf8((struct text){folded, length}));
    ensure(tokens_fold((struct text){folded, length}, again, sizeof again) == length);
    ensure(memcmp(folded, again, length) == 0);
    for (uint32_t room = 1; room < 4; room++)
        ensure(tokens_fold(text, folded, room) < room);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > SIZE_MAX_TRIED)
        return 0;
    if (stemmer == NULL)
        stemmer = sb_stemmer_new("english", "UTF_8");
    struct text text = {(const char *)bytes, (uint32_t)size};
    struct arena arena;
    arena_init(&arena, 1 << 16, (size_t)1 << 24);
    (void)check_words(text);
    if (text_is_utf8(text))
        ensure(oracle_tokens_agree(text, stemmer, &arena));
    check_fold(text);
    arena_release(&arena);
    return 0;
}
