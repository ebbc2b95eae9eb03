/*
 * oracle_words.h - words of a text by the rules of search/query.h, cut and stemmed in the slow and
 * obvious way; shares no code with the index.
 *
 * A text is decomposed (NFKD), its case folded and its marks taken off. A word is then a run of
 * letters and digits of at most ORACLE_WORD_MAX bytes; an apostrophe between letters is skipped;
 * letters of scripts that put no spaces are words of their own.
 */
#ifndef TESTS_LIB_ORACLE_WORDS_H
#define TESTS_LIB_ORACLE_WORDS_H

#include "base/arena.h"
#include "base/text.h"

#include <libstemmer.h>

enum { ORACLE_WORD_MAX = 40, ORACLE_WORDS_MAX = 4096 };

struct oracle_word {
    struct text folded;
    struct text stem;
    bool has_digit; /* after it was cut */
    bool is_joined; /* made of the two words at a hyphen; a product has it besides them */
};

struct oracle_words {
    struct oracle_word *words;
    uint32_t count;
};

/* Decomposed, case folded, without marks; TEXT_NONE when it is no UTF-8. */
struct text oracle_fold(struct text text, struct arena *arena);
/* With the joined ones. */
struct oracle_words oracle_words_cut(struct text text, struct sb_stemmer *stemmer,
                                     struct arena *arena);
/* Same stem. */
bool oracle_word_same(const struct oracle_word *a, const struct oracle_word *b);

#endif
