/* shortages.h - 409 out_of_stock with an entry for every line that cannot be filled. */
#ifndef API_SHORTAGES_H
#define API_SHORTAGES_H

#include "api/call.h"

/* `list` is what the lines are called in the request: lines[0], items[0]. */
void shortages_refuse(struct call *call, const char *list, const struct shortage *shortages,
                      uint32_t count);

#endif
