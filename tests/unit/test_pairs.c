#include "store/sqlite/pairs.h"
#include "test.h"

#include <string.h>

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    for (uint32_t count = 0; count < 5; count++) {
        struct buffer json;
        bool damaged = true;
        uint32_t first = 0;
        uint32_t second = 0;

        buffer_init(&json, 16);
        for (uint32_t i = 0; i < count; i++)
            pairs_add(&json, i, UINT32_MAX - i);
        pairs_end(&json);
        struct text text = buffer_text(&json);

        assert_int_equal(pairs_count(text), count);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(pairs_next(&text, &first, &second, &damaged));
            assert_int_equal(first, i);
            assert_int_equal(second, UINT32_MAX - i);
        }
        assert_false(pairs_next(&text, &first, &second, &damaged));
        assert_false(damaged);
        buffer_release(&json);
    }
}

static void it_is_plain_json(void **state)
{
    struct buffer json;

    (void)state;
    buffer_init(&json, 16);
    pairs_add(&json, 7, 2);
    pairs_add(&json, 9, 1);
    pairs_end(&json);
    assert_true(text_equal(buffer_text(&json), TEXT("[[7,2],[9,1]]")));
    buffer_reset(&json);
    pairs_end(&json);
    assert_true(text_equal(buffer_text(&json), TEXT("[]")));
    buffer_release(&json);
}

/* Each row is read up to where it breaks. */
static const char *const damaged_rows[] = {
    "",        "[",        "[[",     "[[1",      "[[1,",     "[[1,2",
    "[[1,2]",  "[[,2]]",   "[[1,]]", "[[1 ,2]]", "[[-1,2]]", "[[1,4294967296]]",
    "[[1,2],", "[[1,2]],", "x",
};

static void anything_else_is_damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(damaged_rows); i++) {
        struct text text = text_of(damaged_rows[i]);
        bool damaged = false;
        uint32_t first;
        uint32_t second;

        while (pairs_next(&text, &first, &second, &damaged))
            assert_false(damaged);
        assert_true(damaged);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(it_is_plain_json),
        cmocka_unit_test(anything_else_is_damaged),
    };

    return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
