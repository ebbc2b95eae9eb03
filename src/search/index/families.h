/*
 * families.h - the found members of each family: the cheapest one that every filter accepts stands
 * for its family. Compact families (columns.h) are scan.c's.
 *
 * Members of a family mostly lie side by side, so that it is whole when the next one begins. Only
 * of a scattered family (columns.h) what was found is kept until the end of the scan.
 */
#ifndef SEARCH_INDEX_FAMILIES_H
#define SEARCH_INDEX_FAMILIES_H

#include "search/index/scan.h"

#include <stdbool.h>
#include <stdint.h>

/* Found members of one family. */
struct family_run {
    uint32_t family; /* 0 = none */
    uint32_t leader; /* document; UINT32_MAX: none passes */
    uint32_t first;  /* with facets: position + 1 in scratch->members of the last one found */
};

/* The cheaper one, of equally cheap ones that of the lower number; UINT32_MAX is none. */
uint32_t families_cheaper(const struct scan *scan, uint32_t a, uint32_t b);
/* A further member; `near`: as in scan.h. */
void families_add(const struct scan *scan, struct family_run *run, uint32_t doc, uint32_t near);
/* Of a scattered family: until families_next_kept(). */
void families_keep(const struct scan *scan, const struct family_run *run);
/* What was kept, one family after the other: *position starts at 0; false at the end. */
bool families_next_kept(const struct scan *scan, uint32_t *position, struct family_run *run_out);

static inline bool family_is_scattered(const struct scan *scan, uint32_t family)
{
    return bit_get(scan->index->columns.scattered, family);
}

#endif
