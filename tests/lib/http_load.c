#include "lib/http_load.h"

#include "base/clock.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RESPONSE_MAX = 1 << 20,
    /* To one server from one address: beyond a half of the ports the kernel searches long. */
    SOURCE_CONNECTIONS_MAX = 8192,
};

struct peer {
    int socket;
    uint64_t due_ns;
    uint64_t sent_ns;
    uint32_t kind;
    bool is_busy;
};

static struct load {
    struct http_load_options options;
    struct peer *peers;
    int epoll;
    uint64_t started_ns;
    uint64_t sent;
    uint64_t due_count; /* that were due until now, sent or given up */
    bool is_used_up;    /* no more requests */
    struct http_load_result result;
    struct http_load_kind second; /* the good answers of this second */
    uint64_t second_ends_ns;
    uint64_t second_not_good;
    char response[RESPONSE_MAX];
} load;

/* From 127.0.0.1, or as many addresses behind it. */
static int connect_to(uint16_t port, uint32_t source)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr = {htonl(INADDR_LOOPBACK + source)}};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ensure(fd >= 0);
    ensure(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one) == 0);
    ensure(bind(fd, (struct sockaddr *)&from, sizeof from) == 0);
    ensure(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    ensure(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    return fd;
}

static void connect_peer(struct peer *peer)
{
    peer->socket =
        connect_to(load.options.port, (uint32_t)(peer - load.peers) / SOURCE_CONNECTIONS_MAX);
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = peer}};
    ensure(epoll_ctl(load.epoll, EPOLL_CTL_ADD, peer->socket, &event) == 0);
}

/* `is_visit`: it was due by the rate, not by the answer before it. */
static void send_next(struct peer *peer, uint64_t due_ns, bool is_visit)
{
    struct http_load_request request;
    request.peer = (uint32_t)(peer - load.peers);
    if (!load.options.next(load.options.owner, &request)) {
        load.is_used_up = true;
        return;
    }
    ensure(request.length <= HTTP_LOAD_REQUEST_MAX);
    ensure(request.kind < HTTP_LOAD_KINDS);
    uint64_t sent_ns = clock_monotonic_ns();
    ensure(send(peer->socket, request.bytes, request.length, MSG_NOSIGNAL) ==
           (ssize_t)request.length);
    peer->due_ns = due_ns;
    peer->sent_ns = sent_ns;
    peer->kind = request.kind;
    peer->is_busy = true;
    load.sent++;
    load.due_count += is_visit;
}

/* An answer comes in one piece on loopback but for the largest; its end is counted off. */
static bool answer_is_whole(const char *bytes, size_t size)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    const char *length = memmem(bytes, size, "Content-Length: ", 16);
    if (end == NULL || length == NULL)
        return false;
    return size >= (size_t)(end - bytes) + 4 + strtoul(length + 16, NULL, 10);
}

/* One buffer for all: an answer in several pieces keeps the thread on this connection. */
static void read_answer(int fd)
{
    size_t there = 0;
    while (there == 0 || !answer_is_whole(load.response, there)) {
        ssize_t size = recv(fd, load.response + there, sizeof load.response - 1 - there, 0);
        ensure(size > 0);
        there += (size_t)size;
        load.response[there] = '\0';
    }
}

static uint32_t bucket_of(uint64_t took_ns)
{
    uint64_t bucket = took_ns / 10000;
    return bucket < HTTP_LOAD_BUCKETS ? (uint32_t)bucket : HTTP_LOAD_BUCKETS - 1;
}

static void count(struct http_load_kind *kind, const struct peer *peer, uint64_t now_ns)
{
    uint64_t latency_ns = now_ns - peer->due_ns;
    kind->latencies[bucket_of(latency_ns)]++;
    kind->waits[bucket_of(now_ns - peer->sent_ns)]++;
    if (latency_ns > kind->slowest_ns)
        kind->slowest_ns = latency_ns;
    kind->done++;
}

/* After this answer the next request of the same visit is sent at once. */
static bool goes_on(const struct peer *peer)
{
    const struct http_load_options *options = &load.options;
    if (options->rate <= 0)
        return true;
    return options->goes_on != NULL &&
           options->goes_on(options->owner, (uint32_t)(peer - load.peers));
}

static void receive(struct peer *peer)
{
    read_answer(peer->socket);
    uint64_t now_ns = clock_monotonic_ns();
    const char *status = load.options.status;
    bool is_good = strncmp(load.response + strlen("HTTP/1.1 "), status, strlen(status)) == 0;
    if (!is_good && load.result.refused++ == 0)
        (void)fprintf(stderr, "first refusal: %.300s\n", load.response);
    if (is_good)
        count(&load.second, peer, now_ns);
    else
        load.second_not_good++;
    count(&load.result.all, peer, now_ns);
    count(&load.result.kinds[peer->kind], peer, now_ns);
    load.result.done++;
    peer->is_busy = false;
    if (load.options.answered != NULL)
        load.options.answered(load.options.owner, (uint32_t)(peer - load.peers), is_good,
                              load.response);
}

static uint64_t next_due_ns(void)
{
    return load.started_ns + (uint64_t)((double)load.due_count * 1e9 / load.options.rate);
}

/* Whoever waited too long for a free connection has gone away. */
static void give_up(uint64_t now_ns)
{
    uint64_t patience_ns = (uint64_t)load.options.give_up_ms * 1000000;
    while (patience_ns > 0 && next_due_ns() + patience_ns < now_ns) {
        load.due_count++;
        load.result.given_up++;
        load.second_not_good++;
    }
}

static void tell_second(uint64_t now_ns)
{
    if (load.options.each_second == NULL || now_ns < load.second_ends_ns)
        return;
    load.options.each_second(load.options.owner, &load.second, load.second_not_good);
    memset(&load.second, 0, sizeof load.second);
    load.second_not_good = 0;
    load.second_ends_ns += 1000000000;
}

/* Sends what is due on idle connections, each in its turn. */
static void send_due(uint64_t now_ns)
{
    static uint32_t turn;
    double rate = load.options.rate;
    for (uint32_t i = 0; i < load.options.connections && !load.is_used_up; i++) {
        uint64_t due_ns = rate > 0 ? next_due_ns() : now_ns;
        if (due_ns > now_ns)
            break;
        struct peer *peer = &load.peers[turn++ % load.options.connections];
        if (!peer->is_busy)
            send_next(peer, due_ns, true);
    }
}

/* How long nothing is due; at full speed answers alone wake the load. */
static struct timespec time_to_next(uint64_t now_ns)
{
    if (load.options.rate <= 0)
        return (struct timespec){.tv_nsec = 100000000};
    uint64_t due_ns = next_due_ns();
    uint64_t wait_ns = due_ns > now_ns ? due_ns - now_ns : 0;
    if (wait_ns == 0 || wait_ns > 10000000) /* every connection is busy, or a very low rate */
        wait_ns = 1000000;
    return (struct timespec){.tv_nsec = (long)wait_ns};
}

static void run(void)
{
    struct epoll_event events[256];
    double rate = load.options.rate;
    load.started_ns = clock_monotonic_ns();
    uint64_t end_ns = load.started_ns + (uint64_t)(load.options.seconds * 1e9);
    uint64_t now_ns = load.started_ns;
    load.second_ends_ns = now_ns + 1000000000;
    send_due(now_ns);
    while (now_ns < end_ns && !(load.is_used_up && load.result.done == load.sent)) {
        struct timespec wait = time_to_next(now_ns);
        int ready = epoll_pwait2(load.epoll, events, (int)countof(events), &wait, NULL);
        now_ns = clock_monotonic_ns();
        for (int i = 0; i < ready; i++) {
            struct peer *peer = events[i].data.ptr;
            receive(peer);
            if (!load.is_used_up && now_ns < end_ns && goes_on(peer))
                send_next(peer, now_ns, rate <= 0);
        }
        if (rate > 0) {
            give_up(now_ns);
            send_due(now_ns);
        }
        tell_second(now_ns);
    }
    load.result.seconds = (double)(now_ns - load.started_ns) / 1e9;
}

const struct http_load_result *http_load_run(const struct http_load_options *options)
{
    load.options = *options;
    load.epoll = epoll_create1(0);
    ensure(load.epoll >= 0);
    load.peers = memory_alloc_zeroed(options->connections, sizeof *load.peers);
    for (uint32_t i = 0; i < options->connections; i++)
        connect_peer(&load.peers[i]);
    if (options->connected != NULL)
        options->connected(options->owner);
    uint64_t cpu_ns = clock_thread_cpu_ns();
    run();
    load.result.cpu_ns = clock_thread_cpu_ns() - cpu_ns;
    for (uint32_t i = 0; i < options->connections; i++)
        ensure(close(load.peers[i].socket) == 0);
    memory_free(load.peers);
    ensure(close(load.epoll) == 0);
    return &load.result;
}

static double percentile_ms(const uint32_t *buckets, uint64_t done, double share)
{
    uint64_t wanted = (uint64_t)((double)done * share);
    uint64_t seen = 0;
    uint32_t bucket = 0;
    while (bucket < HTTP_LOAD_BUCKETS - 1 && (seen += buckets[bucket]) <= wanted)
        bucket++;
    return (double)bucket / 100.0;
}

double http_load_percentile_ms(const struct http_load_kind *kind, double share)
{
    return percentile_ms(kind->latencies, kind->done, share);
}

double http_load_sent_percentile_ms(const struct http_load_kind *kind, double share)
{
    return percentile_ms(kind->waits, kind->done, share);
}

const char *http_load_get(uint16_t port, const char *target)
{
    char request[HTTP_LOAD_REQUEST_MAX];
    int length =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", target);
    ensure(length > 0 && length < HTTP_LOAD_REQUEST_MAX);
    int fd = connect_to(port, 0);
    ensure(send(fd, request, (size_t)length, MSG_NOSIGNAL) == length);
    read_answer(fd);
    ensure(close(fd) == 0);
    const char *end = strstr(load.response, "\r\n\r\n");
    ensure(end != NULL);
    return end + 4;
}
