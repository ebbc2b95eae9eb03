#include "lib/shop_fixture.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Products 1 and 2, places 1 `main` and 2 `north`. */
static void open_shop(struct fixture *fixture)
{
    fixture_open(fixture);
    (void)fixture_product(fixture, "A", 100, 1);
    (void)fixture_product(fixture, "B", 100, 1);
    assert_int_equal(fixture_location(fixture, "north", 1), 2);
}

static struct err move(struct fixture *fixture, struct stock_command *command,
                       const struct stock_movement *movements, uint32_t count)
{
    *command = (struct stock_command){
        .command = {.ops = &command_stock_move, .actor = ACTOR_OPERATOR},
        .movements = movements,
        .movement_count = count,
    };
    assert_int_equal(command_stock_move.cost(&command->command), count);
    struct err err = fixture_run(fixture, &command->command);
    memset(arena_alloc(&fixture->arena, 4096), 0x5a, 4096); /* over what was not asked for */
    return err;
}

/* An order that holds `quantity` pieces of a product at a place, as if it had been bought. */
static uint64_t hold(struct fixture *fixture, uint32_t product, uint16_t location,
                     uint32_t quantity)
{
    struct shop *shop = &fixture->shop;
    const struct stock_row *row = stock_find(&shop->stock, product, location);
    buffer_reset(&fixture->events);
    size_t size = sizeof(struct event_order_placed) + sizeof(struct event_order_line) +
                  sizeof(struct event_order_part);
    struct event_order_placed *placed =
        decision_append(&fixture->decision, EVENT_ORDER_PLACED, size);
    placed->order = shop->orders.last_number + 1;
    placed->cart = 1;
    placed->key[0] = (uint8_t)placed->order;
    placed->key[1] = (uint8_t)(placed->order >> 8);
    placed->currency = shop->currency;
    placed->pricing_version = 1;
    placed->totals.subtotal_minor = 100 * (int64_t)quantity;
    placed->totals.total_minor = placed->totals.subtotal_minor;
    placed->line_count = 1;
    placed->part_count = 1;
    struct event_order_line *line = (struct event_order_line *)(placed + 1);
    *line = (struct event_order_line){
        .product = product, .quantity = quantity, .unit_price_minor = 100};
    *(struct event_order_part *)(line + 1) =
        (struct event_order_part){.quantity = quantity,
                                  .location = location,
                                  .on_hand = row->on_hand,
                                  .reserved = row->reserved + quantity};
    uint64_t order = placed->order;
    cart_set_line(cart_open(&shop->carts, 1), product, quantity);
    (void)event_seal(&fixture->events, 0, shop->last_event + 1);
    shop_apply(shop, (const struct event *)(void *)fixture->events.data);
    shop_check(shop);
    return order;
}

static void assert_row(const struct event_stock_row *row, struct event_stock_row expected)
{
    assert_int_equal(row->product, expected.product);
    assert_int_equal(row->location, expected.location);
    assert_int_equal(row->change, expected.change);
    assert_int_equal(row->on_hand, expected.on_hand);
    assert_int_equal(row->reserved, expected.reserved);
}

static void a_movement_is_an_event_with_its_result(void **state)
{
    (void)state;
    static const struct {
        enum stock_reason reason;
        int64_t quantity;
        int64_t change; /* 0 = no event */
        uint32_t on_hand;
    } steps[] = {
        {STOCK_RECEIVED, 10, 10, 10}, {STOCK_CORRECTED, -3, -3, 7}, {STOCK_DAMAGED, -7, -7, 0},
        {STOCK_RETURNED, 1, 1, 1},    {STOCK_COUNTED, 50, 49, 50},  {STOCK_COUNTED, 50, 0, 50},
        {STOCK_COUNTED, 0, -50, 0},   {STOCK_COUNTED, 0, 0, 0},
    };
    struct fixture fixture;
    open_shop(&fixture);
    for (size_t i = 0; i < countof(steps); i++) {
        struct stock_movement movement = {
            .product = 2, .reason = steps[i].reason, .location = 2, .quantity = steps[i].quantity};
        struct stock_command command;
        assert_ok(move(&fixture, &command, &movement, 1));
        assert_int_equal(fixture_event_count(&fixture), steps[i].change == 0 ? 0 : 1);
        struct event_stock_row expected = {
            .product = 2, .location = 2, .change = steps[i].change, .on_hand = steps[i].on_hand};
        if (steps[i].change != 0) {
            const struct event_stock_moved *moved = fixture_event(&fixture, 0, EVENT_STOCK_MOVED);
            assert_int_equal(moved->reason, steps[i].reason);
            assert_int_equal(moved->row_count, 1);
            assert_row(event_stock_rows(moved), expected);
        }
        assert_int_equal(command.row_count, 1);
        assert_row(command.rows, expected);
        assert_int_equal(stock_find(&fixture.shop.stock, 2, 2) == NULL
                             ? 0
                             : stock_find(&fixture.shop.stock, 2, 2)->on_hand,
                         steps[i].on_hand);
    }
    fixture_close(&fixture);
}

/* One movement against product 1: main holds 10, of which 4 are promised; north holds the most. */
static void a_movement_stays_within_what_there_is_and_what_is_free(void **state)
{
    (void)state;
    static const struct {
        struct stock_movement movement;
        enum err_code code;
        uint64_t value;
    } rows[] = {
        {{1, STOCK_CORRECTED, 1, 0, -6}, ERR_NONE, 0},
        {{1, STOCK_CORRECTED, 1, 0, -7}, ERR_STOCK_RESERVED, 4},
        {{1, STOCK_CORRECTED, 1, 0, -10}, ERR_STOCK_RESERVED, 4},
        {{1, STOCK_CORRECTED, 1, 0, -11}, ERR_STOCK_SHORT, 10},
        {{1, STOCK_CORRECTED, 1, 0, INT64_MIN}, ERR_STOCK_SHORT, 10},
        {{1, STOCK_RECEIVED, 1, 0, STOCK_PIECES_MAX - 10}, ERR_NONE, 0},
        {{1, STOCK_RECEIVED, 1, 0, STOCK_PIECES_MAX - 9}, ERR_STOCK_LIMIT, STOCK_PIECES_MAX},
        {{1, STOCK_RECEIVED, 1, 0, INT64_MAX}, ERR_STOCK_LIMIT, STOCK_PIECES_MAX},
        {{1, STOCK_RECEIVED, 2, 0, 1}, ERR_STOCK_LIMIT, STOCK_PIECES_MAX},
        {{1, STOCK_COUNTED, 1, 0, 4}, ERR_NONE, 0},
        {{1, STOCK_COUNTED, 1, 0, 3}, ERR_STOCK_RESERVED, 4},
        {{1, STOCK_COUNTED, 1, 0, -1}, ERR_STOCK_SHORT, 10},
        {{1, STOCK_COUNTED, 1, 0, INT64_MIN}, ERR_STOCK_SHORT, 10},
        {{1, STOCK_COUNTED, 1, 0, STOCK_PIECES_MAX}, ERR_NONE, 0},
        {{1, STOCK_COUNTED, 1, 0, INT64_C(1) + STOCK_PIECES_MAX},
         ERR_STOCK_LIMIT,
         STOCK_PIECES_MAX},
        {{1, STOCK_COUNTED, 1, 0, INT64_MAX}, ERR_STOCK_LIMIT, STOCK_PIECES_MAX},
        {{1, STOCK_RECEIVED, 1, 0, 0}, ERR_QUANTITY_ZERO, 0},
        {{0, STOCK_RECEIVED, 1, 0, 1}, ERR_PRODUCT_UNKNOWN, 0},
        {{3, STOCK_RECEIVED, 1, 0, 1}, ERR_PRODUCT_UNKNOWN, 0},
        {{1, STOCK_RECEIVED, 0, 0, 1}, ERR_LOCATION_UNKNOWN, 0},
        {{1, STOCK_RECEIVED, 3, 0, 1}, ERR_LOCATION_UNKNOWN, 0},
        {{2, STOCK_DAMAGED, 1, 0, -1}, ERR_STOCK_SHORT, 0},
        {{1, STOCK_TRANSFERRED, 1, 2, 1}, ERR_STOCK_LIMIT, STOCK_PIECES_MAX},
        {{1, STOCK_TRANSFERRED, 2, 1, 1}, ERR_NONE, 0},
        {{1, STOCK_TRANSFERRED, 1, 2, 7}, ERR_STOCK_RESERVED, 4},
        {{1, STOCK_TRANSFERRED, 1, 2, 11}, ERR_STOCK_SHORT, 10},
        {{1, STOCK_TRANSFERRED, 1, 2, INT64_MAX}, ERR_STOCK_SHORT, 10},
        {{1, STOCK_TRANSFERRED, 1, 2, 0}, ERR_QUANTITY_ZERO, 0},
        {{1, STOCK_TRANSFERRED, 1, 2, -1}, ERR_QUANTITY_ZERO, 0},
        {{1, STOCK_TRANSFERRED, 1, 2, INT64_MIN}, ERR_QUANTITY_ZERO, 0},
        {{1, STOCK_TRANSFERRED, 1, 1, 1}, ERR_LOCATION_UNKNOWN, 0},
        {{1, STOCK_TRANSFERRED, 1, 0, 1}, ERR_LOCATION_UNKNOWN, 0},
        {{1, STOCK_TRANSFERRED, 1, 3, 1}, ERR_LOCATION_UNKNOWN, 0},
        {{1, STOCK_TRANSFERRED, 3, 1, 1}, ERR_LOCATION_UNKNOWN, 0},
        {{2, STOCK_TRANSFERRED, 1, 2, 1}, ERR_STOCK_SHORT, 0},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct fixture fixture;
        open_shop(&fixture);
        fixture_stock(&fixture, 1, 1, 10);
        fixture_stock(&fixture, 1, 2, STOCK_PIECES_MAX);
        (void)hold(&fixture, 1, 1, 4);
        uint64_t before = fixture_digest(&fixture.shop);
        /* a good movement first: it must not stay when the second is refused */
        struct stock_movement movements[2] = {
            {.product = 2, .reason = STOCK_RECEIVED, .location = 2, .quantity = 1},
            rows[i].movement,
        };
        struct stock_command command;
        struct err err = move(&fixture, &command, movements, 2);
        if (err.code != rows[i].code || err.value != rows[i].value)
            fail_msg("row %zu: code %d value %llu", i, (int)err.code,
                     (unsigned long long)err.value);
        assert_int_equal(err.index, err.code == ERR_NONE ? 0 : 1);
        assert_int_equal(fixture_digest(&fixture.shop) == before, err.code != ERR_NONE);
        assert_int_equal(command.order_count, err.code == ERR_STOCK_RESERVED ? 1 : 0);
        fixture_close(&fixture);
    }
}

static void a_transfer_is_one_event_with_two_rows(void **state)
{
    (void)state;
    struct fixture fixture;
    open_shop(&fixture);
    fixture_stock(&fixture, 1, 1, 10);
    fixture_stock(&fixture, 1, 2, 5);
    (void)hold(&fixture, 1, 1, 4);
    struct stock_movement movement = {
        .product = 1, .reason = STOCK_TRANSFERRED, .location = 1, .to = 2, .quantity = 6};
    struct stock_command command;
    assert_ok(move(&fixture, &command, &movement, 1));
    assert_int_equal(fixture_event_count(&fixture), 1);
    const struct event_stock_moved *moved = fixture_event(&fixture, 0, EVENT_STOCK_MOVED);
    assert_int_equal(moved->reason, STOCK_TRANSFERRED);
    assert_int_equal(moved->row_count, 2);
    struct event_stock_row from = {
        .product = 1, .location = 1, .change = -6, .on_hand = 4, .reserved = 4};
    struct event_stock_row to = {.product = 1, .location = 2, .change = 6, .on_hand = 11};
    assert_row(&event_stock_rows(moved)[0], from);
    assert_row(&event_stock_rows(moved)[1], to);
    assert_int_equal(command.row_count, 2);
    assert_row(&command.rows[0], from);
    assert_row(&command.rows[1], to);
    fixture_close(&fixture);
}

static void later_movements_see_earlier_ones(void **state)
{
    (void)state;
    struct fixture fixture;
    open_shop(&fixture);
    static const struct stock_movement movements[] = {
        {1, STOCK_RECEIVED, 1, 0, 12},   {1, STOCK_TRANSFERRED, 1, 2, 10},
        {1, STOCK_TRANSFERRED, 2, 1, 3}, {2, STOCK_RECEIVED, 1, 0, 8},
        {1, STOCK_DAMAGED, 2, 0, -7},    {1, STOCK_COUNTED, 1, 0, 6},
        {2, STOCK_RECEIVED, 2, 0, 1},
    };
    struct stock_command command;
    assert_ok(move(&fixture, &command, movements, countof(movements)));
    assert_int_equal(fixture_event_count(&fixture), countof(movements));
    static const struct event_stock_row events[] = {
        {1, 1, 0, 12, 12, 0}, {1, 1, 0, -10, 2, 0}, {1, 2, 0, -3, 7, 0}, {2, 1, 0, 8, 8, 0},
        {1, 2, 0, -7, 0, 0},  {1, 1, 0, 1, 6, 0},   {2, 2, 0, 1, 1, 0},
    };
    for (uint32_t i = 0; i < countof(events); i++)
        assert_row(event_stock_rows(fixture_event(&fixture, i, EVENT_STOCK_MOVED)), events[i]);
    static const struct event_stock_row arrivals[] = {{1, 2, 0, 10, 10, 0}, {1, 1, 0, 3, 5, 0}};
    for (uint32_t i = 0; i < countof(arrivals); i++)
        assert_row(&event_stock_rows(fixture_event(&fixture, 1 + i, EVENT_STOCK_MOVED))[1],
                   arrivals[i]);
    /* the answer: each place once, as it is in the end, and what the command changed in all */
    static const struct event_stock_row places[] = {
        {1, 1, 0, 6, 6, 0}, {1, 2, 0, 0, 0, 0}, {2, 1, 0, 8, 8, 0}, {2, 2, 0, 1, 1, 0}};
    assert_int_equal(command.row_count, countof(places));
    for (uint32_t i = 0; i < countof(places); i++)
        assert_row(&command.rows[i], places[i]);
    fixture_close(&fixture);
}

static void the_most_movements_are_all_done(void **state)
{
    (void)state;
    struct fixture fixture;
    open_shop(&fixture);
    static struct stock_movement movements[STOCK_MOVEMENTS_MAX];
    for (uint32_t i = 0; i < STOCK_MOVEMENTS_MAX; i++)
        movements[i] = (struct stock_movement){1 + i % 2, STOCK_RECEIVED, 1, 0, 1};
    struct stock_command command;
    assert_ok(move(&fixture, &command, movements, STOCK_MOVEMENTS_MAX));
    assert_int_equal(fixture_event_count(&fixture), STOCK_MOVEMENTS_MAX);
    assert_int_equal(command.row_count, 2);
    assert_int_equal(stock_available(&fixture.shop.stock, 2), STOCK_MOVEMENTS_MAX / 2);
    assert_ok(fixture_run(&fixture, &command.command)); /* decided afresh */
    assert_int_equal(command.row_count, 2);
    assert_int_equal(command.rows[0].change, STOCK_MOVEMENTS_MAX / 2);
    assert_int_equal(command.rows[0].on_hand, STOCK_MOVEMENTS_MAX);
    fixture_close(&fixture);
}

static void what_orders_hold_names_them(void **state)
{
    (void)state;
    struct fixture fixture;
    open_shop(&fixture);
    fixture_stock(&fixture, 1, 1, 100);
    fixture_stock(&fixture, 1, 2, 100);
    fixture_stock(&fixture, 2, 1, 100);
    struct stock_movement movement = {
        .product = 1, .reason = STOCK_COUNTED, .location = 1, .quantity = 0};
    struct stock_command command;
    uint64_t orders[16];
    uint32_t order_count = 0;
    for (uint32_t round = 0; round < 15; round++) {
        (void)hold(&fixture, 1, 2, 1); /* another place */
        (void)hold(&fixture, 2, 1, 1); /* another product */
        orders[order_count++] = hold(&fixture, 1, 1, 1);
        struct err err = move(&fixture, &command, &movement, 1);
        assert_err(err, ERR_STOCK_RESERVED);
        assert_int_equal(err.value, order_count);
        uint32_t named = order_count < 10 ? order_count : 10;
        assert_int_equal(command.order_count, named);
        for (uint32_t i = 0; i < named; i++)
            assert_int_equal(command.orders[i], orders[i]);
    }

    /* one that was shipped or cancelled holds nothing */
    order_find(&fixture.shop.orders, orders[0])->parts[0].reserved = 0;
    buffer_reset(&fixture.events);
    assert_err(command_stock_move.decide(&fixture.decision, &command.command), ERR_STOCK_RESERVED);
    assert_int_equal(command.order_count, 10);
    assert_int_equal(command.orders[0], orders[1]);
    assert_int_equal(command.orders[9], orders[10]);
    fixture_close(&fixture);
}

static void orders_that_sleep_are_looked_up_and_named_too(void **state)
{
    (void)state;
    struct fixture fixture;
    open_shop(&fixture);
    fixture_stock(&fixture, 1, 1, 100);
    struct stock_movement movement = {
        .product = 1, .reason = STOCK_COUNTED, .location = 1, .quantity = 0};
    struct stock_command command = {
        .command = {.ops = &command_stock_move}, .movements = &movement, .movement_count = 1};
    command.command.arena = &fixture.arena;
    uint64_t orders[4];
    for (uint32_t i = 0; i < countof(orders); i++)
        orders[i] = hold(&fixture, 1, 1, 1);
    order_forget(&fixture.shop.orders, orders[0]);
    buffer_reset(&fixture.events);

    static const uint64_t other_place = UINT64_C(1) << 16 | 2;
    static const uint64_t place = UINT64_C(1) << 16 | 1;
    uint64_t holders[] = {orders[0], orders[1]};
    const struct command_loaded rows[] = {
        {.what = 0}, /* nothing was loaded yet */
        {.what = ASLEEP_ORDER, .value = place},
        {.what = ASLEEP_STOCK_HOLDERS, .value = other_place},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        command.command.loaded = rows[i];
        struct err err = command_stock_move.decide(&fixture.decision, &command.command);
        assert_err(err, ERR_ASLEEP);
        assert_int_equal(err.index, ASLEEP_STOCK_HOLDERS);
        assert_int_equal(err.value, place);
    }
    command.command.loaded = (struct command_loaded){
        .what = ASLEEP_STOCK_HOLDERS, .value = place, .holders = holders, .holder_count = 2};
    struct err err = command_stock_move.decide(&fixture.decision, &command.command);
    assert_err(err, ERR_STOCK_RESERVED);
    assert_int_equal(err.value, 4);
    assert_int_equal(command.order_count, 4);
    assert_memory_equal(command.orders, orders, sizeof(orders));

    /* the tables are behind: in memory the second holds nothing any more */
    order_find(&fixture.shop.orders, orders[1])->parts[0].reserved = 0;
    assert_err(command_stock_move.decide(&fixture.decision, &command.command), ERR_STOCK_RESERVED);
    assert_int_equal(command.order_count, 3);
    assert_int_equal(command.orders[0], orders[0]);
    assert_memory_equal(command.orders + 1, orders + 2, 2 * sizeof(orders[0]));
    fixture_close(&fixture);
}

static void no_order_that_holds_is_overlooked(void **state)
{
    (void)state;
    struct fixture fixture;
    open_shop(&fixture);
    fixture_stock(&fixture, 1, 1, 1000);
    struct stock_movement movement = {
        .product = 1, .reason = STOCK_COUNTED, .location = 1, .quantity = 0};
    struct stock_command command;
    for (uint32_t i = 0; i < 180; i++)
        (void)hold(&fixture, 1, 1, 1);
    /* the ten lowest numbers are named wherever they lie in the map */
    uint64_t first = fixture.shop.orders.by_number.slots[0].key;
    assert_int_not_equal(first, 0); /* or take more orders */
    for (uint64_t number = 1; number < first; number++)
        order_find(&fixture.shop.orders, number)->parts[0].reserved = 0;
    command = (struct stock_command){
        .command = {.ops = &command_stock_move}, .movements = &movement, .movement_count = 1};
    command.command.arena = &fixture.arena;
    assert_err(command_stock_move.decide(&fixture.decision, &command.command), ERR_STOCK_RESERVED);
    assert_int_equal(command.orders[0], first);
    fixture_close(&fixture);
}

static void every_place_of_a_product_is_shown_in_the_order_they_are_asked(void **state)
{
    (void)state;
    struct fixture fixture;
    open_shop(&fixture);
    assert_int_equal(fixture_location(&fixture, "first", -1), 3);
    fixture_stock(&fixture, 1, 1, 10);
    fixture_stock(&fixture, 1, 2, 20);
    fixture_stock(&fixture, 1, 3, 30);
    (void)hold(&fixture, 1, 2, 4);
    struct stock_view_command view = {.command = {.ops = &command_stock_view}, .product = 1};
    assert_ok(fixture_run(&fixture, &view.command));
    assert_int_equal(fixture_event_count(&fixture), 0);
    assert_int_equal(view.row_count, 3);
    static const uint32_t rows[3][3] = {{3, 30, 0}, {1, 10, 0}, {2, 20, 4}};
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(view.rows[i].product, 1);
        assert_int_equal(view.rows[i].location, rows[i][0]);
        assert_int_equal(view.rows[i].on_hand, rows[i][1]);
        assert_int_equal(view.rows[i].reserved, rows[i][2]);
    }
    view.product = 2;
    assert_ok(fixture_run(&fixture, &view.command));
    assert_int_equal(view.row_count, 0);
    view.product = 3;
    assert_err(fixture_run(&fixture, &view.command), ERR_PRODUCT_UNKNOWN);
    view.product = 0;
    assert_err(fixture_run(&fixture, &view.command), ERR_PRODUCT_UNKNOWN);
    fixture_close(&fixture);
}

static struct location_command put_of(const char *name, int32_t priority)
{
    return (struct location_command){
        .command = {.ops = &command_location_put}, .name = text_of(name), .priority = priority};
}

static void a_place_is_made_by_name_or_its_priority_changed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    static const struct {
        const char *name;
        int32_t priority;
        bool is_new;
        bool is_event;
        uint16_t number;
    } steps[] = {
        {"main", 0, false, false, 1},        {"main", 5, false, true, 1},
        {"north", -3, true, true, 2},        {"north", -3, false, false, 2},
        {"North", 0, true, true, 3},         {"north", INT32_MAX, false, true, 2},
        {"main", INT32_MIN, false, true, 1},
    };
    for (size_t i = 0; i < countof(steps); i++) {
        struct location_command put = put_of(steps[i].name, steps[i].priority);
        assert_ok(fixture_run(&fixture, &put.command));
        assert_int_equal(put.is_new, steps[i].is_new);
        assert_int_equal(put.location.number, steps[i].number);
        assert_int_equal(put.location.priority, steps[i].priority);
        assert_string_equal(put.location.name, steps[i].name);
        assert_int_equal(fixture_event_count(&fixture), steps[i].is_event ? 1 : 0);
        if (steps[i].is_event) {
            const struct event_location_put *event = fixture_event(&fixture, 0, EVENT_LOCATION_PUT);
            assert_int_equal(event->number, steps[i].number);
            assert_int_equal(event->priority, steps[i].priority);
            assert_true(text_equal(event_location_name(event), text_of(steps[i].name)));
        }
    }
    fixture_close(&fixture);
}

static void there_is_a_limit_to_places_and_all_are_shown(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    char name[LOCATION_NAME_MAX + 1] = {0};
    memset(name, 'x', LOCATION_NAME_MAX);
    for (uint32_t i = 2; i <= STOCK_LOCATIONS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "place %u", i);
        assert_int_equal(fixture_location(&fixture, name, (int32_t)i), i);
    }
    struct location_command put = put_of("one more", 0);
    struct err err = fixture_run(&fixture, &put.command);
    assert_err(err, ERR_LOCATION_LIMIT);
    assert_int_equal(err.value, STOCK_LOCATIONS_MAX);
    assert_int_equal(err.index, 0);
    put = put_of("place 64", 7); /* there already */
    assert_ok(fixture_run(&fixture, &put.command));

    struct locations_view_command view = {.command = {.ops = &command_locations_view}};
    assert_ok(fixture_run(&fixture, &view.command));
    assert_int_equal(view.location_count, STOCK_LOCATIONS_MAX);
    assert_string_equal(view.locations[0].name, "main");
    for (uint32_t i = 0; i < view.location_count; i++)
        assert_int_equal(view.locations[i].number, i + 1);
    assert_int_equal(view.locations[63].priority, 7);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_movement_is_an_event_with_its_result),
        cmocka_unit_test(a_movement_stays_within_what_there_is_and_what_is_free),
        cmocka_unit_test(a_transfer_is_one_event_with_two_rows),
        cmocka_unit_test(later_movements_see_earlier_ones),
        cmocka_unit_test(the_most_movements_are_all_done),
        cmocka_unit_test(what_orders_hold_names_them),
        cmocka_unit_test(orders_that_sleep_are_looked_up_and_named_too),
        cmocka_unit_test(no_order_that_holds_is_overlooked),
        cmocka_unit_test(every_place_of_a_product_is_shown_in_the_order_they_are_asked),
        cmocka_unit_test(a_place_is_made_by_name_or_its_priority_changed),
        cmocka_unit_test(there_is_a_limit_to_places_and_all_are_shown),
    };
    return cmocka_run_group_tests_name("command_stock", tests, NULL, NULL);
}
