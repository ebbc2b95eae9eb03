/* Opening a shop from its folder: the first time, again, for reading, by two at once. */
#include "cli/shop_open.h"
#include "lib/temp_folder.h"
#include "shop/money.h"
#include "test.h"

#include <stdio.h>

struct place {
    char folder[TEMP_FOLDER_SIZE];
    struct config config;
};

static void place_make(struct place *place)
{
    temp_folder_make(place->folder);
    config_init(&place->config);
    (void)snprintf(place->config.data, sizeof(place->config.data), "%s/shop", place->folder);
    place->config.log_level = 3;
}

static void a_new_folder_becomes_a_shop_with_five_categories_and_one_location(void **state)
{
    (void)state;
    struct place place;
    struct open_shop open;
    place_make(&place);
    (void)snprintf(place.config.currency, sizeof(place.config.currency), "EUR");
    assert_int_equal(shop_open(&place.config, SHOP_FOR_WRITING, &open), CLI_DONE);
    assert_true(open.is_new);
    assert_int_equal(open.epoch, 1);
    assert_int_equal(open.shop.currency, money_currency("EUR"));
    assert_int_not_equal(open.shop.timeline, 0);
    assert_int_equal(open.shop.catalog.category_count, CATEGORY_FIRST_COUNT);
    assert_int_equal(open.shop.stock.location_count, 1);
    assert_string_equal(location_find(&open.shop.stock, 1)->name, "main");
    assert_null(open.view);
    shop_close(&open);
    temp_folder_remove(place.folder);
}

static void every_process_gets_an_epoch_and_keeps_the_shop_as_it_was(void **state)
{
    (void)state;
    struct place place;
    struct open_shop open;
    place_make(&place);
    uint64_t timeline = 0;
    for (uint64_t epoch = 1; epoch <= 3; epoch++) {
        assert_int_equal(shop_open(&place.config, SHOP_FOR_SERVING, &open), CLI_DONE);
        assert_int_equal(open.is_new, epoch == 1);
        assert_int_equal(open.epoch, epoch);
        assert_true(epoch == 1 || open.shop.timeline == timeline);
        timeline = open.shop.timeline;
        assert_int_equal(view_currency(open.view), money_currency("USD"));
        executor_start(open.executor);
        shop_stop(&open);
        shop_close(&open);
        (void)snprintf(place.config.currency, sizeof(place.config.currency), "JPY");
    }
    temp_folder_remove(place.folder);
}

static void reading_creates_nothing_and_records_nothing(void **state)
{
    (void)state;
    struct place place;
    struct open_shop open;
    place_make(&place);
    assert_int_equal(shop_open(&place.config, SHOP_FOR_READING, &open), CLI_FAILED);
    assert_int_equal(shop_open(&place.config, SHOP_FOR_WRITING, &open), CLI_DONE);
    uint64_t last_event = open.shop.last_event;
    shop_close(&open);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(shop_open(&place.config, SHOP_FOR_READING, &open), CLI_DONE);
        assert_int_equal(open.shop.last_event, last_event);
        assert_null(open.executor);
        shop_close(&open);
    }
    temp_folder_remove(place.folder);
}

static void a_folder_has_one_owner_at_a_time(void **state)
{
    (void)state;
    struct place place;
    struct open_shop open, second;
    place_make(&place);
    assert_int_equal(shop_open(&place.config, SHOP_FOR_WRITING, &open), CLI_DONE);
    assert_int_equal(shop_open(&place.config, SHOP_FOR_WRITING, &second), CLI_FAILED);
    assert_int_equal(shop_open(&place.config, SHOP_FOR_READING, &second), CLI_FAILED);
    shop_close(&open);
    assert_int_equal(shop_open(&place.config, SHOP_FOR_READING, &second), CLI_DONE);
    shop_close(&second);
    temp_folder_remove(place.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_folder_becomes_a_shop_with_five_categories_and_one_location),
        cmocka_unit_test(every_process_gets_an_epoch_and_keeps_the_shop_as_it_was),
        cmocka_unit_test(reading_creates_nothing_and_records_nothing),
        cmocka_unit_test(a_folder_has_one_owner_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
