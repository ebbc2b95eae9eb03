/* Streams: responses that go on, peers that do not read or go away, tasks posted to a loop. */
#include "lib/raw_client.h"
#include "net/server.h"
#include "net/stream.h"
#include "test.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>

enum { DRAIN_MS = 5000, PIECE_SIZE = 65536, PIECES_MAX = 1000 };

struct fixture {
    struct server *server;
    struct raw_client client;
    struct stream_owner owner; /* the loop's, like the next two */
    uint32_t sent;
    bool has_stream;
    bool is_flooding;
    uint32_t closed; /* atomic */
    struct loop_task task;
    sem_t is_done;
};

static struct fixture fixture;

static void closed(struct stream_owner *owner)
{
    assert_ptr_equal(owner, &fixture.owner);
    assert_null(owner->stream);
    __atomic_fetch_add(&fixture.closed, 1, __ATOMIC_SEQ_CST);
    sem_post(&fixture.is_done);
}

static void handle(void *context, struct request *request)
{
    static char piece[PIECE_SIZE];
    (void)context;
    fixture.owner = (struct stream_owner){.closed = closed};
    fixture.has_stream =
        stream_begin(request, "text/event-stream", "X-Test: 1\r\n", &fixture.owner);
    if (!fixture.has_stream || !fixture.is_flooding)
        return;
    while (fixture.sent < PIECES_MAX &&
           stream_send(fixture.owner.stream, (struct text){piece, sizeof(piece)}))
        fixture.sent++;
}

static int set_up(void **state)
{
    (void)state;
    fixture = (struct fixture){0};
    assert_int_equal(sem_init(&fixture.is_done, 0, 0), 0);
    struct server_options options = server_defaults();
    options.port = 0;
    options.loops = 1;
    options.handler = handle;
    fixture.server = server_open(&options);
    assert_non_null(fixture.server);
    server_start(fixture.server);
    raw_client_open(&fixture.client, server_port(fixture.server));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    raw_client_close(&fixture.client);
    server_drain(fixture.server, DRAIN_MS);
    server_close(fixture.server);
    sem_destroy(&fixture.is_done);
    return 0;
}

static void ask(void)
{
    assert_true(raw_client_send(&fixture.client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
}

static void wait_done(void)
{
    while (sem_wait(&fixture.is_done) != 0) {
        /* interrupted */
    }
}

static void post(void (*run)(struct loop_task *task))
{
    fixture.task = (struct loop_task){.run = run};
    server_post(fixture.server, 0, &fixture.task);
    wait_done();
}

static void say_and_end(struct loop_task *task)
{
    (void)task;
    if (fixture.owner.stream != NULL) {
        assert_true(stream_send(fixture.owner.stream, TEXT("data: 1\n\n")));
        assert_true(stream_send(fixture.owner.stream, TEXT("data: 2\n\n")));
        stream_end(fixture.owner.stream);
    }
    sem_post(&fixture.is_done);
}

static void what_is_sent_comes_until_it_is_ended(void **state)
{
    (void)state;
    ask();
    assert_true(raw_client_is_readable(&fixture.client, 20000)); /* the head */
    post(say_and_end);
    assert_int_equal(raw_client_read_to_end(&fixture.client), RAW_END_CLOSED);
    buffer_append(&fixture.client.received, "", 1);
    const char *text = fixture.client.received.data;
    assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(text, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(text, "X-Test: 1\r\n"));
    assert_non_null(strstr(text, "Connection: close\r\n"));
    assert_null(strstr(text, "Content-Length"));
    assert_non_null(strstr(text, "\r\n\r\ndata: 1\n\ndata: 2\n\n"));
    assert_int_equal(fixture.closed, 0); /* who ends it knows */
}

static void a_peer_that_goes_is_noticed(void **state)
{
    (void)state;
    ask();
    assert_true(raw_client_is_readable(&fixture.client, 20000));
    raw_client_close(&fixture.client);
    wait_done();
    assert_int_equal(fixture.closed, 1);
    raw_client_open(&fixture.client, server_port(fixture.server));
}

/* What the kernel and STREAM_BACKLOG_MAX hold, and no more. */
static void a_peer_that_does_not_read_is_cut(void **state)
{
    (void)state;
    fixture.is_flooding = true;
    ask();
    wait_done();
    assert_int_equal(fixture.closed, 1);
    assert_true(fixture.sent < PIECES_MAX);
    (void)raw_client_read_to_end(&fixture.client);
}

static void a_drain_ends_streams(void **state)
{
    (void)state;
    ask();
    assert_true(raw_client_is_readable(&fixture.client, 20000));
    server_drain(fixture.server, DRAIN_MS);
    assert_int_equal(fixture.closed, 1);
    assert_int_equal(raw_client_read_to_end(&fixture.client), RAW_END_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(what_is_sent_comes_until_it_is_ended),
        TEST(a_peer_that_goes_is_noticed),
        TEST(a_peer_that_does_not_read_is_cut),
        TEST(a_drain_ends_streams),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
