/* What a gateway says: every state x everything it can say, repeated, late, out of order; and what
 * is due back. */
#include "lib/shopping.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { PRICE = 4999 };

/* Order 1: 3 books, 149.97. */
struct desk {
    struct fixture fixture;
    uint32_t book;
    uint32_t ids; /* given out by say() */
};

static int open_desk(void **state)
{
    static struct desk desk;
    desk.ids = 0;
    fixture_open(&desk.fixture);
    desk.book = fixture_product(&desk.fixture, "BOOK-1", PRICE, 2);
    fixture_stock(&desk.fixture, desk.book, FIXTURE_MAIN, 20);
    ensure(shopping_buy(&desk.fixture, shopping_cart(1), desk.book, 3) == 1);
    desk.fixture.decision.now_ms += 1000;
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    fixture_close(&((struct desk *)*state)->fixture);
    return 0;
}

static struct payment_command payment(const char *id, enum payment_kind kind, int64_t amount_minor)
{
    return (struct payment_command){
        .command = {.ops = &command_payment_event, .actor = ACTOR_GATEWAY},
        .order = 1,
        .kind = kind,
        .amount_minor = amount_minor,
        .currency = money_currency("USD"),
        .id = text_of(id),
        .reference = TEXT("pay_7"),
    };
}

/* With an id of its own. */
static struct payment_command say(struct desk *desk, enum payment_kind kind, int64_t amount_minor)
{
    char id[16];
    (void)snprintf(id, sizeof(id), "evt_%u", ++desk->ids);
    struct payment_command command = payment(id, kind, amount_minor);
    command.id = arena_copy_text(&desk->fixture.arena, command.id);
    assert_ok(fixture_run(&desk->fixture, &command.command));
    return command;
}

static int64_t total(const struct desk *desk)
{
    return shopping_find(&desk->fixture, 1)->totals.total_minor;
}

/* A parcel of everything is out in SHIPPED. */
static void bring_into(struct desk *desk, enum order_state state, bool is_paid)
{
    struct fixture *fixture = &desk->fixture;
    bool is_confirmed = state != ORDER_PENDING && (state != ORDER_CANCELLED || is_paid);
    if (is_confirmed && is_paid)
        assert_int_equal(say(desk, PAYMENT_SUCCEEDED, total(desk)).outcome, PAYMENT_CONFIRMED);
    else if (is_confirmed)
        assert_ok(shopping_order(fixture, &command_order_confirm, 1));
    if (state == ORDER_CANCELLED)
        assert_ok(shopping_order(fixture, &command_order_cancel, 1));
    if (state == ORDER_SHIPPED || state == ORDER_DELIVERED)
        assert_ok(shopping_order(fixture, &command_order_ship, 1));
    if (state == ORDER_DELIVERED)
        assert_ok(shopping_order(fixture, &command_order_deliver, 1));
    assert_int_equal(shopping_find(fixture, 1)->state, state);
}

enum said { RIGHT_AMOUNT, ONE_LESS, ONE_MORE, OTHER_CURRENCY, FAILED, SAID_COUNT };

static struct payment_command saying(enum said said, int64_t total_minor)
{
    struct payment_command command = payment("evt_said", PAYMENT_SUCCEEDED, total_minor);
    command.amount_minor += said == ONE_MORE ? 1 : said == ONE_LESS ? -1 : 0;
    if (said == OTHER_CURRENCY)
        command.currency = money_currency("EUR");
    if (said == FAILED) {
        command.kind = PAYMENT_FAILED;
        command.amount_minor = 0;
        command.currency = 0;
    }
    return command;
}

/* The picture of payment.h, row by row. */
static enum payment_outcome due_outcome(enum order_state state, bool is_paid, enum said said)
{
    if (said == FAILED)
        return state == ORDER_PENDING ? PAYMENT_CANCELLED : PAYMENT_IGNORED;
    if (said != RIGHT_AMOUNT || is_paid || state == ORDER_CANCELLED)
        return PAYMENT_ORPHANED;
    return state == ORDER_PENDING ? PAYMENT_CONFIRMED : PAYMENT_CAPTURED;
}

static void check_saying(struct desk *desk, enum order_state state, bool is_paid, enum said said)
{
    static const uint32_t events[PAYMENT_OUTCOME_LIMIT] = {
        [PAYMENT_CONFIRMED] = 2, [PAYMENT_CAPTURED] = 1, [PAYMENT_CANCELLED] = 2,
        [PAYMENT_ORPHANED] = 2,  [PAYMENT_IGNORED] = 1,
    };
    struct fixture *fixture = &desk->fixture;
    bring_into(desk, state, is_paid);
    /* A cancelled order has a total of 0: what it cost is the right amount. */
    int64_t amount = state == ORDER_CANCELLED ? 3 * PRICE : total(desk);
    struct payment_command command = saying(said, amount);
    enum payment_outcome due = due_outcome(state, is_paid, said);
    int64_t paid = order_paid_minor(shopping_find(fixture, 1));
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(command.outcome, due);
    assert_false(command.is_repeated);
    assert_int_equal(fixture_event_count(fixture), events[due]);
    const struct event_payment_received *received =
        fixture_event(fixture, 0, EVENT_PAYMENT_RECEIVED);
    assert_int_equal(received->outcome, due);
    const struct order *order = shopping_find(fixture, 1);
    enum order_state after = due == PAYMENT_CONFIRMED   ? ORDER_CONFIRMED
                             : due == PAYMENT_CANCELLED ? ORDER_CANCELLED
                                                        : state;
    assert_int_equal(order->state, after);
    assert_int_equal(command.state, after);
    assert_int_equal(order->last_event, fixture->shop.last_event);
    bool is_captured = due == PAYMENT_CONFIRMED || due == PAYMENT_CAPTURED;
    assert_int_equal(order_paid_minor(order), is_captured ? amount : paid);
    uint32_t held = after == ORDER_PENDING || after == ORDER_CONFIRMED ? 3 : 0;
    uint32_t sent = after == ORDER_SHIPPED || after == ORDER_DELIVERED ? 3 : 0;
    assert_stock(fixture, desk->book, FIXTURE_MAIN, 20 - sent, held);

    /* Said again, whatever else it says now. */
    struct payment_command again = payment("evt_said", PAYMENT_SUCCEEDED, 1);
    assert_ok(fixture_run(fixture, &again.command));
    assert_true(again.is_repeated);
    assert_int_equal(again.outcome, due);
    assert_int_equal(fixture_event_count(fixture), 0);
}

static void every_state_has_an_outcome_for_all_that_can_be_said(void **state)
{
    (void)state;
    for (enum order_state order_state = 0; order_state < ORDER_STATE_COUNT; order_state++) {
        for (uint32_t is_paid = 0; is_paid <= (order_state != ORDER_PENDING); is_paid++) {
            for (enum said said = 0; said < SAID_COUNT; said++) {
                void *desk;
                (void)open_desk(&desk);
                check_saying(desk, order_state, is_paid != 0, said);
                (void)close_desk(&desk);
            }
        }
    }
}

static void a_success_confirms_in_the_name_of_the_gateway(void **state)
{
    struct desk *desk = *state;
    struct payment_command command = payment("evt_1", PAYMENT_SUCCEEDED, 3 * PRICE);
    command.occurred_ms = FIXTURE_START_MS + 7;
    assert_ok(fixture_run(&desk->fixture, &command.command));
    const struct event_payment_received *received =
        fixture_event(&desk->fixture, 0, EVENT_PAYMENT_RECEIVED);
    assert_int_equal(received->order, 1);
    assert_int_equal(received->amount_minor, 3 * PRICE);
    assert_int_equal(received->currency, money_currency("USD"));
    assert_int_equal(received->occurred_ms, FIXTURE_START_MS + 7);
    assert_int_equal(received->kind, PAYMENT_SUCCEEDED);
    assert_true(text_equal(event_payment_id(received), TEXT("evt_1")));
    assert_true(text_equal(event_payment_reference(received), TEXT("pay_7")));
    const struct event_order_changed *changed =
        fixture_event(&desk->fixture, 1, EVENT_ORDER_CHANGED);
    assert_int_equal(changed->action, ORDER_CONFIRM);
    assert_int_equal(changed->actor, ACTOR_GATEWAY);
    const struct order_payment *kept = shopping_find(&desk->fixture, 1)->payments;
    assert_int_equal(kept->at_ms, FIXTURE_START_MS + 1000);
    assert_int_equal(kept->occurred_ms, FIXTURE_START_MS + 7);
    assert_true(text_equal(kept->id, TEXT("evt_1")));
    assert_true(text_equal(kept->reference, TEXT("pay_7")));
    assert_null(kept->next);
}

static void a_failure_gives_the_stock_back_with_its_reason(void **state)
{
    struct desk *desk = *state;
    struct payment_command command = payment("evt_1", PAYMENT_FAILED, 0);
    command.currency = 0;
    command.reason = TEXT("card_declined");
    assert_ok(fixture_run(&desk->fixture, &command.command));
    const struct event_order_changed *changed =
        fixture_event(&desk->fixture, 1, EVENT_ORDER_CHANGED);
    assert_int_equal(changed->action, ORDER_CANCEL_ALL);
    assert_int_equal(changed->actor, ACTOR_GATEWAY);
    assert_true(text_equal(event_order_text1(changed), TEXT("card_declined")));
    assert_stock(&desk->fixture, desk->book, FIXTURE_MAIN, 20, 0);
}

static void a_failure_without_a_reason_has_one_all_the_same(void **state)
{
    struct desk *desk = *state;
    (void)say(desk, PAYMENT_FAILED, 0);
    const struct event_order_changed *changed =
        fixture_event(&desk->fixture, 1, EVENT_ORDER_CHANGED);
    assert_true(text_equal(event_order_text1(changed), TEXT("the payment failed")));
}

static void money_that_comes_after_the_timeout_is_orphaned(void **state)
{
    struct desk *desk = *state;
    struct timeout_command expire = {
        .command = {.ops = &command_order_expire, .actor = ACTOR_SYSTEM},
        .number = 1,
        .asked_ms = FIXTURE_START_MS + PAYMENT_LIFE_MS,
    };
    desk->fixture.decision.now_ms = FIXTURE_START_MS + PAYMENT_LIFE_MS;
    assert_ok(fixture_run(&desk->fixture, &expire.command));
    assert_int_equal(say(desk, PAYMENT_SUCCEEDED, 3 * PRICE).outcome, PAYMENT_ORPHANED);
    const struct event_payment_orphaned *orphaned =
        fixture_event(&desk->fixture, 1, EVENT_PAYMENT_ORPHANED);
    assert_int_equal(orphaned->order, 1);
    assert_int_equal(orphaned->amount_minor, 3 * PRICE);
    assert_int_equal(orphaned->currency, money_currency("USD"));
    assert_int_equal(orphaned->why, ORPHAN_ORDER_CANCELLED);
    assert_true(text_equal(event_orphaned_reference(orphaned), TEXT("pay_7")));
    assert_int_equal(shopping_find(&desk->fixture, 1)->state, ORDER_CANCELLED);
    assert_stock(&desk->fixture, desk->book, FIXTURE_MAIN, 20, 0);
}

static uint8_t why_orphaned(const struct desk *desk)
{
    const struct event_payment_orphaned *orphaned =
        fixture_event(&desk->fixture, 1, EVENT_PAYMENT_ORPHANED);
    return orphaned->why;
}

static void orphaned_money_says_why(void **state)
{
    struct desk *desk = *state;
    (void)say(desk, PAYMENT_SUCCEEDED, 3 * PRICE - 1);
    assert_int_equal(why_orphaned(desk), ORPHAN_OTHER_AMOUNT);
    assert_string_equal(payment_orphan_name(why_orphaned(desk)), "other_amount");
    (void)say(desk, PAYMENT_SUCCEEDED, 3 * PRICE);
    (void)say(desk, PAYMENT_SUCCEEDED, 3 * PRICE);
    assert_int_equal(why_orphaned(desk), ORPHAN_PAID_BEFORE);
    assert_ok(shopping_order(&desk->fixture, &command_order_cancel, 1));
    (void)say(desk, PAYMENT_SUCCEEDED, 3 * PRICE);
    assert_int_equal(why_orphaned(desk), ORPHAN_ORDER_CANCELLED);
}

/* --- what is due back --- */

static struct err cancel_pieces(struct desk *desk, uint32_t quantity)
{
    struct order_part_request part = {0, quantity};
    struct order_command cancel = shopping_order_command(&command_order_cancel, 1);
    cancel.lines = &part;
    cancel.line_count = 1;
    return fixture_run(&desk->fixture, &cancel.command);
}

static void assert_refund(const struct desk *desk, int64_t amount_minor)
{
    const struct event_refund_due *due = fixture_event(&desk->fixture, 1, EVENT_REFUND_DUE);
    assert_int_equal(fixture_event_count(&desk->fixture), 2);
    assert_int_equal(due->order, 1);
    assert_int_equal(due->amount_minor, amount_minor);
    assert_int_equal(due->currency, money_currency("USD"));
    assert_true(text_equal(event_refund_reference(due), TEXT("pay_7")));
    assert_int_equal(order_paid_minor(shopping_find(&desk->fixture, 1)), total(desk));
}

static void cancelling_what_was_captured_is_due_back(void **state)
{
    struct desk *desk = *state;
    (void)say(desk, PAYMENT_SUCCEEDED, 3 * PRICE);
    assert_ok(cancel_pieces(desk, 1));
    assert_refund(desk, PRICE);
    assert_ok(shopping_order(&desk->fixture, &command_order_cancel, 1));
    assert_refund(desk, 2 * PRICE);
    assert_int_equal(order_paid_minor(shopping_find(&desk->fixture, 1)), 0);
}

static void what_an_operator_confirmed_is_due_back_once_its_money_came(void **state)
{
    struct desk *desk = *state;
    assert_ok(shopping_order(&desk->fixture, &command_order_confirm, 1));
    assert_ok(cancel_pieces(desk, 1));
    assert_int_equal(fixture_event_count(&desk->fixture), 1); /* nothing was captured */
    assert_int_equal(say(desk, PAYMENT_SUCCEEDED, 2 * PRICE).outcome, PAYMENT_CAPTURED);
    assert_ok(shopping_order(&desk->fixture, &command_order_cancel, 1));
    assert_refund(desk, 2 * PRICE);
}

static void orphaned_money_is_not_due_back_by_itself(void **state)
{
    struct desk *desk = *state;
    (void)say(desk, PAYMENT_SUCCEEDED, PRICE);
    assert_ok(shopping_order(&desk->fixture, &command_order_cancel, 1));
    assert_int_equal(fixture_event_count(&desk->fixture), 1);
}

/* --- limits --- */

static void an_order_keeps_a_hundred_payments(void **state)
{
    struct desk *desk = *state;
    for (uint32_t i = 0; i < PAYMENTS_MAX; i++)
        (void)say(desk, i == 0 ? PAYMENT_SUCCEEDED : PAYMENT_FAILED, i == 0 ? 3 * PRICE : 0);
    struct payment_command more = payment("evt_more", PAYMENT_FAILED, 0);
    assert_err(shopping_refused(&desk->fixture, &more.command), ERR_PAYMENT_LIMIT);
    assert_int_equal(more.command.err.value, PAYMENTS_MAX);
    struct payment_command known = payment("evt_100", PAYMENT_FAILED, 0);
    assert_ok(fixture_run(&desk->fixture, &known.command));
    assert_true(known.is_repeated);
}

static void a_payment_of_no_order_is_refused(void **state)
{
    struct desk *desk = *state;
    struct payment_command command = payment("evt_1", PAYMENT_SUCCEEDED, 3 * PRICE);
    command.order = 2;
    assert_err(shopping_refused(&desk->fixture, &command.command), ERR_ORDER_UNKNOWN);
    shop_forget_order(&desk->fixture.shop, 1);
    command.order = 1;
    assert_err(fixture_run(&desk->fixture, &command.command), ERR_ASLEEP);
}

static void every_kind_and_outcome_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(payment_kind_name(PAYMENT_SUCCEEDED), "succeeded");
    assert_string_equal(payment_kind_name(PAYMENT_FAILED), "failed");
    assert_string_equal(payment_kind_name(PAYMENT_REFUND_DUE), "refund_due");
    assert_string_equal(payment_outcome_name(PAYMENT_CONFIRMED), "confirmed");
    assert_string_equal(payment_outcome_name(PAYMENT_CAPTURED), "captured");
    assert_string_equal(payment_outcome_name(PAYMENT_CANCELLED), "cancelled");
    assert_string_equal(payment_outcome_name(PAYMENT_ORPHANED), "orphaned");
    assert_string_equal(payment_outcome_name(PAYMENT_IGNORED), "ignored");
    assert_string_equal(payment_outcome_name(PAYMENT_RAISED), "raised");
    assert_string_equal(payment_orphan_name(ORPHAN_ORDER_CANCELLED), "order_cancelled");
    assert_string_equal(payment_orphan_name(ORPHAN_PAID_BEFORE), "paid_before");
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_an_outcome_for_all_that_can_be_said),
        DESK_TEST(a_success_confirms_in_the_name_of_the_gateway),
        DESK_TEST(a_failure_gives_the_stock_back_with_its_reason),
        DESK_TEST(a_failure_without_a_reason_has_one_all_the_same),
        DESK_TEST(money_that_comes_after_the_timeout_is_orphaned),
        DESK_TEST(orphaned_money_says_why),
        DESK_TEST(cancelling_what_was_captured_is_due_back),
        DESK_TEST(what_an_operator_confirmed_is_due_back_once_its_money_came),
        DESK_TEST(orphaned_money_is_not_due_back_by_itself),
        DESK_TEST(an_order_keeps_a_hundred_payments),
        DESK_TEST(a_payment_of_no_order_is_refused),
        cmocka_unit_test(every_kind_and_outcome_has_a_name),
    };
    return cmocka_run_group_tests_name("payment_event", tests, NULL, NULL);
}
