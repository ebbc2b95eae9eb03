/* What carriers say about parcels: every status x every state of a parcel, repeated and out of
 * order. */
#include "lib/shopping.h"
#include "test.h"

#include <stdio.h>

#define SHIPPED_MS (FIXTURE_START_MS + 1000)

/* Order 1: 5 books, 3 from `main` and 2 from `north`, out in parcels 1 and 2. */
struct desk {
    struct fixture fixture;
    uint32_t book;
    uint32_t ids; /* given out by say() */
};

static int open_desk(void **state)
{
    static struct desk desk;
    struct fixture *fixture = &desk.fixture;
    desk.ids = 0;
    fixture_open(fixture);
    uint16_t north = fixture_location(fixture, "north", 10);
    desk.book = fixture_product(fixture, "BOOK-1", 4999, 2);
    fixture_stock(fixture, desk.book, FIXTURE_MAIN, 3);
    fixture_stock(fixture, desk.book, north, 2);
    ensure(shopping_buy(fixture, shopping_cart(1), desk.book, 5) == 1);
    fixture->decision.now_ms = SHIPPED_MS;
    ensure(shopping_order(fixture, &command_order_confirm, 1).code == ERR_NONE);
    ensure(shopping_order(fixture, &command_order_ship, 1).code == ERR_NONE);
    fixture->decision.now_ms += 1000;
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    fixture_close(&((struct desk *)*state)->fixture);
    return 0;
}

static struct shipment_command event(const char *id, uint32_t shipment, enum tracking_status status,
                                     uint64_t occurred_ms)
{
    return (struct shipment_command){
        .command = {.ops = &command_shipment_event, .actor = ACTOR_CARRIER},
        .order = 1,
        .shipment = shipment,
        .status = status,
        .occurred_ms = occurred_ms,
        .id = text_of(id),
        .code = TEXT("A-1"),
    };
}

/* With an id of its own. */
static struct shipment_command say(struct desk *desk, uint32_t shipment,
                                   enum tracking_status status, uint64_t occurred_ms)
{
    char id[16];
    (void)snprintf(id, sizeof(id), "evt_%u", ++desk->ids);
    struct shipment_command command = event(id, shipment, status, occurred_ms);
    command.id = arena_copy_text(&desk->fixture.arena, command.id);
    assert_ok(fixture_run(&desk->fixture, &command.command));
    return command;
}

static const struct order *order_of(const struct desk *desk)
{
    return shopping_find(&desk->fixture, 1);
}

static void what_a_carrier_says_is_kept_with_the_parcel(void **state)
{
    struct desk *desk = *state;
    struct shipment_command command = say(desk, 2, TRACKING_IN_TRANSIT, SHIPPED_MS + 7);
    assert_int_equal(fixture_event_count(&desk->fixture), 1);
    const struct event_shipment_updated *updated =
        fixture_event(&desk->fixture, 0, EVENT_SHIPMENT_UPDATED);
    assert_int_equal(updated->order, 1);
    assert_int_equal(updated->shipment, 2);
    assert_int_equal(updated->status, TRACKING_IN_TRANSIT);
    assert_int_equal(updated->occurred_ms, SHIPPED_MS + 7);
    assert_true(text_equal(event_shipment_id(updated), TEXT("evt_1")));
    assert_true(text_equal(event_shipment_code(updated), TEXT("A-1")));
    assert_int_equal(command.status_now, TRACKING_IN_TRANSIT);
    assert_int_equal(command.state, ORDER_SHIPPED);
    assert_false(command.is_repeated);
    const struct order_tracking *step = order_of(desk)->trail;
    assert_int_equal(step->at_ms, SHIPPED_MS + 1000);
    assert_int_equal(step->occurred_ms, SHIPPED_MS + 7);
    assert_null(step->next);
    assert_int_equal(order_of(desk)->last_event, desk->fixture.shop.last_event);
}

/* Rows: what a parcel was; columns: what is said. Only an arrival moves, and only once. */
static void every_status_meets_every_state_of_a_parcel(void **state)
{
    (void)state;
    for (uint32_t was = 0; was < 3; was++) { /* both on their way, 1 arrived, both arrived */
        for (enum tracking_status said = TRACKING_IN_TRANSIT; said < TRACKING_COUNT; said++) {
            void *opened;
            (void)open_desk(&opened);
            struct desk *desk = opened;
            for (uint32_t i = 1; i <= was; i++)
                (void)say(desk, i, TRACKING_DELIVERED, SHIPPED_MS + 5);
            bool arrives = said == TRACKING_DELIVERED && was == 0;
            struct shipment_command command = say(desk, 1, said, SHIPPED_MS + 9);
            assert_int_equal(fixture_event_count(&desk->fixture), arrives ? 2 : 1);
            assert_int_equal(command.status_now, was > 0 ? TRACKING_DELIVERED : said);
            assert_int_equal(command.state, was == 2 ? ORDER_DELIVERED : ORDER_SHIPPED);
            (void)close_desk(&opened);
        }
    }
}

static void the_last_parcel_that_arrives_delivers_the_order(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(say(desk, 2, TRACKING_DELIVERED, 0).state, ORDER_SHIPPED);
    const struct event_order_changed *part = fixture_event(&desk->fixture, 1, EVENT_ORDER_CHANGED);
    assert_int_equal(part->action, ORDER_DELIVER_PART);
    assert_int_equal(part->shipment, 2);
    assert_int_equal(part->actor, ACTOR_CARRIER);
    assert_int_equal(say(desk, 1, TRACKING_DELIVERED, 0).state, ORDER_DELIVERED);
    const struct event_order_changed *all = fixture_event(&desk->fixture, 1, EVENT_ORDER_CHANGED);
    assert_int_equal(all->action, ORDER_DELIVER_ALL);
    assert_int_equal(all->shipment, 1);
    assert_int_equal(order_of(desk)->trail->occurred_ms, desk->fixture.decision.now_ms);
}

static void what_is_said_again_changes_nothing(void **state)
{
    struct desk *desk = *state;
    struct shipment_command first = event("evt_a", 1, TRACKING_DELIVERED, SHIPPED_MS);
    assert_ok(fixture_run(&desk->fixture, &first.command));
    struct shipment_command again = event("evt_a", 1, TRACKING_EXCEPTION, SHIPPED_MS + 50);
    assert_ok(fixture_run(&desk->fixture, &again.command));
    assert_true(again.is_repeated);
    assert_int_equal(again.status_now, TRACKING_DELIVERED);
    assert_int_equal(fixture_event_count(&desk->fixture), 0);
    struct shipment_command other = event("evt_a", 2, TRACKING_DELIVERED, SHIPPED_MS);
    assert_ok(fixture_run(&desk->fixture, &other.command)); /* of another parcel */
    assert_false(other.is_repeated);
}

static void a_trail_is_told_by_the_time_at_which_things_happened(void **state)
{
    struct desk *desk = *state;
    static const struct {
        uint32_t shipment;
        enum tracking_status status;
        uint64_t after_ms;
        enum tracking_status now;
    } rows[] = {
        {1, TRACKING_OUT_FOR_DELIVERY, 300, TRACKING_OUT_FOR_DELIVERY},
        {2, TRACKING_EXCEPTION, 50, TRACKING_EXCEPTION},
        {1, TRACKING_IN_TRANSIT, 100, TRACKING_OUT_FOR_DELIVERY}, /* late */
        {1, TRACKING_EXCEPTION, 200, TRACKING_OUT_FOR_DELIVERY},
        {1, TRACKING_IN_TRANSIT, 300, TRACKING_IN_TRANSIT}, /* of the same time: as they came */
        {2, TRACKING_IN_TRANSIT, 40, TRACKING_EXCEPTION},
    };
    static const uint64_t times[] = {100, 200, 300, 300, 40, 50};
    for (size_t i = 0; i < countof(rows); i++) {
        struct shipment_command command =
            say(desk, rows[i].shipment, rows[i].status, SHIPPED_MS + rows[i].after_ms);
        assert_int_equal(command.status_now, rows[i].now);
    }
    size_t i = 0;
    for (const struct order_tracking *step = order_of(desk)->trail; step != NULL; step = step->next)
        assert_int_equal(step->occurred_ms, SHIPPED_MS + times[i++]);
    assert_int_equal(i, countof(times));
}

static void what_is_said_after_an_operator_delivered_is_kept_alone(void **state)
{
    struct desk *desk = *state;
    assert_ok(shopping_order(&desk->fixture, &command_order_deliver, 1));
    struct shipment_command late = say(desk, 1, TRACKING_DELIVERED, SHIPPED_MS + 5);
    assert_int_equal(fixture_event_count(&desk->fixture), 1);
    assert_int_equal(late.state, ORDER_DELIVERED);
    assert_int_equal(order_of(desk)->move_count, 4);
}

static void a_parcel_that_there_is_not_is_refused(void **state)
{
    struct desk *desk = *state;
    struct shipment_command command = event("evt_a", 3, TRACKING_DELIVERED, 0);
    assert_err(shopping_refused(&desk->fixture, &command.command), ERR_SHIPMENT_UNKNOWN);
    command.order = 2;
    assert_err(shopping_refused(&desk->fixture, &command.command), ERR_ORDER_UNKNOWN);
    shop_forget_order(&desk->fixture.shop, 1);
    command.order = 1;
    assert_err(fixture_run(&desk->fixture, &command.command), ERR_ASLEEP);
}

static void a_parcel_keeps_a_hundred_steps(void **state)
{
    struct desk *desk = *state;
    for (uint32_t i = 0; i < TRACKING_MAX; i++)
        (void)say(desk, 1, TRACKING_IN_TRANSIT, SHIPPED_MS + i);
    struct shipment_command more = event("evt_more", 1, TRACKING_DELIVERED, 0);
    assert_err(shopping_refused(&desk->fixture, &more.command), ERR_TRACKING_LIMIT);
    struct shipment_command known = event("evt_100", 1, TRACKING_DELIVERED, 0);
    assert_ok(fixture_run(&desk->fixture, &known.command));
    assert_true(known.is_repeated);
    (void)say(desk, 2, TRACKING_DELIVERED, 0);
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(tracking_status_name(TRACKING_SHIPPED), "shipped");
    assert_string_equal(tracking_status_name(TRACKING_IN_TRANSIT), "in_transit");
    assert_string_equal(tracking_status_name(TRACKING_OUT_FOR_DELIVERY), "out_for_delivery");
    assert_string_equal(tracking_status_name(TRACKING_DELIVERED), "delivered");
    assert_string_equal(tracking_status_name(TRACKING_EXCEPTION), "exception");
    assert_string_equal(actor_name(ACTOR_CARRIER), "carrier");
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(what_a_carrier_says_is_kept_with_the_parcel),
        cmocka_unit_test(every_status_meets_every_state_of_a_parcel),
        DESK_TEST(the_last_parcel_that_arrives_delivers_the_order),
        DESK_TEST(what_is_said_again_changes_nothing),
        DESK_TEST(a_trail_is_told_by_the_time_at_which_things_happened),
        DESK_TEST(what_is_said_after_an_operator_delivered_is_kept_alone),
        DESK_TEST(a_parcel_that_there_is_not_is_refused),
        DESK_TEST(a_parcel_keeps_a_hundred_steps),
        cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests_name("shipment_event", tests, NULL, NULL);
}
