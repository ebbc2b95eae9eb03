#include "search/elastic/clauses.h"

#include "search/elastic/json_put.h"
#include "search/index/labels.h"

static void write_numbers(const struct search_query *query, struct buffer *out)
{
    bool is_first = true;
    json_put(out, "{'terms':{'number':[");
    for (uint32_t i = 0; i < query->number_count; i++) {
        json_put_comma(out, &is_first);
        json_put(out, "%u", (uint64_t)query->numbers[i]);
    }
    json_put(out, "]}}");
}

static void write_skus(const struct search_query *query, struct buffer *out)
{
    bool is_first = true;
    json_put(out, "{'terms':{'sku':[");
    for (uint32_t i = 0; i < query->sku_count; i++) {
        json_put_comma(out, &is_first);
        json_put(out, "%t", query->skus[i]);
    }
    json_put(out, "]}}");
}

/* An attribute is compared as the compact JSON it is kept as: "color":"red". */
static void write_attribute(const struct search_attribute *attribute, const char *prefix,
                            struct buffer *out)
{
    struct buffer pair;
    buffer_init(&pair, 64);
    json_put(&pair, "%t:%t", attribute->key, attribute->value);
    json_put(out, "{'term':{'%kattributes':%t}}", prefix, buffer_text(&pair));
    buffer_release(&pair);
}

static void write_base(const struct search_query *query, const struct asked *asked,
                       const char *prefix, struct buffer *out)
{
    bool is_first = true;
    asked_write_filter(asked, prefix, out);
    is_first = out->length == 0;
    for (uint32_t i = 0; i < query->attribute_count; i++) {
        json_put_comma(out, &is_first);
        write_attribute(&query->attributes[i], prefix, out);
    }
    if (query->has_numbers) {
        json_put_comma(out, &is_first);
        write_numbers(query, out);
    }
    if (query->has_skus) {
        json_put_comma(out, &is_first);
        write_skus(query, out);
    }
}

static void write_brand(const struct search_query *query, const char *prefix, struct buffer *out)
{
    char folded[BRAND_KEY_SIZE];
    uint32_t length = labels_fold(query->brand, folded);
    json_put(out, "{'term':{'%kbrand':%t}}", prefix, (struct text){folded, length});
}

static void write_price(const struct search_query *query, const char *prefix, struct buffer *out)
{
    json_put(out, "{'range':{'%kprice':{'gte':%i", prefix, query->min_price_minor);
    if (query->has_max_price)
        json_put(out, ",'lte':%i", query->max_price_minor);
    json_put(out, "}}}");
}

static void write_clause(enum clause clause, const struct search_query *query,
                         const struct asked *asked, const char *prefix, struct buffer *out)
{
    switch (clause) {
    case CLAUSE_BASE:
        write_base(query, asked, prefix, out);
        break;
    case CLAUSE_CATEGORY:
        if (query->category != 0)
            json_put(out, "{'term':{'%kcategories':%u}}", prefix, (uint64_t)query->category);
        break;
    case CLAUSE_BRAND:
        if (query->brand.length > 0)
            write_brand(query, prefix, out);
        break;
    case CLAUSE_PRICE:
        if (query->min_price_minor > 0 || query->has_max_price)
            write_price(query, prefix, out);
        break;
    case CLAUSE_RATING:
        if (query->min_rating_x100 > 0)
            json_put(out, "{'range':{'%krating':{'gte':%u}}}", prefix,
                     (uint64_t)query->min_rating_x100);
        break;
    case CLAUSE_STOCK:
        if (query->in_stock)
            json_put(out, "{'term':{'%kin_stock':true}}", prefix);
        break;
    case CLAUSE_COUNT:
        ensure(false);
    }
}

void clauses_make(struct clauses *clauses, const struct search_query *query,
                  const struct asked *asked, struct arena *arena)
{
    struct buffer out;
    buffer_init(&out, 1024);
    for (enum clause clause = 0; clause < CLAUSE_COUNT; clause++) {
        buffer_reset(&out);
        write_clause(clause, query, asked, "", &out);
        clauses->own[clause] = arena_copy_text(arena, buffer_text(&out));
        buffer_reset(&out);
        write_clause(clause, query, asked, "cheaper.", &out);
        clauses->cheaper[clause] = arena_copy_text(arena, buffer_text(&out));
    }
    buffer_release(&out);
}

static void write_list(const struct text *clauses, const struct clauses_filter *filter,
                       struct text extra, bool is_first, struct buffer *out)
{
    for (enum clause clause = 0; clause < CLAUSE_COUNT; clause++) {
        if (clause == filter->left_out || clauses[clause].length == 0)
            continue;
        json_put_comma(out, &is_first);
        json_put(out, "%j", clauses[clause]);
    }
    if (extra.length > 0) {
        json_put_comma(out, &is_first);
        json_put(out, "%j", extra);
    }
}

void clauses_write(const struct clauses *clauses, const struct clauses_filter *filter,
                   struct buffer *out)
{
    json_put(out, "{'bool':{'filter':[");
    struct text own[CLAUSE_COUNT];
    for (enum clause clause = 0; clause < CLAUSE_COUNT; clause++)
        own[clause] = clause < filter->first ? TEXT_NONE : clauses->own[clause];
    write_list(own, filter, filter->extra, true, out);
    json_put(out, "]");
    if (clauses->folds) {
        /* The cheaper ones have to meet all of it, also what the query itself asks for. */
        json_put(out, ",'must_not':[{'nested':{'path':'cheaper','query':{'bool':{'filter':[");
        if (filter->same != NULL)
            json_put(out, "{'term':{'cheaper.same':%q}}", filter->same);
        write_list(clauses->cheaper, filter, filter->extra_cheaper, filter->same == NULL, out);
        json_put(out, "]}}}}]");
    }
    json_put(out, "}}");
}
