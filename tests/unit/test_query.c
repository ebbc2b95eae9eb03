/* The product listing against an oracle that looks at every product the slow and obvious way. */
#include "lib/catalog_fixture.h"
#include "search/query.h"
#include "search/substring.h"
#include "test.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { PRODUCTS = 600, QUERIES = 400, PAGE = 100 };

/* --- the oracle --- */

static bool slow_occurs(const char *text, size_t length, const char *word, size_t word_length)
{
    for (size_t i = 0; i + word_length <= length; i++) {
        size_t j = 0;
        while (j < word_length &&
               tolower((unsigned char)text[i + j]) == tolower((unsigned char)word[j]))
            j++;
        if (j == word_length)
            return true;
    }
    return false;
}

static bool in_text(const struct product *product, enum product_text which, struct text word)
{
    struct text text = product_text(product, which);
    return slow_occurs(text.data, text.length, word.data, word.length);
}

static bool in_path(const struct catalog *catalog, uint32_t category, struct text word)
{
    for (; category != 0; category = category_find(catalog, category)->parent) {
        const char *name = category_find(catalog, category)->name;
        if (slow_occurs(name, strlen(name), word.data, word.length))
            return true;
    }
    return false;
}

/* How much the word weighs in this product; 0 = it is nowhere. */
static int64_t weight(const struct catalog *catalog, const struct product *product,
                      struct text word)
{
    return 8 * in_text(product, PRODUCT_NAME, word) + 4 * in_text(product, PRODUCT_BRAND, word) +
           4 * in_text(product, PRODUCT_SKU, word) + in_text(product, PRODUCT_DESCRIPTION, word) +
           2 * in_path(catalog, product->category, word);
}

static bool words_match(const struct catalog *catalog, const struct product *product,
                        struct text words, int64_t *score_out)
{
    struct text word;
    *score_out = 0;
    while (text_cut(&words, ' ', &word)) {
        int64_t found = weight(catalog, product, word);
        if (word.length > 0 && found == 0)
            return false;
        *score_out += word.length > 0 ? found : 0;
    }
    return true;
}

static bool has_attributes(const struct product *product, const struct search_query *query)
{
    for (uint32_t i = 0; i < query->attribute_count; i++) {
        char pair[128];
        int length =
            snprintf(pair, sizeof pair, "\"%.*s\":\"%.*s\"", TEXT_ARGS(query->attributes[i].key),
                     TEXT_ARGS(query->attributes[i].value));
        struct text text = product_text(product, PRODUCT_ATTRIBUTES);
        if (memmem(text.data, text.length, pair, (size_t)length) == NULL)
            return false;
    }
    return true;
}

static bool is_listed(const struct product *product, const struct search_query *query)
{
    bool is_number = !query->has_numbers;
    bool is_sku = !query->has_skus;
    for (uint32_t i = 0; i < query->number_count; i++)
        is_number = is_number || query->numbers[i] == product->number;
    for (uint32_t i = 0; i < query->sku_count; i++)
        is_sku = is_sku || text_equal(query->skus[i], product_text(product, PRODUCT_SKU));
    return is_number && is_sku;
}

static bool is_wanted(const struct shop *shop, const struct product *product,
                      const struct search_query *query, int64_t *score_out)
{
    return product->status == PRODUCT_ACTIVE &&
           words_match(&shop->catalog, product, query->words, score_out) &&
           (query->category == 0 ||
            category_is_within(&shop->catalog, product->category, query->category)) &&
           product->price_minor >= query->min_price_minor &&
           (!query->has_max_price || product->price_minor <= query->max_price_minor) &&
           product->rating_x100 >= query->min_rating_x100 &&
           (!query->in_stock || stock_available(&shop->stock, product->number) > 0) &&
           (query->brand.length == 0 ||
            text_equal_ignoring_case(product_text(product, PRODUCT_BRAND), query->brand)) &&
           has_attributes(product, query) && is_listed(product, query);
}

static int64_t rank_of(const struct shop *shop, const struct product *product,
                       const struct search_query *query, int64_t score)
{
    int64_t sold = 0;
    for (const struct stock_row *row = stock_first(&shop->stock, product->number); row != NULL;
         row = stock_next(&shop->stock, row))
        sold += row->sold;
    const int64_t ranks[SEARCH_SORT_COUNT] = {
        [SEARCH_RELEVANCE] = -score,
        [SEARCH_PRICE_ASC] = product->price_minor,
        [SEARCH_PRICE_DESC] = -product->price_minor,
        [SEARCH_RATING] = -(product->rating_x100 * INT64_C(4294967296) + product->rating_count),
        [SEARCH_CREATED] = -(int64_t)product->created_ms,
        [SEARCH_SOLD] = -sold,
    };
    return ranks[query->sort];
}

struct expected {
    uint32_t count;
    uint32_t numbers[PRODUCTS]; /* in the order they are listed */
    int64_t ranks[PRODUCTS];
};

static void expect(const struct shop *shop, const struct search_query *query,
                   struct expected *expected)
{
    expected->count = 0;
    for (uint32_t number = 1; number <= shop->catalog.product_count; number++) {
        const struct product *product = catalog_find(&shop->catalog, number);
        int64_t score = 0;
        if (!is_wanted(shop, product, query, &score))
            continue;
        int64_t rank = rank_of(shop, product, query, score);
        uint32_t at = expected->count++;
        for (; at > 0 && expected->ranks[at - 1] > rank; at--) {
            expected->numbers[at] = expected->numbers[at - 1];
            expected->ranks[at] = expected->ranks[at - 1];
        }
        expected->numbers[at] = number;
        expected->ranks[at] = rank;
    }
}

/* --- random queries --- */

static bool coin(struct random *random, uint64_t one_in)
{
    return random_below(random, one_in) == 0;
}

static const struct text some_words[] = {
    TEXT("red"),          TEXT("LAPTOP"),
    TEXT("red blue"),     TEXT("é"),
    TEXT("caFé  steel"),  TEXT("electronics"),
    TEXT("aptop"),        TEXT("sku-1"),
    TEXT("straße"),       TEXT("[box"),
    TEXT("only-in-slug"), TEXT("@"),
    TEXT("acme laptop"),  TEXT("   "),
    TEXT("`home"),        TEXT("nothing-has-this-long-word-in-it"),
};
static const struct text some_brands[] = {TEXT("ACME"), TEXT("Globex"), TEXT("nobody")};
static const struct text some_skus[] = {TEXT("Sku-1-1"), TEXT("Sku-2-2"), TEXT("sku-3-3"),
                                        TEXT("none")};
static const struct search_attribute some_attributes[] = {
    {TEXT("color"), TEXT("red")},
    {TEXT("size"), TEXT("M")},
    {TEXT("olor"), TEXT("red")},
    {TEXT("color"), TEXT("a,b")},
};
static const uint32_t some_numbers[] = {5, 500, 17, 17, 99999, 0, 301};

static struct search_query random_query(struct random *random)
{
    struct search_query query = {
        .sort = (enum search_sort)random_below(random, SEARCH_SORT_COUNT),
        .limit = 1 + (uint32_t)random_below(random, PAGE),
        .want_facets = coin(random, 3),
    };
    if (coin(random, 2))
        query.words = some_words[random_below(random, countof(some_words))];
    if (coin(random, 3))
        query.category = 1 + (uint32_t)random_below(random, 12);
    if (coin(random, 3))
        query.min_price_minor = (int64_t)random_below(random, 40) * 2500;
    query.has_max_price = coin(random, 3);
    query.max_price_minor = (int64_t)random_below(random, 40) * 2500;
    if (coin(random, 4))
        query.min_rating_x100 = 400;
    query.in_stock = coin(random, 3);
    if (coin(random, 5))
        query.brand = some_brands[random_below(random, countof(some_brands))];
    if (coin(random, 5)) {
        query.attributes[query.attribute_count++] = some_attributes[random_below(random, 4)];
        query.attributes[query.attribute_count++] = some_attributes[1];
    }
    query.has_numbers = coin(random, 9);
    query.numbers = some_numbers;
    query.number_count = query.has_numbers ? countof(some_numbers) : 0;
    query.has_skus = coin(random, 9);
    query.skus = some_skus;
    query.sku_count = query.has_skus ? countof(some_skus) : 0;
    return query;
}

/* --- the tests --- */

static void check_facets(const struct shop *shop, const struct expected *expected,
                         const struct search_facets *facets)
{
    uint32_t in_stock = 0;
    uint32_t good = 0;
    uint32_t categories[64] = {0};
    for (uint32_t i = 0; i < expected->count; i++) {
        const struct product *product = catalog_find(&shop->catalog, expected->numbers[i]);
        in_stock += stock_available(&shop->stock, product->number) > 0;
        good += product->rating_x100 >= 400;
        for (uint32_t category = product->category; category != 0;
             category = category_find(&shop->catalog, category)->parent)
            categories[category]++;
    }
    assert_int_equal(facets->in_stock, in_stock);
    assert_int_equal(facets->rating_counts[0], good);
    uint32_t listed = 0;
    for (uint32_t i = 0; i < facets->category_count; i++) {
        assert_int_equal(facets->categories[i].count, categories[facets->categories[i].category]);
        listed++;
    }
    for (uint32_t i = 0; i < countof(categories); i++)
        listed -= categories[i] > 0;
    assert_int_equal(listed, 0);
    uint32_t priced = 0;
    for (uint32_t i = 0; i < facets->price_band_count; i++)
        priced += facets->price_bands[i].count;
    assert_int_equal(priced, expected->count);
    for (uint32_t i = 0; i < facets->brand_count; i++) {
        uint32_t count = 0;
        for (uint32_t j = 0; j < expected->count; j++)
            count += text_equal(
                product_text(catalog_find(&shop->catalog, expected->numbers[j]), PRODUCT_BRAND),
                facets->brands[i].brand);
        assert_int_equal(facets->brands[i].count, count);
        assert_true(i == 0 || facets->brands[i - 1].count >= count);
    }
}

/* Every page of the query, one after the other. */
static void check_pages(const struct catalog_fixture *fixture, struct search_query query,
                        const struct expected *expected, struct arena *arena)
{
    uint32_t seen = 0;
    for (bool has_more = true; has_more;) {
        struct search_result result;
        arena_reset(arena);
        search_run(fixture->view, &query, arena, &result);
        assert_int_equal(result.total, expected->count);
        for (uint32_t i = 0; i < result.hit_count; i++)
            assert_int_equal(result.hits[i]->number, expected->numbers[seen + i]);
        seen += result.hit_count;
        has_more = result.has_more;
        assert_int_equal(has_more, seen < expected->count);
        assert_true(!has_more || result.hit_count == query.limit);
        assert_int_equal(result.facets != NULL, query.want_facets);
        if (result.facets != NULL)
            check_facets(&fixture->shop, expected, result.facets);
        query.after = result.next;
    }
    assert_int_equal(seen, expected->count);
}

static void random_queries_find_what_the_oracle_finds(void **state)
{
    (void)state;
    struct catalog_fixture fixture;
    struct arena arena;
    static struct expected expected;
    uint32_t found = 0;
    catalog_fixture_open(&fixture, 11, PRODUCTS);
    arena_init(&arena, 1 << 16, (size_t)1 << 30);
    struct random random = {2};
    view_read_begin();
    for (uint32_t i = 0; i < QUERIES; i++) {
        struct search_query query = random_query(&random);
        expect(&fixture.shop, &query, &expected);
        check_pages(&fixture, query, &expected, &arena);
        found += expected.count > 0;
    }
    view_read_end();
    assert_true(found > QUERIES / 4); /* or the queries ask for too much */
    arena_release(&arena);
    catalog_fixture_close(&fixture);
}

static void an_empty_query_lists_every_active_product(void **state)
{
    (void)state;
    struct catalog_fixture fixture;
    struct arena arena;
    struct search_result result;
    catalog_fixture_open(&fixture, 5, 50);
    arena_init(&arena, 1 << 16, (size_t)1 << 30);
    uint32_t active = 0;
    for (uint32_t number = 1; number <= 50; number++)
        active += catalog_find(&fixture.shop.catalog, number)->status == PRODUCT_ACTIVE;
    view_read_begin();
    search_run(fixture.view, &(struct search_query){.limit = 100}, &arena, &result);
    assert_int_equal(result.total, active);
    assert_int_equal(result.hit_count, active);
    assert_false(result.has_more);
    for (uint32_t i = 1; i < result.hit_count; i++)
        assert_true(result.hits[i - 1]->number < result.hits[i]->number);
    /* An asked-for list that is empty finds nothing. */
    search_run(fixture.view, &(struct search_query){.limit = 100, .has_numbers = true}, &arena,
               &result);
    assert_int_equal(result.total, 0);
    assert_int_equal(result.hit_count, 0);
    view_read_end();
    arena_release(&arena);
    catalog_fixture_close(&fixture);
}

/* Brand 1 has one product, brand 2 has two, ... */
static void of_many_brands_the_facet_names_the_largest(void **state)
{
    (void)state;
    enum { BRANDS = 200 };
    struct catalog_fixture fixture;
    struct arena arena;
    struct search_result result;
    catalog_fixture_open(&fixture, 5, 0);
    arena_init(&arena, 1 << 20, (size_t)1 << 30);
    uint32_t number = 0;
    for (uint32_t brand = 1; brand <= BRANDS; brand++) {
        char name[16];
        int length = snprintf(name, sizeof name, "brand %u", brand);
        for (uint32_t i = 0; i < brand; i++) {
            char sku[16];
            struct product_draft draft = {.number = ++number, .version = 1, .category = 1};
            draft.texts[PRODUCT_BRAND] = (struct text){name, (uint32_t)length};
            draft.texts[PRODUCT_SKU].data = sku;
            draft.texts[PRODUCT_SKU].length = (uint32_t)snprintf(sku, sizeof sku, "%u", number);
            void *bytes = arena_alloc(&arena, product_size(&draft));
            catalog_put_product(&fixture.shop.catalog, product_write(&draft, bytes));
        }
    }
    view_publish_all(fixture.view, &fixture.shop);
    view_read_begin();
    search_run(fixture.view, &(struct search_query){.limit = 1, .want_facets = true}, &arena,
               &result);
    assert_int_equal(result.total, number);
    assert_int_equal(result.facets->brand_count, SEARCH_BRANDS_MAX);
    for (uint32_t i = 0; i < SEARCH_BRANDS_MAX; i++)
        assert_int_equal(result.facets->brands[i].count, BRANDS - i);
    assert_true(text_equal(result.facets->brands[0].brand, TEXT("brand 200")));
    view_read_end();
    arena_release(&arena);
    catalog_fixture_close(&fixture);
}

static void words_are_found_wherever_they_stand(void **state)
{
    (void)state;
    struct arena arena;
    struct random random = {3};
    static const char letters[] = "aAbB@`[{\xC3\xA9";
    arena_init(&arena, 1 << 12, 1 << 24);
    for (uint32_t round = 0; round < 20000; round++) {
        char text[80];
        char word[8];
        uint32_t length = (uint32_t)random_below(&random, sizeof text);
        uint32_t word_length = 1 + (uint32_t)random_below(&random, sizeof word);
        for (uint32_t i = 0; i < length; i++)
            text[i] = letters[random_below(&random, sizeof letters - 1)];
        for (uint32_t i = 0; i < word_length; i++)
            word[i] = letters[random_below(&random, sizeof letters - 1)];
        struct text folded = substring_fold(&arena, (struct text){word, word_length});
        assert_int_equal(substring_occurs((struct text){text, length}, folded),
                         slow_occurs(text, length, word, word_length));
        arena_reset(&arena);
    }
    assert_true(substring_occurs(TEXT("anything"), TEXT_NONE));
    arena_release(&arena);
}

static void sorts_have_the_names_of_the_api(void **state)
{
    (void)state;
    assert_int_equal(search_sort_find(TEXT("relevance")), SEARCH_RELEVANCE);
    assert_int_equal(search_sort_find(TEXT("price")), SEARCH_PRICE_ASC);
    assert_int_equal(search_sort_find(TEXT("-price")), SEARCH_PRICE_DESC);
    assert_int_equal(search_sort_find(TEXT("-rating")), SEARCH_RATING);
    assert_int_equal(search_sort_find(TEXT("-created")), SEARCH_CREATED);
    assert_int_equal(search_sort_find(TEXT("-sold")), SEARCH_SOLD);
    assert_int_equal(search_sort_find(TEXT("Price")), SEARCH_SORT_COUNT);
    assert_int_equal(search_sort_find(TEXT_NONE), SEARCH_SORT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_queries_find_what_the_oracle_finds),
        cmocka_unit_test(an_empty_query_lists_every_active_product),
        cmocka_unit_test(of_many_brands_the_facet_names_the_largest),
        cmocka_unit_test(words_are_found_wherever_they_stand),
        cmocka_unit_test(sorts_have_the_names_of_the_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
