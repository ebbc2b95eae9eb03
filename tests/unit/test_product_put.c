/* product_put, as a line of a bulk uses it: at a place, for a version, and only what there is. */
#include "lib/shop_fixture.h"
#include "test.h"

static struct product_command put(const char *sku, uint32_t on_hand, uint16_t place)
{
    struct product_command command = {
        .command = {.ops = &command_product_put, .actor = ACTOR_OPERATOR},
        .on_hand = on_hand,
        .on_hand_at = place};
    command.draft.texts[PRODUCT_SKU] = text_of(sku);
    command.fields = 1U << PRODUCT_SKU;
    return command;
}

static void pieces_are_counted_at_the_place_that_is_named(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    uint32_t product = fixture_product(&fixture, "A", 100, 1);
    uint16_t north = fixture_location(&fixture, "north", 1);
    struct product_command main_place = put("A", 5, 0);
    struct product_command other_place = put("A", 7, north);
    struct product_command no_place = put("A", 7, (uint16_t)(north + 1));
    assert_ok(fixture_run(&fixture, &main_place.command));
    assert_ok(fixture_run(&fixture, &other_place.command));
    assert_true(other_place.is_changed);
    assert_int_equal(stock_find(&fixture.shop.stock, product, FIXTURE_MAIN)->on_hand, 5);
    assert_int_equal(stock_find(&fixture.shop.stock, product, north)->on_hand, 7);
    assert_err(fixture_run(&fixture, &no_place.command), ERR_LOCATION_UNKNOWN);
    assert_ok(fixture_run(&fixture, &other_place.command));
    assert_false(other_place.is_changed);
    assert_int_equal(fixture_event_count(&fixture), 0);
    fixture_close(&fixture);
}

static void what_must_exist_is_not_made(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct product_command command = put("A", UINT32_MAX, 0);
    command.draft.texts[PRODUCT_NAME] = TEXT("A");
    command.draft.category = 1;
    command.must_exist = true;
    assert_err(fixture_run(&fixture, &command.command), ERR_PRODUCT_UNKNOWN);
    command.must_exist = false;
    assert_ok(fixture_run(&fixture, &command.command));
    assert_true(command.is_new);
    command.must_exist = true;
    assert_ok(fixture_run(&fixture, &command.command));
    assert_false(command.is_new);
    fixture_close(&fixture);
}

static void a_change_for_another_version_is_refused_whole(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    uint32_t product = fixture_product(&fixture, "A", 100, 1);
    struct product_command command = put("A", 5, 0);
    command.draft.price_minor = 200;
    command.fields |= 1U << PRODUCT_FIELD_PRICE;
    command.guard = (struct version_guard){.expected = {2}, .count = 1};
    assert_err(fixture_run(&fixture, &command.command), ERR_VERSION_CHANGED);
    assert_int_equal(stock_available(&fixture.shop.stock, product), 0);
    command.guard.expected[0] = 1;
    assert_ok(fixture_run(&fixture, &command.command));
    assert_int_equal(stock_available(&fixture.shop.stock, product), 5);
    assert_int_equal(catalog_find(&fixture.shop.catalog, product)->price_minor, 200);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_counted_at_the_place_that_is_named),
        cmocka_unit_test(what_must_exist_is_not_made),
        cmocka_unit_test(a_change_for_another_version_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
