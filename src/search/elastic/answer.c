#include "search/elastic/answer.h"

#include "search/elastic/document.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_SIZE = 16,
    SLIP_FACTOR =
        8, /* a word meant instead of one that exists is in so many times as many products */
};

json_t *answer_parse(const struct buffer *body)
{
    json_t *answer = json_loadb(body->data == NULL ? "" : body->data, body->length,
                                JSON_REJECT_DUPLICATES, NULL);
    if (answer != NULL && !json_is_object(answer)) {
        json_decref(answer);
        return NULL;
    }
    return answer;
}

static bool to_u64(json_t *value, uint64_t most, uint64_t *value_out)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || (uint64_t)number > most)
        return false;
    *value_out = (uint64_t)number;
    return true;
}

bool answer_u64(json_t *object, const char *key, uint64_t most, uint64_t *value_out)
{
    return to_u64(json_object_get(object, key), most, value_out);
}

/* The text of a string, copied; TEXT_NONE when it is none. */
static struct text text_of_json(json_t *value, struct arena *arena)
{
    if (!json_is_string(value))
        return TEXT_NONE;
    return arena_copy_text(
        arena, (struct text){json_string_value(value), (uint32_t)json_string_length(value)});
}

/* Every shard has answered, in time. */
static bool is_whole(json_t *answer)
{
    uint64_t failed = 0;
    return json_is_false(json_object_get(answer, "timed_out")) &&
           answer_u64(json_object_get(answer, "_shards"), "failed", 0, &failed);
}

/* --- hits --- */

static bool read_score_rank(json_t *value, int64_t *rank_out)
{
    if (!json_is_number(value) || !(json_number_value(value) >= 0))
        return false;
    float score = (float)json_number_value(value);
    uint32_t bits;
    memcpy(&bits, &score, sizeof bits); /* floats from 0 up are ordered like their bits */
    *rank_out = -(int64_t)bits;
    return true;
}

/* The sort values of a hit are [rank, number], or [number] where the number is all. */
static bool read_hit(json_t *hit, const struct body_spec *spec, struct search_cursor *place_out)
{
    json_t *sort = json_object_get(hit, "sort");
    size_t count = json_array_size(sort);
    enum search_sort by = spec->query->sort;
    bool by_score = by == SEARCH_RELEVANCE && spec->asked->count > 0;
    bool is_alone = by == SEARCH_CREATED || (by == SEARCH_RELEVANCE && !by_score);
    uint64_t number = 0;
    if (count != (is_alone ? 1 : 2) ||
        !to_u64(json_array_get(sort, count - 1), UINT32_MAX, &number) || number == 0)
        return false;
    json_t *rank = json_array_get(sort, 0);
    place_out->number = (uint32_t)number;
    if (by_score)
        return read_score_rank(rank, &place_out->rank);
    if (!json_is_integer(rank))
        return false;
    int64_t value = json_integer_value(rank);
    if (by == SEARCH_RELEVANCE)
        place_out->rank = 0;
    else
        place_out->rank = by == SEARCH_PRICE_ASC ? value : (int64_t)(0 - (uint64_t)value);
    return true;
}

static bool read_hits(json_t *answer, const struct body_spec *spec, struct search_result *result)
{
    json_t *hits = json_object_get(answer, "hits");
    json_t *total = json_object_get(hits, "total");
    json_t *list = json_object_get(hits, "hits");
    const char *relation = json_string_value(json_object_get(total, "relation"));
    if (!answer_u64(total, "value", UINT32_MAX, &result->total) || relation == NULL ||
        strcmp(relation, "eq") != 0 || !json_is_array(list) ||
        json_array_size(list) > (size_t)spec->query->limit + 1)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct search_cursor place;
        if (!read_hit(json_array_get(list, i), spec, &place))
            return false;
        if (i == spec->query->limit) {
            result->has_more = true;
            break;
        }
        result->hits[result->hit_count++] = place.number;
        result->next = place;
    }
    return true;
}

/* --- facets --- */

static json_t *buckets_of(json_t *facets, const char *name)
{
    json_t *of = json_object_get(json_object_get(facets, name), "of");
    json_t *buckets = json_object_get(of, "buckets");
    return json_is_array(buckets) ? buckets : NULL;
}

static bool read_counted(json_t *bucket, uint64_t most, uint64_t *key_out, uint32_t *count_out)
{
    uint64_t count = 0;
    if (!answer_u64(bucket, "key", most, key_out) ||
        !answer_u64(bucket, "doc_count", UINT32_MAX, &count))
        return false;
    *count_out = (uint32_t)count;
    return true;
}

static bool read_level(json_t *facets, const char *name, uint32_t *counts, uint32_t category_count)
{
    json_t *buckets = buckets_of(facets, name);
    if (buckets == NULL)
        return false;
    for (size_t i = 0; i < json_array_size(buckets); i++) {
        uint64_t category = 0;
        uint32_t count = 0;
        if (!read_counted(json_array_get(buckets, i), UINT32_MAX, &category, &count))
            return false;
        if (category > 0 && category <= category_count)
            counts[category] = count;
    }
    return true;
}

static bool read_categories(json_t *facets, const struct answer_shape *shape,
                            struct search_facets *out)
{
    uint32_t category_count = shape->spec->category_count;
    uint32_t *counts = arena_alloc_array(shape->arena, (size_t)category_count + 1, sizeof *counts);
    for (uint32_t level = 0; level < shape->spec->levels; level++) {
        char name[NAME_SIZE];
        (void)snprintf(name, sizeof name, BODY_LEVEL "%u", level);
        if (!read_level(facets, name, counts, category_count))
            return false;
    }
    out->categories =
        arena_alloc_array(shape->arena, (size_t)category_count + 1, sizeof *out->categories);
    for (uint32_t category = 1; category <= category_count; category++) {
        if (counts[category] > 0)
            out->categories[out->category_count++] =
                (struct search_category_count){category, counts[category]};
    }
    return true;
}

/* A brand as the first product found writes it. */
static struct text shown_brand(json_t *bucket, const struct answer_shape *shape)
{
    json_t *first = json_object_get(json_object_get(bucket, "first"), "value");
    const struct product *product =
        json_is_number(first) && json_number_value(first) >= 1 &&
                json_number_value(first) <= UINT32_MAX
            ? view_product(shape->view, (uint32_t)json_number_value(first))
            : NULL;
    struct text brand = product == NULL ? TEXT_NONE : product_text(product, PRODUCT_BRAND);
    return brand.length > 0 ? arena_copy_text(shape->arena, brand)
                            : text_of_json(json_object_get(bucket, "key"), shape->arena);
}

static bool read_brands(json_t *facets, const struct answer_shape *shape, struct search_facets *out)
{
    json_t *buckets = buckets_of(facets, "brand");
    if (buckets == NULL || json_array_size(buckets) > SEARCH_BRANDS_MAX)
        return false;
    out->brands = arena_alloc_array(shape->arena, SEARCH_BRANDS_MAX, sizeof *out->brands);
    for (size_t i = 0; i < json_array_size(buckets); i++) {
        json_t *bucket = json_array_get(buckets, i);
        uint64_t count = 0;
        if (!json_is_string(json_object_get(bucket, "key")) ||
            !answer_u64(bucket, "doc_count", UINT32_MAX, &count))
            return false;
        out->brands[out->brand_count++] =
            (struct search_brand_count){shown_brand(bucket, shape), (uint32_t)count};
    }
    return true;
}

static bool read_prices(json_t *facets, struct search_facets *out)
{
    json_t *buckets = buckets_of(facets, "band");
    uint32_t counts[BODY_PRICE_BANDS] = {0};
    if (buckets == NULL)
        return false;
    for (size_t i = 0; i < json_array_size(buckets); i++) {
        uint64_t band = 0;
        uint32_t count = 0;
        if (!read_counted(json_array_get(buckets, i), BODY_PRICE_BANDS - 1, &band, &count))
            return false;
        counts[band] = count;
    }
    for (uint32_t band = 0; band < BODY_PRICE_BANDS; band++) {
        if (counts[band] > 0)
            out->price_bands[out->price_band_count++] =
                (struct search_price_band){.from_minor = document_band_from(band),
                                           .to_minor = document_band_from(band + 1),
                                           .count = counts[band]};
    }
    return true;
}

static bool read_counts(json_t *facets, struct search_facets *out)
{
    uint64_t count = 0;
    for (uint32_t band = 0; band < SEARCH_RATING_BANDS; band++) {
        char name[NAME_SIZE];
        (void)snprintf(name, sizeof name, BODY_RATING "%u", band);
        if (!answer_u64(json_object_get(facets, name), "doc_count", UINT32_MAX, &count))
            return false;
        out->rating_counts[band] = (uint32_t)count;
    }
    if (!answer_u64(json_object_get(facets, "in_stock"), "doc_count", UINT32_MAX, &count))
        return false;
    out->in_stock = (uint32_t)count;
    return true;
}

bool answer_read_search(json_t *answer, const struct answer_shape *shape,
                        struct search_result *result_out)
{
    *result_out = (struct search_result){0};
    if (!is_whole(answer) || !read_hits(answer, shape->spec, result_out))
        return false;
    if (!shape->spec->query->want_facets)
        return true;
    json_t *facets = json_object_get(answer, "aggregations");
    result_out->facets = arena_alloc(shape->arena, sizeof *result_out->facets);
    return read_categories(facets, shape, result_out->facets) &&
           read_brands(facets, shape, result_out->facets) &&
           read_prices(facets, result_out->facets) && read_counts(facets, result_out->facets);
}

/* --- probe --- */

/* [{"text":"keybord","options":[{"text":"keyboard","freq":7}]}], the likeliest first; each in at
 * least `least` products. */
static bool read_corrections(json_t *suggested, struct asked_word *word, uint64_t least,
                             const struct asked_reader *reader)
{
    json_t *options = json_object_get(json_array_get(suggested, 0), "options");
    double best = 0;
    bool has_any = false;
    for (size_t i = 0; i < json_array_size(options); i++) {
        json_t *option = json_array_get(options, i);
        double score = json_number_value(json_object_get(option, "score"));
        uint64_t products = 0;
        if (!answer_u64(option, "freq", UINT32_MAX, &products) || products < least || score < best)
            continue;
        best = score; /* none that is further off than the nearest */
        has_any = true;
        word->products += products;
        asked_add_option(word, text_of_json(json_object_get(option, "text"), reader->arena),
                         reader);
    }
    return has_any;
}

/* The last word as the beginning of others, those in most products first. */
static bool read_completions(json_t *facets, struct asked_word *word,
                             const struct asked_reader *reader)
{
    json_t *buckets = buckets_of(facets, "last");
    if (json_array_size(buckets) == 0 ||
        !answer_u64(json_object_get(facets, "last"), "doc_count", UINT32_MAX, &word->products))
        return false;
    word->is_beginning = true;
    for (size_t i = 0; i < json_array_size(buckets); i++) {
        json_t *key = json_object_get(json_array_get(buckets, i), "key");
        asked_add_option(word, text_of_json(key, reader->arena), reader);
    }
    return true;
}

bool answer_read_probe(json_t *answer, struct asked *asked)
{
    json_t *facets = json_object_get(answer, "aggregations");
    json_t *buckets = json_object_get(json_object_get(facets, "words"), "buckets");
    if (!is_whole(answer) || !json_is_object(buckets))
        return false;
    for (uint32_t i = 0; i < asked->count; i++) {
        char name[NAME_SIZE];
        (void)snprintf(name, sizeof name, "%u", i);
        if (!answer_u64(json_object_get(buckets, name), "doc_count", UINT32_MAX,
                        &asked->words[i].products))
            return false;
    }
    return true;
}

static json_t *suggested_for(json_t *answer, uint32_t word)
{
    char name[NAME_SIZE];
    (void)snprintf(name, sizeof name, "%u", word);
    return json_object_get(json_object_get(answer, "suggest"), name);
}

bool answer_repair_unknown(json_t *answer, struct asked *asked, const struct asked_reader *reader)
{
    bool has_changed = false;
    for (uint32_t i = 0; i < asked->count; i++) {
        struct asked_word *word = &asked->words[i];
        if (!word->is_one || word->products > 0)
            continue;
        bool is_last = i + 1 == asked->count;
        json_t *facets = json_object_get(answer, "aggregations");
        has_changed |= (is_last && read_completions(facets, word, reader)) ||
                       read_corrections(suggested_for(answer, i), word, 0, reader);
    }
    return has_changed;
}

bool answer_repair_rare(json_t *answer, struct asked *asked, const struct asked_reader *reader)
{
    bool has_changed = false;
    for (uint32_t i = 0; i < asked->count; i++) {
        struct asked_word *word = &asked->words[i];
        if (word->is_one && word->used.length == 0)
            has_changed |= read_corrections(suggested_for(answer, i), word,
                                            (word->products + 1) * SLIP_FACTOR, reader);
    }
    return has_changed;
}
