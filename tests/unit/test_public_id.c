#include "api/cursor.h"
#include "api/public_id.h"
#include "test.h"

#include <string.h>

static const uint8_t secret[HASH_SECRET_SIZE] = "0123456789abcdef";
static const uint8_t other_secret[HASH_SECRET_SIZE] = "0123456789abcdeX";

static const uint64_t numbers[] = {1, 2, 4096, UINT64_C(1) << 40 | 7, UINT64_MAX};

static void every_number_comes_back_from_its_id(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < ID_TYPE_COUNT; type++) {
        for (size_t i = 0; i < countof(numbers); i++) {
            char id[PUBLIC_ID_SIZE];
            public_id_write(secret, (enum public_id_type)type, numbers[i], id);
            assert_int_equal(strlen(id), PUBLIC_ID_LENGTH);
            uint64_t number = 0;
            assert_true(public_id_read(secret, (enum public_id_type)type, text_of(id), &number));
            assert_true(number == numbers[i]);
        }
    }
}

static void an_id_of_one_kind_is_none_of_another(void **state)
{
    (void)state;
    char id[PUBLIC_ID_SIZE];
    uint64_t number;
    public_id_write(secret, ID_ORDER, 5, id);
    assert_false(public_id_read(secret, ID_CART, text_of(id), &number));
    id[0] = 'c';
    id[1] = 'r';
    id[2] = 't';
    assert_false(public_id_read(secret, ID_CART, text_of(id), &number));
}

static void a_changed_character_is_noticed_at_every_place(void **state)
{
    (void)state;
    char id[PUBLIC_ID_SIZE];
    public_id_write(secret, ID_ORDER, 77, id);
    for (uint32_t i = 0; i < PUBLIC_ID_LENGTH; i++) {
        char changed[PUBLIC_ID_SIZE];
        memcpy(changed, id, sizeof(changed));
        changed[i] = id[i] == 'A' ? 'B' : 'A';
        uint64_t number;
        assert_false(public_id_read(secret, ID_ORDER, text_of(changed), &number));
    }
}

static void an_id_has_one_spelling_only(void **state)
{
    (void)state;
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char id[PUBLIC_ID_SIZE];
    public_id_write(secret, ID_ORDER, 77, id);
    uint32_t accepted = 0;
    for (const char *digit = alphabet; *digit != '\0'; digit++) {
        uint64_t number;
        id[PUBLIC_ID_LENGTH - 1] = *digit;
        accepted += public_id_read(secret, ID_ORDER, text_of(id), &number);
    }
    assert_int_equal(accepted, 1);
}

static void what_is_no_id_is_refused(void **state)
{
    (void)state;
    const char *bad[] = {"",
                         "ord_",
                         "ord",
                         "ord_AAAAAAAAAAAAAAAAAAAAAA",
                         "ord_%%%%%%%%%%%%%%%%%%%%%%",
                         "prd_AAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < countof(bad); i++) {
        uint64_t number;
        assert_false(public_id_read(secret, ID_ORDER, text_of(bad[i]), &number));
    }
}

static void another_store_knows_none_of_our_ids(void **state)
{
    (void)state;
    char id[PUBLIC_ID_SIZE];
    char token[CART_TOKEN_SIZE];
    uint64_t number;
    public_id_write(secret, ID_PRODUCT, 1, id);
    cart_token_write(secret, 1, token);
    assert_false(public_id_read(other_secret, ID_PRODUCT, text_of(id), &number));
    assert_false(cart_token_read(other_secret, text_of(token), &number));
}

static void a_token_opens_its_cart(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(numbers); i++) {
        char token[CART_TOKEN_SIZE];
        cart_token_write(secret, numbers[i], token);
        assert_int_equal(strlen(token), CART_TOKEN_LENGTH);
        uint64_t cart;
        assert_true(cart_token_read(secret, text_of(token), &cart));
        assert_true(cart == numbers[i]);
        token[i] = token[i] == 'x' ? 'y' : 'x';
        assert_false(cart_token_read(secret, text_of(token), &cart));
    }
}

static void a_cart_id_tells_nothing_of_its_token(void **state)
{
    (void)state;
    char id[PUBLIC_ID_SIZE];
    char token[CART_TOKEN_SIZE];
    public_id_write(secret, ID_CART, 9, id);
    cart_token_write(secret, 9, token);
    assert_int_not_equal(memcmp(id + 4, token, 8), 0);
}

static void a_cursor_is_of_its_list_only(void **state)
{
    (void)state;
    struct cursor cursor = {.list = 11, .key = -5, .number = 42};
    char text[CURSOR_SIZE];
    cursor_write(secret, &cursor, text);
    struct cursor read = {.list = 11};
    assert_true(cursor_read(secret, text_of(text), &read));
    assert_int_equal(read.key, -5);
    assert_int_equal(read.number, 42);
    struct cursor other = {.list = 12};
    assert_false(cursor_read(secret, text_of(text), &other));
    text[3] = text[3] == 'a' ? 'b' : 'a';
    assert_false(cursor_read(secret, text_of(text), &read));
    assert_false(cursor_read(secret, TEXT(""), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_comes_back_from_its_id),
        cmocka_unit_test(an_id_of_one_kind_is_none_of_another),
        cmocka_unit_test(a_changed_character_is_noticed_at_every_place),
        cmocka_unit_test(an_id_has_one_spelling_only),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test(another_store_knows_none_of_our_ids),
        cmocka_unit_test(a_token_opens_its_cart),
        cmocka_unit_test(a_cart_id_tells_nothing_of_its_token),
        cmocka_unit_test(a_cursor_is_of_its_list_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
