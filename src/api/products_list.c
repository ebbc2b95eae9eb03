/* products_list.c - GET /v1/products: parameters -> struct search_query -> a page with total and
 * facets. */
#include "api/input/fields.h"
#include "api/render/render.h"
#include "base/hash.h"
#include "search/backend.h"
#include "search/filter/filter.h"

#include <string.h>

/* "a,b,c": at most SEARCH_LIST_MAX of them. */
static bool cut_list(struct query_in *in, const char *name, struct text *list, uint32_t count,
                     struct text *item_out)
{
    if (!text_cut(list, ',', item_out))
        return false;
    if (count < SEARCH_LIST_MAX)
        return true;
    query_in_fault(in, name, "too_many", "at most 100 entries");
    return false;
}

static void read_lists(struct call *call, struct query_in *in, struct search_query *query)
{
    struct text list;
    struct text item;
    if (query_in_text(in, "ids", 4000, &list)) {
        uint32_t *numbers = arena_alloc_array(call->arena, SEARCH_LIST_MAX, sizeof(*numbers));
        query->has_numbers = true;
        query->numbers = numbers;
        while (cut_list(in, "ids", &list, query->number_count, &item)) {
            uint64_t number;
            if (call_read_id(call, ID_PRODUCT, item, TEXT("ids"), &number))
                numbers[query->number_count++] = (uint32_t)number;
        }
    }
    if (query_in_text(in, "sku", PRODUCT_SKU_MAX, &item)) {
        struct text *sku = CALL_NEW(call, struct text);
        *sku = item;
        query->has_skus = true;
        query->skus = sku;
        query->sku_count = 1;
    }
}

static void read_attributes(struct query_in *in, struct search_query *query)
{
    uint32_t position = 0;
    struct search_attribute attribute;
    while (query_in_prefixed(in, TEXT("attr."), &position, &attribute.key, &attribute.value)) {
        if (query->attribute_count == SEARCH_ATTRIBUTES_MAX) {
            query_in_fault(in, "attr", "too_many", "at most 8 attributes");
            return;
        }
        query->attributes[query->attribute_count++] = attribute;
    }
}

/* "4", "4.5", "4.52" -> hundredths. */
static void read_min_rating(struct query_in *in, struct search_query *query)
{
    struct text rating;
    if (!query_in_text(in, "min_rating", 8, &rating))
        return;
    struct text whole;
    struct text part = rating;
    uint32_t hundredths = 0;
    uint32_t units = 0;
    bool is_right = text_cut(&part, '.', &whole) && text_to_u32(whole, &units) && units <= 5;
    if (is_right && part.data != NULL) {
        is_right = part.length <= 2 && text_to_u32(part, &hundredths);
        if (part.length == 1)
            hundredths *= 10;
    }
    if (is_right && units * 100 + hundredths <= 500)
        query->min_rating_x100 = (uint16_t)(units * 100 + hundredths);
    else
        query_in_fault(in, "min_rating", "out_of_range", "must be from 0 to 5, as in 4.5");
}

/* Filters that have a parameter of their own. */
static void read_own(struct query_in *in, struct search_query *query)
{
    const struct search_filter *filter;
    for (uint32_t i = 0; (filter = filter_at(i)) != NULL; i++) {
        uint64_t value;
        if (filter->parameter != NULL &&
            query_in_u64(in, filter->parameter, (uint64_t)filter->lowest, (uint64_t)filter->highest,
                         &value))
            query->own[i] = (struct search_own){.is_asked = true, .value = (int64_t)value};
    }
}

static void read_filters(struct call *call, struct query_in *in, struct search_query *query)
{
    struct text text;
    uint64_t number;
    query_in_words(in, "q", &query->words);
    if (query_in_text(in, "category", 2000, &text) && text.length > 0 &&
        !fields_find_category(call, text, &query->category))
        query_in_fault(in, "category", "category_unknown",
                       "an id, or a path as in ELECTRONICS > Laptops");
    if (query_in_u64(in, "min_price", 0, (uint64_t)MONEY_PRICE_MAX, &number))
        query->min_price_minor = (int64_t)number;
    query->has_max_price = query_in_u64(in, "max_price", 0, (uint64_t)MONEY_PRICE_MAX, &number);
    if (query->has_max_price)
        query->max_price_minor = (int64_t)number;
    query_in_text(in, "brand", PRODUCT_BRAND_MAX, &query->brand);
    query_in_bool(in, "in_stock", &query->in_stock);
    query_in_bool(in, "facets", &query->want_facets);
    if (query->has_max_price && query->min_price_minor > query->max_price_minor)
        query_in_fault(in, "min_price", "out_of_range", "must not be above max_price");
    if (query_in_text(in, "sort", 20, &text)) {
        query->sort = search_sort_find(text);
        if (query->sort == SEARCH_SORT_COUNT)
            query_in_fault(in, "sort", "invalid_value",
                           "relevance, price, -price, -rating, -created or -sold");
    }
    read_min_rating(in, query);
    read_own(in, query);
    read_lists(call, in, query);
    read_attributes(in, query);
}

/* A cursor goes with the filters it came from, in whatever order they are written. */
static uint64_t hash_filters(const struct query_in *in)
{
    uint64_t hash = 1;
    for (uint32_t i = 0; i < in->count; i++) {
        const struct query_in_parameter *parameter = &in->parameters[i];
        if (text_equal(parameter->name, TEXT("cursor")) ||
            text_equal(parameter->name, TEXT("limit")) ||
            text_equal(parameter->name, TEXT("facets")))
            continue;
        hash += hash_u64(hash_bytes(parameter->name.data, parameter->name.length) * 31 +
                         hash_bytes(parameter->value.data, parameter->value.length));
    }
    return hash;
}

static void render_count(struct json_out *json, const char *key, struct text value, uint32_t count)
{
    json_out_object_begin(json);
    json_out_key(json, key);
    json_out_text(json, value);
    json_out_key(json, "count");
    json_out_u64(json, count);
    json_out_object_end(json);
}

static void render_price_bands(struct json_out *json, const struct search_facets *facets)
{
    json_out_array_begin(json);
    for (uint32_t i = 0; i < facets->price_band_count; i++) {
        const struct search_price_band *band = &facets->price_bands[i];
        json_out_object_begin(json);
        json_out_key(json, "from");
        json_out_i64(json, band->from_minor);
        json_out_key(json, "to");
        if (band->to_minor > 0)
            json_out_i64(json, band->to_minor);
        else
            json_out_null(json);
        json_out_key(json, "count");
        json_out_u64(json, band->count);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void render_categories(const struct call *call, struct json_out *json,
                              const struct search_facets *facets)
{
    json_out_array_begin(json);
    for (uint32_t i = 0; i < facets->category_count; i++) {
        const struct search_category_count *category = &facets->categories[i];
        json_out_object_begin(json);
        json_out_key(json, "id");
        render_id(call, json, ID_CATEGORY, category->category);
        json_out_key(json, "path");
        render_category_path(call, json, category->category);
        json_out_key(json, "count");
        json_out_u64(json, category->count);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void render_facets(const struct call *call, struct json_out *json,
                          const struct search_facets *facets)
{
    json_out_object_begin(json);
    json_out_key(json, "categories");
    render_categories(call, json, facets);
    json_out_key(json, "brands");
    json_out_array_begin(json);
    for (uint32_t i = 0; i < facets->brand_count; i++)
        render_count(json, "brand", facets->brands[i].brand, facets->brands[i].count);
    json_out_array_end(json);
    json_out_key(json, "prices");
    render_price_bands(json, facets);
    json_out_key(json, "ratings");
    json_out_array_begin(json);
    for (uint32_t i = 0; i < SEARCH_RATING_BANDS; i++) {
        char least[1] = {(char)('4' - (int)i)};
        render_count(json, "at_least", (struct text){least, 1}, facets->rating_counts[i]);
    }
    json_out_array_end(json);
    json_out_key(json, "in_stock");
    json_out_u64(json, facets->in_stock);
    json_out_object_end(json);
}

/* Did every hit have all words, and if not, what was done to those that none had? */
static void render_match(struct json_out *json, const struct search_result *result)
{
    json_out_key(json, "matched");
    json_out_text(json, result->note_count == 0 ? TEXT("all") : TEXT("some"));
    json_out_key(json, "notes");
    json_out_array_begin(json);
    for (uint32_t i = 0; i < result->note_count; i++) {
        const struct search_note *note = &result->notes[i];
        json_out_object_begin(json);
        json_out_key(json, "word");
        json_out_text(json, note->word);
        json_out_key(json, "used");
        if (note->used.length > 0)
            json_out_text(json, note->used);
        else
            json_out_null(json);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

struct listing {
    bool omits_facets; /* asked for, and too much for now */
    struct search_query query;
    struct search_request request;
    uint64_t list; /* what its cursors are of */
};

static void reply_page(struct call *call)
{
    const struct listing *listing = call->state;
    const struct search_result *result = &listing->request.result;
    struct json_out json;
    render_list_begin(call, &json);
    view_fetch_page(call->view, result->hits, result->hit_count);
    for (uint32_t i = 0; i < result->hit_count; i++) {
        const struct product *product = view_product(call->view, result->hits[i]);
        if (product != NULL)
            render_product(call, &json, product);
    }
    json_out_array_end(&json);
    struct cursor next = {listing->list, result->next.rank, result->next.number};
    render_next_cursor(call, &json, result->has_more ? &next : NULL);
    json_out_key(&json, "total");
    json_out_u64(&json, result->total);
    render_match(&json, result);
    if (result->facets != NULL) {
        json_out_key(&json, "facets");
        render_facets(call, &json, result->facets);
    }
    if (listing->omits_facets)
        render_omitted(&json, TEXT("facets"));
    json_out_object_end(&json);
    call->cache = "no-cache";
    call_reply(call, 200);
}

void products_list(struct call *call)
{
    struct query_in in;
    call_query(call, &in);
    struct listing *listing = CALL_NEW(call, struct listing);
    struct search_query *query = &listing->query;
    read_filters(call, &in, query);
    query->limit = call_limit(&in);
    struct cursor cursor = {.list = hash_filters(&in)};
    bool has_cursor;
    if (!call_cursor(call, &in, &cursor, &has_cursor))
        return;
    if (has_cursor)
        query->after = (struct search_cursor){cursor.key, (uint32_t)cursor.number};
    query_in_end(&in);
    if (call_has_errors(call))
        return;
    listing->omits_facets = query->want_facets && health_is_degraded(call->health);
    query->want_facets &= !listing->omits_facets;
    listing->list = cursor.list;
    listing->request.query = query;
    call->state = listing;
    call_search(call, &listing->request, reply_page);
}
