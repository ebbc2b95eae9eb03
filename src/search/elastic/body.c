#include "search/elastic/body.h"

#include "search/elastic/json_put.h"

#include <stdio.h>
#include <string.h>

const uint16_t body_ratings_x100[SEARCH_RATING_BANDS] = {400, 300, 200, 100};

#define FINITE_BITS_MAX UINT32_C(0x7f7fffff) /* of FLT_MAX */

/* How far off a misspelt word may be, by its length. */
enum { SPELL_ONE_FROM = 4, SPELL_TWO_FROM = 8, LEVEL_NAME_SIZE = 16 };

static bool goes_by_score(const struct body_spec *spec)
{
    return spec->query->sort == SEARCH_RELEVANCE && spec->asked->count > 0;
}

static void write_sort(const struct body_spec *spec, struct buffer *out)
{
    static const char *const sorts[SEARCH_SORT_COUNT] = {
        [SEARCH_RELEVANCE] = "{'number':'asc'}",
        [SEARCH_PRICE_ASC] = "{'price':'asc'},{'number':'asc'}",
        [SEARCH_PRICE_DESC] = "{'price':'desc'},{'number':'asc'}",
        [SEARCH_RATING] = "{'best':'desc'},{'number':'asc'}",
        [SEARCH_CREATED] = "{'number':'desc'}",
        [SEARCH_SOLD] = "{'sold':'desc'},{'number':'asc'}",
    };
    json_put(out, "'sort':[");
    json_put(out,
             goes_by_score(spec) ? "{'_score':'desc'},{'number':'asc'}" : sorts[spec->query->sort]);
    json_put(out, "]");
}

/* A rank by score is the bits of a float, negated; as the index counts it, it is some small float.
 */
static double score_of(int64_t rank)
{
    uint64_t negated = 0 - (uint64_t)rank;
    uint32_t bits = negated < FINITE_BITS_MAX ? (uint32_t)negated : FINITE_BITS_MAX;
    float score;
    memcpy(&score, &bits, sizeof score);
    return (double)score;
}

/* Where the page before ended, in the terms of the sort. */
static void write_after(const struct body_spec *spec, struct buffer *out)
{
    const struct search_cursor *after = &spec->query->after;
    if (after->number == 0)
        return;
    json_put(out, ",'search_after':[");
    if (goes_by_score(spec)) {
        json_put(out, "%g,", score_of(after->rank));
    } else if (spec->query->sort == SEARCH_PRICE_ASC) {
        json_put(out, "%i,", after->rank);
    } else if (spec->query->sort != SEARCH_RELEVANCE && spec->query->sort != SEARCH_CREATED) {
        json_put(out, "%i,", (int64_t)(0 - (uint64_t)after->rank));
    }
    json_put(out, "%u]", (uint64_t)after->number);
}

/* The clauses alone, or with a score: what the words say, times what people say, less when there is
 * none in stock. */
static void write_query(const struct body_spec *spec, struct buffer *out)
{
    const struct clauses_filter all = {.left_out = CLAUSE_NONE};
    json_put(out, "'query':");
    if (goes_by_score(spec)) {
        json_put(out,
                 "{'function_score':{'score_mode':'multiply','boost_mode':'multiply','functions':["
                 "{'field_value_factor':{'field':'quality'}},"
                 "{'filter':{'term':{'in_stock':false}},'weight':0.6}],"
                 "'query':{'bool':{'should':[");
        asked_write_scores(spec->asked, out);
        json_put(out, "],'filter':[");
    }
    if (spec->query->want_facets) {
        json_put(out, "{'bool':{'filter':[%j]}}", spec->clauses->own[CLAUSE_BASE]);
    } else {
        clauses_write(spec->clauses, &all, out);
    }
    if (goes_by_score(spec))
        json_put(out, "]}}}}");
}

static void write_terms(const struct body_spec *spec, const char *name, enum clause left_out,
                        const char *field, uint32_t size, struct buffer *out)
{
    const struct clauses_filter filter = {
        .first = CLAUSE_CATEGORY, .left_out = left_out, .same = name};
    json_put(out, "%q:{'filter':", name);
    clauses_write(spec->clauses, &filter, out);
    json_put(out, ",'aggs':{'of':{'terms':{'field':%q,'size':%u,'shard_size':%u}", field,
             (uint64_t)size, (uint64_t)BODY_BRANDS_PER_SHARD);
    if (left_out == CLAUSE_BRAND)
        json_put(out, ",'aggs':{'first':{'min':{'field':'number'}}}");
    json_put(out, "}}},");
}

static void write_rating(const struct body_spec *spec, uint32_t band, struct buffer *out)
{
    char own[64];
    char cheaper[64];
    struct buffer text;
    buffer_init(&text, 128);
    struct clauses_filter filter = {.first = CLAUSE_CATEGORY, .left_out = CLAUSE_RATING};
    json_put(&text, "{'range':{'rating':{'gte':%u}}}", (uint64_t)body_ratings_x100[band]);
    filter.extra = (struct text){memcpy(own, text.data, text.length), (uint32_t)text.length};
    buffer_reset(&text);
    json_put(&text, "{'range':{'cheaper.rating':{'gte':%u}}}", (uint64_t)body_ratings_x100[band]);
    filter.extra_cheaper =
        (struct text){memcpy(cheaper, text.data, text.length), (uint32_t)text.length};
    buffer_release(&text);
    json_put(out, "'" BODY_RATING "%u':{'filter':", (uint64_t)band);
    clauses_write(spec->clauses, &filter, out);
    json_put(out, "},");
}

static void write_facets(const struct body_spec *spec, struct buffer *out)
{
    const struct clauses_filter in_stock = {
        .first = CLAUSE_CATEGORY,
        .left_out = CLAUSE_STOCK,
        .extra = TEXT("{\"term\":{\"in_stock\":true}}"),
        .extra_cheaper = TEXT("{\"term\":{\"cheaper.in_stock\":true}}"),
    };
    json_put(out, ",'aggs':{");
    for (uint32_t level = 0; level < spec->levels; level++) {
        char name[LEVEL_NAME_SIZE];
        (void)snprintf(name, sizeof name, BODY_LEVEL "%u", level);
        write_terms(spec, name, CLAUSE_CATEGORY, name, spec->category_count, out);
    }
    write_terms(spec, "brand", CLAUSE_BRAND, "brand", SEARCH_BRANDS_MAX, out);
    write_terms(spec, "band", CLAUSE_PRICE, "band", BODY_PRICE_BANDS, out);
    for (uint32_t band = 0; band < SEARCH_RATING_BANDS; band++)
        write_rating(spec, band, out);
    json_put(out, "'in_stock':{'filter':");
    clauses_write(spec->clauses, &in_stock, out);
    json_put(out, "}}");
}

void body_write_search(const struct body_spec *spec, struct buffer *out)
{
    const struct clauses_filter all = {.first = CLAUSE_CATEGORY, .left_out = CLAUSE_NONE};
    json_put(out, "{'size':%u,'track_total_hits':true,'_source':false,",
             (uint64_t)spec->query->limit + 1);
    write_query(spec, out);
    json_put(out, ",");
    write_sort(spec, out);
    write_after(spec, out);
    if (spec->query->want_facets) {
        json_put(out, ",'post_filter':");
        clauses_write(spec->clauses, &all, out);
        write_facets(spec, out);
    }
    json_put(out, "}");
}

void body_escape_pattern(struct text text, struct buffer *out)
{
    for (uint32_t i = 0; i < text.length; i++) {
        if (strchr(".?+*|{}[]()\"\\#@&<>~^$-", text.data[i]) != NULL)
            buffer_append(out, "\\", 1);
        buffer_append(out, &text.data[i], 1);
    }
}

/* Words that begin with it, the most frequent first. */
static void write_completions(const struct asked_word *word, struct buffer *out)
{
    struct buffer pattern;
    buffer_init(&pattern, 128);
    body_escape_pattern(word->text, &pattern);
    buffer_append_text(&pattern, TEXT(".*"));
    json_put(out,
             ",'last':{'filter':{'prefix':{'plain':%t}},'aggs':{'of':{'terms':{'field':'plain',"
             "'include':%t,'size':%u}}}}",
             word->text, buffer_text(&pattern), (uint64_t)ASKED_OPTIONS_MAX);
    buffer_release(&pattern);
}

/* Words of products that are spelled almost like it. */
static void write_corrections(const struct asked_word *word, uint32_t number, struct buffer *out)
{
    json_put(out,
             "'%u':{'text':%t,'term':{'field':'plain','suggest_mode':'always','max_edits':%u,"
             "'prefix_length':0,'min_word_length':%u,'size':%u,'sort':'score',"
             "'string_distance':'damerau_levenshtein'}}",
             (uint64_t)number, word->text, (uint64_t)(word->text.length < SPELL_TWO_FROM ? 1 : 2),
             (uint64_t)SPELL_ONE_FROM, (uint64_t)ASKED_OPTIONS_MAX);
}

static bool can_correct(const struct asked_word *word)
{
    return word->is_one && !word->has_digit && word->text.length >= SPELL_ONE_FROM;
}

void body_write_probe(const struct asked *asked, struct buffer *out)
{
    bool is_first = true;
    json_put(out, "{'size':0,'track_total_hits':false,'aggs':{'words':{'filters':{'filters':{");
    for (uint32_t i = 0; i < asked->count; i++) {
        json_put_comma(out, &is_first);
        json_put(out, "'%u':", (uint64_t)i);
        asked_write_word(&asked->words[i], "", out);
    }
    json_put(out, "}}}");
    const struct asked_word *last = &asked->words[asked->count - 1];
    if (last->is_one)
        write_completions(last, out);
    json_put(out, "},'suggest':{");
    is_first = true;
    for (uint32_t i = 0; i < asked->count; i++) {
        if (!can_correct(&asked->words[i]))
            continue;
        json_put_comma(out, &is_first);
        write_corrections(&asked->words[i], i, out);
    }
    json_put(out, "}}");
}
