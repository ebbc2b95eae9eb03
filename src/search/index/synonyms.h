/*
 * synonyms.h - words that stand for one another, from the configuration: a line is a group, `tv,
 * television, telly`; a member may be of several words, `mobile, cell phone`. Whoever asks for one
 * finds the others too. Compared by stems, so that plurals need no lines of their own.
 */
#ifndef SEARCH_INDEX_SYNONYMS_H
#define SEARCH_INDEX_SYNONYMS_H

#include "search/index/terms.h"

#include <stdint.h>

enum {
    SYNONYM_WORDS_MAX = 4,    /* of one member */
    SYNONYM_MEMBERS_MAX = 16, /* of one group */
};

struct synonym_member {
    uint32_t term_count;
    uint32_t terms[SYNONYM_WORDS_MAX];
};

struct synonym_group {
    uint32_t member_count;
    struct synonym_member members[SYNONYM_MEMBERS_MAX];
};

struct synonyms;

/* Their words become terms. Lines that begin with # are comments. NULL when there are no groups;
 * what is beyond a limit is left out, and counted in *left_out_out. */
struct synonyms *synonyms_open(struct text lines, struct terms *terms,
                               uint32_t *left_out_out) MUST_USE;
void synonyms_close(struct synonyms *synonyms);

/* The group that has exactly these terms as a member; NULL when none does. */
const struct synonym_group *synonyms_find(const struct synonyms *synonyms, const uint32_t *terms,
                                          uint32_t count);

#endif
