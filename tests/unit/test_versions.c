/* Changes that name the version they are made for: another version, and nothing happens. */
#include "api/public_id.h"
#include "base/hash.h"
#include "lib/shopping.h"
#include "test.h"

#include <string.h>

static void a_guard_lets_its_versions_pass_and_no_other(void **state)
{
    (void)state;
    struct version_guard none = {.count = 0};
    struct version_guard two = {.expected = {7, 9}, .count = 2};
    assert_ok(version_guard_check(&none, 8));
    assert_ok(version_guard_check(&two, 7));
    assert_ok(version_guard_check(&two, 9));
    assert_err(version_guard_check(&two, 8), ERR_VERSION_CHANGED);
    assert_err(version_guard_check(&two, 0), ERR_VERSION_CHANGED);
}

static void
a_cart_has_another_version_after_every_change_and_the_same_when_it_is_the_same(void **state)
{
    (void)state;
    struct carts carts;
    carts_init(&carts);
    struct cart *cart = cart_open(&carts, 5);
    uint64_t empty = cart_version(cart);
    assert_int_equal(empty, cart_version(NULL));
    cart_set_line(cart, 1, 2);
    uint64_t two = cart_version(cart);
    cart_set_line(cart, 1, 3);
    assert_int_not_equal(cart_version(cart), two);
    cart_set_line(cart, 1, 2);
    assert_int_equal(cart_version(cart), two);
    cart->touched_ms = 77;
    assert_int_equal(cart_version(cart), two);
    cart->customer = 1;
    assert_int_not_equal(cart_version(cart), two);
    cart->customer = 0;
    cart_set_line(cart, 2, 1);
    assert_int_not_equal(cart_version(cart), two);
    cart_empty(cart);
    assert_int_equal(cart_version(cart), empty);
    carts_release(&carts);
}

static void a_customer_has_the_version_of_its_last_change(void **state)
{
    (void)state;
    struct customer customer = {.contact = 4, .changed_event = 7};
    uint64_t before = customer_version(&customer);
    customer.last_order = 12;
    assert_int_equal(customer_version(&customer), before);
    customer.password_event = 8; /* that is nobody's to see */
    assert_int_equal(customer_version(&customer), before);
    customer.changed_event = 9;
    assert_int_not_equal(customer_version(&customer), before);
}

static void a_cart_of_another_version_is_neither_changed_nor_bought(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    uint32_t product = fixture_product(&fixture, "A", 100, 1);
    uint64_t cart = shopping_cart(1);
    fixture_stock(&fixture, product, FIXTURE_MAIN, 9);
    assert_ok(shopping_add(&fixture, cart, product, 1));
    uint64_t now = cart_version(cart_find(&fixture.shop.carts, cart));

    struct cart_line line = {.product = product, .quantity = 3};
    struct cart_command set = {.command = {.ops = &command_cart_set},
                               .cart = cart,
                               .lines = &line,
                               .line_count = 1,
                               .guard = {.expected = {now + 1}, .count = 1}};
    assert_err(fixture_run(&fixture, &set.command), ERR_VERSION_CHANGED);
    set.guard.expected[0] = now;
    assert_ok(fixture_run(&fixture, &set.command));
    assert_int_equal(set.quote->version, cart_version(cart_find(&fixture.shop.carts, cart)));

    struct checkout_command checkout = shopping_checkout_command(cart, 7);
    checkout.guard = (struct version_guard){.expected = {now}, .count = 1};
    assert_err(fixture_run(&fixture, &checkout.command), ERR_VERSION_CHANGED);
    checkout.guard.expected[0] = set.quote->version;
    assert_ok(fixture_run(&fixture, &checkout.command));
    /* Repeated, it is answered: what it was made for was there. */
    assert_ok(fixture_run(&fixture, &checkout.command));
    assert_true(checkout.is_replay);
    fixture_close(&fixture);
}

static void a_customer_of_another_version_is_neither_changed_nor_erased(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    uint32_t number = fixture_customer(&fixture, TIER_NONE);
    uint64_t now = customer_version(customer_find(&fixture.shop.customers, number));
    struct customer_command change = {.command = {.ops = &command_customer_update},
                                      .number = number,
                                      .tier = TIER_MEMBER,
                                      .has_tier = true,
                                      .guard = {.expected = {now}, .count = 1}};
    assert_ok(fixture_run(&fixture, &change.command));
    change.tier = TIER_NONE;
    assert_err(fixture_run(&fixture, &change.command), ERR_VERSION_CHANGED);
    struct customer_command erase = {.command = {.ops = &command_customer_erase},
                                     .number = number,
                                     .guard = {.expected = {now}, .count = 1}};
    assert_err(fixture_run(&fixture, &erase.command), ERR_VERSION_CHANGED);
    erase.guard.expected[0] = customer_version(customer_find(&fixture.shop.customers, number));
    assert_ok(fixture_run(&fixture, &erase.command));
    fixture_close(&fixture);
}

static void a_version_comes_back_from_its_tag_and_nobody_makes_one(void **state)
{
    (void)state;
    static const uint8_t secret[HASH_SECRET_SIZE] = "versions of one";
    static const uint8_t other[HASH_SECRET_SIZE] = "versions of two";
    char tag[VERSION_TAG_LENGTH];
    uint64_t version = 0;
    version_tag_write(secret, UINT64_C(0xfedcba9876543210), tag);
    struct text text = {tag, sizeof(tag)};
    assert_true(version_tag_read(secret, text, &version));
    assert_int_equal(version, UINT64_C(0xfedcba9876543210));
    assert_false(version_tag_read(other, text, &version));
    tag[3] = tag[3] == 'A' ? 'B' : 'A';
    assert_false(version_tag_read(secret, text, &version));
    assert_false(version_tag_read(secret, (struct text){tag, sizeof(tag) - 1}, &version));
}

static void contents_that_differ_anywhere_have_another_hash(void **state)
{
    (void)state;
    char bytes[100];
    memset(bytes, 'a', sizeof(bytes));
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        uint64_t before = hash_content(bytes, size);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = 'b';
            assert_int_not_equal(hash_content(bytes, size), before);
            bytes[i] = 'a';
        }
        assert_int_equal(hash_content(bytes, size), before);
        if (size > 0)
            assert_int_not_equal(hash_content(bytes, size - 1), before);
    }
    assert_int_not_equal(hash_content("a\0", 2), hash_content("a", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guard_lets_its_versions_pass_and_no_other),
        cmocka_unit_test(
            a_cart_has_another_version_after_every_change_and_the_same_when_it_is_the_same),
        cmocka_unit_test(a_customer_has_the_version_of_its_last_change),
        cmocka_unit_test(a_cart_of_another_version_is_neither_changed_nor_bought),
        cmocka_unit_test(a_customer_of_another_version_is_neither_changed_nor_erased),
        cmocka_unit_test(a_version_comes_back_from_its_tag_and_nobody_makes_one),
        cmocka_unit_test(contents_that_differ_anywhere_have_another_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
