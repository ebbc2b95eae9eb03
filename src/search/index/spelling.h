/*
 * spelling.h - words that begin with some letters, and words that are spelled almost like one.
 *
 * Both look at a sorted copy of the dictionary, and one by one at the few words that came since it
 * was made; the writer merges those in when they have become many.
 */
#ifndef SEARCH_INDEX_SPELLING_H
#define SEARCH_INDEX_SPELLING_H

#include "search/index/terms.h"

#include <stdint.h>

enum {
    COMPLETIONS_MAX = 10,
    CORRECTIONS_MAX = 3,
    CORRECTED_FROM = 4, /* bytes; shorter words are not corrected */
    CORRECTED_TWICE_FROM = 8,
};

struct spelling;

/* Writer: merges new words in when that is due; `spelling` points to the current one (RCU), NULL at
 * first. */
void spelling_refresh(struct spelling **spelling, const struct terms *terms);
void spelling_release(struct spelling *spelling);
uint64_t spelling_bytes(const struct spelling *spelling);

/* Readers. The words in most documents first; returns how many. */
uint32_t spelling_complete(const struct spelling *spelling, const struct terms *terms,
                           struct text prefix, uint32_t words_out[COMPLETIONS_MAX]);
/*
 * Words at the smallest distance that has any: optimal string alignment (insert, delete, replace,
 * swap neighbours), at most 1, from 8 bytes on 2; another first letter costs one more. The words in
 * most documents first. `text` itself is not among them, nor are words with digits.
 */
uint32_t spelling_correct(const struct spelling *spelling, const struct terms *terms,
                          struct text text, uint32_t words_out[CORRECTIONS_MAX]);

/* The distance, or anything above `most` when it is more than that. */
uint32_t spelling_distance(struct text a, struct text b, uint32_t most);

#endif
