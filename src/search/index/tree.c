#include "search/index/tree.h"

#include "base/memory.h"
#include "base/queue.h"
#include "search/index/columns.h"
#include "search/index/tokens.h"

#include <stdlib.h>

enum { ROWS = DOCS_MAX + BLOCK, ZONES = (ROWS >> ZONE_BITS) + 1 };

_Static_assert(CATALOG_CATEGORIES_MAX <= UINT16_MAX, "positions are uint16_t");

/* --- making one --- */

/* Children of each category by number, as lists. */
struct kinship {
    uint32_t *first_child;
    uint32_t *next_sibling;
};

static struct kinship kinship_of(const struct view_categories *categories)
{
    size_t count = (size_t)categories->count + 1;
    struct kinship kinship = {
        .first_child = memory_alloc_zeroed(count, sizeof(uint32_t)),
        .next_sibling = memory_alloc_zeroed(count, sizeof(uint32_t)),
    };
    for (uint32_t number = categories->count; number > 0; number--) {
        uint32_t parent = categories->categories[number].parent;
        ensure(parent <= categories->count);
        kinship.next_sibling[number] = kinship.first_child[parent];
        kinship.first_child[parent] = number;
    }
    return kinship;
}

/* Walks the tree without recursion: down to the first child, else on to the next sibling of the
 * nearest ancestor that has one. */
static void number_in_preorder(struct tree *tree, const struct view_categories *categories)
{
    struct kinship kinship = kinship_of(categories);
    uint16_t position = 0;
    uint32_t at = kinship.first_child[0];
    while (at != 0) {
        uint32_t parent = categories->categories[at].parent;
        position++;
        tree->categories[position] = at;
        tree->ranges[at].first = position;
        tree->parents[position] = tree->ranges[parent].first;
        if (kinship.first_child[at] != 0) {
            at = kinship.first_child[at];
            continue;
        }
        tree->ranges[at].last = position;
        while (at != 0 && kinship.next_sibling[at] == 0) {
            at = categories->categories[at].parent;
            tree->ranges[at].last = position;
        }
        at = kinship.next_sibling[at];
    }
    ensure(position == categories->count);
    tree->ranges[0] = (struct tree_range){0, 0}; /* no category has no others below it */
    memory_free(kinship.first_child);
    memory_free(kinship.next_sibling);
}

static void add_mention(struct tree *tree, uint32_t *capacity, struct terms *terms, uint32_t word,
                        uint32_t category)
{
    if (word == WORD_NONE)
        return;
    if (tree->mention_count == *capacity) {
        uint32_t words_capacity = *capacity;
        tree->words = memory_grow(tree->words, &words_capacity, sizeof tree->words[0]);
        tree->mentions = memory_grow(tree->mentions, capacity, sizeof tree->mentions[0]);
        ensure(words_capacity == *capacity);
    }
    tree->words[tree->mention_count] = word;
    tree->mentions[tree->mention_count++] =
        (struct tree_mention){terms->words[word].term, category};
    terms_use_word(terms, word);
}

static void add_mentions(struct tree *tree, const struct view_categories *categories,
                         struct terms *terms)
{
    uint32_t capacity = 0;
    for (uint32_t number = 1; number <= categories->count; number++) {
        struct joining_cursor cursor;
        struct search_token token;
        tokens_begin_joining(&cursor, text_of(categories->categories[number].name));
        while (tokens_next_joining(&cursor, &token))
            add_mention(tree, &capacity, terms, terms_add_word(terms, &token), number);
    }
}

static int compare_mentions(const void *left, const void *right, void *context)
{
    const struct tree_mention *a = left;
    const struct tree_mention *b = right;
    const struct tree *tree = context;
    if (a->term != b->term)
        return a->term < b->term ? -1 : 1;
    return (int)tree->ranges[a->category].first - (int)tree->ranges[b->category].first;
}

static void widen_zone(struct tree *tree, uint32_t doc, uint16_t leaf)
{
    uint32_t zone = doc >> ZONE_BITS;
    uint16_t below_top = (uint16_t)(UINT16_MAX - leaf);
    if (below_top > tree->zone_below_top[zone])
        POKE(tree->zone_below_top[zone], below_top);
    if (leaf > tree->zone_high[zone])
        POKE(tree->zone_high[zone], leaf);
}

static uint16_t position_of(const struct tree *tree, uint32_t category)
{
    return category <= tree->category_count ? tree->ranges[category].first : 0;
}

static void place_docs(struct tree *tree, const struct tree *before, uint32_t docs)
{
    for (uint32_t doc = 0; before != NULL && doc < docs; doc++) {
        uint16_t leaf = position_of(tree, before->categories[before->leaf[doc]]);
        tree->leaf[doc] = leaf;
        widen_zone(tree, doc, leaf);
    }
}

struct tree *tree_make(const struct view_categories *categories, struct terms *terms,
                       const struct tree *before, uint32_t docs)
{
    size_t count = (size_t)categories->count + 1;
    struct tree *tree = memory_alloc_zeroed(1, sizeof *tree);
    tree->category_count = categories->count;
    tree->ranges = memory_alloc_zeroed(count, sizeof tree->ranges[0]);
    tree->parents = memory_alloc_zeroed(count, sizeof tree->parents[0]);
    tree->categories = memory_alloc_zeroed(count, sizeof tree->categories[0]);
    tree->leaf = memory_reserve(ROWS * sizeof tree->leaf[0]);
    tree->zone_below_top = memory_reserve(ZONES * sizeof(uint16_t));
    tree->zone_high = memory_reserve(ZONES * sizeof(uint16_t));
    number_in_preorder(tree, categories);
    add_mentions(tree, categories, terms);
    if (tree->mention_count > 0)
        qsort_r(tree->mentions, tree->mention_count, sizeof tree->mentions[0], compare_mentions,
                tree);
    place_docs(tree, before, docs);
    return tree;
}

void tree_release(struct tree *tree)
{
    memory_unreserve(tree->leaf, ROWS * sizeof tree->leaf[0]);
    memory_unreserve(tree->zone_below_top, ZONES * sizeof(uint16_t));
    memory_unreserve(tree->zone_high, ZONES * sizeof(uint16_t));
    memory_free(tree->ranges);
    memory_free(tree->parents);
    memory_free(tree->categories);
    memory_free(tree->mentions);
    memory_free(tree->words);
    memory_free(tree);
}

static void release_tree(struct rcu_head *head)
{
    READERS_ARE_GONE();
    tree_release(container_of(head, struct tree, rcu));
}

void tree_retire(struct tree *tree, struct terms *terms)
{
    for (uint32_t i = 0; i < tree->mention_count; i++)
        terms_unuse_word(terms, tree->words[i]);
    release_later(&tree->rcu, release_tree);
}

void tree_set_doc(struct tree *tree, uint32_t doc, uint32_t category)
{
    uint16_t leaf = position_of(tree, category);
    widen_zone(tree, doc, leaf);
    POKE(tree->leaf[doc], leaf);
}

uint64_t tree_bytes(const struct tree *tree, uint32_t docs)
{
    return sizeof *tree + (uint64_t)docs * sizeof tree->leaf[0] +
           ((uint64_t)tree->category_count + 1) * (sizeof tree->ranges[0] + 2 + 4) +
           (uint64_t)tree->mention_count * sizeof tree->mentions[0];
}

/* --- readers --- */

bool tree_find(const struct tree *tree, uint32_t category, struct tree_range *range_out)
{
    if (category == 0 || category > tree->category_count)
        return false;
    *range_out = tree->ranges[category];
    return true;
}

const struct tree_mention *tree_first_mention(const struct tree *tree, uint32_t term,
                                              uint32_t *count_out)
{
    uint32_t low = 0;
    uint32_t high = tree->mention_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tree->mentions[middle].term < term)
            low = middle + 1;
        else
            high = middle;
    }
    *count_out = 0;
    while (low + *count_out < tree->mention_count && tree->mentions[low + *count_out].term == term)
        (*count_out)++;
    return tree->mentions == NULL ? NULL : tree->mentions + low;
}

uint32_t tree_mentions(const struct tree *tree, uint32_t term, uint32_t count_max,
                       struct tree_range *ranges_out, bool *all_out)
{
    uint32_t mention_count;
    const struct tree_mention *mentions = tree_first_mention(tree, term, &mention_count);
    uint32_t count = 0;
    uint16_t covered = 0;
    *all_out = true;
    for (uint32_t i = 0; i < mention_count; i++) {
        struct tree_range range = tree->ranges[mentions[i].category];
        if (range.first <= covered)
            continue; /* below the one before */
        if (count == count_max) {
            *all_out = false;
            return count;
        }
        covered = range.last;
        ranges_out[count++] = range;
    }
    return count;
}
