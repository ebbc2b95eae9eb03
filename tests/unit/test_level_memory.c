/* What is over leaves memory: orders go their whole way, paid or not, carts are left standing, keys
 * grow old, and the shop takes as much as before. On the store that a shop has, with a clock of the
 * test's own. SQLite's page caches have limits of their own and are not counted. */
#include "lib/executor_fixture.h"
#include "lib/heap.h"
#include "lib/temp_folder.h"
#include "store/sqlite/store_sqlite.h"
#include "test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum {
    ORDERS = 64,        /* of a day, from as many carts */
    CARTS_PER_LEFT = 4, /* of so many carts one is filled again and left standing */
    DAYS_TO_FILL = 4,
    DAYS = 40,
    ORDERS_RESIDENT_MAX = 16,
    CACHE_MB = 1,
    BYTES_PER_ORDER_MAX = 10, /* the least that a leak of one block takes, of one order in three */
    BURSTS = 8,
    BURST_ORDERS = 2500,
    ORDER_BYTES_MIN = 400, /* so much an order takes at least while it is in memory */
    SWEPT_AT_ONCE = 4096,
    CACHE_BYTES_MAX = (CACHE_MB + 4) * (1 << 20) / 10 * 11, /* of both files; with its own tables */
    BURST_SLACK = 128 * 1024, /* of tables that came down again, and fuller batches */
};
#define DAY_MS UINT64_C(86400000)

struct year {
    struct executor_fixture fixture;
    char folder[TEMP_FOLDER_SIZE];
    uint64_t carts; /* opened so far */
    uint64_t keys;
    bool is_behind; /* the tables are */
};

static struct err submit(struct year *year, struct command *command)
{
    return executor_fixture_submit(&year->fixture, command);
}

/* All of it has succeeded and is in the tables, unless they are behind: what comes next wakes
 * orders. */
static void drain(struct year *year)
{
    struct executor_fixture *fixture = &year->fixture;
    executor_fixture_drain(fixture);
    for (uint32_t i = 0; i < fixture->answer_count; i++)
        assert_ok(fixture->answers[i]->err);
    fixture->answer_count = 0;
    if (year->is_behind)
        return;
    assert_ok(store_fold_now(&fixture->probe.store));
    fixture->probe.folded_max = fixture->shop.last_event;
}

static void render(struct command *command, struct once_answer *answer_out)
{
    (void)command;
    answer_out->bytes = TEXT("done");
}

/* With an Idempotency-Key. */
static void submit_once(struct year *year, struct command *command, uint64_t key)
{
    struct once *once = arena_alloc(&year->fixture.arena, sizeof *once);
    memcpy(once->key, &key, sizeof key);
    once->render = render;
    command->once = once;
    assert_ok(submit(year, command));
}

static void buy_all(struct year *year, uint64_t first_cart, uint32_t count)
{
    struct executor_fixture *fixture = &year->fixture;
    char key[24];
    for (uint32_t i = 0; i < count; i++)
        submit_once(year, fixture_make_cart_set(fixture, first_cart + i, 1), ++year->keys);
    drain(year);
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(key, sizeof key, "%llu", (unsigned long long)(first_cart + i));
        struct checkout_command *checkout = fixture_make_checkout(fixture, first_cart + i, key);
        checkout->contact.email = TEXT("alice@example.com");
        assert_ok(submit(year, &checkout->command));
    }
    drain(year);
}

/* Of 8 orders one is never paid, one is cancelled, and six arrive. */
enum fate { FATE_UNPAID = 0, FATE_CANCELLED, FATE_DELIVERED, FATES = 8 };

static enum fate fate_of(uint64_t order)
{
    uint64_t fate = order % FATES;
    return fate < FATE_DELIVERED ? (enum fate)fate : FATE_DELIVERED;
}

/* Each with an Idempotency-Key of its own. */
static void change(struct year *year, const struct command_ops *ops, enum fate fate,
                   uint64_t first_order, uint32_t count)
{
    for (uint64_t order = first_order; order < first_order + count; order++) {
        if (fate_of(order) == fate)
            submit_once(year, &fixture_make_order(&year->fixture, ops, order)->command,
                        ++year->keys);
    }
    drain(year);
}

static void submit_timeout(struct year *year, const struct command_ops *ops, uint64_t number)
{
    struct executor_fixture *fixture = &year->fixture;
    struct timeout_command *end = arena_alloc(&fixture->arena, sizeof *end);
    *end = (struct timeout_command){
        .command = {.ops = ops, .arena = &fixture->arena, .actor = ACTOR_SYSTEM},
        .number = number,
        .asked_ms = fixture->now_ms,
    };
    assert_ok(submit(year, &end->command));
}

/* Each cart that was left standing: its owner is warned, or it ends. */
static void submit_carts_left(struct year *year, uint64_t first_cart, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += CARTS_PER_LEFT)
        submit_timeout(year, &command_cart_expire, first_cart + i);
}

/* The clock goes on: what nobody paid for and what was left standing ends, keys grow old. */
static void end_the_day(struct year *year, uint64_t first_cart, uint64_t first_order,
                        uint32_t count)
{
    struct executor_fixture *fixture = &year->fixture;
    fixture->now_ms += DAY_MS + 1;
    for (uint64_t order = first_order; order < first_order + count; order++) {
        if (fate_of(order) == FATE_UNPAID)
            submit_timeout(year, &command_order_expire, order);
    }
    submit_carts_left(year, first_cart, count);
    drain(year);
    fixture->now_ms += DAY_MS + 1;
    submit_carts_left(year, first_cart, count);
    drain(year);
    assert_false(executor_step(fixture->executor)); /* sweeps */
    arena_reset(&fixture->arena);
}

static void live_a_day(struct year *year, uint32_t count)
{
    struct executor_fixture *fixture = &year->fixture;
    uint64_t first_cart = year->carts + 1;
    uint64_t first_order = fixture->shop.orders.last_number + 1;
    year->carts += count;
    buy_all(year, first_cart, count);
    /* Some go on with the cart that they bought, and never come back. */
    for (uint32_t i = 0; i < count; i += CARTS_PER_LEFT)
        assert_ok(submit(year, fixture_make_cart_set(fixture, first_cart + i, 1)));
    change(year, &command_order_confirm, FATE_DELIVERED, first_order, count);
    change(year, &command_order_cancel, FATE_CANCELLED, first_order, count);
    change(year, &command_order_ship, FATE_DELIVERED, first_order, count);
    change(year, &command_order_deliver, FATE_DELIVERED, first_order, count);
    end_the_day(year, first_cart, first_order, count);
}

/* 0 under a sanitizer, whose heap is not asked. */
static size_t memory_used(void)
{
    size_t heap = heap_used();
    return heap == 0 ? 0 : heap - (size_t)sqlite3_memory_used();
}

static int open_year(void **state)
{
    static struct year year;
    struct store *store;
    year = (struct year){.carts = 0};
    temp_folder_make(year.folder);
    struct store_sqlite_options options = store_sqlite_defaults(year.folder);
    options.fold_inline = true;
    options.is_copy = true; /* no flush: nothing crashes here */
    options.cache_mb = CACHE_MB;
    ensure(store_sqlite_open(&options, &store).code == ERR_NONE);
    executor_fixture_init_on(&year.fixture, store);
    year.fixture.probe.folded_max = 0;
    year.fixture.options.orders_resident_max = ORDERS_RESIDENT_MAX;
    year.fixture.options.contacts_recent_max = ORDERS_RESIDENT_MAX;
    executor_fixture_open(&year.fixture);
    executor_fixture_run(&year.fixture, fixture_make_stock(&year.fixture, 1000000));
    for (uint32_t day = 0; day < DAYS_TO_FILL; day++)
        live_a_day(&year, ORDERS);
    *state = &year;
    return 0;
}

static int close_year(void **state)
{
    struct year *year = *state;
    executor_fixture_close(&year->fixture);
    temp_folder_remove(year->folder);
    return 0;
}

static void what_is_over_takes_no_memory(void **state)
{
    struct year *year = *state;
    size_t before = memory_used();
    for (uint32_t day = 0; day < DAYS; day++)
        live_a_day(year, ORDERS);
    size_t after = memory_used();
    assert_true(year->fixture.shop.orders.by_number.count <= ORDERS_RESIDENT_MAX);
    assert_true(after <= before + (size_t)DAYS * ORDERS * BYTES_PER_ORDER_MAX);
}

/* More than the tables keep up with, and nobody pays, ships or delivers any of it: orders that are
 * open sleep like those that are over. */
static void memory_that_grew_for_a_burst_is_given_back(void **state)
{
    struct year *year = *state;
    size_t before = memory_used();
    year->is_behind = true;
    for (uint32_t i = 0; i < BURSTS; i++) {
        buy_all(year, year->carts + 1, BURST_ORDERS);
        year->carts += BURST_ORDERS;
        arena_reset(&year->fixture.arena);
    }
    assert_true(before == 0 ||
                memory_used() > before + (size_t)BURSTS * BURST_ORDERS * ORDER_BYTES_MIN);
    year->is_behind = false;
    live_a_day(year, ORDERS);
    for (uint32_t i = 0; i < BURSTS * BURST_ORDERS / SWEPT_AT_ONCE; i++)
        assert_false(executor_step(year->fixture.executor));
    assert_true(memory_used() <= before + BURST_SLACK);
    assert_true(store_stats(&year->fixture.probe.store).cache_bytes <= CACHE_BYTES_MAX);
}

int main(void)
{
    ensure(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1) == SQLITE_OK);
    ensure(sqlite3_initialize() == SQLITE_OK); /* the store would switch it off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_over_takes_no_memory, open_year, close_year),
        cmocka_unit_test_setup_teardown(memory_that_grew_for_a_burst_is_given_back, open_year,
                                        close_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
