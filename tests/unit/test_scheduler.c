/* The scheduler in virtual time: what is due ends, exactly then, wherever it is kept. */
#include "app/scheduler.h"
#include "base/clock.h"
#include "lib/executor_fixture.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

enum { CART = 1000, STEP_MS = 30000 };

struct world {
    struct executor_fixture *fixture;
    struct scheduler *scheduler;
    uint64_t start_ms;
};

static struct world *world_of(uint32_t orders_resident_max, uint32_t commands_max)
{
    struct world *world = calloc(1, sizeof *world);
    world->fixture = calloc(1, sizeof *world->fixture);
    executor_fixture_init(world->fixture);
    world->fixture->options.orders_resident_max = orders_resident_max;
    executor_fixture_open(world->fixture);
    executor_fixture_run(world->fixture, fixture_make_stock(world->fixture, 1000));
    struct scheduler_options options = scheduler_defaults(world->fixture->executor);
    options.now_ms = world->fixture->options.now_ms;
    options.clock_context = world->fixture->options.clock_context;
    options.commands_max = commands_max;
    world->scheduler = scheduler_open(&options);
    world->start_ms = world->fixture->now_ms;
    scheduler_tick(world->scheduler);
    return world;
}

static void world_free(struct world *world)
{
    scheduler_close(world->scheduler);
    shop_check(&world->fixture->shop);
    executor_fixture_close(world->fixture);
    free(world->fixture);
    free(world);
}

/* Time passes, and the scheduler looks again and again. */
static void pass_until(struct world *world, uint64_t until_ms)
{
    struct executor_fixture *fixture = world->fixture;
    ensure(fixture->now_ms <= until_ms);
    do {
        uint64_t left_ms = until_ms - fixture->now_ms;
        fixture->now_ms += left_ms < STEP_MS ? left_ms : STEP_MS;
        scheduler_tick(world->scheduler);
    } while (fixture->now_ms < until_ms);
}

static uint64_t buy(struct world *world, uint32_t n)
{
    char key[16];
    (void)snprintf(key, sizeof key, "key-%u", n);
    return executor_fixture_buy(world->fixture, CART + n, 1, key);
}

static uint32_t available(const struct world *world)
{
    return stock_available(&world->fixture->shop.stock, world->fixture->product);
}

static uint64_t expired(const struct world *world)
{
    return scheduler_stats(world->scheduler).orders_expired;
}

static void an_unpaid_order_ends_exactly_when_it_is_due(void **state)
{
    (void)state;
    struct world *world = world_of(1000, 8);
    pass_until(world, world->start_ms + GRACE_MS);
    uint64_t order = buy(world, 1);
    uint64_t due_ms = world->fixture->now_ms + PAYMENT_LIFE_MS;
    pass_until(world, due_ms - 1);
    assert_int_equal(available(world), 999);
    pass_until(world, due_ms);
    assert_int_equal(available(world), 1000);
    assert_int_equal(order_find(&world->fixture->shop.orders, order)->state, ORDER_CANCELLED);
    assert_int_equal(expired(world), 1);
    world_free(world);
}

static void an_order_that_moved_on_stays(void **state)
{
    (void)state;
    struct world *world = world_of(1000, 8);
    uint64_t paid = buy(world, 1);
    uint64_t unpaid = buy(world, 2);
    struct order_command *confirm =
        fixture_make_order(world->fixture, &command_order_confirm, paid);
    executor_fixture_run(world->fixture, &confirm->command);
    pass_until(world, world->start_ms + 2 * PAYMENT_LIFE_MS);
    assert_int_equal(order_find(&world->fixture->shop.orders, paid)->state, ORDER_CONFIRMED);
    assert_int_equal(order_find(&world->fixture->shop.orders, unpaid)->state, ORDER_CANCELLED);
    assert_int_equal(expired(world), 1);
    world_free(world);
}

/* A start after an outage: the order has long been due, and its payment is still on the way. */
static void after_a_start_the_grace_time_comes_first(void **state)
{
    (void)state;
    struct world *world = world_of(1000, 8);
    uint64_t order = buy(world, 1);
    struct scheduler_options options = scheduler_defaults(world->fixture->executor);
    options.now_ms = world->fixture->options.now_ms;
    options.clock_context = world->fixture->options.clock_context;
    scheduler_close(world->scheduler);
    world->fixture->now_ms += 2 * PAYMENT_LIFE_MS;
    uint64_t start_ms = world->fixture->now_ms;
    world->scheduler = scheduler_open(&options);
    scheduler_tick(world->scheduler);
    pass_until(world, start_ms + GRACE_MS - 1);
    assert_int_equal(order_find(&world->fixture->shop.orders, order)->state, ORDER_PENDING);
    pass_until(world, start_ms + GRACE_MS);
    assert_int_equal(order_find(&world->fixture->shop.orders, order)->state, ORDER_CANCELLED);
    world_free(world);
}

static void after_a_jump_of_the_clock_the_grace_time_comes_first(void **state)
{
    (void)state;
    struct world *world = world_of(1000, 8);
    uint64_t order = buy(world, 1);
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS - 1000);
    world->fixture->now_ms += TIMEOUTS_GAP_MS + 1;
    uint64_t jumped_ms = world->fixture->now_ms;
    scheduler_tick(world->scheduler);
    pass_until(world, jumped_ms + GRACE_MS - 1);
    assert_int_equal(order_find(&world->fixture->shop.orders, order)->state, ORDER_PENDING);
    pass_until(world, jumped_ms + GRACE_MS);
    assert_int_equal(order_find(&world->fixture->shop.orders, order)->state, ORDER_CANCELLED);
    world_free(world);
}

static void a_clock_that_is_set_back_makes_nothing_end_early(void **state)
{
    (void)state;
    struct world *world = world_of(1000, 8);
    pass_until(world, world->start_ms + GRACE_MS);
    world->fixture->now_ms -= 10 * 60 * 1000;
    uint64_t order = buy(world, 1); /* at a time that does not go back */
    uint64_t due_ms = order_find(&world->fixture->shop.orders, order)->created_ms + PAYMENT_LIFE_MS;
    assert_int_equal(due_ms, world->start_ms + GRACE_MS + PAYMENT_LIFE_MS);
    pass_until(world, due_ms - 1);
    assert_int_equal(available(world), 999);
    pass_until(world, due_ms);
    assert_int_equal(available(world), 1000);
    world_free(world);
}

/* Nothing stays in memory; rounds of 8 and pages of the tables end in the midst of things. */
static void orders_that_sleep_in_the_tables_end_too(void **state)
{
    (void)state;
    enum { ORDERS = 500 };
    struct world *world = world_of(0, 8);
    for (uint32_t i = 0; i < ORDERS; i++) {
        uint64_t order = buy(world, i);
        world->fixture->now_ms += 10;
        if (i % 5 != 0)
            continue;
        struct order_command *confirm =
            fixture_make_order(world->fixture, &command_order_confirm, order);
        executor_fixture_run(world->fixture, &confirm->command);
    }
    executor_fixture_drain(world->fixture);
    assert_int_equal(world->fixture->shop.orders.by_number.count, 0);
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS - 1);
    assert_int_equal(expired(world), 0);
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS + 2500);
    assert_int_equal(expired(world), 200); /* those of the first 2,510 ms */
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS + 10 * ORDERS);
    assert_int_equal(expired(world), 400);
    assert_int_equal(available(world), 900);
    world_free(world);
}

static void half_in_memory_and_half_asleep_all_end(void **state)
{
    (void)state;
    struct world *world = world_of(0, 64);
    world->fixture->probe.folded_max = 0;
    for (uint32_t i = 0; i < 40; i++) {
        uint64_t order = buy(world, i);
        if (i == 20) /* what came until now may leave */
            world->fixture->probe.folded_max = world->fixture->shop.last_event;
        if (i % 7 == 0) {
            struct order_command *confirm =
                fixture_make_order(world->fixture, &command_order_confirm, order);
            executor_fixture_run(world->fixture, &confirm->command);
        }
    }
    executor_fixture_drain(world->fixture);
    assert_in_range(world->fixture->shop.orders.by_number.count, 1, 39);
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS);
    assert_int_equal(expired(world), 34);
    assert_int_equal(available(world), 994);
    world_free(world);
}

/* Carts are warned about and expire in rounds of 8, beside orders; those that were touched do not.
 */
static void carts_end_when_nobody_touches_them(void **state)
{
    (void)state;
    enum { CARTS = 100 };
    struct world *world = world_of(1000, 8);
    const struct carts *carts = &world->fixture->shop.carts;
    for (uint32_t i = 0; i < CARTS; i++)
        executor_fixture_run(world->fixture, fixture_make_cart_set(world->fixture, CART + i, 1));
    (void)buy(world, CARTS);
    uint64_t warn_ms = world->start_ms + CART_LIFE_MS - CART_WARNING_MS;
    pass_until(world, warn_ms - 1);
    assert_int_equal(scheduler_stats(world->scheduler).carts_ended, 0);
    pass_until(world, warn_ms);
    assert_int_equal(scheduler_stats(world->scheduler).carts_ended, CARTS);
    assert_int_equal(cart_find(carts, CART)->line_count, 1);
    world->fixture->now_ms += 1000;
    executor_fixture_run(world->fixture, fixture_make_cart_set(world->fixture, CART + 7, 2));
    pass_until(world, world->start_ms + CART_LIFE_MS - 1);
    assert_int_equal(carts->by_number.count, CARTS + 1);
    pass_until(world, world->start_ms + CART_LIFE_MS);
    assert_int_equal(scheduler_stats(world->scheduler).carts_ended, 2 * CARTS - 1);
    assert_int_equal(carts->by_number.count, 2); /* the one that was touched, the one that bought */
    assert_int_equal(expired(world), 1);
    world_free(world);
}

/* The warning makes a due time that is nearer than all that was known when it was given. */
static void a_cart_that_was_warned_about_ends_in_time(void **state)
{
    (void)state;
    struct world *world = world_of(1000, 8);
    struct scheduler_options options = scheduler_defaults(world->fixture->executor);
    options.now_ms = world->fixture->options.now_ms;
    options.clock_context = world->fixture->options.clock_context;
    options.timeouts.cart_ms = 1000000;
    options.timeouts.cart_warning_ms = 10000;
    options.timeouts.grace_ms = 0;
    world->fixture->shop.timeouts = options.timeouts;
    scheduler_close(world->scheduler);
    world->scheduler = scheduler_open(&options);
    executor_fixture_run(world->fixture, fixture_make_cart_set(world->fixture, CART, 1));
    pass_until(world, world->start_ms + 990000);
    pass_until(world, world->start_ms + 999999);
    assert_non_null(cart_find(&world->fixture->shop.carts, CART));
    pass_until(world, world->start_ms + 1000000);
    assert_null(cart_find(&world->fixture->shop.carts, CART));
    world_free(world);
}

/* Those of customers who never come back. */
static void tokens_end_in_rounds_too(void **state)
{
    (void)state;
    enum { PEOPLE = 20 };
    struct world *world = world_of(1000, 8);
    struct customer_command people[PEOPLE];
    for (uint8_t i = 0; i < PEOPLE; i++) {
        people[i] = (struct customer_command){
            .command = {.ops = &command_customer_create, .arena = &world->fixture->arena},
            .contact = {.name = TEXT("Ann"), .password = TEXT("a hash")},
            .has_contact = true,
            .token = {.digest = {i + 1}, .life_ms = PAYMENT_LIFE_MS / 2},
        };
        executor_fixture_run(world->fixture, &people[i].command);
    }
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS / 2 - 1);
    assert_int_equal(world->fixture->shop.tokens.count, PEOPLE);
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS / 2);
    assert_int_equal(world->fixture->shop.tokens.count, 0);
    assert_int_equal(scheduler_stats(world->scheduler).tokens_ended, PEOPLE);
    world_free(world);
}

static void looking_for_nothing_asks_nobody(void **state)
{
    (void)state;
    struct world *world = world_of(1000, 8);
    (void)buy(world, 1);
    pass_until(world, world->start_ms + GRACE_MS);
    uint64_t commands = executor_stats(world->fixture->executor).commands;
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS - 1);
    assert_int_equal(executor_stats(world->fixture->executor).commands, commands);
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS);
    assert_true(executor_stats(world->fixture->executor).commands > commands);
    world_free(world);
}

static void what_a_busy_executor_refuses_is_done_later(void **state)
{
    (void)state;
    struct world *world = world_of(1000, 8);
    (void)buy(world, 1);
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS - 1);
    world->fixture->probe.fold_lag_ms = 1000000; /* writes are refused, reads are not */
    world->fixture->probe.fails_to_fold = true;
    assert_false(executor_step(world->fixture->executor));
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS + 1000);
    assert_int_equal(available(world), 999);
    world->fixture->probe.fold_lag_ms = 0;
    assert_false(executor_step(world->fixture->executor));
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS + 2000);
    assert_int_equal(available(world), 1000);
    world_free(world);
}

static void what_could_not_be_read_is_done_later(void **state)
{
    (void)state;
    struct world *world = world_of(0, 8);
    (void)buy(world, 1);
    executor_fixture_drain(world->fixture);
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS - 1);
    world->fixture->probe.fails_to_read = true;
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS + 1000);
    assert_int_equal(available(world), 999);
    world->fixture->probe.fails_to_read = false;
    pass_until(world, world->start_ms + PAYMENT_LIFE_MS + 2000);
    assert_int_equal(available(world), 1000);
    world_free(world);
}

/* --- on a thread of its own --- */

static uint64_t read_clock(void *context)
{
    return __atomic_load_n((uint64_t *)context, __ATOMIC_SEQ_CST);
}

static void the_thread_looks_by_itself_and_ends_when_told(void **state)
{
    (void)state;
    struct world *world = world_of(1000, 8);
    uint64_t wall_ms = world->start_ms;
    struct scheduler_options options = scheduler_defaults(world->fixture->executor);
    (void)buy(world, 1);
    (void)buy(world, 2);
    scheduler_close(world->scheduler);
    options.now_ms = read_clock;
    options.clock_context = &wall_ms;
    options.tick_ms = 1;
    options.timeouts.grace_ms = 0;
    world->fixture->now_ms += PAYMENT_LIFE_MS;
    __atomic_store_n(&wall_ms, world->fixture->now_ms, __ATOMIC_SEQ_CST);
    world->scheduler = scheduler_open(&options);
    executor_start(world->fixture->executor);
    scheduler_start(world->scheduler);
    while (expired(world) < 2)
        clock_sleep_ns(100000);
    scheduler_close(world->scheduler);
    world->scheduler = NULL;
    executor_close(world->fixture->executor);
    world->fixture->executor = NULL;
    assert_int_equal(available(world), 1000);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unpaid_order_ends_exactly_when_it_is_due),
        cmocka_unit_test(an_order_that_moved_on_stays),
        cmocka_unit_test(after_a_start_the_grace_time_comes_first),
        cmocka_unit_test(after_a_jump_of_the_clock_the_grace_time_comes_first),
        cmocka_unit_test(a_clock_that_is_set_back_makes_nothing_end_early),
        cmocka_unit_test(orders_that_sleep_in_the_tables_end_too),
        cmocka_unit_test(half_in_memory_and_half_asleep_all_end),
        cmocka_unit_test(carts_end_when_nobody_touches_them),
        cmocka_unit_test(a_cart_that_was_warned_about_ends_in_time),
        cmocka_unit_test(tokens_end_in_rounds_too),
        cmocka_unit_test(looking_for_nothing_asks_nobody),
        cmocka_unit_test(what_a_busy_executor_refuses_is_done_later),
        cmocka_unit_test(what_could_not_be_read_is_done_later),
        cmocka_unit_test(the_thread_looks_by_itself_and_ends_when_told),
    };
    return cmocka_run_group_tests_name("scheduler", tests, NULL, NULL);
}
