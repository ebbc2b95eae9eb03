/* Open carts: lines merge, keep their order and go; a cart that is not there is empty. */
#include "lib/abort.h"
#include "shop/cart.h"
#include "test.h"

static void a_cart_comes_into_being_once(void **state)
{
    (void)state;
    struct carts carts;
    carts_init(&carts);
    assert_null(cart_find(&carts, 5));
    assert_null(cart_find(&carts, 0));
    struct cart *cart = cart_open(&carts, 5);
    assert_int_equal(cart->number, 5);
    assert_int_equal(cart->line_count, 0);
    assert_int_equal(cart->customer, 0);
    assert_ptr_equal(cart_open(&carts, 5), cart);
    assert_ptr_equal(cart_find(&carts, 5), cart);
    assert_int_equal(carts.by_number.count, 1);
    assert_aborts((void)cart_open(&carts, 0));
    carts_release(&carts);
}

static void lines_keep_the_order_in_which_they_came(void **state)
{
    (void)state;
    struct carts carts;
    carts_init(&carts);
    struct cart *cart = cart_open(&carts, 5);
    for (uint32_t product = 10; product > 0; product--)
        cart_set_line(cart, product, product * 2);
    cart_set_line(cart, 7, 1);
    assert_int_equal(cart->line_count, 10);
    assert_int_equal(cart->lines[0].product, 10);
    assert_int_equal(cart->lines[3].product, 7);
    assert_int_equal(cart->lines[3].quantity, 1);
    assert_int_equal(cart->lines[9].product, 1);
    assert_ptr_equal(cart_line_find(cart, 1), &cart->lines[9]);
    assert_null(cart_line_find(cart, 11));
    carts_release(&carts);
}

static void quantity_0_takes_a_line_out(void **state)
{
    (void)state;
    struct carts carts;
    carts_init(&carts);
    struct cart *cart = cart_open(&carts, 5);
    for (uint32_t product = 1; product <= 3; product++)
        cart_set_line(cart, product, product);
    cart_set_line(cart, 1, 0);
    assert_int_equal(cart->line_count, 2);
    assert_int_equal(cart->lines[0].product, 2);
    assert_int_equal(cart->lines[0].quantity, 2);
    assert_int_equal(cart->lines[1].product, 3);
    cart_set_line(cart, 3, 0);
    assert_int_equal(cart->line_count, 1);
    assert_int_equal(cart->lines[0].product, 2);
    assert_null(cart_line_find(cart, 3));
    assert_aborts(cart_set_line(cart, 3, 0));
    cart_set_line(cart, 2, 0);
    assert_int_equal(cart->line_count, 0);
    carts_release(&carts);
}

static void the_limits_are_the_last_that_pass(void **state)
{
    (void)state;
    struct carts carts;
    carts_init(&carts);
    struct cart *cart = cart_open(&carts, 5);
    for (uint32_t product = 1; product <= CART_LINES_MAX; product++)
        cart_set_line(cart, product, CART_QUANTITY_MAX);
    assert_int_equal(cart->line_count, CART_LINES_MAX);
    assert_aborts(cart_set_line(cart, CART_LINES_MAX + 1, 1));
    assert_aborts(cart_set_line(cart, 1, CART_QUANTITY_MAX + 1));
    assert_aborts(cart_set_line(cart, 0, 1));
    carts_release(&carts);
}

static void emptying_keeps_the_owner_and_the_last_order(void **state)
{
    (void)state;
    struct carts carts;
    carts_init(&carts);
    struct cart *cart = cart_open(&carts, 5);
    cart->customer = 3;
    cart->contact = 4;
    cart->last_order = 9;
    cart_set_line(cart, 1, 1);
    cart_empty(cart);
    assert_int_equal(cart->line_count, 0);
    assert_int_equal(cart->contact, 0);
    assert_int_equal(cart->customer, 3);
    assert_int_equal(cart->last_order, 9);
    cart_set_line(cart, 2, 2);
    assert_int_equal(cart->lines[0].product, 2);
    carts_release(&carts);
}

static void a_closed_cart_is_forgotten(void **state)
{
    (void)state;
    struct carts carts;
    carts_init(&carts);
    cart_set_line(cart_open(&carts, 5), 1, 1);
    cart_open(&carts, 6);
    cart_close(&carts, 5);
    assert_null(cart_find(&carts, 5));
    assert_non_null(cart_find(&carts, 6));
    assert_int_equal(cart_open(&carts, 5)->line_count, 0);
    assert_aborts(cart_close(&carts, 7));
    carts_release(&carts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cart_comes_into_being_once),
        cmocka_unit_test(lines_keep_the_order_in_which_they_came),
        cmocka_unit_test(quantity_0_takes_a_line_out),
        cmocka_unit_test(the_limits_are_the_last_that_pass),
        cmocka_unit_test(emptying_keeps_the_owner_and_the_last_order),
        cmocka_unit_test(a_closed_cart_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
