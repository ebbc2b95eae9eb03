/*
 * order.h - in which order the products of a catalogue become documents, when an index is built.
 *
 * Any order is right; this one lets a search pass over what is alike. By category, so that whole
 * zones are skipped; in it families first, each within one block of 64 where it can be (columns.h,
 * compact_any()); then brands that have many products there, one after the other; then the rest.
 * What has more merit goes first, so that the blocks behind it have no chance once a page is full.
 */
#ifndef SEARCH_INDEX_ORDER_H
#define SEARCH_INDEX_ORDER_H

#include "search/index/scan.h"

/* The numbers of products 1..`count` of the index's view, in the order in which they are to be
 * added; for memory_free(). Within a reading section of the view. */
uint32_t *order_products(const struct index *index, uint32_t count) MUST_USE;

#endif
