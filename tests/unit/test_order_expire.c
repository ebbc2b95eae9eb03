/* An order that nobody pays: what its end is, when it is refused, and what is due. */
#include "lib/shopping.h"
#include "test.h"

#define DUE_MS (FIXTURE_START_MS + PAYMENT_LIFE_MS)

/* Order 1: 3 books of 20, placed at the start of time. */
struct desk {
    struct fixture fixture;
    uint32_t book;
};

static int open_desk(void **state)
{
    static struct desk desk;
    fixture_open(&desk.fixture);
    desk.book = fixture_product(&desk.fixture, "BOOK-1", 4999, 2);
    fixture_stock(&desk.fixture, desk.book, FIXTURE_MAIN, 20);
    ensure(shopping_buy(&desk.fixture, shopping_cart(1), desk.book, 3) == 1);
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    fixture_close(&((struct desk *)*state)->fixture);
    return 0;
}

static struct timeout_command expire_command(uint64_t order, uint64_t asked_ms)
{
    return (struct timeout_command){
        .command = {.ops = &command_order_expire, .actor = ACTOR_SYSTEM},
        .number = order,
        .asked_ms = asked_ms,
    };
}

static void an_unpaid_order_is_cancelled_by_the_system(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    struct timeout_command expire = expire_command(1, DUE_MS);
    assert_stock(fixture, desk->book, FIXTURE_MAIN, 20, 3);
    fixture->decision.now_ms = DUE_MS;
    assert_ok(fixture_run(fixture, &expire.command));
    assert_int_equal(fixture_event_count(fixture), 1);
    const struct event_order_changed *changed = fixture_event(fixture, 0, EVENT_ORDER_CHANGED);
    assert_int_equal(changed->action, ORDER_CANCEL_ALL);
    assert_int_equal(changed->actor, ACTOR_SYSTEM);
    assert_true(text_equal(event_order_text1(changed), TEXT("not paid in time")));
    assert_stock(fixture, desk->book, FIXTURE_MAIN, 20, 0);
    const struct order *order = shopping_find(fixture, 1);
    assert_int_equal(order->state, ORDER_CANCELLED);
    assert_int_equal(order->totals.total_minor, 0);
    assert_int_equal(order->moves[0].actor, ACTOR_SYSTEM);
    assert_int_equal(order->moves[0].at_ms, DUE_MS);
    assert_err(shopping_refused(fixture, &expire.command), ERR_ORDER_TRANSITION);
}

static void what_cancelling_left_of_it_ends_too(void **state)
{
    struct desk *desk = *state;
    struct order_part_request one = {0, 1};
    struct order_command cancel = shopping_order_command(&command_order_cancel, 1);
    struct timeout_command expire = expire_command(1, DUE_MS);
    cancel.lines = &one;
    cancel.line_count = 1;
    assert_ok(fixture_run(&desk->fixture, &cancel.command));
    desk->fixture.decision.now_ms = DUE_MS;
    assert_ok(fixture_run(&desk->fixture, &expire.command));
    assert_stock(&desk->fixture, desk->book, FIXTURE_MAIN, 20, 0);
}

static void nothing_ends_before_its_time(void **state)
{
    struct fixture *fixture = &((struct desk *)*state)->fixture;
    struct timeout_command expire = expire_command(1, DUE_MS);
    fixture->decision.now_ms = DUE_MS - 1;
    assert_err(shopping_refused(fixture, &expire.command), ERR_NOT_DUE);
    fixture->shop.timeouts.payment_ms--;
    assert_ok(fixture_run(fixture, &expire.command));
}

/* Asked before the clock jumped: callbacks of the gap come first. */
static void a_command_that_waited_over_a_jump_of_the_clock_is_void(void **state)
{
    struct fixture *fixture = &((struct desk *)*state)->fixture;
    struct timeout_command expire = expire_command(1, DUE_MS);
    fixture->decision.now_ms = DUE_MS + TIMEOUTS_GAP_MS + 1;
    assert_err(shopping_refused(fixture, &expire.command), ERR_NOT_DUE);
    fixture->decision.now_ms = DUE_MS + TIMEOUTS_GAP_MS;
    assert_ok(fixture_run(fixture, &expire.command));
}

static void only_a_pending_order_ends(void **state)
{
    struct fixture *fixture = &((struct desk *)*state)->fixture;
    static const struct command_ops *const steps[] = {&command_order_confirm, &command_order_ship,
                                                      &command_order_deliver};
    fixture->decision.now_ms = DUE_MS;
    for (size_t i = 0; i < countof(steps); i++) {
        struct timeout_command expire = expire_command(1, DUE_MS);
        assert_ok(shopping_order(fixture, steps[i], 1));
        assert_err(shopping_refused(fixture, &expire.command), ERR_ORDER_TRANSITION);
        assert_int_equal(expire.command.err.value, ORDER_CONFIRMED + i);
    }
    struct timeout_command unknown = expire_command(2, DUE_MS);
    assert_err(shopping_refused(fixture, &unknown.command), ERR_ORDER_UNKNOWN);
}

/* --- what is due --- */

static struct timeouts_command view(struct fixture *fixture, uint64_t from, uint64_t at_ms,
                                    struct timeout *due, uint32_t due_max)
{
    struct timeouts_command command = {
        .command = {.ops = &command_timeouts_view, .actor = ACTOR_SYSTEM},
        .asked_ms = at_ms,
        .order_from = from,
        .due = due,
        .due_max = due_max,
    };
    ensure(fixture_run(fixture, &command.command).code == ERR_NONE);
    return command;
}

/* Orders 1 to 5, a second apart; 2 is confirmed, 4 is cancelled. */
static void place_five(struct desk *desk)
{
    struct fixture *fixture = &desk->fixture;
    for (uint32_t i = 2; i <= 5; i++) {
        fixture->decision.now_ms += 1000;
        ensure(shopping_buy(fixture, shopping_cart(i), desk->book, 1) == i);
    }
    assert_ok(shopping_order(fixture, &command_order_confirm, 2));
    assert_ok(shopping_order(fixture, &command_order_cancel, 4));
}

static void what_is_due_is_told_in_the_order_of_time(void **state)
{
    struct desk *desk = *state;
    struct timeout due[8];
    place_five(desk);
    struct timeouts_command none = view(&desk->fixture, 1, DUE_MS - 1, due, 8);
    assert_int_equal(none.due_count, 0);
    assert_int_equal(none.order_next, 1);
    assert_int_equal(none.next_ms, DUE_MS);
    assert_false(none.is_order_asleep);
    struct timeouts_command some = view(&desk->fixture, 1, DUE_MS + 2000, due, 8);
    assert_int_equal(some.due_count, 2);
    assert_int_equal(due[0].kind, TIMEOUT_ORDER);
    assert_int_equal(due[0].number, 1);
    assert_int_equal(due[1].number, 3);
    assert_int_equal(some.order_next, 5);
    assert_int_equal(some.next_ms, DUE_MS + 4000);
    struct timeouts_command all = view(&desk->fixture, 4, DUE_MS + 4000, due, 8);
    assert_int_equal(all.due_count, 1);
    assert_int_equal(due[0].number, 5);
    assert_int_equal(all.order_next, 6);
    assert_int_equal(all.next_ms, DUE_MS + 4000 + PAYMENT_LIFE_MS);
}

static void what_there_is_no_room_for_is_due_at_once(void **state)
{
    struct desk *desk = *state;
    struct timeout due[1];
    place_five(desk);
    struct timeouts_command first = view(&desk->fixture, 1, DUE_MS + 9000, due, 1);
    assert_int_equal(first.due_count, 1);
    assert_int_equal(first.order_next, 2);
    assert_true(first.has_more);
    struct timeouts_command second = view(&desk->fixture, 2, DUE_MS + 9000, due, 1);
    assert_int_equal(due[0].number, 3);
    assert_int_equal(second.order_next, 4);
}

static void an_order_that_sleeps_ends_the_look(void **state)
{
    struct desk *desk = *state;
    struct timeout due[8];
    place_five(desk);
    shop_forget_order(&desk->fixture.shop, 3);
    struct timeouts_command command = view(&desk->fixture, 1, DUE_MS + 9000, due, 8);
    assert_int_equal(command.due_count, 1);
    assert_true(command.is_order_asleep);
    assert_int_equal(command.order_next, 3);
    assert_false(command.has_more);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(an_unpaid_order_is_cancelled_by_the_system),
        DESK_TEST(what_cancelling_left_of_it_ends_too),
        DESK_TEST(nothing_ends_before_its_time),
        DESK_TEST(a_command_that_waited_over_a_jump_of_the_clock_is_void),
        DESK_TEST(only_a_pending_order_ends),
        DESK_TEST(what_is_due_is_told_in_the_order_of_time),
        DESK_TEST(what_there_is_no_room_for_is_due_at_once),
        DESK_TEST(an_order_that_sleeps_ends_the_look),
    };
    return cmocka_run_group_tests_name("order_expire", tests, NULL, NULL);
}
