/* Work that any loop of the server may do. */
#include "lib/raw_client.h"
#include "lib/toy_server.h"
#include "net/processors.h"
#include "net/server.h"
#include "net/share.h"
#include "test.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

enum { DRAIN_MS = 5000 };

static void open_toy(struct toy_server *toy, uint32_t loops)
{
    struct server_options options = toy_server_options();
    options.loops = loops;
    toy_server_open(toy, options);
}

static void wait_for_connections(const struct toy_server *toy, uint64_t count)
{
    while (server_stats(toy->server).connections_open != count)
        (void)usleep(1000);
}

/* Keeps the client's loop until somebody posts to the gate. */
static void block(struct toy_server *toy, struct raw_client *client)
{
    assert_true(raw_client_send(client, GET("/block")));
    assert_int_equal(sem_wait(&toy->blocked), 0);
}

/* One loop, which is kept, and clients of it. */
static void open_blocked(struct toy_server *toy, struct raw_client *blocker,
                         struct raw_client *clients, uint32_t count)
{
    open_toy(toy, 1);
    raw_client_open(blocker, toy->port);
    for (uint32_t i = 0; i < count; i++)
        raw_client_open(&clients[i], toy->port);
    wait_for_connections(toy, count + 1);
    block(toy, blocker);
}

static uint32_t number_behind(const char *text, const char *key)
{
    assert_non_null(text);
    const char *at = strstr(text, key);
    assert_non_null(at);
    return (uint32_t)strtoul(at + strlen(key), NULL, 10);
}

static void answers_come_in_the_order_of_the_questions(void **state)
{
    (void)state;
    struct toy_server toy;
    struct raw_client client;
    open_toy(&toy, 2);
    raw_client_open(&client, toy.port);
    assert_true(raw_client_send(&client, GET("/share?1") GET("/2") GET("/share?3") GET("/later?4")
                                             GET("/share?5")));
    const char *text = raw_client_read(&client, 5);
    const char *expected[] = {"GET /share?1", "GET /2?", "GET /share?3", "/later?4", "/share?5"};
    for (size_t i = 0; i < countof(expected); i++) {
        assert_non_null(text);
        text = strstr(text, expected[i]);
    }
    assert_non_null(text);
    raw_client_close(&client);
    toy_server_close(&toy, DRAIN_MS);
}

enum { LOOPS_MAX = 3, ON_A_LOOP = 3 };

/* Clients by their loop; which they are told of by /loop. */
struct crowd {
    struct toy_server toy;
    struct raw_client clients[LOOPS_MAX * ON_A_LOOP];
    struct raw_client *of[LOOPS_MAX][ON_A_LOOP];
    uint32_t loops;
};

static void open_crowd(struct crowd *crowd, uint32_t loops)
{
    uint32_t counts[LOOPS_MAX] = {0};
    crowd->loops = loops;
    open_toy(&crowd->toy, loops);
    for (uint32_t i = 0; i < loops * ON_A_LOOP; i++) {
        struct raw_client *client = &crowd->clients[i];
        raw_client_open(client, crowd->toy.port);
        assert_true(raw_client_send(client, GET("/loop")));
        uint32_t loop = number_behind(raw_client_read(client, 1), "loop=");
        assert_in_range(counts[loop], 0, ON_A_LOOP - 1);
        crowd->of[loop][counts[loop]++] = client;
    }
}

static void close_crowd(struct crowd *crowd)
{
    for (uint32_t i = 0; i < crowd->loops * ON_A_LOOP; i++)
        raw_client_close(&crowd->clients[i]);
    toy_server_close(&crowd->toy, DRAIN_MS);
}

/* They came over one loop, and no loop can do two at a time. */
static void assert_met(struct raw_client *first, struct raw_client *second)
{
    const char *one = raw_client_read(first, 2);
    const char *other = raw_client_read(second, 2);
    assert_non_null(one);
    assert_non_null(other);
    assert_non_null(strstr(one, "met GET /meet?1 "));
    assert_non_null(strstr(other, "met GET /meet?2 "));
    assert_int_not_equal(number_behind(one, "by="), number_behind(other, "by="));
}

static void a_loop_that_sleeps_takes_what_another_has_before_it(void **state)
{
    (void)state;
    static struct crowd crowd;
    for (uint32_t loop = 0; loop < 2; loop++) {
        open_crowd(&crowd, 2);
        struct raw_client **here = crowd.of[loop];
        block(&crowd.toy, here[0]);
        assert_true(raw_client_send(here[1], GET("/meet?1")));
        assert_true(raw_client_send(here[2], GET("/meet?2")));
        assert_int_equal(sem_post(&crowd.toy.gate), 0);
        assert_met(here[1], here[2]);
        close_crowd(&crowd);
    }
}

/* Of two loops that are kept, lets the one of `client` go on: the gate does not ask who it is. */
static void let_go(struct toy_server *toy, struct raw_client *client, struct raw_client *other)
{
    enum { WAIT_MS = 200 };
    uint32_t others = 1;
    assert_int_equal(sem_post(&toy->gate), 0);
    while (!raw_client_is_readable(client, WAIT_MS)) {
        assert_non_null(raw_client_read(other, ++others));
        block(toy, other);
        assert_int_equal(sem_post(&toy->gate), 0);
    }
}

/* Whichever of the others it is. */
static void a_loop_that_is_kept_is_not_taken_for_one_that_sleeps(void **state)
{
    (void)state;
    static struct crowd crowd;
    for (uint32_t kept = 1; kept < LOOPS_MAX; kept++) {
        open_crowd(&crowd, LOOPS_MAX);
        struct raw_client **here = crowd.of[0];
        struct raw_client *there = crowd.of[kept][0];
        block(&crowd.toy, here[0]);
        block(&crowd.toy, there);
        assert_true(raw_client_send(here[1], GET("/meet?1")));
        assert_true(raw_client_send(here[2], GET("/meet?2")));
        let_go(&crowd.toy, here[0], there);
        assert_met(here[1], here[2]);
        assert_int_equal(sem_post(&crowd.toy.gate), 0);
        close_crowd(&crowd);
    }
}

/* A search, then so many others that the loop reads before its turn, and at last one that keeps it.
 */
static void a_loop_that_reads_on_passes_on_what_waits(void **state)
{
    enum { READS = 130, EACH = READS + 3 };
    (void)state;
    static struct raw_client clients[2 * EACH];
    static struct raw_client *here[EACH];
    struct toy_server toy;
    uint32_t found = 0;
    open_toy(&toy, 2);
    for (int i = 0; i < 2 * EACH; i++) {
        raw_client_open(&clients[i], toy.port);
        assert_true(raw_client_send(&clients[i], GET("/loop")));
        if (number_behind(raw_client_read(&clients[i], 1), "loop=") == 0 && found < EACH)
            here[found++] = &clients[i];
    }
    assert_int_equal(found, EACH);
    assert_true(raw_client_send(here[0], GET("/share"))); /* alone it is done at home */
    uint32_t home = number_behind(raw_client_read(here[0], 2), "by=");
    block(&toy, here[0]);
    assert_true(raw_client_send(here[1], GET("/share")));
    for (int i = 2; i < READS + 2; i++)
        assert_true(raw_client_send(here[i], GET("/a")));
    assert_true(raw_client_send(here[EACH - 1], GET("/block")));
    assert_int_equal(sem_post(&toy.gate), 0);
    assert_int_equal(sem_wait(&toy.blocked), 0);
    (void)usleep(100000); /* for the other to do it */
    assert_int_equal(sem_post(&toy.gate), 0);
    assert_int_not_equal(number_behind(raw_client_read(here[1], 2), "by="), home);
    for (int i = 0; i < 2 * EACH; i++)
        raw_client_close(&clients[i]);
    toy_server_close(&toy, DRAIN_MS);
}

/* All of them are there when the loop reads again, and the blocker was seen before. */
static void who_finds_no_room_does_the_oldest(void **state)
{
    enum { TOO_MANY = 50, CLIENTS = SHARED_PER_LOOP + TOO_MANY, SEEN = CLIENTS + 1 };
    (void)state;
    static struct raw_client clients[CLIENTS];
    struct toy_server toy;
    struct raw_client blocker;
    open_blocked(&toy, &blocker, clients, CLIENTS);
    for (int i = 0; i < CLIENTS; i++)
        assert_true(raw_client_send(&clients[i], GET("/share")));
    assert_int_equal(sem_post(&toy.gate), 0);
    for (int i = 0; i < CLIENTS; i++) {
        const char *text = raw_client_read(&clients[i], 1);
        assert_non_null(strstr(text, "GET /share? "));
        int seen = i < TOO_MANY ? SHARED_PER_LOOP + 2 + i : SEEN;
        assert_int_equal(number_behind(text, "after="), seen);
        raw_client_close(&clients[i]);
    }
    raw_client_close(&blocker);
    toy_server_close(&toy, DRAIN_MS);
}

static void work_may_end_elsewhere_and_after_the_client_has_gone(void **state)
{
    (void)state;
    struct toy_server toy;
    struct raw_client client;
    open_toy(&toy, 2);
    raw_client_open(&client, toy.port);
    assert_true(raw_client_send(&client, GET("/away?1")));
    request_resume(toy_server_take_held(&toy));
    assert_non_null(strstr(raw_client_read(&client, 1), "GET /away?1 "));
    assert_true(raw_client_send(&client, GET("/away?2")));
    struct request *held = toy_server_take_held(&toy);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    raw_client_close(&client);
    wait_for_connections(&toy, 0);
    request_resume(held);
    raw_client_open(&client, toy.port);
    assert_true(raw_client_send(&client, GET("/share?3")));
    assert_non_null(strstr(raw_client_read(&client, 1), "GET /share?3 "));
    raw_client_close(&client);
    toy_server_close(&toy, DRAIN_MS);
}

static void *drain(void *toy)
{
    server_drain(((struct toy_server *)toy)->server, 0);
    return NULL;
}

enum { HELD = 10 };

static void *release_held(void *toy)
{
    for (int i = 0; i < HELD; i++) {
        struct request *held = toy_server_take_held(toy);
        (void)usleep(1000);
        request_resume(held);
    }
    return NULL;
}

/* Some of it begins only then and ends on another thread. server_close() sees that none is left. */
static void what_waits_when_the_time_to_drain_is_over_is_still_done(void **state)
{
    enum { CLIENTS = 2 * HELD };
    (void)state;
    struct toy_server toy;
    struct raw_client blocker;
    struct raw_client clients[CLIENTS];
    pthread_t drainer;
    pthread_t releaser;
    open_blocked(&toy, &blocker, clients, CLIENTS);
    for (int i = 0; i < CLIENTS; i++)
        assert_true(raw_client_send(&clients[i], i < HELD ? GET("/share") : GET("/away")));
    assert_int_equal(pthread_create(&drainer, NULL, drain, &toy), 0);
    while (!server_is_draining(toy.server))
        (void)usleep(1000);
    (void)usleep(10000); /* until the loop has been told, too */
    assert_int_equal(sem_post(&toy.gate), 0);
    assert_int_equal(pthread_join(drainer, NULL), 0);
    assert_int_equal(toy.seen, CLIENTS + 1);
    assert_in_range(server_stats(toy.server).cut_total, HELD, CLIENTS + 1);
    assert_int_equal(pthread_create(&releaser, NULL, release_held, &toy), 0);
    toy_server_close(&toy, 0);
    assert_int_equal(pthread_join(releaser, NULL), 0);
    for (int i = 0; i < CLIENTS; i++)
        raw_client_close(&clients[i]);
    raw_client_close(&blocker);
}

static void *keep_to_the_first(void *kept_out)
{
    cpu_set_t allowed;
    bool *kept = kept_out;
    *kept = processors_keep_to(0) && sched_getaffinity(0, sizeof allowed, &allowed) == 0 &&
            CPU_COUNT(&allowed) == 1 && processors_count() == 1 && !processors_keep_to(1);
    return NULL;
}

static void a_thread_stays_on_its_processor(void **state)
{
    (void)state;
    bool is_kept = false;
    pthread_t thread;
    uint32_t before = processors_count();
    assert_true(before > 0);
    assert_int_equal(pthread_create(&thread, NULL, keep_to_the_first, &is_kept), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(is_kept);
    assert_int_equal(processors_count(), before); /* others are free to go */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_in_the_order_of_the_questions),
        cmocka_unit_test(a_loop_that_sleeps_takes_what_another_has_before_it),
        cmocka_unit_test(a_loop_that_is_kept_is_not_taken_for_one_that_sleeps),
        cmocka_unit_test(a_loop_that_reads_on_passes_on_what_waits),
        cmocka_unit_test(who_finds_no_room_does_the_oldest),
        cmocka_unit_test(work_may_end_elsewhere_and_after_the_client_has_gone),
        cmocka_unit_test(what_waits_when_the_time_to_drain_is_over_is_still_done),
        cmocka_unit_test(a_thread_stays_on_its_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
