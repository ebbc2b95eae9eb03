/*
 * families.h - the found members of each family, until the end of a scan: then the cheapest one
 * that every filter accepts stands for its family.
 *
 * With facets all members are kept, as lists; without them only the cheapest so far, which is what
 * the slot of the family then names.
 */
#ifndef SEARCH_INDEX_FAMILIES_H
#define SEARCH_INDEX_FAMILIES_H

#include "search/index/scan.h"

#include <stdint.h>

/* With facets; `near`: as in scan.h. */
void families_add(const struct scan *scan, uint32_t doc, uint32_t near);
/* Without facets: every filter accepts these documents of a block. */
void families_add_passing(const struct scan *scan, uint32_t block, uint64_t mask);
/* After the last document. */
void families_finish(const struct scan *scan);
/* The document that stands for scratch->families[position]; UINT32_MAX: none passes. */
uint32_t families_leader(const struct scan *scan, uint32_t position);

#endif
