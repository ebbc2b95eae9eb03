#include "lib/abort.h"
#include "lib/heap.h"
#include "shop/token.h"
#include "test.h"

#include <string.h>

static struct token token_of(uint32_t customer, uint32_t n)
{
    struct token token = {.customer = customer, .created_ms = n, .expires_ms = n + 1};
    memcpy(token.digest, &n, sizeof(n));
    return token;
}

static void tokens_are_a_chain_per_customer_newest_first(void **state)
{
    (void)state;
    struct tokens tokens;
    uint32_t first[3] = {0};
    tokens_init(&tokens);
    assert_null(token_at(&tokens, 0));
    for (uint32_t n = 1; n <= 300; n++) {
        struct token token = token_of(1 + n % 2, n);
        token_add(&tokens, &first[1 + n % 2], &token);
    }
    assert_int_equal(tokens.count, 300);
    uint32_t n = 300;
    for (const struct token *token = token_at(&tokens, first[1]); token != NULL;
         token = token_at(&tokens, token->next), n -= 2) {
        assert_int_equal(token->created_ms, n);
        assert_int_equal(token->customer, 1);
        assert_ptr_equal(token_find(&tokens, token->digest), token);
    }
    assert_int_equal(n, 0);
    tokens_release(&tokens);
}

static void a_removed_token_is_unknown_and_its_row_used_again(void **state)
{
    (void)state;
    struct tokens tokens;
    uint32_t first = 0;
    tokens_init(&tokens);
    for (uint32_t n = 1; n <= 3; n++) {
        struct token token = token_of(1, n);
        token_add(&tokens, &first, &token);
    }
    token_remove(&tokens, &first, token_of(1, 2).digest); /* in the middle */
    token_remove(&tokens, &first, token_of(1, 3).digest); /* the first */
    assert_null(token_find(&tokens, token_of(1, 2).digest));
    assert_null(token_find(&tokens, token_of(1, 3).digest));
    assert_int_equal(tokens.count, 1);
    assert_int_equal(token_at(&tokens, first)->created_ms, 1);
    assert_int_equal(token_at(&tokens, first)->next, 0);
    for (uint32_t n = 4; n <= 5; n++) {
        struct token token = token_of(1, n);
        token_add(&tokens, &first, &token);
    }
    assert_int_equal(tokens.row_count, 3);
    assert_int_equal(tokens.count, 3);
    tokens_release(&tokens);
}

static void digests_compare_in_full(void **state)
{
    (void)state;
    struct tokens tokens;
    uint32_t first = 0;
    struct token token = token_of(1, 7);
    tokens_init(&tokens);
    token_add(&tokens, &first, &token);
    token.digest[HASH_DIGEST_SIZE - 1] ^= 1;
    assert_null(token_find(&tokens, token.digest));
    assert_aborts(token_remove(&tokens, &first, token.digest));
    tokens_release(&tokens);
}

static void a_token_is_nobodys_and_nothing_is_there_twice(void **state)
{
    (void)state;
    struct tokens tokens;
    uint32_t first = 0;
    struct token token = token_of(1, 7);
    struct token of_nobody = token_of(0, 8);
    tokens_init(&tokens);
    token_add(&tokens, &first, &token);
    assert_aborts(token_add(&tokens, &first, &token));
    assert_aborts(token_add(&tokens, &first, &of_nobody));
    tokens_release(&tokens);
}

static void tokens_come_and_go(void)
{
    struct tokens tokens;
    uint32_t first = 0;
    tokens_init(&tokens);
    for (uint32_t n = 1; n <= 200; n++) {
        struct token token = token_of(1, n);
        token_add(&tokens, &first, &token);
    }
    tokens_release(&tokens);
}

static void what_was_taken_is_given_back(void **state)
{
    (void)state;
    assert_true(heap_is_level(tokens_come_and_go));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_a_chain_per_customer_newest_first),
        cmocka_unit_test(a_removed_token_is_unknown_and_its_row_used_again),
        cmocka_unit_test(digests_compare_in_full),
        cmocka_unit_test(a_token_is_nobodys_and_nothing_is_there_twice),
        cmocka_unit_test(what_was_taken_is_given_back),
    };
    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
