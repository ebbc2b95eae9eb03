/* The header of W3C Trace Context, and what only looks like it. */
#include "api/edge/traceparent.h"
#include "test.h"

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define ZEROS  "00000000000000000000000000000000"

static void the_trace_of_a_header_is_found(void **state)
{
    (void)state;
    static const char *const values[] = {
        "00-" TRACE "-" PARENT "-01",
        "00-" TRACE "-" PARENT "-00",
        "cc-" TRACE "-" PARENT "-01",
        "cc-" TRACE "-" PARENT "-01-what-comes-later",
    };
    for (uint32_t i = 0; i < countof(values); i++)
        assert_true(text_equal(traceparent_read(text_of(values[i])), TEXT(TRACE)));
}

static void anything_else_is_no_trace(void **state)
{
    (void)state;
    static const char *const values[] = {
        "",
        "00",
        "00-" TRACE "-" PARENT "-0",
        "00-" TRACE "-" PARENT "-01-more",
        "00-" TRACE "-" PARENT "-01 ",
        "cc-" TRACE "-" PARENT "-01.",
        "ff-" TRACE "-" PARENT "-01",
        "00-" ZEROS "-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-" PARENT "-01",
        "00-" TRACE "-00f067aa0ba902bx-01",
        "0x-" TRACE "-" PARENT "-01",
        "00-" TRACE "-" PARENT "-0x",
        "00_" TRACE "-" PARENT "-01",
        "00-" TRACE "_" PARENT "-01",
        "00-" TRACE "-" PARENT "_01",
    };
    for (uint32_t i = 0; i < countof(values); i++)
        assert_int_equal(traceparent_read(text_of(values[i])).length, 0);
}

static void two_headers_are_none(void **state)
{
    (void)state;
    static struct request request;
    const struct request_header header = {TEXT("TraceParent"), TEXT("00-" TRACE "-" PARENT "-01")};
    assert_int_equal(traceparent_of(&request).length, 0);
    request.headers[0] = header;
    request.header_count = 1;
    assert_true(text_equal(traceparent_of(&request), TEXT(TRACE)));
    request.headers[1] = header;
    request.header_count = 2;
    assert_int_equal(traceparent_of(&request).length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_trace_of_a_header_is_found),
        cmocka_unit_test(anything_else_is_no_trace),
        cmocka_unit_test(two_headers_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
