#include "search/elastic/document.h"

#include "search/elastic/json_put.h"
#include "search/index/labels.h"

#include <math.h>
#include <string.h>

/* Bands end at 1, 2, 5, 10, 20, 50 ... units of money with two decimals; the last has no end. */
static const int64_t band_limits[] = {
    100,        200,        500,        1000,        2000,        5000,        10000,
    20000,      50000,      100000,     200000,      500000,      1000000,     2000000,
    5000000,    10000000,   20000000,   50000000,    100000000,   200000000,   500000000,
    1000000000, 2000000000, 5000000000, 10000000000, 20000000000, 50000000000,
};

/* The static rank: a mean that few ratings pull only a little away from PRIOR, and how many there
 * are. Between 1 and 1.5, so that it decides among products whose words say the same. */
static const double rating_prior = 3.8, rating_prior_count = 20, rating_best = 5;
static const double mean_share = 0.3, count_share = 0.2, count_bits = 16;

enum { RATING_SHIFT = 32, RATING_SCALE = 100 };

/* What a product says of itself, in the words of both kinds. */
struct wording {
    struct word_set stems;
    struct word_set plain;
};

/* A product's category and those above it, the top one first. */
struct path {
    uint32_t numbers[CATEGORY_DEPTH_MAX + 1];
    uint32_t count;
};

static uint32_t price_band(int64_t price_minor)
{
    uint32_t band = 0;
    while (band < countof(band_limits) && price_minor >= band_limits[band])
        band++;
    return band;
}

int64_t document_band_from(uint32_t band)
{
    return band == 0 || band > countof(band_limits) ? 0 : band_limits[band - 1];
}

static struct path path_of(const struct view_categories *categories, uint32_t number)
{
    uint32_t upwards[CATEGORY_DEPTH_MAX + 1];
    struct path path = {.count = 0};
    uint32_t count = 0;
    while (number != 0 && number <= categories->count && count < countof(upwards)) {
        upwards[count++] = number;
        number = categories->categories[number].parent;
    }
    while (count > 0)
        path.numbers[path.count++] = upwards[--count];
    return path;
}

uint32_t document_levels(const struct view_categories *categories)
{
    uint32_t levels = 0;
    for (uint32_t number = 1; number <= categories->count; number++) {
        struct path path = path_of(categories, number);
        levels = path.count > levels ? path.count : levels;
    }
    return levels;
}

static void put_filter_fields(struct buffer *out)
{
    json_put(out,
             "'price':{'type':'long'},'rating':{'type':'integer'},'in_stock':{'type':'boolean'},"
             "'brand':{'type':'keyword'},'categories':{'type':'integer'},"
             "'attributes':{'type':'keyword','doc_values':false},"
             "'words':{'type':'keyword','doc_values':false},'plain':{'type':'keyword'},"
             "'code':{'type':'keyword','doc_values':false}");
}

void document_write_index(struct buffer *out, const struct document_index_options *options,
                          const char *alias)
{
    json_put(out,
             "{'settings':{'number_of_shards':%u,'number_of_replicas':%u,'refresh_interval':'-1',"
             "'gc_deletes':'10m'},'mappings':{'dynamic':'strict','_source':{'enabled':true},"
             "'properties':{",
             (uint64_t)options->shards, (uint64_t)options->replicas);
    json_put(
        out,
        "'number':{'type':'integer'},'sku':{'type':'keyword','doc_values':false},"
        "'name':{'type':'text','analyzer':'whitespace','index_options':'freqs'},"
        "'near':{'type':'keyword','doc_values':false},'quality':{'type':'double','index':false},"
        "'best':{'type':'long','index':false},'sold':{'type':'long','index':false},"
        "'band':{'type':'integer'},");
    for (uint32_t i = 0; i <= CATEGORY_DEPTH_MAX; i++)
        json_put(out, "'level%u':{'type':'integer'},", (uint64_t)i);
    put_filter_fields(out);
    json_put(out, ",'cheaper':{'type':'nested','properties':{'same':{'type':'keyword'},");
    put_filter_fields(out);
    json_put(out, "}}}},'aliases':{%q:{}}}", alias);
}

static void add_words(const struct document_source *source, struct text text,
                      struct wording *wording)
{
    struct joining_cursor cursor;
    struct search_token token;
    tokens_begin_joining(&cursor, text);
    while (tokens_next_joining(&cursor, &token)) {
        if (!cursor.is_joined)
            word_set_add(&wording->plain, source->arena, token.text);
        word_set_add(&wording->stems, source->arena,
                     analysis_stem(source->analysis, token.text, token.has_digit));
    }
}

static void add_path_words(const struct document_source *source, const struct path *path,
                           struct wording *wording)
{
    for (uint32_t i = 0; i < path->count; i++)
        add_words(source, text_of(source->categories->categories[path->numbers[i]].name), wording);
}

static void put_words(struct buffer *out, const struct word_set *set)
{
    bool is_first = true;
    json_put(out, "[");
    for (uint32_t i = 0; i < set->count; i++) {
        json_put_comma(out, &is_first);
        json_put(out, "%t", set->words[i]);
    }
    json_put(out, "]");
}

/* Attributes are compact JSON, an object of strings: each "key":"value" of it is one value of the
 * field, byte by byte. Inside a string a quote has a backslash before it. */
static void put_attributes(struct buffer *out, struct text json)
{
    bool is_first = true;
    json_put(out, "[");
    for (uint32_t at = 1; at + 1 < json.length;) {
        uint32_t start = at;
        bool is_inside = false;
        for (; at < json.length; at++) {
            if (json.data[at] == '\\')
                at++;
            else if (json.data[at] == '"')
                is_inside = !is_inside;
            else if (!is_inside && (json.data[at] == ',' || json.data[at] == '}'))
                break;
        }
        json_put_comma(out, &is_first);
        json_put(out, "%t", (struct text){json.data + start, at - start});
        at++;
    }
    json_put(out, "]");
}

static void put_brand(struct buffer *out, struct text brand)
{
    char folded[BRAND_KEY_SIZE];
    uint32_t length = labels_fold(brand, folded);
    if (length > 0)
        json_put(out, "'brand':%t,", (struct text){folded, length});
}

/* What filters look at. */
static void put_filterable(const struct document_source *source, const struct product *product,
                           struct buffer *out)
{
    struct path path = path_of(source->categories, product->category);
    struct wording wording = {0};
    add_words(source, product_text(product, PRODUCT_NAME), &wording);
    add_words(source, product_text(product, PRODUCT_BRAND), &wording);
    add_words(source, product_text(product, PRODUCT_DESCRIPTION), &wording);
    add_path_words(source, &path, &wording);
    word_set_finish(&wording.stems);
    word_set_finish(&wording.plain);
    json_put(out, "'price':%i,'rating':%u,'in_stock':%b,", product->price_minor,
             (uint64_t)product->rating_x100, view_available(source->view, product->number) > 0);
    put_brand(out, product_text(product, PRODUCT_BRAND));
    bool is_first = true;
    json_put(out, "'categories':[");
    for (uint32_t i = 0; i < path.count; i++) {
        json_put_comma(out, &is_first);
        json_put(out, "%u", (uint64_t)path.numbers[i]);
    }
    json_put(out, "],'attributes':");
    put_attributes(out, product_text(product, PRODUCT_ATTRIBUTES));
    json_put(out, ",'words':");
    put_words(out, &wording.stems);
    json_put(out, ",'plain':");
    put_words(out, &wording.plain);
    json_put(out, ",");
    json_put(out, "'code':%t", analysis_code(product_text(product, PRODUCT_SKU), source->arena));
}

static bool is_cheaper(const struct product *sibling, const struct product *product)
{
    if (sibling->price_minor != product->price_minor)
        return sibling->price_minor < product->price_minor;
    return sibling->number < product->number;
}

static bool brands_equal(const struct product *a, const struct product *b)
{
    char folded_a[BRAND_KEY_SIZE];
    char folded_b[BRAND_KEY_SIZE];
    struct text brand_a = {folded_a, labels_fold(product_text(a, PRODUCT_BRAND), folded_a)};
    struct text brand_b = {folded_b, labels_fold(product_text(b, PRODUCT_BRAND), folded_b)};
    return text_equal(brand_a, brand_b);
}

static void put_same(const struct document_source *source, const struct product *sibling,
                     const struct product *product, struct buffer *out)
{
    bool is_first = true;
    json_put(out, "'same':[");
    if (price_band(sibling->price_minor) == price_band(product->price_minor)) {
        json_put_comma(out, &is_first);
        json_put(out, "'band'");
    }
    if (brands_equal(sibling, product)) {
        json_put_comma(out, &is_first);
        json_put(out, "'brand'");
    }
    struct path path = path_of(source->categories, product->category);
    struct path other = path_of(source->categories, sibling->category);
    for (uint32_t i = 0; i < path.count && i < other.count; i++) {
        if (path.numbers[i] != other.numbers[i])
            break;
        json_put_comma(out, &is_first);
        json_put(out, "'level%u'", (uint64_t)i);
    }
    json_put(out, "],");
}

static void put_cheaper(const struct document_source *source, const struct product *product,
                        struct buffer *out)
{
    struct text family = product_text(product, PRODUCT_FAMILY);
    uint32_t written = 0;
    for (uint32_t number = families_first(source->families, product->number);
         number != 0 && written < DOCUMENT_CHEAPER_MAX;
         number = families_next(source->families, number)) {
        const struct product *sibling = view_product(source->view, number);
        if (sibling == NULL || sibling->status != PRODUCT_ACTIVE || !is_cheaper(sibling, product) ||
            !text_equal(product_text(sibling, PRODUCT_FAMILY), family))
            continue;
        json_put(out, written++ == 0 ? ",'cheaper':[{" : ",{");
        put_same(source, sibling, product, out);
        put_filterable(source, sibling, out);
        json_put(out, "}");
    }
    if (written > 0)
        json_put(out, "]");
}

static double quality_of(const struct product *product)
{
    double count = product->rating_count;
    double mean =
        (count * product->rating_x100 / RATING_SCALE + rating_prior_count * rating_prior) /
        (count + rating_prior_count);
    double bits = log2(1 + count) / count_bits;
    return 1 + mean_share * mean / rating_best + count_share * (bits < 1 ? bits : 1);
}

/* Words of the name in their order, each by its stem. */
static void put_name(const struct document_source *source, const struct product *product,
                     struct buffer *out)
{
    struct token_cursor cursor;
    struct search_token token;
    struct buffer name;
    buffer_init(&name, PRODUCT_NAME_MAX);
    tokens_begin(&cursor, product_text(product, PRODUCT_NAME));
    while (tokens_next(&cursor, &token)) {
        if (name.length > 0)
            buffer_append(&name, " ", 1);
        buffer_append_text(&name, analysis_stem(source->analysis, token.text, token.has_digit));
    }
    json_put(out, "'name':%t,", buffer_text(&name));
    buffer_release(&name);
}

static void put_near(const struct document_source *source, const struct product *product,
                     struct buffer *out)
{
    struct path path = path_of(source->categories, product->category);
    struct wording wording = {0};
    add_words(source, product_text(product, PRODUCT_BRAND), &wording);
    add_path_words(source, &path, &wording);
    word_set_finish(&wording.stems);
    json_put(out, "'near':");
    put_words(out, &wording.stems);
    for (uint32_t i = 0; i < path.count; i++)
        json_put(out, ",'level%u':%u", (uint64_t)i, (uint64_t)path.numbers[i]);
}

bool document_write(const struct document_source *source, uint32_t number, struct buffer *out)
{
    const struct product *product = view_product(source->view, number);
    if (product == NULL || product->status != PRODUCT_ACTIVE)
        return false;
    json_put(out, "{'number':%u,'sku':%t,", (uint64_t)number, product_text(product, PRODUCT_SKU));
    put_name(source, product, out);
    put_near(source, product, out);
    json_put(out, ",'quality':%g,'best':%u,'sold':%u,'band':%u,", quality_of(product),
             (uint64_t)product->rating_x100 << RATING_SHIFT | product->rating_count,
             (uint64_t)view_sold(source->view, number), (uint64_t)price_band(product->price_minor));
    put_filterable(source, product, out);
    put_cheaper(source, product, out);
    json_put(out, "}");
    return true;
}
