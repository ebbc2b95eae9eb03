/* suggest.c - what a shopper may be about to type: one call for words, categories, brands and
 * products that go with what is there. */
#include "search/elastic/answer.h"
#include "search/elastic/body.h"
#include "search/elastic/json_put.h"
#include "search/elastic/parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    FOLDED_ROOM = 1024,
    BRANDS_MAX = 3,
    CATEGORIES_MAX = 3,
    CATEGORIES_LOOKED_AT = 200,
};

static const struct asked_word *last_word(const struct asked *asked)
{
    return &asked->words[asked->count - 1];
}

void suggest_write(const struct asked *asked, const struct search_suggest_query *query,
                   struct buffer *out)
{
    char folded[FOLDED_ROOM];
    uint32_t length = tokens_fold(query->words, folded, sizeof folded);
    if (asked->count == 0) {
        json_put(out, "{'size':0,'track_total_hits':false,'query':{'match_none':{}}}");
        return;
    }
    json_put(out, "{'size':%u,'track_total_hits':false,'_source':false,'query':{'bool':{'filter':[",
             (uint64_t)query->limit);
    for (uint32_t i = 0; i + 1 < asked->count; i++) {
        asked_write_word(&asked->words[i], "", out);
        json_put(out, ",");
    }
    struct buffer pattern;
    buffer_init(&pattern, 128);
    body_escape_pattern(last_word(asked)->text, &pattern);
    buffer_append_text(&pattern, TEXT(".*"));
    json_put(out, "{'prefix':{'plain':%t}}]}},'sort':[{'sold':'desc'},{'number':'asc'}],",
             last_word(asked)->text);
    json_put(out,
             "'aggs':{'last':{'filter':{'match_all':{}},'aggs':{'of':{'terms':{'field':'plain',"
             "'include':%t,'size':%u}}}},",
             buffer_text(&pattern), (uint64_t)query->limit);
    json_put(out,
             "'brands':{'filter':{'prefix':{'brand':%t}},'aggs':{'of':{'terms':{'field':'brand',"
             "'size':%u},'aggs':{'first':{'min':{'field':'number'}}}}}},",
             (struct text){folded, length}, (uint64_t)BRANDS_MAX);
    json_put(out,
             "'categories':{'filter':{'match_all':{}},'aggs':{'of':{'terms':{'field':'categories',"
             "'size':%u}}}}}}",
             (uint64_t)CATEGORIES_LOOKED_AT);
    buffer_release(&pattern);
}

static json_t *buckets_of(json_t *answer, const char *name)
{
    json_t *facet = json_object_get(json_object_get(answer, "aggregations"), name);
    json_t *buckets = json_object_get(json_object_get(facet, "of"), "buckets");
    return json_is_array(buckets) ? buckets : NULL;
}

static void add(struct search_suggestions *suggestions, uint32_t limit,
                const struct search_suggestion *suggestion)
{
    if (suggestions->count < limit && suggestion->text.length > 0)
        suggestions->items[suggestions->count++] = *suggestion;
}

/* The words before, and the last one completed. */
static bool read_words(struct ask *ask, json_t *answer)
{
    json_t *buckets = buckets_of(answer, "last");
    for (size_t i = 0; i < json_array_size(buckets); i++) {
        json_t *bucket = json_array_get(buckets, i);
        const char *word = json_string_value(json_object_get(bucket, "key"));
        uint64_t count = 0;
        if (word == NULL || !answer_u64(bucket, "doc_count", UINT32_MAX, &count))
            return false;
        struct buffer text;
        buffer_init(&text, 256);
        for (uint32_t j = 0; j + 1 < ask->asked.count; j++) {
            buffer_append_text(&text, ask->asked.words[j].text);
            buffer_append(&text, " ", 1);
        }
        buffer_append_text(&text, text_of(word));
        const struct search_suggestion suggestion = {
            .kind = SUGGEST_WORDS,
            .text = arena_copy_text(ask->arena, buffer_text(&text)),
            .count = (uint32_t)count,
        };
        add(&ask->suggest->suggestions, ask->suggest->query.limit, &suggestion);
        buffer_release(&text);
    }
    return buckets != NULL;
}

/* Some word of the name begins like the last one asked for. */
static bool name_begins(struct text name, struct text beginning)
{
    struct token_cursor cursor;
    struct search_token token;
    tokens_begin(&cursor, name);
    while (tokens_next(&cursor, &token)) {
        if (text_starts_with(token.text, beginning))
            return true;
    }
    return false;
}

static bool read_categories(struct ask *ask, json_t *answer)
{
    const struct view_categories *tree = view_categories(ask->elastic->options.view);
    json_t *buckets = buckets_of(answer, "categories");
    uint32_t found = 0;
    for (size_t i = 0; i < json_array_size(buckets) && found < CATEGORIES_MAX; i++) {
        json_t *bucket = json_array_get(buckets, i);
        uint64_t number = 0;
        uint64_t count = 0;
        if (!answer_u64(bucket, "key", UINT32_MAX, &number) ||
            !answer_u64(bucket, "doc_count", UINT32_MAX, &count))
            return false;
        if (number == 0 || number > tree->count)
            continue;
        struct text name = text_of(tree->categories[number].name);
        if (!name_begins(name, last_word(&ask->asked)->text))
            continue;
        const struct search_suggestion suggestion = {
            .kind = SUGGEST_CATEGORY,
            .text = arena_copy_text(ask->arena, name),
            .number = (uint32_t)number,
            .count = (uint32_t)count,
        };
        add(&ask->suggest->suggestions, ask->suggest->query.limit, &suggestion);
        found++;
    }
    return buckets != NULL;
}

static struct text product_name(const struct ask *ask, uint32_t number, enum product_text which)
{
    const struct product *product = view_product(ask->elastic->options.view, number);
    return product == NULL ? TEXT_NONE : arena_copy_text(ask->arena, product_text(product, which));
}

static bool read_brands(struct ask *ask, json_t *answer)
{
    json_t *buckets = buckets_of(answer, "brands");
    for (size_t i = 0; i < json_array_size(buckets); i++) {
        json_t *bucket = json_array_get(buckets, i);
        double first =
            json_number_value(json_object_get(json_object_get(bucket, "first"), "value"));
        uint64_t count = 0;
        if (!answer_u64(bucket, "doc_count", UINT32_MAX, &count) || !(first >= 1) ||
            !(first <= UINT32_MAX))
            return false;
        const struct search_suggestion suggestion = {
            .kind = SUGGEST_BRAND,
            .text = product_name(ask, (uint32_t)first, PRODUCT_BRAND),
            .count = (uint32_t)count,
        };
        add(&ask->suggest->suggestions, ask->suggest->query.limit, &suggestion);
    }
    return buckets != NULL;
}

static bool read_products(struct ask *ask, json_t *answer)
{
    json_t *hits = json_object_get(json_object_get(answer, "hits"), "hits");
    for (size_t i = 0; i < json_array_size(hits); i++) {
        json_t *number = json_array_get(json_object_get(json_array_get(hits, i), "sort"), 1);
        json_int_t value = json_integer_value(number);
        if (value <= 0 || value > UINT32_MAX)
            return false;
        const struct search_suggestion suggestion = {
            .kind = SUGGEST_PRODUCT,
            .text = product_name(ask, (uint32_t)value, PRODUCT_NAME),
            .number = (uint32_t)value,
            .count = 1,
        };
        add(&ask->suggest->suggestions, ask->suggest->query.limit, &suggestion);
    }
    return json_is_array(hits);
}

bool suggest_read(struct ask *ask, json_t *answer)
{
    ask->suggest->suggestions.count = 0;
    if (ask->asked.count == 0)
        return true;
    return read_words(ask, answer) && read_categories(ask, answer) && read_brands(ask, answer) &&
           read_products(ask, answer);
}
