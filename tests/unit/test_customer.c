#include "lib/heap.h"
#include "shop/customer.h"
#include "test.h"

#include <string.h>

static void customers_are_kept_by_number(void **state)
{
    (void)state;
    struct customers customers;
    customers_init(&customers);
    assert_null(customer_find(&customers, 0));
    assert_null(customer_find(&customers, 1));
    enum { COUNT = 1000 };
    for (uint32_t i = 1; i <= COUNT; i++) {
        customer_put(&customers, i, &(struct customer){.contact = i * 10, .tier = i % 2 == 0});
        assert_int_equal(customers.count, i);
    }
    for (uint32_t i = 1; i <= COUNT; i++) {
        assert_int_equal(customer_find(&customers, i)->contact, i * 10);
        assert_int_equal(customer_find(&customers, i)->tier, i % 2 == 0);
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

static const uint8_t *tag_of(const char *text)
{
    static uint8_t tag[EMAIL_TAG_SIZE];
    static const uint8_t secret[HASH_SECRET_SIZE] = {7};
    email_tag(secret, text_of(text), tag);
    return tag;
}

static void an_address_is_the_same_in_capitals_and_with_white_space_around(void **state)
{
    (void)state;
    uint8_t tag[EMAIL_TAG_SIZE];
    memcpy(tag, tag_of("ann@example.com"), sizeof(tag));
    assert_memory_equal(tag_of(" Ann@EXAMPLE.com\t"), tag, sizeof(tag));
    assert_memory_not_equal(tag_of("ann@example.co"), tag, sizeof(tag));
    assert_memory_not_equal(tag_of("a nn@example.com"), tag, sizeof(tag));
    assert_memory_not_equal(tag_of(""), tag, sizeof(tag));
    uint8_t other[EMAIL_TAG_SIZE];
    email_tag((const uint8_t[HASH_SECRET_SIZE]){8}, TEXT("ann@example.com"), other);
    assert_memory_not_equal(other, tag, sizeof(tag));
}

static void an_address_has_one_holder(void **state)
{
    (void)state;
    struct customers customers;
    customers_init(&customers);
    customer_put(&customers, 1, &(struct customer){.contact = 1});
    customer_put(&customers, 2, &(struct customer){.contact = 2});
    assert_int_equal(customer_by_email(&customers, tag_of("ann@example.com")), 0);
    assert_false(customer_email_is_taken(&customers, tag_of("ann@example.com"), 1));
    customer_set_email(&customers, 1, tag_of("ann@example.com"));
    assert_int_equal(customer_by_email(&customers, tag_of("ann@example.com")), 1);
    assert_false(customer_email_is_taken(&customers, tag_of("ann@example.com"), 1));
    assert_true(customer_email_is_taken(&customers, tag_of("ann@example.com"), 2));
    customer_set_email(&customers, 1, tag_of("ann@example.org")); /* another: the first is free */
    assert_int_equal(customer_by_email(&customers, tag_of("ann@example.com")), 0);
    customer_set_email(&customers, 2, tag_of("ann@example.com"));
    assert_int_equal(customer_by_email(&customers, tag_of("ann@example.com")), 2);
    customer_set_email(&customers, 2, NULL);
    customer_set_email(&customers, 2, NULL);
    assert_int_equal(customer_by_email(&customers, tag_of("ann@example.com")), 0);
    assert_int_equal(customers.by_email.count, 1);
    customers_release(&customers);
}

static void tags_that_are_equal_in_8_bytes_are_not_the_same_address(void **state)
{
    (void)state;
    struct customers customers;
    uint8_t tag[EMAIL_TAG_SIZE] = {1, 2, 3};
    customers_init(&customers);
    customer_put(&customers, 1, &(struct customer){.contact = 1});
    customer_set_email(&customers, 1, tag);
    tag[EMAIL_TAG_SIZE - 1] = 1;
    assert_int_equal(customer_by_email(&customers, tag), 0);
    assert_true(customer_email_is_taken(&customers, tag, 2)); /* it cannot be had */
    customers_release(&customers);
}

static void roles_have_names(void **state)
{
    (void)state;
    assert_string_equal(role_name(ROLE_CUSTOMER), "customer");
    assert_string_equal(role_name(ROLE_STAFF), "staff");
    assert_string_equal(role_name(ROLE_ADMIN), "admin");
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
        cmocka_unit_test(an_address_is_the_same_in_capitals_and_with_white_space_around),
        cmocka_unit_test(an_address_has_one_holder),
        cmocka_unit_test(tags_that_are_equal_in_8_bytes_are_not_the_same_address),
        cmocka_unit_test(roles_have_names),
        cmocka_unit_test(what_was_taken_is_given_back),
    };
    return cmocka_run_group_tests_name("customer", tests, NULL, NULL);
}
