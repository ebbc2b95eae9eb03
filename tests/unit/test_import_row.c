#include "cli/transfer/import_row.h"
#include "shop/command/commands.h"
#include "test.h"

#include <string.h>

enum { ARENA_BLOCK = 4096, ARENA_MAX = 1 << 20 };

struct fixture {
    struct arena arena;
    struct text values[IMPORT_COLUMN_COUNT];
    struct import_row row;
    struct import_reason reason;
};

static void fixture_open(struct fixture *fixture)
{
    *fixture = (struct fixture){.reason = {""}};
    arena_init(&fixture->arena, ARENA_BLOCK, ARENA_MAX);
    fixture->values[IMPORT_SKU] = TEXT("A-1");
    fixture->values[IMPORT_NAME] = TEXT("A thing");
    fixture->values[IMPORT_PRICE_MINOR] = TEXT("1999");
}

static bool parse(struct fixture *fixture)
{
    return import_row_parse(fixture->values, &fixture->arena, &fixture->row, &fixture->reason);
}

static void a_row_sets_what_its_file_has_and_nothing_else(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    assert_true(parse(&fixture));
    assert_int_equal(fixture.row.fields,
                     1u << PRODUCT_SKU | 1u << PRODUCT_NAME | 1u << PRODUCT_FIELD_PRICE);
    assert_int_equal(fixture.row.draft.price_minor, 1999);
    assert_int_equal(fixture.row.on_hand, IMPORT_STOCK_AS_IT_IS);

    fixture.values[IMPORT_BRAND] = TEXT("");
    fixture.values[IMPORT_CATEGORY] = TEXT("");
    fixture.values[IMPORT_STATUS] = TEXT("");
    fixture.values[IMPORT_REVIEW_COUNT] = TEXT("");
    fixture.values[IMPORT_LOW_STOCK_THRESHOLD] = TEXT("");
    assert_true(parse(&fixture));
    assert_int_equal(fixture.row.fields,
                     1u << PRODUCT_SKU | 1u << PRODUCT_NAME | 1u << PRODUCT_BRAND |
                         1u << PRODUCT_FIELD_PRICE | 1u << PRODUCT_FIELD_CATEGORY |
                         1u << PRODUCT_FIELD_STATUS | 1u << PRODUCT_FIELD_RATING |
                         1u << PRODUCT_FIELD_THRESHOLD);
    arena_release(&fixture.arena);
}

static void a_product_without_a_name_is_called_by_its_sku(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture.values[IMPORT_NAME] = TEXT("");
    assert_true(parse(&fixture));
    assert_true(text_equal(fixture.row.draft.texts[PRODUCT_NAME], TEXT("A-1")));
    arena_release(&fixture.arena);
}

static void prices_are_minor_units_or_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *minor;
        const char *decimal;
        int64_t price; /* -1 = refused */
    } examples[] = {
        {"0", "", 0},
        {"100000000000", "", 100000000000},
        {"100000000001", "", -1},
        {"-1", "", -1},
        {"1.5", "", -1},
        {"", "19.99", 1999},
        {"", "19.9", 1990},
        {"", "19", 1900},
        {"", "0.05", 5},
        {"", "19.", -1},
        {"", ".5", -1},
        {"", "19.999", -1},
        {"", "-1", -1},
        {"", "1,5", -1},
        {"", "1.-5", -1},
        {"", "", -1},
        {"7", "19.99", 7},
        {"", "1000000000.01", -1},
        {"", "1e5", -1},
        {"", "18446744073709551615", -1},
    };
    struct fixture fixture;
    fixture_open(&fixture);
    for (size_t i = 0; i < countof(examples); i++) {
        fixture.values[IMPORT_PRICE_MINOR] = text_of(examples[i].minor);
        fixture.values[IMPORT_PRICE] = text_of(examples[i].decimal);
        bool ok = parse(&fixture);
        assert_int_equal(ok, examples[i].price >= 0);
        if (ok)
            assert_int_equal(fixture.row.draft.price_minor, examples[i].price);
    }
    arena_release(&fixture.arena);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static char long_text[PRODUCT_NAME_MAX + 2];
    memset(long_text, 'x', sizeof(long_text) - 1);
    const struct {
        enum import_column column;
        const char *value;
        const char *reason;
    } examples[] = {
        {IMPORT_SKU, "", "sku is missing"},
        {IMPORT_NAME, long_text, "name is too long"},
        {IMPORT_TYPE, "thing", "type is not product, category, location or shop"},
        {IMPORT_CURRENCY, "USDX", "currency is not three letters"},
        {IMPORT_RATING_X100, "99", "rating_x100 is not from 100 to 500"},
        {IMPORT_RATING_X100, "501", "rating_x100 is not from 100 to 500"},
        {IMPORT_RATING_X100, "4.5", "rating_x100 is not a whole number"},
        {IMPORT_REVIEW_COUNT, "-1", "review_count is not a whole number"},
        {IMPORT_STATUS, "gone", "status is neither active nor archived"},
        {IMPORT_STOCK, "-1", "stock is not a number of pieces"},
        {IMPORT_STOCK, "2000000001", "stock is not a number of pieces"},
        {IMPORT_STOCK, "{\"main\":-1}", "stock is not an object of location and number"},
        {IMPORT_STOCK, "{\"main\":", "stock is not an object of location and number"},
        {IMPORT_IMAGES, "{}", "images is not the JSON it must be"},
        {IMPORT_IMAGES, "[1]", "images is not the JSON it must be"},
        {IMPORT_OPTIONS, "{\"a\":1}", "options is not the JSON it must be"},
        {IMPORT_METADATA, "[1]", "metadata is not the JSON it must be"},
        {IMPORT_CATEGORY, "A >  > B", "category is no path of at most 12 names"},
        {IMPORT_CATEGORY, "[1]", "category is no path of at most 12 names"},
    };
    for (size_t i = 0; i < countof(examples); i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        fixture.values[examples[i].column] = text_of(examples[i].value);
        assert_false(parse(&fixture));
        assert_string_equal(fixture.reason.text, examples[i].reason);
        arena_release(&fixture.arena);
    }
}

static void stock_may_lie_at_several_places_and_outlives_the_row(void **state)
{
    (void)state;
    struct fixture fixture;
    struct arena kept;
    char stock[] = "{\"north\":2,\"main\":7,\"south\":0}";
    fixture_open(&fixture);
    arena_init(&kept, ARENA_BLOCK, ARENA_MAX);
    fixture.values[IMPORT_STOCK] = text_of(stock);
    assert_true(parse(&fixture));
    import_row_keep(&fixture.row, &kept);
    memset(stock, 'x', sizeof(stock) - 1);
    arena_release(&fixture.arena);
    assert_int_equal(fixture.row.on_hand, 7);
    assert_int_equal(fixture.row.place_count, 2);
    assert_true(text_equal(fixture.row.places[0].location, TEXT("north")));
    assert_int_equal(fixture.row.places[0].on_hand, 2);
    assert_true(text_equal(fixture.row.places[1].location, TEXT("south")));
    assert_true(text_equal(fixture.row.draft.texts[PRODUCT_SKU], TEXT("A-1")));
    arena_release(&kept);
}

static void json_is_kept_compact_and_nothing_as_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture.values[IMPORT_METADATA] = TEXT("{ \"a\" : [ 1, 2.5 ], \"b\" : { } }");
    fixture.values[IMPORT_IMAGES] = TEXT("[ ]");
    assert_true(parse(&fixture));
    assert_true(
        text_equal(fixture.row.draft.texts[PRODUCT_METADATA], TEXT("{\"a\":[1,2.5],\"b\":{}}")));
    assert_int_equal(fixture.row.draft.texts[PRODUCT_IMAGES].length, 0);
    arena_release(&fixture.arena);
}

static void a_path_is_cut_into_names(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint32_t count; /* 0 = refused */
        const char *last;
    } examples[] = {
        {"Home", 1, "Home"},
        {"Home > Cups/Mugs", 2, "Cups/Mugs"},
        {"Home>Cups", 1, "Home>Cups"},
        {" Home  >  Cups ", 2, "Cups"},
        {"[\"Home\",\"A > B\"]", 2, "A > B"},
        {"1 > 2 > 3 > 4 > 5 > 6 > 7 > 8 > 9 > 10 > 11 > 12", 12, "12"},
        {"1 > 2 > 3 > 4 > 5 > 6 > 7 > 8 > 9 > 10 > 11 > 12 > 13", 0, ""},
        {" > ", 0, ""},
        {"[]", 0, ""},
        {"[\"\"]", 0, ""},
        {"[\"a\"", 0, ""},
    };
    struct arena arena;
    arena_init(&arena, ARENA_BLOCK, ARENA_MAX);
    for (size_t i = 0; i < countof(examples); i++) {
        struct import_path path;
        bool ok = import_path_parse(text_of(examples[i].path), &arena, &path);
        assert_int_equal(ok, examples[i].count > 0);
        if (!ok)
            continue;
        assert_int_equal(path.count, examples[i].count);
        assert_true(text_equal(path.names[path.count - 1], text_of(examples[i].last)));
    }
    arena_release(&arena);
}

static void rows_beside_products_are_told_by_their_type(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture.values[IMPORT_TYPE] = TEXT("shop");
    assert_false(parse(&fixture));
    fixture.values[IMPORT_CURRENCY] = TEXT("EUR");
    assert_true(parse(&fixture));
    assert_int_equal(fixture.row.kind, ROW_SHOP);
    fixture.values[IMPORT_TYPE] = TEXT("location");
    assert_false(parse(&fixture));
    fixture.values[IMPORT_LOCATION] = TEXT("north");
    fixture.values[IMPORT_PRIORITY] = TEXT("-3");
    assert_true(parse(&fixture));
    assert_int_equal(fixture.row.priority, -3);
    fixture.values[IMPORT_TYPE] = TEXT("category");
    assert_false(parse(&fixture));
    fixture.values[IMPORT_CATEGORY] = TEXT("A > B");
    assert_true(parse(&fixture));
    assert_int_equal(fixture.row.kind, ROW_CATEGORY);
    arena_release(&fixture.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_sets_what_its_file_has_and_nothing_else),
        cmocka_unit_test(a_product_without_a_name_is_called_by_its_sku),
        cmocka_unit_test(prices_are_minor_units_or_decimals),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(stock_may_lie_at_several_places_and_outlives_the_row),
        cmocka_unit_test(json_is_kept_compact_and_nothing_as_nothing),
        cmocka_unit_test(a_path_is_cut_into_names),
        cmocka_unit_test(rows_beside_products_are_told_by_their_type),
    };
    return cmocka_run_group_tests_name("import_row", tests, NULL, NULL);
}
