/*
 * tree.h - the category tree as search sees it: categories numbered in pre-order, so that "in this
 * category or below it" is a range of positions, and the position of every document's category.
 *
 * Replaced whole when the tree changes; what readers hold stays consistent in itself.
 */
#ifndef SEARCH_INDEX_TREE_H
#define SEARCH_INDEX_TREE_H

#include "search/index/terms.h"
#include "search/rcu.h"
#include "search/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Positions first..last; 0 stands for no category. */
struct tree_range {
    uint16_t first;
    uint16_t last;
};

/* A word in the name of a category; sorted by term, then by position. */
struct tree_mention {
    uint32_t term;
    uint32_t category;
};

struct tree {
    struct rcu_head rcu;
    uint32_t category_count;
    struct tree_range *ranges; /* by category number: itself and all below */
    uint16_t *parents;         /* by position: position of the parent */
    uint32_t *categories;      /* by position */
    uint16_t *leaf;            /* by document; atomic */
    /* By 1,024 documents: the highest leaf, and by how much the lowest is less than UINT16_MAX;
     * only ever widened; atomic. */
    uint16_t *zone_high;
    uint16_t *zone_below_top;
    struct tree_mention *mentions;
    uint32_t mention_count;
    uint32_t *words; /* by mention, unsorted: the word that is in use */
};

/* Writer. The tree as the view has it; names become terms, documents of `before` (may be NULL) get
 * their new positions. */
struct tree *tree_make(const struct view_categories *categories, struct terms *terms,
                       const struct tree *before, uint32_t docs) MUST_USE;
void tree_release(struct tree *tree);
/* Writer: its words are in use no more, and it goes once nobody reads it. */
void tree_retire(struct tree *tree, struct terms *terms);
void tree_set_doc(struct tree *tree, uint32_t doc, uint32_t category);
uint64_t tree_bytes(const struct tree *tree, uint32_t docs);

/* Readers. False when there is no such category. */
bool tree_find(const struct tree *tree, uint32_t category, struct tree_range *range_out);
/* May a document of this zone lie in the range? */
static inline bool tree_zone_meets(const struct tree *tree, uint32_t zone, struct tree_range range)
{
    return PEEK(tree->zone_high[zone]) >= range.first &&
           UINT16_MAX - PEEK(tree->zone_below_top[zone]) <= range.last;
}
/* True when all documents of the zone are of one category, whose position it is. */
static inline bool tree_zone_is_one(const struct tree *tree, uint32_t zone, uint16_t *position_out)
{
    *position_out = PEEK(tree->zone_high[zone]);
    return UINT16_MAX - PEEK(tree->zone_below_top[zone]) == *position_out;
}
/* Categories with a name that has the term: their ranges, none within another. Returns how many, at
 * most count_max of them; *all_out false when there were more. */
uint32_t tree_mentions(const struct tree *tree, uint32_t term, uint32_t count_max,
                       struct tree_range *ranges_out, bool *all_out);
/* The mentions of the term, behind one another. */
const struct tree_mention *tree_first_mention(const struct tree *tree, uint32_t term,
                                              uint32_t *count_out);

#endif
