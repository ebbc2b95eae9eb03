#include "lib/oracle_tokens.h"

#include "search/index/tokens.h"

bool oracle_tokens_agree(struct text text, struct sb_stemmer *stemmer, struct arena *arena)
{
    struct joining_cursor cursor;
    struct search_token token;
    struct oracle_words words = oracle_words_cut(text, stemmer, arena);
    tokens_begin_joining(&cursor, text);
    for (uint32_t i = 0; i < words.count; i++) {
        const struct oracle_word *word = &words.words[i];
        if (!tokens_next_joining(&cursor, &token) || cursor.is_joined != word->is_joined ||
            token.has_digit != word->has_digit || !text_equal(token.text, word->folded))
            return false;
    }
    return !tokens_next_joining(&cursor, &token);
}
