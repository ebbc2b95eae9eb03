/* What a cart costs: rule by rule, to the last cent, and whether it can be had. */
#include "lib/abort.h"
#include "lib/shopping.h"
#include "shop/quote.h"
#include "test.h"

#include <string.h>

/* A laptop (ELECTRONICS), a book (BOOKS) and a T-shirt (in CLOTHING / Shirts). */
struct counter {
    struct fixture fixture;
    uint32_t laptop;
    uint32_t book;
    uint32_t shirt;
    uint32_t shirts; /* category */
    uint64_t cart;
};

static const char NOWHERE[4] = "";
static const char GERMANY[4] = "DE";
static const char FRANCE[4] = "FR";

enum { ELECTRONICS = 1, BOOKS = 2, CLOTHING = 3 };

static int open_counter(void **state)
{
    static struct counter counter;
    struct fixture *fixture = &counter.fixture;
    fixture_open(fixture);
    struct category_command create = {
        .command = {.ops = &command_category_create}, .parent = CLOTHING, .name = TEXT("Shirts")};
    ensure(fixture_run(fixture, &create.command).code == ERR_NONE);
    counter.shirts = create.category.number;
    counter.laptop = fixture_product(fixture, "LAP-1", 99999, ELECTRONICS);
    counter.book = fixture_product(fixture, "BOOK-1", 4999, BOOKS);
    counter.shirt = fixture_product(fixture, "SHIRT-1", 1999, counter.shirts);
    fixture_stock(fixture, counter.laptop, FIXTURE_MAIN, 5);
    fixture_stock(fixture, counter.book, FIXTURE_MAIN, 20);
    fixture_stock(fixture, counter.shirt, FIXTURE_MAIN, 100);
    counter.cart = shopping_cart(1);
    *state = &counter;
    return 0;
}

static int close_counter(void **state)
{
    fixture_close(&((struct counter *)*state)->fixture);
    return 0;
}

static struct quote *quote_at(struct fixture *fixture, uint64_t cart, const char country[4],
                              uint64_t now_ms)
{
    struct quote *quote = NULL;
    assert_ok(quote_make(&fixture->shop, cart_find(&fixture->shop.carts, cart), country, now_ms,
                         &fixture->arena, &quote));
    return quote;
}

static struct quote *quote_now(struct fixture *fixture, uint64_t cart)
{
    return quote_at(fixture, cart, NOWHERE, FIXTURE_START_MS);
}

static void without_rules_everything_has_its_price(void **state)
{
    struct counter *counter = *state;
    struct fixture *fixture = &counter->fixture;
    assert_ok(shopping_add(fixture, counter->cart, counter->laptop, 1));
    assert_ok(shopping_add(fixture, counter->cart, counter->book, 2));
    const struct quote *quote = quote_now(fixture, counter->cart);
    assert_int_equal(quote->cart, counter->cart);
    assert_int_equal(quote->customer, 0);
    assert_int_equal(quote->currency, money_currency("USD"));
    assert_int_equal(quote->pricing->version, 1);
    assert_int_equal(quote->line_count, 2);
    assert_int_equal(quote->lines[0].product, counter->laptop);
    assert_int_equal(quote->lines[0].quantity, 1);
    assert_int_equal(quote->lines[0].available, 5);
    assert_false(quote->lines[0].is_archived);
    assert_int_equal(quote->lines[1].unit_price_minor, 4999);
    assert_int_equal(quote->lines[1].amount_minor, 9998);
    assert_int_equal(quote->lines[1].total_minor, 9998);
    assert_int_equal(quote->lines[1].pricing.discount_minor, 0);
    assert_int_equal(quote->totals.subtotal_minor, 109997);
    assert_int_equal(quote->totals.discount_minor, 0);
    assert_int_equal(quote->totals.shipping_minor, 0);
    assert_int_equal(quote->totals.tax_minor, 0);
    assert_int_equal(quote->totals.total_minor, 109997);
    assert_int_equal(quote->touched_ms, FIXTURE_START_MS);
    assert_int_equal(quote->expires_ms, FIXTURE_START_MS + 86400000);
}

static void no_cart_is_an_empty_quote(void **state)
{
    struct counter *counter = *state;
    const struct quote *quote = quote_now(&counter->fixture, counter->cart);
    assert_int_equal(quote->cart, 0);
    assert_int_equal(quote->line_count, 0);
    assert_int_equal(quote->expires_ms, 0);
    assert_int_equal(quote->totals.total_minor, 0);
    assert_int_equal(quote->currency, money_currency("USD"));
    assert_int_equal(quote->pricing->version, 1);
}

static void five_shirts_in_bulk_cost_89_95(void **state)
{
    struct counter *counter = *state;
    struct fixture *fixture = &counter->fixture;
    struct pricing_rule bulk = {.strategy = "bulk", .min_quantity = 5, .basis_points = 1000};
    shopping_rules(fixture, PRICING_BEST, &bulk, 1);
    assert_ok(shopping_add(fixture, counter->cart, counter->shirt, 5));
    assert_ok(shopping_add(fixture, counter->cart, counter->book, 4));
    const struct quote *quote = quote_now(fixture, counter->cart);
    assert_int_equal(quote->lines[0].amount_minor, 9995);
    assert_int_equal(quote->lines[0].pricing.discount_minor, 1000);
    assert_int_equal(quote->lines[0].pricing.rule_mask, 1);
    assert_int_equal(quote->lines[0].pricing.rule_discounts_minor[0], 1000);
    assert_int_equal(quote->lines[0].total_minor, 8995);
    assert_int_equal(quote->lines[1].pricing.discount_minor, 0);
    assert_int_equal(quote->totals.subtotal_minor, 9995 + 19996);
    assert_int_equal(quote->totals.discount_minor, 1000);
    assert_int_equal(quote->totals.total_minor, 8995 + 19996);
    assert_int_equal(quote->pricing->version, 2);
}

static void a_category_rule_reaches_what_lies_below_it(void **state)
{
    struct counter *counter = *state;
    struct fixture *fixture = &counter->fixture;
    struct pricing_rule rules[] = {
        {.strategy = "seasonal", .category = CLOTHING, .basis_points = 2000},
        {.strategy = "seasonal", .category = BOOKS, .basis_points = 1000},
        {.strategy = "seasonal", .basis_points = 100},
    };
    shopping_rules(fixture, PRICING_STACK, rules, 3);
    assert_ok(shopping_add(fixture, counter->cart, counter->shirt, 1));
    assert_ok(shopping_add(fixture, counter->cart, counter->book, 1));
    assert_ok(shopping_add(fixture, counter->cart, counter->laptop, 1));
    const struct quote *quote = quote_now(fixture, counter->cart);
    /* 19.99 - 4.00 = 15.99, - 0.16 */
    assert_int_equal(quote->lines[0].pricing.rule_mask, 5);
    assert_int_equal(quote->lines[0].pricing.rule_discounts_minor[0], 400);
    assert_int_equal(quote->lines[0].pricing.rule_discounts_minor[2], 16);
    assert_int_equal(quote->lines[0].total_minor, 1583);
    /* 49.99 - 5.00 = 44.99, - 0.45 */
    assert_int_equal(quote->lines[1].pricing.rule_mask, 6);
    assert_int_equal(quote->lines[1].total_minor, 4454);
    /* 999.99 - 10.00 */
    assert_int_equal(quote->lines[2].pricing.rule_mask, 4);
    assert_int_equal(quote->lines[2].total_minor, 98999);
    assert_int_equal(quote->totals.total_minor, 1583 + 4454 + 98999);
}

static void only_members_get_the_members_price(void **state)
{
    struct counter *counter = *state;
    struct fixture *fixture = &counter->fixture;
    struct pricing_rule rule = {.strategy = "membership", .basis_points = 1500};
    shopping_rules(fixture, PRICING_BEST, &rule, 1);
    uint32_t member = fixture_customer(fixture, TIER_MEMBER);
    uint32_t other = fixture_customer(fixture, TIER_NONE);
    for (uint32_t i = 0; i < 3; i++)
        assert_ok(shopping_add(fixture, shopping_cart(i), counter->shirt, 5));
    shopping_own(fixture, shopping_cart(1), member);
    shopping_own(fixture, shopping_cart(2), other);
    assert_int_equal(quote_now(fixture, shopping_cart(0))->totals.discount_minor, 0);
    assert_int_equal(quote_now(fixture, shopping_cart(1))->totals.discount_minor, 1499);
    assert_int_equal(quote_now(fixture, shopping_cart(1))->customer, member);
    assert_int_equal(quote_now(fixture, shopping_cart(2))->totals.discount_minor, 0);

    struct customer_command erase = {
        .command = {.ops = &command_customer_erase, .actor = ACTOR_OPERATOR}, .number = member};
    assert_ok(fixture_run(fixture, &erase.command));
    assert_int_equal(quote_now(fixture, shopping_cart(1))->totals.discount_minor, 0);
}

static void country_and_time_come_from_the_caller(void **state)
{
    struct counter *counter = *state;
    struct fixture *fixture = &counter->fixture;
    struct pricing_rule rules[] = {
        {.strategy = "regional", .country = "DE", .basis_points = 500},
        {.strategy = "seasonal",
         .basis_points = 1000,
         .from_ms = FIXTURE_START_MS + 10,
         .to_ms = FIXTURE_START_MS + 20},
    };
    shopping_rules(fixture, PRICING_BEST, rules, 2);
    assert_ok(shopping_add(fixture, counter->cart, counter->laptop, 1));
    uint64_t cart = counter->cart;
    assert_int_equal(quote_at(fixture, cart, NOWHERE, FIXTURE_START_MS)->totals.discount_minor, 0);
    assert_int_equal(quote_at(fixture, cart, GERMANY, FIXTURE_START_MS)->totals.discount_minor,
                     5000);
    assert_int_equal(quote_at(fixture, cart, FRANCE, FIXTURE_START_MS)->totals.discount_minor, 0);
    assert_int_equal(quote_at(fixture, cart, GERMANY, FIXTURE_START_MS + 10)->totals.discount_minor,
                     10000);
    assert_int_equal(quote_at(fixture, cart, FRANCE, FIXTURE_START_MS + 20)->totals.discount_minor,
                     0);
}

static void an_archived_product_stays_in_sight_but_costs_nothing(void **state)
{
    struct counter *counter = *state;
    struct fixture *fixture = &counter->fixture;
    assert_ok(shopping_add(fixture, counter->cart, counter->shirt, 5));
    assert_ok(shopping_add(fixture, counter->cart, counter->book, 1));
    shopping_archive(fixture, counter->shirt);
    const struct quote *quote = quote_now(fixture, counter->cart);
    assert_int_equal(quote->line_count, 2);
    assert_true(quote->lines[0].is_archived);
    assert_int_equal(quote->lines[0].amount_minor, 9995);
    assert_false(quote->lines[1].is_archived);
    assert_int_equal(quote->totals.subtotal_minor, 4999);
    assert_int_equal(quote->totals.total_minor, 4999);
}

static void prices_and_stock_are_those_of_now(void **state)
{
    struct counter *counter = *state;
    struct fixture *fixture = &counter->fixture;
    assert_ok(shopping_add(fixture, counter->cart, counter->laptop, 4));
    shopping_buy(fixture, shopping_cart(2), counter->laptop, 2);
    shopping_price(fixture, counter->laptop, 5);
    const struct quote *quote = quote_now(fixture, counter->cart);
    assert_int_equal(quote->lines[0].available, 3);
    assert_int_equal(quote->totals.total_minor, 20);
}

static void an_amount_beyond_money_is_an_error_not_a_wrap(void **state)
{
    struct counter *counter = *state;
    struct fixture *fixture = &counter->fixture;
    struct pricing_rule half = {.strategy = "seasonal", .basis_points = 5000};
    shopping_rules(fixture, PRICING_BEST, &half, 1);
    fixture_stock(fixture, counter->book, FIXTURE_MAIN, CART_QUANTITY_MAX);
    assert_ok(shopping_add(fixture, counter->cart, counter->shirt, 1));
    assert_ok(shopping_add(fixture, counter->cart, counter->book, 10000));
    const struct cart *cart = cart_find(&fixture->shop.carts, counter->cart);
    struct quote *quote = NULL;
    shopping_price(fixture, counter->book, MONEY_PRICE_MAX);
    /* The line alone is just in range, with the shirt before it the sum is not; discounts do not
     * count. */
    struct err err =
        quote_make(&fixture->shop, cart, NOWHERE, FIXTURE_START_MS, &fixture->arena, &quote);
    assert_err_at(err, ERR_AMOUNT_LIMIT, 1, 0);
    assert_null(quote);
    shopping_price(fixture, counter->shirt, 0);
    assert_int_equal(quote_now(fixture, counter->cart)->totals.subtotal_minor, MONEY_TOTAL_MAX);
    assert_int_equal(quote_now(fixture, counter->cart)->totals.total_minor, MONEY_TOTAL_MAX / 2);

    shopping_price(fixture, counter->book, 4999);
    assert_ok(shopping_add(fixture, counter->cart, counter->book, 1));
    shopping_price(fixture, counter->book, MONEY_PRICE_MAX);
    err = quote_make(&fixture->shop, cart, NOWHERE, FIXTURE_START_MS, &fixture->arena, &quote);
    assert_err_at(err, ERR_AMOUNT_LIMIT, 1, 0);
}

static void a_quote_stays_as_it_was_made(void **state)
{
    struct counter *counter = *state;
    struct fixture *fixture = &counter->fixture;
    assert_ok(shopping_add(fixture, counter->cart, counter->book, 1));
    const struct quote *quote = quote_now(fixture, counter->cart);
    struct pricing_rule half = {.strategy = "seasonal", .basis_points = 5000};
    for (uint32_t i = 0; i < 8; i++)
        shopping_rules(fixture, PRICING_STACK, &half, 1);
    assert_int_equal(quote->pricing->version, 1);
    assert_int_equal(quote->pricing->rule_count, 0);
    assert_int_equal(quote->totals.total_minor, 4999);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_counter, close_counter)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_rules_everything_has_its_price),
        TEST(no_cart_is_an_empty_quote),
        TEST(five_shirts_in_bulk_cost_89_95),
        TEST(a_category_rule_reaches_what_lies_below_it),
        TEST(only_members_get_the_members_price),
        TEST(country_and_time_come_from_the_caller),
        TEST(an_archived_product_stays_in_sight_but_costs_nothing),
        TEST(prices_and_stock_are_those_of_now),
        TEST(an_amount_beyond_money_is_an_error_not_a_wrap),
        TEST(a_quote_stays_as_it_was_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
