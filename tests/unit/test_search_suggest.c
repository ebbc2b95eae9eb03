/* What a shopper may be about to type. */
#include "lib/search_bed.h"
#include "test.h"

#include <string.h>

enum { PRODUCTS = 500, QUESTIONS = 300 };

static const struct search_suggestion *find(const struct search_suggestions *suggestions,
                                            enum search_suggestion_kind kind, const char *text)
{
    for (uint32_t i = 0; i < suggestions->count; i++) {
        const struct search_suggestion *item = &suggestions->items[i];
        if (item->kind == kind && text_equal_ignoring_case(item->text, text_of(text)))
            return item;
    }
    return NULL;
}

static void every_kind_is_suggested(void **state)
{
    (void)state;
    struct search_bed bed;
    search_bed_open(&bed, 1, 0, TEXT_NONE);
    catalog_fixture_category(&bed.fixture, 26, 1, TEXT("Headphones"));
    catalog_fixture_publish(&bed.fixture);
    uint32_t first = search_bed_add(
        &bed, &(struct search_bed_product){
                  .name = "wireless headphones", .brand = "Headrush", .category = 26});
    (void)search_bed_add(&bed, &(struct search_bed_product){.name = "headphones, wired"});
    (void)search_bed_add(&bed, &(struct search_bed_product){.name = "mouse"});
    struct search_suggestions suggestions = search_bed_suggest(&bed, "head", 10);
    const struct search_suggestion *words = find(&suggestions, SUGGEST_WORDS, "headphones");
    ensure(words != NULL);
    assert_int_equal(words->count, 2);
    const struct search_suggestion *category = find(&suggestions, SUGGEST_CATEGORY, "Headphones");
    ensure(category != NULL);
    assert_int_equal(category->number, 26);
    assert_non_null(find(&suggestions, SUGGEST_BRAND, "Headrush"));
    suggestions = search_bed_suggest(&bed, "wireless hea", 10);
    assert_non_null(find(&suggestions, SUGGEST_WORDS, "wireless headphones"));
    const struct search_suggestion *product =
        find(&suggestions, SUGGEST_PRODUCT, "wireless headphones");
    ensure(product != NULL);
    assert_int_equal(product->number, first);
    assert_int_equal(search_bed_suggest(&bed, "qqqq", 10).count, 0);
    search_bed_close(&bed);
}

static void what_is_gone_is_not_suggested(void **state)
{
    (void)state;
    struct search_bed bed;
    search_bed_open(&bed, 1, 0, TEXT_NONE);
    struct search_bed_product product = {.name = "zither", .brand = "Zimba"};
    uint32_t number = search_bed_add(&bed, &product);
    assert_true(search_bed_suggest(&bed, "zi", 10).count > 0);
    product.is_archived = true;
    search_bed_set(&bed, number, &product);
    assert_int_equal(search_bed_suggest(&bed, "zi", 10).count, 0);
    search_bed_close(&bed);
}

static bool has_active_products(const struct shop *shop, uint32_t category)
{
    for (uint32_t number = 1; number <= shop->catalog.product_count; number++) {
        const struct product *product = catalog_find(&shop->catalog, number);
        if (product->status == PRODUCT_ACTIVE &&
            category_is_within(&shop->catalog, product->category, category))
            return true;
    }
    return false;
}

/* Following a suggestion leads somewhere. */
static void check_item(struct search_bed *bed, const struct search_suggestion *item)
{
    struct search_query query = {.limit = 1};
    const struct shop *shop = &bed->fixture.shop;
    assert_true(item->text.length > 0 || item->kind == SUGGEST_PRODUCT); /* some have no name */
    assert_true(text_is_utf8(item->text));
    switch (item->kind) {
    case SUGGEST_WORDS:
        query.words = item->text;
        assert_true(item->count > 0);
        assert_true(item->text.length <= SEARCH_WORDS_BYTES_MAX);
        assert_int_equal(search_bed_ask(bed, &query).note_count, 0);
        break;
    case SUGGEST_CATEGORY:
        query.category = item->number;
        assert_non_null(category_find(&shop->catalog, item->number));
        assert_true(has_active_products(shop, item->number));
        break;
    case SUGGEST_BRAND:
        query.brand = item->text;
        break;
    case SUGGEST_PRODUCT:
        query.has_numbers = true;
        query.numbers = &item->number;
        query.number_count = 1;
        break;
    }
    assert_true(search_bed_ask(bed, &query).total > 0);
}

static void every_suggestion_leads_to_products(void **state)
{
    (void)state;
    struct search_bed bed;
    struct random random = {8};
    uint32_t suggested = 0;
    search_bed_open(&bed, 3, PRODUCTS, TEXT("phone, handset\n"));
    for (uint32_t i = 0; i < QUESTIONS; i++) {
        char words[64] = {0};
        struct text word = catalog_fixture_word(&random);
        uint32_t length = 1 + (uint32_t)random_below(&random, word.length);
        while (length < word.length && ((unsigned char)word.data[length] & 0xC0) == 0x80)
            length++;
        (void)memcpy(words, word.data, length);
        arena_reset(&bed.arena);
        uint32_t limit = 1 + (uint32_t)random_below(&random, SEARCH_SUGGESTIONS_MAX);
        struct search_suggestions suggestions = search_bed_suggest(&bed, words, limit);
        for (uint32_t j = 0; j < suggestions.count; j++) {
            check_item(&bed, &suggestions.items[j]);
            for (uint32_t k = 0; k < j; k++)
                assert_false(suggestions.items[j].kind == suggestions.items[k].kind &&
                             suggestions.items[j].number == suggestions.items[k].number &&
                             text_equal(suggestions.items[j].text, suggestions.items[k].text));
        }
        suggested += suggestions.count > 0;
    }
    assert_true(suggested > QUESTIONS / 2);
    search_bed_close(&bed);
}

static void odd_beginnings_do_no_harm(void **state)
{
    (void)state;
    static const char *const odd[] = {"",
                                      " ",
                                      "@",
                                      "\xC3",
                                      "日",
                                      "a a a a a a a a a a a a a a a a",
                                      "x-",
                                      "-",
                                      "'",
                                      "0",
                                      "\xF0\x9F\x98\x80"};
    struct search_bed bed;
    search_bed_open(&bed, 3, PRODUCTS, TEXT_NONE);
    for (uint32_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        (void)search_bed_suggest(&bed, odd[i], SEARCH_SUGGESTIONS_MAX);
    search_bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_suggested),
        cmocka_unit_test(what_is_gone_is_not_suggested),
        cmocka_unit_test(every_suggestion_leads_to_products),
        cmocka_unit_test(odd_beginnings_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
