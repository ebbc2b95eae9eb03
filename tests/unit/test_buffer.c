/* Growing buffers. */
#include "base/buffer.h"
#include "test.h"

#include <string.h>

static void assert_holds(struct buffer *buffer, const char *expected)
{
    assert_true(text_equal(buffer_text(buffer), text_of(expected)));
    buffer_reset(buffer);
}

static void what_is_appended_stays_in_order(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 0);
    assert_int_equal(buffer_text(&buffer).length, 0);
    buffer_append(&buffer, NULL, 0);
    buffer_append(&buffer, "ab", 2);
    buffer_append_text(&buffer, TEXT("cd"));
    buffer_append_text(&buffer, TEXT_NONE);
    memcpy(buffer_extend(&buffer, 2), "ef", 2);
    assert_holds(&buffer, "abcdef");
    buffer_release(&buffer);
}

static void a_buffer_grows_as_needed(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1);
    for (int i = 0; i < 100000; i++)
        buffer_append(&buffer, i % 2 == 0 ? "x" : "y", 1);
    assert_int_equal(buffer.length, 100000);
    assert_int_equal(buffer.data[99999], 'y');
    assert_true(buffer.capacity < 300000);
    buffer_release(&buffer);
}

static void numbers_are_written_in_decimal(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 8);
    buffer_append_u64(&buffer, 0);
    assert_holds(&buffer, "0");
    buffer_append_u64(&buffer, UINT64_MAX);
    assert_holds(&buffer, "18446744073709551615");
    buffer_append_i64(&buffer, -1099);
    assert_holds(&buffer, "-1099");
    buffer_append_i64(&buffer, INT64_MIN);
    assert_holds(&buffer, "-9223372036854775808");
    buffer_append_i64(&buffer, INT64_MAX);
    assert_holds(&buffer, "9223372036854775807");
    buffer_release(&buffer);
}

static void printing_fits_any_length_and_adds_no_nul(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 4);
    buffer_printf(&buffer, "%s=%d", "n", 12);
    buffer_printf(&buffer, "%s", "");
    assert_holds(&buffer, "n=12");
    buffer_printf(&buffer, "%0500d", 7);
    assert_int_equal(buffer.length, 500);
    assert_int_equal(buffer.data[499], '7');
    buffer_release(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_stays_in_order),
        cmocka_unit_test(a_buffer_grows_as_needed),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(printing_fits_any_length_and_adds_no_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
