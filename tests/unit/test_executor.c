/* The executor: batches, refusals beside neighbours, what sleeps, priorities, load, failure. */
#include "app/executor_parts.h"
#include "base/log.h"
#include "lib/abort.h"
#include "lib/executor_fixture.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { CART = 1000, ABORT_SECONDS_MAX = 30 };

static struct executor_fixture *fixture_new(void)
{
    struct executor_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    executor_fixture_init(fixture);
    return fixture;
}

static struct executor_fixture *fixture_opened(void)
{
    struct executor_fixture *fixture = fixture_new();
    executor_fixture_open(fixture);
    return fixture;
}

static void fixture_free(struct executor_fixture *fixture)
{
    executor_close(fixture->executor);
    fixture->executor = NULL;
    shop_check(&fixture->shop);
    executor_fixture_close(fixture);
    free(fixture);
}

static uint32_t available(const struct executor_fixture *fixture)
{
    return stock_available(&fixture->shop.stock, fixture->product);
}

static void what_queued_together_is_recorded_once(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    uint64_t records = fixture->probe.records;
    for (uint32_t i = 0; i < 10; i++)
        assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    assert_int_equal(fixture->answer_count, 0);
    assert_true(executor_step(fixture->executor));
    assert_int_equal(fixture->answer_count, 10);
    assert_int_equal(fixture->probe.records, records + 1);
    assert_int_equal(available(fixture), 10);
    assert_false(executor_step(fixture->executor));
    fixture_free(fixture);
}

static void nothing_is_answered_before_the_record(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    uint64_t records = fixture->probe.records;
    struct command *refused = fixture_make_stock(fixture, -1);
    assert_ok(executor_fixture_submit(fixture, refused));
    assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    executor_fixture_drain(fixture);
    assert_int_equal(fixture->answer_count, 2);
    assert_ptr_equal(fixture->answers[0], refused);
    assert_err(refused->err, ERR_STOCK_SHORT);
    assert_int_equal(fixture->records_before[0], records + 1);
    assert_int_equal(fixture->records_before[1], records + 1);
    fixture_free(fixture);
}

static void a_refusal_leaves_its_neighbours_alone(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART + 1, 3));
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART + 2, 3));
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART + 3, 2));
    struct checkout_command *buys[3];
    static const char *const keys[] = {"a", "b", "c"};
    uint64_t contacts = fixture->probe.contacts;
    for (uint32_t i = 0; i < 3; i++) {
        buys[i] = fixture_make_checkout(fixture, CART + 1 + i, keys[i]);
        assert_ok(executor_fixture_submit(fixture, &buys[i]->command));
    }
    assert_true(executor_step(fixture->executor));
    assert_int_equal(fixture->answer_count, 3);
    assert_ok(buys[0]->command.err);
    assert_err(buys[1]->command.err, ERR_OUT_OF_STOCK);
    assert_int_equal(buys[1]->shortages[0].available, 2);
    assert_ok(buys[2]->command.err);
    assert_int_equal(buys[0]->order->number, 1);
    assert_int_equal(buys[2]->order->number, 2);
    assert_int_equal(fixture->probe.contacts, contacts + 2);
    assert_int_equal(buys[2]->order->contact, buys[0]->order->contact + 1);
    assert_int_equal(available(fixture), 0);
    assert_non_null(cart_find(&fixture->shop.carts, CART + 2));
    assert_int_equal(cart_find(&fixture->shop.carts, CART + 2)->line_count, 1);
    fixture_free(fixture);
}

static void a_key_sent_twice_in_one_batch_gives_one_order(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    executor_fixture_run(fixture, fixture_make_stock(fixture, 50));
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART, 3));
    struct checkout_command *buys[20];
    for (uint32_t i = 0; i < countof(buys); i++) {
        buys[i] = fixture_make_checkout(fixture, CART, "same");
        assert_ok(executor_fixture_submit(fixture, &buys[i]->command));
    }
    assert_true(executor_step(fixture->executor));
    assert_false(executor_step(fixture->executor));
    assert_int_equal(fixture->shop.orders.last_number, 1);
    assert_int_equal(available(fixture), 47);
    for (uint32_t i = 0; i < countof(buys); i++) {
        assert_ok(buys[i]->command.err);
        assert_int_equal(buys[i]->order->number, 1);
        assert_int_equal(buys[i]->is_replay, i > 0);
    }
    fixture_free(fixture);
}

static void a_batch_of_reads_records_nothing(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    uint64_t order = executor_fixture_buy(fixture, CART, 1, "k");
    uint64_t records = fixture->probe.records;
    struct order_command *view = fixture_make_order(fixture, &command_order_view, order);
    executor_fixture_run(fixture, &view->command);
    assert_int_equal(view->copy->number, order);
    assert_int_equal(fixture->probe.records, records);
    fixture_free(fixture);
}

/* It shows what was durable before, not what is decided beside it. */
static void a_read_does_not_wait_for_the_record(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    uint64_t order = executor_fixture_buy(fixture, CART, 1, "k");
    uint64_t records = fixture->probe.records;
    uint32_t answered = fixture->answer_count;
    struct order_command *confirm = fixture_make_order(fixture, &command_order_confirm, order);
    struct order_command *view = fixture_make_order(fixture, &command_order_view, order);
    assert_ok(executor_fixture_submit(fixture, &confirm->command));
    assert_ok(executor_fixture_submit(fixture, &view->command));
    assert_true(executor_step(fixture->executor));
    assert_int_equal(fixture->answer_count, answered + 2);
    assert_ptr_equal(fixture->answers[answered], view);
    assert_int_equal(fixture->records_before[answered], records);
    assert_int_equal(view->copy->state, ORDER_PENDING);
    assert_int_equal(fixture->records_before[answered + 1], records + 1);
    assert_ok(confirm->command.err);
    fixture_free(fixture);
}

static void batches_keep_to_their_limits(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.batch_commands_max = 4;
    executor_fixture_open(fixture);
    for (uint32_t i = 0; i < 10; i++)
        assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    assert_true(executor_step(fixture->executor));
    assert_int_equal(fixture->answer_count, 4);
    executor_fixture_drain(fixture);
    assert_int_equal(fixture->answer_count, 10);
    fixture_free(fixture);

    fixture = fixture_new();
    fixture->options.batch_lines_max = 3; /* a movement is a line */
    executor_fixture_open(fixture);
    for (uint32_t i = 0; i < 4; i++)
        assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    assert_true(executor_step(fixture->executor));
    assert_int_equal(fixture->answer_count, 3);
    executor_fixture_drain(fixture);
    assert_int_equal(fixture->answer_count, 4);
    fixture_free(fixture);
}

static void orders_go_before_carts_and_carts_before_the_rest(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART, 3));
    struct command *bulk = fixture_make_stock(fixture, 1);
    struct command *cart = fixture_make_cart_set(fixture, CART + 1, 1);
    struct command *checkout = &fixture_make_checkout(fixture, CART, "k")->command;
    assert_int_equal(bulk->ops->priority, COMMAND_BULK);
    assert_int_equal(cart->ops->priority, COMMAND_CARTS);
    assert_int_equal(checkout->ops->priority, COMMAND_ORDERS);
    assert_ok(executor_fixture_submit(fixture, bulk));
    assert_ok(executor_fixture_submit(fixture, cart));
    assert_ok(executor_fixture_submit(fixture, checkout));
    executor_fixture_drain(fixture);
    assert_ptr_equal(fixture->answers[0], checkout);
    assert_ptr_equal(fixture->answers[1], cart);
    assert_ptr_equal(fixture->answers[2], bulk);
    fixture_free(fixture);
}

static void bulk_work_is_slow_under_load_and_not_stopped(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.batch_commands_max = 32;
    executor_fixture_open(fixture);
    struct command *bulk = fixture_make_stock(fixture, 1);
    assert_ok(executor_fixture_submit(fixture, bulk));
    for (uint32_t i = 0; i < 100; i++)
        assert_ok(executor_fixture_submit(fixture, fixture_make_cart_set(fixture, CART + i, 1)));
    assert_true(executor_step(fixture->executor));
    assert_int_equal(fixture->answer_count, 32);
    assert_ptr_equal(fixture->answers[30], bulk);
    executor_fixture_drain(fixture);
    fixture_free(fixture);
}

static void a_full_queue_refuses(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.queue_max = 3;
    executor_fixture_open(fixture);
    for (uint32_t i = 0; i < 3; i++)
        assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    struct err err = executor_fixture_submit(fixture, fixture_make_stock(fixture, 1));
    assert_err(err, ERR_OVERLOADED);
    assert_int_equal(err.value, 1);
    assert_ok(executor_fixture_submit(fixture, fixture_make_cart_set(fixture, CART, 1)));
    assert_int_equal(executor_stats(fixture->executor).queued, 4);
    assert_int_equal(executor_stats(fixture->executor).shed, 1);
    executor_fixture_drain(fixture);
    assert_int_equal(fixture->answer_count, 4);
    assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    executor_fixture_drain(fixture);
    fixture_free(fixture);
}

/* Every look at the clock takes it 100 ms further. */
static uint64_t slow_ns(void *context)
{
    return ((struct executor_fixture *)context)->now_ns += 100000000;
}

static void tables_far_behind_shed_writes_until_they_catch_up(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    uint64_t order = executor_fixture_buy(fixture, CART, 1, "k");
    fixture->probe.fold_lag_ms = fixture->options.fold_lag_max_ms + 1;
    executor_fixture_drain(fixture);
    struct err err = executor_fixture_submit(fixture, fixture_make_stock(fixture, 1));
    assert_err(err, ERR_OVERLOADED);
    assert_int_equal(err.value, 6); /* seconds */
    struct order_command *view = fixture_make_order(fixture, &command_order_view, order);
    assert_ok(executor_fixture_submit(fixture, &view->command));
    fixture->probe.fold_lag_ms = fixture->options.fold_lag_max_ms;
    executor_fixture_drain(fixture);
    assert_ok(view->command.err);
    assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    executor_fixture_drain(fixture);
    fixture_free(fixture);
}

static void a_store_that_is_read_only_takes_what_only_reads(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    uint64_t order = executor_fixture_buy(fixture, CART, 1, "k");
    fixture->options.store->is_read_only = true;
    assert_err(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)), ERR_READ_ONLY);
    struct order_command *view = fixture_make_order(fixture, &command_order_view, order);
    executor_fixture_run(fixture, &view->command);
    fixture_free(fixture);
}

/* A shop that opens, an import: nobody else is there to be spared. */
static void who_runs_the_executor_waits_for_the_tables_and_is_not_refused(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    executor_fixture_open(fixture);
    fixture->probe.fold_lag_ms = fixture->options.fold_lag_max_ms + 1;
    executor_fixture_drain(fixture);
    assert_ok(executor_run(fixture->executor, fixture_make_stock(fixture, 5)));
    assert_int_equal(fixture->probe.fold_lag_ms, 0);
    fixture->probe.fails_to_fold = true;
    fixture->probe.fold_lag_ms = fixture->options.fold_lag_max_ms + 1;
    executor_fixture_drain(fixture);
    assert_err(executor_run(fixture->executor, fixture_make_stock(fixture, 1)), ERR_OVERLOADED);
    fixture_free(fixture);
}

static void who_runs_the_executor_makes_room_for_more_than_the_queue_holds(void **state)
{
    enum { COMMANDS = 8 };
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    struct command *commands[COMMANDS];
    fixture->options.queue_max = 3;
    executor_fixture_open(fixture);
    for (uint32_t i = 0; i < COMMANDS; i++)
        commands[i] = fixture_make_stock(fixture, 5);
    executor_run_many(fixture->executor, commands, COMMANDS);
    for (uint32_t i = 0; i < COMMANDS; i++)
        assert_ok(commands[i]->err);
    fixture_free(fixture);
}

static void a_slow_store_sheds_writes_and_not_reads(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.monotonic_ns = slow_ns;
    fixture->options.batch_commands_max = 4;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    uint64_t order = executor_fixture_buy(fixture, CART, 1, "k");
    /* The first always goes in, so that the pace is measured again. */
    assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    struct err err = executor_fixture_submit(fixture, fixture_make_stock(fixture, 1));
    assert_err(err, ERR_OVERLOADED);
    assert_true(err.value >= 1);
    struct order_command *view = fixture_make_order(fixture, &command_order_view, order);
    assert_ok(executor_fixture_submit(fixture, &view->command));
    executor_fixture_drain(fixture);
    assert_ok(view->command.err);
    assert_int_equal(fixture->answer_count, 2);
    fixture_free(fixture);
}

/* Who comes while a flush goes on: at which millisecond of it, and whether behind somebody. */
static void come_during_a_flush(void *context)
{
    struct executor_fixture *fixture = context;
    static const struct {
        uint32_t at_ms;
        enum err_code code;
    } rows[] = {
        {0, ERR_NONE},   {1, ERR_NONE},         {115, ERR_NONE},
        {125, ERR_NONE}, {250, ERR_OVERLOADED}, {900, ERR_OVERLOADED},
    };
    uint64_t began_ns = fixture->now_ns;
    fixture->probe.before_record = NULL;
    for (size_t i = 0; i < countof(rows); i++) {
        fixture->now_ns = began_ns + rows[i].at_ms * UINT64_C(1000000);
        assert_err(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)), rows[i].code);
    }
}

/* Flushes take 40 ms as a rule. */
static void flush_of_40_ms(void *context)
{
    struct executor_fixture *fixture = context;
    fixture->now_ns += 40000000;
}

static void who_comes_during_a_flush_waits_for_its_rest_too(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    executor_fixture_open(fixture);
    fixture->probe.context = fixture;
    fixture->probe.before_record = flush_of_40_ms;
    executor_fixture_run(fixture, fixture_make_stock(fixture, 1));
    fixture->probe.before_record = come_during_a_flush;
    assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    assert_true(executor_step(fixture->executor));
    assert_int_equal(executor_stats(fixture->executor).shed, 2);
    assert_int_equal(executor_stats(fixture->executor).queued, 4);
    /* It is over: nobody waits for it any more, though the pace remembers it. */
    assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    executor_fixture_drain(fixture);
    fixture_free(fixture);
}

static struct err submit_at(struct executor_fixture *fixture, const struct command_ops *ops)
{
    struct command *command = fixture_make_stock(fixture, 1);
    command->ops = ops;
    return executor_fixture_submit(fixture, command);
}

/* Batches of `orders` commands of the first priority, then `waiting` of them and as many of the
 * second as get in. */
static uint32_t fill_behind(uint32_t orders, uint32_t waiting)
{
    enum { BATCHES = 40 };
    struct executor_fixture *fixture = fixture_new();
    struct command_ops first = command_stock_move;
    struct command_ops second = command_stock_move;
    uint32_t taken = 0;
    first.priority = COMMAND_ORDERS;
    second.priority = COMMAND_CARTS;
    fixture->options.batch_commands_max = 16;
    executor_fixture_open(fixture);
    fixture->probe.context = fixture;
    fixture->probe.before_record = flush_of_40_ms;
    for (uint32_t i = 0; i < BATCHES; i++) {
        for (uint32_t j = 0; j < orders; j++)
            assert_ok(submit_at(fixture, &first));
        assert_ok(submit_at(fixture, &second));
        executor_fixture_drain(fixture);
    }
    for (uint32_t i = 0; i < waiting; i++)
        assert_ok(submit_at(fixture, &first));
    while (submit_at(fixture, &second).code == ERR_NONE)
        taken++;
    executor_fixture_drain(fixture);
    fixture_free(fixture);
    return taken;
}

/* In 250 ms there are six batches of 16 places. */
static void who_is_overtaken_is_expected_to_wait_longer(void **state)
{
    (void)state;
    assert_int_equal(fill_behind(0, 0), 6 * 16 - 1);
    assert_int_equal(fill_behind(12, 0), 6 * 4 - 1);
}

/* One place of 16 is kept for each lower priority. */
static void who_has_places_kept_is_not_expected_to_wait_for_all(void **state)
{
    (void)state;
    assert_int_equal(fill_behind(12, 60), 5);
}

static void time_never_goes_back(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    executor_fixture_run(fixture, fixture_make_stock(fixture, 1));
    uint64_t before = fixture->shop.now_ms;
    fixture->now_ms -= 3600000;
    executor_fixture_run(fixture, fixture_make_stock(fixture, 1));
    assert_int_equal(fixture->shop.now_ms, before);
    fixture->now_ms = before + 5;
    executor_fixture_run(fixture, fixture_make_stock(fixture, 1));
    assert_int_equal(fixture->shop.now_ms, before + 5);
    fixture_free(fixture);
}

/* --- what sleeps --- */

static void folded_orders_leave_memory_and_come_back(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.orders_resident_max = 2;
    fixture->probe.folded_max = 0;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 50));
    static const char *const keys[] = {"a", "b", "c", "d", "e"};
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(executor_fixture_buy(fixture, CART + i, 1, keys[i]), i + 1);
    assert_int_equal(executor_stats(fixture->executor).orders_resident, 5); /* none is folded */
    fixture->probe.folded_max = UINT64_MAX;
    assert_false(executor_step(fixture->executor));
    assert_int_equal(executor_stats(fixture->executor).orders_resident, 2);
    assert_null(order_find(&fixture->shop.orders, 1));
    assert_non_null(order_find(&fixture->shop.orders, 5));

    struct order_command *confirm = fixture_make_order(fixture, &command_order_confirm, 1);
    executor_fixture_run(fixture, &confirm->command);
    assert_int_equal(confirm->copy->state, ORDER_CONFIRMED);
    assert_int_equal(fixture->probe.order_reads, 1);
    struct order_command *view = fixture_make_order(fixture, &command_order_view, 1);
    executor_fixture_run(fixture, &view->command);
    assert_int_equal(view->copy->state, ORDER_CONFIRMED);
    struct order_command *none = fixture_make_order(fixture, &command_order_view, 99);
    assert_err(executor_run(fixture->executor, &none->command), ERR_ORDER_UNKNOWN);
    fixture_free(fixture);
}

static void a_swept_order_frees_its_empty_cart(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.orders_resident_max = 0;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 50));
    assert_int_equal(executor_fixture_buy(fixture, CART, 1, "a"), 1);
    assert_false(executor_step(fixture->executor));
    assert_null(order_find(&fixture->shop.orders, 1));
    assert_null(cart_find(&fixture->shop.carts, CART));
    /* The same key finds its order all the same, and another finds an empty cart. */
    struct checkout_command *again = fixture_make_checkout(fixture, CART, "a");
    executor_fixture_run(fixture, &again->command);
    assert_true(again->is_replay);
    struct checkout_command *other = fixture_make_checkout(fixture, CART, "b");
    assert_err(executor_run(fixture->executor, &other->command), ERR_CART_EMPTY);
    fixture_free(fixture);
}

static uint64_t contact_seen(struct executor_fixture *fixture, uint64_t order)
{
    struct order_command *view = fixture_make_order(fixture, &command_order_view, order);
    executor_fixture_run(fixture, &view->command);
    assert_false(executor_step(fixture->executor)); /* the order sleeps again */
    return view->copy->contact;
}

static void an_erased_contact_does_not_come_back_from_tables_that_lag(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.orders_resident_max = 0;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    uint64_t order = executor_fixture_buy(fixture, CART, 1, "a");
    assert_false(executor_step(fixture->executor));
    uint64_t contact = contact_seen(fixture, order);
    assert_true(contact != 0);
    fixture->probe.folded_max = fixture->shop.last_event;
    executor_fixture_run(fixture,
                         &fixture_make_order(fixture, &command_order_erase, order)->command);
    assert_false(executor_step(fixture->executor));
    fixture->probe.lagging_contact = contact;
    assert_int_equal(contact_seen(fixture, order), 0);
    executor_close(fixture->executor);
    fixture->executor = executor_open(&fixture->options);
    assert_int_equal(contact_seen(fixture, order), 0); /* nor behind a restart */
    fixture->probe.folded_max = UINT64_MAX;            /* the tables have caught up */
    fixture->probe.lagging_contact = 0;
    assert_int_equal(contact_seen(fixture, order), 0);
    fixture_free(fixture);
}

static void a_read_that_fails_is_the_answer(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.orders_resident_max = 0;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    uint64_t order = executor_fixture_buy(fixture, CART, 1, "a");
    assert_false(executor_step(fixture->executor));
    fixture->probe.fails_to_read = true;
    struct order_command *view = fixture_make_order(fixture, &command_order_view, order);
    assert_err(executor_run(fixture->executor, &view->command), ERR_STORE);
    fixture->probe.fails_to_read = false;
    executor_fixture_run(fixture, &view->command);
    fixture_free(fixture);
}

static void erasing_a_customer_reaches_orders_that_sleep(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.orders_resident_max = 0;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    struct customer_command create = {
        .command = {.ops = &command_customer_create, .arena = &fixture->arena},
        .contact = {.name = TEXT("Bob")},
        .has_contact = true,
    };
    executor_fixture_run(fixture, &create.command);
    for (uint32_t i = 0; i < 3; i++) {
        struct cart_command open = {
            .command = {.ops = &command_cart_open, .arena = &fixture->arena},
            .cart = CART,
            .customer = create.number,
        };
        executor_fixture_run(fixture, &open.command);
        static const char *const keys[] = {"a", "b", "c"};
        assert_int_equal(executor_fixture_buy(fixture, CART, 1, keys[i]), i + 1);
        assert_false(executor_step(fixture->executor));
    }
    struct customer_command erase = {
        .command = {.ops = &command_customer_erase, .arena = &fixture->arena},
        .number = create.number,
    };
    executor_fixture_run(fixture, &erase.command);
    struct store_reader *reader;
    assert_ok(store_reader_open(&fixture->probe.store, &reader));
    for (uint64_t number = 1; number <= fixture->shop.last_contact; number++) {
        struct contact contact;
        bool is_found = true;
        assert_ok(store_read_contact(reader, number, &fixture->arena, &contact, &is_found));
        assert_false(is_found);
    }
    assert_int_equal(fixture->shop.last_contact, 4);
    store_reader_close(reader);
    fixture_free(fixture);
}

static void an_order_that_changes_often_takes_no_more_room(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5000));
    uint64_t other = executor_fixture_buy(fixture, CART + 1, 1, "b");
    uint64_t order = executor_fixture_buy(fixture, CART, 4000, "a");
    const struct order_part_request part = {.line = 0, .quantity = 1};
    for (uint32_t i = 0; i < 3000; i++) {
        struct order_command cancel = {
            .command = {.ops = &command_order_cancel, .arena = &fixture->arena},
            .order = order,
            .lines = &part,
            .line_count = 1,
        };
        executor_fixture_run(fixture, &cancel.command);
    }
    const struct residents *residents = &fixture->executor->residents;
    assert_true(residents->next - residents->first < 1100);
    assert_true(residents->capacity <= 2048);

    /* A new executor on the same shop finds what is in memory, and which of it is oldest. */
    executor_close(fixture->executor);
    fixture->options.orders_resident_max = 1;
    fixture->executor = executor_open(&fixture->options);
    assert_false(executor_step(fixture->executor));
    assert_null(order_find(&fixture->shop.orders, other));
    assert_non_null(order_find(&fixture->shop.orders, order));
    fixture_free(fixture);
}

/* --- threads --- */

enum { BUYERS = 4, BUYS = 50 };

struct buyer {
    struct executor_fixture *fixture;
    struct arena arena;
    uint32_t number;
    uint32_t bought;
    uint32_t refused;
};

static void buy_one(struct buyer *buyer, uint32_t turn)
{
    uint64_t cart = CART + buyer->number * BUYS + turn;
    const struct cart_line line = {.product = buyer->fixture->product, .quantity = 1};
    struct cart_command set = {
        .command = {.ops = &command_cart_set, .arena = &buyer->arena},
        .cart = cart,
        .lines = &line,
        .line_count = 1,
    };
    struct err err = executor_run(buyer->fixture->executor, &set.command);
    if (err.code == ERR_OUT_OF_STOCK) {
        buyer->refused++;
        return;
    }
    ensure(err.code == ERR_NONE);
    struct checkout_command checkout = {
        .command = {.ops = &command_checkout, .arena = &buyer->arena},
        .cart = cart,
        .key = {[0] = (uint8_t)buyer->number, [1] = (uint8_t)turn, [15] = 1},
        .expected_total_minor = -1,
    };
    err = executor_run(buyer->fixture->executor, &checkout.command);
    buyer->bought += err.code == ERR_NONE;
    buyer->refused += err.code == ERR_OUT_OF_STOCK;
    if (err.code != ERR_NONE)
        return;
    struct order_command confirm = {
        .command = {.ops = &command_order_confirm, .arena = &buyer->arena},
        .order = checkout.order->number,
    };
    ensure(executor_run(buyer->fixture->executor, &confirm.command).code == ERR_NONE);
}

static void *buy_many(void *argument)
{
    struct buyer *buyer = argument;
    arena_init(&buyer->arena, 1 << 12, 1 << 26);
    for (uint32_t i = 0; i < BUYS; i++)
        buy_one(buyer, i);
    arena_release(&buyer->arena);
    return NULL;
}

static void buyers_on_threads_get_what_there_is_and_no_more(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.loaders = 2;
    fixture->options.orders_resident_max = 8; /* most orders are read back to be confirmed */
    fixture->options.shed_after_ms = 1000000;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 120));
    executor_start(fixture->executor);
    struct buyer buyers[BUYERS];
    pthread_t threads[BUYERS];
    for (uint32_t i = 0; i < BUYERS; i++) {
        buyers[i] = (struct buyer){.fixture = fixture, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, buy_many, &buyers[i]), 0);
    }
    uint32_t bought = 0;
    uint32_t refused = 0;
    for (uint32_t i = 0; i < BUYERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        bought += buyers[i].bought;
        refused += buyers[i].refused;
    }
    assert_int_equal(bought, 120);
    assert_int_equal(refused, BUYERS * BUYS - 120);
    fixture_free(fixture);
}

struct held_read {
    pthread_mutex_t lock;
};

static void hold_read(void *context)
{
    struct held_read *held = context;
    pthread_mutex_lock(&held->lock);
    pthread_mutex_unlock(&held->lock);
}

static void a_command_that_waits_for_the_disk_holds_up_no_other(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.loaders = 1;
    fixture->options.orders_resident_max = 0;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    uint64_t order = executor_fixture_buy(fixture, CART, 1, "a");
    assert_false(executor_step(fixture->executor));
    fixture->answer_count = 0;
    struct held_read held;
    pthread_mutex_init(&held.lock, NULL);
    pthread_mutex_lock(&held.lock);
    fixture->probe.before_read = hold_read;
    fixture->probe.context = &held;
    executor_start(fixture->executor);
    struct arena arena; /* a command's arena goes with it from thread to thread */
    arena_init(&arena, 1 << 12, 1 << 24);
    struct order_command *view = fixture_make_order(fixture, &command_order_view, order);
    struct command *other = fixture_make_stock(fixture, 1);
    view->command.arena = &arena;
    assert_ok(executor_fixture_submit(fixture, &view->command));
    assert_ok(executor_fixture_submit(fixture, other));
    executor_fixture_wait(fixture, 1);
    assert_ptr_equal(fixture->answers[0], other);
    pthread_mutex_unlock(&held.lock);
    executor_fixture_wait(fixture, 2);
    assert_ptr_equal(fixture->answers[1], view);
    assert_int_equal(view->copy->number, order);
    arena_release(&arena);
    pthread_mutex_destroy(&held.lock);
    fixture_free(fixture);
}

static void never_come_back(void *context)
{
    (void)context;
    for (;;)
        (void)pause();
}

/* In a child process that is to abort. Both are in the first batch: the second is decided while a
 * loader has the arena of the first, which it does not give back. */
static void view_two_orders(struct executor_fixture *fixture, struct arena *arena, uint64_t other)
{
    for (uint64_t i = 0; i < 2; i++) {
        struct order_command *view =
            fixture_make_order(fixture, &command_order_view, i == 0 ? 1 : other);
        view->command.arena = arena;
        assert_ok(executor_fixture_submit(fixture, &view->command));
    }
    fixture->probe.before_read = never_come_back;
    (void)alarm(ABORT_SECONDS_MAX);
    executor_start(fixture->executor);
    executor_fixture_wait(fixture, fixture->answer_count + 2);
}

static void commands_that_are_asked_together_may_not_share_an_arena(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.loaders = 2;
    fixture->options.orders_resident_max = 0;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    assert_int_equal(executor_fixture_buy(fixture, CART, 1, "a"), 1);
    assert_int_equal(executor_fixture_buy(fixture, CART, 1, "b"), 2);
    assert_false(executor_step(fixture->executor));
    struct arena arena;
    arena_init(&arena, 1 << 12, 1 << 24);
    assert_aborts(view_two_orders(fixture, &arena, 2));   /* two loaders would write into it */
    assert_aborts(view_two_orders(fixture, &arena, 999)); /* a loader and the executor */
    arena_release(&arena);
    fixture_free(fixture);
}

/* A checkout whose rules have a fault: it sells what is not there. */
static struct err oversell_decide(struct decision *decision, struct command *command)
{
    size_t before = decision->events->length;
    TRY(command_checkout.decide(decision, command));
    struct event *event = (void *)(decision->events->data + before);
    struct event_order_placed *placed = (struct event_order_placed *)(event + 1);
    struct event_order_line *lines = (struct event_order_line *)(placed + 1);
    struct event_order_part *parts = (struct event_order_part *)(lines + placed->line_count);
    parts[0].quantity += 1;
    parts[0].reserved += 1;
    return OK;
}

static void the_guard_stops_a_sale_of_what_is_not_there(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    executor_fixture_run(fixture, fixture_make_stock(fixture, 2));
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART, 2));
    struct command_ops faulty = command_checkout;
    faulty.decide = oversell_decide;
    struct checkout_command *checkout = fixture_make_checkout(fixture, CART, "k");
    checkout->command.ops = &faulty;
    checkout->command.origin = (struct origin){TEXT("r-1"), TEXT("")};
    uint64_t last_event = fixture->shop.last_event;
    log_set_level(LOG_SILENT);
    assert_ok(executor_fixture_submit(fixture, &checkout->command));
    executor_fixture_drain(fixture);
    log_set_level(LOG_INFO);
    assert_err(checkout->command.err, ERR_OUT_OF_STOCK);
    assert_int_equal(fixture->shop.last_event, last_event);
    assert_int_equal(available(fixture), 2);
    assert_int_equal(executor_stats(fixture->executor).guard_hits, 1);
    assert_int_equal(executor_stats(fixture->executor).stock_short, 1);
    checkout = fixture_make_checkout(fixture, CART, "k");
    executor_fixture_run(fixture, &checkout->command);
    assert_int_equal(available(fixture), 0);
    assert_int_equal(executor_stats(fixture->executor).guard_hits, 1);
    fixture_free(fixture);
}

static void every_stage_of_a_write_is_timed(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.monotonic_ns = slow_ns;
    fixture->options.shed_after_ms = 3600000;
    executor_fixture_open(fixture);
    struct executor_stats before = executor_stats(fixture->executor);
    for (uint32_t i = 0; i < 3; i++)
        assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    struct command *view = &fixture_make_order(fixture, &command_order_view, 1)->command;
    assert_ok(executor_fixture_submit(fixture, view));
    executor_fixture_drain(fixture);
    struct executor_stats after = executor_stats(fixture->executor);
    struct histogram queued = histogram_since(&after.queue_ns, &before.queue_ns);
    struct histogram decided = histogram_since(&after.decide_ns_each, &before.decide_ns_each);
    struct histogram recorded = histogram_since(&after.record_ns_each, &before.record_ns_each);
    struct histogram batches = histogram_since(&after.batch_commands, &before.batch_commands);
    struct histogram events = histogram_since(&after.batch_events, &before.batch_events);
    assert_int_equal(histogram_count(&queued), 3); /* the view writes nothing */
    assert_true(queued.sum > recorded.sum);        /* the first saw the others come */
    assert_int_equal(histogram_count(&decided), 3);
    assert_int_equal(histogram_count(&recorded), 3);
    assert_int_equal(recorded.sum, 3 * UINT64_C(100000000));
    assert_int_equal(batches.sum, 4);
    assert_int_equal(histogram_count(&batches), 1);
    assert_int_equal(events.sum, 3);
    const struct command *last = fixture->answers[fixture->answer_count - 1];
    assert_true(last->recorded_ns > last->submitted_ns);
    assert_int_equal(view->recorded_ns, 0);
    fixture_free(fixture);
}

static void closing_answers_what_is_queued(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.loaders = 1;
    executor_fixture_open(fixture);
    for (uint32_t i = 0; i < 100; i++)
        assert_ok(executor_fixture_submit(fixture, fixture_make_stock(fixture, 1)));
    executor_start(fixture->executor);
    executor_close(fixture->executor);
    fixture->executor = NULL;
    assert_int_equal(fixture->answer_count, 100);
    assert_int_equal(available(fixture), 100);
    fixture_free(fixture);
}

struct late_command {
    struct command *command;
    struct executor_fixture *fixture;
    struct err err;
};

static void submit_late(struct command *command)
{
    struct late_command *late = command->owner;
    while (!__atomic_load_n(&late->fixture->executor->is_stopping, __ATOMIC_SEQ_CST))
        ; /* until close() has begun */
    late->err = executor_fixture_submit(late->fixture, late->command);
}

static void a_command_that_comes_while_closing_is_refused(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    struct late_command late = {.command = fixture_make_stock(fixture, 1), .fixture = fixture};
    struct command *last = fixture_make_stock(fixture, 1);
    last->owner = &late;
    last->done = submit_late;
    assert_ok(executor_submit(fixture->executor, last));
    executor_start(fixture->executor);
    executor_close(fixture->executor);
    fixture->executor = NULL;
    assert_ok(last->err);
    assert_err(late.err, ERR_STOPPING);
    assert_int_equal(fixture->answer_count, 0);
    fixture_free(fixture);
}

static void the_clock_of_the_machine_is_the_default(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    struct executor_options defaults = executor_defaults(&fixture->probe.store, &fixture->shop);
    defaults.loaders = 1;
    fixture->options = defaults; /* and no view */
    executor_fixture_open(fixture);
    executor_start(fixture->executor);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 1));
    assert_true(fixture->shop.now_ms > UINT64_C(1700000000000));
    struct product_command update = {
        .command = {.ops = &command_product_update, .arena = &fixture->arena},
        .draft = {.number = fixture->product, .price_minor = 7},
        .fields = 1U << PRODUCT_FIELD_PRICE,
        .on_hand = UINT32_MAX,
    };
    executor_fixture_run(fixture, &update.command);
    fixture_free(fixture);
}

/* --- tasks of loaders --- */

struct list_task {
    struct loader_task task;
    uint32_t count;
    uint32_t is_done; /* atomic */
};

static void list_orders(struct loader_task *task, struct store_reader *reader)
{
    struct list_task *list = container_of(task, struct list_task, task);
    struct arena arena;
    struct store_orders orders;
    const struct store_orders_query query = {.state = -1, .limit = 10};
    arena_init(&arena, 1 << 12, 1 << 24);
    ensure(store_read_orders(reader, &query, &arena, &orders).code == ERR_NONE);
    list->count = orders.count;
    arena_release(&arena);
    __atomic_store_n(&list->is_done, 1, __ATOMIC_RELEASE);
}

static void tasks_run_with_a_reader_of_the_store(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.loaders = 2;
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 5));
    (void)executor_fixture_buy(fixture, CART, 1, "a");
    struct list_task here = {.task.run = list_orders};
    assert_ok(executor_load(fixture->executor, &here.task)); /* not started: at once */
    assert_int_equal(here.count, 1);
    executor_start(fixture->executor);
    struct list_task tasks[20];
    for (uint32_t i = 0; i < countof(tasks); i++) {
        tasks[i] = (struct list_task){.task.run = list_orders};
        assert_ok(executor_load(fixture->executor, &tasks[i].task));
    }
    executor_close(fixture->executor); /* finishes them */
    fixture->executor = NULL;
    for (uint32_t i = 0; i < countof(tasks); i++)
        assert_int_equal(tasks[i].count, 1);
    fixture_free(fixture);
}

/* --- failure --- */

static void fail_to_record(void *context)
{
    struct executor_fixture *fixture = context;
    fixture->probe.fails_to_record = true;
    (void)executor_fixture_submit(fixture, fixture_make_stock(fixture, 1));
    (void)executor_step(fixture->executor);
}

static jmp_buf failure_jump;

static void jump_out(void *context, struct err err)
{
    (void)context;
    (void)err;
    longjmp(failure_jump, 1);
}

static void a_store_that_cannot_record_gets_no_answer_out(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_new();
    fixture->options.on_store_failure = jump_out;
    executor_fixture_open(fixture);
    if (setjmp(failure_jump) == 0) {
        fail_to_record(fixture);
        fail();
    }
    assert_int_equal(fixture->answer_count, 0);
    executor_fixture_close(fixture); /* frees, and answers nothing */
    assert_int_equal(fixture->answer_count, 0);
    free(fixture);
}

static void counters_add_up(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    struct executor_stats before = executor_stats(fixture->executor);
    executor_fixture_run(fixture, fixture_make_stock(fixture, 1));
    assert_err(executor_run(fixture->executor, fixture_make_stock(fixture, -7)), ERR_STOCK_SHORT);
    struct executor_stats after = executor_stats(fixture->executor);
    assert_int_equal(after.commands, before.commands + 2);
    assert_int_equal(after.refused, before.refused + 1);
    assert_int_equal(after.batches, before.batches + 2);
    assert_int_equal(after.events, fixture->shop.last_event);
    assert_true(after.decide_ns > before.decide_ns);
    assert_true(after.other_ns > before.other_ns);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_queued_together_is_recorded_once),
        cmocka_unit_test(nothing_is_answered_before_the_record),
        cmocka_unit_test(a_refusal_leaves_its_neighbours_alone),
        cmocka_unit_test(a_key_sent_twice_in_one_batch_gives_one_order),
        cmocka_unit_test(a_batch_of_reads_records_nothing),
        cmocka_unit_test(a_read_does_not_wait_for_the_record),
        cmocka_unit_test(batches_keep_to_their_limits),
        cmocka_unit_test(orders_go_before_carts_and_carts_before_the_rest),
        cmocka_unit_test(bulk_work_is_slow_under_load_and_not_stopped),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(a_store_that_is_read_only_takes_what_only_reads),
        cmocka_unit_test(who_runs_the_executor_waits_for_the_tables_and_is_not_refused),
        cmocka_unit_test(who_runs_the_executor_makes_room_for_more_than_the_queue_holds),
        cmocka_unit_test(a_slow_store_sheds_writes_and_not_reads),
        cmocka_unit_test(who_comes_during_a_flush_waits_for_its_rest_too),
        cmocka_unit_test(who_is_overtaken_is_expected_to_wait_longer),
        cmocka_unit_test(who_has_places_kept_is_not_expected_to_wait_for_all),
        cmocka_unit_test(tables_far_behind_shed_writes_until_they_catch_up),
        cmocka_unit_test(time_never_goes_back),
        cmocka_unit_test(folded_orders_leave_memory_and_come_back),
        cmocka_unit_test(a_swept_order_frees_its_empty_cart),
        cmocka_unit_test(an_erased_contact_does_not_come_back_from_tables_that_lag),
        cmocka_unit_test(a_read_that_fails_is_the_answer),
        cmocka_unit_test(erasing_a_customer_reaches_orders_that_sleep),
        cmocka_unit_test(an_order_that_changes_often_takes_no_more_room),
        cmocka_unit_test(a_command_that_comes_while_closing_is_refused),
        cmocka_unit_test(the_clock_of_the_machine_is_the_default),
        cmocka_unit_test(buyers_on_threads_get_what_there_is_and_no_more),
        cmocka_unit_test(a_command_that_waits_for_the_disk_holds_up_no_other),
        cmocka_unit_test(commands_that_are_asked_together_may_not_share_an_arena),
        cmocka_unit_test(commands_that_are_asked_together_may_not_share_an_arena),
        cmocka_unit_test(the_guard_stops_a_sale_of_what_is_not_there),
        cmocka_unit_test(every_stage_of_a_write_is_timed),
        cmocka_unit_test(closing_answers_what_is_queued),
        cmocka_unit_test(tasks_run_with_a_reader_of_the_store),
        cmocka_unit_test(a_store_that_cannot_record_gets_no_answer_out),
        cmocka_unit_test(counters_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
