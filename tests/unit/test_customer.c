#include "lib/heap.h"
#include "shop/customer.h"
#include "test.h"

static void customers_are_kept_by_number(void **state)
{
    (void)state;
    struct customers customers;
    customers_init(&customers);
    assert_null(customer_find(&customers, 0));
    assert_null(customer_find(&customers, 1));
    enum { COUNT = 1000 };
    for (uint32_t i = 1; i <= COUNT; i++) {
        customer_put(&customers, i, &(struct customer){.contact = i * 10, .is_member = i % 2 == 0});
        assert_int_equal(customers.count, i);
    }
    for (uint32_t i = 1; i <= COUNT; i++) {
        assert_int_equal(customer_find(&customers, i)->contact, i * 10);
        assert_int_equal(customer_find(&customers, i)->is_member, i % 2 == 0);
    }
    assert_null(customer_find(&customers, 0));
    assert_null(customer_find(&customers, COUNT + 1));
    customer_put(&customers, 5, &(struct customer){.last_order = 7, .is_erased = true});
    assert_int_equal(customers.count, COUNT);
    assert_int_equal(customer_find(&customers, 5)->contact, 0);
    assert_int_equal(customer_find(&customers, 5)->last_order, 7);
    assert_true(customer_find(&customers, 5)->is_erased);
    customers_release(&customers);
    assert_int_equal(customers.count, 0);
}

static void customers_come_and_go(void)
{
    struct customers customers;
    customers_init(&customers);
    for (uint32_t i = 1; i <= 100; i++)
        customer_put(&customers, i, &(struct customer){.contact = i});
    customers_release(&customers);
}

static void what_was_taken_is_given_back(void **state)
{
    (void)state;
    assert_true(heap_is_level(customers_come_and_go));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(customers_are_kept_by_number),
        cmocka_unit_test(what_was_taken_is_given_back),
    };
    return cmocka_run_group_tests_name("customer", tests, NULL, NULL);
}
