/*
 * search_bed.h - a random or hand-made catalogue with a search index over it and the oracle beside
 * it, for tests of the search.
 */
#ifndef TESTS_LIB_SEARCH_BED_H
#define TESTS_LIB_SEARCH_BED_H

#include "lib/catalog_fixture.h"
#include "lib/search_oracle.h"
#include "search/backend.h"

struct search_bed {
    struct catalog_fixture fixture;
    struct search_backend *backend;
    struct search_oracle oracle;
    struct text synonyms;
    struct arena arena; /* of answers; reset it between two questions */
};

/* So many random products; English; `synonyms` as in index/index.h. */
void search_bed_open(struct search_bed *bed, uint64_t seed, uint32_t product_count,
                     struct text synonyms);
void search_bed_close(struct search_bed *bed);
/* Another index, which reads what is there now; closing the old one is the caller's. */
void search_bed_open_index(struct search_bed *bed);

/* What one product is made of; NULL = empty. */
struct search_bed_product {
    const char *sku; /* NULL = made from the number */
    const char *name;
    const char *brand;
    const char *description;
    const char *family;
    const char *attributes;
    uint32_t category;   /* 0 = 1 */
    int64_t price_minor; /* 0 = 1000 */
    uint16_t rating_x100;
    uint32_t rating_count;
    uint32_t on_hand; /* 0 = 5 */
    bool is_out;
    bool is_archived;
};
/* The next product; its number. Published. */
uint32_t search_bed_add(struct search_bed *bed, const struct search_bed_product *product);
/* A new version of a product there is. Published. */
void search_bed_set(struct search_bed *bed, uint32_t number,
                    const struct search_bed_product *product);

/* From any registered thread, with an arena of its own. Aborts when the back end cannot answer or
 * breaks a rule that holds for every answer. */
struct search_result search_ask_now(struct search_backend *backend,
                                    const struct search_query *query, struct arena *arena);
struct search_result search_bed_ask(struct search_bed *bed, const struct search_query *query);
struct search_suggestions search_bed_suggest(struct search_bed *bed, const char *words,
                                             uint32_t limit);

/* Every hit of a query from its first page on, in pages of query.limit. */
struct search_walk {
    uint32_t *numbers;
    uint32_t count;
    struct search_result first; /* of the first page */
};
/* A moving catalogue may not end; stops behind `most` hits. */
struct search_walk search_walk(struct search_backend *backend, struct search_query query,
                               struct arena *arena, uint32_t most);

#endif
