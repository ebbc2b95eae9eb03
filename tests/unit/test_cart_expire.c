/* Carts that nobody touches: warned about, expired, forgotten; exactly then, and never early. */
#include "lib/abort.h"
#include "lib/shopping.h"
#include "test.h"

#define HOUR    UINT64_C(3600000)
#define WARN_MS (FIXTURE_START_MS + 22 * HOUR)
#define END_MS  (FIXTURE_START_MS + 24 * HOUR)

/* Cart 1 is a guest's with 3 books and somebody to warn. */
struct desk {
    struct fixture fixture;
    uint32_t book;
    uint64_t cart;
};

static void open_cart(struct desk *desk, uint64_t cart, uint32_t customer, struct text email)
{
    struct cart_command open = {
        .command = {.ops = &command_cart_open},
        .cart = cart,
        .customer = customer,
        .contact = {.email = email},
    };
    assert_ok(fixture_run(&desk->fixture, &open.command));
}

static int open_desk(void **state)
{
    static struct desk desk;
    fixture_open(&desk.fixture);
    desk.book = fixture_product(&desk.fixture, "BOOK-1", 4999, 2);
    fixture_stock(&desk.fixture, desk.book, FIXTURE_MAIN, 20);
    desk.cart = shopping_cart(1);
    open_cart(&desk, desk.cart, 0, TEXT("bob@example.com"));
    ensure(shopping_add(&desk.fixture, desk.cart, desk.book, 3).code == ERR_NONE);
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    fixture_close(&((struct desk *)*state)->fixture);
    return 0;
}

static struct err expire_at(struct desk *desk, uint64_t cart, uint64_t at_ms)
{
    struct timeout_command expire = {
        .command = {.ops = &command_cart_expire, .actor = ACTOR_SYSTEM},
        .number = cart,
        .asked_ms = at_ms,
    };
    desk->fixture.decision.now_ms = at_ms;
    return fixture_run(&desk->fixture, &expire.command);
}

static const struct cart *cart_of(const struct desk *desk, uint64_t cart)
{
    return cart_find(&desk->fixture.shop.carts, cart);
}

static void a_cart_is_warned_about_two_hours_before_its_end(void **state)
{
    struct desk *desk = *state;
    assert_err(expire_at(desk, desk->cart, WARN_MS - 1), ERR_NOT_DUE);
    assert_ok(expire_at(desk, desk->cart, WARN_MS));
    const struct event_cart_expiring *expiring =
        fixture_event(&desk->fixture, 0, EVENT_CART_EXPIRING);
    assert_int_equal(fixture_event_count(&desk->fixture), 1);
    assert_int_equal(expiring->cart, desk->cart);
    assert_int_equal(expiring->contact, cart_of(desk, desk->cart)->contact);
    assert_int_not_equal(expiring->contact, 0);
    assert_int_equal(expiring->customer, 0);
    assert_int_equal(expiring->line_count, 1);
    assert_int_equal(expiring->expires_ms, END_MS);
    assert_int_equal(cart_of(desk, desk->cart)->line_count, 1);
    assert_int_equal(cart_of(desk, desk->cart)->touched_ms, FIXTURE_START_MS);
    assert_err(expire_at(desk, desk->cart, END_MS - 1), ERR_NOT_DUE); /* once */
}

static void then_its_lines_go_and_nothing_returns(void **state)
{
    struct desk *desk = *state;
    assert_ok(expire_at(desk, desk->cart, WARN_MS));
    assert_ok(expire_at(desk, desk->cart, END_MS));
    const struct event_cart_expired *expired = fixture_event(&desk->fixture, 0, EVENT_CART_EXPIRED);
    assert_int_equal(fixture_event_count(&desk->fixture), 1);
    assert_int_equal(expired->cart, desk->cart);
    assert_int_equal(expired->line_count, 1);
    assert_int_equal(expired->contact, cart_of(desk, desk->cart)->contact);
    assert_int_equal(cart_of(desk, desk->cart)->line_count, 0);
    assert_stock(&desk->fixture, desk->book, FIXTURE_MAIN, 20, 0);
}

static void then_whom_to_write_to_is_forgotten(void **state)
{
    struct desk *desk = *state;
    uint64_t contact = cart_of(desk, desk->cart)->contact;
    assert_ok(expire_at(desk, desk->cart, WARN_MS));
    assert_ok(expire_at(desk, desk->cart, END_MS));
    assert_err(expire_at(desk, desk->cart, END_MS + 22 * HOUR - 1), ERR_NOT_DUE);
    assert_ok(expire_at(desk, desk->cart, END_MS + 22 * HOUR));
    const struct event_contacts_erased *erased =
        fixture_event(&desk->fixture, 1, EVENT_CONTACTS_ERASED);
    assert_int_equal(event_contacts(erased)[0], contact);
    assert_null(cart_of(desk, desk->cart));
    assert_err(expire_at(desk, desk->cart, END_MS + 90 * HOUR), ERR_NOT_DUE);
}

static void a_touch_begins_its_time_anew(void **state)
{
    struct desk *desk = *state;
    assert_ok(expire_at(desk, desk->cart, WARN_MS));
    desk->fixture.decision.now_ms = WARN_MS + HOUR;
    assert_ok(shopping_set(&desk->fixture, desk->cart, desk->book, 2));
    assert_int_equal(cart_of(desk, desk->cart)->expires_ms, 0);
    assert_err(expire_at(desk, desk->cart, END_MS), ERR_NOT_DUE);
    assert_err(expire_at(desk, desk->cart, WARN_MS + 23 * HOUR - 1), ERR_NOT_DUE);
    assert_ok(expire_at(desk, desk->cart, WARN_MS + 23 * HOUR));
    (void)fixture_event(&desk->fixture, 0, EVENT_CART_EXPIRING);
}

static void a_bought_cart_does_not_expire(void **state)
{
    struct desk *desk = *state;
    (void)shopping_checkout(&desk->fixture, desk->cart, 1);
    assert_int_equal(cart_of(desk, desk->cart)->age, CART_AGELESS);
    assert_err(expire_at(desk, desk->cart, END_MS), ERR_NOT_DUE);
}

/* The server was down when the warning was due: it comes first, and the end two hours later. */
static void a_late_warning_still_comes_two_hours_before(void **state)
{
    struct desk *desk = *state;
    assert_ok(expire_at(desk, desk->cart, END_MS + 5 * HOUR));
    const struct event_cart_expiring *expiring =
        fixture_event(&desk->fixture, 0, EVENT_CART_EXPIRING);
    assert_int_equal(expiring->expires_ms, END_MS + 7 * HOUR);
    assert_err(expire_at(desk, desk->cart, END_MS + 7 * HOUR - 1), ERR_NOT_DUE);
    assert_ok(expire_at(desk, desk->cart, END_MS + 7 * HOUR));
    (void)fixture_event(&desk->fixture, 0, EVENT_CART_EXPIRED);
}

static void without_a_warning_a_cart_expires_at_once(void **state)
{
    struct desk *desk = *state;
    desk->fixture.shop.timeouts.cart_warning_ms = 0;
    assert_err(expire_at(desk, desk->cart, END_MS - 1), ERR_NOT_DUE);
    assert_ok(expire_at(desk, desk->cart, END_MS));
    (void)fixture_event(&desk->fixture, 0, EVENT_CART_EXPIRED);
}

static void a_command_that_waited_over_a_jump_of_the_clock_is_void(void **state)
{
    struct desk *desk = *state;
    struct timeout_command expire = {
        .command = {.ops = &command_cart_expire}, .number = desk->cart, .asked_ms = WARN_MS};
    desk->fixture.decision.now_ms = WARN_MS + TIMEOUTS_GAP_MS + 1;
    assert_err(fixture_run(&desk->fixture, &expire.command), ERR_NOT_DUE);
    desk->fixture.decision.now_ms = WARN_MS + TIMEOUTS_GAP_MS;
    assert_ok(fixture_run(&desk->fixture, &expire.command));
}

static void the_view_of_a_cart_shows_its_end(void **state)
{
    struct desk *desk = *state;
    struct cart_command view = {.command = {.ops = &command_cart_view}, .cart = desk->cart};
    assert_ok(fixture_run(&desk->fixture, &view.command));
    assert_int_equal(view.quote->expires_ms, END_MS);
    assert_ok(expire_at(desk, desk->cart, END_MS + 5 * HOUR));
    assert_ok(fixture_run(&desk->fixture, &view.command));
    assert_int_equal(view.quote->expires_ms, END_MS + 7 * HOUR);
}

/* A guest without a contact is gone with the lines; a customer's cart stays the customer's. */
static void what_is_left_depends_on_whose_it_was(void **state)
{
    struct desk *desk = *state;
    uint32_t customer = fixture_customer(&desk->fixture, TIER_NONE);
    open_cart(desk, shopping_cart(2), customer, TEXT_NONE);
    ensure(shopping_add(&desk->fixture, shopping_cart(2), desk->book, 1).code == ERR_NONE);
    ensure(shopping_add(&desk->fixture, shopping_cart(3), desk->book, 1).code == ERR_NONE);
    for (uint32_t i = 2; i <= 3; i++)
        assert_ok(expire_at(desk, shopping_cart(i), WARN_MS));
    for (uint32_t i = 2; i <= 3; i++)
        assert_ok(expire_at(desk, shopping_cart(i), END_MS));
    assert_int_equal(cart_of(desk, shopping_cart(2))->customer, customer);
    assert_int_equal(cart_of(desk, shopping_cart(2))->age, CART_AGELESS);
    assert_null(cart_of(desk, shopping_cart(3)));
}

static void a_contact_that_is_erased_leaves_nothing_to_expire(void **state)
{
    struct desk *desk = *state;
    uint32_t customer = fixture_customer(&desk->fixture, TIER_NONE);
    open_cart(desk, shopping_cart(2), customer, TEXT("carol@example.com"));
    struct customer_command erase = {.command = {.ops = &command_customer_erase},
                                     .number = customer};
    assert_int_equal(cart_of(desk, shopping_cart(2))->age, CART_FRESH);
    assert_ok(fixture_run(&desk->fixture, &erase.command));
    assert_int_equal(cart_of(desk, shopping_cart(2))->age, CART_AGELESS);
}

/* --- what is due --- */

static struct timeouts_command view(struct desk *desk, uint64_t at_ms, struct timeout *due,
                                    uint32_t due_max)
{
    struct timeouts_command command = {
        .command = {.ops = &command_timeouts_view, .actor = ACTOR_SYSTEM},
        .asked_ms = at_ms,
        .order_from = 1,
        .due = due,
        .due_max = due_max,
    };
    ensure(fixture_run(&desk->fixture, &command.command).code == ERR_NONE);
    return command;
}

/* Carts 1, 2 and 3 are touched an hour apart, 1 once more at last; 2 is warned about. */
static void carts_are_due_in_the_order_in_which_they_were_touched(void **state)
{
    struct desk *desk = *state;
    struct timeout due[8];
    for (uint32_t i = 2; i <= 3; i++) {
        desk->fixture.decision.now_ms += HOUR;
        ensure(shopping_add(&desk->fixture, shopping_cart(i), desk->book, 1).code == ERR_NONE);
    }
    desk->fixture.decision.now_ms += HOUR;
    ensure(shopping_add(&desk->fixture, desk->cart, desk->book, 1).code == ERR_NONE);

    struct timeouts_command none = view(desk, WARN_MS + HOUR - 1, due, 8);
    assert_int_equal(none.due_count, 0);
    assert_int_equal(none.next_ms, WARN_MS + HOUR);
    struct timeouts_command two = view(desk, WARN_MS + 2 * HOUR, due, 8);
    assert_int_equal(two.due_count, 2);
    assert_int_equal(due[0].kind, TIMEOUT_CART);
    assert_int_equal(due[0].number, shopping_cart(2));
    assert_int_equal(due[1].number, shopping_cart(3));
    assert_false(two.has_more);
    struct timeouts_command one = view(desk, WARN_MS + 2 * HOUR, due, 1);
    assert_int_equal(one.due_count, 1);
    assert_true(one.has_more);

    assert_ok(expire_at(desk, shopping_cart(2), WARN_MS + HOUR));
    assert_int_equal(view(desk, WARN_MS + HOUR, due, 8).next_ms, WARN_MS + HOUR + PAYMENT_LIFE_MS);
    struct timeouts_command end = view(desk, WARN_MS + 3 * HOUR, due, 8);
    assert_int_equal(end.due_count, 3);
    assert_int_equal(due[0].number, shopping_cart(2)); /* those that were warned first */
    assert_int_equal(due[1].number, shopping_cart(3));
    assert_int_equal(due[2].number, desk->cart);
}

static void the_next_due_time_is_the_nearest_of_all(void **state)
{
    struct desk *desk = *state;
    struct timeout due[8];
    desk->fixture.shop.timeouts.payment_ms = 100 * HOUR;
    assert_int_equal(view(desk, FIXTURE_START_MS, due, 8).next_ms, WARN_MS);
    assert_ok(expire_at(desk, desk->cart, WARN_MS));
    assert_int_equal(view(desk, WARN_MS, due, 8).next_ms, END_MS);
    assert_int_equal(view(desk, WARN_MS + HOUR, due, 8).next_ms, END_MS);
}

/* --- lists --- */

static void loaded_carts_are_brought_into_the_order_of_time(void **state)
{
    (void)state;
    static const struct {
        uint64_t number;
        uint64_t touched_ms;
        uint64_t expires_ms;
        uint64_t contact;
    } rows[] = {{1, 50, 0, 7}, {2, 30, 90, 7}, {3, 40, 80, 7},
                {4, 10, 0, 7}, {5, 5, 0, 0},   {6, 20, 0, 7}};
    static const uint64_t fresh[] = {4, 6, 1, 0};
    static const uint64_t warned[] = {3, 2, 0};
    struct carts carts;
    carts_init(&carts);
    for (size_t i = 0; i < countof(rows); i++) {
        struct cart *cart = cart_open(&carts, rows[i].number);
        cart->touched_ms = rows[i].touched_ms;
        cart->expires_ms = rows[i].expires_ms;
        cart->contact = rows[i].contact;
    }
    for (uint32_t twice = 0; twice < 2; twice++) {
        size_t i = 0;
        carts_sort(&carts);
        for (const struct cart *c = carts_oldest(&carts, CART_FRESH); c != NULL; c = c->newer)
            assert_int_equal(c->number, fresh[i++]);
        assert_int_equal(fresh[i], 0);
        i = 0;
        for (const struct cart *c = carts_oldest(&carts, CART_WARNED); c != NULL; c = c->newer)
            assert_int_equal(c->number, warned[i++]);
        assert_int_equal(warned[i], 0);
    }
    struct cart *middle = cart_open(&carts, 6);
    assert_aborts(carts_touched(&carts, middle)); /* it would stand behind a younger one */
    cart_close(&carts, 6);
    assert_int_equal(carts_oldest(&carts, CART_FRESH)->newer->number, 1);
    cart_close(&carts, 4);
    cart_close(&carts, 1);
    assert_null(carts_oldest(&carts, CART_FRESH));
    carts_release(&carts);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(a_cart_is_warned_about_two_hours_before_its_end),
        DESK_TEST(then_its_lines_go_and_nothing_returns),
        DESK_TEST(then_whom_to_write_to_is_forgotten),
        DESK_TEST(a_touch_begins_its_time_anew),
        DESK_TEST(a_bought_cart_does_not_expire),
        DESK_TEST(a_late_warning_still_comes_two_hours_before),
        DESK_TEST(without_a_warning_a_cart_expires_at_once),
        DESK_TEST(a_command_that_waited_over_a_jump_of_the_clock_is_void),
        DESK_TEST(the_view_of_a_cart_shows_its_end),
        DESK_TEST(what_is_left_depends_on_whose_it_was),
        DESK_TEST(a_contact_that_is_erased_leaves_nothing_to_expire),
        DESK_TEST(carts_are_due_in_the_order_in_which_they_were_touched),
        DESK_TEST(the_next_due_time_is_the_nearest_of_all),
        cmocka_unit_test(loaded_carts_are_brought_into_the_order_of_time),
    };
    return cmocka_run_group_tests_name("cart_expire", tests, NULL, NULL);
}
