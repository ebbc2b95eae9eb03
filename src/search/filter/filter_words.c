/* filter_words.c - only products that have every word (index/words.h). */
#include "search/filter/filter.h"
#include "search/index/words.h"

static bool prepare(const struct scan *scan, void **state_out)
{
    *state_out = scan->words;
    return scan->words != NULL;
}

static bool list(const struct scan *scan, void *state, struct doc_list *list_out)
{
    (void)scan;
    const struct words *words = state;
    const struct asked_word *rarest = NULL;
    for (uint32_t i = 0; i < words->count; i++) {
        const struct asked_word *each = words->words[i];
        if (!each->is_left_out && each->entries != NULL &&
            (rarest == NULL || each->count < rarest->count))
            rarest = each;
    }
    if (rarest != NULL)
        *list_out = (struct doc_list){rarest->entries, rarest->count};
    return rarest != NULL;
}

static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    struct words *words = state;
    for (uint32_t i = 0; i < words->count; i++) {
        if (!words->words[i]->is_left_out && !word_has(scan, words->words[i], doc))
            return false;
    }
    return true;
}

/* Words whose documents are no bits are asked for what the others have left. */
static void blocks(const struct scan *scan, void *state, uint32_t zone, uint64_t masks[ZONE_BLOCKS])
{
    struct words *words = state;
    bool has_lists = false;
    for (uint32_t i = 0; i < words->count; i++) {
        if (words->words[i]->is_left_out)
            continue;
        bool is_list = words->words[i]->entries != NULL;
        has_lists |= is_list && words->words[i]->entries != scan->walked;
        if (!is_list)
            word_zone(scan, words->words[i], zone, masks);
    }
    for (uint32_t at = 0; has_lists && at < ZONE_BLOCKS; at++) {
        uint32_t first = zone * ZONE_DOCS + at * BLOCK;
        for (uint64_t left = masks[at]; left != 0; left &= left - 1) {
            if (!one(scan, state, first + (uint32_t)__builtin_ctzll(left)))
                masks[at] &= ~(left & -left);
        }
    }
}

const struct search_filter filter_words = {
    .facet = FACET_NONE,
    .prepare = prepare,
    .list = list,
    .blocks = blocks,
    .one = one,
};
