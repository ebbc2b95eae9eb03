/* Deadlines, limits and a shortage of descriptors, over real sockets. */
#include "base/clock.h"
#include "lib/raw_client.h"
#include "lib/toy_server.h"
#include "net/server.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define HOST "Host: a\r\n"

enum { DRAIN_MS = 5000, SHORT_MS = 60, IDLE_MS = 400, FAR_MS = 3000 };

static uint64_t elapsed_ms(uint64_t since_ns)
{
    return (clock_monotonic_ns() - since_ns) / 1000000;
}

static void assert_contains(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void an_idle_connection_is_closed_in_time(void **state)
{
    (void)state;
    struct toy_server toy;
    struct raw_client client;
    struct server_options options = toy_server_options();
    options.idle_timeout_ms = IDLE_MS; /* far more than a busy machine sleeps */
    toy_server_open(&toy, options);
    uint64_t start_ns = clock_monotonic_ns();
    raw_client_open(&client, toy.port);
    assert_int_equal(raw_client_read_to_end(&client), RAW_END_CLOSED);
    assert_in_range(elapsed_ms(start_ns), IDLE_MS - 2, FAR_MS);
    raw_client_close(&client);

    /* Each request begins the wait anew. */
    start_ns = clock_monotonic_ns();
    raw_client_open(&client, toy.port);
    assert_false(raw_client_is_readable(&client, SHORT_MS / 2));
    raw_client_send(&client, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(raw_client_read_to_end(&client), RAW_END_CLOSED);
    assert_contains(client.received.data, "GET /a? ");
    assert_in_range(elapsed_ms(start_ns), IDLE_MS + SHORT_MS / 2 - 4, FAR_MS);
    assert_int_equal(server_stats(toy.server).cut_total, 2);
    raw_client_close(&client);
    toy_server_close(&toy, DRAIN_MS);
}

/* A byte now and then does not buy time: the deadline is absolute. */
static void drip(const char *start, const char *drop)
{
    struct toy_server toy;
    struct raw_client client;
    struct server_options options = toy_server_options();
    options.read_timeout_ms = SHORT_MS;
    toy_server_open(&toy, options);
    raw_client_open(&client, toy.port);
    uint64_t start_ns = clock_monotonic_ns();
    raw_client_send(&client, start);
    while (!raw_client_is_readable(&client, SHORT_MS / 10))
        raw_client_send(&client, drop);
    assert_in_range(elapsed_ms(start_ns), SHORT_MS - 2, FAR_MS);
    assert_contains(raw_client_read(&client, 1), "HTTP/1.1 408 Request Timeout\r\n");
    assert_int_not_equal(raw_client_read_to_end(&client), RAW_END_TIMEOUT);
    assert_int_equal(server_stats(toy.server).cut_total, 1);
    raw_client_close(&client);
    toy_server_close(&toy, DRAIN_MS);
}

static void a_slow_head_is_cut(void **state)
{
    (void)state;
    drip("GET / HTTP/1.1\r\n", "A: b\r\n");
}

static void a_slow_body_is_cut(void **state)
{
    (void)state;
    drip("POST / HTTP/1.1\r\n" HOST "Content-Length: 50000\r\n\r\n", "x");
}

static void a_peer_that_never_reads_is_reset(void **state)
{
    (void)state;
    struct toy_server toy;
    struct raw_client client;
    struct server_options options = toy_server_options();
    options.write_timeout_ms = SHORT_MS;
    toy_server_open(&toy, options);
    int fd = raw_client_socket();
    int size = 4096;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
    assert_true(raw_client_connect(&client, fd, toy.port));
    uint64_t start_ns = clock_monotonic_ns();
    raw_client_send(&client, "GET /big?30000000 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(raw_client_wait_for_reset(&client), RAW_END_RESET);
    assert_in_range(elapsed_ms(start_ns), SHORT_MS - 2, FAR_MS);
    assert_int_equal(server_stats(toy.server).cut_total, 1);
    raw_client_close(&client);
    toy_server_close(&toy, DRAIN_MS);
}

static void a_request_that_is_out_has_no_deadline(void **state)
{
    (void)state;
    struct toy_server toy;
    struct raw_client client;
    struct server_options options = toy_server_options();
    options.read_timeout_ms = SHORT_MS / 4;
    options.write_timeout_ms = SHORT_MS / 4;
    options.idle_timeout_ms = FAR_MS;
    toy_server_open(&toy, options);
    raw_client_open(&client, toy.port);
    raw_client_send(&client, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    struct request *held = toy_server_take_held(&toy);
    assert_false(raw_client_is_readable(&client, SHORT_MS));
    request_resume(held);
    assert_contains(raw_client_read(&client, 1), "GET /hold? ");
    raw_client_close(&client);
    toy_server_close(&toy, DRAIN_MS);
}

static void sizes_over_the_limit_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        const char *more; /* sent again and again until the answer comes */
        const char *status;
    } ROWS[] = {
        {"GET /", "aaaaaaaaaaaaaaaa", "HTTP/1.1 414 "},
        {"GET / HTTP/1.1\r\n", "A: aaaaaaaaaaaaaaaa\r\n", "HTTP/1.1 431 "},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 100001\r\n\r\n", "x", "HTTP/1.1 413 "},
        {"POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n", "",
         "HTTP/1.1 413 "},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n186a1\r\n", "x",
         "HTTP/1.1 413 "},
    };
    struct toy_server toy;
    toy_server_open(&toy, toy_server_options());
    for (size_t i = 0; i < countof(ROWS); i++) {
        struct raw_client client;
        raw_client_open(&client, toy.port);
        raw_client_send(&client, ROWS[i].start);
        while (!raw_client_is_readable(&client, 1) && raw_client_send(&client, ROWS[i].more)) {
        }
        assert_contains(raw_client_read(&client, 1), ROWS[i].status);
        raw_client_close(&client);
    }
    assert_int_equal(server_stats(toy.server).refused_total, countof(ROWS));
    toy_server_close(&toy, DRAIN_MS);
}

static void a_refused_sender_can_read_the_answer_though_it_sends_on(void **state)
{
    enum { BODY_SIZE = 400000 };
    (void)state;
    static char body[BODY_SIZE + 1];
    struct toy_server toy;
    struct raw_client client;
    toy_server_open(&toy, toy_server_options());
    raw_client_open(&client, toy.port);
    memset(body, 'x', BODY_SIZE);
    raw_client_send(&client, "POST / HTTP/1.1\r\n" HOST "Content-Length: 400000\r\n\r\n");
    assert_true(raw_client_send(&client, body));
    assert_contains(raw_client_read(&client, 1), "413 body_too_large");
    raw_client_close(&client);
    toy_server_close(&toy, DRAIN_MS);
}

static void connections_over_the_limit_are_closed_at_once(void **state)
{
    (void)state;
    struct toy_server toy;
    struct raw_client first, second, third;
    struct server_options options = toy_server_options();
    options.connections_max = 2;
    toy_server_open(&toy, options);
    raw_client_open(&first, toy.port);
    raw_client_send(&first, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    assert_non_null(raw_client_read(&first, 1));
    raw_client_open(&second, toy.port);
    raw_client_send(&second, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    assert_non_null(raw_client_read(&second, 1));
    raw_client_open(&third, toy.port);
    assert_int_not_equal(raw_client_read_to_end(&third), RAW_END_TIMEOUT);
    assert_int_equal(server_stats(toy.server).refused_total, 1);
    assert_int_equal(server_stats(toy.server).connections_open, 2);
    raw_client_close(&first);
    raw_client_close(&second);
    raw_client_close(&third);
    toy_server_close(&toy, DRAIN_MS);
}

static uint64_t process_cpu_ms(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void without_descriptors_the_server_waits_instead_of_spinning(void **state)
{
    (void)state;
    struct toy_server toy;
    struct raw_client client;
    struct rlimit before;
    toy_server_open(&toy, toy_server_options());
    int fd = raw_client_socket();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = (rlim_t)fd + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    uint64_t cpu_ms = process_cpu_ms();
    bool connected = raw_client_connect(&client, fd, toy.port);
    bool sent = raw_client_send(&client, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    bool answered = raw_client_is_readable(&client, 4 * SHORT_MS);
    cpu_ms = process_cpu_ms() - cpu_ms;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(connected && sent);
    assert_false(answered);
    assert_in_range(cpu_ms, 0, SHORT_MS);
    assert_contains(raw_client_read(&client, 1), "GET /a? ");
    raw_client_close(&client);
    toy_server_close(&toy, DRAIN_MS);
}

static void never_called(void *context, struct request *request)
{
    (void)context;
    (void)request;
    fail();
}

static void an_address_that_is_not_ours_gives_no_server(void **state)
{
    (void)state;
    struct server_options options = toy_server_options();
    options.handler = never_called;
    options.address = "192.0.2.1"; /* documentation only, RFC 5737: never ours */
    assert_null(server_open(&options));
    options.address = "not an address";
    assert_null(server_open(&options));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_connection_is_closed_in_time),
        cmocka_unit_test(a_slow_head_is_cut),
        cmocka_unit_test(a_slow_body_is_cut),
        cmocka_unit_test(a_peer_that_never_reads_is_reset),
        cmocka_unit_test(a_request_that_is_out_has_no_deadline),
        cmocka_unit_test(sizes_over_the_limit_are_refused),
        cmocka_unit_test(a_refused_sender_can_read_the_answer_though_it_sends_on),
        cmocka_unit_test(connections_over_the_limit_are_closed_at_once),
        cmocka_unit_test(without_descriptors_the_server_waits_instead_of_spinning),
        cmocka_unit_test(an_address_that_is_not_ours_gives_no_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
