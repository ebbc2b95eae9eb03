/*
 * node_test.c - the elastic back end against a real node, whose address is in ELASTIC_URL (without
 * it: skipped). Whatever the cluster answers is compared with what the index in memory answers.
 */
#include "lib/bench_catalog.h"
#include "lib/bench_questions.h"
#include "node_bed.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRODUCTS = 400, QUERIES = 200, CHANGES = 200, SHOP_PRODUCTS = 3000, CLASS_QUESTIONS = 12 };

static bool coin(struct random *random, uint64_t one_in)
{
    return random_below(random, one_in) == 0;
}

static const struct text odd_words[] = {
    TEXT("electronics"), TEXT("sports"),   TEXT("PAIR-20"), TEXT("pair-30"),
    TEXT("sku-7-3"),     TEXT("Sku-12-1"), TEXT("handset"), TEXT("light"),
    TEXT("@"),           TEXT("   "),      TEXT("acme"),    TEXT("ss14"),
    TEXT("SS15"),        TEXT("402"),      TEXT("source"),  TEXT("globex"),
};
static const struct text some_brands[] = {TEXT("ACME"), TEXT("Globex"), TEXT("nobody"),
                                          TEXT("ümlaut"), TEXT("zed & co")};
static const struct text some_skus[] = {TEXT("pair-10"), TEXT("PAIR-10"), TEXT("Sku-2-2"),
                                        TEXT("sku-5-3"), TEXT("none")};
static const struct search_attribute some_attributes[] = {
    {TEXT("color"), TEXT("red")},
    {TEXT("size"), TEXT("M")},
    {TEXT("olor"), TEXT("red")},
    {TEXT("color"), TEXT("a,b")},
    {TEXT("color"), TEXT("with \"quotes\"")},
};
static const uint32_t some_numbers[] = {5, 200, 17, 17, 99999, 0, 301, 18, 19, 20};

static struct text random_words(struct random *random, struct arena *arena)
{
    char line[SEARCH_WORDS_BYTES_MAX];
    uint32_t length = 0;
    uint32_t count = 1 + (uint32_t)random_below(random, 3);
    for (uint32_t i = 0; i < count; i++) {
        struct text word = coin(random, 5) ? odd_words[random_below(random, countof(odd_words))]
                                           : catalog_fixture_word(random);
        length += (uint32_t)snprintf(line + length, sizeof line - length, "%s%.*s",
                                     i == 0 ? "" : " ", TEXT_ARGS(word));
    }
    return arena_copy_text(arena, (struct text){line, length});
}

static void roll_lists(struct random *random, struct search_query *query)
{
    if (coin(random, 6)) {
        query->attributes[query->attribute_count++] =
            some_attributes[random_below(random, countof(some_attributes))];
        if (coin(random, 2))
            query->attributes[query->attribute_count++] = some_attributes[1];
    }
    query->has_numbers = coin(random, 12);
    query->numbers = some_numbers;
    query->number_count =
        query->has_numbers ? (uint32_t)random_below(random, countof(some_numbers) + 1) : 0;
    query->has_skus = coin(random, 12);
    query->skus = some_skus;
    query->sku_count = query->has_skus ? countof(some_skus) : 0;
}

static struct search_query random_query(struct random *random, struct arena *arena)
{
    struct search_query query = {
        .sort = (enum search_sort)random_below(random, SEARCH_SORT_COUNT),
        .limit = 1 + (uint32_t)random_below(random, coin(random, 2) ? 12 : SEARCH_LIMIT_MAX),
        .want_facets = coin(random, 3),
    };
    if (coin(random, 2))
        query.words = random_words(random, arena);
    if (coin(random, 4))
        query.category = 1 + (uint32_t)random_below(random, 25);
    if (coin(random, 4))
        query.min_price_minor = (int64_t)random_below(random, 40) * 2500;
    query.has_max_price = coin(random, 4);
    query.max_price_minor = (int64_t)random_below(random, 40) * 2500;
    if (coin(random, 12))
        query.min_price_minor = INT64_C(4294967296);
    if (coin(random, 4))
        query.min_rating_x100 = (uint16_t)(399 + random_below(random, 102));
    query.in_stock = coin(random, 3);
    if (coin(random, 5))
        query.brand = some_brands[random_below(random, countof(some_brands))];
    roll_lists(random, &query);
    return query;
}

/* Tells which query it was when one fails: cmocka jumps out of the test. */
static struct search_query current;
static uint32_t current_index;

static int tell_query(void **state)
{
    (void)state;
    if (current.limit > 0)
        print_message(
            "# query %u: words '%.*s' category %u price %ld..%ld%s rating %u%s brand '%.*s' "
            "attributes %u ids %d skus %d sort %d limit %u facets %d\n",
            current_index, TEXT_ARGS(current.words), current.category,
            (long)current.min_price_minor, (long)current.max_price_minor,
            current.has_max_price ? "" : " (no end)", current.min_rating_x100,
            current.in_stock ? " in stock" : "", TEXT_ARGS(current.brand), current.attribute_count,
            current.has_numbers, current.has_skus, (int)current.sort, current.limit,
            current.want_facets);
    current = (struct search_query){0};
    return 0;
}

/* Brands are listed most products first; of as many, in an order that is each back end's own. */
static void check_brands(const struct search_facets *a, const struct search_facets *b,
                         struct arena *arena)
{
    assert_int_equal(a->brand_count, b->brand_count);
    for (uint32_t i = 0; i < a->brand_count; i++) {
        struct text brand = oracle_fold(a->brands[i].brand, arena);
        uint32_t count = 0;
        for (uint32_t j = 0; j < b->brand_count; j++) {
            if (text_equal(oracle_fold(b->brands[j].brand, arena), brand))
                count = b->brands[j].count;
        }
        assert_int_equal(a->brands[i].count, count);
        assert_int_equal(a->brands[i].count, b->brands[i].count);
    }
}

static void check_facets(const struct search_facets *a, const struct search_facets *b,
                         struct arena *arena)
{
    assert_int_equal(a->category_count, b->category_count);
    assert_memory_equal(a->categories, b->categories, a->category_count * sizeof a->categories[0]);
    check_brands(a, b, arena);
    assert_int_equal(a->price_band_count, b->price_band_count);
    for (uint32_t i = 0; i < a->price_band_count; i++) {
        assert_int_equal(a->price_bands[i].from_minor, b->price_bands[i].from_minor);
        assert_int_equal(a->price_bands[i].to_minor, b->price_bands[i].to_minor);
        assert_int_equal(a->price_bands[i].count, b->price_bands[i].count);
    }
    assert_memory_equal(a->rating_counts, b->rating_counts, sizeof a->rating_counts);
    assert_int_equal(a->in_stock, b->in_stock);
}

static bool is_in(uint32_t number, const struct search_walk *walk)
{
    for (uint32_t i = 0; i < walk->count; i++) {
        if (walk->numbers[i] == number)
            return true;
    }
    return false;
}

/* All pages of both. By relevance the same products, in an order of each back end's own. Returns
 * how many are found with all words. */
static uint32_t check_query(struct node_bed *bed, const struct search_query *query)
{
    struct arena *arena = &bed->bed.arena;
    uint32_t most = bed->bed.fixture.shop.catalog.product_count;
    struct search_walk expected = search_walk(bed->bed.backend, *query, arena, most);
    struct search_walk found = search_walk(&bed->cluster.backend, *query, arena, most);
    if (expected.first.note_count > 0 || found.first.note_count > 0) {
        /* Nothing has all words; what is made of them then is each back end's own guess. */
        assert_true(expected.first.note_count > 0 || expected.first.total == 0);
        assert_true(found.first.note_count > 0 || found.first.total == 0);
        return 0;
    }
    assert_int_equal(found.first.total, expected.first.total);
    assert_int_equal(found.count, expected.count);
    bool has_words = oracle_words_cut(query->words, bed->bed.oracle.stemmer, arena).count > 0;
    for (uint32_t i = 0; i < found.count; i++) {
        if (query->sort == SEARCH_RELEVANCE && has_words)
            assert_true(is_in(found.numbers[i], &expected));
        else
            assert_int_equal(found.numbers[i], expected.numbers[i]);
    }
    if (query->want_facets)
        check_facets(found.first.facets, expected.first.facets, arena);
    return found.count;
}

static uint32_t ask_random(struct node_bed *bed, struct random *random, uint32_t index)
{
    arena_reset(&bed->bed.arena);
    current = random_query(random, &bed->bed.arena);
    current_index = index;
    uint32_t count = check_query(bed, &current);
    current.limit = 0;
    return count;
}

static void random_queries_are_answered_like_by_the_index(void **state)
{
    (void)state;
    struct node_bed bed;
    struct random random = {1};
    uint32_t found = 0;
    node_bed_open(&bed, 11, PRODUCTS);
    for (uint32_t i = 0; i < QUERIES; i++)
        found += ask_random(&bed, &random, i) > 0;
    assert_true(found > QUERIES / 4); /* or the queries ask for too much */
    node_bed_close(&bed);
}

static void change_something(struct node_bed *bed, struct random *random)
{
    struct catalog_fixture *fixture = &bed->bed.fixture;
    uint32_t count = fixture->shop.catalog.product_count;
    if (coin(random, 40)) {
        uint32_t number =
            6 + (uint32_t)random_below(random, fixture->shop.catalog.category_count - 4);
        char name[32];
        int length =
            snprintf(name, sizeof name, "%.*s %u", TEXT_ARGS(catalog_fixture_word(random)), number);
        const struct category *category = category_find(&fixture->shop.catalog, number);
        catalog_fixture_category(fixture, number, category == NULL ? 2 : category->parent,
                                 (struct text){name, (uint32_t)length});
        catalog_fixture_publish(fixture);
    } else if (coin(random, 8)) {
        catalog_fixture_replace(fixture, count + 1);
        catalog_fixture_publish(fixture);
    } else {
        catalog_fixture_change(fixture, 1 + (uint32_t)random_below(random, count));
    }
}

static void changes_are_found_once_they_are_sent(void **state)
{
    (void)state;
    struct node_bed bed;
    struct random random = {77};
    uint32_t found = 0;
    node_bed_open(&bed, 5, PRODUCTS / 2);
    for (uint32_t i = 0; i < CHANGES; i++) {
        change_something(&bed, &random);
        if (i % 10 != 0)
            continue;
        node_bed_settle(&bed);
        for (uint32_t j = 0; j < 4; j++)
            found += ask_random(&bed, &random, i) > 0;
    }
    assert_true(found > CHANGES / 10);
    node_bed_close(&bed);
}

/* Questions of shoppers about a catalogue like a shop's. */
static void every_class_of_question_is_answered_like_by_the_index(void **state)
{
    (void)state;
    struct node_bed bed = {0};
    struct bench_questions questions;
    struct arena lasting;
    arena_init(&lasting, 1 << 20, (size_t)1 << 30);
    struct bench_catalog *catalog = arena_alloc(&lasting, sizeof *catalog);
    bench_catalog_open(catalog, 1);
    catalog_fixture_open_empty(&bed.bed.fixture, 1);
    bench_catalog_fill(catalog, &bed.bed.fixture.shop, SHOP_PRODUCTS);
    bench_catalog_close(catalog);
    catalog_fixture_show(&bed.bed.fixture);
    arena_init(&bed.bed.arena, 1 << 20, (size_t)1 << 32);
    search_oracle_open(&bed.bed.oracle, &bed.bed.fixture.shop, "english", TEXT_NONE);
    search_bed_open_index(&bed.bed);
    node_bed_attach(&bed, 99);
    bench_questions_open(&questions, &bed.bed.fixture.shop, 1, &lasting);
    for (uint32_t class = 0; class < BENCH_CLASS_COUNT; class ++) {
        for (uint32_t i = 0; i < CLASS_QUESTIONS; i++) {
            arena_reset(&bed.bed.arena);
            current = bench_question(&questions, (enum bench_class) class, &bed.bed.arena);
            current.limit = SEARCH_LIMIT_MAX;
            current_index = class;
            (void)check_query(&bed, &current);
            current.limit = 0;
        }
    }
    node_bed_close(&bed);
    arena_release(&lasting);
}

int main(void)
{
    if (getenv("ELASTIC_URL") == NULL) {
        printf("1..0 # SKIP no ELASTIC_URL\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(random_queries_are_answered_like_by_the_index, tell_query),
        cmocka_unit_test_teardown(changes_are_found_once_they_are_sent, tell_query),
        cmocka_unit_test_teardown(every_class_of_question_is_answered_like_by_the_index,
                                  tell_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
