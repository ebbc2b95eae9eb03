/* The state of a shop: the same events give the same state, and no event may contradict it. */
#include "lib/abort.h"
#include "lib/imported_order.h"
#include "lib/shopping.h"
#include "shop/shop.h"
#include "test.h"

#include <string.h>

/* A story in which every type of event happens. */
struct story {
    struct fixture fixture;
    uint32_t laptop;
    uint32_t book;
    uint16_t north;
    uint32_t customer;
};

static void run(struct story *story, struct command *command)
{
    assert_ok(fixture_run(&story->fixture, command));
    story->fixture.decision.now_ms += 10;
}

static void open_the_shop(struct story *story)
{
    struct fixture *fixture = &story->fixture;
    struct pricing_rule bulk = {.strategy = "bulk", .min_quantity = 5, .basis_points = 1000};
    fixture_open(fixture);
    story->north = fixture_location(fixture, "north", -10);
    struct category_command create = {
        .command = {.ops = &command_category_create}, .parent = 1, .name = TEXT("Laptops")};
    run(story, &create.command);
    story->laptop = fixture_product(fixture, "LAP-1", 99999, create.category.number);
    story->book = fixture_product(fixture, "BOOK-1", 4999, 2);
    fixture_stock(fixture, story->laptop, FIXTURE_MAIN, 5);
    fixture_stock(fixture, story->book, FIXTURE_MAIN, 20);
    fixture_stock(fixture, story->book, story->north, 3);
    shopping_rules(fixture, PRICING_BEST, &bulk, 1);
    shopping_price(fixture, story->laptop, 89999);
    story->customer = fixture_customer(fixture, TIER_MEMBER);
}

static void pay(struct story *story, const char *id, uint64_t order)
{
    struct payment_command payment = {
        .command = {.ops = &command_payment_event, .actor = ACTOR_GATEWAY},
        .order = order,
        .kind = PAYMENT_SUCCEEDED,
        .amount_minor = 4999,
        .currency = money_currency("USD"),
        .id = text_of(id),
        .reference = TEXT("pay"),
    };
    run(story, &payment.command);
}

/* Of the parcel that arrived: late, and later. */
static void tell_tracking(struct story *story)
{
    static const char *const ids[] = {"evt_1", "evt_2"};
    for (uint32_t i = 0; i < countof(ids); i++) {
        struct shipment_command tell = {
            .command = {.ops = &command_shipment_event, .actor = ACTOR_CARRIER},
            .order = 1,
            .shipment = 1,
            .status = TRACKING_DELIVERED,
            .occurred_ms = 100 - i,
            .id = text_of(ids[i]),
        };
        run(story, &tell.command);
    }
}

/* Order 3 is paid, cancelled, and paid once more. */
static void pay_and_cancel(struct story *story)
{
    assert_int_equal(shopping_buy(&story->fixture, shopping_cart(4), story->book, 1), 3);
    pay(story, "evt_1", 3);
    struct order_command cancel = shopping_order_command(&command_order_cancel, 3);
    run(story, &cancel.command);
    pay(story, "evt_2", 3);
}

/* Cart 5 is warned about and expires; nobody else is near the end. */
static void let_a_cart_expire(struct story *story)
{
    struct fixture *fixture = &story->fixture;
    assert_ok(shopping_add(fixture, shopping_cart(5), story->book, 1));
    fixture->shop.timeouts.cart_ms = 100;
    fixture->shop.timeouts.cart_warning_ms = 50;
    for (uint32_t i = 0; i < 2; i++) {
        fixture->decision.now_ms += 50;
        struct timeout_command expire = {
            .command = {.ops = &command_cart_expire, .actor = ACTOR_SYSTEM},
            .number = shopping_cart(5),
            .asked_ms = fixture->decision.now_ms,
        };
        run(story, &expire.command);
    }
    fixture->shop.timeouts = timeouts_defaults();
}

/* The customer reviews the book of order 1, and takes it back. */
static void review_the_book(struct story *story)
{
    struct review_command review = {
        .command = {.ops = &command_review_create, .actor = ACTOR_CUSTOMER},
        .product = story->book,
        .customer = story->customer,
        .stars = 4,
        .contact = {.metadata = TEXT("\"Good\"")},
    };
    run(story, &review.command);
    review.command.ops = &command_review_update;
    review.stars = 5;
    run(story, &review.command);
    review.command.ops = &command_review_remove;
    run(story, &review.command);
}

/* An order of another shop, with a piece that is still to be sent. */
static void take_over(struct story *story)
{
    static struct imported_order taken;
    imported_order_make(&taken, &(struct imported_wish){
                                    .number = story->fixture.shop.orders.last_number + 1,
                                    .at_ms = story->fixture.shop.orders.last_created_ms,
                                    .customer = story->customer,
                                    .products = {story->book, story->laptop},
                                    .places = {FIXTURE_MAIN, story->north},
                                });
    run(story, &taken.command.command);
}

static int open_story(void **state)
{
    static struct story story;
    struct fixture *fixture = &story.fixture;
    open_the_shop(&story);
    struct cart_command open = {
        .command = {.ops = &command_cart_open},
        .cart = shopping_cart(1),
        .customer = story.customer,
        .contact = {.phone = TEXT("+15551234")},
    };
    run(&story, &open.command);
    assert_ok(shopping_add(fixture, shopping_cart(1), story.book, 6));
    assert_ok(shopping_add(fixture, shopping_cart(1), story.laptop, 2));
    assert_int_equal(shopping_checkout(fixture, shopping_cart(1), 1), 1);
    assert_int_equal(shopping_buy(fixture, shopping_cart(2), story.book, 1), 2);
    struct order_command correct = shopping_order_command(&command_order_correct, 1);
    correct.contact.name = TEXT("Robert");
    run(&story, &correct.command);
    struct order_command cancel = shopping_order_command(&command_order_cancel, 1);
    cancel.lines = &(struct order_part_request){1, 1};
    cancel.line_count = 1;
    cancel.note = TEXT("one is enough");
    run(&story, &cancel.command);
    struct order_command confirm = shopping_order_command(&command_order_confirm, 1);
    run(&story, &confirm.command);
    struct order_command ship = shopping_order_command(&command_order_ship, 1);
    ship.note = TEXT("DHL");
    ship.tracking_number = TEXT("T-1");
    run(&story, &ship.command);
    struct order_command deliver = shopping_order_command(&command_order_deliver, 1);
    deliver.shipment = 1;
    run(&story, &deliver.command);
    struct order_command erase = shopping_order_command(&command_order_erase, 2);
    run(&story, &erase.command);
    assert_ok(shopping_add(fixture, shopping_cart(3), story.laptop, 1));
    struct customer_command account = {
        .command = {.ops = &command_customer_create},
        .contact = {.email = TEXT("ann@example.com"),
                    .password = TEXT("a hash"),
                    .email_tag = TEXT("a tag of 16 byte")},
        .token = {.digest = {1}, .life_ms = 1000},
    };
    run(&story, &account.command);
    struct api_key_command key = {
        .command = {.ops = &command_api_key_create, .by = {OPERATOR_STAFF, account.number}},
        .key = {.digest = {9}, .scopes = SCOPE_READ(AREA_ORDERS), .name = "ERP"},
    };
    run(&story, &key.command);
    struct api_key_command revoke = {
        .command = {.ops = &command_api_key_revoke, .by = {OPERATOR_SERVICE, key.number}},
        .number = key.number,
    };
    run(&story, &revoke.command);
    struct customer_command forgotten = {
        .command = {.ops = &command_password_reset},
        .contact = {.email_tag = TEXT("a tag of 16 byte")},
        .life_ms = 1000,
    };
    run(&story, &forgotten.command);
    struct session_command rotate = {
        .command = {.ops = &command_session_rotate},
        .customer = account.number,
        .digest = {1},
        .token = {.digest = {2}, .life_ms = 2000},
    };
    run(&story, &rotate.command);
    tell_tracking(&story);
    pay_and_cancel(&story);
    let_a_cart_expire(&story);
    review_the_book(&story);
    take_over(&story);
    *state = &story;
    return 0;
}

static int close_story(void **state)
{
    fixture_close(&((struct story *)*state)->fixture);
    return 0;
}

/* Applies events from the journal to `shop` as long as their numbers are at most `last`. */
static void replay(struct shop *shop, const struct story *story, uint64_t last)
{
    const struct buffer *journal = &story->fixture.journal;
    const struct event *event = NULL;
    bool is_damaged = false;
    size_t offset = 0;
    while (event_next(journal->data, journal->length, &offset, &event, &is_damaged)) {
        if (event->number > shop->last_event && event->number <= last)
            shop_apply(shop, event);
    }
    assert_false(is_damaged);
    assert_int_equal(offset, journal->length);
}

static void the_same_events_give_the_same_state(void **state)
{
    struct story *story = *state;
    uint64_t digest = fixture_digest(&story->fixture.shop);
    uint64_t last = story->fixture.shop.last_event;
    struct shop shop;
    shop_init(&shop);
    replay(&shop, story, UINT64_MAX);
    assert_int_equal(shop.last_event, last);
    assert_true(fixture_digest(&shop) == digest);
    shop_check(&shop);
    shop_release(&shop);

    /* In two halves, too, wherever they meet. */
    for (uint64_t half = 0; half <= last; half++) {
        shop_init(&shop);
        replay(&shop, story, half);
        assert_int_equal(shop.last_event, half);
        shop_check(&shop);
        replay(&shop, story, UINT64_MAX);
        assert_true(fixture_digest(&shop) == digest);
        shop_release(&shop);
    }
}

static void the_story_has_every_type_of_event(void **state)
{
    struct story *story = *state;
    const struct buffer *journal = &story->fixture.journal;
    bool is_seen[EVENT_TYPE_LIMIT] = {false};
    const struct event *event = NULL;
    bool is_damaged = false;
    size_t offset = 0;
    while (event_next(journal->data, journal->length, &offset, &event, &is_damaged))
        is_seen[event->type] = true;
    for (uint32_t type = 1; type < EVENT_TYPE_LIMIT; type++)
        assert_int_equal(is_seen[type], event_type_is_known(type));
}

static void a_replayed_shop_knows_everything(void **state)
{
    struct story *story = *state;
    struct shop shop;
    shop_init(&shop);
    replay(&shop, story, UINT64_MAX);
    assert_int_equal(shop.currency, money_currency("USD"));
    assert_int_equal(shop.timeline, 77);
    assert_int_equal(shop.epoch, 1);
    assert_int_equal(shop.pricing_count, 2);
    assert_int_equal(shop_pricing(&shop)->version, 2);
    assert_int_equal(shop_pricing(&shop)->rule_count, 1);
    assert_string_equal(shop_pricing(&shop)->rules[0].strategy, "bulk");
    assert_int_equal(shop_pricing(&shop)->policy, PRICING_BEST);
    assert_ptr_equal(shop_pricing_version(&shop, 2), shop_pricing(&shop));
    assert_int_equal(shop_pricing_version(&shop, 1)->rule_count, 0);
    assert_null(shop_pricing_version(&shop, 0));
    assert_null(shop_pricing_version(&shop, 3));
    assert_int_equal(shop.last_contact, story->fixture.shop.last_contact);
    assert_int_equal(shop.now_ms, story->fixture.shop.now_ms);
    assert_int_equal(catalog_find(&shop.catalog, story->laptop)->price_minor, 89999);
    assert_int_equal(catalog_find(&shop.catalog, story->laptop)->version, 2);
    const struct customer *customer = customer_find(&shop.customers, story->customer);
    assert_true(customer->tier);
    assert_false(customer->is_erased);
    assert_int_equal(customer->last_order, 4);
    assert_int_equal(customer->created_ms, FIXTURE_START_MS + 10);
    assert_stock((&(struct fixture){.shop = shop}), story->laptop, FIXTURE_MAIN, 4, 0);
    /* Main alone fills the whole of order 1. Order 2, and what is left of the imported one, is from
     * north, which comes first. */
    assert_stock((&(struct fixture){.shop = shop}), story->book, FIXTURE_MAIN, 14, 0);
    assert_stock((&(struct fixture){.shop = shop}), story->book, story->north, 3, 2);
    const struct order *order = order_find(&shop.orders, 1);
    assert_int_equal(order->state, ORDER_DELIVERED);
    assert_int_equal(order->move_count, 4);
    assert_memory_equal(order->moves[0].note, "one is enough", 13);
    assert_int_equal(order_find(&shop.orders, 2)->contact, 0);
    shop_release(&shop);
}

/* --- events that contradict the state --- */

/* Copies event `number` and gives the caller its payload to spoil; `shop` is as it was just before.
 */
static struct event *event_before(struct shop *shop, const struct story *story, uint64_t number,
                                  void *copy)
{
    const struct buffer *journal = &story->fixture.journal;
    const struct event *event = NULL;
    bool is_damaged = false;
    size_t offset = 0;
    shop_init(shop);
    replay(shop, story, number - 1);
    while (event_next(journal->data, journal->length, &offset, &event, &is_damaged)) {
        if (event->number == number) {
            memcpy(copy, event, event->length);
            return copy;
        }
    }
    return NULL;
}

/* Number of the n-th event (from 0) of a type. */
static uint64_t number_of(const struct story *story, enum event_type type, uint32_t n)
{
    const struct buffer *journal = &story->fixture.journal;
    const struct event *event = NULL;
    bool is_damaged = false;
    size_t offset = 0;
    while (event_next(journal->data, journal->length, &offset, &event, &is_damaged)) {
        if (event->type == type && n-- == 0)
            return event->number;
    }
    fail();
    return 0;
}

/* A way to spoil the n-th event of a type. */
struct spoil {
    const char *what;
    enum event_type type;
    uint32_t n;
    void (*spoil)(struct event *event);
};

/* What follows the payload's fixed part. */
#define ROWS(row) ((row *)(void *)(payload + 1))

#define SPOIL(name, type, n, payload_type, statement)                                              \
    static void spoil_##name(struct event *event)                                                  \
    {                                                                                              \
        payload_type *payload = (payload_type *)(event + 1);                                       \
        (void)payload;                                                                             \
        statement;                                                                                 \
    }
#include "unit/shop_spoils.def"
#undef SPOIL

static const struct spoil spoils[] = {
#define SPOIL(name, type, n, payload_type, statement) {#name, type, n, spoil_##name},
#include "unit/shop_spoils.def"
#undef SPOIL
};

static void an_event_that_contradicts_the_state_is_not_applied(void **state)
{
    struct story *story = *state;
    static uint64_t copy[1024];
    for (uint32_t i = 0; i < countof(spoils); i++) {
        struct shop shop;
        uint64_t number = number_of(story, spoils[i].type, spoils[i].n);
        struct event *event = event_before(&shop, story, number, copy);
        spoils[i].spoil(event);
        if (abort_child_begin()) {
            shop_apply(&shop, event);
            abort_child_end();
        }
        if (!abort_child_aborted())
            fail_msg("applied although spoiled: %s", spoils[i].what);
        shop_release(&shop);
    }
}

/* Tables need not give back the lines of a cart in the order in which they came. */
static void a_cart_is_bought_whatever_the_order_of_its_lines(void **state)
{
    struct story *story = *state;
    static uint64_t copy[1024];
    struct shop shop;
    struct event *event = event_before(&shop, story, number_of(story, EVENT_ORDER_PLACED, 0), copy);
    struct cart *cart = cart_open(&shop.carts, shopping_cart(1));
    struct cart_line first = cart->lines[0];
    cart->lines[0] = cart->lines[1];
    cart->lines[1] = first;
    assert_aborts(cart->lines[1].quantity++; shop_apply(&shop, event));
    assert_aborts(cart->lines[0].product = cart->lines[1].product; shop_apply(&shop, event));
    shop_apply(&shop, event);
    shop_check(&shop);
    assert_int_equal(order_find(&shop.orders, 1)->lines[0].product, first.product);
    shop_release(&shop);
}

/* --- what leaves memory --- */

static void a_forgotten_order_takes_its_guests_empty_cart_along(void **state)
{
    struct story *story = *state;
    struct shop *shop = &story->fixture.shop;
    assert_non_null(cart_find(&shop->carts, shopping_cart(2)));
    shop_forget_order(shop, 2);
    assert_null(order_find(&shop->orders, 2));
    assert_null(cart_find(&shop->carts, shopping_cart(2)));
    /* A customer's cart stays the customer's. */
    shop_forget_order(shop, 1);
    assert_int_equal(cart_find(&shop->carts, shopping_cart(1))->customer, story->customer);
    shop_check(shop);
    assert_aborts(shop_forget_order(shop, 1));
}

static void a_cart_that_is_still_of_use_stays(void **state)
{
    struct story *story = *state;
    struct fixture *fixture = &story->fixture;
    struct shop *shop = &fixture->shop;
    uint64_t newest = 0;
    for (uint32_t i = 10; i < 13; i++)
        newest = shopping_buy(fixture, shopping_cart(i), story->book, 1);
    assert_int_equal(newest, 7);
    assert_ok(shopping_add(fixture, shopping_cart(10), story->book, 1)); /* lines */
    struct cart_command open = {
        .command = {.ops = &command_cart_open},
        .cart = shopping_cart(11),
        .contact = {.phone = TEXT("+15551234")},
    };
    run(story, &open.command); /* somebody to warn */
    assert_int_equal(shopping_buy(fixture, shopping_cart(12), story->book, 1),
                     8); /* bought again */
    for (uint64_t order = 5; order <= 7; order++) {
        shop_forget_order(shop, order);
        assert_non_null(cart_find(&shop->carts, shopping_cart((uint32_t)order + 5)));
    }
    shop_forget_order(shop, 8);
    assert_null(cart_find(&shop->carts, shopping_cart(12)));
}

/* Carts that outlived what was bought with them: nobody comes by to close them later. */
static void a_cart_whose_order_is_gone_goes_when_it_is_empty(void **state)
{
    struct story *story = *state;
    struct fixture *fixture = &story->fixture;
    struct shop *shop = &fixture->shop;
    uint64_t by_hand = shopping_buy(fixture, shopping_cart(10), story->book, 1);
    uint64_t by_time = shopping_buy(fixture, shopping_cart(11), story->book, 1);
    uint64_t resident = shopping_buy(fixture, shopping_cart(12), story->book, 1);
    for (uint32_t i = 10; i < 13; i++)
        assert_ok(shopping_add(fixture, shopping_cart(i), story->book, 1));
    shop_forget_order(shop, by_hand);
    shop_forget_order(shop, by_time);
    assert_ok(shopping_set(fixture, shopping_cart(10), story->book, 0));
    assert_null(cart_find(&shop->carts, shopping_cart(10)));
    shop->timeouts.cart_ms = 100;
    shop->timeouts.cart_warning_ms = 0;
    fixture->decision.now_ms += 100;
    struct timeout_command expire = {
        .command = {.ops = &command_cart_expire, .actor = ACTOR_SYSTEM},
        .number = shopping_cart(11),
        .asked_ms = fixture->decision.now_ms,
    };
    run(story, &expire.command);
    assert_null(cart_find(&shop->carts, shopping_cart(11)));
    /* What was bought with this one may be asked for by it. */
    assert_ok(shopping_set(fixture, shopping_cart(12), story->book, 0));
    assert_int_equal(cart_find(&shop->carts, shopping_cart(12))->last_order, resident);
    shop_check(shop);
}

static void erasing_reaches_carts_and_orders_by_contact(void **state)
{
    struct story *story = *state;
    struct fixture *fixture = &story->fixture;
    struct shop *shop = &fixture->shop;
    struct cart_command open = {
        .command = {.ops = &command_cart_open},
        .cart = shopping_cart(1),
        .contact = {.phone = TEXT("+15551234")},
    };
    run(story, &open.command);
    struct cart_command other = open;
    other.cart = shopping_cart(7);
    run(story, &other.command);
    uint64_t kept = cart_find(&shop->carts, shopping_cart(7))->contact;
    struct customer_command erase = {.command = {.ops = &command_customer_erase},
                                     .number = story->customer};
    run(story, &erase.command);
    assert_int_equal(order_find(&shop->orders, 1)->contact, 0);
    assert_int_equal(cart_find(&shop->carts, shopping_cart(1))->contact, 0);
    assert_int_equal(cart_find(&shop->carts, shopping_cart(7))->contact, kept);
    assert_int_equal(customer_find(&shop->customers, story->customer)->contact, 0);
    assert_true(customer_find(&shop->customers, story->customer)->is_erased);
    assert_int_equal(shop->last_contact, kept);
}

/* --- idempotency keys --- */

static struct shop_key key_of(uint64_t number)
{
    struct shop_key key = {.value = number, .at_ms = number, .last_event = number};
    memcpy(key.key, &number, sizeof(number));
    return key;
}

static void keys_are_found_until_they_are_old_and_folded(void **state)
{
    (void)state;
    struct shop shop;
    shop_init(&shop);
    enum { COUNT = 5000 };
    for (uint64_t i = 1; i <= COUNT; i++) {
        struct shop_key key = key_of(i);
        shop_key_put(&shop, &key);
    }
    for (uint64_t i = 1; i <= COUNT; i++)
        assert_int_equal(shop_key_find(&shop, key_of(i).key), i);
    assert_int_equal(shop_key_find(&shop, key_of(COUNT + 1).key), 0);

    /* Old but not folded, then folded but not old. */
    shop_keys_sweep(&shop, 0, COUNT + 2 * KEY_LIFE_MS);
    assert_int_equal(shop_key_find(&shop, key_of(1).key), 1);
    shop_keys_sweep(&shop, COUNT, 1 + KEY_LIFE_MS);
    assert_int_equal(shop_key_find(&shop, key_of(1).key), 1);
    /* One of them is older than its life. */
    shop_keys_sweep(&shop, COUNT, 2 + KEY_LIFE_MS);
    assert_int_equal(shop_key_find(&shop, key_of(1).key), 0);
    assert_int_equal(shop_key_find(&shop, key_of(2).key), 2);
    shop_keys_sweep(&shop, 1000, COUNT + 2 * KEY_LIFE_MS);
    assert_int_equal(shop_key_find(&shop, key_of(1000).key), 0);
    assert_int_equal(shop_key_find(&shop, key_of(1001).key), 1001);
    assert_int_equal(shop.keys.next - shop.keys.first, COUNT - 1000);
    assert_int_equal(shop.keys.by_hash.count, COUNT - 1000);
    shop_keys_sweep(&shop, COUNT, COUNT + 2 * KEY_LIFE_MS);
    assert_int_equal(shop.keys.next, shop.keys.first);
    assert_int_equal(shop.keys.by_hash.count, 0);
    shop_release(&shop);
}

static void keys_beyond_the_limit_leave_once_folded(void **state)
{
    (void)state;
    struct shop shop;
    shop_init(&shop);
    assert_int_equal(shop.keys.keys_max, SHOP_KEYS_MAX_DEFAULT);
    shop.keys.keys_max = 10;
    for (uint64_t i = 1; i <= 13; i++) {
        struct shop_key key = key_of(i);
        shop_key_put(&shop, &key);
    }
    shop_keys_sweep(&shop, 2, 14);
    assert_int_equal(shop_key_find(&shop, key_of(2).key), 0);
    assert_int_equal(shop_key_find(&shop, key_of(3).key), 3);
    shop_keys_sweep(&shop, 13, 14);
    assert_int_equal(shop_key_find(&shop, key_of(3).key), 0);
    assert_int_equal(shop_key_find(&shop, key_of(4).key), 4);
    assert_int_equal(shop.keys.next - shop.keys.first, 10);
    shop_release(&shop);
}

static void the_ring_does_not_grow_while_keys_leave(void **state)
{
    (void)state;
    struct shop shop;
    shop_init(&shop);
    shop.keys.keys_max = 1000;
    for (uint64_t i = 1; i <= 10000; i++) {
        struct shop_key key = key_of(i);
        shop_key_put(&shop, &key);
        shop_keys_sweep(&shop, i, i);
        assert_int_equal(shop_key_find(&shop, key.key), i);
    }
    assert_int_equal(shop.keys.capacity, 1024);
    assert_int_equal(shop_key_find(&shop, key_of(9001).key), 9001);
    assert_int_equal(shop_key_find(&shop, key_of(9000).key), 0);
    shop_release(&shop);
}

static void keys_compare_in_full(void **state)
{
    (void)state;
    struct shop shop;
    shop_init(&shop);
    struct shop_key first = key_of(7);
    struct shop_key second = key_of(7);
    second.key[15] = 1;
    second.value = 8;
    shop_key_put(&shop, &first);
    assert_int_equal(shop_key_find(&shop, second.key), 0);
    shop_key_put(&shop, &second);
    assert_int_equal(shop_key_find(&shop, second.key), 8);
    assert_int_equal(shop_key_find(&shop, first.key), 0);
    /* The older one leaves; the newer one, which took its place in the map, stays. */
    shop.keys.keys_max = 1;
    shop_keys_sweep(&shop, 7, 7);
    assert_int_equal(shop.keys.next - shop.keys.first, 1);
    assert_int_equal(shop_key_find(&shop, second.key), 8);
    /* A key that begins with zeros is a key. */
    struct shop_key zero = {.value = 9, .last_event = 9};
    zero.key[8] = 1;
    shop_key_put(&shop, &zero);
    assert_int_equal(shop_key_find(&shop, zero.key), 9);
    zero.value = 0;
    assert_aborts(shop_key_put(&shop, &zero));
    shop_release(&shop);
}

/* --- shop_check() --- */

static void a_state_that_does_not_add_up_is_found(void **state)
{
    struct story *story = *state;
    struct shop *shop = &story->fixture.shop;
    struct order *order = order_find(&shop->orders, 2);
    struct cart *cart = cart_open(&shop->carts, shopping_cart(3));
    shop_check(shop);
    assert_aborts(stock_set(&shop->stock, story->book, story->north, 3, 1); shop_check(shop));
    assert_aborts(stock_set(&shop->stock, story->book, story->north, 3, 3); shop_check(shop));
    assert_aborts(stock_set(&shop->stock, story->book, FIXTURE_MAIN, 14, 1); shop_check(shop));
    assert_aborts(order->totals.total_minor++; shop_check(shop));
    assert_aborts(order->last_event = shop->last_event + 1; shop_check(shop));
    assert_aborts(order->currency++; shop_check(shop));
    assert_aborts(order->pricing_version = 3; shop_check(shop));
    assert_aborts(order->number = 3; shop_check(shop));
    assert_aborts(shop->orders.last_number = 1; shop_check(shop));
    assert_aborts(cart->number++; shop_check(shop));
    assert_aborts(cart->contact = shop->last_contact + 1; shop_check(shop));
    assert_aborts(cart->customer = 3; shop_check(shop));
    assert_aborts(cart->last_order = 5; shop_check(shop));
    assert_aborts(cart->lines[0].product = 3; shop_check(shop));
    assert_aborts(cart->lines[0].quantity = 0; shop_check(shop));
    assert_aborts(cart->lines[0].quantity = CART_QUANTITY_MAX + 1; shop_check(shop));
    assert_aborts(shop->customers.rows[1].last_order = 5; shop_check(shop));
    assert_aborts(shop->customers.rows[1].is_erased = true; shop_check(shop));
    assert_aborts(shop->keys.ring[0].value = 5; shop_check(shop));
    assert_aborts(shop->keys.next = 0; shop_check(shop));
}

static void a_sleeping_order_may_hold_stock(void **state)
{
    struct story *story = *state;
    struct shop *shop = &story->fixture.shop;
    shop_forget_order(shop, 2);
    shop_check(shop);
    /* But not fewer than those in memory promise. */
    assert_ok(shopping_add(&story->fixture, shopping_cart(4), story->book, 1));
    shopping_checkout(&story->fixture, shopping_cart(4), 44);
    assert_aborts(stock_set(&shop->stock, story->book, story->north, 3, 0); shop_check(shop));
}

static void an_empty_shop_adds_up(void **state)
{
    (void)state;
    struct shop shop;
    shop_init(&shop);
    shop_check(&shop);
    assert_aborts((void)shop_pricing(&shop));
    assert_null(shop_pricing_version(&shop, 1));
    assert_int_equal(shop_key_find(&shop, key_of(1).key), 0);
    shop_release(&shop);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_story, close_story)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_same_events_give_the_same_state),
        TEST(the_story_has_every_type_of_event),
        TEST(a_replayed_shop_knows_everything),
        TEST(an_event_that_contradicts_the_state_is_not_applied),
        TEST(a_cart_is_bought_whatever_the_order_of_its_lines),
        TEST(a_forgotten_order_takes_its_guests_empty_cart_along),
        TEST(a_cart_that_is_still_of_use_stays),
        TEST(a_cart_whose_order_is_gone_goes_when_it_is_empty),
        TEST(erasing_reaches_carts_and_orders_by_contact),
        cmocka_unit_test(keys_are_found_until_they_are_old_and_folded),
        cmocka_unit_test(keys_beyond_the_limit_leave_once_folded),
        cmocka_unit_test(the_ring_does_not_grow_while_keys_leave),
        cmocka_unit_test(keys_compare_in_full),
        TEST(a_state_that_does_not_add_up_is_found),
        TEST(a_sleeping_order_may_hold_stock),
        cmocka_unit_test(an_empty_shop_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
