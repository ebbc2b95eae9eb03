/* Tokens as text, and passwords as hashes. */
#include "api/bearer.h"
#include "api/password.h"
#include "test.h"

#include <sodium.h>
#include <string.h>

static const uint8_t secret[HASH_SECRET_SIZE] = {1, 2, 3};
static const struct password_cost cheap = {.passes = 1, .memory_kib = 8};

static void a_token_is_read_back_to_its_digest(void **state)
{
    (void)state;
    char text[BEARER_SIZE];
    char other[BEARER_SIZE];
    uint8_t made[HASH_DIGEST_SIZE];
    uint8_t read[HASH_DIGEST_SIZE];
    bearer_new(secret, BEARER_TOKEN, text, made);
    assert_int_equal(strlen(text), BEARER_LENGTH);
    assert_true(bearer_read(secret, text_of(text), read));
    assert_memory_equal(made, read, sizeof(made));
    bearer_new(secret, BEARER_TOKEN, other, read);
    assert_string_not_equal(text, other);
    assert_memory_not_equal(made, read, sizeof(made));
    assert_true(bearer_read((const uint8_t[HASH_SECRET_SIZE]){9}, text_of(text), read));
    assert_memory_not_equal(made, read, sizeof(made));
}

static void what_has_another_form_is_no_token(void **state)
{
    (void)state;
    char text[BEARER_SIZE];
    uint8_t digest[HASH_DIGEST_SIZE];
    bearer_new(secret, BEARER_TOKEN, text, digest);
    assert_false(bearer_read(secret, TEXT(""), digest));
    assert_false(bearer_read(secret, TEXT("tok_"), digest));
    assert_false(bearer_read(secret, (struct text){text, BEARER_LENGTH - 1}, digest));
    assert_false(bearer_read(secret, (struct text){text, BEARER_LENGTH + 1}, digest));
    text[0] = 'T';
    assert_false(bearer_read(secret, text_of(text), digest));
    text[0] = 't';
    text[10] = '!';
    assert_false(bearer_read(secret, text_of(text), digest));
    bearer_new(secret, BEARER_TOKEN, text, digest);
    text[BEARER_LENGTH - 1] = 'B'; /* bits that say nothing must be 0: there is one spelling */
    assert_false(bearer_read(secret, text_of(text), digest));
}

static void a_password_is_known_by_its_hash_alone(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_SIZE];
    char again[PASSWORD_HASH_SIZE];
    assert_true(password_hash(&cheap, TEXT("correct horse"), hash));
    assert_memory_equal(hash, "$argon2id$v=19$m=8,t=1,p=1$", 27);
    assert_true(password_hash(&cheap, TEXT("correct horse"), again));
    assert_string_not_equal(hash, again); /* each has a salt of its own */
    assert_true(password_is(TEXT("correct horse"), hash));
    assert_true(password_is(TEXT("correct horse"), again));
    assert_false(password_is(TEXT("correct horsf"), hash));
    assert_false(password_is(TEXT("correct hors"), hash));
    assert_false(password_is(TEXT("correct horse"), "not a hash"));
}

static void a_password_that_takes_more_memory_than_there_is_is_not_hashed(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_SIZE];
    const struct password_cost too_much = {.passes = 1, .memory_kib = UINT32_MAX};
    assert_false(password_hash(&too_much, TEXT("correct horse"), hash));
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_read_back_to_its_digest),
        cmocka_unit_test(what_has_another_form_is_no_token),
        cmocka_unit_test(a_password_is_known_by_its_hash_alone),
        cmocka_unit_test(a_password_that_takes_more_memory_than_there_is_is_not_hashed),
    };
    return cmocka_run_group_tests_name("bearer", tests, NULL, NULL);
}
