/*
 * analysis.h - words of a text as they are sent to the cluster: cut and folded by index/tokens.h,
 * stemmed by libstemmer. Both back ends so mean the same by a word, and the cluster needs no
 * analyzer for a language.
 */
#ifndef SEARCH_ELASTIC_ANALYSIS_H
#define SEARCH_ELASTIC_ANALYSIS_H

#include "base/arena.h"
#include "base/text.h"
#include "search/index/tokens.h"

#include <stdbool.h>
#include <stdint.h>

struct sb_stemmer;

struct analysis {
    struct sb_stemmer *stemmer; /* of one thread */
};

/* False when libstemmer has no such language. */
bool analysis_open(struct analysis *analysis, struct text language) MUST_USE;
void analysis_close(struct analysis *analysis);
/* What a word is compared by: its stem, or itself when it has a digit. Good until the next call. */
struct text analysis_stem(struct analysis *analysis, struct text word, bool has_digit);

/* A SKU as it is compared: in lower case (ASCII). */
struct text analysis_code(struct text sku, struct arena *arena);

/* Words without order and repetition. Grows in the arena. */
struct word_set {
    struct text *words;
    uint32_t count;
    uint32_t capacity;
};

void word_set_add(struct word_set *set, struct arena *arena, struct text word);
/* Sorts and removes repetitions. */
void word_set_finish(struct word_set *set);

#endif
