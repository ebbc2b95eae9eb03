/* The auditor: finds nothing in honest books, and every lie of a table of lies. */
#include "app/audit.h"
#include "lib/executor_fixture.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 96, EVENT_BYTES_MAX = 4096, SENTENCES_MAX = 64, SENTENCE_SIZE = 400 };

/* Copies of events that may be spoiled. */
struct story {
    uint32_t count;
    _Alignas(8) char bytes[EVENTS_MAX][EVENT_BYTES_MAX];
};

struct findings {
    uint32_t count;
    char sentences[SENTENCES_MAX][SENTENCE_SIZE];
};

static void note_finding(void *context, const char *sentence)
{
    struct findings *findings = context;
    assert_null(strchr(sentence, '\n'));
    if (findings->count < SENTENCES_MAX)
        (void)snprintf(findings->sentences[findings->count], SENTENCE_SIZE, "%s", sentence);
    findings->count++;
}

static struct audit *audit_new(struct findings *findings)
{
    findings->count = 0;
    return audit_open(&(struct audit_options){.on_finding = note_finding, .context = findings});
}

static struct event *story_event(struct story *story, uint32_t position)
{
    return (void *)story->bytes[position];
}

static bool keep_event(void *context, const struct event *event)
{
    struct story *story = context;
    assert_true(story->count < EVENTS_MAX);
    assert_true(event->length <= EVENT_BYTES_MAX);
    memcpy(story->bytes[story->count++], event, event->length);
    return true;
}

static void assert_nothing_found(const struct findings *findings)
{
    for (uint32_t i = 0; i < findings->count && i < SENTENCES_MAX; i++)
        print_message("found: %s\n", findings->sentences[i]);
    assert_int_equal(findings->count, 0);
}

static bool is_found(const struct findings *findings, const char *part)
{
    for (uint32_t i = 0; i < findings->count && i < SENTENCES_MAX; i++) {
        if (strstr(findings->sentences[i], part) != NULL)
            return true;
    }
    return false;
}

/* --- a shop in which everything happened once --- */

enum { CART = 100, PIECES = 100 };

static uint32_t make_customer(struct executor_fixture *fixture)
{
    struct customer_command *create = arena_alloc(&fixture->arena, sizeof *create);
    create->command = (struct command){.ops = &command_customer_create, .arena = &fixture->arena};
    create->contact.name = TEXT("Bob");
    create->contact.email = TEXT("bob@example.com");
    create->has_contact = true;
    create->tier = TIER_MEMBER;
    create->has_tier = true;
    executor_fixture_run(fixture, &create->command);
    return create->number;
}

static void erase_customer(struct executor_fixture *fixture, uint32_t number)
{
    struct customer_command *erase = arena_alloc(&fixture->arena, sizeof *erase);
    erase->command = (struct command){.ops = &command_customer_erase, .arena = &fixture->arena};
    erase->number = number;
    executor_fixture_run(fixture, &erase->command);
}

static void set_prices(struct executor_fixture *fixture, enum pricing_policy policy)
{
    struct pricing_command *set = arena_alloc(&fixture->arena, sizeof *set);
    set->command = (struct command){.ops = &command_pricing_set, .arena = &fixture->arena};
    set->pricing = (struct pricing){
        .policy = policy,
        .rule_count = 3,
        .rules = {{.strategy = "bulk", .min_quantity = 5, .basis_points = 1000},
                  {.strategy = "membership", .basis_points = 1500},
                  {.strategy = "seasonal", .from_ms = 1, .category = 1, .basis_points = 333}},
    };
    executor_fixture_run(fixture, &set->command);
}

static void buy_as(struct executor_fixture *fixture, uint32_t customer, uint64_t cart,
                   const char *key)
{
    struct cart_command *open = arena_alloc(&fixture->arena, sizeof *open);
    open->command = (struct command){.ops = &command_cart_open, .arena = &fixture->arena};
    open->cart = cart;
    open->customer = customer;
    executor_fixture_run(fixture, &open->command);
    (void)executor_fixture_buy(fixture, cart, 7, key);
}

static void move_order(struct executor_fixture *fixture, const struct command_ops *ops,
                       uint64_t order, uint32_t quantity)
{
    struct order_command *command = fixture_make_order(fixture, ops, order);
    struct order_part_request *part = arena_alloc(&fixture->arena, sizeof *part);
    *part = (struct order_part_request){.line = 0, .quantity = quantity};
    command->lines = quantity == 0 ? NULL : part;
    command->line_count = quantity == 0 ? 0 : 1;
    command->note = TEXT("because");
    executor_fixture_run(fixture, &command->command);
}

/* Logs in, and out of it. */
static void make_account(struct executor_fixture *fixture)
{
    struct customer_command *create = arena_alloc(&fixture->arena, sizeof *create);
    create->command = (struct command){.ops = &command_customer_create, .arena = &fixture->arena};
    create->contact.password = TEXT("hash");
    create->contact.email_tag = TEXT("a tag of 16 byte");
    create->token = (struct token_start){.digest = {1}, .life_ms = 1000};
    executor_fixture_run(fixture, &create->command);
    struct customer_command *forgotten = arena_alloc(&fixture->arena, sizeof *forgotten);
    forgotten->command = (struct command){.ops = &command_password_reset, .arena = &fixture->arena};
    forgotten->contact.email_tag = TEXT("a tag of 16 byte");
    forgotten->life_ms = 1000;
    executor_fixture_run(fixture, &forgotten->command);
    struct api_key_command *key = arena_alloc(&fixture->arena, sizeof *key);
    key->command = (struct command){
        .ops = &command_api_key_create, .arena = &fixture->arena, .by = {OPERATOR_KEY, 0}};
    key->key = (struct api_key){.digest = {9}, .scopes = SCOPE_READ(AREA_ORDERS), .name = "ERP"};
    executor_fixture_run(fixture, &key->command);
    struct api_key_command *revoke = arena_alloc(&fixture->arena, sizeof *revoke);
    revoke->command = (struct command){.ops = &command_api_key_revoke,
                                       .arena = &fixture->arena,
                                       .by = {OPERATOR_SERVICE, key->number}};
    revoke->number = key->number;
    executor_fixture_run(fixture, &revoke->command);
    struct session_command *rotate = arena_alloc(&fixture->arena, sizeof *rotate);
    rotate->command = (struct command){.ops = &command_session_rotate, .arena = &fixture->arena};
    rotate->customer = create->number;
    rotate->digest[0] = 1;
    rotate->token = (struct token_start){.digest = {2}, .life_ms = 1000};
    executor_fixture_run(fixture, &rotate->command);
}

static void tell_payment(struct executor_fixture *fixture, uint64_t order, enum payment_kind kind,
                         const char *id)
{
    struct payment_command *command = arena_alloc(&fixture->arena, sizeof *command);
    command->command = (struct command){
        .ops = &command_payment_event, .arena = &fixture->arena, .actor = ACTOR_GATEWAY};
    command->order = order;
    command->kind = kind;
    const struct order *found = order_find(&fixture->shop.orders, order);
    command->amount_minor = kind == PAYMENT_SUCCEEDED ? found->totals.total_minor : 0;
    command->currency = fixture->shop.currency;
    command->id = text_of(id);
    executor_fixture_run(fixture, &command->command);
}

/* Order 7 is paid, cancelled in two steps and paid again; the payment of 8 fails. */
static void pay_orders(struct executor_fixture *fixture)
{
    (void)executor_fixture_buy(fixture, CART + 4, 2, "seven");
    (void)executor_fixture_buy(fixture, CART + 5, 2, "eight");
    tell_payment(fixture, 7, PAYMENT_SUCCEEDED, "evt_1");
    move_order(fixture, &command_order_cancel, 7, 1);
    move_order(fixture, &command_order_cancel, 7, 0);
    tell_payment(fixture, 7, PAYMENT_SUCCEEDED, "evt_2");
    tell_payment(fixture, 8, PAYMENT_FAILED, "evt_3");
    tell_payment(fixture, 8, PAYMENT_FAILED, "evt_4");
}

static void tell_tracking(struct executor_fixture *fixture, enum tracking_status status,
                          const char *id)
{
    struct shipment_command *tell = arena_alloc(&fixture->arena, sizeof *tell);
    tell->command = (struct command){
        .ops = &command_shipment_event, .arena = &fixture->arena, .actor = ACTOR_CARRIER};
    tell->order = 9;
    tell->shipment = 1;
    tell->status = status;
    tell->occurred_ms = 7;
    tell->id = text_of(id);
    executor_fixture_run(fixture, &tell->command);
}

/* Order 9 is brought by a carrier. */
static void send_an_order(struct executor_fixture *fixture)
{
    (void)executor_fixture_buy(fixture, CART + 7, 1, "nine");
    move_order(fixture, &command_order_confirm, 9, 0);
    move_order(fixture, &command_order_ship, 9, 0);
    tell_tracking(fixture, TRACKING_IN_TRANSIT, "evt_1");
    tell_tracking(fixture, TRACKING_DELIVERED, "evt_2");
    tell_tracking(fixture, TRACKING_DELIVERED, "evt_3");
}

/* Cart 6 is warned about and expires. */
static void let_a_cart_expire(struct executor_fixture *fixture)
{
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART + 6, 2));
    fixture->shop.timeouts.cart_ms = 2000;
    fixture->shop.timeouts.cart_warning_ms = 1000;
    for (uint32_t i = 0; i < 2; i++) {
        fixture->now_ms += 1000;
        struct timeout_command *expire = arena_alloc(&fixture->arena, sizeof *expire);
        expire->command = (struct command){
            .ops = &command_cart_expire, .arena = &fixture->arena, .actor = ACTOR_SYSTEM};
        expire->number = CART + 6;
        expire->asked_ms = fixture->now_ms;
        executor_fixture_run(fixture, &expire->command);
    }
    fixture->shop.timeouts = timeouts_defaults();
}

static void correct_order(struct executor_fixture *fixture, uint64_t order)
{
    struct order_command *command = fixture_make_order(fixture, &command_order_correct, order);
    command->contact.name = TEXT("Robert");
    executor_fixture_run(fixture, &command->command);
}

static void review(struct executor_fixture *fixture, const struct command_ops *ops,
                   uint32_t customer, uint8_t stars)
{
    struct review_command *command = arena_alloc(&fixture->arena, sizeof *command);
    command->command = (struct command){.ops = ops, .arena = &fixture->arena};
    command->product = 1;
    command->customer = customer;
    command->number = 1;
    command->stars = stars;
    command->contact.metadata = TEXT("\"Good\"");
    executor_fixture_run(fixture, &command->command);
}

/* A third customer gets order 10, and reviews it twice. */
static void review_an_order(struct executor_fixture *fixture)
{
    uint32_t customer = make_customer(fixture);
    buy_as(fixture, customer, CART + 8, "ten");
    move_order(fixture, &command_order_confirm, 10, 0);
    move_order(fixture, &command_order_ship, 10, 0);
    move_order(fixture, &command_order_deliver, 10, 0);
    review(fixture, &command_review_create, customer, 4);
    review(fixture, &command_review_update, customer, 2);
    review(fixture, &command_review_remove, customer, 1);
}

/* Order 1 goes all the way in two parcels, 2 is cancelled in two steps, 3 is confirmed, 4 and 5 are
 * a customer's who is erased, 6 waits; then come those of pay_orders(). */
static struct executor_fixture *lively_shop(void)
{
    struct executor_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    executor_fixture_init(fixture);
    executor_fixture_open(fixture);
    executor_fixture_run(fixture, fixture_make_stock(fixture, PIECES));
    executor_fixture_run(fixture, fixture_make_stock(fixture, -3));
    (void)executor_fixture_buy(fixture, CART, 5, "one");
    set_prices(fixture, PRICING_BEST);
    (void)executor_fixture_buy(fixture, CART + 1, 7, "two");
    (void)executor_fixture_buy(fixture, CART, 1, "three");
    set_prices(fixture, PRICING_STACK);
    uint32_t customer = make_customer(fixture);
    buy_as(fixture, customer, CART + 2, "four");
    buy_as(fixture, customer, CART + 2, "five");
    (void)executor_fixture_buy(fixture, CART + 3, 6, "six");
    move_order(fixture, &command_order_confirm, 1, 0);
    move_order(fixture, &command_order_ship, 1, 2);
    move_order(fixture, &command_order_ship, 1, 0);
    move_order(fixture, &command_order_deliver, 1, 0);
    move_order(fixture, &command_order_cancel, 2, 3);
    move_order(fixture, &command_order_cancel, 2, 0);
    move_order(fixture, &command_order_confirm, 3, 0);
    correct_order(fixture, 3);
    erase_customer(fixture, customer);
    make_account(fixture);
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART + 9, 2));
    pay_orders(fixture);
    send_an_order(fixture);
    review_an_order(fixture);
    let_a_cart_expire(fixture);
    return fixture;
}

static void shop_free(struct executor_fixture *fixture)
{
    executor_fixture_close(fixture);
    free(fixture);
}

static struct store_reader *reader_of(struct executor_fixture *fixture)
{
    struct store_reader *reader;
    assert_ok(store_reader_open(&fixture->probe.store, &reader));
    return reader;
}

/* --- honest books --- */

static void honest_books_have_no_findings(void **state)
{
    (void)state;
    struct executor_fixture *fixture = lively_shop();
    static struct findings findings;
    struct audit *audit = audit_new(&findings);
    struct store_reader *reader = reader_of(fixture);
    assert_ok(audit_read_events(audit, reader));
    audit_compare_shop(audit, &fixture->shop);
    assert_ok(audit_compare_orders(audit, reader));
    assert_ok(audit_compare_contacts(audit, reader));
    assert_nothing_found(&findings);

    struct audit_totals totals = audit_totals(audit);
    assert_int_equal(totals.events, fixture->shop.last_event);
    assert_int_equal(totals.orders, 10);
    assert_int_equal(totals.orders_live, 4);
    assert_int_equal(totals.orders_cancelled, 3);
    assert_int_equal(totals.pieces_shipped, 6 + 7);
    assert_int_equal(totals.pieces_on_hand, PIECES - 3 - 6 - 7);
    assert_int_equal(totals.pieces_reserved, 1 + 7 + 7 + 6);
    assert_int_equal(totals.carts, 1);
    assert_int_equal(totals.customers, 3);
    assert_int_equal(totals.products, 1);
    assert_int_equal(totals.findings, 0);
    store_reader_close(reader);
    audit_close(audit);
    shop_free(fixture);
}

static void the_cart_of_an_erased_member_buys_at_full_price(void **state)
{
    (void)state;
    struct executor_fixture *fixture = lively_shop();
    static struct findings findings;
    uint32_t customer = make_customer(fixture);
    buy_as(fixture, customer, CART + 20, "as a member");
    erase_customer(fixture, customer);
    uint64_t order = executor_fixture_buy(fixture, CART + 20, 1, "as nobody");
    assert_int_equal(order_find(&fixture->shop.orders, order)->customer, customer);
    struct audit *audit = audit_new(&findings);
    struct store_reader *reader = reader_of(fixture);
    assert_ok(audit_read_events(audit, reader));
    audit_compare_shop(audit, &fixture->shop);
    assert_nothing_found(&findings);
    store_reader_close(reader);
    audit_close(audit);
    shop_free(fixture);
}

static uint32_t findings_by_life(struct executor_fixture *fixture, struct findings *findings,
                                 uint64_t cart_life_ms)
{
    findings->count = 0;
    struct audit *audit = audit_open(&(struct audit_options){
        .on_finding = note_finding, .context = findings, .cart_life_ms = cart_life_ms});
    struct store_reader *reader = reader_of(fixture);
    assert_ok(audit_read_events(audit, reader));
    audit_compare_shop(audit, &fixture->shop);
    store_reader_close(reader);
    audit_close(audit);
    return findings->count;
}

/* The last event is 2,000 ms younger than the last touch of cart 9. */
static void a_cart_that_outlived_its_time_is_found(void **state)
{
    (void)state;
    struct executor_fixture *fixture = lively_shop();
    static struct findings findings;
    assert_int_equal(findings_by_life(fixture, &findings, 0), 0);
    assert_int_equal(findings_by_life(fixture, &findings, 2000), 0);
    assert_int_equal(findings_by_life(fixture, &findings, 1999), 1);
    assert_true(is_found(&findings, "cart 109 was not touched for 2 s and has not expired"));
    shop_free(fixture);
}

/* --- lies in the events --- */

static struct event_order_placed *placed_at(struct event *event)
{
    return (struct event_order_placed *)(event + 1);
}

static struct event_order_line *line_at(struct event *event)
{
    return (struct event_order_line *)(placed_at(event) + 1);
}

static struct event_order_part *part_at(struct event *event)
{
    return (struct event_order_part *)(line_at(event) + placed_at(event)->line_count);
}

static struct event_order_changed *changed_at(struct event *event)
{
    return (struct event_order_changed *)(event + 1);
}

static struct event_order_line_change *cut_at(struct event *event)
{
    return (struct event_order_line_change *)(changed_at(event) + 1);
}

static struct event_order_part *back_at(struct event *event)
{
    return (struct event_order_part *)(cut_at(event) + changed_at(event)->line_count);
}

static struct event_stock_row *row_at(struct event *event)
{
    return (void *)((struct event_stock_moved *)(event + 1) + 1);
}

static uint64_t *contact_at(struct event *event)
{
    return (void *)((struct event_contacts_erased *)(event + 1) + 1);
}

static struct event_cart_line *cart_line_at(struct event *event)
{
    return (struct event_cart_line *)((struct event_cart_changed *)(event + 1) + 1);
}

/* A lie: in the nth event of a type, by a few statements. */
struct lie {
    enum event_type type;
    uint32_t nth;
    void (*tell)(struct event *event);
    const char *sentence; /* what the auditor must say, in part */
};

static struct event_review_put *review_in(struct event *event)
{
    return (struct event_review_put *)(event + 1);
}

#define LIE(name, statement)                                                                       \
    static void name(struct event *event)                                                          \
    {                                                                                              \
        statement;                                                                                 \
    }

LIE(skips_a_number, event->number++)
LIE(goes_back_in_time, event->time_ms = 1)
LIE(counts_one_more, row_at(event)->on_hand++)
LIE(counts_a_promise, row_at(event)->reserved++)
LIE(loses_a_piece, row_at(event)->change--)
LIE(puts_more_in_the_cart, cart_line_at(event)->quantity++)
LIE(orders_one_more, line_at(event)->quantity++)
LIE(charges_more, line_at(event)->unit_price_minor++)
LIE(gives_more_off, line_at(event)->discount_minor++)
LIE(names_another_rule, line_at(event)->rule_mask ^= 4)
LIE(adds_up_wrong, placed_at(event)->totals.total_minor++)
LIE(forgets_the_discount, placed_at(event)->totals.discount_minor = 0)
LIE(reserves_one_less, part_at(event)->quantity--)
LIE(says_other_stock, part_at(event)->reserved++)
LIE(follows_another, placed_at(event)->previous = 1)
LIE(takes_the_key_of_another, memset(placed_at(event)->key, 7, 16))
LIE(is_in_another_currency, placed_at(event)->currency++)
LIE(has_old_prices, placed_at(event)->pricing_version--)
LIE(is_of_another_number, placed_at(event)->order++)
LIE(jumps_to_delivered, changed_at(event)->state = ORDER_DELIVERED)
LIE(changes_an_unknown_order, changed_at(event)->order = 77)
LIE(changes_what_is_over, changed_at(event)->order = 1)
LIE(cancels_one_more, cut_at(event)->quantity++)
LIE(leaves_all_the_discount, cut_at(event)->discount_after_minor += 5)
LIE(returns_too_much, back_at(event)->quantity += 50)
LIE(returns_one_less, back_at(event)->quantity--)
LIE(sends_a_wrong_parcel, changed_at(event)->shipment = 9)
LIE(erases_what_nobody_had, *contact_at(event) = 999)
LIE(starts_out_of_turn, ((struct event_process_started *)(event + 1))->epoch = 9)
LIE(has_no_such_category, ((struct product *)(event + 1))->category = 77)
LIE(pays_the_buyer, ((struct product *)(event + 1))->price_minor = -1)
LIE(is_the_ninth_product, ((struct product *)(event + 1))->number = 9)
LIE(makes_the_shop_late, event->type = EVENT_SHOP_CREATED)
LIE(is_of_no_type, event->type = 99)
LIE(speaks_of_no_parcel, ((struct event_shipment_updated *)(event + 1))->shipment = 4)
LIE(speaks_of_no_order, ((struct event_shipment_updated *)(event + 1))->order = 77)
LIE(carries_the_same_id, ((char *)((struct event_shipment_updated *)(event + 1) + 1))[4] = '1')
LIE(says_that_it_arrived,
    ((struct event_shipment_updated *)(event + 1))->status = TRACKING_DELIVERED)
LIE(says_that_it_did_not,
    ((struct event_shipment_updated *)(event + 1))->status = TRACKING_EXCEPTION)
LIE(ends_another_cart, ((struct event_cart_expiring *)(event + 1))->cart = CART + 77)
LIE(ends_more_lines, ((struct event_cart_expiring *)(event + 1))->line_count = 9)
LIE(ends_somebody_elses_cart, ((struct event_cart_expiring *)(event + 1))->contact = 9)
LIE(promises_a_day, ((struct event_cart_expiring *)(event + 1))->expires_ms += 86400000)
LIE(expires_more_lines, ((struct event_cart_expired *)(event + 1))->line_count = 9)
LIE(expires_another_cart, ((struct event_cart_expired *)(event + 1))->cart = CART + 77)
LIE(confirms_for_less, ((struct event_payment_received *)(event + 1))->amount_minor--)
LIE(confirms_in_other_money, ((struct event_payment_received *)(event + 1))->currency++)
LIE(is_of_a_strangers_order, ((struct event_payment_received *)(event + 1))->order = 99)
LIE(confirms_nothing, ((struct event_payment_received *)(event + 1))->outcome = PAYMENT_IGNORED)
LIE(is_said_again, ((char *)((struct event_payment_received *)(event + 1) + 1))[4] = '1')
LIE(orphans_the_money_of_another, ((struct event_payment_orphaned *)(event + 1))->order = 1)
LIE(owes_one_more, ((struct event_refund_due *)(event + 1))->amount_minor++)
LIE(owes_in_other_money, ((struct event_refund_due *)(event + 1))->currency++)
LIE(is_done_by_the_gateway, ((struct event_order_changed *)(event + 1))->actor = ACTOR_GATEWAY)
LIE(cancels_instead, ((struct event_order_changed *)(event + 1))->action = ORDER_CANCEL_PART)
LIE(is_another_event, event->type = EVENT_PROCESS_STARTED)
LIE(was_confirmed_by_a_guest, ((struct event_order_changed *)(event + 1))->actor = ACTOR_GUEST)
LIE(was_done_by_the_system, ((struct event_order_changed *)(event + 1))->actor = ACTOR_SYSTEM)
LIE(lies_below_itself, ((struct event_category_put *)(event + 1))->parent = 5)
LIE(is_the_ninth_category, ((struct event_category_put *)(event + 1))->number = 9)
LIE(is_the_ninth_location, ((struct event_location_put *)(event + 1))->number = 9)
LIE(is_the_ninth_customer, ((struct event_customer_put *)(event + 1))->number = 9)
LIE(is_the_ninth_price_list, ((struct event_pricing_set *)(event + 1))->version = 9)
LIE(lies_nowhere, row_at(event)->location = 40)
LIE(has_more_promised_than_there_is, (row_at(event)->change = -200, row_at(event)->on_hand = 0))
LIE(transfers_from_nowhere, ((struct event_stock_moved *)(event + 1))->reason = STOCK_TRANSFERRED)
LIE(puts_a_stranger_in_the_cart, cart_line_at(event)->product = 77)
LIE(is_a_strangers_cart, ((struct event_cart_changed *)(event + 1))->customer = 77)
LIE(is_a_strangers_order, placed_at(event)->customer = 77)
LIE(is_a_guests_order, placed_at(event)->customer = 0)
LIE(orders_a_stranger, line_at(event)->product = 77)
LIE(reserves_for_no_line, part_at(event)->line = 5)
LIE(reserves_nowhere, part_at(event)->location = 40)
LIE(names_a_far_contact, placed_at(event)->contact = 1000000)
LIE(is_nobodys_account, ((struct event_account_put *)(event + 1))->customer = 77)
LIE(logs_in_without_a_password, ((struct event_account_put *)(event + 1))->sets_password = 0)
LIE(is_nobodys_token, ((struct event_token_changed *)(event + 1))->customer = 77)
LIE(is_forgotten_by_nobody, ((struct event_reset_asked *)(event + 1))->customer = 77)
LIE(is_mailed_elsewhere, ((struct event_reset_asked *)(event + 1))->contact--)
LIE(is_the_ninth_key, ((struct event_api_key_put *)(event + 1))->number = 9)
LIE(may_do_more, ((struct event_api_key_put *)(event + 1))->scopes = 3)
LIE(is_made_twice, ((struct event_api_key_put *)(event + 1))->is_revoked = 0)
LIE(acted_later, ((struct event_operator_acted *)(event + 1))->first_event = event->number)
LIE(was_no_service, ((struct event_operator_acted *)(event + 1))->number = 9)
LIE(corrects_no_order, ((struct event_order_corrected *)(event + 1))->order = 77)
LIE(corrects_what_has_left, ((struct event_order_corrected *)(event + 1))->order = 1)
LIE(corrects_somebody_else, ((struct event_order_corrected *)(event + 1))->contact = 1)
LIE(is_no_member, ((struct event_customer_put *)(event + 1))->tier = 0)
LIE(reviews_no_product, review_in(event)->product = 77)
LIE(reviews_as_nobody, review_in(event)->customer = 77)
LIE(reviews_out_of_turn, review_in(event)->number = 3)
LIE(gives_more_stars, review_in(event)->stars = 5)
LIE(was_rated_elsewhere, review_in(event)->elsewhere_count = 3)
LIE(takes_out_at_once, review_in(event)->state = REVIEW_REMOVED)
LIE(reviews_another, review_in(event)->customer = 1)
LIE(reviews_twice, review_in(event)->number = 2)
LIE(is_another_token, ((struct event_token_changed *)(event + 1))->digest[0] = 9)
LIE(does_not_end, ((struct event_token_changed *)(event + 1))->is_ended = 0)
LIE(makes_a_late_version, ((struct product *)(event + 1))->version = 9)

static const struct lie lies[] = {
    {EVENT_STOCK_MOVED, 1, skips_a_number, "follows event"},
    {EVENT_STOCK_MOVED, 1, goes_back_in_time, "older than the one before"},
    {EVENT_STOCK_MOVED, 1, counts_one_more, "97 pieces by the books, 98 by the event"},
    {EVENT_STOCK_MOVED, 1, counts_a_promise, "0 pieces reserved by the books, 1 by the event"},
    {EVENT_STOCK_MOVED, 0, loses_a_piece, "99 pieces by the books, 100 by the event"},
    {EVENT_CART_CHANGED, 0, puts_more_in_the_cart, "order 1, line 0: 5 pieces"},
    {EVENT_ORDER_PLACED, 0, orders_one_more, "6 pieces of product 1, the cart had 5"},
    {EVENT_ORDER_PLACED, 0, orders_one_more, "1 pieces have no reservation"},
    {EVENT_ORDER_PLACED, 0, charges_more, "was charged 1001 and cost 1000"},
    {EVENT_ORDER_PLACED, 1, gives_more_off, "a discount of 701 by rules 0x1, due are 700"},
    {EVENT_ORDER_PLACED, 3, names_another_rule, "by rules 0x3, due are"},
    {EVENT_ORDER_PLACED, 0, adds_up_wrong, "add up to 5000, not 5001"},
    {EVENT_ORDER_PLACED, 1, forgets_the_discount, "its lines come to 7000 less 700"},
    {EVENT_ORDER_PLACED, 2, reserves_one_less, "1 pieces have no reservation"},
    {EVENT_ORDER_PLACED, 2, says_other_stock, "pieces promised by the books"},
    {EVENT_ORDER_PLACED, 4, follows_another, "order 5 follows order 1, the one before it was 4"},
    {EVENT_ORDER_PLACED, 5, follows_another, "order 6 follows order 1, the one before it was 0"},
    {EVENT_ORDER_PLACED, 0, is_in_another_currency, "another currency"},
    {EVENT_ORDER_PLACED, 4, has_old_prices, "was priced by version 2, version 3 was in force"},
    {EVENT_ORDER_PLACED, 5, is_of_another_number, "order 7 follows order 5"},
    {EVENT_ORDER_CHANGED, 0, jumps_to_delivered, "no arrow"},
    {EVENT_ORDER_CHANGED, 0, changes_an_unknown_order, "which is unknown"},
    {EVENT_SHIPMENT_UPDATED, 0, speaks_of_no_parcel,
     "has no parcel 4 that a carrier could speak of"},
    {EVENT_SHIPMENT_UPDATED, 0, speaks_of_no_order, "order 77, which is unknown"},
    {EVENT_SHIPMENT_UPDATED, 2, carries_the_same_id, "takes the same word of the carrier as"},
    {EVENT_SHIPMENT_UPDATED, 0, says_that_it_arrived, "is not what follows for order 9"},
    {EVENT_SHIPMENT_UPDATED, 1, says_that_it_did_not, "by actor 5, asked for by nobody"},
    {EVENT_CART_EXPIRING, 0, ends_another_cart, "cart 177 with 1 lines comes to its end"},
    {EVENT_CART_EXPIRING, 0, ends_more_lines,
     "with 9 lines comes to its end, by the books it has 1"},
    {EVENT_CART_EXPIRING, 0, ends_somebody_elses_cart, "cart 106 is somebody else's by the books"},
    {EVENT_CART_EXPIRING, 0, promises_a_day, "cart 106 expires before the time that was told"},
    {EVENT_CART_EXPIRED, 0, expires_more_lines, "with 9 lines comes to its end"},
    {EVENT_CART_EXPIRED, 0, expires_another_cart, "cart 177 with 1 lines comes to its end"},
    {EVENT_PAYMENT_RECEIVED, 0, confirms_for_less, "came to 1, due was 4"},
    {EVENT_PAYMENT_RECEIVED, 0, confirms_in_other_money, "came to 1, due was 4"},
    {EVENT_PAYMENT_RECEIVED, 0, is_of_a_strangers_order, "order 99, which is unknown"},
    {EVENT_PAYMENT_RECEIVED, 0, confirms_nothing, "came to 5, due was 1"},
    {EVENT_PAYMENT_RECEIVED, 0, confirms_nothing, "by actor 3, asked for by nobody"},
    {EVENT_PAYMENT_RECEIVED, 2, confirms_nothing, "came to 5, due was 3"},
    {EVENT_PAYMENT_RECEIVED, 1, is_said_again, "takes the same word of the gateway as"},
    {EVENT_PAYMENT_ORPHANED, 0, orphans_the_money_of_another, "orphans money that nobody sent"},
    {EVENT_PAYMENT_ORPHANED, 0, is_another_event, "order 7 (payment_orphaned)"},
    {EVENT_REFUND_DUE, 0, owes_one_more, "968 is due back, which leaves 965 paid for 966"},
    {EVENT_REFUND_DUE, 0, owes_one_more, "is not what follows for order 7 (refund_due)"},
    {EVENT_REFUND_DUE, 1, owes_in_other_money, "966 is due back, which leaves 0 paid for 0"},
    {EVENT_REFUND_DUE, 1, is_another_event, "is not what follows for order 7 (refund_due)"},
    {EVENT_ORDER_CHANGED, 0, is_done_by_the_gateway, "by actor 3, asked for by nobody"},
    {EVENT_ORDER_CHANGED, 7, was_confirmed_by_a_guest, "by actor 0, asked for by gateway"},
    {EVENT_ORDER_CHANGED, 7, cancels_instead, "is not what follows for order 7 (order_changed)"},
    {EVENT_ORDER_CHANGED, 0, was_confirmed_by_a_guest, "is confirmed by actor 0"},
    {EVENT_ORDER_CHANGED, 0, was_done_by_the_system, "is changed by the system, action 0"},
    {EVENT_ORDER_CHANGED, 4, was_done_by_the_system, "is changed by the system, action 1"},
    {EVENT_ORDER_CHANGED, 6, changes_what_is_over, "which is over"},
    {EVENT_ORDER_CHANGED, 4, cancels_one_more, "not so before"},
    {EVENT_ORDER_CHANGED, 4, leaves_all_the_discount, "is left, due are"},
    {EVENT_ORDER_CHANGED, 4, returns_too_much, "pieces leave location 1, 7 were reserved"},
    {EVENT_ORDER_CHANGED, 4, returns_one_less, "5 reserved or shipped"},
    {EVENT_ORDER_CHANGED, 2, sends_a_wrong_parcel, "parcel 9 follows parcel 1"},
    {EVENT_ORDER_CHANGED, 3, sends_a_wrong_parcel, "without being on its way"},
    {EVENT_CONTACTS_ERASED, 0, erases_what_nobody_had, "which nobody had"},
    {EVENT_PROCESS_STARTED, 0, starts_out_of_turn, "start 9 follows start 0"},
    {EVENT_PRODUCT_PUT, 0, has_no_such_category, "in category 77, which does not exist"},
    {EVENT_PRODUCT_PUT, 0, pays_the_buyer, "product 1 costs -1"},
    {EVENT_PRODUCT_PUT, 0, is_the_ninth_product, "product 9 follows product 0"},
    {EVENT_PROCESS_STARTED, 0, makes_the_shop_late, "makes the shop a second time"},
    {EVENT_PROCESS_STARTED, 0, is_of_no_type, "of an unknown type, 99"},
    {EVENT_SHOP_CREATED, 0, is_of_no_type, "comes before the shop is made"},
    {EVENT_CATEGORY_PUT, 4, lies_below_itself, "5 below 5, of 4"},
    {EVENT_CATEGORY_PUT, 0, is_the_ninth_category, "category 9 below 0, of 0"},
    {EVENT_LOCATION_PUT, 0, is_the_ninth_location, "location 9 follows location 0"},
    {EVENT_CUSTOMER_PUT, 0, is_the_ninth_customer, "customer 9 follows customer 0"},
    {EVENT_PRICING_SET, 1, is_the_ninth_price_list, "of version 9 follow version 1"},
    {EVENT_STOCK_MOVED, 0, lies_nowhere, "moves stock of product 1 at location 40: unknown"},
    {EVENT_STOCK_MOVED, 1, has_more_promised_than_there_is, "-100 pieces on hand, 0 promised"},
    {EVENT_STOCK_MOVED, 0, transfers_from_nowhere, "a transfer that makes 100 pieces"},
    {EVENT_CART_CHANGED, 0, puts_a_stranger_in_the_cart, "puts product 77 into a cart"},
    {EVENT_CART_CHANGED, 0, is_a_strangers_cart, "of customer 77"},
    {EVENT_ORDER_PLACED, 0, is_a_strangers_order, "is of customer 77, who is unknown"},
    {EVENT_ORDER_PLACED, 3, is_a_guests_order, "is customer 0's, its cart was customer 1's"},
    {EVENT_ORDER_PLACED, 0, orders_a_stranger, "5 pieces of product 77"},
    {EVENT_ORDER_PLACED, 0, reserves_for_no_line, "reserves for line 5, which it does not have"},
    {EVENT_ORDER_PLACED, 0, reserves_nowhere, "at location 40: none ever lay there"},
    {EVENT_ORDER_PLACED, 0, names_a_far_contact, "a number out of the blue"},
    {EVENT_ACCOUNT_PUT, 0, is_nobodys_account,
     "changes the account of customer 77, who is unknown"},
    {EVENT_ACCOUNT_PUT, 0, logs_in_without_a_password, "logs customer 2 in, who has no password"},
    {EVENT_RESET_ASKED, 0, is_forgotten_by_nobody,
     "changes the account of customer 77, who is unknown"},
    {EVENT_RESET_ASKED, 0, is_mailed_elsewhere, "mails customer 2 at contact"},
    {EVENT_API_KEY_PUT, 0, is_the_ninth_key, "key 9 follows key 0"},
    {EVENT_API_KEY_PUT, 1, may_do_more, "gives key 1 other scopes"},
    {EVENT_API_KEY_PUT, 1, is_made_twice, "changes key 1 in no way that there is"},
    {EVENT_OPERATOR_ACTED, 0, acted_later, "which is not before it"},
    {EVENT_OPERATOR_ACTED, 1, was_no_service, "was made by operator 9, who is unknown"},
    {EVENT_ORDER_CORRECTED, 0, corrects_no_order, "corrects order 77, which is unknown"},
    {EVENT_ORDER_CORRECTED, 0, corrects_what_has_left, "which has left or is over"},
    {EVENT_ORDER_CORRECTED, 0, corrects_somebody_else, "which does not have it"},
    {EVENT_CUSTOMER_PUT, 0, is_no_member, "order 4, line 0: a discount of"},
    {EVENT_REVIEW_PUT, 0, reviews_no_product, "review 1 of product 77 by customer 3: unknown"},
    {EVENT_REVIEW_PUT, 0, reviews_as_nobody, "review 1 of product 1 by customer 77: unknown"},
    {EVENT_REVIEW_PUT, 0, reviews_out_of_turn, "review 3 of product 1 by customer 3: unknown"},
    {EVENT_REVIEW_PUT, 0, gives_more_stars, "is rated 400 by 1, by its reviews it were 500 by 1"},
    {EVENT_REVIEW_PUT, 1, gives_more_stars, "is rated 200 by 1, by its reviews it were 500 by 1"},
    {EVENT_REVIEW_PUT, 0, was_rated_elsewhere, "was rated 0 by 0 besides, not 0 by 3"},
    {EVENT_REVIEW_PUT, 0, takes_out_at_once, "review 1 cannot become removed"},
    {EVENT_REVIEW_PUT, 1, reviews_another, "makes review 1 one of something else"},
    {EVENT_REVIEW_PUT, 1, reviews_twice, "reviews 1 and 2 are both customer 3's of product 1"},
    {EVENT_TOKEN_CHANGED, 0, is_nobodys_token,
     "changes the account of customer 77, who is unknown"},
    {EVENT_TOKEN_CHANGED, 1, is_another_token, "ends a token of customer 2 that nobody had"},
    {EVENT_TOKEN_CHANGED, 1, does_not_end, "starts a token of customer 2 that is there already"},
    {EVENT_PRODUCT_PUT, 0, makes_a_late_version, "from version 0 to 9"},
};

static struct event *find_nth(struct story *story, enum event_type type, uint32_t nth)
{
    uint32_t position = 0;
    for (; position < story->count; position++) {
        if (story_event(story, position)->type == type && nth-- == 0)
            break;
    }
    ensure(position < story->count); /* the story has it */
    return story_event(story, position);
}

static bool is_of_cart(const struct event *event, uint64_t cart)
{
    const struct event_cart_changed *changed = event_payload(event);
    return event->type == EVENT_CART_CHANGED && changed->cart == cart;
}

static void audit_story(struct story *story, struct findings *findings)
{
    struct audit *audit = audit_new(findings);
    for (uint32_t i = 0; i < story->count; i++)
        audit_event(audit, story_event(story, i));
    assert_int_equal(audit_totals(audit).findings, findings->count);
    audit_close(audit);
}

static void every_lie_in_the_events_is_found(void **state)
{
    (void)state;
    struct executor_fixture *fixture = lively_shop();
    static struct story honest = {0};
    static struct story story;
    static struct findings findings;
    struct store_reader *reader = reader_of(fixture);
    assert_ok(store_read_events(reader, 0, keep_event, &honest));
    audit_story(&honest, &findings);
    assert_nothing_found(&findings);
    for (uint32_t i = 0; i < countof(lies); i++) {
        story = honest;
        lies[i].tell(find_nth(&story, lies[i].type, lies[i].nth));
        audit_story(&story, &findings);
        if (!is_found(&findings, lies[i].sentence))
            print_message("lie %u: %u findings, first: %s\n", i, findings.count,
                          findings.sentences[0]);
        assert_true(is_found(&findings, lies[i].sentence));
    }
    /* Two orders of one key; a contact that comes back after its erasure. */
    story = honest;
    takes_the_key_of_another(find_nth(&story, EVENT_ORDER_PLACED, 0));
    takes_the_key_of_another(find_nth(&story, EVENT_ORDER_PLACED, 1));
    audit_story(&story, &findings);
    assert_true(is_found(&findings, "orders 1 and 2 came of the same idempotency key"));
    story = honest;
    struct event *erased = find_nth(&story, EVENT_CONTACTS_ERASED, 0);
    *contact_at(erased) = 3;
    uint32_t last = story.count - 1;
    while (!is_of_cart(story_event(&story, last), CART + 9))
        last--;
    ((struct event_cart_changed *)(story_event(&story, last) + 1))->contact = 3;
    audit_story(&story, &findings);
    assert_true(is_found(&findings, "which was erased before"));
    /* Whom a cart knew is lost with its purchase. */
    story = honest;
    ((struct event_cart_changed *)(find_nth(&story, EVENT_CART_CHANGED, 0) + 1))->contact = 1;
    placed_at(find_nth(&story, EVENT_ORDER_PLACED, 0))->contact = 0;
    audit_story(&story, &findings);
    assert_true(is_found(&findings, "order 1 has no contact, its cart had contact 1"));
    store_reader_close(reader);
    shop_free(fixture);
}

/* The two traps that many shops of this kind fall into: pieces come back that never went. */
static void an_order_without_its_cart_and_a_cart_emptied_without_an_order_are_found(void **state)
{
    (void)state;
    struct executor_fixture *fixture = lively_shop();
    static struct story story = {0};
    static struct findings findings;
    struct store_reader *reader = reader_of(fixture);
    story.count = 0;
    assert_ok(store_read_events(reader, 0, keep_event, &story));
    struct event *cart = find_nth(&story, EVENT_CART_CHANGED, 0);
    ((struct event_cart_changed *)(cart + 1))->cart = 12345;
    audit_story(&story, &findings);
    assert_true(is_found(&findings, "order 1 has 1 lines, its cart had 0"));
    store_reader_close(reader);
    shop_free(fixture);
}

/* --- lies in memory and in the tables --- */

static void a_shop_that_differs_from_the_events_is_found(void **state)
{
    (void)state;
    struct executor_fixture *fixture = lively_shop();
    static struct findings findings;
    struct audit *audit = audit_new(&findings);
    struct store_reader *reader = reader_of(fixture);
    assert_ok(audit_read_events(audit, reader));
    struct shop *shop = &fixture->shop;
    stock_set(&shop->stock, 1, 1, 84, 20);
    stock_add_sold(&shop->stock, 1, 1, 1);
    order_find(&shop->orders, 3)->lines[0].quantity = 9;
    order_find(&shop->orders, 1)->totals.total_minor++;
    order_find(&shop->orders, 6)->contact = 1;
    cart_set_line(cart_open(&shop->carts, CART + 9), 1, 5);
    cart_set_line(cart_open(&shop->carts, CART + 10), 1, 5);
    shop_key_put(shop, &(struct shop_key){.key = {9}, .value = 2});
    shop->reviews.rows[1].stars = 3;
    audit_compare_shop(audit, shop);
    assert_true(is_found(&findings, "review 1 is not what the events say"));
    assert_true(is_found(&findings, "20 of 84 pieces promised in the shop, 21 of 84 by the books"));
    assert_true(is_found(&findings, "sold in the shop"));
    assert_true(is_found(&findings, "order 3 differs in memory"));
    assert_true(is_found(&findings, "order 3, line 0: 1 pieces of product 1 by the books, 9 of 1"));
    assert_true(is_found(&findings, "order 1 differs in memory"));
    assert_true(is_found(&findings, "order 6 has contact 1 in memory"));
    assert_true(is_found(&findings, "cart 109: 5 pieces of product 1, 2 by the books"));
    assert_true(is_found(&findings, "cart 110 has 1 lines in the shop, none by the books"));
    assert_true(is_found(&findings, "an idempotency key leads to order 2, by the books to 0"));
    store_reader_close(reader);
    audit_close(audit);
    shop_free(fixture);
}

static void tables_that_differ_from_the_events_are_found(void **state)
{
    (void)state;
    struct executor_fixture *fixture = lively_shop();
    static struct findings findings;
    struct audit *audit = audit_new(&findings);
    struct store_reader *reader = reader_of(fixture);
    assert_ok(audit_read_events(audit, reader));
    /* Another shop, in which less happened. */
    struct executor_fixture *other = calloc(1, sizeof *other);
    assert_non_null(other);
    executor_fixture_init(other);
    executor_fixture_open(other);
    executor_fixture_run(other, fixture_make_stock(other, PIECES));
    (void)executor_fixture_buy(other, CART, 5, "one");
    struct store_reader *other_reader = reader_of(other);
    assert_ok(audit_compare_orders(audit, other_reader));
    assert_true(is_found(&findings, "order 1 differs in the tables: state 0 and total 5000 there, "
                                    "3 and 5000 by the books"));
    assert_true(is_found(&findings, "order 2 is not in the tables"));
    assert_true(is_found(&findings, "order 6 is not in the tables"));
    findings.count = 0;
    assert_ok(audit_compare_contacts(audit, other_reader));
    assert_true(is_found(&findings, "contact 2 is missing"));
    assert_false(is_found(&findings, "contact 1 is missing"));
    audit_close(audit);

    /* And the other way round: orders that the events do not know. */
    audit = audit_new(&findings);
    assert_ok(audit_read_events(audit, other_reader));
    assert_ok(audit_compare_orders(audit, reader));
    assert_true(is_found(&findings, "order 6 is in the tables and not in the events"));
    store_reader_close(other_reader);
    store_reader_close(reader);
    audit_close(audit);
    shop_free(other);
    shop_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_books_have_no_findings),
        cmocka_unit_test(the_cart_of_an_erased_member_buys_at_full_price),
        cmocka_unit_test(a_cart_that_outlived_its_time_is_found),
        cmocka_unit_test(every_lie_in_the_events_is_found),
        cmocka_unit_test(an_order_without_its_cart_and_a_cart_emptied_without_an_order_are_found),
        cmocka_unit_test(a_shop_that_differs_from_the_events_is_found),
        cmocka_unit_test(tables_that_differ_from_the_events_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
