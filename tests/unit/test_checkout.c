/* Checkout: all or nothing, once per key, at today's price; the two traps that oversell. */
#include "lib/abort.h"
#include "lib/shopping.h"
#include "test.h"

#include <string.h>

/* A laptop at 999.99 (5 on hand), a book at 49.99 (20), a T-shirt at 19.99 (100), all in `main`. */
struct shelf {
    struct fixture fixture;
    uint32_t laptop;
    uint32_t book;
    uint32_t shirt;
    uint64_t cart;
};

static int open_shelf(void **state)
{
    static struct shelf shelf;
    fixture_open(&shelf.fixture);
    shelf.laptop = fixture_product(&shelf.fixture, "LAP-1", 99999, 1);
    shelf.book = fixture_product(&shelf.fixture, "BOOK-1", 4999, 2);
    shelf.shirt = fixture_product(&shelf.fixture, "SHIRT-1", 1999, 3);
    fixture_stock(&shelf.fixture, shelf.laptop, FIXTURE_MAIN, 5);
    fixture_stock(&shelf.fixture, shelf.book, FIXTURE_MAIN, 20);
    fixture_stock(&shelf.fixture, shelf.shirt, FIXTURE_MAIN, 100);
    shelf.cart = shopping_cart(1);
    *state = &shelf;
    return 0;
}

static int close_shelf(void **state)
{
    fixture_close(&((struct shelf *)*state)->fixture);
    return 0;
}

static void set_bulk(struct fixture *fixture)
{
    struct pricing_rule bulk = {.strategy = "bulk", .min_quantity = 5, .basis_points = 1000};
    shopping_rules(fixture, PRICING_BEST, &bulk, 1);
}

static void a_checkout_is_one_event_that_says_it_all(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->laptop, 1));
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 2));
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    command.expected_total_minor = 109997;
    command.expected_currency = money_currency("USD");
    assert_ok(fixture_run(fixture, &command.command));

    assert_int_equal(fixture_event_count(fixture), 1);
    const struct event_order_placed *placed = fixture_event(fixture, 0, EVENT_ORDER_PLACED);
    assert_int_equal(placed->order, 1);
    assert_int_equal(placed->cart, shelf->cart);
    assert_int_equal(placed->contact, fixture->shop.last_contact);
    assert_int_equal(placed->previous, 0);
    assert_int_equal(placed->customer, 0);
    assert_int_equal(placed->body_hash, 4711);
    assert_int_equal(placed->key[0], 7);
    assert_int_equal(placed->key[15], 7);
    assert_int_equal(placed->currency, money_currency("USD"));
    assert_int_equal(placed->pricing_version, 1);
    assert_int_equal(placed->actor, ACTOR_GUEST);
    assert_int_equal(placed->totals.subtotal_minor, 109997);
    assert_int_equal(placed->totals.discount_minor, 0);
    assert_int_equal(placed->totals.shipping_minor, 0);
    assert_int_equal(placed->totals.tax_minor, 0);
    assert_int_equal(placed->totals.total_minor, 109997);
    assert_int_equal(placed->line_count, 2);
    assert_int_equal(placed->part_count, 2);
    const struct event_order_line *lines = event_order_lines(placed);
    assert_int_equal(lines[0].product, shelf->laptop);
    assert_int_equal(lines[0].quantity, 1);
    assert_int_equal(lines[0].unit_price_minor, 99999);
    assert_int_equal(lines[0].discount_minor, 0);
    assert_int_equal(lines[0].rule_mask, 0);
    assert_int_equal(lines[1].product, shelf->book);
    assert_int_equal(lines[1].quantity, 2);
    const struct event_order_part *parts = event_order_parts(placed);
    assert_int_equal(parts[0].line, 0);
    assert_int_equal(parts[0].quantity, 1);
    assert_int_equal(parts[0].location, FIXTURE_MAIN);
    assert_int_equal(parts[0].on_hand, 5);
    assert_int_equal(parts[0].reserved, 1);
    assert_int_equal(parts[1].line, 1);
    assert_int_equal(parts[1].on_hand, 20);
    assert_int_equal(parts[1].reserved, 2);
}

static void the_order_in_memory_is_what_the_event_says(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 2));
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    command.command.actor = ACTOR_OPERATOR;
    assert_ok(fixture_run(fixture, &command.command));
    const struct order *order = shopping_find(fixture, 1);
    assert_int_equal(order->number, 1);
    assert_int_equal(order->cart, shelf->cart);
    assert_int_equal(order->contact, fixture->shop.last_contact);
    assert_int_equal(order->created_ms, FIXTURE_START_MS);
    assert_int_equal(order->last_event, fixture->shop.last_event);
    assert_memory_equal(order->key, command.key, sizeof(command.key));
    assert_int_equal(order->body_hash, 4711);
    assert_int_equal(order->currency, money_currency("USD"));
    assert_int_equal(order->pricing_version, 1);
    assert_int_equal(order->state, ORDER_PENDING);
    assert_int_equal(order->placed_by, ACTOR_OPERATOR);
    assert_int_equal(order->totals.total_minor, 9998);
    assert_int_equal(order->totals_ordered.total_minor, 9998);
    assert_int_equal(order->lines[0].product, shelf->book);
    assert_int_equal(order->lines[0].quantity, 2);
    assert_int_equal(order->lines[0].quantity_ordered, 2);
    assert_int_equal(order->lines[0].unit_price_minor, 4999);
    assert_int_equal(order->parts[0].location, FIXTURE_MAIN);
    assert_int_equal(order->parts[0].reserved, 2);
    assert_int_equal(order->parts[0].reserved_ordered, 2);
    assert_int_equal(shop_key_find(&fixture->shop, command.key), 1);
}

static void the_answer_is_the_order_as_placed(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    set_bulk(fixture);
    assert_ok(shopping_add(fixture, shelf->cart, shelf->shirt, 5));
    struct checkout_command command = shopping_checkout_command(shelf->cart, 1);
    assert_ok(fixture_run(fixture, &command.command));

    assert_false(command.is_replay);
    assert_int_equal(command.order_number, 1);
    assert_int_equal(command.order->number, 1);
    assert_int_equal(command.order->state, ORDER_PENDING);
    assert_int_equal(command.order->created_ms, FIXTURE_START_MS);
    assert_int_equal(command.order->totals.subtotal_minor, 9995);
    assert_int_equal(command.order->totals.discount_minor, 1000);
    assert_int_equal(command.order->totals.total_minor, 8995);
    assert_int_equal(command.order->lines[0].discount_minor, 1000);
    assert_int_equal(command.order->lines[0].rule_mask, 1);
    assert_int_equal(command.order->pricing_version, 2);
    assert_int_equal(command.pricing->version, 2);
    assert_string_equal(command.pricing->rules[0].strategy, "bulk");
    order_check(command.order);
    assert_ptr_not_equal(command.order, shopping_find(fixture, 1));
}

static void a_bought_cart_is_empty_and_can_be_used_again(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_int_equal(shopping_buy(fixture, shelf->cart, shelf->book, 2), 1);
    const struct cart *cart = cart_find(&fixture->shop.carts, shelf->cart);
    assert_int_equal(cart->line_count, 0);
    assert_int_equal(cart->last_order, 1);
    assert_stock(fixture, shelf->book, FIXTURE_MAIN, 20, 2);
    assert_int_equal(stock_find(&fixture->shop.stock, shelf->book, FIXTURE_MAIN)->sold, 2);

    assert_int_equal(shopping_buy(fixture, shelf->cart, shelf->book, 3), 2);
    assert_stock(fixture, shelf->book, FIXTURE_MAIN, 20, 5);
    assert_int_equal(shopping_find(fixture, 2)->previous, 1);
    assert_int_equal(cart->last_order, 2);
}

/* Trap 1 of the rules: many shops return the stock of a cart when it is emptied after the purchase.
 */
static void clearing_the_bought_cart_gives_no_stock_back(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_int_equal(shopping_buy(fixture, shelf->cart, shelf->laptop, 5), 1);
    assert_int_equal(cart_find(&fixture->shop.carts, shelf->cart)->line_count, 0);
    assert_stock(fixture, shelf->laptop, FIXTURE_MAIN, 5, 5);
    assert_int_equal(stock_available(&fixture->shop.stock, shelf->laptop), 0);
    assert_err(shopping_add(fixture, shopping_cart(2), shelf->laptop, 1), ERR_OUT_OF_STOCK);
}

/* Nor does taking lines out of a cart that was never bought: it took nothing. */
static void a_cart_takes_nothing_and_gives_nothing_back(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->laptop, 5));
    assert_stock(fixture, shelf->laptop, FIXTURE_MAIN, 5, 0);
    assert_ok(shopping_set(fixture, shelf->cart, shelf->laptop, 0));
    assert_stock(fixture, shelf->laptop, FIXTURE_MAIN, 5, 0);
}

/* Trap 2: when the last line is short, many shops give back all lines, those never reserved too. */
static void a_later_short_line_gives_back_nothing_that_was_never_reserved(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 2));
    assert_ok(shopping_add(fixture, shelf->cart, shelf->shirt, 3));
    assert_ok(shopping_add(fixture, shelf->cart, shelf->laptop, 4));
    shopping_buy(fixture, shopping_cart(2), shelf->book, 1);
    shopping_buy(fixture, shopping_cart(2), shelf->laptop, 2);

    struct checkout_command command = shopping_checkout_command(shelf->cart, 9);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_OUT_OF_STOCK, 2, 3);
    assert_stock(fixture, shelf->book, FIXTURE_MAIN, 20, 1);
    assert_stock(fixture, shelf->shirt, FIXTURE_MAIN, 100, 0);
    assert_stock(fixture, shelf->laptop, FIXTURE_MAIN, 5, 2);
    assert_int_equal(cart_find(&fixture->shop.carts, shelf->cart)->line_count, 3);
    assert_int_equal(fixture->shop.orders.last_number, 2);
}

static void every_short_line_is_named(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->laptop, 5));
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 20));
    assert_ok(shopping_add(fixture, shelf->cart, shelf->shirt, 100));
    shopping_buy(fixture, shopping_cart(2), shelf->laptop, 1);
    shopping_buy(fixture, shopping_cart(2), shelf->shirt, 100);

    struct checkout_command command = shopping_checkout_command(shelf->cart, 9);
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_OUT_OF_STOCK);
    assert_int_equal(command.shortage_count, 2);
    assert_int_equal(command.shortages[0].line, 0);
    assert_int_equal(command.shortages[0].product, shelf->laptop);
    assert_int_equal(command.shortages[0].wanted, 5);
    assert_int_equal(command.shortages[0].available, 4);
    assert_int_equal(command.shortages[1].line, 2);
    assert_int_equal(command.shortages[1].product, shelf->shirt);
    assert_int_equal(command.shortages[1].wanted, 100);
    assert_int_equal(command.shortages[1].available, 0);
    /* Decided again (as after waking something up) it names them once. */
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_OUT_OF_STOCK);
    assert_int_equal(command.shortage_count, 2);
}

static void the_last_piece_is_sold_once(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    uint32_t sold = 0;
    for (uint32_t i = 0; i < 8; i++)
        assert_ok(shopping_add(fixture, shopping_cart(10 + i), shelf->laptop, 1));
    for (uint32_t i = 0; i < 8; i++) {
        struct checkout_command command =
            shopping_checkout_command(shopping_cart(10 + i), (uint8_t)(10 + i));
        struct err err = fixture_run(fixture, &command.command);
        sold += err.code == ERR_NONE ? 1 : 0;
        assert_int_equal(err.code, i < 5 ? ERR_NONE : ERR_OUT_OF_STOCK);
    }
    assert_int_equal(sold, 5);
    assert_stock(fixture, shelf->laptop, FIXTURE_MAIN, 5, 5);
}

static void the_same_key_gives_the_same_answer(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 2));
    struct checkout_command first = shopping_checkout_command(shelf->cart, 7);
    assert_ok(fixture_run(fixture, &first.command));
    assert_ok(shopping_order(fixture, &command_order_confirm, 1));
    struct order_command cancel = shopping_order_command(&command_order_cancel, 1);
    cancel.lines = &(struct order_part_request){0, 1};
    cancel.line_count = 1;
    assert_ok(fixture_run(fixture, &cancel.command));

    for (int i = 0; i < 2; i++) {
        struct checkout_command again = shopping_checkout_command(shelf->cart, 7);
        assert_ok(fixture_run(fixture, &again.command));
        assert_int_equal(fixture_event_count(fixture), 0);
        assert_int_equal(fixture->decision.contact_count, 0);
        assert_true(again.is_replay);
        assert_int_equal(again.order_number, 1);
        assert_int_equal(again.order->state, ORDER_PENDING);
        assert_int_equal(again.order->lines[0].quantity, 2);
        assert_int_equal(again.order->totals.total_minor, first.order->totals.total_minor);
        assert_int_equal(again.order->move_count, 0);
        assert_int_equal(again.pricing->version, 1);
        /* Also when the cart holds something again. */
        assert_ok(shopping_add(fixture, shelf->cart, shelf->shirt, 1));
    }
    assert_int_equal(fixture->shop.orders.last_number, 1);
    assert_int_equal(cart_find(&fixture->shop.carts, shelf->cart)->line_count, 1);
}

static void the_same_key_with_another_body_is_refused(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 2));
    struct checkout_command first = shopping_checkout_command(shelf->cart, 7);
    assert_ok(fixture_run(fixture, &first.command));
    struct checkout_command again = shopping_checkout_command(shelf->cart, 7);
    again.body_hash++;
    assert_int_equal(shopping_refused(fixture, &again.command).code, ERR_IDEMPOTENCY_REUSED);
    assert_null(again.order);
}

static void a_refusal_leaves_no_key(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->laptop, 5));
    uint64_t other = shopping_buy(fixture, shopping_cart(2), shelf->laptop, 1);
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_OUT_OF_STOCK);
    assert_int_equal(shop_key_find(&fixture->shop, command.key), 0);

    assert_ok(shopping_order(fixture, &command_order_cancel, other));
    command.body_hash++;
    assert_ok(fixture_run(fixture, &command.command));
    assert_false(command.is_replay);
    assert_int_equal(command.order->number, 2);
    assert_int_equal(command.shortage_count, 0);
}

static void a_price_that_changed_stops_the_checkout(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 2));
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    command.expected_currency = money_currency("USD");
    command.expected_total_minor = 9997;
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_PRICE_CHANGED, 0, 9998);
    command.expected_total_minor = 0;
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_PRICE_CHANGED);
    command.expected_total_minor = 9998;
    command.expected_currency = money_currency("EUR");
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_CURRENCY_MISMATCH);
    /* Without a total the currency says nothing; without a currency it is the shop's. */
    command.expected_currency = 0;
    assert_ok(fixture_run(fixture, &command.command));
}

static void a_changed_price_comes_before_a_short_line(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->laptop, 5));
    shopping_buy(fixture, shopping_cart(2), shelf->laptop, 1);
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    command.expected_total_minor = 1;
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_PRICE_CHANGED);
    assert_int_equal(command.shortage_count, 0);
}

static void an_archived_product_is_not_sold(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 2));
    assert_ok(shopping_add(fixture, shelf->cart, shelf->shirt, 2));
    shopping_archive(fixture, shelf->shirt);
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_PRODUCT_ARCHIVED, 1, 0);
    shopping_archive(fixture, shelf->book);
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_PRODUCT_ARCHIVED, 0, 0);
}

static void an_order_too_dear_for_the_books_is_refused(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    uint32_t island = fixture_product(fixture, "ISLAND", MONEY_PRICE_MAX, 4);
    fixture_stock(fixture, island, FIXTURE_MAIN, 20000);
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 1));
    assert_ok(shopping_add(fixture, shelf->cart, island, 9999));
    shopping_price(fixture, shelf->book, MONEY_PRICE_MAX);
    /* 10,000 x 10^11 is exactly the limit. */
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(command.order->totals.total_minor, MONEY_TOTAL_MAX);

    assert_ok(shopping_add(fixture, shelf->cart, island, 9999));
    assert_ok(shopping_add(fixture, shelf->cart, shelf->laptop, 2));
    shopping_price(fixture, shelf->laptop, MONEY_PRICE_MAX);
    command = shopping_checkout_command(shelf->cart, 8);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_AMOUNT_LIMIT, 1, 0);
}

static void a_cart_without_lines_asks_the_tables_for_its_key(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_ASLEEP, ASLEEP_CART_KEY, shelf->cart);
    assert_memory_equal(command.command.asleep_key, command.key, sizeof(command.key));

    command.command.loaded = (struct command_loaded){
        .what = ASLEEP_CART_KEY, .value = shelf->cart, .sweep = fixture->decision.sweep};
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_CART_EMPTY);
    /* What was read before a sweep, of another cart, or of another kind says nothing. */
    command.command.loaded.sweep++;
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_ASLEEP);
    command.command.loaded.sweep = fixture->decision.sweep;
    command.command.loaded.value++;
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_ASLEEP);
    command.command.loaded.value = shelf->cart;
    command.command.loaded.what = ASLEEP_ORDER;
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_ASLEEP);
}

static void an_emptied_cart_is_asked_about_too(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    shopping_buy(fixture, shelf->cart, shelf->book, 1);
    struct checkout_command command = shopping_checkout_command(shelf->cart, 99);
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_ASLEEP);
}

static void a_key_from_the_tables_gives_the_old_answer(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 2));
    struct checkout_command first = shopping_checkout_command(shelf->cart, 7);
    assert_ok(fixture_run(fixture, &first.command));
    assert_ok(shopping_order(fixture, &command_order_cancel, 1));
    struct order *image = order_copy(&fixture->arena, shopping_find(fixture, 1));
    shop_forget_order(&fixture->shop, 1);
    shop_keys_sweep(&fixture->shop, fixture->shop.last_event, FIXTURE_START_MS + KEY_LIFE_MS + 1);

    struct checkout_command again = shopping_checkout_command(shelf->cart, 7);
    assert_int_equal(shopping_refused(fixture, &again.command).code, ERR_ASLEEP);
    again.command.loaded = (struct command_loaded){.what = ASLEEP_CART_KEY,
                                                   .value = shelf->cart,
                                                   .sweep = fixture->decision.sweep,
                                                   .order = image};
    again.body_hash++;
    assert_int_equal(shopping_refused(fixture, &again.command).code, ERR_IDEMPOTENCY_REUSED);
    again.body_hash--;
    assert_ok(fixture_run(fixture, &again.command));
    assert_true(again.is_replay);
    assert_int_equal(again.order->number, 1);
    assert_int_equal(again.order->lines[0].quantity, 2);
    assert_int_equal(fixture_event_count(fixture), 0);
}

static void a_key_in_memory_whose_order_sleeps_wakes_it(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 2));
    struct checkout_command first = shopping_checkout_command(shelf->cart, 7);
    assert_ok(fixture_run(fixture, &first.command));
    struct order *image = order_copy(&fixture->arena, shopping_find(fixture, 1));
    shop_forget_order(&fixture->shop, 1);

    struct checkout_command again = shopping_checkout_command(shelf->cart, 7);
    struct err err = shopping_refused(fixture, &again.command);
    assert_err_at(err, ERR_ASLEEP, ASLEEP_ORDER, 1);
    again.command.loaded = (struct command_loaded){
        .what = ASLEEP_ORDER, .value = 1, .sweep = fixture->decision.sweep, .order = image};
    assert_ok(fixture_run(fixture, &again.command));
    assert_true(again.is_replay);
    assert_non_null(order_find(&fixture->shop.orders, 1));
}

static void the_contact_is_kept_apart_and_names_the_customer(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    uint32_t customer = fixture_customer(fixture, TIER_NONE);
    shopping_own(fixture, shelf->cart, customer);
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 1));
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    command.command.actor = ACTOR_CUSTOMER;
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture->decision.contact_count, 1);
    const struct contact *contact = &fixture->decision.contacts[0];
    assert_int_equal(contact->customer, customer);
    assert_true(text_equal(contact->email, TEXT("bob@example.com")));
    assert_int_equal(command.order->contact, contact->number);
    assert_int_equal(command.order->customer, customer);
    assert_int_equal(command.order->placed_by, ACTOR_CUSTOMER);
    assert_int_equal(fixture->shop.last_contact, contact->number);

    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 1));
    command = shopping_checkout_command(shelf->cart, 8);
    command.contact = (struct contact){0};
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(command.order->contact, 0);
    assert_int_equal(fixture->decision.contact_count, 0);
}

static void the_chain_of_orders_is_the_customers_or_the_carts(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    uint32_t customer = fixture_customer(fixture, TIER_NONE);
    assert_int_equal(shopping_buy(fixture, shelf->cart, shelf->book, 1), 1);
    assert_int_equal(shopping_buy(fixture, shopping_cart(2), shelf->book, 1), 2);
    shopping_own(fixture, shopping_cart(3), customer);
    shopping_own(fixture, shopping_cart(4), customer);
    assert_int_equal(shopping_buy(fixture, shopping_cart(3), shelf->book, 1), 3);
    assert_int_equal(shopping_buy(fixture, shelf->cart, shelf->book, 1), 4);
    assert_int_equal(shopping_buy(fixture, shopping_cart(4), shelf->book, 1), 5);
    assert_int_equal(shopping_find(fixture, 2)->previous, 0);
    assert_int_equal(shopping_find(fixture, 3)->previous, 0);
    assert_int_equal(shopping_find(fixture, 4)->previous, 1);
    assert_int_equal(shopping_find(fixture, 5)->previous, 3);
    assert_int_equal(customer_find(&fixture->shop.customers, customer)->last_order, 5);
}

static void members_pay_less_where_the_rule_says_so(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    struct pricing_rule rules[] = {
        {.strategy = "bulk", .min_quantity = 5, .basis_points = 1000},
        {.strategy = "membership", .basis_points = 1500},
    };
    shopping_rules(fixture, PRICING_BEST, rules, 2);
    shopping_own(fixture, shelf->cart, fixture_customer(fixture, TIER_MEMBER));
    assert_int_equal(shopping_buy(fixture, shelf->cart, shelf->shirt, 5), 1);
    const struct order *order = shopping_find(fixture, 1);
    /* 15 % of 99.95 is 14.9925, 14.99. */
    assert_int_equal(order->totals.discount_minor, 1499);
    assert_int_equal(order->totals.total_minor, 8496);
    assert_int_equal(order->lines[0].rule_mask, 2);
}

static void a_line_is_split_over_places_only_when_it_must(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    uint16_t north = fixture_location(fixture, "north", 1);
    fixture_stock(fixture, shelf->laptop, north, 4);
    assert_ok(shopping_add(fixture, shelf->cart, shelf->laptop, 7));
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    assert_ok(fixture_run(fixture, &command.command));
    const struct event_order_placed *placed = fixture_event(fixture, 0, EVENT_ORDER_PLACED);
    const struct event_order_part *parts = event_order_parts(placed);
    assert_int_equal(placed->part_count, 2);
    assert_int_equal(parts[0].line, 0);
    assert_int_equal(parts[1].line, 0);
    assert_int_equal(parts[0].location, FIXTURE_MAIN);
    assert_int_equal(parts[0].quantity, 5);
    assert_int_equal(parts[0].reserved, 5);
    assert_int_equal(parts[1].location, north);
    assert_int_equal(parts[1].quantity, 2);
    assert_int_equal(parts[1].on_hand, 4);
    assert_int_equal(parts[1].reserved, 2);
    assert_stock(fixture, shelf->laptop, FIXTURE_MAIN, 5, 5);
    assert_stock(fixture, shelf->laptop, north, 4, 2);
    assert_int_equal(command.order->part_count, 2);
}

static void the_largest_cart_can_be_bought(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    static struct cart_line lines[CART_LINES_MAX];
    fixture_location(fixture, "north", 1);
    uint32_t first = fixture_fill(fixture, CART_LINES_MAX, 100);
    for (uint32_t i = 0; i < CART_LINES_MAX; i++)
        lines[i] = (struct cart_line){first + i, 3};
    struct cart_command add = {
        .command = {.ops = &command_cart_add},
        .cart = shelf->cart,
        .lines = lines,
        .line_count = CART_LINES_MAX,
    };
    assert_ok(fixture_run(fixture, &add.command));
    struct checkout_command command = shopping_checkout_command(shelf->cart, 7);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(command.order->line_count, CART_LINES_MAX);
    assert_int_equal(command.order->part_count, 2 * CART_LINES_MAX);
    assert_int_equal(command.order->totals.total_minor, 300 * CART_LINES_MAX);
    assert_ok(shopping_order(fixture, &command_order_cancel, 1));
    assert_stock(fixture, lines[CART_LINES_MAX - 1].product, 2, 2, 0);
}

static void an_order_placed_after_the_clock_went_back_keeps_time(void **state)
{
    struct shelf *shelf = *state;
    struct fixture *fixture = &shelf->fixture;
    fixture->decision.now_ms = FIXTURE_START_MS + 1000;
    assert_ok(shopping_add(fixture, shelf->cart, shelf->book, 1));
    fixture->decision.now_ms = FIXTURE_START_MS;
    assert_int_equal(shopping_checkout(fixture, shelf->cart, 7), 1);
    assert_int_equal(shopping_find(fixture, 1)->created_ms, FIXTURE_START_MS + 1000);
}

static void a_checkout_of_no_cart_is_a_bug(void **state)
{
    struct shelf *shelf = *state;
    struct checkout_command command = shopping_checkout_command(0, 7);
    assert_aborts((void)fixture_run(&shelf->fixture, &command.command).code);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shelf, close_shelf)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_checkout_is_one_event_that_says_it_all),
        TEST(the_order_in_memory_is_what_the_event_says),
        TEST(the_answer_is_the_order_as_placed),
        TEST(a_bought_cart_is_empty_and_can_be_used_again),
        TEST(clearing_the_bought_cart_gives_no_stock_back),
        TEST(a_cart_takes_nothing_and_gives_nothing_back),
        TEST(a_later_short_line_gives_back_nothing_that_was_never_reserved),
        TEST(every_short_line_is_named),
        TEST(the_last_piece_is_sold_once),
        TEST(the_same_key_gives_the_same_answer),
        TEST(the_same_key_with_another_body_is_refused),
        TEST(a_refusal_leaves_no_key),
        TEST(a_price_that_changed_stops_the_checkout),
        TEST(a_changed_price_comes_before_a_short_line),
        TEST(an_archived_product_is_not_sold),
        TEST(an_order_too_dear_for_the_books_is_refused),
        TEST(a_cart_without_lines_asks_the_tables_for_its_key),
        TEST(an_emptied_cart_is_asked_about_too),
        TEST(a_key_from_the_tables_gives_the_old_answer),
        TEST(a_key_in_memory_whose_order_sleeps_wakes_it),
        TEST(the_contact_is_kept_apart_and_names_the_customer),
        TEST(the_chain_of_orders_is_the_customers_or_the_carts),
        TEST(members_pay_less_where_the_rule_says_so),
        TEST(a_line_is_split_over_places_only_when_it_must),
        TEST(the_largest_cart_can_be_bought),
        TEST(an_order_placed_after_the_clock_went_back_keeps_time),
        TEST(a_checkout_of_no_cart_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
