/* random_query.h - any question about the random catalogue of catalog_fixture.h. */
#ifndef TESTS_LIB_RANDOM_QUERY_H
#define TESTS_LIB_RANDOM_QUERY_H

#include "base/arena.h"
#include "base/random.h"
#include "search/query.h"

/* For a back end that is asked them. */
extern const struct text random_query_synonyms;

/* Texts live in the arena, or for ever. */
struct search_query random_query(struct random *random, struct arena *arena);

#endif
