/*
 * words.h - words of a query and where they occur in a product: name, brand, SKU, description,
 * names of its category and of those above it. ASCII letters match in either case, other bytes as
 * they are.
 */
#ifndef SEARCH_WORDS_H
#define SEARCH_WORDS_H

#include "search/filter/filter.h"

struct search_words;

/* NULL when the query has none. Words behind SEARCH_WORDS_MAX are not looked at. */
const struct search_words *search_words_prepare(const struct search_scan *scan);
/* Every word occurs somewhere. */
bool search_words_match(const struct search_words *words, const struct product *product);
/* Higher where words occur in weightier places. */
uint32_t search_words_score(const struct search_words *words, const struct product *product);

#endif
