/* The readers' view: shows what was published, also while readers look at it. */
#include "lib/catalog_fixture.h"
#include "lib/executor_fixture.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static uint32_t sold_in(const struct stock *stock, uint32_t product)
{
    uint32_t sold = 0;
    for (const struct stock_row *row = stock_first(stock, product); row != NULL;
         row = stock_next(stock, row))
        sold += row->sold;
    return sold;
}

static void check_view(const struct view *view, const struct shop *shop)
{
    view_read_begin();
    assert_int_equal(view_product_count(view), shop->catalog.product_count);
    assert_int_equal(view_currency(view), shop->currency);
    for (uint32_t number = 1; number <= shop->catalog.product_count; number++) {
        const struct product *product = catalog_find(&shop->catalog, number);
        assert_ptr_equal(view_product(view, number), product);
        assert_ptr_equal(view_product_by_sku(view, product_text(product, PRODUCT_SKU)), product);
        assert_int_equal(view_available(view, number), stock_available(&shop->stock, number));
        assert_int_equal(view_sold(view, number), sold_in(&shop->stock, number));
    }
    const struct view_categories *tree = view_categories(view);
    assert_int_equal(tree->count, shop->catalog.category_count);
    for (uint32_t number = 1; number <= tree->count; number++) {
        const struct category *category = category_find(&shop->catalog, number);
        assert_int_equal(tree->categories[number].parent, category->parent);
        assert_string_equal(tree->categories[number].name, category->name);
    }
    view_read_end();
}

static void a_loaded_shop_is_shown_whole(void **state)
{
    (void)state;
    struct catalog_fixture fixture;
    catalog_fixture_open(&fixture, 1, 3000); /* grows the arrays twice */
    check_view(fixture.view, &fixture.shop);
    view_read_begin();
    assert_null(view_product(fixture.view, 0));
    assert_null(view_product(fixture.view, 3001));
    assert_null(view_product_by_sku(fixture.view, TEXT("sku-1-1-1")));
    assert_null(view_product_by_sku(fixture.view, TEXT_NONE));
    assert_int_equal(view_available(fixture.view, 3001), 0);
    assert_int_equal(view_sold(fixture.view, 0), 0);
    view_read_end();
    catalog_fixture_close(&fixture);
}

static void an_empty_view_shows_nothing(void **state)
{
    (void)state;
    struct view *view = view_open();
    view_read_begin();
    assert_int_equal(view_product_count(view), 0);
    assert_int_equal(view_categories(view)->count, 0);
    assert_null(view_product_by_sku(view, TEXT("x")));
    view_read_end();
    view_close(view);
}

/* Every kind of event that readers notice, through the executor. */
static void what_a_batch_changed_is_shown_after_it(void **state)
{
    (void)state;
    struct executor_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    executor_fixture_init(fixture);
    executor_fixture_open(fixture);
    check_view(fixture->view, &fixture->shop);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 9));
    assert_int_equal(view_available(fixture->view, fixture->product), 9);
    uint64_t order = executor_fixture_buy(fixture, 50, 4, "k");
    assert_int_equal(view_available(fixture->view, fixture->product), 5);
    assert_int_equal(view_sold(fixture->view, fixture->product), 4);
    const struct order_part_request part = {.line = 0, .quantity = 1};
    struct order_command *cancel = fixture_make_order(fixture, &command_order_cancel, order);
    cancel->lines = &part;
    cancel->line_count = 1;
    executor_fixture_run(fixture, &cancel->command);
    assert_int_equal(view_available(fixture->view, fixture->product), 6);
    assert_int_equal(view_sold(fixture->view, fixture->product), 3);
    executor_fixture_run(fixture,
                         &fixture_make_order(fixture, &command_order_confirm, order)->command);
    executor_fixture_run(fixture,
                         &fixture_make_order(fixture, &command_order_ship, order)->command);
    assert_int_equal(view_available(fixture->view, fixture->product), 6);
    check_view(fixture->view, &fixture->shop);

    struct category_command category = {
        .command = {.ops = &command_category_create, .arena = &fixture->arena},
        .parent = 1,
        .name = TEXT("Laptops"),
    };
    executor_fixture_run(fixture, &category.command);
    struct product_command update = {
        .command = {.ops = &command_product_update, .arena = &fixture->arena},
        .draft = {.number = fixture->product, .price_minor = 7},
        .fields = 1U << PRODUCT_FIELD_PRICE | 1U << PRODUCT_SKU,
        .on_hand = UINT32_MAX,
    };
    update.draft.texts[PRODUCT_SKU] = TEXT("renamed");
    executor_fixture_run(fixture, &update.command);
    check_view(fixture->view, &fixture->shop);
    view_read_begin();
    assert_int_equal(view_product(fixture->view, fixture->product)->price_minor, 7);
    assert_null(view_product_by_sku(fixture->view, TEXT("SKU-1")));
    view_read_end();
    executor_fixture_close(fixture);
    free(fixture);
}

/* --- readers while the writer publishes --- */

enum { READERS = 2, VERSIONS = 20000, PRODUCTS = 4 };

struct reading {
    const struct view *view;
    uint32_t is_over; /* atomic */
    uint64_t looks;
};

/* A block is whole: its price and its version say the same, and no older one comes back. */
static void *read_on(void *argument)
{
    struct reading *reading = argument;
    uint32_t last[PRODUCTS + 1] = {0};
    view_thread_register();
    while (!__atomic_load_n(&reading->is_over, __ATOMIC_ACQUIRE)) {
        view_read_begin();
        uint32_t count = view_product_count(reading->view);
        for (uint32_t number = 1; number <= count && number <= PRODUCTS; number++) {
            const struct product *product = view_product(reading->view, number);
            ensure(product->number == number);
            ensure(product->price_minor == (int64_t)product->version * 10);
            ensure(product->version >= last[number]);
            ensure(product_is_valid(product, product->size));
            last[number] = product->version;
            const struct product *same =
                view_product_by_sku(reading->view, product_text(product, PRODUCT_SKU));
            ensure(same != NULL);
            reading->looks++;
        }
        view_read_end();
    }
    view_thread_unregister();
    return NULL;
}

static void put_version(struct shop *shop, struct arena *arena, struct buffer *events,
                        uint32_t number, uint32_t version)
{
    struct product_draft draft = {
        .number = number,
        .version = version,
        .category = 1,
        .price_minor = (int64_t)version * 10,
    };
    static const char *const skus[] = {"", "one", "two", "three", "four"};
    draft.texts[PRODUCT_SKU] = text_of(skus[number]);
    draft.texts[PRODUCT_NAME] = TEXT("a name that is copied");
    uint32_t size = product_size(&draft);
    void *bytes = arena_alloc(arena, size);
    memcpy(event_append(events, EVENT_PRODUCT_PUT, size, 1), product_write(&draft, bytes), size);
    catalog_put_product(&shop->catalog, bytes);
}

static void readers_see_whole_blocks_while_the_writer_publishes(void **state)
{
    (void)state;
    struct shop shop;
    struct arena arena;
    struct buffer events;
    shop_init(&shop);
    catalog_put_category(&shop.catalog, 1, 0, TEXT("all"));
    arena_init(&arena, 1 << 12, 1 << 24);
    buffer_init(&events, 1 << 12);
    struct view *view = view_open();
    struct reading readings[READERS];
    pthread_t threads[READERS];
    for (uint32_t i = 0; i < READERS; i++) {
        readings[i] = (struct reading){.view = view};
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readings[i]), 0);
    }
    for (uint32_t version = 1; version <= VERSIONS; version++) {
        arena_reset(&arena);
        buffer_reset(&events);
        for (uint32_t number = 1; number <= PRODUCTS; number++)
            put_version(&shop, &arena, &events, number, version);
        view_publish(view, &shop, events.data, events.length);
        assert_int_equal(shop.catalog.retired_count, 0);
    }
    for (uint32_t i = 0; i < READERS; i++) {
        __atomic_store_n(&readings[i].is_over, 1, __ATOMIC_RELEASE);
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(readings[i].looks > 0);
    }
    view_close(view);
    buffer_release(&events);
    arena_release(&arena);
    shop_release(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_view_shows_nothing),
        cmocka_unit_test(a_loaded_shop_is_shown_whole),
        cmocka_unit_test(what_a_batch_changed_is_shown_after_it),
        cmocka_unit_test(readers_see_whole_blocks_while_the_writer_publishes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
