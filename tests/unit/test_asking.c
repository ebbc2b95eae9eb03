/* Many commands at once: every answer is the right one, whoever reads it from the tables. */
#include "app/follow/asking.h"
#include "lib/executor_fixture.h"
#include "test.h"

#include <stdio.h>

enum { CART = 7, ORDERS = 600, ROUNDS = 5 };

static void open_with_sleeping_orders(struct executor_fixture *fixture)
{
    executor_fixture_init(fixture);
    fixture->options.loaders = 2;
    fixture->options.orders_resident_max = 0;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, ORDERS));
    for (uint32_t i = 0; i < ORDERS; i++) {
        char key[16];
        ensure(snprintf(key, sizeof(key), "%u", i) > 0);
        assert_int_equal(executor_fixture_buy(fixture, CART, 1, key), i + 1);
    }
    assert_false(executor_step(fixture->executor));
    executor_start(fixture->executor);
}

static void many_sleeping_orders_come_back_whole(void **state)
{
    static struct executor_fixture fixture;
    (void)state;
    open_with_sleeping_orders(&fixture);
    struct asking *asking = asking_open(fixture.executor);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        static struct order_command *views[ORDERS];
        asking_reset(asking);
        for (uint32_t i = 0; i < ORDERS; i++) {
            struct arena *arena = asking_arena(asking);
            views[i] = arena_alloc(arena, sizeof(*views[i]));
            views[i]->order = i + 1;
            assert_ok(asking_put(asking, &views[i]->command, &command_order_view, arena));
        }
        assert_ok(asking_wait(asking));
        for (uint32_t i = 0; i < ORDERS; i++) {
            assert_int_equal(views[i]->copy->number, i + 1);
            assert_int_equal(views[i]->copy->cart, CART);
            order_check(views[i]->copy);
        }
    }
    asking_close(asking);
    executor_fixture_close(&fixture);
}

static void the_error_of_one_is_the_answer(void **state)
{
    static struct executor_fixture fixture;
    (void)state;
    open_with_sleeping_orders(&fixture);
    struct asking *asking = asking_open(fixture.executor);
    struct order_command *views[3];
    for (uint32_t i = 0; i < 3; i++) {
        struct arena *arena = asking_arena(asking);
        views[i] = arena_alloc(arena, sizeof(*views[i]));
        views[i]->order = i == 1 ? ORDERS + 1 : i + 1;
        assert_ok(asking_put(asking, &views[i]->command, &command_order_view, arena));
    }
    assert_err(asking_wait(asking), ERR_ORDER_UNKNOWN);
    assert_int_equal(views[2]->copy->number, 3);
    assert_ok(asking_wait(asking)); /* nothing is left to ask */
    asking_close(asking);
    executor_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_sleeping_orders_come_back_whole),
                                       cmocka_unit_test(the_error_of_one_is_the_answer)};
    return cmocka_run_group_tests_name("asking", tests, NULL, NULL);
}
