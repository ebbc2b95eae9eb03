/* body.h - what a cluster is asked for one listing. */
#ifndef SEARCH_ELASTIC_BODY_H
#define SEARCH_ELASTIC_BODY_H

#include "search/elastic/clauses.h"

/* Names of the facets' aggregations. */
#define BODY_LEVEL  "level"  /* and the level's number */
#define BODY_RATING "rating" /* and the band's number */

enum { BODY_BRANDS_PER_SHARD = 10000, BODY_PRICE_BANDS = SEARCH_PRICE_BANDS_MAX };

extern const uint16_t body_ratings_x100[SEARCH_RATING_BANDS];

struct body_spec {
    const struct search_query *query;
    const struct asked *asked;
    const struct clauses *clauses;
    uint32_t levels;         /* of the category tree */
    uint32_t category_count; /* in the tree */
};

void body_write_search(const struct body_spec *spec, struct buffer *out);
/* Appends the text as a regular expression that nothing else matches. */
void body_escape_pattern(struct text text, struct buffer *out);
/* How many products have each word, and what else each may mean. There must be one. */
void body_write_probe(const struct asked *asked, struct buffer *out);

#endif
