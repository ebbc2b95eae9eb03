/*
 * Every kind of store is the same store: one suite, run for each of store_kinds[]. What memory
 * knows is what comes back.
 */
#include "lib/shop_dump.h"
#include "lib/shop_story.h"
#include "lib/shopping.h"
#include "lib/store_contract.h"

#include <string.h>

static int open_world(void **state)
{
    static struct store_world world;

    store_world_open(&world, *state);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    store_world_close(*state);
    return 0;
}

static struct store_world *told(void **state)
{
    struct store_world *world = *state;

    shop_story_tell(&world->fixture, store_world_record, world);
    store_world_settle(world);
    return world;
}

static void assert_same_dump(struct buffer *expected, struct buffer *actual)
{
    buffer_append(expected, "", 1);
    buffer_append(actual, "", 1);
    assert_string_equal(actual->data, expected->data);
    buffer_release(expected);
    buffer_release(actual);
}

static void assert_same_shop(const struct shop *expected, const struct shop *actual)
{
    struct buffer expected_text;
    struct buffer actual_text;

    buffer_init(&expected_text, 4096);
    buffer_init(&actual_text, 4096);
    shop_dump(expected, &expected_text);
    shop_dump(actual, &actual_text);
    assert_same_dump(&expected_text, &actual_text);
}

static void assert_same_order(const struct order *expected, const struct order *actual)
{
    struct buffer expected_text;
    struct buffer actual_text;

    assert_non_null(expected);
    assert_non_null(actual);
    buffer_init(&expected_text, 4096);
    buffer_init(&actual_text, 4096);
    shop_dump_order(expected, &expected_text);
    shop_dump_order(actual, &actual_text);
    assert_same_dump(&expected_text, &actual_text);
}

static void a_new_store_is_empty(void **state)
{
    struct store_world *world = *state;
    struct store_orders_query query = {.state = -1, .limit = 10};
    struct store_orders orders;
    struct order *order;
    struct contact contact;
    bool found;
    struct shop shop;

    store_world_settle(world);
    assert_int_equal(store_stats(world->store).recorded_event, 0);
    assert_ok(store_read_orders(world->reader, &query, &world->arena, &orders));
    assert_int_equal(orders.count, 0);
    assert_false(orders.has_more);
    assert_ok(store_read_order(world->reader, 1, &world->arena, &order));
    assert_null(order);
    assert_ok(store_read_contact(world->reader, 1, &world->arena, &contact, &found));
    assert_false(found);
    store_world_load(world, &shop);
    assert_int_equal(shop.last_event, 0);
    shop_release(&shop);
}

static void a_start_gives_the_shop_that_was(void **state)
{
    struct store_world *world = told(state);
    struct shop shop;

    store_world_load(world, &shop);
    assert_same_shop(&world->fixture.shop, &shop);
    shop_check(&shop);
    shop_release(&shop);
}

struct stepwise {
    struct store_world *world;
    uint32_t steps;
};

static void record_and_compare(void *context, struct fixture *fixture)
{
    struct stepwise *stepwise = context;
    struct shop shop;

    store_world_record(stepwise->world, fixture);
    if (stepwise->steps++ % 3 == 0)
        store_world_settle(stepwise->world);
    if (stepwise->steps % 5 == 0 && stepwise->world->kind->is_durable)
        store_world_reopen(stepwise->world);
    store_world_load(stepwise->world, &shop);
    assert_same_shop(&fixture->shop, &shop);
    shop_release(&shop);
}

static void a_start_at_any_moment_gives_the_shop_of_that_moment(void **state)
{
    struct stepwise stepwise = {.world = *state};

    shop_story_tell(&stepwise.world->fixture, record_and_compare, &stepwise);
    shop_story_review(&stepwise.world->fixture, record_and_compare, &stepwise);
    shop_story_move_in(&stepwise.world->fixture, record_and_compare, &stepwise);
    assert_true(stepwise.steps > 70);
}

static void orders_come_back_as_they_are(void **state)
{
    struct store_world *world = told(state);
    struct order *order;

    for (uint64_t i = 1; i <= STORY_ORDERS; i++) {
        assert_ok(store_read_order(world->reader, i, &world->arena, &order));
        assert_same_order(order_find(&world->fixture.shop.orders, i), order);
    }
    assert_ok(store_read_order(world->reader, STORY_ORDERS + 1, &world->arena, &order));
    assert_null(order);
}

static void assert_words(struct store_world *world, uint32_t review, struct text text)
{
    uint64_t number = review_find(&world->fixture.shop.reviews, review)->contact;
    struct contact contact;
    bool found;

    assert_ok(store_read_contact(world->reader, number, &world->arena, &contact, &found));
    assert_true(found);
    assert_true(text_equal(contact.metadata, text));
}

/* Reviews are in the shop that a start gives; their words are contacts, gone with the review. */
static void reviews_come_back_and_their_words_go_with_them(void **state)
{
    struct store_world *world = told(state);
    struct shop shop;

    shop_story_review(&world->fixture, store_world_record, world);
    store_world_settle(world);
    store_world_load(world, &shop);
    assert_same_shop(&world->fixture.shop, &shop);
    shop_check(&shop);
    assert_int_equal(shop.reviews.count, 3);
    struct review_sum sum = review_sum_of(&shop.reviews, STORY_BOOK);
    assert_int_equal(sum.count, 2); /* Carol's 4 and Eve's 2 */
    assert_int_equal(sum.stars, 6);
    assert_int_equal(sum.elsewhere.x100, 430);
    assert_words(world, 1, TEXT("\"Not so great\""));
    assert_int_equal(review_find(&shop.reviews, 2)->contact, 0);
    assert_int_equal(review_find(&shop.reviews, 3)->contact, 0);
    for (uint64_t i = 1; i <= shop.last_contact; i++) {
        struct contact contact;
        bool found;

        assert_ok(store_read_contact(world->reader, i, &world->arena, &contact, &found));
        assert_false(found && text_equal(contact.metadata, TEXT("\"Bad\"")));
        assert_false(found && text_equal(contact.metadata, TEXT("\"Eve was here\"")));
    }
    shop_release(&shop);
}

static void assert_purchases(struct store_world *world, uint64_t order, uint32_t product,
                             struct purchases expected)
{
    struct purchases purchases;

    assert_ok(store_read_purchases(world->reader, order, product, &world->arena, &purchases));
    assert_int_equal(purchases.count, expected.count);
    for (uint32_t i = 0; i < expected.count; i++) {
        assert_int_equal(purchases.orders[i].order, expected.orders[i].order);
        assert_int_equal(purchases.orders[i].is_delivered, expected.orders[i].is_delivered);
    }
}

/* Who bought a product in a chain of orders: what was delivered comes first, what was cancelled
 * does not count. */
static void purchases_are_found_along_the_chain(void **state)
{
    struct store_world *world = told(state);
    struct purchase alices[] = {{3, false}};
    struct purchase guests[] = {{1, true}};
    struct purchase both[] = {{1, true}, {4, false}};
    struct purchase carols[] = {{6, true}};

    shop_story_review(&world->fixture, store_world_record, world);
    store_world_settle(world);
    assert_purchases(world, 3, 3, (struct purchases){alices, 1});
    assert_purchases(world, 3, STORY_BOOK, (struct purchases){NULL, 0}); /* order 2 was cancelled */
    assert_purchases(world, 4, STORY_BOOK, (struct purchases){guests, 1});
    assert_purchases(world, 1, STORY_BOOK, (struct purchases){guests, 1});
    assert_purchases(world, 6, STORY_BOOK, (struct purchases){carols, 1});
    assert_purchases(world, 6, 1, (struct purchases){NULL, 0});
    assert_purchases(world, 99, 1, (struct purchases){NULL, 0});
    assert_ok(shopping_add(&world->fixture, STORY_CART(STORY_GUEST_CART), STORY_BOOK, 1));
    store_world_record(world, &world->fixture);
    uint64_t latest = shopping_checkout(&world->fixture, STORY_CART(STORY_GUEST_CART), 77);
    store_world_record(world, &world->fixture);
    store_world_settle(world);
    both[1].order = latest;
    assert_purchases(world, latest, STORY_BOOK, (struct purchases){both, 2});
}

static void an_order_is_found_by_cart_and_key(void **state)
{
    struct store_world *world = told(state);
    struct order *order;
    uint8_t key[16];

    shop_story_key(4, key);
    assert_ok(store_read_order_by_key(world->reader, STORY_CART(STORY_GUEST_CART), key,
                                      &world->arena, &order));
    assert_same_order(order_find(&world->fixture.shop.orders, 4), order);
    assert_ok(store_read_order_by_key(world->reader, STORY_CART(STORY_ALICE_CART), key,
                                      &world->arena, &order));
    assert_null(order);
    key[15]++;
    assert_ok(store_read_order_by_key(world->reader, STORY_CART(STORY_GUEST_CART), key,
                                      &world->arena, &order));
    assert_null(order);
}

/* Each row: a question and the orders that answer it, newest first, 0 behind the last. */
static const struct list_row {
    struct store_orders_query query;
    uint64_t orders[STORY_ORDERS + 1];
    bool has_more;
} list_rows[] = {
    {{.state = -1, .limit = 10}, {5, 4, 3, 2, 1}, false},
    {{.state = -1, .limit = 5}, {5, 4, 3, 2, 1}, false},
    {{.state = -1, .limit = 2}, {5, 4}, true},
    {{.state = -1, .limit = 2, .before = 4}, {3, 2}, true},
    {{.state = -1, .limit = 2, .before = 2}, {1}, false},
    {{.state = -1, .limit = 2, .before = 1}, {0}, false},
    {{.state = -1, .limit = 9, .before = 900}, {5, 4, 3, 2, 1}, false},
    {{.state = -1, .limit = 9, .cart = STORY_CART(STORY_GUEST_CART)}, {4, 1}, false},
    {{.state = -1, .limit = 1, .cart = STORY_CART(STORY_GUEST_CART)}, {4}, true},
    {{.state = -1, .limit = 1, .cart = STORY_CART(STORY_GUEST_CART), .before = 4}, {1}, false},
    {{.state = -1, .limit = 9, .customer = 1}, {3, 2}, false},
    {{.state = -1, .limit = 9, .customer = 2}, {5}, false},
    {{.state = -1, .limit = 9, .customer = 3}, {0}, false},
    {{.state = ORDER_PENDING, .limit = 9}, {5, 4, 3}, false},
    {{.state = ORDER_PENDING, .limit = 9, .customer = 1}, {3}, false},
    {{.state = ORDER_DELIVERED, .limit = 9}, {1}, false},
    {{.state = ORDER_CANCELLED, .limit = 9}, {2}, false},
    {{.state = ORDER_SHIPPED, .limit = 9}, {0}, false},
    {{.state = -1, .limit = 9, .number = 3}, {3}, false},
    {{.state = -1, .limit = 9, .number = 6}, {0}, false},
    {{.state = -1, .limit = 9, .number = 3, .before = 3}, {0}, false},
    {{.state = -1, .limit = 9, .chain = 3}, {3, 2}, false},
    {{.state = -1, .limit = 1, .chain = 3}, {3}, true},
    {{.state = -1, .limit = 9, .chain = 4}, {4, 1}, false},
    {{.state = ORDER_DELIVERED, .limit = 9, .chain = 4}, {1}, false},
    {{.state = -1, .limit = 9, .email = {STORY_GUEST_EMAIL, 18}}, {1}, false},
    {{.state = -1, .limit = 9, .email = {STORY_ALICE_EMAIL, 18}}, {3, 2}, false},
    {{.state = -1, .limit = 1, .email = {STORY_ALICE_EMAIL, 18}}, {3}, true},
    {{.state = -1, .limit = 9, .email = {STORY_ALICE_EMAIL, 18}, .before = 3}, {2}, false},
    {{.state = -1, .limit = 9, .email = {STORY_BOB_EMAIL, 18}}, {0}, false},
};

static void assert_list(const struct store_world *world, const struct store_orders *orders,
                        const struct list_row *row)
{
    uint32_t count = 0;

    while (row->orders[count] != 0)
        count++;
    assert_int_equal(orders->count, count);
    assert_int_equal(orders->has_more, row->has_more);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(orders->orders[i]->number, row->orders[i]);
        assert_same_order(order_find(&world->fixture.shop.orders, row->orders[i]),
                          orders->orders[i]);
    }
}

static void lists_are_newest_first_and_exact(void **state)
{
    struct store_world *world = told(state);

    for (size_t i = 0; i < countof(list_rows); i++) {
        struct store_orders orders;

        assert_ok(store_read_orders(world->reader, &list_rows[i].query, &world->arena, &orders));
        assert_list(world, &orders, &list_rows[i]);
    }
}

/* The story ends with orders 3, 4 and 5 PENDING. */
static void orders_that_wait_to_be_paid_are_listed_by_number(void **state)
{
    struct store_world *world = told(state);
    struct store_pending pending;

    for (uint64_t from = 1; from <= STORY_ORDERS; from++) {
        uint64_t first = from < 3 ? 3 : from;

        assert_ok(store_read_pending(world->reader, from, &pending));
        assert_int_equal(pending.count, STORY_ORDERS + 1 - first);
        assert_int_equal(pending.complete_to, STORY_ORDERS);
        for (uint32_t i = 0; i < pending.count; i++) {
            assert_int_equal(pending.orders[i].number, first + i);
            assert_int_equal(pending.orders[i].created_ms,
                             order_find(&world->fixture.shop.orders, first + i)->created_ms);
        }
    }
    assert_ok(store_read_pending(world->reader, STORY_ORDERS + 1, &pending));
    assert_int_equal(pending.count, 0);
}

/* More than a page of them: the list says how far it is complete. */
static void a_page_of_waiting_orders_says_where_it_ends(void **state)
{
    struct store_world *world = told(state);
    struct fixture *fixture = &world->fixture;
    struct store_pending pending;

    fixture_stock(fixture, 2, FIXTURE_MAIN, 1000);
    store_world_record(world, fixture);
    for (uint32_t i = 0; i < STORE_PAGE_MAX; i++) {
        assert_ok(shopping_add(fixture, shopping_cart(100 + i), 2, 1));
        store_world_record(world, fixture);
        struct checkout_command checkout =
            shopping_checkout_command(shopping_cart(100 + i), (uint8_t)(i + 1));
        memcpy(checkout.key, &checkout.cart, sizeof checkout.cart);
        assert_ok(fixture_run(fixture, &checkout.command));
        store_world_record(world, fixture);
    }
    store_world_settle(world);
    assert_ok(store_read_pending(world->reader, 1, &pending));
    assert_int_equal(pending.count, STORE_PAGE_MAX);
    assert_int_equal(pending.complete_to, STORE_PAGE_MAX + 2);
    assert_int_equal(pending.orders[STORE_PAGE_MAX - 1].number, STORE_PAGE_MAX + 2);
    assert_ok(store_read_pending(world->reader, pending.complete_to + 1, &pending));
    assert_int_equal(pending.count, 3);
    assert_int_equal(pending.complete_to, STORE_PAGE_MAX + 5);
}

static void lists_are_cut_at_times(void **state)
{
    struct store_world *world = told(state);
    uint64_t third_ms = order_find(&world->fixture.shop.orders, 3)->created_ms;
    struct store_orders orders;
    struct store_orders_query query = {.state = -1, .limit = 9, .from_ms = third_ms};

    assert_ok(store_read_orders(world->reader, &query, &world->arena, &orders));
    assert_int_equal(orders.count, 3);
    assert_int_equal(orders.orders[2]->number, 3);
    query.from_ms = third_ms + 1;
    assert_ok(store_read_orders(world->reader, &query, &world->arena, &orders));
    assert_int_equal(orders.count, 2);
    query = (struct store_orders_query){.state = -1, .limit = 9, .to_ms = third_ms};
    assert_ok(store_read_orders(world->reader, &query, &world->arena, &orders));
    assert_int_equal(orders.count, 2);
    assert_int_equal(orders.orders[0]->number, 2);
}

static void contacts_are_kept_apart_and_whole(void **state)
{
    struct store_world *world = told(state);
    const struct order *order = order_find(&world->fixture.shop.orders, 3);
    struct contact contact;
    bool found;

    assert_ok(store_read_contact(world->reader, order->contact, &world->arena, &contact, &found));
    assert_true(found);
    assert_int_equal(contact.number, order->contact);
    assert_int_equal(contact.customer, 1);
    assert_true(text_equal(contact.name, TEXT("A Name")));
    assert_true(text_equal(contact.email, TEXT(STORY_ALICE_EMAIL)));
    assert_int_equal(contact.phone.length, 0);
    assert_true(text_equal(contact.shipping_address,
                           TEXT("{\"city\":\"Springfield\",\"country\":\"US\"}")));
    assert_null(contact.billing_address.data);
    assert_true(text_equal(contact.metadata, TEXT("{\"gift\":true}")));
}

/* A cart's contact goes into its order's: what the buyer does not say again stays. */
static void a_contact_that_replaces_another_takes_over_what_is_not_given(void **state)
{
    struct store_world *world = told(state);
    struct fixture *fixture = &world->fixture;
    uint64_t before = cart_find(&fixture->shop.carts, STORY_CART(STORY_OPEN_CART))->contact;
    struct checkout_command checkout = shopping_checkout_command(STORY_CART(STORY_OPEN_CART), 99);
    struct contact contact;
    bool found;

    checkout.contact = (struct contact){.name = TEXT("Bea"), .metadata = TEXT("{}")};
    assert_ok(fixture_run(fixture, &checkout.command));
    store_world_record(world, fixture);
    store_world_settle(world);
    uint64_t number = order_find(&fixture->shop.orders, checkout.order_number)->contact;
    assert_int_not_equal(number, before);
    assert_ok(store_read_contact(world->reader, before, &world->arena, &contact, &found));
    assert_false(found);
    assert_ok(store_read_contact(world->reader, number, &world->arena, &contact, &found));
    assert_true(found);
    assert_true(text_equal(contact.name, TEXT("Bea")));
    assert_true(text_equal(contact.metadata, TEXT("{}")));
    assert_true(text_equal(contact.email, TEXT(STORY_GUEST_EMAIL)));
}

/* Several reads in one hold find what each would find by itself, and none is stuck there. */
static void a_held_reader_reads_what_is_durable_and_goes_on(void **state)
{
    struct store_world *world = told(state);
    struct fixture *fixture = &world->fixture;
    struct checkout_command checkout = shopping_checkout_command(STORY_CART(STORY_OPEN_CART), 99);
    struct contact contact;
    bool found;

    store_world_settle(world);
    uint64_t before = cart_find(&fixture->shop.carts, STORY_CART(STORY_OPEN_CART))->contact;
    assert_ok(store_reader_hold(world->reader));
    for (uint32_t i = 0; i < 2; i++) {
        assert_ok(store_read_contact(world->reader, before, &world->arena, &contact, &found));
        assert_true(found);
    }
    store_reader_let_go(world->reader);
    checkout.contact = (struct contact){.name = TEXT("Bea")};
    assert_ok(fixture_run(fixture, &checkout.command));
    store_world_record(world, fixture);
    uint64_t number = order_find(&fixture->shop.orders, checkout.order_number)->contact;
    assert_ok(store_reader_hold(world->reader));
    assert_ok(store_read_contact(world->reader, number, &world->arena, &contact, &found));
    assert_true(found);
    assert_ok(store_read_contact(world->reader, before, &world->arena, &contact, &found));
    assert_false(found);
    store_reader_let_go(world->reader);
}

static struct contact read_contact(struct store_world *world, uint64_t number)
{
    struct contact contact;
    bool found = false;

    assert_ok(store_read_contact(world->reader, number, &world->arena, &contact, &found));
    assert_true(found);
    return contact;
}

static void assert_text(struct text actual, const char *expected)
{
    assert_true(text_equal(actual, text_of(expected)));
}

static void a_changed_contact_keeps_what_was_not_given(void **state)
{
    struct store_world *world = told(state);
    const struct customer *carol = customer_find(&world->fixture.shop.customers, STORY_CAROL);
    struct contact contact = read_contact(world, carol->contact);

    assert_text(contact.name, "Carol Ann");
    assert_text(contact.phone, "+15550199");
    assert_text(contact.email, STORY_CAROL_EMAIL);
    assert_text(contact.addresses, "[{\"country\":\"DE\"}]");
    assert_text(contact.preferences, "{\"language\":\"de\"}");
    assert_text(contact.password, STORY_CAROL_HASH);
    assert_int_equal(contact.customer, STORY_CAROL);
    assert_null(contact.email_tag.data); /* it is not for readers */
    struct customer_command update = {
        .command = {.ops = &command_customer_update},
        .number = STORY_CAROL,
        .contact = {.phone = TEXT(""), .addresses = TEXT("")},
        .has_contact = true,
    };
    assert_ok(fixture_run(&world->fixture, &update.command));
    store_world_record(world, &world->fixture);
    store_world_settle(world);
    contact = read_contact(world, carol->contact);
    assert_text(contact.phone, "");
    assert_text(contact.addresses, "");
    assert_text(contact.name, "Carol Ann");
    assert_text(contact.password, STORY_CAROL_HASH);
}

/* Events do not say who has which address; the contacts do. */
static void a_start_knows_whose_an_address_is(void **state)
{
    struct store_world *world = told(state);
    static const uint8_t other[] = "a tag of another";
    struct shop shop;

    store_world_load(world, &shop);
    assert_int_equal(customer_by_email(&shop.customers, (const uint8_t *)STORY_CAROL_TAG),
                     STORY_CAROL);
    assert_int_equal(shop.customers.by_email.count, 1);
    shop_release(&shop);

    struct customer_command update = {
        .command = {.ops = &command_customer_update},
        .number = STORY_CAROL,
        .contact = {.email = TEXT("x@shop.example"), .email_tag = {(const char *)other, 16}},
        .has_contact = true,
    };
    assert_ok(fixture_run(&world->fixture, &update.command));
    store_world_record(world, &world->fixture);
    store_world_load(world, &shop);
    assert_int_equal(customer_by_email(&shop.customers, other), STORY_CAROL);
    assert_int_equal(shop.customers.by_email.count, 1);
    shop_release(&shop);

    update.contact = (struct contact){.email = TEXT(""), .email_tag = TEXT("")};
    assert_ok(fixture_run(&world->fixture, &update.command));
    store_world_record(world, &world->fixture);
    store_world_load(world, &shop);
    assert_int_equal(shop.customers.by_email.count, 0);
    shop_release(&shop);
}

static void actions_of_operators_are_listed_newest_first(void **state)
{
    struct store_world *world = told(state);
    struct store_actions actions;

    assert_ok(store_read_actions(world->reader, 0, 10, &world->arena, &actions));
    assert_int_equal(actions.count, 4);
    assert_false(actions.has_more);
    const struct store_action *newest = &actions.items[0];

    assert_text(newest->action, "api_key_revoke");
    assert_int_equal(newest->by.kind, OPERATOR_SERVICE);
    assert_int_equal(newest->by.number, 1);
    assert_int_equal(newest->subject_kind, SUBJECT_API_KEY);
    assert_int_equal(newest->subject, 1);
    assert_int_equal(newest->event, newest->first_event + 1);
    const struct store_action *oldest = &actions.items[3];

    assert_text(oldest->action, "customer_role");
    assert_int_equal(oldest->by.kind, OPERATOR_KEY);
    assert_int_equal(oldest->subject_kind, SUBJECT_CUSTOMER);
    assert_int_equal(oldest->subject, STORY_CAROL);
    assert_int_equal(oldest->event, oldest->first_event + 2); /* her token ended, too */
    uint64_t third = actions.items[2].event;
    assert_ok(
        store_read_actions(world->reader, actions.items[0].event, 2, &world->arena, &actions));
    assert_int_equal(actions.count, 2);
    assert_true(actions.has_more);
    assert_int_equal(actions.items[1].event, third);
}

static void the_contacts_of_a_chain_are_listed(void **state)
{
    struct store_world *world = told(state);
    const struct orders *orders = &world->fixture.shop.orders;
    uint64_t *contacts;
    uint32_t count;

    assert_ok(store_read_chain_contacts(world->reader, 3, &world->arena, &contacts, &count));
    assert_int_equal(count, 2);
    assert_int_equal(contacts[0], order_find(orders, 3)->contact);
    assert_int_equal(contacts[1], order_find(orders, 2)->contact);
    assert_ok(store_read_chain_contacts(world->reader, 5, &world->arena, &contacts, &count));
    assert_int_equal(count, 0); /* erased */
}

static void assert_holders(struct store_world *world, uint32_t product, uint16_t location,
                           const uint64_t *expected, uint32_t expected_count)
{
    uint64_t *holders;
    uint32_t count;

    assert_ok(store_read_stock_holders(world->reader, product, location, &world->arena, &holders,
                                       &count));
    assert_int_equal(count, expected_count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(holders[i], expected[i]);
}

static void orders_that_hold_a_place_are_found(void **state)
{
    enum { LAPTOP = 1, BOOK, SHIRT, NORTH = 2 };
    struct store_world *world = told(state);
    struct fixture *fixture = &world->fixture;
    static const uint64_t shirts[] = {3, 4};
    uint64_t books[STORE_HOLDERS_MAX] = {5};

    assert_holders(world, SHIRT, FIXTURE_MAIN, shirts, 2);
    assert_holders(world, SHIRT, NORTH, shirts + 1, 1);  /* a further part of a line */
    assert_holders(world, BOOK, FIXTURE_MAIN, books, 1); /* 1 was shipped, 2 cancelled */
    assert_holders(world, LAPTOP, FIXTURE_MAIN, NULL, 0);
    assert_holders(world, LAPTOP, NORTH, NULL, 0);

    fixture_stock(fixture, BOOK, FIXTURE_MAIN, 1000);
    store_world_record(world, fixture);
    for (uint32_t i = 1; i < STORE_HOLDERS_MAX + 3; i++) {
        uint64_t cart = STORY_CART(100 + i);
        struct checkout_command checkout = shopping_checkout_command(cart, (uint8_t)(100 + i));

        assert_ok(shopping_add(fixture, cart, BOOK, 1));
        store_world_record(world, fixture);
        assert_ok(fixture_run(fixture, &checkout.command));
        store_world_record(world, fixture);
        if (i < STORE_HOLDERS_MAX)
            books[i] = checkout.order_number;
    }
    store_world_settle(world);
    assert_holders(world, BOOK, FIXTURE_MAIN, books, STORE_HOLDERS_MAX);
}

struct erased {
    struct store_world *world;
    uint32_t count;
};

static bool assert_contacts_gone(void *context, const struct event *event)
{
    struct erased *erased = context;
    const struct event_contacts_erased *gone = event_payload(event);

    for (uint32_t i = 0; event->type == EVENT_CONTACTS_ERASED && i < gone->count; i++) {
        struct contact contact;
        bool found;

        assert_ok(store_read_contact(erased->world->reader, event_contacts(gone)[i],
                                     &erased->world->arena, &contact, &found));
        assert_false(found);
        erased->count++;
    }
    return true;
}

static bool stop_here(void *context, const struct event *event)
{
    return event->number != *(uint64_t *)context;
}

static bool collect(void *context, const struct event *event)
{
    buffer_append(context, event, event->length);
    return true;
}

static void erased_contacts_are_gone(void **state)
{
    struct store_world *world = told(state);
    struct buffer events;
    struct erased erased = {.world = world};
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;

    buffer_init(&events, 4096);
    assert_ok(store_read_events(world->reader, 0, collect, &events));
    while (event_next(events.data, events.length, &offset, &event, &damaged))
        assert_contacts_gone(&erased, event);
    assert_true(erased.count >= 3);
    assert_false(store_world_folder_holds(world->folder, TEXT(STORY_BOB_EMAIL)));
    if (world->kind->is_durable)
        assert_true(store_world_folder_holds(world->folder, TEXT(STORY_ALICE_EMAIL)));
    buffer_release(&events);
}

static void events_come_back_from_any_position(void **state)
{
    struct store_world *world = told(state);
    uint64_t last = world->fixture.shop.last_event;

    assert_int_equal(store_stats(world->store).recorded_event, last);
    for (uint64_t after = 0; after <= last + 1; after++) {
        struct buffer events;
        size_t offset = 0;
        const struct event *event;
        bool damaged = false;
        uint64_t expected = after;

        buffer_init(&events, 4096);
        assert_ok(store_read_events(world->reader, after, collect, &events));
        while (event_next(events.data, events.length, &offset, &event, &damaged))
            assert_int_equal(event->number, ++expected);
        assert_int_equal(expected, after > last ? after : last);
        buffer_release(&events);
    }
}

static void reading_events_ends_when_told(void **state)
{
    struct store_world *world = told(state);
    uint64_t last = 7;

    assert_ok(store_read_events(world->reader, 3, stop_here, &last));
}

static void folding_never_runs_ahead(void **state)
{
    struct store_world *world = told(state);
    struct store_stats stats = store_stats(world->store);

    assert_true(store_folded_event(world->store) <= stats.recorded_event);
    if (world->kind->is_durable)
        assert_int_equal(store_folded_event(world->store), stats.recorded_event);
    assert_int_equal(stats.fold_lag_ms, 0);
}

static void the_secret_stays(void **state)
{
    struct store_world *world = *state;
    uint8_t before[HASH_SECRET_SIZE];
    uint8_t after[HASH_SECRET_SIZE];
    const uint8_t nothing[HASH_SECRET_SIZE] = {0};

    store_secret(world->store, before);
    store_world_settle(world);
    store_secret(world->store, after);
    assert_memory_equal(before, after, sizeof before);
    assert_memory_not_equal(before, nothing, sizeof before);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        FOR_EVERY_KIND(a_new_store_is_empty),
        FOR_EVERY_KIND(a_start_gives_the_shop_that_was),
        FOR_EVERY_KIND(a_start_at_any_moment_gives_the_shop_of_that_moment),
        FOR_EVERY_KIND(orders_come_back_as_they_are),
        FOR_EVERY_KIND(reviews_come_back_and_their_words_go_with_them),
        FOR_EVERY_KIND(purchases_are_found_along_the_chain),
        FOR_EVERY_KIND(an_order_is_found_by_cart_and_key),
        FOR_EVERY_KIND(lists_are_newest_first_and_exact),
        FOR_EVERY_KIND(lists_are_cut_at_times),
        FOR_EVERY_KIND(orders_that_wait_to_be_paid_are_listed_by_number),
        FOR_EVERY_KIND(a_page_of_waiting_orders_says_where_it_ends),
        FOR_EVERY_KIND(contacts_are_kept_apart_and_whole),
        FOR_EVERY_KIND(a_contact_that_replaces_another_takes_over_what_is_not_given),
        FOR_EVERY_KIND(a_held_reader_reads_what_is_durable_and_goes_on),
        FOR_EVERY_KIND(a_changed_contact_keeps_what_was_not_given),
        FOR_EVERY_KIND(a_start_knows_whose_an_address_is),
        FOR_EVERY_KIND(actions_of_operators_are_listed_newest_first),
        FOR_EVERY_KIND(the_contacts_of_a_chain_are_listed),
        FOR_EVERY_KIND(orders_that_hold_a_place_are_found),
        FOR_EVERY_KIND(erased_contacts_are_gone),
        FOR_EVERY_KIND(events_come_back_from_any_position),
        FOR_EVERY_KIND(reading_events_ends_when_told),
        FOR_EVERY_KIND(folding_never_runs_ahead),
        FOR_EVERY_KIND(the_secret_stays),
    };

    return run_contract("store", tests, countof(tests));
}
