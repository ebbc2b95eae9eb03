#include "net/response.h"
#include "test.h"

static struct text head_of(struct buffer *out, struct response response)
{
    response.date = "Sun, 22 Nov 2026 10:00:00 GMT";
    if (response.headers == NULL)
        response.headers = "";
    buffer_reset(out);
    response_write_head(&response, out);
    return buffer_text(out);
}

#define assert_head(response_, expected)                                                           \
    do {                                                                                           \
        struct text head_ = head_of(&out, (response_));                                            \
        assert_int_equal(head_.length, sizeof(expected) - 1);                                      \
        assert_memory_equal(head_.data, (expected), head_.length);                                 \
    } while (0)

static void the_head_says_what_follows(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 16);
    struct response ok = {.status = 200,
                          .content_type = "application/json",
                          .headers = "ETag: \"1\"\r\n",
                          .body_length = 42,
                          .keep_alive = true};
    assert_head(ok, "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n"
                    "Content-Type: application/json\r\nContent-Length: 42\r\nETag: \"1\"\r\n\r\n");
    struct response closing = {.status = 409, .keep_alive = false};
    assert_head(closing, "HTTP/1.1 409 Conflict\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n"
                         "Content-Length: 0\r\nConnection: close\r\n\r\n");
    struct response old = {.status = 200, .keep_alive = true, .is_http_1_0 = true};
    assert_head(old, "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n"
                     "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n");
    buffer_release(&out);
}

static void no_content_has_no_length(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 16);
    struct response none = {.status = 204, .content_type = "text/plain", .keep_alive = true};
    assert_head(none, "HTTP/1.1 204 No Content\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n\r\n");
    assert_false(response_may_have_body(304));
    assert_true(response_may_have_body(404));
    buffer_release(&out);
}

static void dates_are_as_rfc_9110_wants_them(void **state)
{
    (void)state;
    char date[RESPONSE_DATE_SIZE];
    response_format_date(784111777999, date);
    assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT");
    response_format_date(0, date);
    assert_string_equal(date, "Thu, 01 Jan 1970 00:00:00 GMT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_says_what_follows),
        cmocka_unit_test(no_content_has_no_length),
        cmocka_unit_test(dates_are_as_rfc_9110_wants_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
