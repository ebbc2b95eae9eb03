/*
 * search_cluster.h - the search of a shop on a cluster (search/elastic/), as the settings say, and
 * what it asks of the event log.
 */
#ifndef CLI_SEARCH_CLUSTER_H
#define CLI_SEARCH_CLUSTER_H

#include "cli/shop_open.h"
#include "search/backend.h"

/* The view shows the whole shop, whose executor has not started. `open` stays where it is. NULL,
 * and the reason on standard error or in the log, when a setting cannot be followed. The fallback
 * (may be NULL) is closed with the back end, or when this fails. */
struct search_backend *search_cluster_open(const struct config *config, struct open_shop *open,
                                           struct text synonyms,
                                           struct search_backend *fallback) MUST_USE;

#endif
