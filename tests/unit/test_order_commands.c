/* Confirm, cancel, ship, deliver, look at, erase: exact events and numbers, and what is refused. */
#include "lib/abort.h"
#include "lib/shopping.h"
#include "test.h"

#include <string.h>

/*
 * Order 1, with two rules in force (bulk 10 % from 5 on): 5 shirts at 19.99 less 10.00, 3 from
 * `main` and 2 from `north`; 2 books at 49.99 from `main`. 199.93 - 10.00 = 189.93. On hand are 3
 * and 4 shirts, 20 books.
 */
struct desk {
    struct fixture fixture;
    uint32_t shirt;
    uint32_t book;
    uint16_t north;
    uint64_t cart;
};

static int open_desk(void **state)
{
    static struct desk desk;
    struct fixture *fixture = &desk.fixture;
    struct pricing_rule bulk = {.strategy = "bulk", .min_quantity = 5, .basis_points = 1000};
    fixture_open(fixture);
    shopping_rules(fixture, PRICING_BEST, &bulk, 1);
    desk.north = fixture_location(fixture, "north", 10);
    desk.shirt = fixture_product(fixture, "SHIRT-1", 1999, 3);
    desk.book = fixture_product(fixture, "BOOK-1", 4999, 2);
    fixture_stock(fixture, desk.shirt, FIXTURE_MAIN, 3);
    fixture_stock(fixture, desk.shirt, desk.north, 4);
    fixture_stock(fixture, desk.book, FIXTURE_MAIN, 20);
    desk.cart = shopping_cart(1);
    ensure(shopping_add(fixture, desk.cart, desk.shirt, 5).code == ERR_NONE);
    ensure(shopping_add(fixture, desk.cart, desk.book, 2).code == ERR_NONE);
    ensure(shopping_checkout(fixture, desk.cart, 1) == 1);
    fixture->decision.now_ms = FIXTURE_START_MS + 1000;
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    fixture_close(&((struct desk *)*state)->fixture);
    return 0;
}

static void confirm(struct fixture *fixture)
{
    assert_ok(shopping_order(fixture, &command_order_confirm, 1));
}

static void ship(struct fixture *fixture)
{
    assert_ok(shopping_order(fixture, &command_order_ship, 1));
}

static struct order_command with_lines(const struct command_ops *ops,
                                       const struct order_part_request *lines, uint32_t line_count)
{
    struct order_command command = shopping_order_command(ops, 1);
    command.lines = lines;
    command.line_count = line_count;
    return command;
}

/* The line of an order that the command asks to change, by so many pieces. */
static struct err run_line(struct fixture *fixture, const struct command_ops *ops,
                           struct order_part_request line)
{
    struct order_command command = with_lines(ops, &line, 1);
    return fixture_run(fixture, &command.command);
}

static const struct event_order_changed *changed_at(const struct fixture *fixture, uint32_t index)
{
    return fixture_event(fixture, index, EVENT_ORDER_CHANGED);
}

static void confirming_is_one_event_and_one_move(void **state)
{
    struct desk *desk = *state;
    struct order_command command = shopping_order_command(&command_order_confirm, 1);
    assert_ok(fixture_run(&desk->fixture, &command.command));
    assert_int_equal(fixture_event_count(&desk->fixture), 1);
    const struct event_order_changed *changed = changed_at(&desk->fixture, 0);
    assert_int_equal(changed->order, 1);
    assert_int_equal(changed->action, ORDER_CONFIRM);
    assert_int_equal(changed->state, ORDER_CONFIRMED);
    assert_int_equal(changed->actor, ACTOR_OPERATOR);
    assert_int_equal(changed->totals.subtotal_minor, 19993);
    assert_int_equal(changed->totals.discount_minor, 1000);
    assert_int_equal(changed->totals.total_minor, 18993);
    assert_int_equal(changed->line_count, 0);
    assert_int_equal(changed->part_count, 0);
    assert_int_equal(changed->shipment, 0);
    assert_int_equal(changed->text1_length, 0);

    const struct order *order = shopping_find(&desk->fixture, 1);
    assert_int_equal(order->state, ORDER_CONFIRMED);
    assert_int_equal(order->last_event, desk->fixture.shop.last_event);
    assert_int_equal(order->move_count, 1);
    assert_int_equal(order->moves[0].at_ms, FIXTURE_START_MS + 1000);
    assert_int_equal(order->moves[0].action, ORDER_CONFIRM);
    assert_int_equal(order->moves[0].state, ORDER_CONFIRMED);
    assert_int_equal(order->moves[0].actor, ACTOR_OPERATOR);
    assert_stock(&desk->fixture, desk->book, FIXTURE_MAIN, 20, 2);

    assert_int_equal(command.copy->state, ORDER_CONFIRMED);
    assert_int_equal(command.copy->move_count, 1);
    assert_int_equal(command.pricing->version, 2);
    assert_ptr_not_equal(command.copy, order);
}

/* Brings order 1 into the state; a parcel of two is out in SHIPPED. */
static void bring_into(struct desk *desk, enum order_state state)
{
    struct fixture *fixture = &desk->fixture;
    if (state == ORDER_CANCELLED)
        assert_ok(shopping_order(fixture, &command_order_cancel, 1));
    if (state == ORDER_CONFIRMED || state == ORDER_SHIPPED || state == ORDER_DELIVERED)
        confirm(fixture);
    if (state == ORDER_SHIPPED || state == ORDER_DELIVERED)
        ship(fixture);
    if (state == ORDER_DELIVERED)
        assert_ok(shopping_order(fixture, &command_order_deliver, 1));
    assert_int_equal(shopping_find(fixture, 1)->state, state);
}

static void what_no_arrow_allows_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const struct command_ops *ops;
        bool is_allowed[ORDER_STATE_COUNT]; /* pending confirmed shipped delivered cancelled */
    } rows[] = {
        {&command_order_confirm, {true, false, false, false, false}},
        {&command_order_cancel, {true, true, false, false, false}},
        {&command_order_ship, {false, true, false, false, false}}, /* nothing is left in SHIPPED */
        {&command_order_deliver, {false, false, true, false, false}},
    };
    for (uint32_t i = 0; i < countof(rows); i++) {
        for (int at = 0; at < ORDER_STATE_COUNT; at++) {
            void *opened = NULL;
            open_desk(&opened);
            struct desk *desk = opened;
            bring_into(desk, (enum order_state)at);
            struct order_command command = shopping_order_command(rows[i].ops, 1);
            if (rows[i].is_allowed[at]) {
                assert_ok(fixture_run(&desk->fixture, &command.command));
            } else {
                struct err err = shopping_refused(&desk->fixture, &command.command);
                assert_err_at(err, ERR_ORDER_TRANSITION, 0, at);
                assert_null(command.copy);
            }
            close_desk(&opened);
        }
    }
}

static void an_order_of_another_cart_is_unknown(void **state)
{
    struct desk *desk = *state;
    static const struct command_ops *const ops[] = {
        &command_order_confirm, &command_order_cancel, &command_order_ship,
        &command_order_deliver, &command_order_view,   &command_order_erase,
    };
    for (uint32_t i = 0; i < countof(ops); i++) {
        struct order_command command = shopping_order_command(ops[i], 1);
        command.cart = desk->cart + 1;
        assert_int_equal(shopping_refused(&desk->fixture, &command.command).code,
                         ERR_ORDER_UNKNOWN);
        command = shopping_order_command(ops[i], 2);
        assert_int_equal(shopping_refused(&desk->fixture, &command.command).code,
                         ERR_ORDER_UNKNOWN);
        command = shopping_order_command(ops[i], 0);
        assert_int_equal(shopping_refused(&desk->fixture, &command.command).code,
                         ERR_ORDER_UNKNOWN);
    }
    struct order_command own = shopping_order_command(&command_order_view, 1);
    own.cart = desk->cart;
    assert_ok(fixture_run(&desk->fixture, &own.command));
}

static void cancelling_returns_stock_once(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    struct order_command command = shopping_order_command(&command_order_cancel, 1);
    command.note = TEXT("changed my mind");
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 1);
    const struct event_order_changed *changed = changed_at(fixture, 0);
    assert_int_equal(changed->action, ORDER_CANCEL_ALL);
    assert_int_equal(changed->state, ORDER_CANCELLED);
    assert_int_equal(changed->totals.subtotal_minor, 0);
    assert_int_equal(changed->totals.discount_minor, 0);
    assert_int_equal(changed->totals.total_minor, 0);
    assert_int_equal(changed->line_count, 2);
    const struct event_order_line_change *lines = event_order_line_changes(changed);
    assert_int_equal(lines[0].line, 0);
    assert_int_equal(lines[0].quantity, 5);
    assert_int_equal(lines[0].quantity_after, 0);
    assert_int_equal(lines[0].discount_after_minor, 0);
    assert_int_equal(lines[1].line, 1);
    assert_int_equal(lines[1].quantity, 2);
    /* The part that was chosen last goes back first. */
    const struct event_order_part *parts = event_order_changed_parts(changed);
    assert_int_equal(changed->part_count, 3);
    assert_int_equal(parts[0].location, desk->north);
    assert_int_equal(parts[0].quantity, 2);
    assert_int_equal(parts[0].on_hand, 4);
    assert_int_equal(parts[0].reserved, 0);
    assert_int_equal(parts[1].location, FIXTURE_MAIN);
    assert_int_equal(parts[1].quantity, 3);
    assert_int_equal(parts[2].line, 1);
    assert_int_equal(parts[2].quantity, 2);
    assert_true(text_equal(event_order_text1(changed), TEXT("changed my mind")));

    assert_stock(fixture, desk->shirt, FIXTURE_MAIN, 3, 0);
    assert_stock(fixture, desk->shirt, desk->north, 4, 0);
    assert_stock(fixture, desk->book, FIXTURE_MAIN, 20, 0);
    assert_int_equal(stock_find(&fixture->shop.stock, desk->book, FIXTURE_MAIN)->sold, 0);
    assert_int_equal(command.copy->moves[0].note_length, 15);
    assert_memory_equal(command.copy->moves[0].note, "changed my mind", 15);

    struct order_command again = shopping_order_command(&command_order_cancel, 1);
    assert_int_equal(shopping_refused(fixture, &again.command).code, ERR_ORDER_TRANSITION);
    assert_stock(fixture, desk->book, FIXTURE_MAIN, 20, 0);
}

static void
cancelling_a_part_gives_back_from_the_last_place_and_its_share_of_the_discount(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    assert_ok(run_line(fixture, &command_order_cancel, (struct order_part_request){0, 3}));
    const struct event_order_changed *changed = changed_at(fixture, 0);
    assert_int_equal(changed->action, ORDER_CANCEL_PART);
    assert_int_equal(changed->state, ORDER_CONFIRMED);
    assert_int_equal(changed->line_count, 1);
    const struct event_order_line_change *lines = event_order_line_changes(changed);
    assert_int_equal(lines[0].quantity, 3);
    assert_int_equal(lines[0].quantity_after, 2);
    /* 2 of 5 keep 4.00 of 10.00, although 2 shirts alone get no bulk price. */
    assert_int_equal(lines[0].discount_after_minor, 400);
    const struct event_order_part *parts = event_order_changed_parts(changed);
    assert_int_equal(changed->part_count, 2);
    assert_int_equal(parts[0].location, desk->north);
    assert_int_equal(parts[0].quantity, 2);
    assert_int_equal(parts[1].location, FIXTURE_MAIN);
    assert_int_equal(parts[1].quantity, 1);
    assert_int_equal(parts[1].on_hand, 3);
    assert_int_equal(parts[1].reserved, 2);
    assert_int_equal(changed->totals.subtotal_minor, 2 * 1999 + 2 * 4999);
    assert_int_equal(changed->totals.discount_minor, 400);
    assert_int_equal(changed->totals.total_minor, 13596);

    const struct order *order = shopping_find(fixture, 1);
    assert_int_equal(order->state, ORDER_CONFIRMED);
    assert_int_equal(order->lines[0].quantity, 2);
    assert_int_equal(order->lines[0].discount_minor, 400);
    assert_int_equal(order->totals.total_minor, 13596);
    assert_int_equal(order->totals_ordered.total_minor, 18993);
    assert_stock(fixture, desk->shirt, FIXTURE_MAIN, 3, 2);
    assert_stock(fixture, desk->shirt, desk->north, 4, 0);
    assert_int_equal(stock_find(&fixture->shop.stock, desk->shirt, FIXTURE_MAIN)->sold, 2);
    assert_int_equal(stock_find(&fixture->shop.stock, desk->shirt, desk->north)->sold, 0);
}

static void a_share_of_a_discount_does_not_depend_on_the_way(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    uint32_t pen = fixture_product(fixture, "PEN", 1, 4);
    fixture_stock(fixture, pen, FIXTURE_MAIN, 7);
    struct pricing_rule bulk = {.strategy = "bulk", .min_quantity = 5, .basis_points = 3300};
    shopping_rules(fixture, PRICING_BEST, &bulk, 1);
    assert_int_equal(shopping_buy(fixture, desk->cart, pen, 7), 2);
    /* 33 % of 7 is 2.31: 2. Of 6: 12/7 = 1.7: 2; of 5: 1.4: 1; 4: 1.1: 1; 3: 0.86: 1; 2: 0.57: 1;
     * 1: 0. */
    static const int64_t discounts[] = {2, 1, 1, 1, 1, 0, 0};
    for (uint32_t i = 0; i < 7; i++) {
        struct order_command command = shopping_order_command(&command_order_cancel, 2);
        command.lines = &(struct order_part_request){0, 1};
        command.line_count = 1;
        assert_ok(fixture_run(fixture, &command.command));
        assert_int_equal(command.copy->lines[0].quantity, 6 - i);
        assert_int_equal(command.copy->lines[0].discount_minor, discounts[i]);
        assert_int_equal(command.copy->totals.total_minor, 6 - i - discounts[i]);
        assert_int_equal(command.copy->state, i < 6 ? ORDER_PENDING : ORDER_CANCELLED);
    }
    assert_stock(fixture, pen, FIXTURE_MAIN, 7, 0);
}

static void cancelling_the_last_pieces_cancels_the_order(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    assert_ok(run_line(fixture, &command_order_cancel, (struct order_part_request){0, 0}));
    assert_int_equal(changed_at(fixture, 0)->action, ORDER_CANCEL_PART);
    assert_int_equal(shopping_find(fixture, 1)->state, ORDER_PENDING);
    assert_int_equal(shopping_find(fixture, 1)->lines[0].quantity, 0);
    assert_ok(run_line(fixture, &command_order_cancel, (struct order_part_request){1, 1}));
    assert_int_equal(shopping_find(fixture, 1)->state, ORDER_PENDING);
    /* No lines named: everything that is left, and that alone. */
    assert_ok(shopping_order(fixture, &command_order_cancel, 1));
    const struct event_order_changed *changed = changed_at(fixture, 0);
    assert_int_equal(changed->action, ORDER_CANCEL_ALL);
    assert_int_equal(changed->line_count, 1);
    assert_int_equal(changed->part_count, 1);
    assert_int_equal(event_order_line_changes(changed)->line, 1);
    assert_int_equal(event_order_line_changes(changed)->quantity, 1);
    assert_stock(fixture, desk->shirt, FIXTURE_MAIN, 3, 0);
    assert_stock(fixture, desk->shirt, desk->north, 4, 0);
    assert_stock(fixture, desk->book, FIXTURE_MAIN, 20, 0);
}

static void a_line_named_twice_is_cancelled_by_the_sum(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    struct order_part_request lines[] = {{0, 2}, {0, 2}};
    struct order_command command = with_lines(&command_order_cancel, lines, 2);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(changed_at(fixture, 0)->line_count, 1);
    assert_int_equal(command.copy->lines[0].quantity, 1);

    command = with_lines(&command_order_cancel, lines, 2);
    lines[0].quantity = 1;
    lines[1].quantity = 1;
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_QUANTITY, 1, 0);
}

static void more_than_is_left_is_not_cancelled(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    struct order_part_request lines[] = {{1, 2}, {0, 6}};
    struct order_command command = with_lines(&command_order_cancel, lines, 2);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_QUANTITY, 1, 5);

    lines[1] = (struct order_part_request){2, 1};
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_LINE, 1, 0);

    assert_ok(run_line(fixture, &command_order_cancel, (struct order_part_request){1, 0}));
    lines[1] = (struct order_part_request){1, 0};
    command = with_lines(&command_order_cancel, &lines[1], 1);
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_QUANTITY, 0, 0);
}

static void cancelled_stock_can_be_sold_again(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    assert_err(shopping_add(fixture, shopping_cart(2), desk->shirt, 3), ERR_OUT_OF_STOCK);
    assert_ok(run_line(fixture, &command_order_cancel, (struct order_part_request){0, 1}));
    assert_int_equal(shopping_buy(fixture, shopping_cart(2), desk->shirt, 3), 2);
    assert_int_equal(stock_available(&fixture->shop.stock, desk->shirt), 0);
}

static void texts_of_one_letter_are_kept(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    struct order_command ship = shopping_order_command(&command_order_ship, 1);
    ship.note = TEXT("D");
    ship.tracking_number = TEXT("T");
    assert_ok(fixture_run(fixture, &ship.command));
    const struct order_shipment *shipment = ship.copy->shipments;
    assert_true(text_equal(shipment->carrier, TEXT("D")));
    assert_true(text_equal(shipment->tracking_number, TEXT("T")));
}

static void shipping_takes_the_pieces_from_the_places_that_hold_them(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    struct order_command command = shopping_order_command(&command_order_ship, 1);
    command.note = TEXT("DHL");
    command.tracking_number = TEXT("T-1");
    assert_ok(fixture_run(fixture, &command.command));

    /* One parcel leaves from each place, in the order of the places. */
    assert_int_equal(fixture_event_count(fixture), 2);
    const struct event_order_changed *first = changed_at(fixture, 0);
    assert_int_equal(first->action, ORDER_SHIP);
    assert_int_equal(first->state, ORDER_SHIPPED);
    assert_int_equal(first->shipment, 1);
    assert_int_equal(first->location, FIXTURE_MAIN);
    assert_int_equal(first->line_count, 0);
    assert_int_equal(first->part_count, 2);
    assert_int_equal(first->totals.total_minor, 18993);
    const struct event_order_part *parts = event_order_changed_parts(first);
    assert_int_equal(parts[0].line, 0);
    assert_int_equal(parts[0].quantity, 3);
    assert_int_equal(parts[0].on_hand, 0);
    assert_int_equal(parts[0].reserved, 0);
    assert_int_equal(parts[1].line, 1);
    assert_int_equal(parts[1].quantity, 2);
    assert_int_equal(parts[1].on_hand, 18);
    const struct event_order_changed *second = changed_at(fixture, 1);
    assert_int_equal(second->shipment, 2);
    assert_int_equal(second->location, desk->north);
    assert_int_equal(second->part_count, 1);
    parts = event_order_changed_parts(second);
    assert_int_equal(parts[0].quantity, 2);
    assert_int_equal(parts[0].on_hand, 2);
    assert_true(text_equal(event_order_text1(second), TEXT("DHL")));
    assert_true(text_equal(event_order_text2(second), TEXT("T-1")));

    assert_stock(fixture, desk->shirt, FIXTURE_MAIN, 0, 0);
    assert_stock(fixture, desk->shirt, desk->north, 2, 0);
    assert_stock(fixture, desk->book, FIXTURE_MAIN, 18, 0);
    assert_int_equal(stock_find(&fixture->shop.stock, desk->book, FIXTURE_MAIN)->sold, 2);
}

static void a_shipment_is_kept_with_its_lines_and_texts(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    struct order_command command = shopping_order_command(&command_order_ship, 1);
    command.note = TEXT("DHL");
    command.tracking_number = TEXT("T-1");
    assert_ok(fixture_run(fixture, &command.command));
    const struct order *order = command.copy;
    assert_int_equal(order->state, ORDER_SHIPPED);
    assert_int_equal(order->move_count, 3);
    assert_int_equal(order->moves[1].note_length, 0);
    const struct order_shipment *shipment = order->shipments;
    assert_int_equal(shipment->number, 1);
    assert_int_equal(shipment->location, FIXTURE_MAIN);
    assert_int_equal(shipment->line_count, 2);
    assert_int_equal(shipment->lines[0].line, 0);
    assert_int_equal(shipment->lines[0].quantity, 3);
    assert_int_equal(shipment->lines[1].line, 1);
    assert_int_equal(shipment->lines[1].quantity, 2);
    assert_int_equal(shipment->shipped_ms, FIXTURE_START_MS + 1000);
    assert_int_equal(shipment->delivered_ms, 0);
    assert_true(text_equal(shipment->carrier, TEXT("DHL")));
    assert_true(text_equal(shipment->tracking_number, TEXT("T-1")));
    shipment = shipment->next;
    assert_int_equal(shipment->number, 2);
    assert_int_equal(shipment->location, desk->north);
    assert_null(shipment->next);
    assert_int_equal(order->parts[0].shipped, 3);
    assert_int_equal(order->parts[0].reserved, 0);
}

static void pieces_of_one_place_are_one_shipment(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    struct order_part_request lines[] = {{0, 2}, {1, 0}, {0, 1}};
    struct order_command command = with_lines(&command_order_ship, lines, 3);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 1);
    const struct event_order_part *parts = event_order_changed_parts(changed_at(fixture, 0));
    assert_int_equal(changed_at(fixture, 0)->part_count, 2);
    assert_int_equal(parts[0].quantity, 3);
    assert_int_equal(parts[1].quantity, 2);
    assert_int_equal(command.copy->state, ORDER_SHIPPED);
    /* The rest follows. */
    ship(fixture);
    assert_int_equal(fixture_event_count(fixture), 1);
    assert_int_equal(changed_at(fixture, 0)->shipment, 2);
    assert_int_equal(changed_at(fixture, 0)->location, desk->north);
}

static void part_of_a_part_can_be_shipped(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    assert_ok(run_line(fixture, &command_order_ship, (struct order_part_request){0, 4}));
    assert_int_equal(fixture_event_count(fixture), 2);
    assert_int_equal(event_order_changed_parts(changed_at(fixture, 0))->quantity, 3);
    assert_int_equal(event_order_changed_parts(changed_at(fixture, 1))->quantity, 1);
    assert_stock(fixture, desk->shirt, desk->north, 3, 1);
    struct order_command command =
        with_lines(&command_order_ship, &(struct order_part_request){0, 2}, 1);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_QUANTITY, 0, 1);
}

static void a_line_ships_no_more_than_its_own_pieces(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    struct order_part_request line = {0, 6};
    struct order_command command = with_lines(&command_order_ship, &line, 1);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_QUANTITY, 0, 5);
    line.quantity = 0;
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 2);
    assert_int_equal(changed_at(fixture, 0)->part_count, 1);
    assert_stock(fixture, desk->shirt, FIXTURE_MAIN, 0, 0);
    assert_stock(fixture, desk->shirt, desk->north, 2, 0);
    assert_stock(fixture, desk->book, FIXTURE_MAIN, 20, 2);
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_QUANTITY, 0, 0);
}

static void cancelling_again_skips_the_place_that_holds_nothing_more(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    assert_ok(run_line(fixture, &command_order_cancel, (struct order_part_request){0, 2}));
    assert_int_equal(changed_at(fixture, 0)->part_count, 1);
    assert_ok(run_line(fixture, &command_order_cancel, (struct order_part_request){0, 1}));
    const struct event_order_changed *changed = changed_at(fixture, 0);
    assert_int_equal(changed->part_count, 1);
    assert_int_equal(event_order_changed_parts(changed)->location, FIXTURE_MAIN);
    assert_stock(fixture, desk->shirt, FIXTURE_MAIN, 3, 2);
    assert_stock(fixture, desk->shirt, desk->north, 4, 0);
}

static void a_place_ships_only_what_lies_there(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    struct order_part_request line = {0, 3};
    struct order_command command = with_lines(&command_order_ship, &line, 1);
    command.location = desk->north;
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_QUANTITY, 0, 2);
    line = (struct order_part_request){1, 0}; /* no books in the north */
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_QUANTITY, 0, 0);
    line = (struct order_part_request){2, 1};
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_ORDER_LINE);

    command.line_count = 0;
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 1);
    assert_int_equal(changed_at(fixture, 0)->part_count, 1);
    assert_int_equal(changed_at(fixture, 0)->location, desk->north);
    assert_int_equal(command.copy->lines[0].quantity, 5);
    assert_stock(fixture, desk->shirt, desk->north, 2, 0);
    assert_stock(fixture, desk->shirt, FIXTURE_MAIN, 3, 3);
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_LOCATION_NOTHING);
    command.location = 3;
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_LOCATION_UNKNOWN);
}

static void an_order_partly_shipped_is_not_cancelled(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    assert_ok(run_line(fixture, &command_order_ship, (struct order_part_request){1, 0}));
    struct order_command command =
        with_lines(&command_order_cancel, &(struct order_part_request){0, 1}, 1);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_TRANSITION, 0, ORDER_SHIPPED);
}

static void only_what_cancelling_left_is_shipped(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    assert_ok(run_line(fixture, &command_order_cancel, (struct order_part_request){0, 3}));
    confirm(fixture);
    ship(fixture);
    assert_int_equal(fixture_event_count(fixture), 1);
    assert_stock(fixture, desk->shirt, FIXTURE_MAIN, 1, 0);
    assert_stock(fixture, desk->shirt, desk->north, 4, 0);
    assert_ok(shopping_order(fixture, &command_order_deliver, 1));
    assert_int_equal(shopping_find(fixture, 1)->state, ORDER_DELIVERED);
}

static void an_order_has_a_limit_of_shipments(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    uint32_t pen = fixture_product(fixture, "PEN", 1, 4);
    fixture_stock(fixture, pen, FIXTURE_MAIN, ORDER_SHIPMENTS_MAX + 1);
    assert_int_equal(shopping_buy(fixture, desk->cart, pen, ORDER_SHIPMENTS_MAX + 1), 2);
    assert_ok(shopping_order(fixture, &command_order_confirm, 2));
    struct order_command command = shopping_order_command(&command_order_ship, 2);
    command.lines = &(struct order_part_request){0, 1};
    command.line_count = 1;
    for (uint32_t i = 0; i < ORDER_SHIPMENTS_MAX; i++)
        assert_ok(fixture_run(fixture, &command.command));
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_SHIPMENT_LIMIT, 0, ORDER_SHIPMENTS_MAX);
}

static void the_last_parcel_delivered_makes_it_delivered(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    ship(fixture);
    fixture->decision.now_ms += 1000;
    struct order_command command = shopping_order_command(&command_order_deliver, 1);
    command.shipment = 2;
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 1);
    const struct event_order_changed *changed = changed_at(fixture, 0);
    assert_int_equal(changed->action, ORDER_DELIVER_PART);
    assert_int_equal(changed->state, ORDER_SHIPPED);
    assert_int_equal(changed->shipment, 2);
    assert_int_equal(changed->part_count, 0);
    assert_int_equal(command.copy->shipments->delivered_ms, 0);
    assert_int_equal(command.copy->shipments->next->delivered_ms, FIXTURE_START_MS + 2000);

    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_TRANSITION, 0, ORDER_SHIPPED);
    command.shipment = 3;
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_SHIPMENT_UNKNOWN);

    command.shipment = 1;
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(changed_at(fixture, 0)->action, ORDER_DELIVER_ALL);
    assert_int_equal(command.copy->state, ORDER_DELIVERED);
}

static void pieces_still_in_the_house_keep_an_order_shipped(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    struct order_command command = shopping_order_command(&command_order_ship, 1);
    command.location = desk->north;
    assert_ok(fixture_run(fixture, &command.command));
    assert_ok(shopping_order(fixture, &command_order_deliver, 1));
    assert_int_equal(changed_at(fixture, 0)->action, ORDER_DELIVER_PART);
    assert_int_equal(changed_at(fixture, 0)->shipment, 0);
    assert_int_equal(shopping_find(fixture, 1)->state, ORDER_SHIPPED);
    /* Nothing is on its way now. */
    command = shopping_order_command(&command_order_deliver, 1);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ORDER_TRANSITION, 0, ORDER_SHIPPED);

    ship(fixture);
    assert_ok(shopping_order(fixture, &command_order_deliver, 1));
    assert_int_equal(changed_at(fixture, 0)->action, ORDER_DELIVER_ALL);
    const struct order *order = shopping_find(fixture, 1);
    assert_int_equal(order->state, ORDER_DELIVERED);
    assert_int_equal(order->move_count, 5);
}

static void a_single_piece_still_in_the_house_counts(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    assert_int_equal(shopping_buy(fixture, desk->cart, desk->book, 2), 2);
    assert_ok(shopping_order(fixture, &command_order_confirm, 2));
    struct order_command ship_one = shopping_order_command(&command_order_ship, 2);
    ship_one.lines = &(struct order_part_request){0, 1};
    ship_one.line_count = 1;
    assert_ok(fixture_run(fixture, &ship_one.command));
    assert_ok(shopping_order(fixture, &command_order_deliver, 2));
    assert_int_equal(shopping_find(fixture, 2)->state, ORDER_SHIPPED);
    assert_ok(shopping_order(fixture, &command_order_ship, 2));
    assert_ok(shopping_order(fixture, &command_order_deliver, 2));
    assert_int_equal(shopping_find(fixture, 2)->state, ORDER_DELIVERED);
}

static void all_parcels_are_delivered_at_once(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    ship(fixture);
    assert_ok(shopping_order(fixture, &command_order_deliver, 1));
    assert_int_equal(changed_at(fixture, 0)->action, ORDER_DELIVER_ALL);
    const struct order *order = shopping_find(fixture, 1);
    assert_int_equal(order->shipments->delivered_ms, FIXTURE_START_MS + 1000);
    assert_int_equal(order->shipments->next->delivered_ms, FIXTURE_START_MS + 1000);
}

static void looking_changes_nothing(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    uint64_t before = fixture_digest(&fixture->shop);
    struct order_command command = shopping_order_command(&command_order_view, 1);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 0);
    assert_true(fixture_digest(&fixture->shop) == before);
    assert_int_equal(command.copy->number, 1);
    assert_int_equal(command.copy->lines[1].quantity, 2);
    assert_int_equal(command.pricing->rule_count, 1);
    order_check(command.copy);
}

static void a_sleeping_order_is_woken_for_every_command(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    confirm(fixture);
    struct order *image = order_copy(&fixture->arena, shopping_find(fixture, 1));
    shop_forget_order(&fixture->shop, 1);
    struct order_command command = shopping_order_command(&command_order_ship, 1);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ASLEEP, ASLEEP_ORDER, 1);
    command.command.loaded = (struct command_loaded){
        .what = ASLEEP_ORDER, .value = 1, .sweep = fixture->decision.sweep, .order = image};
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(command.copy->state, ORDER_SHIPPED);
    assert_stock(fixture, desk->book, FIXTURE_MAIN, 18, 0);
}

static void erasing_an_order_forgets_its_contact_alone(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    uint64_t contact = shopping_find(fixture, 1)->contact;
    assert_int_not_equal(contact, 0);
    shopping_buy(fixture, desk->cart, desk->book, 1);
    struct order_command command = shopping_order_command(&command_order_erase, 1);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 1);
    const struct event_contacts_erased *erased = fixture_event(fixture, 0, EVENT_CONTACTS_ERASED);
    assert_int_equal(erased->customer, 0);
    assert_int_equal(erased->count, 1);
    assert_int_equal(event_contacts(erased)[0], contact);
    assert_int_equal(command.copy->contact, 0);
    assert_int_equal(shopping_find(fixture, 1)->contact, 0);
    assert_int_not_equal(shopping_find(fixture, 2)->contact, 0);

    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 0);
}

static struct orders_command history(struct fixture *fixture, uint64_t cart, uint32_t customer,
                                     uint64_t before, uint32_t limit)
{
    struct orders_command command = {
        .command = {.ops = &command_orders_view, .actor = ACTOR_GUEST},
        .cart = cart,
        .customer = customer,
        .before = before,
        .limit = limit,
    };
    assert_ok(fixture_run(fixture, &command.command));
    return command;
}

static void a_history_is_newest_first_and_comes_in_pages(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    uint32_t customer = fixture_customer(fixture, TIER_NONE);
    shopping_own(fixture, shopping_cart(2), customer);
    shopping_own(fixture, shopping_cart(3), customer);
    assert_int_equal(shopping_buy(fixture, shopping_cart(2), desk->book, 1), 2);
    assert_int_equal(shopping_buy(fixture, desk->cart, desk->book, 1), 3);
    assert_int_equal(shopping_buy(fixture, shopping_cart(3), desk->book, 1), 4);
    assert_int_equal(shopping_buy(fixture, shopping_cart(2), desk->book, 1), 5);

    struct orders_command all = history(fixture, 0, customer, 0, 10);
    assert_int_equal(all.order_count, 3);
    assert_int_equal(all.orders[0]->number, 5);
    assert_int_equal(all.orders[1]->number, 4);
    assert_int_equal(all.orders[2]->number, 2);
    assert_int_equal(all.chain_next, 0);

    struct orders_command page = history(fixture, 0, customer, 0, 1);
    assert_int_equal(page.order_count, 1);
    assert_int_equal(page.chain_next, 4);
    page = history(fixture, 0, customer, 5, 1);
    assert_int_equal(page.orders[0]->number, 4);
    assert_int_equal(page.chain_next, 2);
    page = history(fixture, 0, customer, 4, 1);
    assert_int_equal(page.orders[0]->number, 2);
    assert_int_equal(page.chain_next, 0);
    page = history(fixture, 0, customer, 2, 1);
    assert_int_equal(page.order_count, 0);

    struct orders_command of_cart = history(fixture, shopping_cart(2), 0, 0, 10);
    assert_int_equal(of_cart.order_count, 2);
    assert_int_equal(of_cart.orders[0]->number, 5);
    assert_int_equal(of_cart.orders[1]->number, 2);
    of_cart = history(fixture, desk->cart, 0, 0, 10);
    assert_int_equal(of_cart.order_count, 2);
    assert_int_equal(of_cart.orders[0]->number, 3);
    of_cart = history(fixture, shopping_cart(9), 0, 0, 10);
    assert_int_equal(of_cart.order_count, 0);
    assert_int_equal(of_cart.chain_next, 0);
}

static void a_history_tells_where_the_tables_go_on(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    for (uint64_t number = 2; number <= 4; number++)
        assert_int_equal(shopping_buy(fixture, desk->cart, desk->book, 1), number);
    shop_forget_order(&fixture->shop, 2);
    struct orders_command view = history(fixture, desk->cart, 0, 0, 10);
    assert_int_equal(view.order_count, 2);
    assert_int_equal(view.orders[1]->number, 3);
    assert_int_equal(view.chain_next, 2);
    shop_forget_order(&fixture->shop, 1);
    view = history(fixture, shopping_cart(9), 0, 0, 10);
    assert_int_equal(view.chain_next, 0); /* a cart that bought nothing */
}

/* What the tables gave is seconds old; what has changed since is in memory. */
static void orders_from_the_tables_are_brought_up_to_date(void **state)
{
    struct desk *desk = *state;
    struct fixture *fixture = &desk->fixture;
    assert_int_equal(shopping_buy(fixture, desk->cart, desk->book, 1), 2);
    struct order *old = order_copy(&fixture->arena, shopping_find(fixture, 1));
    struct order *asleep = order_copy(&fixture->arena, shopping_find(fixture, 2));
    assert_ok(shopping_order(fixture, &command_order_confirm, 1));
    shop_forget_order(&fixture->shop, 2);
    struct order *orders[] = {old, asleep};
    struct orders_command refresh = {
        .command = {.ops = &command_orders_refresh}, .orders = orders, .order_count = 2};
    assert_ok(fixture_run(fixture, &refresh.command));
    assert_int_equal(fixture_event_count(fixture), 0);
    assert_int_equal(refresh.orders[0]->number, 1);
    assert_int_equal(refresh.orders[0]->state, ORDER_CONFIRMED);
    assert_ptr_equal(refresh.orders[1], asleep);
    assert_int_equal(old->state, ORDER_PENDING);
}

static void the_history_of_nobody_is_unknown(void **state)
{
    struct desk *desk = *state;
    struct orders_command command = {
        .command = {.ops = &command_orders_view}, .customer = 1, .limit = 1};
    assert_int_equal(shopping_refused(&desk->fixture, &command.command).code, ERR_CUSTOMER_UNKNOWN);
    command.cart = 1;
    assert_aborts((void)fixture_run(&desk->fixture, &command.command).code);
    command = (struct orders_command){.command = {.ops = &command_orders_view}, .cart = 1};
    assert_aborts((void)fixture_run(&desk->fixture, &command.command).code);
    command = (struct orders_command){.command = {.ops = &command_orders_view}, .limit = 1};
    assert_aborts((void)fixture_run(&desk->fixture, &command.command).code);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

static void an_order_is_corrected_until_it_leaves(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    uint32_t product = fixture_product(&fixture, "PEN-1", 100, 2);
    fixture_stock(&fixture, product, FIXTURE_MAIN, 5);
    uint64_t number = shopping_buy(&fixture, shopping_cart(1), product, 1);
    uint64_t contact = shopping_find(&fixture, number)->contact;
    struct order_command correct = shopping_order_command(&command_order_correct, number);
    assert_ok(fixture_run(&fixture, &correct.command)); /* nothing is given */
    assert_int_equal(fixture_event_count(&fixture), 0);
    correct.contact.name = TEXT("Robert");
    correct.contact.shipping_address = TEXT("{\"country\":\"US\"}");
    assert_ok(fixture_run(&fixture, &correct.command));
    const struct event_order_corrected *corrected =
        fixture_event(&fixture, 0, EVENT_ORDER_CORRECTED);
    assert_int_equal(corrected->order, number);
    assert_int_equal(corrected->contact, contact);
    assert_int_equal(corrected->fields, CORRECTED_CONTACT | CORRECTED_SHIPPING);
    assert_int_equal(fixture.decision.contact_count, 1);
    assert_int_equal(fixture.decision.contacts[0].number, contact);
    assert_null(fixture.decision.contacts[0].email.data);
    correct.cart = shopping_cart(9);
    assert_err(shopping_refused(&fixture, &correct.command), ERR_ORDER_UNKNOWN);
    correct.cart = 0;
    assert_ok(shopping_order(&fixture, &command_order_confirm, number));
    assert_ok(fixture_run(&fixture, &correct.command));
    assert_ok(shopping_order(&fixture, &command_order_ship, number));
    assert_err(shopping_refused(&fixture, &correct.command), ERR_ORDER_TRANSITION);
    uint64_t other = shopping_buy(&fixture, shopping_cart(2), product, 1);
    assert_ok(shopping_order(&fixture, &command_order_erase, other));
    correct.order = other;
    assert_err(shopping_refused(&fixture, &correct.command), ERR_ORDER_CONTACT);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_corrected_until_it_leaves),
        TEST(confirming_is_one_event_and_one_move),
        cmocka_unit_test(what_no_arrow_allows_is_refused_and_changes_nothing),
        TEST(an_order_of_another_cart_is_unknown),
        TEST(cancelling_returns_stock_once),
        TEST(texts_of_one_letter_are_kept),
        TEST(cancelling_a_part_gives_back_from_the_last_place_and_its_share_of_the_discount),
        TEST(a_share_of_a_discount_does_not_depend_on_the_way),
        TEST(cancelling_the_last_pieces_cancels_the_order),
        TEST(a_line_named_twice_is_cancelled_by_the_sum),
        TEST(more_than_is_left_is_not_cancelled),
        TEST(cancelled_stock_can_be_sold_again),
        TEST(shipping_takes_the_pieces_from_the_places_that_hold_them),
        TEST(a_shipment_is_kept_with_its_lines_and_texts),
        TEST(pieces_of_one_place_are_one_shipment),
        TEST(part_of_a_part_can_be_shipped),
        TEST(a_line_ships_no_more_than_its_own_pieces),
        TEST(cancelling_again_skips_the_place_that_holds_nothing_more),
        TEST(a_place_ships_only_what_lies_there),
        TEST(an_order_partly_shipped_is_not_cancelled),
        TEST(only_what_cancelling_left_is_shipped),
        TEST(an_order_has_a_limit_of_shipments),
        TEST(the_last_parcel_delivered_makes_it_delivered),
        TEST(pieces_still_in_the_house_keep_an_order_shipped),
        TEST(a_single_piece_still_in_the_house_counts),
        TEST(all_parcels_are_delivered_at_once),
        TEST(looking_changes_nothing),
        TEST(a_sleeping_order_is_woken_for_every_command),
        TEST(erasing_an_order_forgets_its_contact_alone),
        TEST(a_history_is_newest_first_and_comes_in_pages),
        TEST(a_history_tells_where_the_tables_go_on),
        TEST(orders_from_the_tables_are_brought_up_to_date),
        TEST(the_history_of_nobody_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
