#include "search/elastic/asked.h"

#include "search/elastic/json_put.h"

#include <string.h>

/* What a word says where it stands: in the name by how rare it is and how short the name is (the
 * cluster's BM25), in brand and categories and in the description alike for all. */
static const double name_weight = 4, near_weight = 2, elsewhere_weight = 0.5;

/* --- reading --- */

static struct asked_way *add_way(struct asked_word *word, uint32_t stem_count,
                                 const struct asked_reader *reader)
{
    if (word->ways == NULL)
        word->ways = arena_alloc_array(reader->arena, ASKED_WAYS_MAX, sizeof *word->ways);
    if (word->way_count == ASKED_WAYS_MAX)
        return NULL;
    struct asked_way *way = &word->ways[word->way_count++];
    way->stems = arena_alloc_array(reader->arena, stem_count, sizeof *way->stems);
    return way;
}

static void add_stem(struct asked_way *way, struct text stem, const struct asked_reader *reader)
{
    ensure(way != NULL); /* the first way of a word always has room */
    way->stems[way->count++] = arena_copy_text(reader->arena, stem);
}

static bool is_asked_already(const struct asked *asked, struct text stem)
{
    for (uint32_t i = 0; i < asked->count; i++) {
        if (asked->words[i].is_one && text_equal(asked->words[i].ways[0].stems[0], stem))
            return true;
    }
    return false;
}

static void add_token(struct asked *asked, const struct search_token *token,
                      const struct asked_reader *reader)
{
    struct text stem = analysis_stem(reader->analysis, token->text, token->has_digit);
    if (asked->count == ASKED_WORDS_MAX || is_asked_already(asked, stem))
        return;
    struct asked_word *word = &asked->words[asked->count++];
    *word = (struct asked_word){.has_digit = token->has_digit, .is_one = true};
    word->text = arena_copy_text(reader->arena, token->text);
    add_stem(add_way(word, 1, reader), stem, reader);
}

/* A chunk that is a SKU is one word, had by that product or by whoever has all its parts. */
static bool add_sku(struct asked *asked, struct text chunk, const struct asked_reader *reader)
{
    uint32_t number;
    if (view_find_sku(reader->view, chunk, 1, &number) == 0 || asked->count == ASKED_WORDS_MAX)
        return false;
    struct asked_word *word = &asked->words[asked->count++];
    *word = (struct asked_word){.text = chunk, .code = analysis_code(chunk, reader->arena)};
    struct token_cursor cursor;
    struct search_token token;
    struct asked_way *way = add_way(word, ASKED_PARTS_MAX, reader);
    ensure(way != NULL);
    tokens_begin(&cursor, chunk);
    while (way->count < ASKED_PARTS_MAX && tokens_next(&cursor, &token))
        add_stem(way, analysis_stem(reader->analysis, token.text, token.has_digit), reader);
    word->way_count = way->count > 0 ? 1 : 0;
    return true;
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void add_chunk(struct asked *asked, struct text chunk, const struct asked_reader *reader)
{
    struct token_cursor cursor;
    struct search_token token;
    if (add_sku(asked, chunk, reader))
        return;
    tokens_begin(&cursor, chunk);
    while (tokens_next(&cursor, &token))
        add_token(asked, &token, reader);
}

/* --- synonyms --- */

static bool terms_in_a_row(const struct asked *asked, uint32_t first, uint32_t count,
                           const struct terms *terms, uint32_t *terms_out)
{
    if (first + count > asked->count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct asked_word *word = &asked->words[first + i];
        terms_out[i] = word->is_one ? terms_find_term(terms, word->ways[0].stems[0]) : TERM_NONE;
        if (terms_out[i] == TERM_NONE)
            return false;
    }
    return true;
}

static struct text join(const struct asked *asked, uint32_t first, uint32_t count,
                        struct arena *arena)
{
    struct buffer joined;
    buffer_init(&joined, 64);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append(&joined, " ", 1);
        buffer_append_text(&joined, asked->words[first + i].text);
    }
    struct text text = arena_copy_text(arena, buffer_text(&joined));
    buffer_release(&joined);
    return text;
}

static void replace_by_group(struct asked *asked, uint32_t first, uint32_t count,
                             const struct synonym_group *group, const struct asked_reader *reader)
{
    struct asked_word word = {.text = join(asked, first, count, reader->arena)};
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct synonym_member *member = &group->members[i];
        struct asked_way *way = add_way(&word, member->term_count, reader);
        for (uint32_t j = 0; way != NULL && j < member->term_count; j++) {
            const struct term *term = &reader->terms->terms[member->terms[j]];
            add_stem(way, (struct text){reader->terms->bytes + term->text, term->length}, reader);
        }
    }
    asked->words[first] = word;
    uint32_t behind = first + count;
    memmove(&asked->words[first + 1], &asked->words[behind],
            (asked->count - behind) * sizeof asked->words[0]);
    asked->count -= count - 1;
}

/* The longest member that begins at a word wins. */
static void add_synonyms(struct asked *asked, const struct asked_reader *reader)
{
    for (uint32_t first = 0; reader->synonyms != NULL && first < asked->count; first++) {
        for (uint32_t count = SYNONYM_WORDS_MAX; count > 0; count--) {
            uint32_t terms[SYNONYM_WORDS_MAX];
            const struct synonym_group *group =
                terms_in_a_row(asked, first, count, reader->terms, terms)
                    ? synonyms_find(reader->synonyms, terms, count)
                    : NULL;
            if (group == NULL)
                continue;
            replace_by_group(asked, first, count, group, reader);
            break;
        }
    }
}

void asked_read(struct asked *asked, struct text words, const struct asked_reader *reader)
{
    asked->count = 0;
    for (uint32_t at = 0; at < words.length;) {
        uint32_t start = at;
        while (at < words.length && !is_space(words.data[at]))
            at++;
        if (at > start)
            add_chunk(asked, (struct text){words.data + start, at - start}, reader);
        at++;
    }
    add_synonyms(asked, reader);
}

void asked_add_option(struct asked_word *asked, struct text word, const struct asked_reader *reader)
{
    struct asked_way *way = word.length == 0 ? NULL : add_way(asked, 1, reader);
    if (way == NULL)
        return;
    add_stem(way, analysis_stem(reader->analysis, word, false), reader);
    if (asked->used.length == 0)
        asked->used = arena_copy_text(reader->arena, word);
}

/* --- writing --- */

static void write_way(const struct asked_way *way, const char *prefix, struct buffer *out)
{
    bool is_first = true;
    if (way->count > 1)
        json_put(out, "{'bool':{'filter':[");
    for (uint32_t i = 0; i < way->count; i++) {
        json_put_comma(out, &is_first);
        json_put(out, "{'term':{'%kwords':%t}}", prefix, way->stems[i]);
    }
    if (way->count > 1)
        json_put(out, "]}}");
}

void asked_write_word(const struct asked_word *word, const char *prefix, struct buffer *out)
{
    bool is_first = true;
    json_put(out, "{'bool':{'should':[");
    if (word->code.length > 0) {
        json_put_comma(out, &is_first);
        json_put(out, "{'term':{'%kcode':%t}}", prefix, word->code);
    }
    if (word->is_beginning) {
        json_put_comma(out, &is_first);
        json_put(out, "{'prefix':{'%kplain':%t}}", prefix, word->text);
    }
    for (uint32_t i = 0; i < word->way_count; i++) {
        json_put_comma(out, &is_first);
        write_way(&word->ways[i], prefix, out);
    }
    json_put(out, "]}}");
}

void asked_write_filter(const struct asked *asked, const char *prefix, struct buffer *out)
{
    bool is_first = true;
    for (uint32_t i = 0; i < asked->count; i++) {
        if (asked->words[i].is_left_out)
            continue;
        json_put_comma(out, &is_first);
        asked_write_word(&asked->words[i], prefix, out);
    }
}

/* Where a stem says most; a product has it in one of the three. */
static void write_score(struct text stem, struct buffer *out)
{
    json_put(out,
             "{'dis_max':{'queries':[{'match':{'name':{'query':%t,'boost':%g}}},"
             "{'constant_score':{'filter':{'term':{'near':%t}},'boost':%g}},"
             "{'constant_score':{'filter':{'term':{'words':%t}},'boost':%g}}]}}",
             stem, name_weight, stem, near_weight, stem, elsewhere_weight);
}

void asked_write_scores(const struct asked *asked, struct buffer *out)
{
    json_put(out, "{'match_all':{'boost':0.1}}"); /* a SKU has no words to score */
    for (uint32_t i = 0; i < asked->count; i++) {
        const struct asked_word *word = &asked->words[i];
        for (uint32_t j = 0; j < word->way_count && !word->is_left_out; j++) {
            for (uint32_t k = 0; k < word->ways[j].count; k++) {
                json_put(out, ",");
                write_score(word->ways[j].stems[k], out);
            }
        }
    }
}
