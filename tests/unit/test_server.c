/* Requests and responses over real sockets; deadlines and limits are in test_server_limits.c. */
#include "lib/raw_client.h"
#include "lib/toy_server.h"
#include "net/server.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST "Host: a\r\n"

enum { DRAIN_MS = 5000 };

struct fixture {
    struct toy_server toy;
    struct raw_client client;
};

static int setup(void **state)
{
    static struct fixture fixture;
    toy_server_open(&fixture.toy, toy_server_options());
    raw_client_open(&fixture.client, fixture.toy.port);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    raw_client_close(&fixture->client);
    toy_server_close(&fixture->toy, DRAIN_MS);
    return 0;
}

static void assert_contains(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" is in:\n%s", part, text);
}

static void a_connection_serves_one_request_after_the_other(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t i = 1; i <= 3; i++) {
        raw_client_send(&fixture->client,
                        "POST /a?b HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
        const char *text = raw_client_read(&fixture->client, i);
        assert_contains(text, "HTTP/1.1 200 OK\r\nDate: ");
        assert_contains(text, "\r\nContent-Type: text/plain\r\n");
        assert_contains(text, "\r\nToy: yes\r\n\r\nPOST /a?b hello");
        assert_lacks(text, "Connection:");
    }
    assert_int_equal(server_stats(fixture->toy.server).connections_total, 1);
    assert_int_equal(server_stats(fixture->toy.server).requests_total, 3);
}

static void bytes_may_come_one_by_one(void **state)
{
    struct fixture *fixture = *state;
    const char *bytes = "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                        "3\r\nabc\r\n0\r\n\r\nGET /y HTTP/1.1\r\n" HOST "\r\n";
    for (const char *byte = bytes; *byte != '\0'; byte++)
        raw_client_send(&fixture->client, (const char[]){*byte, '\0'});
    const char *text = raw_client_read(&fixture->client, 2);
    assert_contains(text, "POST /x? abc");
    assert_contains(text, "GET /y? ");
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct fixture *fixture = *state;
    raw_client_send(&fixture->client, "GET /1 HTTP/1.1\r\n" HOST "\r\n"
                                      "GET /later?2 HTTP/1.1\r\n" HOST "\r\n"
                                      "GET /3 HTTP/1.1\r\n" HOST "\r\n"
                                      "GET /twice?4 HTTP/1.1\r\n" HOST "\r\n"
                                      "GET /later?5 HTTP/1.1\r\n" HOST "\r\n"
                                      "GET /6 HTTP/1.1\r\n" HOST "\r\n");
    const char *text = raw_client_read(&fixture->client, 6);
    assert_non_null(text);
    const char *expected[] = {"GET /1?", "/later?2", "GET /3?", "/twice?4", "/later?5", "GET /6?"};
    for (size_t i = 0; i < countof(expected); i++) {
        text = strstr(text, expected[i]);
        assert_non_null(text);
    }
}

static void hundreds_of_pipelined_requests_all_return(void **state)
{
    enum { REQUESTS = 300, REQUEST_SIZE = 64 };
    struct fixture *fixture = *state;
    static char bytes[REQUESTS * REQUEST_SIZE];
    size_t length = 0;
    for (int i = 0; i < REQUESTS; i++)
        length += (size_t)snprintf(bytes + length, sizeof(bytes) - length,
                                   "GET /%s?%d HTTP/1.1\r\n" HOST "\r\n",
                                   i % 3 == 0 ? "later" : "now", i);
    raw_client_send(&fixture->client, bytes);
    const char *text = raw_client_read(&fixture->client, REQUESTS);
    for (int i = 0; i < REQUESTS; i++) {
        char expected[REQUEST_SIZE];
        (void)snprintf(expected, sizeof(expected), "?%d ", i);
        assert_non_null(text);
        text = strstr(text, expected);
    }
    assert_non_null(text);
}

static void many_connections_wait_for_another_thread(void **state)
{
    enum { CLIENTS = 50, ROUNDS = 20 };
    struct fixture *fixture = *state;
    struct raw_client clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        raw_client_open(&clients[i], fixture->toy.port);
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        for (int i = 0; i < CLIENTS; i++)
            raw_client_send(&clients[i], "GET /later HTTP/1.1\r\n" HOST "\r\n");
        for (int i = 0; i < CLIENTS; i++)
            assert_non_null(raw_client_read(&clients[i], round));
    }
    for (int i = 0; i < CLIENTS; i++)
        raw_client_close(&clients[i]);
}

/* The loop that answers this connection, which is 0 or 1. */
static uint32_t loop_of_client(struct raw_client *client)
{
    raw_client_send(client, "GET /loop HTTP/1.1\r\n" HOST "\r\n");
    const char *text = raw_client_read(client, 1);
    assert_non_null(text);
    const char *loop = strstr(text, "loop=");
    assert_non_null(loop);
    return loop[strlen("loop=")] == '1';
}

static void wait_for_connections(const struct fixture *fixture, uint64_t count)
{
    while (server_stats(fixture->toy.server).connections_open != count)
        (void)usleep(1000);
}

static void every_loop_has_as_many_connections(void **state)
{
    enum { CLIENTS = 39 };
    struct fixture *fixture = *state;
    struct raw_client clients[CLIENTS];
    uint32_t loops[CLIENTS];
    uint32_t counts[2] = {0};
    counts[loop_of_client(&fixture->client)]++;
    for (int i = 0; i < CLIENTS; i++) {
        raw_client_open(&clients[i], fixture->toy.port);
        loops[i] = loop_of_client(&clients[i]);
        counts[loops[i]]++;
    }
    assert_int_equal(counts[0], 20);
    assert_int_equal(counts[1], 20);
    /* Those of one loop leave, and as many newcomers take their place. */
    uint32_t left = 0;
    for (int i = 0; i < CLIENTS; i++) {
        if (loops[i] != 1)
            continue;
        raw_client_close(&clients[i]);
        left++;
    }
    wait_for_connections(fixture, CLIENTS + 1 - left);
    for (int i = 0; i < CLIENTS; i++) {
        if (loops[i] != 1)
            continue;
        raw_client_open(&clients[i], fixture->toy.port);
        assert_int_equal(loop_of_client(&clients[i]), 1);
    }
    for (int i = 0; i < CLIENTS; i++)
        raw_client_close(&clients[i]);
}

static void head_has_the_length_but_no_body(void **state)
{
    struct fixture *fixture = *state;
    raw_client_send(&fixture->client, "HEAD /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    assert_int_equal(raw_client_read_to_end(&fixture->client), RAW_END_CLOSED);
    const char *text = fixture->client.received.data;
    assert_contains(text, "\r\nContent-Length: 9\r\n");
    assert_contains(text, "\r\nConnection: close\r\n");
    assert_lacks(text, "HEAD /x");
}

static void continue_is_sent_before_the_body(void **state)
{
    struct fixture *fixture = *state;
    raw_client_send(&fixture->client, "POST /x HTTP/1.1\r\n" HOST
                                      "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assert_contains(raw_client_read(&fixture->client, 1), "HTTP/1.1 100 Continue\r\n\r\n");
    raw_client_send(&fixture->client, "abc");
    assert_contains(raw_client_read(&fixture->client, 2), "POST /x? abc");
}

static void old_clients_are_served(void **state)
{
    struct fixture *fixture = *state;
    raw_client_send(&fixture->client, "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_contains(raw_client_read(&fixture->client, 1), "\r\nConnection: keep-alive\r\n");
    raw_client_send(&fixture->client, "GET /2 HTTP/1.0\r\n\r\n");
    assert_int_equal(raw_client_read_to_end(&fixture->client), RAW_END_CLOSED);
    assert_contains(fixture->client.received.data, "GET /2? ");
}

static void a_client_that_only_stopped_sending_gets_its_answers(void **state)
{
    struct fixture *fixture = *state;
    raw_client_send(&fixture->client, "GET /later?1 HTTP/1.1\r\n" HOST "\r\n"
                                      "GET /later?2 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(shutdown(fixture->client.fd, SHUT_WR), 0);
    assert_int_equal(raw_client_read_to_end(&fixture->client), RAW_END_CLOSED);
    assert_contains(fixture->client.received.data, "/later?1");
    assert_contains(fixture->client.received.data, "/later?2");
}

static void large_responses_arrive_whole(void **state)
{
    enum { SIZE = 20 * 1000 * 1000 };
    struct fixture *fixture = *state;
    raw_client_send(&fixture->client, "GET /big?20000000 HTTP/1.1\r\n" HOST "\r\n"
                                      "GET /after HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    assert_int_equal(raw_client_read_to_end(&fixture->client), RAW_END_CLOSED);
    assert_true(fixture->client.received.length > SIZE);
    const char *text = fixture->client.received.data;
    assert_contains(text + SIZE, "GET /after? ");
}

static void a_refusal_says_why_and_ends_the_connection(void **state)
{
    struct fixture *fixture = *state;
    raw_client_send(&fixture->client,
                    "GET /first HTTP/1.1\r\n" HOST "\r\n"
                    "POST /x HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"
                    "GET /smuggled HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(raw_client_read_to_end(&fixture->client), RAW_END_CLOSED);
    const char *text = fixture->client.received.data;
    assert_contains(text, "GET /first? ");
    assert_contains(text, "HTTP/1.1 400 Bad Request\r\n");
    assert_contains(text, "\r\nConnection: close\r\n");
    assert_contains(text, "\r\n\r\n400 invalid_content_length");
    assert_lacks(text, "smuggled");
    assert_int_equal(server_stats(fixture->toy.server).refused_total, 1);
}

static void closing_while_the_request_is_out_loses_nothing_else(void **state)
{
    struct fixture *fixture = *state;
    raw_client_send(&fixture->client, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    struct request *held = toy_server_take_held(&fixture->toy);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(fixture->client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)),
                     0);
    raw_client_close(&fixture->client);
    raw_client_open(&fixture->client, fixture->toy.port);
    raw_client_send(&fixture->client, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    assert_contains(raw_client_read(&fixture->client, 1), "GET /a? ");
    request_resume(held);
    raw_client_send(&fixture->client, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    assert_contains(raw_client_read(&fixture->client, 2), "GET /later? ");
}

static void *drain(void *server)
{
    server_drain(server, DRAIN_MS);
    return NULL;
}

static void draining_answers_what_is_out_and_closes_the_rest(void **state)
{
    struct fixture *fixture = *state;
    struct raw_client idle;
    raw_client_open(&idle, fixture->toy.port);
    raw_client_send(&idle, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    assert_non_null(raw_client_read(&idle, 1));
    raw_client_send(&fixture->client, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    struct request *held = toy_server_take_held(&fixture->toy);
    pthread_t drainer;
    assert_int_equal(pthread_create(&drainer, NULL, drain, fixture->toy.server), 0);
    assert_int_equal(raw_client_read_to_end(&idle), RAW_END_CLOSED);
    /* The other loop may still be listening for a moment. */
    struct raw_client late;
    while (raw_client_connect(&late, raw_client_socket(), fixture->toy.port)) {
        (void)raw_client_read_to_end(&late);
        raw_client_close(&late);
    }
    request_resume(held);
    assert_int_equal(raw_client_read_to_end(&fixture->client), RAW_END_CLOSED);
    assert_contains(fixture->client.received.data, "\r\nConnection: close\r\n");
    assert_contains(fixture->client.received.data, "GET /hold? ");
    assert_int_equal(pthread_join(drainer, NULL), 0);
    raw_client_close(&idle);
    raw_client_close(&late);
}

/* More wait to be accepted than a loop takes in one turn. */
static void draining_serves_all_who_wait_to_be_accepted(void **state)
{
    enum { WAITING = 200 };
    (void)state;
    struct toy_server toy;
    struct server_options options = toy_server_options();
    options.loops = 1;
    options.drain_idle_ms = DRAIN_MS;
    toy_server_open(&toy, options);
    struct raw_client blocker;
    struct raw_client clients[WAITING];
    raw_client_open(&blocker, toy.port);
    raw_client_send(&blocker, "GET /block HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(sem_wait(&toy.blocked), 0);
    for (int i = 0; i < WAITING; i++) {
        raw_client_open(&clients[i], toy.port);
        raw_client_send(&clients[i], "GET /a HTTP/1.1\r\n" HOST "\r\n");
    }
    pthread_t drainer;
    assert_int_equal(pthread_create(&drainer, NULL, drain, toy.server), 0);
    while (!server_is_draining(toy.server))
        (void)usleep(1000);
    assert_int_equal(sem_post(&toy.gate), 0);
    for (int i = 0; i < WAITING; i++) {
        assert_int_equal(raw_client_read_to_end(&clients[i]), RAW_END_CLOSED);
        assert_contains(clients[i].received.data, "GET /a? ");
        raw_client_close(&clients[i]);
    }
    raw_client_close(&blocker);
    assert_int_equal(pthread_join(drainer, NULL), 0);
    toy_server_close(&toy, DRAIN_MS);
}

static void draining_ends_in_time_and_late_answers_go_nowhere(void **state)
{
    struct fixture *fixture = *state;
    raw_client_send(&fixture->client, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    struct request *held = toy_server_take_held(&fixture->toy);
    server_drain(fixture->toy.server, 20);
    assert_int_equal(raw_client_read_to_end(&fixture->client), RAW_END_RESET);
    request_resume(held);
}

struct newcomers {
    uint16_t port;
    struct raw_client clients[400];
    uint32_t count;   /* that tried */
    uint32_t arrived; /* atomic */
};

static void *keep_coming(void *owner)
{
    struct newcomers *newcomers = owner;
    bool is_open = true;
    while (is_open && newcomers->count < countof(newcomers->clients)) {
        struct raw_client *client = &newcomers->clients[newcomers->count++];
        is_open = raw_client_connect(client, raw_client_socket(), newcomers->port);
        __atomic_add_fetch(&newcomers->arrived, is_open, __ATOMIC_RELEASE);
    }
    return NULL;
}

/* Loops pass connections to one another while one after the other takes no more. Nothing is known
 * of who still waits in a queue: the kernel may not even reset them. accept_close() sees what is
 * left.
 */
static void newcomers_are_not_lost_between_loops_that_end(void **state)
{
    enum { ROUNDS = 30, EACH_ROUND = 5 };
    static struct newcomers newcomers;
    (void)state;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        struct toy_server toy;
        struct server_options options = toy_server_options();
        options.loops = 4;
        options.drain_idle_ms = 0;
        toy_server_open(&toy, options);
        newcomers = (struct newcomers){.port = toy.port};
        pthread_t comer;
        assert_int_equal(pthread_create(&comer, NULL, keep_coming, &newcomers), 0);
        while (__atomic_load_n(&newcomers.arrived, __ATOMIC_ACQUIRE) < round * EACH_ROUND)
            (void)usleep(10);
        server_drain(toy.server, DRAIN_MS);
        assert_int_equal(pthread_join(comer, NULL), 0);
        assert_int_equal(server_stats(toy.server).connections_open, 0);
        toy_server_close(&toy, DRAIN_MS);
        for (uint32_t i = 0; i < newcomers.count; i++)
            raw_client_close(&newcomers.clients[i]);
    }
}

#define served(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        served(a_connection_serves_one_request_after_the_other),
        served(bytes_may_come_one_by_one),
        served(pipelined_requests_are_answered_in_order),
        served(hundreds_of_pipelined_requests_all_return),
        served(many_connections_wait_for_another_thread),
        served(every_loop_has_as_many_connections),
        served(head_has_the_length_but_no_body),
        served(continue_is_sent_before_the_body),
        served(old_clients_are_served),
        served(a_client_that_only_stopped_sending_gets_its_answers),
        served(large_responses_arrive_whole),
        served(a_refusal_says_why_and_ends_the_connection),
        served(closing_while_the_request_is_out_loses_nothing_else),
        served(draining_answers_what_is_out_and_closes_the_rest),
        cmocka_unit_test(draining_serves_all_who_wait_to_be_accepted),
        served(draining_ends_in_time_and_late_answers_go_nowhere),
        cmocka_unit_test(newcomers_are_not_lost_between_loops_that_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
