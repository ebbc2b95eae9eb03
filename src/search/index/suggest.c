#include "search/index/suggest.h"

#include "search/filter/filter.h"
#include "search/index/tokens.h"
#include "search/index/words.h"

#include <string.h>

enum {
    TOKENS_MAX = 8,
    WORDS_TRIED = 6,
    CATEGORIES_MAX = 2,
    BRANDS_MAX = 2,
    PRODUCTS_MAX = 3,
    TEXT_MAX = 400
};

/* What was typed: finished words, and one that may be unfinished. */
struct typed {
    struct scan *scan;
    struct text whole; /* folded */
    struct text tokens[TOKENS_MAX];
    uint32_t token_count;
    struct text head; /* all but the last token, folded, with a space behind; or empty */
    uint32_t words[COMPLETIONS_MAX]; /* what the last token may become, most frequent first */
    uint32_t word_count;
};

static bool read_typed(struct scan *scan, struct text text, struct typed *typed)
{
    *typed = (struct typed){.scan = scan};
    char *folded = arena_alloc(scan->arena, TEXT_MAX + 1);
    typed->whole = (struct text){folded, tokens_fold(text, folded, TEXT_MAX)};
    struct text rest = typed->whole;
    struct text token;
    while (typed->token_count < TOKENS_MAX && text_cut(&rest, ' ', &token)) {
        if (token.length > 0)
            typed->tokens[typed->token_count++] = token;
    }
    if (typed->token_count == 0)
        return false;
    struct text last = typed->tokens[typed->token_count - 1];
    typed->head = (struct text){folded, (uint32_t)(last.data - folded)};
    const struct terms *terms = &scan->index->terms;
    typed->word_count = spelling_complete(scan->spelling, terms, last, typed->words);
    if (typed->word_count == 0)
        typed->word_count = spelling_correct(scan->spelling, terms, last, typed->words);
    if (typed->word_count > WORDS_TRIED)
        typed->word_count = WORDS_TRIED;
    return true;
}

static void add(struct search_suggestions *out, uint32_t limit, struct search_suggestion each)
{
    if (out->count < limit)
        out->items[out->count++] = each;
}

/* --- words --- */

static uint32_t count_list(const struct scan *scan, struct doc_list list, struct words *words)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        uint32_t doc = entry_doc(PEEK(list.entries[i]));
        if (doc >= scan->docs)
            break;
        count += bit_get(scan->index->columns.live, doc) &&
                 (words->count == 1 || filter_words.one(scan, words, doc));
    }
    return count;
}

/* One term and nothing else, and nothing is archived: how many have it is kept up. */
static bool is_counted(const struct scan *scan, const struct words *words)
{
    const struct asked_word *word = words->words[0];
    const struct columns *columns = &scan->index->columns;
    return words->count == 1 && word->way_count == 1 && word->ways[0].term_count == 1 &&
           word->docs == terms_docs(&scan->index->terms, word->ways[0].terms[0]) &&
           PEEK(columns->live_count) == PEEK(columns->product_count);
}

/* Products that can be found by all words. */
static uint32_t count_docs(const struct scan *scan, struct words *words)
{
    struct doc_list list;
    if (is_counted(scan, words))
        return words->words[0]->docs;
    if (filter_words.list(scan, words, &list))
        return count_list(scan, list, words);
    uint32_t count = 0;
    for (uint32_t zone = 0; zone * ZONE_BLOCKS < scan->blocks; zone++) {
        uint64_t masks[ZONE_BLOCKS];
        for (uint32_t at = 0; at < ZONE_BLOCKS; at++) {
            uint32_t block = zone * ZONE_BLOCKS + at;
            masks[at] = block < scan->blocks ? PEEK(scan->index->columns.live[block]) : 0;
        }
        filter_words.blocks(scan, words, zone, masks);
        count += scan->index->kernels->count_bits(masks);
    }
    return count;
}

static struct text with_head(const struct typed *typed, struct text word)
{
    char *text = arena_alloc(typed->scan->arena, (size_t)typed->head.length + word.length + 1);
    memcpy(text, typed->head.data, typed->head.length);
    memcpy(text + typed->head.length, word.data, word.length);
    return (struct text){text, typed->head.length + word.length};
}

static bool is_same_term_as_before(const struct typed *typed, uint32_t at)
{
    const struct word *words = typed->scan->index->terms.words;
    for (uint32_t i = 0; i < at; i++) {
        if (words[typed->words[i]].term == words[typed->words[at]].term)
            return true;
    }
    return false;
}

/* Those that most products have first. */
static void suggest_words(const struct typed *typed, uint32_t limit, struct search_suggestions *out)
{
    struct scan *scan = typed->scan;
    struct search_suggestion found[COMPLETIONS_MAX];
    uint32_t found_count = 0;
    for (uint32_t i = 0; i < typed->word_count; i++) {
        if (is_same_term_as_before(typed, i))
            continue;
        struct text text = with_head(typed, terms_word_text(&scan->index->terms, typed->words[i]));
        scan->scratch = scratch_begin(scan->blocks);
        struct words *words = words_read(scan, text, false);
        if (words == NULL)
            continue;
        words_prepare(scan, words);
        uint32_t count = words_miss_one(words) ? 0 : count_docs(scan, words);
        if (count == 0)
            continue;
        uint32_t at = found_count++;
        for (; at > 0 && found[at - 1].count < count; at--)
            found[at] = found[at - 1];
        found[at] = (struct search_suggestion){SUGGEST_WORDS, text, 0, count};
    }
    for (uint32_t i = 0; i < found_count; i++)
        add(out, limit, found[i]);
}

/* --- categories --- */

static bool mentions(const struct scan *scan, struct text token, uint32_t category)
{
    uint32_t word = terms_find_word(&scan->index->terms, token);
    if (word == WORD_NONE)
        return false;
    uint32_t count;
    const struct tree_mention *each =
        tree_first_mention(scan->tree, scan->index->terms.words[word].term, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (each[i].category == category)
            return true;
    }
    return false;
}

static uint32_t count_range(const struct scan *scan, struct tree_range range)
{
    uint32_t count = 0;
    for (uint32_t block = 0; block < scan->blocks; block++) {
        if (block % ZONE_BLOCKS == 0 && !tree_zone_meets(scan->tree, block / ZONE_BLOCKS, range)) {
            block += ZONE_BLOCKS - 1;
            continue;
        }
        uint64_t mask = PEEK(scan->index->columns.live[block]);
        mask &= scan->index->kernels->range_u16(scan->tree->leaf + (size_t)block * BLOCK,
                                                range.first, range.last);
        count += bits_count(mask);
    }
    return count;
}

static bool has_category(const struct search_suggestions *out, uint32_t category)
{
    for (uint32_t i = 0; i < out->count; i++) {
        if (out->items[i].kind == SUGGEST_CATEGORY && out->items[i].number == category)
            return true;
    }
    return false;
}

static void suggest_category(const struct typed *typed, uint32_t category,
                             struct search_suggestions *out)
{
    const struct scan *scan = typed->scan;
    for (uint32_t i = 0; i + 1 < typed->token_count; i++) {
        if (!mentions(scan, typed->tokens[i], category))
            return;
    }
    if (has_category(out, category))
        return;
    uint32_t count = count_range(scan, scan->tree->ranges[category]);
    const struct view_categories *categories = view_categories(scan->index->view);
    if (count == 0 || category > categories->count)
        return;
    struct text name = arena_copy_text(scan->arena, text_of(categories->categories[category].name));
    add(out, CATEGORIES_MAX, (struct search_suggestion){SUGGEST_CATEGORY, name, category, count});
}

static void suggest_categories(const struct typed *typed, struct search_suggestions *out)
{
    for (uint32_t i = 0; i < typed->word_count && out->count < CATEGORIES_MAX; i++) {
        uint32_t term = typed->scan->index->terms.words[typed->words[i]].term;
        uint32_t count;
        const struct tree_mention *each = tree_first_mention(typed->scan->tree, term, &count);
        for (uint32_t j = 0; j < count && out->count < CATEGORIES_MAX; j++)
            suggest_category(typed, each[j].category, out);
    }
}

/* --- brands --- */

/* Those that begin with all that was typed. */
static void suggest_brands(const struct typed *typed, struct search_suggestions *out)
{
    const struct scan *scan = typed->scan;
    const struct labels *brands = &scan->index->brands;
    uint32_t brand_count = LOAD(brands->count);
    uint32_t tried = 0;
    for (uint32_t brand = 1; brand <= brand_count && tried < BRANDS_MAX; brand++) {
        if (!text_starts_with(labels_key(brands, brand), typed->whole))
            continue;
        tried++;
        uint32_t count = PEEK(scan->index->columns.brand_live[brand]);
        struct text shown = arena_copy_text(scan->arena, labels_shown(brands, brand));
        if (count > 0)
            add(out, BRANDS_MAX, (struct search_suggestion){SUGGEST_BRAND, shown, 0, count});
    }
}

/* --- products --- */

static void suggest_products(const struct typed *typed, struct search_suggestions *out)
{
    struct scan *scan = typed->scan;
    const struct search_query query = {.limit = PRODUCTS_MAX};
    scan->query = &query;
    scan->scratch = scratch_begin(scan->blocks);
    scan->words = words_read(scan, typed->whole, true);
    if (scan->words != NULL) {
        struct search_result *result = arena_alloc(scan->arena, sizeof *result);
        words_prepare(scan, scan->words);
        scan_run(scan, result);
        for (uint32_t i = 0; i < result->hit_count; i++) {
            const struct product *product = view_product(scan->index->view, result->hits[i]);
            struct text name = arena_copy_text(scan->arena, product_text(product, PRODUCT_NAME));
            if (name.length == 0)
                continue;
            add(out, PRODUCTS_MAX,
                (struct search_suggestion){SUGGEST_PRODUCT, name, result->hits[i], 1});
        }
    }
    scan->query = NULL;
    scan->words = NULL;
}

void index_suggest(struct scan *scan, const struct search_suggest_query *query,
                   struct search_suggestions *suggestions_out)
{
    struct typed typed;
    suggestions_out->count = 0;
    if (!read_typed(scan, query->words, &typed))
        return;
    struct search_suggestions *others = arena_alloc_array(scan->arena, 3, sizeof others[0]);
    suggest_categories(&typed, &others[0]);
    suggest_brands(&typed, &others[1]);
    suggest_products(&typed, &others[2]);
    uint32_t reserved = others[0].count + others[1].count + others[2].count;
    suggest_words(&typed, query->limit > reserved ? query->limit - reserved : 1, suggestions_out);
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t j = 0; j < others[i].count; j++)
            add(suggestions_out, query->limit, others[i].items[j]);
    }
}
