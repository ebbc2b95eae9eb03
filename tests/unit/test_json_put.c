#include "search/elastic/json_put.h"
#include "test.h"

#include <stdlib.h>

static struct buffer out;

static int setup(void **state)
{
    (void)state;
    buffer_init(&out, 64);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buffer_release(&out);
    return 0;
}

static void assert_written(const char *expected)
{
    buffer_append(&out, "", 1);
    assert_string_equal(out.data, expected);
    buffer_reset(&out);
}

static void every_placeholder_writes_its_kind(void **state)
{
    (void)state;
    json_put(&out, "{'%ka':%t,'b':%q,'c':%j}", "x.", TEXT("v"), "w", TEXT("[1]"));
    assert_written("{\"x.a\":\"v\",\"b\":\"w\",\"c\":[1]}");
    json_put(&out, "%u %i %b %b", UINT64_MAX, INT64_MIN, 1, 0);
    assert_written("18446744073709551615 -9223372036854775808 true false");
    json_put(&out, "%t%t", TEXT_NONE, TEXT(""));
    assert_written("\"\"\"\"");
}

static void values_cannot_leave_their_quotes(void **state)
{
    (void)state;
    json_put(&out, "{'term':%t}", TEXT("a\"},{'b':\\\n%t"));
    assert_written("{\"term\":\"a\\\"},{'b':\\\\\\n%t\"}");
}

static void a_float_comes_back_as_it_was(void **state)
{
    (void)state;
    static const float values[] = {0.1f, 12.345678f, 1e-20f, 3.4e38f, 16777217.0f};
    for (uint32_t i = 0; i < countof(values); i++) {
        json_put(&out, "%g", (double)values[i]);
        buffer_append(&out, "", 1);
        assert_true(strtof(out.data, NULL) == values[i]);
        buffer_reset(&out);
    }
}

static void commas_stand_between(void **state)
{
    (void)state;
    bool is_first = true;
    for (uint64_t i = 1; i <= 3; i++) {
        json_put_comma(&out, &is_first);
        json_put(&out, "%u", i);
    }
    assert_written("1,2,3");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_placeholder_writes_its_kind),
        TEST(values_cannot_leave_their_quotes),
        TEST(a_float_comes_back_as_it_was),
        TEST(commas_stand_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
