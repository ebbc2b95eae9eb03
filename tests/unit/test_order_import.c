/* test_order_import.c - orders of another shop: what is taken, what it takes off the shelves, what
 * is refused, and that the auditor sees through an import that does not add up. */
#include "app/audit.h"
#include "lib/abort.h"
#include "lib/imported_order.h"
#include "lib/shop_fixture.h"
#include "lib/shopping.h"
#include "shop/tier.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { BOOKS = 20, FINDINGS_MAX = 8, SENTENCE_SIZE = 200 };

struct desk {
    struct fixture fixture;
    struct imported_order made;
    uint32_t book;
    uint32_t shirt; /* never had stock at `north` */
    uint32_t customer;
    uint16_t north;
};

static void make(struct desk *desk)
{
    imported_order_make(&desk->made, &(struct imported_wish){
                                         .number = desk->fixture.shop.orders.last_number + 1,
                                         .at_ms = FIXTURE_START_MS - 1000,
                                         .customer = desk->customer,
                                         .products = {desk->book, desk->shirt},
                                         .places = {FIXTURE_MAIN, desk->north},
                                     });
}

static int open_desk(void **state)
{
    static struct desk desk;
    fixture_open(&desk.fixture);
    desk.north = fixture_location(&desk.fixture, "north", 10);
    desk.book = fixture_product(&desk.fixture, "BOOK", 4999, 2);
    desk.shirt = fixture_product(&desk.fixture, "SHIRT", 1999, 2);
    fixture_stock(&desk.fixture, desk.book, FIXTURE_MAIN, BOOKS);
    fixture_stock(&desk.fixture, desk.shirt, FIXTURE_MAIN, 5);
    desk.customer = fixture_customer(&desk.fixture, TIER_NONE);
    make(&desk);
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    fixture_close(&((struct desk *)*state)->fixture);
    return 0;
}

static struct err import(struct desk *desk)
{
    return fixture_run(&desk->fixture, &desk->made.command.command);
}

static void assert_refused(struct desk *desk, const char *field)
{
    struct err err = shopping_refused(&desk->fixture, &desk->made.command.command);
    assert_int_equal(err.code, ERR_ORDER_IMPORT);
    if (strncmp(desk->made.command.fault, field, strlen(field)) != 0)
        fail_msg("%s, not %s", desk->made.command.fault, field);
}

/* --- what is taken --- */

static void an_order_is_as_it_was_and_holds_what_is_still_to_be_sent(void **state)
{
    struct desk *desk = *state;
    assert_ok(import(desk));
    const struct order *order = shopping_find(&desk->fixture, 1);
    assert_int_equal(order->state, ORDER_SHIPPED);
    assert_int_equal(order->created_ms, FIXTURE_START_MS - 1000);
    assert_int_equal(order->contact, desk->fixture.shop.last_contact);
    assert_true(order->contact > 0);
    assert_int_equal(order->totals.total_minor, 14249);
    assert_int_equal(order->totals_ordered.total_minor, 17999);
    assert_int_equal(order->move_count, IMPORTED_MOVES);
    assert_memory_equal(order->moves[0].note, "too many", 8);
    assert_true(text_equal(order->shipments->tracking_number, TEXT("T-9")));
    assert_int_equal(order->shipments->next->delivered_ms, 0);
    assert_true(text_equal(order->payments->id, TEXT("evt_old")));
    assert_int_equal(order_paid_minor(order), 14249);
    assert_int_equal(order->part_count, 2);
    assert_int_equal(order->parts[0].reserved_ordered, 4);
    assert_int_equal(order->parts[0].shipped, 2);
    assert_int_equal(order->parts[0].reserved, 1);
    /* One book is promised; no shirt ever lay in the north, and none does now. */
    assert_stock(&desk->fixture, desk->book, FIXTURE_MAIN, BOOKS, 1);
    assert_stock(&desk->fixture, desk->shirt, FIXTURE_MAIN, 5, 0);
    assert_null(stock_find(&desk->fixture.shop.stock, desk->shirt, desk->north));
    assert_int_equal(stock_find(&desk->fixture.shop.stock, desk->book, FIXTURE_MAIN)->sold, 3);
    assert_int_equal(customer_find(&desk->fixture.shop.customers, desk->customer)->last_order, 1);
}

static void it_lives_on_like_an_order_placed_here(void **state)
{
    struct desk *desk = *state;
    assert_ok(import(desk));
    assert_ok(shopping_order(&desk->fixture, &command_order_ship, 1));
    assert_stock(&desk->fixture, desk->book, FIXTURE_MAIN, BOOKS - 1, 0);
    assert_ok(shopping_order(&desk->fixture, &command_order_deliver, 1));
    assert_int_equal(shopping_find(&desk->fixture, 1)->state, ORDER_DELIVERED);
    assert_int_equal(shopping_buy(&desk->fixture, shopping_cart(1), desk->book, 1), 2);
}

static void the_same_order_is_left_alone_and_another_with_its_number_refused(void **state)
{
    struct desk *desk = *state;
    assert_ok(import(desk));
    make(desk);
    desk->made.order.number = 1;
    uint64_t last = desk->fixture.shop.last_event;
    assert_ok(import(desk));
    assert_true(desk->made.command.is_unchanged);
    assert_int_equal(desk->fixture.shop.last_event, last);
    desk->made.lines[0].unit_price_minor++;
    assert_refused(desk, "number");
    desk->made.lines[0].unit_price_minor--;
    desk->made.lines[1].unit_price_minor++;
    assert_refused(desk, "number");
    desk->made.lines[1].unit_price_minor--;
    desk->made.lines[1].quantity_ordered++;
    assert_refused(desk, "number");
    desk->made.lines[1].quantity_ordered--;
    desk->made.lines[1].product = desk->book;
    assert_refused(desk, "number");
    desk->made.lines[1].product = desk->shirt;
    desk->made.order.totals_ordered.total_minor++;
    assert_refused(desk, "number");
    desk->made.order.totals_ordered.total_minor--;
    desk->made.order.line_count--;
    assert_refused(desk, "number");
    desk->made.order.line_count++;
    desk->made.order.created_ms--;
    assert_refused(desk, "number");
    desk->made.order.created_ms++;
    desk->made.order.customer = 0;
    assert_refused(desk, "number");
    desk->made.order.number = 3;
    assert_refused(desk, "number");
}

static void a_customer_who_is_not_there_any_more_has_no_orders(void **state)
{
    struct desk *desk = *state;
    make(desk);
    desk->made.order.customer = desk->customer + 1;
    assert_refused(desk, "customer_email");
    desk->made.order.customer = desk->customer;
    struct customer_command erase = {.command = {.ops = &command_customer_erase},
                                     .number = desk->customer};
    assert_ok(fixture_run(&desk->fixture, &erase.command));
    assert_refused(desk, "customer_email");
    desk->made.order.customer = 0;
    assert_ok(import(desk));
}

static void open_orders_share_what_there_is(void **state)
{
    struct desk *desk = *state;
    for (uint32_t i = 0; i < BOOKS; i++) {
        make(desk);
        assert_ok(import(desk));
    }
    make(desk);
    assert_refused(desk, "lines: not enough stock");
    fixture_stock(&desk->fixture, desk->book, desk->north, 1);
    assert_ok(import(desk));
    /* The last piece is held in the north, the sent ones were main's. */
    const struct order *order = shopping_find(&desk->fixture, BOOKS + 1);
    assert_int_equal(order->part_count, 3);
    assert_int_equal(order->parts[1].location, desk->north);
    assert_int_equal(order->parts[1].reserved, 1);
    assert_stock(&desk->fixture, desk->book, desk->north, 1, 1);
}

static void what_a_place_sent_in_two_parcels_and_still_holds_is_one_part(void **state)
{
    struct desk *desk = *state;
    desk->made.parcel_lines[0] = (struct order_shipment_line){0, 1};
    desk->made.parcel_lines[1] = (struct order_shipment_line){0, 1};
    desk->made.shipments[1].location = FIXTURE_MAIN;
    assert_ok(import(desk));
    const struct order *order = shopping_find(&desk->fixture, 1);
    assert_int_equal(order->part_count, 2);
    assert_int_equal(order->parts[0].shipped, 2);
    assert_int_equal(order->parts[0].reserved, 1);
    assert_int_equal(order->parts[1].line, 1);
    assert_int_equal(order->parts[1].reserved, 2);
    assert_stock(&desk->fixture, desk->shirt, FIXTURE_MAIN, 5, 2);
    make(desk);
    desk->made.parcel_lines[0] = (struct order_shipment_line){1, 1};
    desk->made.parcel_lines[1] = (struct order_shipment_line){1, 1};
    desk->made.shipments[1].location = FIXTURE_MAIN;
    assert_ok(import(desk));
    order = shopping_find(&desk->fixture, 2);
    assert_int_equal(order->part_count, 2);
    assert_int_equal(order->parts[1].line, 1);
    assert_int_equal(order->parts[1].shipped, 2);
}

/* Everything of it happened in the millisecond in which it is imported. */
static void an_order_of_this_moment_is_taken(void **state)
{
    struct desk *desk = *state;
    desk->made.order.created_ms = desk->made.payment.at_ms = FIXTURE_START_MS;
    for (uint32_t i = 0; i < IMPORTED_MOVES; i++)
        desk->made.moves[i].at_ms = FIXTURE_START_MS;
    for (uint32_t i = 0; i < 2; i++)
        desk->made.shipments[i].shipped_ms = FIXTURE_START_MS;
    desk->made.shipments[0].delivered_ms = FIXTURE_START_MS;
    assert_ok(import(desk));
    make(desk);
    desk->made.payment.at_ms = FIXTURE_START_MS; /* after the order, as money mostly comes */
    desk->made.order.created_ms = FIXTURE_START_MS - 1;
    assert_refused(desk, "created_at: is before the order before it");
}

/* Puts steps of the longest notes before the others; `size` bytes the event will have. */
static void make_past(struct desk *desk, size_t size)
{
    enum { STEPS_MAX = 10000 };
    static struct order_move moves[STEPS_MAX];
    static char note[ORDER_NOTE_MAX];
    const struct order_move *first = &desk->made.moves[0];
    struct order *order = &desk->made.order;
    make(desk);
    memset(note, 'n', sizeof(note));
    size_t left = size - imported_size(order) - 2 * sizeof(struct event_imported_part);
    uint32_t count = 0;
    for (; left > 0; count++) {
        size_t step = sizeof(struct event_imported_move);
        assert_true(left >= step);
        assert_true(count + IMPORTED_MOVES < STEPS_MAX);
        uint32_t length = left >= 2 * (step + ORDER_NOTE_MAX) ? ORDER_NOTE_MAX
                          : left > step + ORDER_NOTE_MAX      ? ORDER_NOTE_MAX / 2
                                                              : (uint32_t)(left - step);
        moves[count] = *first;
        moves[count].note = note;
        moves[count].note_length = length;
        left -= step + length;
    }
    memcpy(&moves[count], first, IMPORTED_MOVES * sizeof(*moves));
    order->moves = moves;
    order->move_count = count + IMPORTED_MOVES;
    assert_int_equal(imported_size(order) + 2 * sizeof(struct event_imported_part), size);
}

static void the_longest_past_is_taken_and_a_longer_one_refused(void **state)
{
    struct desk *desk = *state;
    make_past(desk, EVENT_PAYLOAD_MAX + 1);
    assert_refused(desk, "history: the order is too large");
    make_past(desk, EVENT_PAYLOAD_MAX);
    assert_ok(import(desk));
    assert_int_equal(shopping_find(&desk->fixture, 1)->move_count, desk->made.order.move_count);
}

static void make_delivered(struct desk *desk)
{
    make(desk);
    desk->made.parcel_lines[0].quantity = desk->made.lines[0].quantity;
    desk->made.shipments[1].delivered_ms = desk->made.shipments[0].delivered_ms;
    desk->made.moves[4].action = ORDER_DELIVER_ALL;
    desk->made.moves[4].state = desk->made.order.state = ORDER_DELIVERED;
    desk->made.payment.at_ms = FIXTURE_START_MS;
}

static void a_delivered_order_holds_nothing_any_more(void **state)
{
    struct desk *desk = *state;
    make_delivered(desk);
    fixture_stock(&desk->fixture, desk->book, FIXTURE_MAIN, -BOOKS); /* which is not the point */
    desk->made.parcel_lines[0].quantity--;
    assert_refused(desk, "status: not everything was sent");
    desk->made.parcel_lines[0].quantity++;
    assert_ok(import(desk));
    assert_int_equal(shopping_find(&desk->fixture, 1)->state, ORDER_DELIVERED);
    assert_stock(&desk->fixture, desk->book, FIXTURE_MAIN, 0, 0);
    assert_stock(&desk->fixture, desk->shirt, FIXTURE_MAIN, 5, 0);
}

static void each_word_of_a_gateway_is_told_once_and_refunds_have_none(void **state)
{
    struct desk *desk = *state;
    struct order_payment refunds[2];
    struct order_payment *payment = &desk->made.payment;
    struct order_payment ignored = *payment;
    ignored.kind = PAYMENT_FAILED;
    ignored.outcome = PAYMENT_IGNORED;
    ignored.amount_minor = 0;
    ignored.id = payment->id = TEXT("x");
    payment->next = &ignored;
    assert_refused(desk, "payments: event_id was there before");
    ignored.id = TEXT("y");
    for (uint32_t i = 0; i < 2; i++)
        refunds[i] = (struct order_payment){.kind = PAYMENT_REFUND_DUE,
                                            .outcome = PAYMENT_RAISED,
                                            .at_ms = payment->at_ms,
                                            .currency = payment->currency,
                                            .amount_minor = 1};
    payment->amount_minor += 2;
    ignored.next = &refunds[0];
    refunds[0].next = &refunds[1];
    assert_ok(import(desk));
    assert_int_equal(order_paid_minor(shopping_find(&desk->fixture, 1)), 14249);
}

static void a_cancelled_order_takes_nothing(void **state)
{
    struct desk *desk = *state;
    struct order *order = &desk->made.order;
    desk->made.moves[0].action = ORDER_CANCEL_ALL;
    desk->made.moves[0].state = ORDER_CANCELLED;
    order->move_count = 1;
    order->state = ORDER_CANCELLED;
    order->shipments = NULL;
    order->payments = NULL;
    for (uint32_t i = 0; i < order->line_count; i++) {
        order->lines[i].quantity = 0;
        order->lines[i].discount_minor = 0;
    }
    order->totals = (struct order_totals){0};
    fixture_stock(&desk->fixture, desk->shirt, FIXTURE_MAIN, -5);
    order->lines[1].quantity = 1;
    assert_refused(desk, "status: something is left of the order");
    order->lines[1].quantity = 0;
    assert_ok(import(desk));
    order->number = 2;
    order->line_count = 1;
    order->lines[1].product = order->lines[0].product; /* behind the last line */
    order->totals_ordered = (struct order_totals){16000, 1001, 0, 0, 14999};
    assert_ok(import(desk));
    assert_stock(&desk->fixture, desk->book, FIXTURE_MAIN, BOOKS, 0);
    assert_int_equal(shopping_find(&desk->fixture, 1)->parts[0].location, LOCATION_MAIN);
    assert_int_equal(shopping_find(&desk->fixture, 1)->parts[0].reserved_ordered, 4);
}

/* --- what is refused --- */

struct spoil {
    const char *field;
    void (*spoil)(struct imported_order *made);
};

#define REFUSED(name, statement)                                                                   \
    static void name(struct imported_order *made)                                                  \
    {                                                                                              \
        statement;                                                                                 \
    }

REFUSED(is_to_come, made->order.created_ms = UINT64_MAX)
REFUSED(moves_to_come, made->moves[4].at_ms = UINT64_MAX)
REFUSED(first_move_to_come, made->moves[0].at_ms = UINT64_MAX)
REFUSED(moves_back, made->moves[2].at_ms = 1)
REFUSED(no_arrow, made->moves[1].action = ORDER_SHIP)
REFUSED(leads_elsewhere, made->moves[4].state = ORDER_DELIVERED)
REFUSED(ends_elsewhere, made->order.state = ORDER_DELIVERED)
REFUSED(is_pending, made->order.state = ORDER_PENDING; made->order.move_count = 0)
REFUSED(sent_before, made->shipments[0].shipped_ms = 1)
REFUSED(sent_to_come, made->shipments[1].shipped_ms = UINT64_MAX)
REFUSED(arrives_before, made->shipments[0].delivered_ms = made->shipments[0].shipped_ms - 1)
REFUSED(sends_too_much, made->parcel_lines[0].quantity = 4)
REFUSED(sends_what_was_cancelled, made->parcel_lines[1].quantity = 3)
REFUSED(sends_twice, made->parcel_lines[1] = made->parcel_lines[0])
REFUSED(twice, made->lines[1].product = made->lines[0].product)
REFUSED(too_large, made->lines[0].unit_price_minor = MONEY_PRICE_MAX;
        made->lines[0].quantity_ordered = CART_QUANTITY_MAX)
REFUSED(more_than_ordered, made->lines[1].quantity = 3)
REFUSED(other_share, made->lines[0].discount_minor = 750)
REFUSED(more_off, made->lines[1].discount_ordered_minor = 4000;
        made->lines[1].discount_minor = 4000)
REFUSED(subtotal, made->order.totals.subtotal_minor++; made->order.totals.total_minor++)
REFUSED(total, made->order.totals.total_minor++)
REFUSED(total_ordered, made->order.totals_ordered.total_minor++)
REFUSED(paid_less, made->payment.amount_minor--)
REFUSED(paid_before, made->payment.at_ms = made->order.created_ms - 1)
REFUSED(paid_to_come, made->payment.at_ms = UINT64_MAX)
REFUSED(outcome, made->payment.outcome = PAYMENT_RAISED)

static const struct spoil spoils[] = {
    {"created_at", is_to_come},
    {"history: at is still to come", moves_to_come},
    {"history: at is still to come", first_move_to_come},
    {"history", moves_back},
    {"history", no_arrow},
    {"history", leads_elsewhere},
    {"status", ends_elsewhere},
    {"status", is_pending},
    {"shipments", sent_before},
    {"shipments", sent_to_come},
    {"shipments", arrives_before},
    {"shipments", sends_too_much},
    {"shipments", sends_what_was_cancelled},
    {"shipments: more pieces than the line has", sends_twice},
    {"lines", twice},
    {"lines", too_large},
    {"lines", more_than_ordered},
    {"lines", other_share},
    {"lines", more_off},
    {"totals.subtotal", subtotal},
    {"totals.total", total},
    {"totals_ordered.total", total_ordered},
    {"payments", paid_less},
    {"payments", paid_before},
    {"payments", paid_to_come},
    {"payments", outcome},
};

static void what_does_not_add_up_is_named_and_leaves_nothing(void **state)
{
    struct desk *desk = *state;
    for (uint32_t i = 0; i < countof(spoils); i++) {
        make(desk);
        spoils[i].spoil(&desk->made);
        assert_refused(desk, spoils[i].field);
    }
    make(desk);
    struct order_payment again = desk->made.payment;
    again.next = &desk->made.payment;
    desk->made.order.payments = &again;
    assert_refused(desk, "payments: event_id");
    make(desk);
    assert_ok(import(desk));
    make(desk);
    desk->made.order.created_ms--;
    assert_refused(desk, "created_at");
}

/* --- what the auditor sees --- */

struct findings {
    uint32_t count;
    char sentences[FINDINGS_MAX][SENTENCE_SIZE];
};

static void note_finding(void *context, const char *sentence)
{
    struct findings *findings = context;
    if (findings->count < FINDINGS_MAX)
        (void)snprintf(findings->sentences[findings->count], SENTENCE_SIZE, "%s", sentence);
    findings->count++;
}

struct lie {
    void (*tell)(struct event_order_imported *imported, struct event_imported_line *lines,
                 struct event_imported_part *parts);
    const char *sentence; /* in part */
};

#define LIE(name, statement)                                                                       \
    static void name(struct event_order_imported *imported, struct event_imported_line *lines,     \
                     struct event_imported_part *parts)                                            \
    {                                                                                              \
        (void)imported, (void)lines, (void)parts;                                                  \
        statement;                                                                                 \
    }

LIE(has_another_number, imported->order++)
LIE(has_another_currency, imported->currency++)
LIE(has_other_prices, imported->pricing_version++)
LIE(is_not_placed_yet, imported->created_ms += 5000)
LIE(is_of_a_stranger, imported->customer = 77)
LIE(follows_another, imported->previous = 1)
LIE(is_in_another_state, imported->state = ORDER_DELIVERED)
LIE(costs_more, imported->totals.total_minor++)
LIE(gives_more_off, lines[0].discount_minor++)
LIE(orders_a_stranger, lines[0].product = 77)
LIE(keeps_one_more, lines[1].quantity_ordered++; lines[1].quantity++)
LIE(holds_one_more, parts[0].reserved++)
LIE(says_other_stock, parts[0].stock_on_hand++)
LIE(knows_no_stock, parts[0].has_stock = 0)
LIE(has_sent_one_more, parts[1].shipped++)

static const struct lie lies[] = {
    {has_another_number, "order 2 follows order 0"},
    {has_another_currency, "is in another currency"},
    {has_other_prices, "came with prices of version"},
    {is_not_placed_yet, "is older than the one before it, or not yet placed"},
    {is_of_a_stranger, "is of customer 77, who is unknown"},
    {follows_another, "order 1 follows order 1"},
    {is_in_another_state, "is in state 3, its past led to 2"},
    {costs_more, "add up to 14249, not 14250"},
    {gives_more_off, "a discount of 752 of 1001"},
    {orders_a_stranger, "product 77 is unknown"},
    {keeps_one_more, "pieces ordered"},
    {holds_one_more, "pieces promised by the books"},
    {says_other_stock, "pieces promised by the books"},
    {knows_no_stock, "stock where there is none, or none where there is some"},
    {has_sent_one_more, "pieces in parcels"},
};

/* The journal with one lie in the import; NULL = as it is. */
static void audit_with(struct desk *desk, const struct lie *lie, struct findings *findings)
{
    static uint64_t copy[1 << 14];
    const struct buffer *journal = &desk->fixture.journal;
    struct audit *audit =
        audit_open(&(struct audit_options){.on_finding = note_finding, .context = findings});
    const struct event *event = NULL;
    size_t offset = 0;
    bool is_damaged = false;
    *findings = (struct findings){.count = 0};
    assert_true(journal->length <= sizeof(copy));
    memcpy(copy, journal->data, journal->length);
    while (event_next(copy, journal->length, &offset, &event, &is_damaged)) {
        struct event_order_imported *imported = (void *)((uintptr_t)event + sizeof(*event));
        if (lie != NULL && event->type == EVENT_ORDER_IMPORTED)
            lie->tell(imported, (void *)(uintptr_t)imported_lines(imported),
                      (void *)(uintptr_t)imported_parts(imported));
        audit_event(audit, event);
    }
    assert_false(is_damaged);
    audit_close(audit);
}

static void the_auditor_takes_an_import_and_sees_through_a_false_one(void **state)
{
    struct desk *desk = *state;
    static struct findings findings;
    assert_ok(import(desk));
    audit_with(desk, NULL, &findings);
    assert_int_equal(findings.count, 0);
    for (uint32_t i = 0; i < countof(lies); i++) {
        bool is_found = false;
        audit_with(desk, &lies[i], &findings);
        for (uint32_t f = 0; f < findings.count && f < FINDINGS_MAX; f++)
            is_found = is_found || strstr(findings.sentences[f], lies[i].sentence) != NULL;
        if (!is_found)
            fail_msg("%s: %u findings, first: %s", lies[i].sentence, findings.count,
                     findings.sentences[0]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        TEST(an_order_is_as_it_was_and_holds_what_is_still_to_be_sent),
        TEST(it_lives_on_like_an_order_placed_here),
        TEST(the_same_order_is_left_alone_and_another_with_its_number_refused),
        TEST(a_customer_who_is_not_there_any_more_has_no_orders),
        TEST(open_orders_share_what_there_is),
        TEST(what_a_place_sent_in_two_parcels_and_still_holds_is_one_part),
        TEST(an_order_of_this_moment_is_taken),
        TEST(the_longest_past_is_taken_and_a_longer_one_refused),
        TEST(a_delivered_order_holds_nothing_any_more),
        TEST(each_word_of_a_gateway_is_told_once_and_refunds_have_none),
        TEST(a_cancelled_order_takes_nothing),
        TEST(what_does_not_add_up_is_named_and_leaves_nothing),
        TEST(the_auditor_takes_an_import_and_sees_through_a_false_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
