#include "lib/shop_story.h"

#include "lib/imported_order.h"

#include <string.h>

enum { NORTH = 2, LAPTOP = 1, BOOK, SHIRT, STEP_MS = 1000 };

struct story {
    struct fixture *fixture;
    void (*ran)(void *context, struct fixture *fixture);
    void *context;
};

static void run(struct story *story, struct command *command)
{
    story->fixture->decision.now_ms += STEP_MS;
    ensure(fixture_run(story->fixture, command).code == ERR_NONE);
    if (story->fixture->events.length > 0)
        story->ran(story->context, story->fixture);
}

static void open_shop(struct story *story)
{
    struct shop_command create = {
        .command = {.ops = &command_shop_create, .actor = ACTOR_SYSTEM},
        .currency = money_currency("USD"),
        .timeline = 77,
    };
    struct shop_command start = {
        .command = {.ops = &command_process_start, .actor = ACTOR_SYSTEM},
        .timeline = 77,
    };
    struct category_command category = {
        .command = {.ops = &command_category_create, .actor = ACTOR_OPERATOR},
        .parent = 1,
        .name = TEXT("Laptops"),
    };
    struct location_command north = {
        .command = {.ops = &command_location_put, .actor = ACTOR_OPERATOR},
        .name = TEXT("north"),
        .priority = 5,
    };

    run(story, &create.command);
    run(story, &start.command);
    run(story, &category.command);
    run(story, &north.command);
}

static void add_product(struct story *story, const char *sku, int64_t price_minor)
{
    struct product_command create = {
        .command = {.ops = &command_product_create, .actor = ACTOR_OPERATOR},
        .draft = {.category = 6, .price_minor = price_minor, .low_stock_threshold = 2},
    };

    create.draft.texts[PRODUCT_SKU] = text_of(sku);
    create.draft.texts[PRODUCT_SLUG] = text_of(sku);
    create.draft.texts[PRODUCT_NAME] = TEXT("G\xc3\xb6\xc3\x9f' \"thing\"");
    create.draft.texts[PRODUCT_BRAND] = TEXT("Brand");
    create.draft.texts[PRODUCT_ATTRIBUTES] = TEXT("{\"size\":\"XL\"}");
    run(story, &create.command);
}

static void receive(struct story *story, uint32_t product, uint16_t location, int64_t quantity)
{
    struct stock_movement movement = {product, STOCK_RECEIVED, location, 0, quantity};
    struct stock_command move = {
        .command = {.ops = &command_stock_move, .actor = ACTOR_OPERATOR},
        .movements = &movement,
        .movement_count = 1,
    };

    run(story, &move.command);
}

static void fill_shelves(struct story *story)
{
    struct product_command update = {
        .command = {.ops = &command_product_update, .actor = ACTOR_OPERATOR},
        .draft = {.number = BOOK, .price_minor = 4999},
        .fields = 1U << PRODUCT_FIELD_PRICE,
    };
    struct stock_movement transfer = {SHIRT, STOCK_TRANSFERRED, FIXTURE_MAIN, NORTH, 10};
    struct stock_command move = {
        .command = {.ops = &command_stock_move, .actor = ACTOR_OPERATOR},
        .movements = &transfer,
        .movement_count = 1,
    };

    add_product(story, "LAP-1", 99999);
    add_product(story, "BOOK-1", 5999);
    add_product(story, "SHIRT-1", 1999);
    run(story, &update.command);
    receive(story, LAPTOP, FIXTURE_MAIN, 3);
    receive(story, LAPTOP, NORTH, 4);
    receive(story, BOOK, FIXTURE_MAIN, 20);
    receive(story, SHIRT, FIXTURE_MAIN, 100);
    run(story, &move.command);
}

static uint32_t add_customer(struct story *story, struct text name, struct text email, uint8_t tier)
{
    struct customer_command create = {
        .command = {.ops = &command_customer_create, .actor = ACTOR_OPERATOR},
        .contact = {.name = name, .email = email, .phone = TEXT("+15550100")},
        .has_contact = true,
        .tier = tier,
        .has_tier = true,
    };

    run(story, &create.command);
    return create.number;
}

/* Carol registers, logs in on another machine, gets another token there, and logs out of the first.
 */
static void open_account(struct story *story)
{
    struct customer_command create = {
        .command = {.ops = &command_customer_create, .actor = ACTOR_GUEST},
        .contact = {.name = TEXT("Carol"),
                    .email = TEXT(STORY_CAROL_EMAIL),
                    .addresses = TEXT("[{\"country\":\"DE\"}]"),
                    .preferences = TEXT("{\"language\":\"de\"}"),
                    .password = TEXT(STORY_CAROL_HASH),
                    .email_tag = TEXT(STORY_CAROL_TAG)},
        .token = {.digest = {1}, .life_ms = 1000000},
    };

    run(story, &create.command);
    ensure(create.number == STORY_CAROL);
    struct session_command start = {
        .command = {.ops = &command_session_start, .actor = ACTOR_GUEST},
        .customer = create.number,
        .password_event = create.customer.password_event,
        .token = {.digest = {2}, .life_ms = 2000000},
    };
    struct session_command rotate = {
        .command = {.ops = &command_session_rotate, .actor = ACTOR_CUSTOMER},
        .customer = create.number,
        .digest = {2},
        .token = {.digest = {3}, .life_ms = 3000000},
    };
    struct session_command end = {
        .command = {.ops = &command_session_end, .actor = ACTOR_CUSTOMER},
        .customer = create.number,
        .digest = {1},
    };

    run(story, &start.command);
    run(story, &rotate.command);
    run(story, &end.command);
    struct customer_command forgotten = {
        .command = {.ops = &command_password_reset, .actor = ACTOR_GUEST},
        .contact = {.email_tag = TEXT(STORY_CAROL_TAG)},
        .life_ms = 4000000,
    };

    run(story, &forgotten.command);
}

/* Carol is of the staff, makes a key for a service and revokes it. */
static void keep_shop(struct story *story)
{
    struct customer_command role = {
        .command = {.ops = &command_customer_role, .by = {OPERATOR_KEY, 0}},
        .number = STORY_CAROL,
        .role = ROLE_STAFF,
    };
    struct api_key_command create = {
        .command = {.ops = &command_api_key_create, .by = {OPERATOR_STAFF, STORY_CAROL}},
        .key = {.digest = {9}, .scopes = SCOPE_WRITE(AREA_ORDERS), .name = "ERP"},
    };
    struct api_key_command other = create;
    struct api_key_command revoke = {
        .command = {.ops = &command_api_key_revoke, .by = {OPERATOR_SERVICE, 1}},
        .number = 1,
    };

    other.key.digest[0] = 10;
    other.key.expires_ms = UINT64_C(1800000000000);
    run(story, &role.command);
    run(story, &create.command);
    run(story, &other.command);
    run(story, &revoke.command);
}

/* What Carol says later takes the place of what she said, and the rest stays. */
static void change_account(struct story *story)
{
    struct customer_command update = {
        .command = {.ops = &command_customer_update, .actor = ACTOR_CUSTOMER},
        .number = STORY_CAROL,
        .contact = {.phone = TEXT("+15550199"), .name = TEXT("Carol Ann")},
        .has_contact = true,
    };

    run(story, &update.command);
}

static void set_pricing(struct story *story)
{
    struct pricing_command set = {
        .command = {.ops = &command_pricing_set, .actor = ACTOR_OPERATOR},
        .pricing = {.policy = PRICING_STACK, .rule_count = 2},
    };

    memcpy(set.pricing.rules[0].strategy, "bulk", 4);
    set.pricing.rules[0].min_quantity = 5;
    set.pricing.rules[0].basis_points = 1000;
    memcpy(set.pricing.rules[1].strategy, "membership", 10);
    set.pricing.rules[1].basis_points = 1500;
    run(story, &set.command);
}

static void set_line(struct story *story, uint64_t cart, uint32_t product, uint32_t quantity)
{
    struct cart_line line = {product, quantity};
    struct cart_command set = {
        .command = {.ops = &command_cart_set, .actor = ACTOR_GUEST},
        .cart = STORY_CART(cart),
        .lines = &line,
        .line_count = 1,
    };

    run(story, &set.command);
}

static void expire_cart(struct story *story, uint64_t cart)
{
    story->fixture->decision.now_ms += 5 * STEP_MS;
    struct timeout_command expire = {
        .command = {.ops = &command_cart_expire, .actor = ACTOR_SYSTEM},
        .number = STORY_CART(cart),
        .asked_ms = story->fixture->decision.now_ms,
    };

    run(story, &expire.command);
}

static void own_cart(struct story *story, uint64_t cart, uint32_t customer, struct text email)
{
    struct cart_command open = {
        .command = {.ops = &command_cart_open, .actor = ACTOR_GUEST},
        .cart = STORY_CART(cart),
        .customer = customer,
        .contact = {.email = email},
    };

    run(story, &open.command);
}

void shop_story_key(uint32_t n, uint8_t key_out[16])
{
    for (uint32_t i = 0; i < 16; i++)
        key_out[i] = (uint8_t)(n * 16 + i);
}

static void buy(struct story *story, uint64_t cart, uint32_t n, struct text email)
{
    struct checkout_command checkout = {
        .command = {.ops = &command_checkout, .actor = ACTOR_GUEST},
        .cart = STORY_CART(cart),
        .body_hash = UINT64_C(0xfedcba9876543210) + n,
        .contact =
            {
                .name = TEXT("A Name"),
                .email = email,
                .shipping_address = TEXT("{\"city\":\"Springfield\",\"country\":\"US\"}"),
                .metadata = TEXT("{\"gift\":true}"),
            },
        .country = "US",
        .expected_total_minor = -1,
    };

    shop_story_key(n, checkout.key);
    run(story, &checkout.command);
    ensure(checkout.order != NULL);
}

static void change_order(struct story *story, const struct command_ops *ops,
                         struct order_command change)
{
    change.command = (struct command){.ops = ops, .actor = ACTOR_OPERATOR};
    run(story, &change.command);
}

static void tell_payment(struct story *story, struct payment_command payment)
{
    payment.command = (struct command){.ops = &command_payment_event, .actor = ACTOR_GATEWAY};
    payment.currency = money_currency("USD");
    payment.occurred_ms = story->fixture->decision.now_ms;
    run(story, &payment.command);
}

static int64_t total_of(const struct story *story, uint64_t order)
{
    return order_find(&story->fixture->shop.orders, order)->totals.total_minor;
}

static void tell_tracking(struct story *story, const char *id, enum tracking_status status,
                          uint64_t after_ms)
{
    struct shipment_command tell = {
        .command = {.ops = &command_shipment_event, .actor = ACTOR_CARRIER},
        .order = 1,
        .shipment = 1,
        .status = status,
        .occurred_ms = FIXTURE_START_MS + after_ms,
        .id = text_of(id),
        .code = status == TRACKING_DELIVERED ? TEXT("POD") : TEXT_NONE,
    };

    run(story, &tell.command);
}

/* Five laptops lie at two places; one is cancelled, the rest goes out in two parcels. */
static void live_order_1(struct story *story)
{
    struct order_part_request one_laptop = {0, 1};

    change_order(story, &command_order_confirm, (struct order_command){.order = 1});
    tell_payment(story, (struct payment_command){.order = 1,
                                                 .kind = PAYMENT_SUCCEEDED,
                                                 .amount_minor = total_of(story, 1),
                                                 .id = TEXT("evt_1"),
                                                 .reference = TEXT("pay_1")});
    change_order(
        story, &command_order_cancel,
        (struct order_command){
            .order = 1, .lines = &one_laptop, .line_count = 1, .note = TEXT("one too many")});
    change_order(story, &command_order_ship,
                 (struct order_command){.order = 1,
                                        .location = FIXTURE_MAIN,
                                        .note = TEXT("DHL"),
                                        .tracking_number = TEXT("T-1")});
    change_order(story, &command_order_ship,
                 (struct order_command){.order = 1, .location = NORTH, .note = TEXT("UPS")});
    tell_tracking(story, "evt_2", TRACKING_OUT_FOR_DELIVERY, 2000);
    tell_tracking(story, "evt_1", TRACKING_IN_TRANSIT, 1000);
    tell_tracking(story, "evt_3", TRACKING_DELIVERED, 3000);
    change_order(story, &command_order_deliver, (struct order_command){.order = 1});
}

static void buy_all(struct story *story, uint32_t alice, uint32_t bob)
{
    set_line(story, STORY_GUEST_CART, LAPTOP, 5);
    set_line(story, STORY_GUEST_CART, BOOK, 5);
    buy(story, STORY_GUEST_CART, 1, TEXT(STORY_GUEST_EMAIL));
    own_cart(story, STORY_ALICE_CART, alice, TEXT_NONE);
    set_line(story, STORY_ALICE_CART, BOOK, 2);
    buy(story, STORY_ALICE_CART, 2, TEXT(STORY_ALICE_EMAIL));
    set_line(story, STORY_ALICE_CART, SHIRT, 7);
    buy(story, STORY_ALICE_CART, 3, TEXT(STORY_ALICE_EMAIL));
    own_cart(story, STORY_OPEN_CART, 0, TEXT(STORY_GUEST_EMAIL));
    set_line(story, STORY_OPEN_CART, SHIRT, 1);
    set_line(story, STORY_OPEN_CART, BOOK, 3);
    set_line(story, 4, BOOK, 1);
    set_line(story, 4, BOOK, 0);
    own_cart(story, STORY_BOB_CART, bob, TEXT_NONE);
    live_order_1(story);
    change_order(story, &command_order_cancel,
                 (struct order_command){.order = 2, .note = TEXT("changed her mind")});
    tell_payment(story, (struct payment_command){.order = 2,
                                                 .kind = PAYMENT_FAILED,
                                                 .id = TEXT("evt_2"),
                                                 .reason = TEXT("card_declined")});
    tell_payment(story, (struct payment_command){.order = 2,
                                                 .kind = PAYMENT_SUCCEEDED,
                                                 .amount_minor = 9998,
                                                 .id = TEXT("evt_3"),
                                                 .reference = TEXT("pay_2")});
    set_line(story, STORY_GUEST_CART, SHIRT, 90);
    buy(story, STORY_GUEST_CART, 4, TEXT(STORY_GUEST_EMAIL));
    set_line(story, STORY_BOB_CART, BOOK, 1);
    buy(story, STORY_BOB_CART, 5, TEXT(STORY_BOB_EMAIL));
}

/* One is warned about and expires, another is warned about. */
static void leave_carts(struct story *story)
{
    struct timeouts *timeouts = &story->fixture->shop.timeouts;
    own_cart(story, STORY_LEFT_CART, 0, TEXT(STORY_GUEST_EMAIL));
    set_line(story, STORY_LEFT_CART, BOOK, 1);
    set_line(story, STORY_LEFT_CART + 1, SHIRT, 2);
    timeouts->cart_ms = 10 * STEP_MS;
    timeouts->cart_warning_ms = 5 * STEP_MS;
    expire_cart(story, STORY_LEFT_CART);
    expire_cart(story, STORY_LEFT_CART);
    expire_cart(story, STORY_LEFT_CART + 1);
    *timeouts = timeouts_defaults();
}

static void forget(struct story *story, uint32_t bob)
{
    struct customer_command erase = {
        .command = {.ops = &command_customer_erase, .actor = ACTOR_OPERATOR},
        .number = bob,
    };
    struct shop_command start = {
        .command = {.ops = &command_process_start, .actor = ACTOR_SYSTEM},
        .timeline = 77,
    };
    struct product_command archive = {
        .command = {.ops = &command_product_update, .actor = ACTOR_OPERATOR},
        .draft = {.number = LAPTOP, .status = PRODUCT_ARCHIVED},
        .fields = 1U << PRODUCT_FIELD_STATUS,
    };

    run(story, &start.command);
    run(story, &erase.command);
    change_order(story, &command_order_erase, (struct order_command){.order = 4});
    run(story, &archive.command);
}

void shop_story_tell(struct fixture *fixture, void (*ran)(void *context, struct fixture *fixture),
                     void *context)
{
    struct story story = {fixture, ran, context};

    open_shop(&story);
    fill_shelves(&story);
    uint32_t alice = add_customer(&story, TEXT("Alice"), TEXT(STORY_ALICE_EMAIL), TIER_MEMBER);
    uint32_t bob = add_customer(&story, TEXT("Bob"), TEXT(STORY_BOB_EMAIL), TIER_NONE);

    set_pricing(&story);
    buy_all(&story, alice, bob);
    leave_carts(&story);
    open_account(&story);
    change_account(&story);
    change_order(&story, &command_order_correct,
                 (struct order_command){.order = 5, .contact = {.phone = TEXT("+15550123")}});
    keep_shop(&story);
    forget(&story, bob);
}

static void review(struct story *story, const struct command_ops *ops, struct review_command review)
{
    review.command = (struct command){.ops = ops, .actor = ACTOR_CUSTOMER};
    if (review.is_staff)
        review.command.by = (struct operator){OPERATOR_STAFF, STORY_CAROL};
    run(story, &review.command);
}

static uint64_t buy_book(struct story *story, uint32_t customer)
{
    uint32_t n = 30 + customer;

    own_cart(story, n, customer, TEXT_NONE);
    set_line(story, n, BOOK, 1);
    buy(story, n, 5 + customer, TEXT("reader@shop.example"));
    return story->fixture->shop.orders.last_number;
}

static void get_book(struct story *story, uint32_t customer)
{
    uint64_t order = buy_book(story, customer);

    change_order(story, &command_order_confirm, (struct order_command){.order = order});
    change_order(story, &command_order_ship, (struct order_command){.order = order});
    change_order(story, &command_order_deliver, (struct order_command){.order = order});
}

static void review_books(struct story *story)
{
    struct review_command carols = {.product = BOOK,
                                    .customer = STORY_CAROL,
                                    .number = 1,
                                    .stars = 5,
                                    .contact = {.name = TEXT("C."), .metadata = TEXT("\"Great\"")}};
    struct review_command doras = {.product = BOOK,
                                   .customer = STORY_DORA,
                                   .stars = 1,
                                   .contact = {.metadata = TEXT("\"Bad\"")}};
    struct review_command eves = {.product = BOOK,
                                  .customer = STORY_EVE,
                                  .stars = 2,
                                  .contact = {.metadata = TEXT("\"Eve was here\"")}};

    review(story, &command_review_create, carols);
    carols.stars = 3;
    carols.contact.metadata = TEXT("\"Not so great\"");
    review(story, &command_review_update, carols);
    review(story, &command_review_create, doras);
    review(story, &command_review_create, eves);
    review(story, &command_review_remove, carols);
    carols.stars = 4;
    review(story, &command_review_create, carols);
    review(story, &command_review_remove, (struct review_command){.number = 2, .is_staff = true});
}

void shop_story_review(struct fixture *fixture, void (*ran)(void *context, struct fixture *fixture),
                       void *context)
{
    struct story story = {fixture, ran, context};
    struct product_command rated = {
        .command = {.ops = &command_product_update, .actor = ACTOR_OPERATOR},
        .draft = {.number = BOOK, .rating_count = 10, .rating_x100 = 430},
        .fields = 1U << PRODUCT_FIELD_RATING,
    };
    struct customer_command erase = {
        .command = {.ops = &command_customer_erase, .actor = ACTOR_OPERATOR},
        .number = STORY_EVE,
    };

    run(&story, &rated.command);
    ensure(add_customer(&story, TEXT("Dora"), TEXT("dora@shop.example"), TIER_NONE) == STORY_DORA);
    ensure(add_customer(&story, TEXT("Eve"), TEXT("eve@shop.example"), TIER_NONE) == STORY_EVE);
    ensure(add_customer(&story, TEXT("Finn"), TEXT("finn@shop.example"), TIER_NONE) == STORY_FINN);
    get_book(&story, STORY_CAROL);
    get_book(&story, STORY_DORA);
    get_book(&story, STORY_EVE);
    (void)buy_book(&story, STORY_FINN);
    review_books(&story);
    run(&story, &erase.command);
}

void shop_story_move_in(struct fixture *fixture,
                        void (*ran)(void *context, struct fixture *fixture), void *context)
{
    struct story story = {fixture, ran, context};
    struct imported_order doras;

    imported_order_make(&doras, &(struct imported_wish){
                                    .number = STORY_IMPORTED,
                                    .at_ms = fixture->shop.orders.last_created_ms + 1,
                                    .customer = STORY_DORA,
                                    .products = {BOOK, SHIRT},
                                    .places = {FIXTURE_MAIN, NORTH},
                                });
    run(&story, &doras.command.command);
    change_order(&story, &command_order_ship, (struct order_command){.order = STORY_IMPORTED});
    (void)buy_book(&story, STORY_DORA);
}
