/*
 * search_oracle.h - what a product listing must answer, found by looking at every product for every
 * question; written from search/query.h and sharing no code with the index. One thread.
 *
 * It answers a query as it is written: nothing is corrected or left out. Of relevance with words it
 * knows which products, not in which order.
 */
#ifndef TESTS_LIB_SEARCH_ORACLE_H
#define TESTS_LIB_SEARCH_ORACLE_H

#include "lib/oracle_words.h"
#include "search/query.h"
#include "shop/shop.h"

enum { ORACLE_SYNONYMS_MAX = 32, ORACLE_ENTRIES_MAX = 8 };

/* One line of the synonyms: each entry is the words of one of them. */
struct oracle_synonym {
    struct oracle_words entries[ORACLE_ENTRIES_MAX];
    uint32_t entry_count;
};

struct oracle_product {
    const struct product *product;
    struct oracle_words words; /* of name, brand, description */
    struct text brand;         /* folded, as the next */
    struct text sku;
};

struct search_oracle {
    const struct shop *shop;
    struct sb_stemmer *stemmer;
    struct arena lasting; /* stemmed synonyms */
    struct arena arena;   /* what search_oracle_read() saw */
    struct oracle_synonym synonyms[ORACLE_SYNONYMS_MAX];
    uint32_t synonym_count;
    struct oracle_product *products; /* by number */
    uint32_t product_count;
    struct oracle_words *categories; /* by number: of its own name */
};

void search_oracle_open(struct search_oracle *oracle, const struct shop *shop, const char *language,
                        struct text synonyms);
void search_oracle_close(struct search_oracle *oracle);
/* Looks at the shop as it is now. */
void search_oracle_read(struct search_oracle *oracle);

/* Products by number that have all words of `words`, whatever else is asked for. */
struct oracle_hits {
    bool *has_words; /* by number */
};
struct oracle_hits search_oracle_hits(const struct search_oracle *oracle, struct text words,
                                      struct arena *arena);

struct oracle_answer {
    uint32_t *numbers; /* of the hits, best first; families folded */
    uint32_t count;
};
struct oracle_answer search_oracle_answer(const struct search_oracle *oracle,
                                          const struct search_query *query,
                                          const struct oracle_hits *hits, struct arena *arena);
/* Its count. */
uint32_t search_oracle_total(const struct search_oracle *oracle, const struct search_query *query,
                             const struct oracle_hits *hits, struct arena *arena);
/* Goes a before b? Neither when they are of equal rank and number. */
bool search_oracle_goes_before(const struct search_oracle *oracle, enum search_sort sort,
                               uint32_t a, uint32_t b);

#endif
