#include "shop/customer.h"
#include "shop/reset_token.h"
#include "test.h"

#include <sodium.h>
#include <string.h>

static const uint8_t secret[HASH_SECRET_SIZE] = {1, 2, 3};

static void a_token_says_whose_it_is_and_proves_it(void **state)
{
    (void)state;
    char token[RESET_TOKEN_SIZE];
    char again[RESET_TOKEN_SIZE];
    uint32_t customer = 0;
    reset_token_write(secret, 7, 50, token);
    reset_token_write(secret, 7, 50, again);
    assert_string_equal(token, again);
    assert_int_equal(strlen(token), RESET_TOKEN_LENGTH);
    assert_true(reset_token_read(secret, text_of(token), &customer));
    assert_int_equal(customer, 7);
    assert_true(reset_token_is(secret, text_of(token), 7, 50));
    assert_false(reset_token_is(secret, text_of(token), 7, 51));
    assert_false(reset_token_is(secret, text_of(token), 8, 50));
    assert_false(reset_token_is((const uint8_t[HASH_SECRET_SIZE]){9}, text_of(token), 7, 50));
    reset_token_write(secret, CUSTOMERS_MAX, UINT64_MAX, token);
    assert_true(reset_token_read(secret, text_of(token), &customer));
    assert_int_equal(customer, CUSTOMERS_MAX);
}

/* Tokens are in mails: an upgrade leaves them as they are. */
static void a_token_stays_what_it_was(void **state)
{
    (void)state;
    char token[RESET_TOKEN_SIZE];
    reset_token_write(secret, 7, 50, token);
    assert_string_equal(token, "rst_ned7mNiMuC9I2EHhaZVOOMZlrCocIY2iXr1_C5u5lIcRyCjW1wldzg");
}

static void a_token_changed_at_any_place_proves_nothing(void **state)
{
    (void)state;
    char token[RESET_TOKEN_SIZE];
    uint32_t customer;
    reset_token_write(secret, 7, 50, token);
    for (uint32_t i = 0; i < RESET_TOKEN_LENGTH; i++) {
        char kept = token[i];
        token[i] = kept == 'A' ? 'B' : 'A';
        assert_false(reset_token_read(secret, text_of(token), &customer) && customer == 7 &&
                     reset_token_is(secret, text_of(token), customer, 50));
        token[i] = kept;
    }
    assert_false(reset_token_read(secret, (struct text){token, RESET_TOKEN_LENGTH - 1}, &customer));
    assert_false(reset_token_is(secret, (struct text){token, RESET_TOKEN_LENGTH - 1}, 7, 50));
    assert_false(reset_token_read(secret, TEXT(""), &customer));
    token[10] = '!';
    assert_false(reset_token_read(secret, text_of(token), &customer));
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_says_whose_it_is_and_proves_it),
        cmocka_unit_test(a_token_stays_what_it_was),
        cmocka_unit_test(a_token_changed_at_any_place_proves_nothing),
    };
    return cmocka_run_group_tests_name("reset token", tests, NULL, NULL);
}
