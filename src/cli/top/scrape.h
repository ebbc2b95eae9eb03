/*
 * scrape.h - what GET /metrics said at one moment, and what happened between two of them.
 *
 * Reads the text format that api/metrics writes; lines it does not understand are left out. Labels
 * are compared as written: method="GET",route="/v1/products".
 */
#ifndef CLI_TOP_SCRAPE_H
#define CLI_TOP_SCRAPE_H

#include "base/check.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct sample {
    struct text name;
    struct text labels; /* between the braces; empty where there are none */
    double value;
};

struct scrape {
    char *bytes; /* its own copy; names and labels point into it */
    struct sample *samples;
    uint32_t count;
    uint64_t taken_ns; /* monotonic */
};

/* Two scrapes, the later one second: both outlive it. */
struct span {
    const struct scrape *before;
    const struct scrape *now;
};

void scrape_read(struct scrape *scrape, struct text body, uint64_t taken_ns);
void scrape_release(struct scrape *scrape);

/* 0 where there is no such sample. */
double scrape_value(const struct scrape *scrape, const char *name, struct text labels);
/* Over all labels. */
double scrape_sum(const struct scrape *scrape, const char *name);

/* A counter that was not there before started at 0; one that fell started over. */
double span_growth(const struct span *span, const char *name, struct text labels);
double span_seconds(const struct span *span);
/* Of a histogram: the seconds that so many permille of what came meanwhile took at most, spread
 * evenly within a bucket; beyond the last bound: that bound. 0 when nothing came. */
double span_quantile(const struct span *span, const char *name, struct text labels,
                     uint32_t permille);

#endif
