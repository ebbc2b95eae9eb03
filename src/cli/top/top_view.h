/* top_view.h - one picture of `shopd top`: what happened between two scrapes, as text. */
#ifndef CLI_TOP_TOP_VIEW_H
#define CLI_TOP_TOP_VIEW_H

#include "base/buffer.h"
#include "cli/top/scrape.h"

struct top_view {
    const char *url;
    uint32_t routes_max; /* lines of routes; the busiest */
};

void top_view_write(struct buffer *out, const struct top_view *view, const struct span *span);

#endif
