/*
 * ranking.h - where a product stands in an answer: its rank, lower first, and of equals the lower
 * number. Once a page is full, most products can be seen by one column not to belong on it any
 * more.
 *
 * Relevance, in 1/256: for every word weight (terms_weight()) x place, where the place counts, in
 * 1/256, in the name           563 / (1 + 1.2 (0.25 + 0.75 words of the name / mean)), the length
 *                         normalisation of BM25 with k1 1.2 and b 0.75 and the mean in whole words,
 *                         but at least RANKING_NAME_LEAST
 *   brand or category     RANKING_MIDDLE
 *   description           RANKING_LOW
 * and three quarters of that where a name has another form of an inflected word than was asked for;
 * summed, x 154/256 when out of stock, plus 4 x merit (columns.h).
 */
#ifndef SEARCH_INDEX_RANKING_H
#define SEARCH_INDEX_RANKING_H

#include "search/index/scan.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RANKING_NAME_LEAST = 144,
    RANKING_MIDDLE = 128,
    RANKING_LOW = 38,
    RANKING_MERIT = 4,
    RANKING_OUT_OF_STOCK = 154,
};

/* Where a document has the two heaviest words that bitmaps tell of: GRADE_COUNT x the place of the
 * heavier + that of the other, 0 being the name. What is not known counts as in the name. */
enum { RANKING_WORDS = 2, RANKING_TIERS = GRADE_COUNT * GRADE_COUNT };

struct ranking {
    const struct scan *scan;
    enum search_sort sort;
    uint32_t name_table[NAME_WORDS_MAX + 1];       /* by words of the name */
    const struct asked_word *heavy[RANKING_WORDS]; /* the heaviest; NULL = there are fewer */
    /* Of a relevance, by words of the name. */
    uint32_t words_at_most[RANKING_TIERS][KERNEL_CLASSES];
    bool is_tight;          /* what follows holds */
    const uint32_t *column; /* what is sorted by, where that is a column of uint32_t; or NULL */
    uint32_t column_low, column_high; /* what may still belong on the page */
    const uint8_t *steps, *fines;     /* by price or rating: its places (columns.h) */
    uint16_t place_low, place_high;
    /* By relevance: the least merit, by where the words stand, in stock or not, words of the name;
     * of the tiers whose bits are set in `bounded`, which the others are when they are looked at.
     */
    uint8_t merits[RANKING_TIERS][2][KERNEL_CLASSES];
    uint32_t bounded;
    uint64_t worst_score;
    uint8_t merit_least; /* of all tiers */
};

/* `words` prepared. */
void ranking_init(struct ranking *ranking, const struct scan *scan);
/* The document has all words. */
int64_t ranking_rank(const struct ranking *ranking, uint32_t doc);
/* From now on nothing that goes behind `worst` is wanted. */
void ranking_tighten(struct ranking *ranking, struct search_cursor worst);
/* False when the document is certain to go behind the worst that is wanted. */
bool ranking_looks_good(struct ranking *ranking, uint32_t doc);
static inline bool ranking_may_enter(struct ranking *ranking, uint32_t doc)
{
    if (!ranking->is_tight)
        return true;
    bool lacks_merit = ranking->steps == NULL && ranking->column == NULL &&
                       PEEK(ranking->scan->index->columns.merit[doc]) < ranking->merit_least;
    return !lacks_merit && ranking_looks_good(ranking, doc);
}

/* Of `masks` of a zone, in the blocks whose bits are set in `blocks`, keeps those that may belong
 * between the query's cursor and the worst that is wanted; a few of them do not. Returns a bit for
 * each block that may have any, and nothing holds of the others. */
uint32_t ranking_prune(struct ranking *ranking, uint32_t zone, uint32_t blocks,
                       const uint64_t masks[ZONE_BLOCKS], uint64_t kept_out[ZONE_BLOCKS]) MUST_USE;

static inline bool goes_before(struct search_cursor a, struct search_cursor b)
{
    return a.rank != b.rank ? a.rank < b.rank : a.number < b.number;
}

#endif
