#include "search/index/words.h"

#include "search/index/tokens.h"

#include <string.h>

enum {
    PREFIX_WAYS = 3, /* that an unfinished word may become, while a list is being suggested */
    CHUNK_TOKENS_MAX = 64,
    SLIP_DOCS_MIN = 8, /* documents that have what an unknown form of a known word may stand for */
    SLIP_FACTOR = 8, /* a correction of a word that exists is in so many times as many documents */
};

/* --- reading --- */

static uint32_t find_term(const struct scan *scan, struct text text, bool has_digit)
{
    const struct terms *terms = &scan->index->terms;
    if (has_digit)
        return terms_find_term(terms, text);
    uint32_t word = terms_find_word(terms, text);
    if (word != WORD_NONE)
        return terms->words[word].term;
    return terms_find_term(terms, scratch_stem(scan->scratch, scan->index->language, text));
}

static bool has_way(const struct asked_word *word, uint32_t term)
{
    for (uint32_t i = 0; i < word->way_count; i++) {
        if (word->ways[i].term_count == 1 && word->ways[i].terms[0] == term)
            return true;
    }
    return false;
}

static void add_way(struct asked_word *word, const uint32_t *terms, uint32_t count)
{
    if (word->way_count == WORD_WAYS_MAX || count == 0 || count > WORD_TERMS_MAX)
        return;
    struct word_way *way = &word->ways[word->way_count++];
    way->term_count = count;
    memcpy(way->terms, terms, count * sizeof terms[0]);
}

static struct asked_word *add_word(const struct scan *scan, struct words *words)
{
    struct asked_word *word = arena_alloc(scan->arena, sizeof *word);
    words->words[words->count++] = word;
    return word;
}

/* `earings` is no form of `ear`, though it has its stem: no product has it as it is written, and
 * many have a word that is one slip away. Then nothing has the word, until it is corrected. */
static bool is_likely_slip(const struct scan *scan, const struct search_token *token, uint32_t term)
{
    const struct terms *terms = &scan->index->terms;
    if (token->has_digit || term == TERM_NONE || terms_find_word(terms, token->text) != WORD_NONE)
        return false;
    uint32_t found[CORRECTIONS_MAX];
    uint32_t count = spelling_correct(scan->spelling, terms, token->text, found);
    for (uint32_t i = 0; i < count; i++) {
        if (terms->words[found[i]].term == term)
            return false;
    }
    return count > 0 && spelling_distance(token->text, terms_word_text(terms, found[0]), 1) <= 1 &&
           terms_docs(terms, terms->words[found[0]].term) >= SLIP_DOCS_MIN;
}

static void add_token(const struct scan *scan, struct words *words,
                      const struct search_token *token)
{
    uint32_t term = find_term(scan, token->text, token->has_digit);
    if (is_likely_slip(scan, token, term))
        term = TERM_NONE;
    for (uint32_t i = 0; i < words->count; i++) {
        if (term != TERM_NONE && words->words[i]->is_one && has_way(words->words[i], term))
            return; /* asked for twice */
    }
    if (words->count == WORDS_MAX)
        return;
    struct asked_word *word = add_word(scan, words);
    word->source = token->source;
    word->text = arena_copy_text(scan->arena, token->text);
    word->has_digit = token->has_digit;
    word->is_one = true;
    add_way(word, &term, 1);
}

/* A chunk that is a SKU is one word, had by that product or by whoever has all its parts. */
static bool add_sku(const struct scan *scan, struct words *words, struct text chunk)
{
    uint32_t skus[WORD_SKUS_MAX];
    uint32_t count = view_find_sku(scan->index->view, chunk, WORD_SKUS_MAX, skus);
    if (count == 0 || words->count == WORDS_MAX)
        return false;
    struct asked_word *word = add_word(scan, words);
    word->source = chunk;
    word->sku_count = count;
    memcpy(word->skus, skus, count * sizeof skus[0]);
    uint32_t terms[CHUNK_TOKENS_MAX];
    uint32_t term_count = 0;
    struct token_cursor cursor;
    struct search_token token;
    tokens_begin(&cursor, chunk);
    while (term_count < CHUNK_TOKENS_MAX && tokens_next(&cursor, &token))
        terms[term_count++] = find_term(scan, token.text, token.has_digit);
    add_way(word, terms, term_count);
    return true;
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool next_chunk(struct text *rest, struct text *chunk_out)
{
    while (rest->length > 0 && is_space(rest->data[0])) {
        rest->data++;
        rest->length--;
    }
    uint32_t length = 0;
    while (length < rest->length && !is_space(rest->data[length]))
        length++;
    *chunk_out = (struct text){rest->data, length};
    rest->data += length;
    rest->length -= length;
    return length > 0;
}

static void read_chunks(const struct scan *scan, struct words *words, struct text text)
{
    struct text chunk;
    while (next_chunk(&text, &chunk)) {
        if (add_sku(scan, words, chunk))
            continue;
        struct token_cursor cursor;
        struct search_token token;
        tokens_begin(&cursor, chunk);
        while (tokens_next(&cursor, &token))
            add_token(scan, words, &token);
    }
}

/* --- synonyms --- */

/* The terms of `count` plain words from `first` on; false when one is not plain or not known. */
static bool terms_in_a_row(const struct words *words, uint32_t first, uint32_t count,
                           uint32_t *terms_out)
{
    if (first + count > words->count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct asked_word *word = words->words[first + i];
        if (!word->is_one || word->ways[0].terms[0] == TERM_NONE)
            return false;
        terms_out[i] = word->ways[0].terms[0];
    }
    return true;
}

/* What was asked for stays the first way. */
static void replace_by_group(struct words *words, uint32_t first, const uint32_t *terms,
                             uint32_t count, const struct synonym_group *group)
{
    struct asked_word *word = words->words[first];
    struct text last = words->words[first + count - 1]->source;
    word->source.length = (uint32_t)(last.data + last.length - word->source.data);
    word->is_one = false;
    word->way_count = 0;
    add_way(word, terms, count);
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct synonym_member *member = &group->members[i];
        if (member->term_count != count || memcmp(member->terms, terms, count * sizeof *terms) != 0)
            add_way(word, member->terms, member->term_count);
    }
    uint32_t merged = count - 1;
    for (uint32_t i = first + count; i < words->count; i++)
        words->words[i - merged] = words->words[i];
    words->count -= merged;
}

/* The longest member that begins at a word wins. */
static void add_synonyms(const struct scan *scan, struct words *words)
{
    if (scan->index->synonyms == NULL)
        return;
    for (uint32_t first = 0; first < words->count; first++) {
        for (uint32_t count = SYNONYM_WORDS_MAX; count > 0; count--) {
            uint32_t terms[SYNONYM_WORDS_MAX];
            if (!terms_in_a_row(words, first, count, terms))
                continue;
            const struct synonym_group *group = synonyms_find(scan->index->synonyms, terms, count);
            if (group != NULL) {
                replace_by_group(words, first, terms, count, group);
                break;
            }
        }
    }
}

/* --- other words than those asked for --- */

static void add_found_words(const struct scan *scan, struct asked_word *word, const uint32_t *found,
                            uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t term = scan->index->terms.words[found[i]].term;
        if (!has_way(word, term))
            add_way(word, &term, 1);
    }
}

static bool complete(const struct scan *scan, struct asked_word *word, uint32_t count_max)
{
    uint32_t found[COMPLETIONS_MAX];
    uint32_t count = spelling_complete(scan->spelling, &scan->index->terms, word->text, found);
    if (count == 0)
        return false;
    if (count > count_max)
        count = count_max;
    add_found_words(scan, word, found, count);
    word->used = terms_word_text(&scan->index->terms, found[0]);
    return true;
}

/* By words in so many documents at least. */
static bool correct(const struct scan *scan, struct asked_word *word, uint32_t docs_least)
{
    uint32_t found[CORRECTIONS_MAX];
    uint32_t count = spelling_correct(scan->spelling, &scan->index->terms, word->text, found);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t term = scan->index->terms.words[found[i]].term;
        if (terms_docs(&scan->index->terms, term) >= docs_least)
            found[kept++] = found[i];
    }
    if (kept == 0)
        return false;
    add_found_words(scan, word, found, kept);
    word->used = terms_word_text(&scan->index->terms, found[0]);
    return true;
}

static bool repair_unknown(const struct scan *scan, struct words *words)
{
    bool has_changed = false;
    for (uint32_t i = 0; i < words->count; i++) {
        struct asked_word *word = words->words[i];
        if (!word->is_one || word->docs > 0)
            continue;
        bool is_last = i + 1 == words->count;
        bool is_repaired = is_last && complete(scan, word, COMPLETIONS_MAX);
        has_changed |= is_repaired || (!word->has_digit && correct(scan, word, 0));
    }
    return has_changed;
}

static bool repair_rare(const struct scan *scan, struct words *words)
{
    bool has_changed = false;
    for (uint32_t i = 0; i < words->count; i++) {
        struct asked_word *word = words->words[i];
        if (!word->is_one || word->has_digit || word->used.length > 0)
            continue;
        uint32_t docs = terms_docs(&scan->index->terms, word->ways[0].terms[0]);
        has_changed |=
            docs < UINT32_MAX / SLIP_FACTOR && correct(scan, word, (docs + 1) * SLIP_FACTOR);
    }
    return has_changed;
}

static bool leave_out_rarest(struct words *words)
{
    struct asked_word *rarest = NULL;
    uint32_t left = 0;
    for (uint32_t i = 0; i < words->count; i++) {
        struct asked_word *word = words->words[i];
        if (word->is_left_out)
            continue;
        left++;
        if (rarest == NULL || word->docs < rarest->docs)
            rarest = word;
    }
    if (left < 2)
        return false;
    rarest->is_left_out = true;
    rarest->used = TEXT_NONE;
    return true;
}

bool words_repair(const struct scan *scan, struct words *words, enum words_repair repair)
{
    switch (repair) {
    case REPAIR_UNKNOWN:
        return repair_unknown(scan, words);
    case REPAIR_RARE:
        return repair_rare(scan, words);
    case REPAIR_LEAVE_OUT:
        return leave_out_rarest(words);
    }
    check_failed("a known repair", __FILE__, __LINE__);
}

struct words *words_read(const struct scan *scan, struct text text, bool is_prefix)
{
    if (text.length == 0)
        return NULL;
    struct words *words = arena_alloc(scan->arena, sizeof *words);
    read_chunks(scan, words, text);
    if (words->count == 0)
        return NULL;
    struct asked_word *last = words->words[words->count - 1];
    if (is_prefix && last->is_one)
        (void)complete(scan, last, PREFIX_WAYS);
    else
        add_synonyms(scan, words);
    return words;
}

bool words_miss_one(const struct words *words)
{
    for (uint32_t i = 0; i < words->count; i++) {
        if (!words->words[i]->is_left_out && words->words[i]->docs == 0)
            return true;
    }
    return false;
}

void words_note(const struct scan *scan, const struct words *words, struct search_result *result)
{
    for (uint32_t i = 0; i < words->count && result->note_count < SEARCH_WORDS_MAX; i++) {
        const struct asked_word *word = words->words[i];
        if (word->is_left_out || word->used.length > 0)
            result->notes[result->note_count++] = (struct search_note){
                .word = word->source, .used = arena_copy_text(scan->arena, word->used)};
    }
}
