/*
 * document.h - a product as a document of the cluster.
 *
 * Documents say how things are, never what changed, so any of them may be sent twice. Only what
 * search looks at is in them; what is shown comes from the readers' view.
 *
 *   number sku          what a hit is
 *   name near quality   what the score is made from: words of the name, of brand and categories
 *   best sold           what some sorts go by; best = rating << 32 | how many gave it
 *   band level0...      what facets count: the price band, the category at each level of the tree
 *   price rating in_stock brand categories attributes words plain code
 *                       what filters look at. words are stems, plain words are not, code is the SKU
 *                       in lower case, categories are the product's own and all above it
 *   cheaper[]           the same of each cheaper variant of its family, and in `same` which of
 * band, brand and level0... it has in common with this one
 *
 * A family's hit is its cheapest variant that every filter accepts: a document that they accept and
 * in whose `cheaper` they accept nothing. So folding is one more filter, exact in totals, facets
 * and every order; what it costs is that a change of one variant is sent with all its siblings.
 * Beyond DOCUMENT_CHEAPER_MAX cheaper variants the rest is left out, and such a family can be found
 * twice.
 */
#ifndef SEARCH_ELASTIC_DOCUMENT_H
#define SEARCH_ELASTIC_DOCUMENT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "search/elastic/analysis.h"
#include "search/elastic/families.h"
#include "search/view.h"

enum {
    DOCUMENT_SCHEMA = 1, /* another number: every cluster is indexed anew */
    DOCUMENT_CHEAPER_MAX = 100,
};

/* For one reading section. */
struct document_source {
    const struct view *view;
    const struct view_categories *categories;
    const struct families *families;
    struct analysis *analysis;
    struct arena *arena; /* scratch */
};

struct document_index_options {
    uint32_t shards;
    uint32_t replicas;
};

/* The body that creates an index, with an alias. It does not refresh itself until it is told to. */
void document_write_index(struct buffer *out, const struct document_index_options *options,
                          const char *alias);

/* False, and nothing written, when no such product can be found any more. */
bool document_write(const struct document_source *source, uint32_t number,
                    struct buffer *out) MUST_USE;

/* Where a band begins; 0 for the first, and behind the last. */
int64_t document_band_from(uint32_t band);
/* How many levels the deepest branch of the tree has. */
uint32_t document_levels(const struct view_categories *categories);

#endif
