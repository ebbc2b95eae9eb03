#include "lib/shop_fixture.h"
#include "test.h"

static uint64_t buy(struct fixture *fixture)
{
    static uint8_t key = 0;
    struct cart_line line = {.product = 1, .quantity = 1};
    struct cart_command add = {
        .command = {.ops = &command_cart_add}, .cart = 1000, .lines = &line, .line_count = 1};
    assert_ok(fixture_run(fixture, &add.command));
    struct checkout_command checkout = {
        .command = {.ops = &command_checkout},
        .cart = 1000,
        .key = {++key},
        .expected_total_minor = -1,
    };
    assert_ok(fixture_run(fixture, &checkout.command));
    return checkout.order->number;
}

/* Three orders, of which 2 sleeps; `image_out` is what the tables would give back. */
static void open_orders(struct fixture *fixture, struct order **image_out)
{
    fixture_open(fixture);
    (void)fixture_product(fixture, "A", 100, 1);
    fixture_stock(fixture, 1, FIXTURE_MAIN, 100);
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(buy(fixture), i);
    *image_out = order_copy(&fixture->arena, order_find(&fixture->shop.orders, 2));
    order_forget(&fixture->shop.orders, 2);
    fixture->decision.sweep = 4;
}

static void an_order_in_memory_is_found_there(void **state)
{
    (void)state;
    struct fixture fixture;
    struct order *image = NULL;
    open_orders(&fixture, &image);
    struct command command = {0};
    const struct order *order = NULL;
    for (uint64_t number = 1; number <= 3; number += 2) {
        assert_ok(decision_order(&fixture.decision, &command, number, &order));
        assert_ptr_equal(order, order_find(&fixture.shop.orders, number));
        assert_int_equal(order->number, number);
    }
    fixture_close(&fixture);
}

static void a_number_never_given_is_unknown(void **state)
{
    (void)state;
    struct fixture fixture;
    struct order *image = NULL;
    open_orders(&fixture, &image);
    struct command command = {0};
    const struct order *order = NULL;
    static const uint64_t numbers[] = {0, 4, UINT64_MAX};
    for (size_t i = 0; i < countof(numbers); i++)
        assert_err(decision_order(&fixture.decision, &command, numbers[i], &order),
                   ERR_ORDER_UNKNOWN);
    assert_null(order);
    fixture_close(&fixture);
}

static void an_order_that_sleeps_is_asked_for_until_it_came(void **state)
{
    (void)state;
    static const struct {
        enum shop_asleep what;
        uint64_t value;
        uint64_t sweep;
        uint64_t order; /* brought; 0 = none */
        enum err_code code;
    } rows[] = {
        {0, 0, 4, 0, ERR_ASLEEP},
        {0, 0, 4, 2, ERR_ASLEEP}, /* never asked for */
        {ASLEEP_ORDER, 2, 4, 2, ERR_NONE},
        {ASLEEP_CART_KEY, 1000, 4, 2, ERR_NONE}, /* came another way */
        {ASLEEP_ORDER, 2, 3, 2, ERR_ASLEEP},     /* read before the last sweep */
        {ASLEEP_ORDER, 2, 5, 2, ERR_ASLEEP},
        {ASLEEP_ORDER, 2, 4, 3, ERR_ORDER_UNKNOWN}, /* the tables have no such order */
        {ASLEEP_ORDER, 2, 4, 0, ERR_ORDER_UNKNOWN},
        {ASLEEP_ORDER, 2, 3, 0, ERR_ASLEEP},
        {ASLEEP_ORDER, 1, 4, 0, ERR_ASLEEP}, /* another was asked for */
        {ASLEEP_CART_KEY, 2, 4, 0, ERR_ASLEEP},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct fixture fixture;
        struct order *image = NULL;
        open_orders(&fixture, &image);
        struct command command = {
            .loaded = {.what = rows[i].what, .value = rows[i].value, .sweep = rows[i].sweep}};
        if (rows[i].order != 0) {
            image->number = rows[i].order;
            command.loaded.order = image;
        }
        const struct order *order = NULL;
        struct err err = decision_order(&fixture.decision, &command, 2, &order);
        if (err.code != rows[i].code)
            fail_msg("row %zu: code %d", i, (int)err.code);
        if (err.code == ERR_ASLEEP) {
            assert_int_equal(err.index, ASLEEP_ORDER);
            assert_int_equal(err.value, 2);
        }
        if (err.code == ERR_NONE) {
            assert_ptr_equal(order, order_find(&fixture.shop.orders, 2));
            assert_ptr_not_equal(order, image);
            shop_check(&fixture.shop);
        } else {
            assert_null(order);
            assert_null(order_find(&fixture.shop.orders, 2));
        }
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_in_memory_is_found_there),
        cmocka_unit_test(a_number_never_given_is_unknown),
        cmocka_unit_test(an_order_that_sleeps_is_asked_for_until_it_came),
    };
    return cmocka_run_group_tests_name("decision", tests, NULL, NULL);
}
