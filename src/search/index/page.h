/*
 * page.h - the hits of one page while a scan goes on: the best so far, in order, and what they say
 * about which documents can still belong among them.
 */
#ifndef SEARCH_INDEX_PAGE_H
#define SEARCH_INDEX_PAGE_H

#include "search/index/ranking.h"

#include <stdbool.h>
#include <stdint.h>

enum { PAGE_WAITING_MAX = 16 };

struct hit {
    struct search_cursor place;
    uint32_t doc;
};

struct page {
    const struct scan *scan;
    struct ranking ranking;
    struct hit hits[SEARCH_LIMIT_MAX + 1]; /* best first; one more than asked for */
    uint32_t count;
    uint32_t wanted;
    uint32_t waiting[PAGE_WAITING_MAX]; /* documents */
    uint32_t waiting_count;
    bool is_loose; /* the page got better since the ranking was tightened */
};

/* `scan` with its words prepared. */
void page_init(struct page *page, const struct scan *scan);
/* Keeps those of a zone that may belong on the page, as ranking_prune() does. */
uint32_t page_prune(struct page *page, uint32_t zone, uint32_t blocks,
                    const uint64_t masks[ZONE_BLOCKS], uint64_t kept_out[ZONE_BLOCKS]) MUST_USE;
/* The document was found. It waits for a few others, while memory brings what is to be known of
 * it. */
void page_add(struct page *page, uint32_t doc);
/* Hits, the cursor behind them and whether there are more: at the end. */
void page_write(struct page *page, struct search_result *result);

#endif
