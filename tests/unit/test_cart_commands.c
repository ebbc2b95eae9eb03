/* The cart commands: lines merge, limits hold, nothing is taken from the stock; refusals change
 * nothing. */
#include "lib/abort.h"
#include "lib/shopping.h"
#include "test.h"

#include <string.h>

/* A laptop at 999.99 (5 on hand), a book at 49.99 (20 in `main`, 10 in `north`). */
struct aisle {
    struct fixture fixture;
    uint32_t laptop;
    uint32_t book;
    uint64_t cart;
};

static int open_aisle(void **state)
{
    static struct aisle aisle;
    struct fixture *fixture = &aisle.fixture;
    fixture_open(fixture);
    uint16_t north = fixture_location(fixture, "north", 10);
    aisle.laptop = fixture_product(fixture, "LAP-1", 99999, 1);
    aisle.book = fixture_product(fixture, "BOOK-1", 4999, 2);
    fixture_stock(fixture, aisle.laptop, FIXTURE_MAIN, 5);
    fixture_stock(fixture, aisle.book, FIXTURE_MAIN, 20);
    fixture_stock(fixture, aisle.book, north, 10);
    aisle.cart = shopping_cart(1);
    *state = &aisle;
    return 0;
}

static int close_aisle(void **state)
{
    fixture_close(&((struct aisle *)*state)->fixture);
    return 0;
}

static struct cart_command cart_command(const struct command_ops *ops, uint64_t cart,
                                        const struct cart_line *lines, uint32_t line_count)
{
    return (struct cart_command){
        .command = {.ops = ops, .actor = ACTOR_GUEST},
        .cart = cart,
        .lines = lines,
        .line_count = line_count,
    };
}

static const struct cart *the_cart(const struct aisle *aisle)
{
    const struct cart *cart = cart_find(&aisle->fixture.shop.carts, aisle->cart);
    assert_non_null(cart);
    return cart;
}

static void adding_is_one_event_with_the_quantities_afterwards(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    struct cart_line lines[] = {{aisle->book, 2}, {aisle->laptop, 1}};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, lines, 2);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 1);
    const struct event_cart_changed *changed = fixture_event(fixture, 0, EVENT_CART_CHANGED);
    assert_int_equal(changed->cart, aisle->cart);
    assert_int_equal(changed->contact, 0);
    assert_int_equal(changed->customer, 0);
    assert_int_equal(changed->line_count, 2);
    assert_int_equal(event_cart_lines(changed)[0].product, aisle->book);
    assert_int_equal(event_cart_lines(changed)[0].quantity, 2);
    assert_int_equal(event_cart_lines(changed)[1].product, aisle->laptop);

    fixture->decision.now_ms += 500;
    lines[0].quantity = 3;
    command = cart_command(&command_cart_add, aisle->cart, lines, 1);
    assert_ok(fixture_run(fixture, &command.command));
    changed = fixture_event(fixture, 0, EVENT_CART_CHANGED);
    assert_int_equal(changed->line_count, 1);
    assert_int_equal(event_cart_lines(changed)[0].quantity, 5);
    assert_int_equal(the_cart(aisle)->line_count, 2);
    assert_int_equal(the_cart(aisle)->touched_ms, FIXTURE_START_MS + 500);
    assert_stock(fixture, aisle->book, FIXTURE_MAIN, 20, 0);
}

static void the_answer_is_the_cart_afterwards_priced(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    assert_ok(shopping_add(fixture, aisle->cart, aisle->laptop, 1));
    fixture->decision.now_ms += 500;
    struct cart_line line = {aisle->book, 2};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, &line, 1);
    assert_ok(fixture_run(fixture, &command.command));
    const struct quote *quote = command.quote;
    assert_int_equal(quote->cart, aisle->cart);
    assert_int_equal(quote->line_count, 2);
    assert_int_equal(quote->lines[0].product, aisle->laptop);
    assert_int_equal(quote->lines[1].quantity, 2);
    assert_int_equal(quote->lines[1].available, 30);
    assert_int_equal(quote->totals.total_minor, 109997);
    assert_int_equal(quote->touched_ms, FIXTURE_START_MS + 500);
    assert_int_equal(quote->expires_ms, FIXTURE_START_MS + 500 + CART_LIFE_MS);
}

static void the_same_product_twice_in_a_request_merges(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    struct cart_line lines[] = {{aisle->book, 2}, {aisle->book, 3}};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, lines, 2);
    assert_ok(fixture_run(fixture, &command.command));
    const struct event_cart_changed *changed = fixture_event(fixture, 0, EVENT_CART_CHANGED);
    assert_int_equal(changed->line_count, 1);
    assert_int_equal(event_cart_lines(changed)[0].quantity, 5);
    assert_int_equal(command.quote->lines[0].quantity, 5);
    /* Of two settings the later one holds. */
    command = cart_command(&command_cart_set, aisle->cart, lines, 2);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(the_cart(aisle)->lines[0].quantity, 3);
}

static void more_than_is_available_is_not_added(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    assert_ok(shopping_add(fixture, aisle->cart, aisle->laptop, 3));
    struct cart_line lines[] = {{aisle->book, 31}, {aisle->laptop, 3}, {aisle->book, 1}};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, lines, 2);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_OUT_OF_STOCK, 0, 30);
    assert_int_equal(command.shortage_count, 2);
    assert_int_equal(command.shortages[0].line, 0);
    assert_int_equal(command.shortages[0].product, aisle->book);
    assert_int_equal(command.shortages[0].wanted, 31);
    assert_int_equal(command.shortages[0].available, 30);
    assert_int_equal(command.shortages[1].line, 1);
    assert_int_equal(command.shortages[1].wanted, 6);
    assert_int_equal(command.shortages[1].available, 5);
    assert_null(command.quote);

    lines[0].quantity = 30;
    lines[1].quantity = 2;
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(command.shortage_count, 0);
    command = cart_command(&command_cart_add, aisle->cart, &lines[2], 1);
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_OUT_OF_STOCK, 0, 30);
    assert_int_equal(command.shortages[0].wanted, 31);
}

static void a_new_cart_that_is_refused_is_not_kept(void **state)
{
    struct aisle *aisle = *state;
    struct cart_line line = {aisle->laptop, 6};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, &line, 1);
    assert_int_equal(shopping_refused(&aisle->fixture, &command.command).code, ERR_OUT_OF_STOCK);
    assert_null(cart_find(&aisle->fixture.shop.carts, aisle->cart));
}

static void bad_lines_are_refused_by_their_position(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    struct cart_line lines[] = {{aisle->book, 1}, {3, 1}};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, lines, 2);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_PRODUCT_UNKNOWN, 1, 0);

    lines[1] = (struct cart_line){aisle->laptop, 0};
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_QUANTITY_ZERO, 1, 0);

    lines[1] = (struct cart_line){aisle->laptop, CART_QUANTITY_MAX + 1};
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_QUANTITY_LIMIT, 1, CART_QUANTITY_MAX);

    shopping_archive(fixture, aisle->laptop);
    lines[1].quantity = 1;
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_PRODUCT_ARCHIVED, 1, 0);
}

static void the_quantity_limit_counts_what_is_in_the_cart(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    fixture_stock(fixture, aisle->book, FIXTURE_MAIN, 2 * CART_QUANTITY_MAX);
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, CART_QUANTITY_MAX - 1));
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 1));
    struct cart_line line = {aisle->book, 1};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, &line, 1);
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_QUANTITY_LIMIT);
    /* A sum beyond 32 bits is no small number. */
    line.quantity = UINT32_MAX;
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_QUANTITY_LIMIT);
    command = cart_command(&command_cart_set, aisle->cart, &line, 1);
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_QUANTITY_LIMIT);
}

static void a_cart_has_a_limit_of_lines(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    static struct cart_line lines[CART_LINES_MAX + 1];
    uint32_t first = fixture_fill(fixture, countof(lines), 1);
    for (uint32_t i = 0; i < countof(lines); i++)
        lines[i] = (struct cart_line){first + i, 1};
    struct cart_command command =
        cart_command(&command_cart_add, aisle->cart, lines, CART_LINES_MAX + 1);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_CART_LINES_LIMIT, 0, CART_LINES_MAX);
    assert_int_equal(command_cart_add.cost(&command.command), CART_LINES_MAX + 1);

    command.line_count = CART_LINES_MAX;
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(command.quote->line_count, CART_LINES_MAX);
    command = cart_command(&command_cart_add, aisle->cart, &lines[CART_LINES_MAX], 1);
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_CART_LINES_LIMIT);
    /* One out, another in, in the same request. */
    struct cart_line swap[] = {lines[CART_LINES_MAX], {lines[0].product, 0}};
    command = cart_command(&command_cart_set, aisle->cart, swap, 2);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(the_cart(aisle)->line_count, CART_LINES_MAX);
}

static void setting_replaces_and_0_takes_out(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    assert_ok(shopping_set(fixture, aisle->cart, aisle->book, 4));
    assert_ok(shopping_set(fixture, aisle->cart, aisle->laptop, 2));
    assert_ok(shopping_set(fixture, aisle->cart, aisle->book, 3));
    assert_int_equal(the_cart(aisle)->lines[0].quantity, 3);

    struct cart_line line = {aisle->book, 0};
    struct cart_command command = cart_command(&command_cart_set, aisle->cart, &line, 1);
    assert_ok(fixture_run(fixture, &command.command));
    const struct event_cart_changed *changed = fixture_event(fixture, 0, EVENT_CART_CHANGED);
    assert_int_equal(changed->line_count, 1);
    assert_int_equal(event_cart_lines(changed)[0].product, aisle->book);
    assert_int_equal(event_cart_lines(changed)[0].quantity, 0);
    assert_int_equal(command.quote->line_count, 1);
    assert_int_equal(command.quote->lines[0].product, aisle->laptop);
    assert_int_equal(command.quote->totals.total_minor, 199998);
    assert_int_equal(the_cart(aisle)->line_count, 1);

    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_CART_LINE_UNKNOWN, 0, 0);
}

static void an_emptied_guest_cart_is_forgotten(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 1));
    assert_ok(shopping_set(fixture, aisle->cart, aisle->book, 0));
    assert_null(cart_find(&fixture->shop.carts, aisle->cart));
    struct cart_command view = cart_command(&command_cart_view, aisle->cart, NULL, 0);
    assert_ok(fixture_run(fixture, &view.command));
    assert_int_equal(view.quote->cart, aisle->cart);
    assert_int_equal(view.quote->line_count, 0);
    assert_int_equal(view.quote->expires_ms, 0);
}

static void an_emptied_cart_remembers_what_was_bought_with_it(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    assert_int_equal(shopping_buy(fixture, aisle->cart, aisle->book, 1), 1);
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 1));
    assert_ok(shopping_set(fixture, aisle->cart, aisle->book, 0));
    assert_int_equal(the_cart(aisle)->last_order, 1);
}

static void a_setting_that_changes_nothing_writes_nothing(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 4));
    fixture->decision.now_ms += 500;
    struct cart_line line = {aisle->book, 4};
    struct cart_command command = cart_command(&command_cart_set, aisle->cart, &line, 1);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 0);
    assert_int_equal(command.quote->touched_ms, FIXTURE_START_MS);
    assert_int_equal(the_cart(aisle)->touched_ms, FIXTURE_START_MS);
    /* Out and in again at once is nothing, too. */
    struct cart_line lines[] = {{aisle->book, 0}, {aisle->book, 4}};
    command = cart_command(&command_cart_set, aisle->cart, lines, 2);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 0);
    /* So is in and out. */
    struct cart_line visit[] = {{aisle->laptop, 1}, {aisle->laptop, 0}};
    command = cart_command(&command_cart_set, aisle->cart, visit, 2);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(fixture_event_count(fixture), 0);
    assert_int_equal(command.quote->line_count, 1);
}

static void less_is_always_allowed(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    assert_ok(shopping_add(fixture, aisle->cart, aisle->laptop, 5));
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 2));
    fixture_stock(fixture, aisle->laptop, FIXTURE_MAIN, -4);
    shopping_archive(fixture, aisle->book);
    assert_ok(shopping_set(fixture, aisle->cart, aisle->laptop, 4));
    assert_ok(shopping_set(fixture, aisle->cart, aisle->book, 1));

    struct cart_line line = {aisle->laptop, 5};
    struct cart_command command = cart_command(&command_cart_set, aisle->cart, &line, 1);
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_OUT_OF_STOCK);
    line = (struct cart_line){aisle->book, 2};
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_PRODUCT_ARCHIVED);
    assert_ok(shopping_set(fixture, aisle->cart, aisle->book, 0));
    assert_ok(shopping_set(fixture, aisle->cart, aisle->laptop, 0));
}

static void a_cart_too_dear_for_the_books_is_refused(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    uint32_t island = fixture_product(fixture, "ISLAND", MONEY_PRICE_MAX, 4);
    fixture_stock(fixture, island, FIXTURE_MAIN, 20000);
    struct cart_line lines[] = {{aisle->book, 1}, {island, 10001}};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, lines, 2);
    struct err err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_AMOUNT_LIMIT, 1, 0);
    /* Exactly the limit, but for the book before it. */
    lines[1].quantity = 10000;
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_AMOUNT_LIMIT, 1, 0);
    lines[1].quantity = 9999;
    assert_ok(fixture_run(fixture, &command.command));
    /* The line that leaves the limit need not be the one that was asked for. */
    fixture_stock(fixture, aisle->book, FIXTURE_MAIN, CART_QUANTITY_MAX);
    shopping_price(fixture, aisle->book, MONEY_PRICE_MAX / 2);
    lines[0].quantity = 2;
    command = cart_command(&command_cart_add, aisle->cart, lines, 1);
    err = shopping_refused(fixture, &command.command);
    assert_err_at(err, ERR_AMOUNT_LIMIT, 0, 0);
    struct cart_line only_island = {island, 10000};
    command = cart_command(&command_cart_set, aisle->cart, &only_island, 1);
    assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_AMOUNT_LIMIT);
}

static void looking_at_a_cart_changes_nothing(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 4));
    uint64_t before = fixture_digest(&fixture->shop);
    struct cart_command view = cart_command(&command_cart_view, aisle->cart, NULL, 0);
    fixture->decision.now_ms += 500;
    assert_ok(fixture_run(fixture, &view.command));
    assert_int_equal(fixture_event_count(fixture), 0);
    assert_true(fixture_digest(&fixture->shop) == before);
    assert_int_equal(view.quote->totals.total_minor, 19996);
    assert_int_equal(view.quote->expires_ms, FIXTURE_START_MS + CART_LIFE_MS);
}

static void the_country_is_where_a_regional_rule_looks(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    struct pricing_rule rule = {.strategy = "regional", .basis_points = 1000, .country = "DE"};
    shopping_rules(fixture, PRICING_BEST, &rule, 1);
    struct cart_line line = {aisle->book, 2};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, &line, 1);
    memcpy(command.country, "DE", 2);
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(command.quote->totals.discount_minor, 1000);
    struct cart_command view = cart_command(&command_cart_view, aisle->cart, NULL, 0);
    assert_ok(fixture_run(fixture, &view.command));
    assert_int_equal(view.quote->totals.discount_minor, 0);
    memcpy(view.country, "DE", 2);
    assert_ok(fixture_run(fixture, &view.command));
    assert_int_equal(view.quote->totals.discount_minor, 1000);
    view = cart_command(&command_cart_open, aisle->cart, NULL, 0);
    memcpy(view.country, "DE", 2);
    assert_ok(fixture_run(fixture, &view.command));
    assert_int_equal(view.quote->totals.discount_minor, 1000);
}

static void a_cart_of_another_customer_is_closed_to_me(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    uint32_t mine = fixture_customer(fixture, TIER_NONE);
    uint32_t other = fixture_customer(fixture, TIER_NONE);
    shopping_own(fixture, aisle->cart, mine);
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 1));
    struct cart_line line = {aisle->book, 1};
    static const struct command_ops *const ops[] = {&command_cart_add, &command_cart_set,
                                                    &command_cart_view, &command_cart_open};
    for (uint32_t i = 0; i < countof(ops); i++) {
        struct cart_command command = cart_command(ops[i], aisle->cart, &line, 1);
        command.customer = other;
        assert_int_equal(shopping_refused(fixture, &command.command).code, ERR_CART_OWNED);
        command.customer = mine;
        assert_ok(fixture_run(fixture, &command.command));
        command.customer = 0; /* whoever has the token */
        assert_ok(fixture_run(fixture, &command.command));
    }
    assert_int_equal(the_cart(aisle)->customer, mine);
}

static void anybody_may_use_a_guests_cart_but_only_opening_takes_it(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    uint32_t customer = fixture_customer(fixture, TIER_NONE);
    struct cart_line line = {aisle->book, 1};
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, &line, 1);
    command.customer = customer;
    assert_ok(fixture_run(fixture, &command.command));
    assert_int_equal(the_cart(aisle)->customer, 0);
}

static void opening_a_cart_without_contact_and_owner_writes_nothing(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    struct cart_command open = cart_command(&command_cart_open, aisle->cart, NULL, 0);
    assert_ok(fixture_run(fixture, &open.command));
    assert_int_equal(fixture_event_count(fixture), 0);
    assert_null(cart_find(&fixture->shop.carts, aisle->cart));
    assert_int_equal(open.quote->cart, aisle->cart);
    assert_int_equal(open.quote->line_count, 0);
    assert_int_equal(open.quote->currency, money_currency("USD"));
    assert_int_equal(open.quote->touched_ms, 0);
    assert_int_equal(command_cart_add.cost(&open.command), 1);
}

static void opening_gives_a_cart_its_owner(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    uint32_t customer = fixture_customer(fixture, TIER_MEMBER);
    struct cart_command open = cart_command(&command_cart_open, aisle->cart, NULL, 0);
    open.customer = customer;
    assert_ok(fixture_run(fixture, &open.command));
    const struct event_cart_changed *changed = fixture_event(fixture, 0, EVENT_CART_CHANGED);
    assert_int_equal(fixture_event_count(fixture), 1);
    assert_int_equal(changed->customer, customer);
    assert_int_equal(changed->line_count, 0);
    assert_int_equal(changed->contact, 0);
    assert_int_equal(open.quote->customer, customer);
    assert_int_equal(open.quote->touched_ms, FIXTURE_START_MS);
    assert_int_equal(open.quote->expires_ms, 0);
    assert_int_equal(the_cart(aisle)->customer, customer);
    assert_ok(fixture_run(fixture, &open.command));
    assert_int_equal(fixture_event_count(fixture), 0);
    /* It stays the customer's when emptied. */
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 1));
    assert_ok(shopping_set(fixture, aisle->cart, aisle->book, 0));
    assert_int_equal(the_cart(aisle)->customer, customer);

    open.customer = customer + 1;
    assert_int_equal(shopping_refused(fixture, &open.command).code, ERR_CUSTOMER_UNKNOWN);
}

static void an_erased_customer_owns_no_new_cart(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    uint32_t customer = fixture_customer(fixture, TIER_MEMBER);
    struct customer_command erase = {
        .command = {.ops = &command_customer_erase, .actor = ACTOR_OPERATOR}, .number = customer};
    assert_ok(fixture_run(fixture, &erase.command));
    struct cart_command open = cart_command(&command_cart_open, aisle->cart, NULL, 0);
    open.customer = customer;
    assert_int_equal(shopping_refused(fixture, &open.command).code, ERR_CUSTOMER_UNKNOWN);
}

static void the_contact_of_an_owned_cart_belongs_to_its_owner(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    struct cart_command open = cart_command(&command_cart_open, aisle->cart, NULL, 0);
    open.customer = fixture_customer(fixture, TIER_NONE);
    open.contact.email = TEXT("bob@example.com");
    assert_ok(fixture_run(fixture, &open.command));
    assert_int_equal(fixture->decision.contact_count, 1);
    assert_int_equal(fixture->decision.contacts[0].customer, open.customer);
}

static void a_contact_that_another_replaces_is_erased(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 1));
    fixture->decision.now_ms += 500;
    struct cart_command open = cart_command(&command_cart_open, aisle->cart, NULL, 0);
    open.contact.email = TEXT("bob@example.com");
    assert_ok(fixture_run(fixture, &open.command));
    assert_int_equal(fixture_event_count(fixture), 1);
    assert_int_equal(fixture->decision.contact_count, 1);
    assert_int_equal(fixture->decision.contacts[0].customer, 0);
    uint64_t first = fixture->decision.contacts[0].number;
    assert_int_equal(the_cart(aisle)->contact, first);
    assert_int_equal(open.quote->touched_ms, FIXTURE_START_MS + 500);
    assert_int_equal(open.quote->expires_ms, FIXTURE_START_MS + 500 + CART_LIFE_MS);

    open.contact.email = TEXT("robert@example.com");
    assert_ok(fixture_run(fixture, &open.command));
    assert_int_equal(fixture_event_count(fixture), 2);
    const struct event_cart_changed *changed = fixture_event(fixture, 0, EVENT_CART_CHANGED);
    assert_int_equal(changed->contact, first + 1);
    const struct event_contacts_erased *erased = fixture_event(fixture, 1, EVENT_CONTACTS_ERASED);
    assert_int_equal(erased->count, 1);
    assert_int_equal(event_contacts(erased)[0], first);
    assert_int_equal(the_cart(aisle)->contact, first + 1);

    /* Later changes keep it; a purchase hands it on to the order. */
    assert_ok(shopping_add(fixture, aisle->cart, aisle->book, 1));
    assert_int_equal(the_cart(aisle)->contact, first + 1);
    shopping_checkout(fixture, aisle->cart, 1);
    assert_int_equal(the_cart(aisle)->contact, 0);
    assert_int_equal(fixture_event_count(fixture), 1);
    assert_int_equal(fixture->decision.contact_count, 1);
    assert_int_equal(fixture->decision.contacts[0].number, first + 2);
    assert_int_equal(fixture->decision.contacts[0].replaces, first + 1);
    assert_int_equal(shopping_find(fixture, 1)->contact, first + 2);
}

static void a_cart_with_a_contact_alone_is_kept(void **state)
{
    struct aisle *aisle = *state;
    struct fixture *fixture = &aisle->fixture;
    struct cart_command open = cart_command(&command_cart_open, aisle->cart, NULL, 0);
    open.contact.name = TEXT("Bob");
    assert_ok(fixture_run(fixture, &open.command));
    assert_int_equal(the_cart(aisle)->line_count, 0);
    assert_int_not_equal(the_cart(aisle)->contact, 0);
}

static void carts_without_number_or_lines_are_bugs(void **state)
{
    struct aisle *aisle = *state;
    struct cart_line line = {aisle->book, 1};
    static const struct command_ops *const ops[] = {&command_cart_add, &command_cart_set,
                                                    &command_cart_view, &command_cart_open};
    for (uint32_t i = 0; i < countof(ops); i++) {
        struct cart_command command = cart_command(ops[i], 0, &line, 1);
        assert_aborts((void)fixture_run(&aisle->fixture, &command.command).code);
    }
    struct cart_command command = cart_command(&command_cart_add, aisle->cart, NULL, 0);
    assert_aborts((void)fixture_run(&aisle->fixture, &command.command).code);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_aisle, close_aisle)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(adding_is_one_event_with_the_quantities_afterwards),
        TEST(the_answer_is_the_cart_afterwards_priced),
        TEST(the_same_product_twice_in_a_request_merges),
        TEST(more_than_is_available_is_not_added),
        TEST(a_new_cart_that_is_refused_is_not_kept),
        TEST(bad_lines_are_refused_by_their_position),
        TEST(the_quantity_limit_counts_what_is_in_the_cart),
        TEST(a_cart_has_a_limit_of_lines),
        TEST(setting_replaces_and_0_takes_out),
        TEST(an_emptied_guest_cart_is_forgotten),
        TEST(an_emptied_cart_remembers_what_was_bought_with_it),
        TEST(a_setting_that_changes_nothing_writes_nothing),
        TEST(less_is_always_allowed),
        TEST(a_cart_too_dear_for_the_books_is_refused),
        TEST(looking_at_a_cart_changes_nothing),
        TEST(the_country_is_where_a_regional_rule_looks),
        TEST(a_cart_of_another_customer_is_closed_to_me),
        TEST(anybody_may_use_a_guests_cart_but_only_opening_takes_it),
        TEST(opening_a_cart_without_contact_and_owner_writes_nothing),
        TEST(opening_gives_a_cart_its_owner),
        TEST(an_erased_customer_owns_no_new_cart),
        TEST(the_contact_of_an_owned_cart_belongs_to_its_owner),
        TEST(a_contact_that_another_replaces_is_erased),
        TEST(a_cart_with_a_contact_alone_is_kept),
        TEST(carts_without_number_or_lines_are_bugs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
