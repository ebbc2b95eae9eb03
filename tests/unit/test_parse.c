#include "net/parse.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES_MAX = 512, BODY_BYTES_MAX = 64 };

struct fixture {
    struct parse parse;
    struct request request;
};

static int setup(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof(fixture));
    parse_init(&fixture.parse, (struct parse_limits){.header_bytes_max = HEADER_BYTES_MAX,
                                                     .body_bytes_max = BODY_BYTES_MAX});
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    parse_release(&fixture->parse);
    return 0;
}

static uint32_t feed_bytes(struct fixture *fixture, struct text bytes)
{
    return parse_feed(&fixture->parse, &fixture->request, bytes);
}

static uint32_t feed(struct fixture *fixture, const char *bytes)
{
    return feed_bytes(fixture, text_of(bytes));
}

static void assert_text(struct text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.data, expected, text.length);
}

#define LINE  "GET / HTTP/1.1\r\n"
#define POST  "POST / HTTP/1.1\r\n"
#define HOST  "Host: a\r\n"
#define CHUNK POST HOST "Transfer-Encoding: chunked\r\n\r\n"

struct refused {
    const char *bytes;
    enum refusal refusal;
};

static const struct refused REFUSED[] = {
    /* where a request ends is a matter of lengths */
    {POST HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    {POST HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    {POST HOST "Content-Length: 5, 5\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    {POST HOST "Content-Length: +5\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    {POST HOST "Content-Length: -5\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    {POST HOST "Content-Length: 0x5\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    {POST HOST "Content-Length: 5 5\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    {POST HOST "Content-Length:\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    {POST HOST "Content-Length: 99999999999999999999\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    {POST HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
     REFUSAL_TRANSFER_ENCODING},
    {POST HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
     REFUSAL_TRANSFER_ENCODING},
    {POST HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     REFUSAL_TRANSFER_ENCODING},
    {"POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", REFUSAL_TRANSFER_ENCODING},
    {POST HOST "Transfer-Encoding: gzip\r\n\r\n", REFUSAL_TRANSFER_CODING},
    {POST HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", REFUSAL_TRANSFER_CODING},
    {POST HOST "Transfer-Encoding: chunked, identity\r\n\r\n", REFUSAL_TRANSFER_CODING},
    {POST HOST "Transfer-Encoding: xchunked\r\n\r\n", REFUSAL_TRANSFER_CODING},
    /* and of lines */
    {"GET / HTTP/1.1\nHost: a\r\n\r\n", REFUSAL_MALFORMED},
    {LINE "Host: a\n\r\n", REFUSAL_MALFORMED},
    {LINE HOST "\n", REFUSAL_MALFORMED},
    {LINE HOST "\rX\r\n\r\n", REFUSAL_MALFORMED},
    {LINE HOST "A: b\rC: d\r\n\r\n", REFUSAL_MALFORMED},
    {LINE "Host : a\r\n\r\n", REFUSAL_MALFORMED},
    {POST HOST "Content-Length : 5\r\n\r\n", REFUSAL_MALFORMED},
    {POST HOST "Transfer-Encoding\t: chunked\r\n\r\n", REFUSAL_MALFORMED},
    {POST HOST "Content Length: 5\r\n\r\n", REFUSAL_MALFORMED},
    {LINE HOST "A: b\r\n c\r\n\r\n", REFUSAL_MALFORMED},
    {LINE HOST "A: b\r\n\tc\r\n\r\n", REFUSAL_MALFORMED},
    {LINE " Host: a\r\n\r\n", REFUSAL_MALFORMED},
    {LINE HOST ": b\r\n\r\n", REFUSAL_MALFORMED},
    {LINE HOST "no colon\r\n\r\n", REFUSAL_MALFORMED},
    {LINE HOST "A: \x01\r\n\r\n", REFUSAL_MALFORMED},
    {POST HOST "Transfer-Encoding:\vchunked\r\n\r\n", REFUSAL_MALFORMED},
    {POST HOST "Transfer-Encoding: chunked\f\r\n\r\n", REFUSAL_MALFORMED},
    {POST HOST "Content-Length:\v5\r\n\r\n", REFUSAL_CONTENT_LENGTH},
    /* the host */
    {LINE "\r\n", REFUSAL_HOST},
    {LINE "Host: a\r\nHost: a\r\n\r\n", REFUSAL_HOST},
    {LINE "Host: a\r\nHOST: b\r\n\r\n", REFUSAL_HOST},
    {LINE "Host: a, b\r\n\r\n", REFUSAL_HOST},
    {LINE "Host: a/b\r\n\r\n", REFUSAL_HOST},
    {LINE "Host: user@a\r\n\r\n", REFUSAL_HOST},
    /* the request line */
    {"GET / HTTP/2.0\r\n" HOST "\r\n", REFUSAL_VERSION},
    {"GET / HTTP/1.2\r\n" HOST "\r\n", REFUSAL_VERSION},
    {"GET / HTTX/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"GET  / HTTP/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"GET /  HTTP/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"GET / HTTP/1.1 \r\n" HOST "\r\n", REFUSAL_VERSION},
    {"GET / HTTP/01.1\r\n" HOST "\r\n", REFUSAL_VERSION},
    {"GET /\r\n\r\n", REFUSAL_VERSION},
    {"BREW / HTTP/1.1\r\n" HOST "\r\n", REFUSAL_METHOD},
    {"CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n", REFUSAL_METHOD},
    {"get / HTTP/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"GET a HTTP/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"GET * HTTP/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"GET /#x HTTP/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"GET /\x7f HTTP/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"GET http:///x HTTP/1.1\r\n" HOST "\r\n", REFUSAL_MALFORMED},
    {"\x16\x03\x01", REFUSAL_MALFORMED},
    {"\n" LINE HOST "\r\n", REFUSAL_MALFORMED},
    /* the body */
    {POST HOST "Content-Length: 65\r\n\r\n", REFUSAL_BODY_SIZE},
    {CHUNK "41\r\n", REFUSAL_BODY_SIZE},
    {CHUNK "3f\r\n012345678901234567890123456789012345678901234567890123456789012\r\n2",
     REFUSAL_BODY_SIZE},
    {CHUNK "fffffffff", REFUSAL_BODY_SIZE},
    {CHUNK "00000000000000001", REFUSAL_CHUNK},
    {CHUNK "\r\n", REFUSAL_CHUNK},
    {CHUNK "5 \r\n", REFUSAL_CHUNK},
    {CHUNK " 5\r\n", REFUSAL_CHUNK},
    {CHUNK "5\n", REFUSAL_CHUNK},
    {CHUNK "5\rX", REFUSAL_CHUNK},
    {CHUNK "0x5\r\n", REFUSAL_CHUNK},
    {CHUNK "5;a=b\n", REFUSAL_CHUNK},
    {CHUNK "3\r\nabcd", REFUSAL_CHUNK},
    {CHUNK "3\r\nabc\n", REFUSAL_CHUNK},
    {CHUNK "3\r\nabc\rX", REFUSAL_CHUNK},
    {CHUNK "0\r\nA: b\nC", REFUSAL_CHUNK},
    {CHUNK "0\r\n\rX", REFUSAL_CHUNK},
    {POST HOST "Expect: tea\r\nContent-Length: 1\r\n\r\n", REFUSAL_EXPECTATION},
};

static void what_could_be_read_two_ways_is_refused(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < countof(REFUSED); i++) {
        feed(fixture, REFUSED[i].bytes);
        if (fixture->parse.phase != PARSE_REFUSED || fixture->parse.refusal != REFUSED[i].refusal)
            fail_msg("row %zu: phase %d, refusal %d, expected %d: %s", i, (int)fixture->parse.phase,
                     (int)fixture->parse.refusal, (int)REFUSED[i].refusal, REFUSED[i].bytes);
        parse_reset(&fixture->parse);
    }
}

static void a_request_is_taken_apart(void **state)
{
    struct fixture *fixture = *state;
    struct request *request = &fixture->request;
    const char *bytes = "PATCH /v1/a%20b?x=1?y HTTP/1.1\r\nHost: shop.example:8080\r\nEmpty:\r\n"
                        "Spaced: \t two words \t\r\nContent-Length: 3\r\n\r\nabcGET";
    assert_int_equal(feed(fixture, bytes), strlen(bytes) - 3);
    assert_int_equal(fixture->parse.phase, PARSE_COMPLETE);
    assert_int_equal(request->method, METHOD_PATCH);
    assert_text(request->path, "/v1/a%20b");
    assert_text(request->query, "x=1?y");
    assert_text(request->body, "abc");
    assert_int_equal(request->header_count, 4);
    assert_text(request_header(request, TEXT("HOST")), "shop.example:8080");
    assert_text(request_header(request, TEXT("empty")), "");
    assert_text(request_header(request, TEXT("spaced")), "two words");
    assert_null(request_header(request, TEXT("absent")).data);
    assert_true(fixture->parse.facts.keep_alive);
}

static void targets_may_be_absolute(void **state)
{
    static const struct {
        const char *bytes, *path, *query;
    } ROWS[] = {
        {"GET http://shop/v1?a HTTP/1.1\r\n" HOST "\r\n", "/v1", "a"},
        {"GET https://shop HTTP/1.1\r\n" HOST "\r\n", "/", ""},
        {"GET http://shop?a=b HTTP/1.1\r\n" HOST "\r\n", "/", "a=b"},
        {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "*", ""},
        {"\r\n\r\nGET /? HTTP/1.1\r\n" HOST "\r\n", "/", ""},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < countof(ROWS); i++) {
        feed(fixture, ROWS[i].bytes);
        assert_int_equal(fixture->parse.phase, PARSE_COMPLETE);
        assert_text(fixture->request.path, ROWS[i].path);
        assert_text(fixture->request.query, ROWS[i].query);
        parse_reset(&fixture->parse);
    }
}

static void keep_alive_follows_version_and_connection(void **state)
{
    static const struct {
        const char *bytes;
        bool keep_alive;
    } ROWS[] = {
        {LINE HOST "\r\n", true},
        {LINE HOST "Connection: close\r\n\r\n", false},
        {LINE HOST "Connection: Keep-Alive, CLOSE\r\n\r\n", false},
        {LINE HOST "Connection: foo\r\nConnection: close\r\n\r\n", false},
        {LINE HOST "Connection: closed\r\n\r\n", true},
        {LINE HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n", true},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < countof(ROWS); i++) {
        feed(fixture, ROWS[i].bytes);
        assert_int_equal(fixture->parse.phase, PARSE_COMPLETE);
        assert_int_equal(fixture->parse.facts.keep_alive, ROWS[i].keep_alive);
        parse_reset(&fixture->parse);
    }
}

static void chunks_are_joined_and_trailers_dropped(void **state)
{
    struct fixture *fixture = *state;
    const char *bytes =
        CHUNK "5;name=\"v\"\r\nhello\r\n00A\r\n wonderful\r\n0;last\r\nA: b\r\nC: d\r\n\r\n";
    assert_int_equal(feed(fixture, bytes), strlen(bytes));
    assert_int_equal(fixture->parse.phase, PARSE_COMPLETE);
    assert_text(fixture->request.body, "hello wonderful");
    assert_int_equal(fixture->request.header_count, 2);
}

static void extensions_and_trailers_have_a_limit(void **state)
{
    struct fixture *fixture = *state;
    feed(fixture, CHUNK "0\r\n");
    for (int i = 0; i < HEADER_BYTES_MAX && fixture->parse.phase == PARSE_CHUNKS; i++)
        feed(fixture, "A: 3456\r\n");
    assert_int_equal(fixture->parse.phase, PARSE_REFUSED);
    assert_int_equal(fixture->parse.refusal, REFUSAL_HEADER_SIZE);
}

static void the_limit_of_the_head_is_exact(void **state)
{
    struct fixture *fixture = *state;
    for (size_t length = HEADER_BYTES_MAX - 1; length <= HEADER_BYTES_MAX + 1; length++) {
        char bytes[HEADER_BYTES_MAX + 2];
        const char *start = LINE HOST "X: ";
        memset(bytes, 'x', sizeof(bytes));
        memcpy(bytes, start, strlen(start));
        memcpy(bytes + length - 4, "\r\n\r\n", 4);
        feed_bytes(fixture, (struct text){bytes, (uint32_t)length});
        if (length <= HEADER_BYTES_MAX)
            assert_int_equal(fixture->parse.phase, PARSE_COMPLETE);
        else
            assert_int_equal(fixture->parse.refusal, REFUSAL_HEADER_SIZE);
        parse_reset(&fixture->parse);
    }
}

static void an_endless_request_line_is_refused(void **state)
{
    struct fixture *fixture = *state;
    feed(fixture, "GET /");
    for (int i = 0; i < HEADER_BYTES_MAX && fixture->parse.phase == PARSE_HEAD; i++)
        feed(fixture, "a");
    assert_int_equal(fixture->parse.refusal, REFUSAL_TARGET_SIZE);
}

static void one_header_too_many_is_refused(void **state)
{
    struct fixture *fixture = *state;
    for (int count = REQUEST_HEADERS_MAX; count <= REQUEST_HEADERS_MAX + 1; count++) {
        feed(fixture, LINE HOST);
        for (int i = 1; i < count; i++)
            feed(fixture, "a:b\r\n");
        feed(fixture, "\r\n");
        bool fits = count == REQUEST_HEADERS_MAX;
        assert_int_equal(fixture->parse.phase, fits ? PARSE_COMPLETE : PARSE_REFUSED);
        assert_int_equal(fixture->parse.refusal, fits ? REFUSAL_NONE : REFUSAL_HEADER_SIZE);
        parse_reset(&fixture->parse);
    }
}

static void continue_is_due_once_and_only_before_the_body(void **state)
{
    struct fixture *fixture = *state;
    const char *head = POST HOST "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
    feed(fixture, head);
    assert_true(parse_take_continue(&fixture->parse));
    assert_false(parse_take_continue(&fixture->parse));
    feed(fixture, "ab");
    assert_text(fixture->request.body, "ab");
    parse_reset(&fixture->parse);
    feed(fixture, POST HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\na");
    assert_false(parse_take_continue(&fixture->parse));
    parse_reset(&fixture->parse);
    feed(fixture, "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_false(parse_take_continue(&fixture->parse));
}

static void empty_lines_alone_begin_no_request(void **state)
{
    struct fixture *fixture = *state;
    feed(fixture, "\r\n\r\n");
    assert_false(parse_has_begun(&fixture->parse));
    feed(fixture, "G");
    assert_true(parse_has_begun(&fixture->parse));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_could_be_read_two_ways_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_request_is_taken_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(targets_may_be_absolute, setup, teardown),
        cmocka_unit_test_setup_teardown(keep_alive_follows_version_and_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(chunks_are_joined_and_trailers_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(extensions_and_trailers_have_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(the_limit_of_the_head_is_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(an_endless_request_line_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(one_header_too_many_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(continue_is_due_once_and_only_before_the_body, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(empty_lines_alone_begin_no_request, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
