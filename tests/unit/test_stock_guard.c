/* The last look before a sale is recorded: each number of a part that is wrong is seen. */
#include "base/memory.h"
#include "shop/event.h"
#include "shop/stock_guard.h"
#include "test.h"

#include <string.h>

enum { PRODUCT = 1, OTHER = 2, ON_HAND = 5, RESERVED = 2, LINES = 2, PARTS = 2 };

/* An order of two lines, each from one place; sound until somebody changes it. */
struct sale {
    struct event event;
    struct event_order_placed placed;
    struct event_order_line lines[LINES];
    struct event_order_part parts[PARTS];
};

static void fill_sale(struct sale *sale)
{
    memset(sale, 0, sizeof(*sale));
    sale->event = (struct event){.length = sizeof(*sale), .type = EVENT_ORDER_PLACED};
    sale->placed.line_count = LINES;
    sale->placed.part_count = PARTS;
    sale->lines[0] = (struct event_order_line){.product = PRODUCT, .quantity = 3};
    sale->lines[1] = (struct event_order_line){.product = OTHER, .quantity = 1};
    sale->parts[0] = (struct event_order_part){
        .line = 0, .quantity = 3, .location = 1, .on_hand = ON_HAND, .reserved = RESERVED + 3};
    sale->parts[1] = (struct event_order_part){
        .line = 1, .quantity = 1, .location = 1, .on_hand = 1, .reserved = 1};
}

static struct shop *open_shop(void)
{
    struct shop *shop = memory_alloc_zeroed(1, sizeof(*shop));
    shop_init(shop);
    stock_put_location(&shop->stock, 1, 0, TEXT("main"));
    stock_set(&shop->stock, PRODUCT, 1, ON_HAND, RESERVED);
    stock_set(&shop->stock, OTHER, 1, 1, 0);
    return shop;
}

static void close_shop(struct shop *shop)
{
    shop_release(shop);
    memory_free(shop);
}

static bool holds(const struct shop *shop, const struct sale *sale)
{
    return stock_guard_holds(shop, (struct text){(const char *)sale, sizeof(*sale)});
}

static void a_sale_of_what_is_there_holds(void **state)
{
    (void)state;
    struct shop *shop = open_shop();
    struct sale sale;
    fill_sale(&sale);
    assert_true(holds(shop, &sale)); /* the last piece of both */
    assert_true(stock_guard_holds(shop, (struct text){"", 0}));
    close_shop(shop);
}

static void each_wrong_number_is_seen(void **state)
{
    (void)state;
    struct shop *shop = open_shop();
    struct sale sale;
    fill_sale(&sale);
    sale.parts[0].quantity = 4;
    sale.parts[0].reserved = RESERVED + 4;
    assert_false(holds(shop, &sale)); /* one more than is there, and booked so */
    fill_sale(&sale);
    sale.parts[0].reserved += 1;
    assert_false(holds(shop, &sale));
    fill_sale(&sale);
    sale.parts[0].on_hand += 1;
    assert_false(holds(shop, &sale));
    fill_sale(&sale);
    sale.parts[1].location = 2;
    assert_false(holds(shop, &sale));
    fill_sale(&sale);
    sale.parts[1].line = LINES;
    assert_false(holds(shop, &sale));
    fill_sale(&sale);
    sale.lines[1].product = 77;
    assert_false(holds(shop, &sale));
    close_shop(shop);
}

static void every_event_is_looked_at_and_no_other_kind(void **state)
{
    (void)state;
    struct shop *shop = open_shop();
    struct sale sales[2];
    fill_sale(&sales[0]);
    fill_sale(&sales[1]);
    sales[1].parts[1].quantity = sales[1].parts[1].reserved = 2;
    assert_false(stock_guard_holds(shop, (struct text){(const char *)sales, sizeof(sales)}));
    sales[1].event.type = EVENT_ORDER_CHANGED;
    assert_true(stock_guard_holds(shop, (struct text){(const char *)sales, sizeof(sales)}));
    close_shop(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sale_of_what_is_there_holds),
        cmocka_unit_test(each_wrong_number_is_seen),
        cmocka_unit_test(every_event_is_looked_at_and_no_other_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
