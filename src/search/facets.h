/* facets.h - counts over all products of a result. */
#ifndef SEARCH_FACETS_H
#define SEARCH_FACETS_H

#include "search/filter/filter.h"

struct facet_counter;

struct facet_counter *facets_open(const struct search_scan *scan) MUST_USE;
void facets_add(struct facet_counter *counter, const struct search_row *row);
struct search_facets *facets_finish(struct facet_counter *counter) MUST_USE;

#endif
