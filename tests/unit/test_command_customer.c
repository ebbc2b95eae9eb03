#include "lib/shop_fixture.h"
#include "test.h"

#include <string.h>

enum { CART = 1000 };

static struct customer_command command_of(const struct command_ops *ops, uint32_t number)
{
    return (struct customer_command){.command = {.ops = ops, .actor = ACTOR_OPERATOR},
                                     .number = number};
}

/* A shop with product 1 in plenty. */
static void open_shop(struct fixture *fixture)
{
    fixture_open(fixture);
    (void)fixture_product(fixture, "A", 100, 1);
    fixture_stock(fixture, 1, FIXTURE_MAIN, 1000);
}

/* Fills the customer's cart; with a contact, somebody is to be warned before it expires. */
static void fill_cart(struct fixture *fixture, uint64_t cart, uint32_t customer, bool has_contact)
{
    struct cart_command open = {
        .command = {.ops = &command_cart_open}, .cart = cart, .customer = customer};
    if (has_contact)
        open.contact.email = TEXT("warn@example.com");
    assert_ok(fixture_run(fixture, &open.command));
    struct cart_line line = {.product = 1, .quantity = 1};
    struct cart_command set = {.command = {.ops = &command_cart_set},
                               .cart = cart,
                               .customer = customer,
                               .lines = &line,
                               .line_count = 1};
    assert_ok(fixture_run(fixture, &set.command));
}

/* Buys one piece; returns the number of the order. */
static uint64_t buy(struct fixture *fixture, uint32_t customer)
{
    static uint8_t key = 0;
    fill_cart(fixture, CART + customer, customer, false);
    struct checkout_command checkout = {
        .command = {.ops = &command_checkout, .actor = ACTOR_CUSTOMER},
        .cart = CART + customer,
        .key = {++key},
        .contact = {.name = TEXT("Alice"), .email = TEXT("alice@example.com")},
        .expected_total_minor = -1,
    };
    assert_ok(fixture_run(fixture, &checkout.command));
    return checkout.order->number;
}

static void a_customer_is_a_number_and_a_contact(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    for (uint32_t number = 1; number <= 3; number++) {
        struct customer_command create = command_of(&command_customer_create, 77);
        create.contact = (struct contact){.customer = 77, .number = 77, .phone = TEXT("+1")};
        create.has_contact = true;
        create.tier = number == 2;
        create.has_tier = true;
        fixture.decision.now_ms = FIXTURE_START_MS + number;
        assert_ok(fixture_run(&fixture, &create.command));
        assert_int_equal(fixture_event_count(&fixture), 1);
        const struct event_customer_put *put = fixture_event(&fixture, 0, EVENT_CUSTOMER_PUT);
        assert_int_equal(put->number, number);
        assert_int_equal(put->tier, number == 2);
        assert_int_equal(put->is_erased, 0);
        assert_int_equal(put->contact, number);
        assert_int_equal(fixture.decision.contact_count, 1);
        assert_int_equal(fixture.decision.contacts[0].number, number);
        assert_int_equal(fixture.decision.contacts[0].customer, number);
        assert_true(text_equal(fixture.decision.contacts[0].phone, TEXT("+1")));
        assert_int_equal(create.number, number);
        assert_int_equal(create.customer.contact, number);
        assert_int_equal(create.customer.tier, number == 2);
        assert_int_equal(create.customer.created_ms, FIXTURE_START_MS + number);
        assert_int_equal(create.customer.last_order, 0);
    }
    struct customer_command nobody = command_of(&command_customer_create, 0);
    assert_ok(fixture_run(&fixture, &nobody.command));
    assert_int_equal(nobody.customer.contact, 0);
    assert_int_equal(fixture.decision.contact_count, 0);
    fixture_close(&fixture);
}

static void there_is_a_limit_to_customers(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct customer_command create = command_of(&command_customer_create, 0);
    fixture.shop.customers.count = CUSTOMERS_MAX;
    struct err err = command_customer_create.decide(&fixture.decision, &create.command);
    assert_err(err, ERR_CUSTOMER_LIMIT);
    assert_int_equal(err.value, CUSTOMERS_MAX);
    assert_int_equal(err.index, 0);
    fixture.shop.customers.count = CUSTOMERS_MAX - 1;
    assert_ok(command_customer_create.decide(&fixture.decision, &create.command));
    assert_int_equal(create.number, CUSTOMERS_MAX);
    fixture.shop.customers.count = 0;
    fixture_close(&fixture);
}

/* Being a member at all takes no tier away; naming a tier sets it. */
static void a_tier_is_named_or_at_least_member(void **state)
{
    (void)state;
    static const struct {
        uint8_t before;
        uint8_t given;
        bool is_least;
        uint8_t after;
    } rows[] = {
        {0, 1, true, 1},  {3, 1, true, 3},  {1, 1, true, 1},  {3, 1, false, 1},
        {0, 3, false, 3}, {1, 2, false, 2}, {3, 0, false, 0}, {0, 0, false, 0},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct fixture fixture;
        open_shop(&fixture);
        uint32_t number = fixture_customer(&fixture, rows[i].before);
        struct customer_command update = command_of(&command_customer_update, number);
        update.tier = rows[i].given;
        update.has_tier = true;
        update.is_tier_least = rows[i].is_least;
        assert_ok(fixture_run(&fixture, &update.command));
        assert_int_equal(update.customer.tier, rows[i].after);
        assert_int_equal(fixture_event_count(&fixture), rows[i].before != rows[i].after);
        fixture_close(&fixture);
    }
}

static void an_update_changes_what_it_names(void **state)
{
    (void)state;
    struct fixture fixture;
    open_shop(&fixture);
    uint32_t number = fixture_customer(&fixture, TIER_NONE); /* contact 1 */
    uint64_t order = buy(&fixture, number);                  /* contact 2 */

    struct customer_command update = command_of(&command_customer_update, number);
    update.tier = TIER_MEMBER; /* ignored */
    update.contact.name = TEXT("ignored");
    assert_ok(fixture_run(&fixture, &update.command));
    assert_int_equal(fixture_event_count(&fixture), 0);
    assert_false(update.customer.tier);
    assert_int_equal(fixture.decision.contact_count, 0);

    update.has_tier = true;
    assert_ok(fixture_run(&fixture, &update.command));
    assert_int_equal(fixture_event_count(&fixture), 1);
    const struct event_customer_put *put = fixture_event(&fixture, 0, EVENT_CUSTOMER_PUT);
    assert_int_equal(put->tier, 1);
    assert_int_equal(put->contact, 1);
    assert_true(update.customer.tier);
    assert_ok(fixture_run(&fixture, &update.command)); /* so already */
    assert_int_equal(fixture_event_count(&fixture), 0);

    update.has_tier = false;
    update.tier = TIER_NONE;
    update.has_contact = true;
    update.contact = (struct contact){.name = TEXT("Bob"), .customer = 99};
    assert_ok(fixture_run(&fixture, &update.command));
    assert_int_equal(fixture_event_count(&fixture), 1);
    put = fixture_event(&fixture, 0, EVENT_CUSTOMER_PUT);
    assert_int_equal(put->number, number);
    assert_int_equal(put->tier, 1);
    assert_int_equal(put->is_erased, 0);
    assert_int_equal(put->contact, 1); /* its row is changed */
    assert_int_equal(fixture.decision.contact_count, 1);
    assert_int_equal(fixture.decision.contacts[0].number, 1);
    assert_int_equal(fixture.decision.contacts[0].replaces, 0);
    assert_int_equal(fixture.decision.contacts[0].customer, number);
    assert_int_equal(update.customer.contact, 1);
    assert_int_equal(update.customer.last_order, order);
    assert_int_equal(order_find(&fixture.shop.orders, order)->contact, 2);

    /* One without any contact gets one. */
    struct customer_command bare = command_of(&command_customer_create, 0);
    bare.contact = (struct contact){0};
    assert_ok(fixture_run(&fixture, &bare.command));
    assert_int_equal(bare.customer.contact, 0);
    update.number = bare.number;
    update.contact.phone = TEXT("+1");
    assert_ok(fixture_run(&fixture, &update.command));
    assert_int_equal(fixture_event_count(&fixture), 1);
    assert_int_equal(update.customer.contact, 3);
    fixture_close(&fixture);
}

static void unknown_customers_are_refused(void **state)
{
    (void)state;
    static const struct command_ops *const ops[] = {
        &command_customer_update, &command_customer_view, &command_customer_erase};
    struct fixture fixture;
    fixture_open(&fixture);
    (void)fixture_customer(&fixture, TIER_NONE);
    for (size_t i = 0; i < countof(ops); i++) {
        static const uint32_t numbers[] = {0, 2, UINT32_MAX};
        for (size_t j = 0; j < countof(numbers); j++) {
            struct customer_command command = command_of(ops[i], numbers[j]);
            assert_err(fixture_run(&fixture, &command.command), ERR_CUSTOMER_UNKNOWN);
        }
    }
    struct customer_command view = command_of(&command_customer_view, 1);
    assert_ok(fixture_run(&fixture, &view.command));
    assert_int_equal(fixture_event_count(&fixture), 0);
    assert_int_equal(view.customer.contact, 1);
    fixture_close(&fixture);
}

/* Alice: customer 1 with contact 1; Bob: customer 2. */
static void open_orders(struct fixture *fixture, uint64_t orders_out[3])
{
    open_shop(fixture);
    (void)fixture_customer(fixture, TIER_MEMBER);
    (void)fixture_customer(fixture, TIER_NONE);
    for (uint32_t i = 0; i < 3; i++) {
        orders_out[i] = buy(fixture, 1);
        (void)buy(fixture, 2);
    }
}

static void erasing_takes_the_contacts_of_customer_orders_and_carts(void **state)
{
    (void)state;
    struct fixture fixture;
    uint64_t orders[3];
    open_orders(&fixture, orders);       /* contacts 1 and 2, then 3 5 7 (Alice), 4 6 8 (Bob) */
    fill_cart(&fixture, 5000, 1, true);  /* 9 */
    fill_cart(&fixture, 5001, 2, true);  /* 10 */
    fill_cart(&fixture, 5002, 1, false); /* nobody to warn */

    struct customer_command erase = command_of(&command_customer_erase, 1);
    assert_ok(fixture_run(&fixture, &erase.command));
    assert_int_equal(fixture_event_count(&fixture), 3);
    const struct event_cart_changed *changed = fixture_event(&fixture, 0, EVENT_CART_CHANGED);
    assert_int_equal(changed->cart, 5000);
    assert_int_equal(changed->customer, 1);
    assert_int_equal(changed->contact, 0);
    assert_int_equal(changed->line_count, 0);
    const struct event_contacts_erased *erased = fixture_event(&fixture, 1, EVENT_CONTACTS_ERASED);
    assert_int_equal(erased->customer, 1);
    static const uint64_t contacts[] = {1, 7, 5, 3, 9};
    assert_int_equal(erased->count, countof(contacts));
    assert_memory_equal(event_contacts(erased), contacts, sizeof(contacts));
    const struct event_customer_put *put = fixture_event(&fixture, 2, EVENT_CUSTOMER_PUT);
    assert_int_equal(put->number, 1);
    assert_int_equal(put->is_erased, 1);
    assert_int_equal(put->tier, 1);
    assert_int_equal(put->contact, 0);
    assert_true(erase.customer.is_erased);
    assert_int_equal(erase.customer.last_order, orders[2]);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(order_find(&fixture.shop.orders, orders[i])->contact, 0);
    assert_int_equal(order_find(&fixture.shop.orders, orders[0] + 1)->contact, 4);
    assert_int_equal(cart_find(&fixture.shop.carts, 5000)->contact, 0);
    assert_int_equal(cart_find(&fixture.shop.carts, 5000)->line_count, 1);
    assert_int_equal(cart_find(&fixture.shop.carts, 5001)->contact, 10);

    /* again: nothing is left to erase */
    assert_ok(fixture_run(&fixture, &erase.command));
    assert_int_equal(fixture_event_count(&fixture), 0);
    struct customer_command view = command_of(&command_customer_view, 1);
    assert_ok(fixture_run(&fixture, &view.command));
    assert_true(view.customer.is_erased);
    struct customer_command update = command_of(&command_customer_update, 1);
    assert_err(fixture_run(&fixture, &update.command), ERR_CUSTOMER_UNKNOWN);
    fixture_close(&fixture);
}

static void erasing_one_without_personal_data_erases_no_contacts(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct customer_command create = command_of(&command_customer_create, 0);
    assert_ok(fixture_run(&fixture, &create.command));
    struct customer_command erase = command_of(&command_customer_erase, 1);
    assert_ok(fixture_run(&fixture, &erase.command));
    assert_int_equal(fixture_event_count(&fixture), 1);
    (void)fixture_event(&fixture, 0, EVENT_CUSTOMER_PUT);
    fixture_close(&fixture);
}

static void erasing_waits_for_orders_that_sleep(void **state)
{
    (void)state;
    struct fixture fixture;
    uint64_t orders[3];
    open_orders(&fixture, orders);
    order_forget(&fixture.shop.orders, orders[1]);
    fixture.decision.sweep = 4;

    struct customer_command erase = command_of(&command_customer_erase, 1);
    uint64_t loaded[] = {5, 3};
    static const struct {
        enum shop_asleep what;
        int64_t value_off;
        uint64_t sweep;
        bool is_right;
    } rows[] = {
        {0, 0, 4, false},                     /* nothing was loaded yet */
        {ASLEEP_ORDER, 0, 4, false},          /* something else */
        {ASLEEP_ORDER_CONTACTS, 1, 4, false}, /* of another order */
        {ASLEEP_ORDER_CONTACTS, 0, 3, false}, /* before the last sweep */
        {ASLEEP_ORDER_CONTACTS, 0, 4, true},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        erase.command.loaded = (struct command_loaded){
            .what = rows[i].what,
            .value = (uint64_t)((int64_t)orders[1] + rows[i].value_off),
            .sweep = rows[i].sweep,
            .contacts = loaded,
            .contact_count = 2,
        };
        struct err err = fixture_run(&fixture, &erase.command);
        if (rows[i].is_right) {
            assert_ok(err);
            continue;
        }
        assert_err(err, ERR_ASLEEP);
        assert_int_equal(err.index, ASLEEP_ORDER_CONTACTS);
        assert_int_equal(err.value, orders[1]);
    }
    const struct event_contacts_erased *erased = fixture_event(&fixture, 0, EVENT_CONTACTS_ERASED);
    static const uint64_t contacts[] = {1, 7, 5, 3};
    assert_int_equal(erased->count, countof(contacts));
    assert_memory_equal(event_contacts(erased), contacts, sizeof(contacts));
    fixture_close(&fixture);
}

static void every_cart_of_a_customer_is_found(void **state)
{
    (void)state;
    enum { COUNT = 180 };
    struct fixture fixture;
    open_shop(&fixture);
    uint32_t number = fixture_customer(&fixture, TIER_NONE);
    for (uint32_t i = 0; i < COUNT; i++)
        fill_cart(&fixture, 1000 + i, number, true);
    assert_int_not_equal(fixture.shop.carts.by_number.slots[0].key, 0); /* or take more carts */
    struct customer_command erase = command_of(&command_customer_erase, number);
    assert_ok(fixture_run(&fixture, &erase.command));
    assert_int_equal(fixture_event_count(&fixture), COUNT + 2);
    const struct event_contacts_erased *erased =
        fixture_event(&fixture, COUNT, EVENT_CONTACTS_ERASED);
    assert_int_equal(erased->count, COUNT + 1);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(cart_find(&fixture.shop.carts, 1000 + i)->contact, 0);
    fixture_close(&fixture);
}

static void very_many_contacts_take_several_events(void **state)
{
    (void)state;
    enum { COUNT = 200001 };
    struct fixture fixture;
    uint64_t orders[3];
    open_orders(&fixture, orders);
    order_forget(&fixture.shop.orders, orders[2]);
    uint64_t *loaded = arena_alloc_array(&fixture.arena, COUNT, sizeof(uint64_t));
    for (uint32_t i = 0; i < COUNT; i++)
        loaded[i] = i + 1;
    fixture.shop.last_contact = COUNT;
    struct customer_command erase = command_of(&command_customer_erase, 1);
    erase.command.loaded = (struct command_loaded){
        .what = ASLEEP_ORDER_CONTACTS, .value = orders[2], .contacts = loaded};
    erase.command.loaded.contact_count = COUNT - 2; /* and the customer's own */
    static const uint32_t counts[] = {100000, 99999 + 1};
    assert_ok(fixture_run(&fixture, &erase.command));
    assert_int_equal(fixture_event_count(&fixture), 3);
    uint64_t next = 0;
    for (uint32_t i = 0; i < 2; i++) {
        const struct event_contacts_erased *erased =
            fixture_event(&fixture, i, EVENT_CONTACTS_ERASED);
        assert_int_equal(erased->count, counts[i]);
        assert_int_equal(erased->customer, 1);
        for (uint32_t j = 0; j < erased->count; j++, next++)
            assert_int_equal(event_contacts(erased)[j], next == 0 ? 1 : next);
    }
    (void)fixture_event(&fixture, 2, EVENT_CUSTOMER_PUT);
    fixture_close(&fixture);
}

static void whoever_is_erased_is_no_staff_any_more(void **state)
{
    (void)state;
    struct fixture fixture;
    open_shop(&fixture);
    uint32_t number = fixture_customer(&fixture, TIER_NONE);
    struct customer staff = *customer_find(&fixture.shop.customers, number);
    staff.role = ROLE_STAFF;
    customer_put(&fixture.shop.customers, number, &staff);
    struct customer_command erase = command_of(&command_customer_erase, number);
    assert_ok(fixture_run(&fixture, &erase.command));
    assert_int_equal(customer_find(&fixture.shop.customers, number)->role, ROLE_CUSTOMER);
    fixture_close(&fixture);
}

/* The event alone: whoever wrote it may have said nothing about the carts. */
static void carts_whose_contact_is_erased_have_none(void **state)
{
    (void)state;
    enum { COUNT = 180 };
    struct fixture fixture;
    open_shop(&fixture);
    for (uint32_t i = 0; i < COUNT; i++)
        fill_cart(&fixture, 1000 + i, 0, true);
    assert_int_not_equal(fixture.shop.carts.by_number.slots[0].key, 0); /* or take more carts */
    buffer_reset(&fixture.events);
    struct event_contacts_erased *gone = decision_append(&fixture.decision, EVENT_CONTACTS_ERASED,
                                                         sizeof(*gone) + COUNT * sizeof(uint64_t));
    gone->count = COUNT;
    char *place = (char *)(gone + 1);
    for (uint32_t i = 0; i < COUNT; i++, place += sizeof(uint64_t))
        memcpy(place, &cart_find(&fixture.shop.carts, 1000 + i)->contact, sizeof(uint64_t));
    (void)event_seal(&fixture.events, 0, fixture.shop.last_event + 1);
    size_t offset = 0;
    bool is_damaged = false;
    const struct event *event = NULL;
    assert_true(
        event_next(fixture.events.data, fixture.events.length, &offset, &event, &is_damaged));
    shop_apply(&fixture.shop, event);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(cart_find(&fixture.shop.carts, 1000 + i)->contact, 0);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_customer_is_a_number_and_a_contact),
        cmocka_unit_test(there_is_a_limit_to_customers),
        cmocka_unit_test(a_tier_is_named_or_at_least_member),
        cmocka_unit_test(an_update_changes_what_it_names),
        cmocka_unit_test(unknown_customers_are_refused),
        cmocka_unit_test(erasing_takes_the_contacts_of_customer_orders_and_carts),
        cmocka_unit_test(erasing_one_without_personal_data_erases_no_contacts),
        cmocka_unit_test(erasing_waits_for_orders_that_sleep),
        cmocka_unit_test(every_cart_of_a_customer_is_found),
        cmocka_unit_test(very_many_contacts_take_several_events),
        cmocka_unit_test(whoever_is_erased_is_no_staff_any_more),
        cmocka_unit_test(carts_whose_contact_is_erased_have_none),
    };
    return cmocka_run_group_tests_name("command_customer", tests, NULL, NULL);
}
