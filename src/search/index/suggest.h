/* suggest.h - what a shopper may be about to type: words, categories, brands, products. */
#ifndef SEARCH_INDEX_SUGGEST_H
#define SEARCH_INDEX_SUGGEST_H

#include "search/index/scan.h"

/* Within a reading section. `scan` is begun, without query and words. */
void index_suggest(struct scan *scan, const struct search_suggest_query *query,
                   struct search_suggestions *suggestions_out);

#endif
