/*
 * clauses.h - the filters of a query as clauses of the cluster, one by one, because each facet
 * leaves one of them out. Each is written twice: for the document itself and for the cheaper
 * variants of its family in it.
 */
#ifndef SEARCH_ELASTIC_CLAUSES_H
#define SEARCH_ELASTIC_CLAUSES_H

#include "search/elastic/asked.h"
#include "search/query.h"

enum clause {
    CLAUSE_BASE = 0, /* words, attributes, lists: no facet leaves them out */
    CLAUSE_CATEGORY,
    CLAUSE_BRAND,
    CLAUSE_PRICE,
    CLAUSE_RATING,
    CLAUSE_STOCK,
    CLAUSE_COUNT,
    CLAUSE_NONE = CLAUSE_COUNT,
};

/* {...},{...} each; empty where the query does not ask for it. In the arena. */
struct clauses {
    struct text own[CLAUSE_COUNT];
    struct text cheaper[CLAUSE_COUNT];
    bool folds; /* families become one hit */
};

void clauses_make(struct clauses *clauses, const struct search_query *query,
                  const struct asked *asked, struct arena *arena);

/* A bool query: every clause except `left_out` from `first` on, and `extra` (may be empty), and
 * nothing of the kind among cheaper variants, of which only those with the same `same` count (NULL:
 * all). `extra_cheaper` is `extra` for them. */
struct clauses_filter {
    enum clause first;
    enum clause left_out;
    const char *same;
    struct text extra;
    struct text extra_cheaper;
};
void clauses_write(const struct clauses *clauses, const struct clauses_filter *filter,
                   struct buffer *out);

#endif
