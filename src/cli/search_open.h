/* search_open.h - the search of a shop that is being opened, as the settings say. */
#ifndef CLI_SEARCH_OPEN_H
#define CLI_SEARCH_OPEN_H

#include "cli/shop_open.h"

/* The view shows the whole shop already, and its executor has not started. NULL, and the reason on
 * standard error, when a setting cannot be followed. */
struct search_backend *search_open(const struct config *config, struct open_shop *open) MUST_USE;

#endif
