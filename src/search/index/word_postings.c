/* word_postings.c - which documents have a word of a query, in any of its ways. */
#include "search/index/words.h"

#include <stdlib.h>

enum {
    MERGED_PART = 256, /* up to one document in so many: a sorted list; beyond: bitmaps */
    MERGED_MIN = 64,
    RANGES_MAX = 256,      /* category ranges of one word that are looked at */
    SKU_WEIGHT = 16 * 256, /* what a SKU says: more than any word */
};

/* One way to have a word. */
struct source {
    struct postings_view postings;
    bool
        is_other; /* not what was asked for, which is found too: counts as a place of less weight */
};

/* Bitmaps being filled from several sources. */
struct mixture {
    uint64_t *any, *high, *middle;
};

static bool postings_have(const struct postings_view *view, uint32_t doc, enum grade *grade_out)
{
    if (view->entries == NULL) {
        *grade_out = bits_has(view->high, doc)     ? GRADE_HIGH
                     : bits_has(view->middle, doc) ? GRADE_MIDDLE
                                                   : GRADE_LOW;
        return bits_has(view->any, doc);
    }
    uint32_t at = postings_seek(view->entries, 0, view->count, doc);
    if (at == view->count)
        return false;
    uint32_t entry = PEEK(view->entries[at]);
    *grade_out = entry_grade(entry);
    return entry_doc(entry) == doc;
}

/* Documents that have all terms of a way, along the rarest list; false when there is no list. */
static bool intersect_lists(const struct scan *scan, const struct postings_view *views,
                            uint32_t count, struct postings_view *both_out)
{
    const struct postings_view *rarest = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (views[i].entries != NULL && (rarest == NULL || views[i].count < rarest->count))
            rarest = &views[i];
    }
    if (rarest == NULL)
        return false;
    uint32_t *entries =
        arena_alloc_array(scan->arena, (size_t)rarest->count + 1, sizeof entries[0]);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rarest->count; i++) {
        uint32_t doc = entry_doc(PEEK(rarest->entries[i]));
        enum grade lowest = GRADE_HIGH;
        bool has_all = doc < scan->docs && bit_get(scan->index->columns.live, doc);
        for (uint32_t j = 0; j < count && has_all; j++) {
            enum grade grade;
            has_all = postings_have(&views[j], doc, &grade);
            lowest = has_all && grade < lowest ? grade : lowest;
        }
        if (has_all)
            entries[kept++] = entry_make(doc, lowest);
    }
    *both_out = (struct postings_view){.entries = entries, .count = kept};
    return true;
}

static void intersect_bitmaps(const struct scan *scan, const struct postings_view *views,
                              uint32_t count, struct postings_view *both_out)
{
    uint64_t *any = scratch_bitmap(scan->scratch);
    uint64_t *high = scratch_bitmap(scan->scratch);
    uint32_t docs = 0;
    for (uint32_t block = 0; block < scan->blocks; block++) {
        any[block] = PEEK(scan->index->columns.live[block]);
        high[block] = UINT64_MAX;
        for (uint32_t i = 0; i < count; i++) {
            any[block] &= bits_block(views[i].any, block);
            high[block] &= bits_block(views[i].high, block);
        }
        docs += bits_count(any[block]);
    }
    *both_out = (struct postings_view){
        .count = docs,
        .any = {any, scan->blocks},
        .high = {high, scan->blocks},
    };
}

static void read_way(const struct scan *scan, const struct word_way *way,
                     struct postings_view *view_out)
{
    struct postings_view *views = arena_alloc_array(scan->arena, way->term_count, sizeof views[0]);
    for (uint32_t i = 0; i < way->term_count; i++) {
        if (way->terms[i] == TERM_NONE) {
            *view_out = (struct postings_view){0};
            return;
        }
        postings_read(&scan->index->terms.terms[way->terms[i]].postings, &views[i]);
    }
    if (!intersect_lists(scan, views, way->term_count, view_out))
        intersect_bitmaps(scan, views, way->term_count, view_out);
}

/* --- one source out of several --- */

static uint32_t demoted(uint32_t entry)
{
    return entry_grade(entry) == GRADE_HIGH ? entry_make(entry_doc(entry), GRADE_MIDDLE) : entry;
}

/* Grades come in no order that a processor could guess, so each has a bitmap and none is asked for;
 * a low one is told by no other. */
static void mix_entries(const struct scan *scan, struct mixture *mixture,
                        const struct source *source)
{
    uint64_t *const of_grade[GRADE_COUNT] = {
        [GRADE_LOW] = mixture->any,
        [GRADE_MIDDLE] = mixture->middle,
        [GRADE_HIGH] = source->is_other ? mixture->middle : mixture->high,
    };
    for (uint32_t i = 0; i < source->postings.count; i++) {
        uint32_t entry = PEEK(source->postings.entries[i]);
        uint32_t doc = entry_doc(entry);
        if (doc >= scan->docs)
            break;
        uint64_t bit = UINT64_C(1) << doc % BLOCK;
        mixture->any[doc / BLOCK] |= bit;
        of_grade[entry_grade(entry)][doc / BLOCK] |= bit;
    }
}

static void mix_bits(const struct scan *scan, uint64_t *into, struct bits bits)
{
    uint32_t blocks = bits.count < scan->blocks ? bits.count : scan->blocks;
    scan->index->kernels->join(into, bits.words, blocks);
}

static void mix_range(const struct scan *scan, struct mixture *mixture, struct tree_range range)
{
    for (uint32_t block = 0; block < scan->blocks; block++) {
        if (block % ZONE_BLOCKS == 0 && !tree_zone_meets(scan->tree, block / ZONE_BLOCKS, range)) {
            block += ZONE_BLOCKS - 1;
            continue;
        }
        uint64_t mask = scan->index->kernels->range_u16(scan->tree->leaf + (size_t)block * BLOCK,
                                                        range.first, range.last);
        mixture->any[block] |= mask;
        mixture->middle[block] |= mask;
    }
}

static void use_mixture(const struct scan *scan, struct asked_word *word,
                        const struct source *sources, uint32_t count,
                        const struct tree_range *ranges, uint32_t range_count)
{
    struct mixture mixture = {
        scratch_bitmap(scan->scratch),
        scratch_bitmap(scan->scratch),
        scratch_bitmap(scan->scratch),
    };
    for (uint32_t i = 0; i < count; i++) {
        const struct postings_view *view = &sources[i].postings;
        if (view->entries != NULL) {
            mix_entries(scan, &mixture, &sources[i]);
            continue;
        }
        mix_bits(scan, mixture.any, view->any);
        mix_bits(scan, sources[i].is_other ? mixture.middle : mixture.high, view->high);
        mix_bits(scan, mixture.middle, view->middle);
    }
    for (uint32_t i = 0; i < range_count; i++)
        mix_range(scan, &mixture, ranges[i]);
    word->any = (struct bits){mixture.any, scan->blocks};
    word->high = (struct bits){mixture.high, scan->blocks};
    word->middle = (struct bits){mixture.middle, scan->blocks};
}

/* Two sorted lists into one; a document in both keeps its better grade. Which comes first nobody
 * can guess, so no branch asks. */
static uint32_t merge_two(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count,
                          uint32_t *merged_out)
{
    uint32_t i = 0;
    uint32_t j = 0;
    uint32_t count = 0;
    while (i < a_count && j < b_count) {
        uint32_t left = PEEK(a[i]);
        uint32_t right = PEEK(b[j]);
        bool is_left = entry_doc(left) <= entry_doc(right);
        bool is_right = entry_doc(right) <= entry_doc(left);
        uint32_t best = is_left ? left : right;
        uint32_t better = best > right ? best : right;
        merged_out[count++] = is_right ? better : best;
        i += is_left;
        j += is_right;
    }
    while (i < a_count)
        merged_out[count++] = PEEK(a[i++]);
    while (j < b_count)
        merged_out[count++] = PEEK(b[j++]);
    return count;
}

static const uint32_t *entries_of(const struct scan *scan, const struct source *source)
{
    const struct postings_view *view = &source->postings;
    if (!source->is_other)
        return view->entries;
    uint32_t *entries = arena_alloc_array(scan->arena, (size_t)view->count + 1, sizeof entries[0]);
    for (uint32_t i = 0; i < view->count; i++)
        entries[i] = demoted(PEEK(view->entries[i]));
    return entries;
}

static void use_merged_list(const struct scan *scan, struct asked_word *word,
                            const struct source *sources, uint32_t count)
{
    const uint32_t *merged = entries_of(scan, &sources[0]);
    uint32_t merged_count = sources[0].postings.count;
    for (uint32_t i = 1; i < count; i++) {
        uint32_t more = sources[i].postings.count;
        uint32_t *both =
            arena_alloc_array(scan->arena, (size_t)merged_count + more + 1, sizeof both[0]);
        merged_count = merge_two(merged, merged_count, entries_of(scan, &sources[i]), more, both);
        merged = both;
    }
    word->entries = merged;
    word->count = merged_count;
}

/* --- a word --- */

static int compare_entries(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static struct postings_view read_skus(const struct scan *scan, const struct asked_word *word)
{
    uint32_t *entries = arena_alloc_array(scan->arena, word->sku_count, sizeof entries[0]);
    uint32_t count = 0;
    for (uint32_t i = 0; i < word->sku_count; i++) {
        uint32_t doc = columns_find(&scan->index->columns, word->skus[i]);
        if (doc < scan->docs)
            entries[count++] = entry_make(doc, GRADE_HIGH);
    }
    qsort(entries, count, sizeof entries[0], compare_entries);
    return (struct postings_view){.entries = entries, .count = count};
}

static void read_source(const struct scan *scan, const struct word_way *way,
                        struct postings_view *view)
{
    if (way->term_count > 1)
        read_way(scan, way, view);
    else if (terms_docs(&scan->index->terms, way->terms[0]) > 0)
        postings_read(&scan->index->terms.terms[way->terms[0]].postings, view);
}

/* Those that have any document; returns how many. */
static uint32_t read_sources(const struct scan *scan, struct asked_word *word,
                             struct source *sources)
{
    uint32_t count = 0;
    bool has_first = false;
    for (uint32_t i = 0; i < word->way_count; i++) {
        const struct word_way *way = &word->ways[i];
        struct source *source = &sources[count];
        *source = (struct source){.is_other = has_first};
        read_source(scan, way, &source->postings);
        if (source->postings.count == 0)
            continue;
        has_first |= i == 0;
        word->docs += way->term_count == 1 ? terms_docs(&scan->index->terms, way->terms[0])
                                           : source->postings.count;
        count++;
    }
    if (word->sku_count > 0) {
        sources[count] = (struct source){.postings = read_skus(scan, word)};
        word->docs += sources[count].postings.count;
        count += sources[count].postings.count > 0;
    }
    return count;
}

static uint32_t read_ranges(const struct scan *scan, const struct asked_word *word,
                            struct tree_range *ranges_out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < word->way_count; i++) {
        const struct word_way *way = &word->ways[i];
        if (way->term_count != 1 || way->terms[0] == TERM_NONE)
            continue;
        bool is_all;
        count += tree_mentions(scan->tree, way->terms[0], RANGES_MAX - count, ranges_out + count,
                               &is_all);
    }
    return count;
}

static uint32_t weight_of(const struct scan *scan, const struct asked_word *word)
{
    if (word->sku_count > 0)
        return SKU_WEIGHT;
    uint32_t weight = 0;
    for (uint32_t i = 0; i < word->way_count && weight == 0; i++) {
        const struct word_way *way = &word->ways[i];
        for (uint32_t j = 0; j < way->term_count; j++) {
            uint32_t docs = terms_docs(&scan->index->terms, way->terms[j]);
            uint32_t each = docs == 0 ? 0 : terms_weight(docs, scan->products);
            weight = each > weight ? each : weight;
        }
    }
    return weight;
}

static void use_sources(const struct scan *scan, struct asked_word *word,
                        const struct source *sources, uint32_t count,
                        const struct tree_range *ranges, uint32_t range_count)
{
    uint64_t listed = 0;
    uint32_t dense = 0;
    for (uint32_t i = 0; i < count; i++) {
        dense += sources[i].postings.entries == NULL;
        listed += sources[i].postings.entries == NULL ? 0 : sources[i].postings.count;
    }
    bool is_list = dense == 0 && range_count == 0;
    if (is_list && count == 0) {
        word->entries = &word->no_entry;
    } else if (is_list && count == 1) {
        word->entries = sources[0].postings.entries;
        word->count = sources[0].postings.count;
    } else if (is_list && listed <= scan->docs / MERGED_PART + MERGED_MIN) {
        use_merged_list(scan, word, sources, count);
    } else if (listed == 0 && dense <= 1 && range_count <= WORD_RANGES_MAX) {
        struct postings_view none = {0};
        const struct postings_view *view = dense == 0 ? &none : &sources[0].postings;
        word->any = view->any;
        word->high = view->high;
        word->middle = view->middle;
        word->range_count = range_count;
        for (uint32_t i = 0; i < range_count; i++)
            word->ranges[i] = ranges[i];
    } else {
        use_mixture(scan, word, sources, count, ranges, range_count);
    }
}

static void read_exact(const struct scan *scan, struct asked_word *word)
{
    const struct terms *terms = &scan->index->terms;
    struct text text = word->used.length > 0 ? word->used : word->text;
    uint32_t known = word->is_one && !word->has_digit ? terms_find_word(terms, text) : WORD_NONE;
    word->exact = (struct postings_view){0};
    word->is_inflected =
        known != WORD_NONE && !text_equal(terms_text(terms, terms->words[known].term), text);
    if (!word->is_inflected)
        return;
    char bytes[TERM_BYTES_MAX];
    uint32_t exact = terms_find_term(terms, terms_exact(text, bytes));
    if (exact != TERM_NONE)
        postings_read(&terms->terms[exact].postings, &word->exact);
}

static void prepare_word(const struct scan *scan, struct asked_word *word)
{
    struct source *sources = arena_alloc_array(scan->arena, WORD_WAYS_MAX + 1, sizeof sources[0]);
    struct tree_range ranges[RANGES_MAX];
    word->docs = 0;
    word->entries = NULL;
    word->count = 0;
    word->position = 0;
    word->graded = 0;
    word->range_count = 0;
    word->any = word->high = word->middle = (struct bits){0};
    uint32_t count = read_sources(scan, word, sources);
    uint32_t range_count = read_ranges(scan, word, ranges);
    if (range_count > 0)
        word->docs += scan->products / MERGED_PART + 1; /* a guess */
    word->weight = weight_of(scan, word);
    read_exact(scan, word);
    use_sources(scan, word, sources, count, ranges, range_count);
}

void words_prepare(const struct scan *scan, struct words *words)
{
    for (uint32_t i = 0; i < words->count; i++) {
        if (!words->words[i]->is_left_out)
            prepare_word(scan, words->words[i]);
    }
}

static uint64_t word_block(const struct scan *scan, const struct asked_word *word, uint32_t block)
{
    uint64_t mask = bits_block(word->any, block);
    for (uint32_t i = 0; i < word->range_count; i++) {
        if (tree_zone_meets(scan->tree, block / ZONE_BLOCKS, word->ranges[i]))
            mask |= scan->index->kernels->range_u16(scan->tree->leaf + (size_t)block * BLOCK,
                                                    word->ranges[i].first, word->ranges[i].last);
    }
    return mask;
}

void word_zone(const struct scan *scan, const struct asked_word *word, uint32_t zone,
               uint64_t masks[ZONE_BLOCKS])
{
    uint64_t room[ZONE_BLOCKS];
    bool is_told_by_bits = true;
    for (uint32_t i = 0; i < word->range_count && is_told_by_bits; i++)
        is_told_by_bits = !tree_zone_meets(scan->tree, zone, word->ranges[i]);
    if (is_told_by_bits) {
        scan->index->kernels->meet(masks, bits_zone(word->any, zone, room));
        return;
    }
    for (uint32_t at = 0; at < ZONE_BLOCKS; at++)
        masks[at] &= word_block(scan, word, zone * ZONE_BLOCKS + at);
}

bool word_has(const struct scan *scan, struct asked_word *word, uint32_t doc)
{
    if (word->entries != NULL) {
        word->position = postings_seek(word->entries, word->position, word->count, doc);
        return word->position < word->count &&
               entry_doc(PEEK(word->entries[word->position])) == doc;
    }
    if (bits_has(word->any, doc))
        return true;
    uint16_t leaf = PEEK(scan->tree->leaf[doc]);
    for (uint32_t i = 0; i < word->range_count; i++) {
        if (leaf >= word->ranges[i].first && leaf <= word->ranges[i].last)
            return true;
    }
    return false;
}

bool word_is_exact(const struct asked_word *word, uint32_t doc)
{
    enum grade unused;
    return !word->is_inflected ||
           (word->exact.count > 0 && postings_have(&word->exact, doc, &unused));
}

enum grade word_grade(const struct scan *scan, struct asked_word *word, uint32_t doc)
{
    if (word->entries != NULL) {
        bool is_ahead =
            word->graded == word->count || entry_doc(PEEK(word->entries[word->graded])) > doc;
        word->graded = postings_seek(word->entries, is_ahead ? 0 : word->graded, word->count, doc);
        ensure(word->graded < word->count);
        return entry_grade(PEEK(word->entries[word->graded]));
    }
    if (bits_has(word->high, doc))
        return GRADE_HIGH;
    if (bits_has(word->middle, doc))
        return GRADE_MIDDLE;
    uint16_t leaf = PEEK(scan->tree->leaf[doc]);
    for (uint32_t i = 0; i < word->range_count; i++) {
        if (leaf >= word->ranges[i].first && leaf <= word->ranges[i].last)
            return GRADE_MIDDLE;
    }
    return GRADE_LOW;
}
