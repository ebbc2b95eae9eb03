/*
 * walk.h - the whole catalogue in the order of entry, forwards or backwards: nothing is scanned,
 * the products of the page are walked to by their numbers.
 */
#ifndef SEARCH_INDEX_WALK_H
#define SEARCH_INDEX_WALK_H

#include "search/index/scan.h"

#include <stdbool.h>

/* False when the query asks for more than that, or a family on the page is scattered: then
 * scan_run() has to answer. */
bool walk_run(struct scan *scan, struct search_result *result_out);

#endif
