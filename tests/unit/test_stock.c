#include "lib/abort.h"
#include "lib/heap.h"
#include "shop/stock.h"
#include "test.h"

#include <string.h>

/* Places 1 `main`, 2 `north`, 3 `south` with these priorities. */
static void open_stock(struct stock *stock, int32_t main_priority, int32_t north, int32_t south)
{
    stock_init(stock);
    stock_put_location(stock, 1, main_priority, TEXT("main"));
    stock_put_location(stock, 2, north, TEXT("north"));
    stock_put_location(stock, 3, south, TEXT("south"));
}

/* The locations of a product in the order they are asked, as one number: 213. */
static uint32_t order_of(const struct stock *stock, uint32_t product)
{
    uint32_t order = 0;
    for (const struct stock_row *row = stock_first(stock, product); row != NULL;
         row = stock_next(stock, row))
        order = order * 10 + row->location;
    return order;
}

static void nothing_is_where_nothing_was_put(void **state)
{
    (void)state;
    struct stock stock;
    open_stock(&stock, 0, 0, 0);
    assert_null(stock_find(&stock, 1, 1));
    assert_null(stock_first(&stock, 1));
    assert_null(stock_first(&stock, 100000));
    assert_int_equal(stock_available(&stock, 1), 0);
    stock_set(&stock, 1, 1, 5, 2);
    assert_null(stock_find(&stock, 1, 2));
    assert_null(stock_find(&stock, 2, 1));
    assert_null(stock_first(&stock, 2));
    assert_null(stock_find(&stock, 64, 1)); /* just behind the first block */
    assert_null(stock_first(&stock, 64));
    stock_release(&stock);
}

static void a_place_holds_what_it_was_told(void **state)
{
    (void)state;
    struct stock stock;
    open_stock(&stock, 0, 0, 0);
    stock_set(&stock, 1, 1, 5, 2);
    stock_set(&stock, 1, 2, STOCK_PIECES_MAX, STOCK_PIECES_MAX);
    stock_set(&stock, 1, 3, 7, 0);
    const struct stock_row *row = stock_find(&stock, 1, 1);
    assert_int_equal(row->product, 1);
    assert_int_equal(row->location, 1);
    assert_int_equal(row->on_hand, 5);
    assert_int_equal(row->reserved, 2);
    assert_int_equal(row->sold, 0);
    assert_int_equal(stock_available(&stock, 1), 3 + 0 + 7);
    stock_set(&stock, 1, 1, 6, 6);
    assert_ptr_equal(stock_find(&stock, 1, 1), row);
    assert_int_equal(row->on_hand, 6);
    assert_int_equal(row->reserved, 6);
    assert_int_equal(stock_available(&stock, 1), 7);
    assert_int_equal(stock.row_count, 3);
    stock_release(&stock);
}

static void available_saturates(void **state)
{
    (void)state;
    struct stock stock;
    open_stock(&stock, 0, 0, 0);
    stock_set(&stock, 1, 1, STOCK_PIECES_MAX, 0);
    stock_set(&stock, 1, 2, STOCK_PIECES_MAX, 0);
    assert_int_equal(stock_available(&stock, 1), 4000000000U);
    stock_set(&stock, 1, 3, UINT32_MAX - 4000000000U, 0);
    assert_int_equal(stock_available(&stock, 1), UINT32_MAX);
    stock_set(&stock, 1, 3, UINT32_MAX - 4000000000U - 1, 0);
    assert_int_equal(stock_available(&stock, 1), UINT32_MAX - 1);
    stock_set(&stock, 1, 3, STOCK_PIECES_MAX, 0);
    assert_int_equal(stock_available(&stock, 1), UINT32_MAX);
    stock_release(&stock);
}

static void many_products_and_rows_grow(void **state)
{
    (void)state;
    struct stock stock;
    open_stock(&stock, 2, 1, 0);
    enum { COUNT = 3000 };
    for (uint32_t i = 1; i <= COUNT; i++) {
        stock_set(&stock, i, 1, i, 0);
        stock_set(&stock, i, 2, i + 1, 1);
    }
    assert_int_equal(stock.row_count, 2 * COUNT);
    for (uint32_t i = 1; i <= COUNT; i++) {
        assert_int_equal(stock_find(&stock, i, 1)->on_hand, i);
        assert_int_equal(stock_available(&stock, i), 2 * i);
        assert_int_equal(order_of(&stock, i), 21);
    }
    assert_int_equal(stock_available(&stock, COUNT + 1), 0);
    stock_set(&stock, 1000000, 3, 9, 0); /* far beyond what there was */
    assert_int_equal(stock_available(&stock, 1000000), 9);
    assert_int_equal(stock_available(&stock, 999999), 0);
    stock_release(&stock);
}

static void places_are_asked_by_priority_then_number(void **state)
{
    (void)state;
    static const struct {
        int32_t priorities[3];
        uint32_t order;
    } rows[] = {
        {{0, 0, 0}, 123},   {{1, 0, 0}, 231}, {{0, 1, 0}, 132}, {{0, 0, -1}, 312},
        {{3, 2, 1}, 321},   {{1, 2, 3}, 123}, {{2, 1, 3}, 213}, {{INT32_MAX, 0, INT32_MIN}, 321},
        {{-1, -2, 0}, 213},
    };
    static const uint16_t set_orders[][3] = {{1, 2, 3}, {3, 2, 1}, {2, 3, 1}};
    for (size_t i = 0; i < countof(rows); i++) {
        for (size_t j = 0; j < countof(set_orders); j++) {
            struct stock stock;
            open_stock(&stock, rows[i].priorities[0], rows[i].priorities[1], rows[i].priorities[2]);
            for (size_t k = 0; k < 3; k++)
                stock_set(&stock, 5, set_orders[j][k], 1, 0);
            assert_int_equal(order_of(&stock, 5), rows[i].order);
            stock_release(&stock);
        }
    }
}

static void a_changed_priority_reorders_every_list(void **state)
{
    (void)state;
    struct stock stock;
    open_stock(&stock, 1, 2, 3);
    for (uint16_t i = 1; i <= 3; i++) {
        stock_set(&stock, 1, i, i, 0);
        stock_set(&stock, 63, i, i, 0);
    }
    stock_set(&stock, 2, 3, 1, 0);
    assert_int_equal(order_of(&stock, 1), 123);
    stock_put_location(&stock, 3, 0, TEXT("south"));
    assert_int_equal(order_of(&stock, 1), 312);
    assert_int_equal(order_of(&stock, 63), 312);
    assert_int_equal(order_of(&stock, 2), 3);
    assert_int_equal(stock.location_count, 3);
    assert_int_equal(stock_find(&stock, 1, 3)->on_hand, 3);
    stock_put_location(&stock, 1, 9, TEXT("main"));
    assert_int_equal(order_of(&stock, 63), 321);
    stock_release(&stock);
}

static void places_are_found_by_number_and_name(void **state)
{
    (void)state;
    struct stock stock;
    open_stock(&stock, 1, 2, 3);
    assert_null(location_find(&stock, 0));
    assert_null(location_find(&stock, 4));
    assert_string_equal(location_find(&stock, 3)->name, "south");
    assert_int_equal(location_find(&stock, 3)->number, 3);
    assert_int_equal(location_find(&stock, 3)->priority, 3);
    assert_int_equal(location_find_name(&stock, TEXT("main"))->number, 1);
    assert_int_equal(location_find_name(&stock, TEXT("south"))->number, 3);
    assert_null(location_find_name(&stock, TEXT("Main")));
    assert_null(location_find_name(&stock, TEXT("")));
    stock_put_location(&stock, 2, 2, TEXT("n"));
    assert_string_equal(location_find(&stock, 2)->name, "n");
    assert_null(location_find_name(&stock, TEXT("north")));
    char name[LOCATION_NAME_MAX + 1] = {0};
    memset(name, 'x', LOCATION_NAME_MAX);
    for (uint16_t i = 4; i <= STOCK_LOCATIONS_MAX; i++)
        stock_put_location(&stock, i, 0, text_of(name));
    assert_string_equal(location_find(&stock, STOCK_LOCATIONS_MAX)->name, name);
    assert_null(location_find(&stock, STOCK_LOCATIONS_MAX + 1));
    stock_release(&stock);
}

static void pieces_sold_are_counted_and_saturate(void **state)
{
    (void)state;
    struct stock stock;
    open_stock(&stock, 0, 0, 0);
    stock_set(&stock, 1, 2, 5, 0);
    static const struct {
        int64_t pieces;
        uint32_t sold;
    } steps[] = {
        {3, 3},
        {4, 7},
        {-2, 5},
        {-5, 0},
        {1, 1},
        {-2, 0},
        {UINT32_MAX - 1, UINT32_MAX - 1},
        {1, UINT32_MAX},
        {1, UINT32_MAX},
        {-(int64_t)UINT32_MAX, 0},
    };
    for (size_t i = 0; i < countof(steps); i++) {
        stock_add_sold(&stock, 1, 2, steps[i].pieces);
        assert_int_equal(stock_find(&stock, 1, 2)->sold, steps[i].sold);
    }
    stock_add_sold(&stock, 1, 2, 8);
    stock_set(&stock, 1, 2, 1, 1);
    assert_int_equal(stock_find(&stock, 1, 2)->sold, 8);
    stock_release(&stock);
}

/* Two products at three places: {on hand, reserved}; what is wanted; where it comes from. */
struct allocation {
    const char *what;
    uint32_t places[2][3][2];
    uint32_t wants[2]; /* of product 1 and 2; 0 = not wanted */
    struct stock_part parts[6];
    uint32_t part_count;
};

static const struct allocation allocations[] = {
    {"one place has it", {{{5, 0}}}, {5}, {{0, 5, 1}}, 1},
    {"the first that fills it is taken", {{{4, 0}, {5, 0}, {9, 0}}}, {5}, {{0, 5, 2}}, 1},
    {"what is reserved does not count", {{{5, 1}, {5, 0}}}, {5}, {{0, 5, 2}}, 1},
    {"no place fills it: split by priority",
     {{{2, 0}, {3, 1}, {9, 6}}},
     {5},
     {{0, 2, 1}, {0, 2, 2}, {0, 1, 3}},
     3},
    {"a place without pieces gives no part",
     {{{2, 2}, {3, 0}, {2, 0}}},
     {4},
     {{0, 3, 2}, {0, 1, 3}},
     2},
    {"a split stops when it is filled", {{{3, 0}, {3, 0}, {3, 0}}}, {6}, {{0, 3, 1}, {0, 3, 2}}, 2},
    {"one place fills all lines though another comes first for one",
     {{{5, 0}, {5, 0}}, {{0, 0}, {5, 0}}},
     {1, 1},
     {{0, 1, 2}, {1, 1, 2}},
     2},
    {"no place fills all: each line from its first",
     {{{5, 0}, {0, 0}, {5, 0}}, {{0, 0}, {5, 0}, {0, 0}}},
     {1, 1},
     {{0, 1, 1}, {1, 1, 2}},
     2},
    {"a line that another place fills whole is not split",
     {{{2, 0}, {5, 0}}, {{9, 0}}},
     {5, 9},
     {{0, 5, 2}, {1, 9, 1}},
     2},
    {"one line whole, one split",
     {{{5, 0}}, {{1, 0}, {1, 0}, {1, 0}}},
     {2, 3},
     {{0, 2, 1}, {1, 1, 1}, {1, 1, 2}, {1, 1, 3}},
     4},
    {"a split line before a whole one",
     {{{1, 0}, {2, 0}}, {{0, 0}, {9, 0}}},
     {3, 9},
     {{0, 1, 1}, {0, 2, 2}, {1, 9, 2}},
     3},
};

static void pieces_come_from_where_the_rules_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(allocations); i++) {
        const struct allocation *row = &allocations[i];
        struct stock stock;
        open_stock(&stock, 1, 2, 3);
        struct stock_want wants[2];
        uint32_t want_count = 0;
        for (uint32_t product = 1; product <= 2; product++) {
            for (uint16_t place = 1; place <= 3; place++) {
                const uint32_t *pieces = row->places[product - 1][place - 1];
                if (pieces[0] > 0)
                    stock_set(&stock, product, place, pieces[0], pieces[1]);
            }
            if (row->wants[product - 1] > 0)
                wants[want_count++] = (struct stock_want){product, row->wants[product - 1]};
        }
        struct stock_part parts[6];
        memset(parts, 0x5a, sizeof(parts));
        uint32_t count = stock_allocate(&stock, wants, want_count, parts, row->part_count);
        if (count != row->part_count)
            fail_msg("%s: %u parts", row->what, count);
        for (uint32_t j = 0; j < count; j++) {
            if (parts[j].line != row->parts[j].line ||
                parts[j].quantity != row->parts[j].quantity ||
                parts[j].location != row->parts[j].location)
                fail_msg("%s: part %u is %u from %u", row->what, j, parts[j].quantity,
                         parts[j].location);
        }
        stock_release(&stock);
    }
}

static void stock_comes_and_goes(void)
{
    struct stock stock;
    open_stock(&stock, 0, 0, 0);
    for (uint32_t i = 1; i <= 100; i++)
        stock_set(&stock, i, 1, i, 0);
    stock_release(&stock);
}

static void what_was_taken_is_given_back(void **state)
{
    (void)state;
    assert_true(heap_is_level(stock_comes_and_goes));
}

static void main_is_a_place_like_any_other(void **state)
{
    (void)state;
    struct stock stock;
    open_stock(&stock, 9, 1, 2); /* asked last */
    stock_set(&stock, 1, 1, 5, 0);
    stock_set(&stock, 1, 2, 5, 0);
    stock_set(&stock, 2, 1, 5, 0);
    struct stock_want wants[] = {{1, 5}, {2, 5}};
    struct stock_part parts[2];
    assert_int_equal(stock_allocate(&stock, wants, 2, parts, 2), 2);
    assert_int_equal(parts[0].location, 1);
    assert_int_equal(parts[1].location, 1);
    stock_release(&stock);
}

static void parts_never_run_over_their_room(void **state)
{
    (void)state;
    struct stock stock;
    open_stock(&stock, 1, 2, 3);
    stock_set(&stock, 1, 1, 5, 0);
    stock_set(&stock, 2, 1, 1, 0);
    stock_set(&stock, 2, 2, 1, 0);
    struct stock_want wants[] = {{1, 5}, {2, 2}};
    struct stock_part parts[8]; /* more than is told */
    assert_int_equal(stock_allocate(&stock, wants, 2, parts, 3), 3);
    assert_aborts(stock_allocate(&stock, wants, 2, parts, 2));
    assert_aborts(stock_allocate(&stock, wants, 1, parts, 0));
    stock_release(&stock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_where_nothing_was_put),
        cmocka_unit_test(a_place_holds_what_it_was_told),
        cmocka_unit_test(available_saturates),
        cmocka_unit_test(many_products_and_rows_grow),
        cmocka_unit_test(places_are_asked_by_priority_then_number),
        cmocka_unit_test(a_changed_priority_reorders_every_list),
        cmocka_unit_test(places_are_found_by_number_and_name),
        cmocka_unit_test(pieces_sold_are_counted_and_saturate),
        cmocka_unit_test(pieces_come_from_where_the_rules_say),
        cmocka_unit_test(what_was_taken_is_given_back),
        cmocka_unit_test(main_is_a_place_like_any_other),
        cmocka_unit_test(parts_never_run_over_their_room),
    };
    return cmocka_run_group_tests_name("stock", tests, NULL, NULL);
}
