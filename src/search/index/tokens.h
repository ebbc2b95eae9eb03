/*
 * tokens.h - cuts a text into words as both products and queries are: compatibility-decomposed,
 * case folded, marks stripped (Unicode NFKD and case folding, by utf8proc), so `Café` gives `cafe`.
 *
 * A word is a run of letters and digits. An apostrophe between letters is dropped: women's gives
 * womens. Scripts written without spaces give a word per code point. A longer word is cut before
 * the first code point that ends beyond TOKEN_BYTES_MAX; what is behind does not count.
 */
#ifndef SEARCH_INDEX_TOKENS_H
#define SEARCH_INDEX_TOKENS_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TOKEN_BYTES_MAX = 40,
    TOKEN_ROOM = 16, /* bytes that can be read from a word's first on, whatever its length */
};

struct search_token {
    struct text text;   /* in the cursor, good until the next call; see TOKEN_ROOM */
    struct text source; /* where it stands in what is cut */
    bool has_digit;     /* such a word is compared as it is, never by its stem or its spelling */
    bool after_hyphen;  /* nothing but one hyphen stands between the word before and this one */
};

/* What stands between the word before and the next one, as it is decomposed; marks do not count. */
enum token_gap { GAP_NONE = 0, GAP_HYPHEN, GAP_OTHER };

struct token_cursor {
    const char *at;
    const char *end;
    uint32_t length;     /* of bytes */
    uint32_t length_max; /* TOKEN_BYTES_MAX; where a code point did not fit, the length before it */
    bool has_digit;
    bool after_letter;    /* an apostrophe here may be part of the word */
    enum token_gap gap;   /* before the word */
    uint32_t points_used; /* of what the code point at `at` becomes, by the word before */
    char bytes[TOKEN_BYTES_MAX + TOKEN_ROOM];
};

/* Invalid UTF-8 counts as space. */
void tokens_begin(struct token_cursor *cursor, struct text text);
/* False at the end. */
bool tokens_next(struct token_cursor *cursor, struct search_token *token_out) MUST_USE;

/*
 * The same for what is searched, where two words with one hyphen between are one word besides:
 * t-shirt gives t, shirt and tshirt. A hyphen is what is decomposed to that of ASCII, as the one of
 * full width is; marks do not count as between.
 */
struct joining_cursor {
    struct token_cursor words;
    bool has_joined;        /* joined[] comes next */
    bool is_joined;         /* joined[] came last */
    uint32_t before_length; /* of the word before, at the start of joined[] */
    bool before_has_digit;
    bool before_is_full; /* takes nothing more */
    char joined[2 * TOKEN_BYTES_MAX];
};

void tokens_begin_joining(struct joining_cursor *cursor, struct text text);
/* `is_joined` of the cursor says whether it is such a besides. */
bool tokens_next_joining(struct joining_cursor *cursor, struct search_token *token_out) MUST_USE;

/* The whole text as words with one space between; at most size - 1 bytes and a NUL. Returns the
 * length. For comparing names. */
uint32_t tokens_fold(struct text text, char *folded_out, uint32_t size);

#endif
