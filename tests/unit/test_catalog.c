#include "lib/heap.h"
#include "shop/catalog.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Pairs with one 64-bit FNV-1a hash each, and a SKU whose hash is 0. */
#define TWIN_A    "8yn0iYCKYHlIj4-BwPqk"
#define TWIN_B    "GReLUrM4wMqfg9yzV3KQ"
#define TWIN_C    "gMPflVXtwGDXbIhP73TX"
#define TWIN_D    "LtHf1prlU1bCeYZEdqWf"
#define ZERO_HASH "77kepQFQ8Kl"

static void put(struct catalog *catalog, uint32_t number, const char *sku)
{
    static uint32_t version = 1;
    struct product_draft draft = {
        .number = number, .version = version++, .texts[PRODUCT_SKU] = text_of(sku)};
    _Alignas(8) char bytes[256];
    catalog_put_product(catalog, product_write(&draft, bytes));
}

static uint32_t number_of(const struct catalog *catalog, const char *sku)
{
    const struct product *product = catalog_find_sku(catalog, text_of(sku));
    if (product == NULL)
        return 0;
    assert_true(text_equal(product_text(product, PRODUCT_SKU), text_of(sku)));
    return product->number;
}

static void products_are_found_by_number_and_by_sku(void **state)
{
    (void)state;
    struct catalog catalog;
    catalog_init(&catalog);
    assert_null(catalog_find(&catalog, 0));
    assert_null(catalog_find(&catalog, 1));
    assert_null(catalog_find_sku(&catalog, TEXT("A")));
    enum { COUNT = 1000 };
    char sku[16];
    for (uint32_t i = 1; i <= COUNT; i++) {
        (void)snprintf(sku, sizeof(sku), "SKU-%u", i);
        put(&catalog, i, sku);
        assert_int_equal(catalog.product_count, i);
    }
    for (uint32_t i = 1; i <= COUNT; i++) {
        (void)snprintf(sku, sizeof(sku), "SKU-%u", i);
        assert_int_equal(number_of(&catalog, sku), i);
        assert_int_equal(catalog_find(&catalog, i)->number, i);
    }
    assert_null(catalog_find(&catalog, 0));
    assert_null(catalog_find(&catalog, COUNT + 1));
    assert_null(catalog_find_sku(&catalog, TEXT("SKU-0")));
    assert_int_equal(catalog.retired_count, 0);
    catalog_release(&catalog);
    assert_int_equal(catalog.product_count, 0);
}

static void skus_differ_by_case(void **state)
{
    (void)state;
    struct catalog catalog;
    catalog_init(&catalog);
    put(&catalog, 1, "abc");
    put(&catalog, 2, "ABC");
    assert_int_equal(number_of(&catalog, "abc"), 1);
    assert_int_equal(number_of(&catalog, "ABC"), 2);
    assert_int_equal(number_of(&catalog, "Abc"), 0);
    catalog_release(&catalog);
}

static void a_replaced_block_is_retired_not_released(void **state)
{
    (void)state;
    struct catalog catalog;
    catalog_init(&catalog);
    put(&catalog, 1, "A");
    const struct product *old = catalog_find(&catalog, 1);
    uint32_t old_version = old->version;
    for (uint32_t i = 0; i < 200; i++)
        put(&catalog, 1, "A");
    assert_int_equal(catalog.retired_count, 200);
    assert_ptr_equal(catalog.retired[0], old);
    assert_int_equal(old->version, old_version);
    assert_int_equal(catalog_find(&catalog, 1)->version, old_version + 200);
    assert_int_equal(catalog.product_count, 1);
    assert_int_equal(number_of(&catalog, "A"), 1);
    assert_int_equal(catalog.sku_to_product.count, 1);
    catalog_release(&catalog);
}

static void a_renamed_product_is_found_by_its_new_sku_only(void **state)
{
    (void)state;
    struct catalog catalog;
    catalog_init(&catalog);
    put(&catalog, 1, "A");
    put(&catalog, 2, "B");
    put(&catalog, 1, "C");
    assert_int_equal(number_of(&catalog, "A"), 0);
    assert_int_equal(number_of(&catalog, "B"), 2);
    assert_int_equal(number_of(&catalog, "C"), 1);
    assert_int_equal(catalog.sku_to_product.count, 2);
    put(&catalog, 2, "A");
    assert_int_equal(number_of(&catalog, "A"), 2);
    assert_int_equal(number_of(&catalog, "B"), 0);
    catalog_release(&catalog);
}

static void skus_with_one_hash_live_side_by_side(void **state)
{
    (void)state;
    for (uint32_t renamed = 1; renamed <= 2; renamed++) {
        struct catalog catalog;
        catalog_init(&catalog);
        put(&catalog, 1, TWIN_A);
        assert_int_equal(number_of(&catalog, TWIN_B), 0);
        put(&catalog, 2, TWIN_B);
        assert_int_equal(number_of(&catalog, TWIN_A), 1);
        assert_int_equal(number_of(&catalog, TWIN_B), 2);
        put(&catalog, renamed, "X");
        assert_int_equal(number_of(&catalog, TWIN_A), renamed == 1 ? 0 : 1);
        assert_int_equal(number_of(&catalog, TWIN_B), renamed == 2 ? 0 : 2);
        assert_int_equal(number_of(&catalog, "X"), renamed);
        assert_int_equal(catalog.sku_to_product.count, 2);
        put(&catalog, renamed, renamed == 1 ? TWIN_A : TWIN_B);
        assert_int_equal(number_of(&catalog, TWIN_A), 1);
        assert_int_equal(number_of(&catalog, TWIN_B), 2);
        catalog_release(&catalog);
    }
}

static void a_hash_of_zero_is_a_hash_like_any_other(void **state)
{
    (void)state;
    struct catalog catalog;
    catalog_init(&catalog);
    put(&catalog, 1, ZERO_HASH);
    assert_int_equal(number_of(&catalog, ZERO_HASH), 1);
    put(&catalog, 1, "X");
    assert_int_equal(number_of(&catalog, ZERO_HASH), 0);
    catalog_release(&catalog);
}

static void five_categories_come_first(void **state)
{
    (void)state;
    static const char *const names[] = {"ELECTRONICS", "BOOKS", "CLOTHING", "HOME", "SPORTS"};
    assert_int_equal(countof(names), CATEGORY_FIRST_COUNT);
    for (uint32_t i = 0; i < CATEGORY_FIRST_COUNT; i++)
        assert_string_equal(category_first_names[i], names[i]);
}

static void categories_form_a_tree(void **state)
{
    (void)state;
    struct catalog catalog;
    catalog_init(&catalog);
    assert_null(category_find(&catalog, 1));
    catalog_put_category(&catalog, 1, 0, TEXT("Home"));
    catalog_put_category(&catalog, 2, 1, TEXT("Lamps"));
    catalog_put_category(&catalog, 3, 2, TEXT("Desk lamps"));
    catalog_put_category(&catalog, 4, 0, TEXT("Lamps"));
    assert_int_equal(catalog.category_count, 4);
    assert_null(category_find(&catalog, 0));
    assert_null(category_find(&catalog, 5));
    assert_string_equal(category_find(&catalog, 3)->name, "Desk lamps");
    assert_int_equal(category_find(&catalog, 3)->number, 3);
    assert_int_equal(category_find(&catalog, 3)->parent, 2);

    assert_int_equal(category_find_name(&catalog, 0, TEXT("lAMPS"))->number, 4);
    assert_int_equal(category_find_name(&catalog, 1, TEXT("LAMPS"))->number, 2);
    assert_int_equal(category_find_name(&catalog, 0, TEXT("HOME"))->number, 1);
    assert_null(category_find_name(&catalog, 2, TEXT("Lamps")));
    assert_null(category_find_name(&catalog, 0, TEXT("Lamp")));

    static const struct {
        uint32_t number;
        uint32_t ancestor;
        bool is_within;
    } rows[] = {
        {1, 1, true},  {2, 1, true},  {3, 1, true},  {3, 2, true},  {1, 2, false},
        {4, 1, false}, {1, 4, false}, {0, 1, false}, {2, 3, false},
    };
    for (size_t i = 0; i < countof(rows); i++)
        assert_int_equal(category_is_within(&catalog, rows[i].number, rows[i].ancestor),
                         rows[i].is_within);
    catalog_release(&catalog);
}

static void a_category_is_renamed_and_moved_in_place(void **state)
{
    (void)state;
    struct catalog catalog;
    catalog_init(&catalog);
    catalog_put_category(&catalog, 1, 0, TEXT("A"));
    catalog_put_category(&catalog, 2, 0, TEXT("A longer name"));
    const struct category *category = category_find(&catalog, 2);
    catalog_put_category(&catalog, 2, 1, TEXT("B"));
    assert_ptr_equal(category_find(&catalog, 2), category);
    assert_string_equal(category->name, "B");
    assert_int_equal(category->name[2], 0);
    assert_int_equal(category->parent, 1);
    assert_int_equal(catalog.category_count, 2);
    catalog_release(&catalog);
}

static void the_deepest_and_the_longest_fit(void **state)
{
    (void)state;
    struct catalog catalog;
    catalog_init(&catalog);
    char name[CATEGORY_NAME_MAX + 1] = {0};
    memset(name, 'n', CATEGORY_NAME_MAX);
    for (uint32_t i = 1; i <= CATEGORY_DEPTH_MAX; i++)
        catalog_put_category(&catalog, i, i - 1, text_of(name));
    assert_true(category_is_within(&catalog, CATEGORY_DEPTH_MAX, 1));
    assert_false(category_is_within(&catalog, CATEGORY_DEPTH_MAX, CATEGORY_DEPTH_MAX + 1));
    assert_string_equal(category_find(&catalog, CATEGORY_DEPTH_MAX)->name, name);
    catalog_release(&catalog);
}

static void two_pairs_of_twins_do_not_meet(void **state)
{
    (void)state;
    static const char *const skus[] = {TWIN_A, TWIN_B, TWIN_C, TWIN_D, "7mohtcOFVz", "c1E51sSEyx"};
    struct catalog catalog;
    catalog_init(&catalog);
    for (uint32_t i = 0; i < countof(skus); i++)
        put(&catalog, i + 1, skus[i]);
    for (uint32_t i = 0; i < countof(skus); i++)
        assert_int_equal(number_of(&catalog, skus[i]), i + 1);
    put(&catalog, 1, "X");
    put(&catalog, 4, "Y");
    for (uint32_t i = 0; i < countof(skus); i++)
        assert_int_equal(number_of(&catalog, skus[i]), i == 0 || i == 3 ? 0 : i + 1);
    catalog_release(&catalog);
}

static void a_catalog_comes_and_goes(void)
{
    struct catalog catalog;
    catalog_init(&catalog);
    for (uint32_t i = 1; i <= 3; i++) {
        put(&catalog, i, i == 1 ? "A" : i == 2 ? "B" : "C");
        catalog_put_category(&catalog, i, 0, TEXT("name"));
    }
    put(&catalog, 1, "D");
    put(&catalog, 2, "E");
    catalog_release(&catalog);
}

static void what_was_taken_is_given_back(void **state)
{
    (void)state;
    assert_true(heap_is_level(a_catalog_comes_and_goes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_found_by_number_and_by_sku),
        cmocka_unit_test(skus_differ_by_case),
        cmocka_unit_test(a_replaced_block_is_retired_not_released),
        cmocka_unit_test(a_renamed_product_is_found_by_its_new_sku_only),
        cmocka_unit_test(skus_with_one_hash_live_side_by_side),
        cmocka_unit_test(a_hash_of_zero_is_a_hash_like_any_other),
        cmocka_unit_test(five_categories_come_first),
        cmocka_unit_test(categories_form_a_tree),
        cmocka_unit_test(a_category_is_renamed_and_moved_in_place),
        cmocka_unit_test(the_deepest_and_the_longest_fit),
        cmocka_unit_test(two_pairs_of_twins_do_not_meet),
        cmocka_unit_test(what_was_taken_is_given_back),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
