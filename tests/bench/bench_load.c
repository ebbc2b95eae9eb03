/*
 * bench_load.c - checkouts over HTTP/1.1 on loopback: closed loop at full speed, or open loop at a
 * rate.
 *
 *   bench_load PORT CARTS CONNECTIONS SECONDS [RATE]
 *
 * CARTS holds a line `cart-id token` per cart (bench_fill); each is bought once, with a key of its
 * own. With RATE, requests are due at fixed times and latency counts from when a request was due,
 * so a slow server cannot slow down its own measurement (coordinated omission). One thread, epoll,
 * one request out per connection.
 */
#include "base/clock.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 1024, RESPONSE_MAX = 65536, BUCKETS = 200000, ID_SIZE = 27, TOKEN_SIZE = 33 };

static const char body[] =
    "{\"contact\":{\"name\":\"Ada "
    "Example\",\"email\":\"ada.example@example.com\",\"phone\":\"+441234567890\"},"
    "\"shipping_address\":{\"name\":\"Ada Example\",\"line1\":\"12 Some Long "
    "Street\",\"city\":\"London\","
    "\"postal_code\":\"N1 9GU\",\"country\":\"GB\"}}";

struct cart {
    char id[ID_SIZE];
    char token[TOKEN_SIZE];
};

struct peer {
    int socket;
    uint64_t due_ns;
    uint32_t received;
    bool is_busy;
};

static struct load {
    struct cart *carts;
    uint64_t cart_count;
    uint64_t cart_next;
    struct peer *peers;
    uint32_t peer_count;
    int epoll;
    uint32_t latencies[BUCKETS]; /* by 10 us */
    uint64_t slowest_ns;
    uint64_t done;
    uint64_t refused;
    char response[RESPONSE_MAX];
} load;

static void read_carts(const char *path)
{
    FILE *file = fopen(path, "r");
    ensure(file != NULL);
    uint64_t capacity = 1024;
    load.carts = memory_alloc(capacity * sizeof *load.carts);
    char line[128];
    while (fgets(line, sizeof line, file) != NULL) {
        if (load.cart_count == capacity)
            load.carts = memory_resize(load.carts, (capacity *= 2) * sizeof *load.carts);
        struct cart *cart = &load.carts[load.cart_count];
        if (sscanf(line, "%26s %32s", cart->id, cart->token) == 2)
            load.cart_count++;
    }
    ensure(fclose(file) == 0);
}

static void connect_peer(struct peer *peer, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1;
    peer->socket = socket(AF_INET, SOCK_STREAM, 0);
    ensure(peer->socket >= 0);
    ensure(connect(peer->socket, (struct sockaddr *)&address, sizeof address) == 0);
    ensure(setsockopt(peer->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = peer}};
    ensure(epoll_ctl(load.epoll, EPOLL_CTL_ADD, peer->socket, &event) == 0);
}

static void send_checkout(struct peer *peer, uint64_t due_ns)
{
    char request[REQUEST_MAX];
    const struct cart *cart = &load.carts[load.cart_next++];
    int length = snprintf(
        request, sizeof request,
        "POST /v1/carts/%s/checkout HTTP/1.1\r\nHost: bench\r\nCart-Token: %s\r\n"
        "Idempotency-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        cart->id, cart->token, cart->id, sizeof body - 1, body);
    ensure(length > 0 && length < REQUEST_MAX);
    ensure(send(peer->socket, request, (size_t)length, MSG_NOSIGNAL) == length);
    peer->due_ns = due_ns;
    peer->received = 0;
    peer->is_busy = true;
}

/* A checkout's answer comes in one piece on loopback but for the largest; its end is counted off.
 */
static bool answer_is_whole(const char *bytes, size_t size)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    const char *length = memmem(bytes, size, "Content-Length: ", 16);
    if (end == NULL || length == NULL)
        return false;
    return size >= (size_t)(end - bytes) + 4 + strtoul(length + 16, NULL, 10);
}

static void receive(struct peer *peer)
{
    ssize_t size = recv(peer->socket, load.response + peer->received,
                        sizeof load.response - 1 - peer->received, 0);
    ensure(size > 0);
    size_t there = peer->received + (size_t)size;
    load.response[there] = '\0';
    if (!answer_is_whole(load.response, there)) {
        /* One shared buffer: an answer in two pieces keeps the thread on this peer. */
        peer->received = (uint32_t)there;
        receive(peer);
        return;
    }
    if (strncmp(load.response, "HTTP/1.1 201", 12) != 0 && load.refused++ == 0)
        (void)fprintf(stderr, "first refusal: %.300s\n", load.response);
    uint64_t latency_ns = clock_monotonic_ns() - peer->due_ns;
    uint64_t bucket = latency_ns / 10000;
    load.latencies[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    if (latency_ns > load.slowest_ns)
        load.slowest_ns = latency_ns;
    load.done++;
    peer->is_busy = false;
}

static double percentile_ms(double share)
{
    uint64_t wanted = (uint64_t)((double)load.done * share);
    uint64_t seen = 0;
    uint32_t bucket = 0;
    while (bucket < BUCKETS - 1 && (seen += load.latencies[bucket]) <= wanted)
        bucket++;
    return (double)bucket / 100.0;
}

/* Sends what is due on idle connections; returns how many are busy. */
static uint32_t send_due(uint64_t now_ns, uint64_t started_ns, double rate, uint64_t *sent)
{
    static uint32_t turn;
    uint32_t busy = 0;
    for (uint32_t i = 0; i < load.peer_count; i++) {
        struct peer *peer = &load.peers[(turn + i) % load.peer_count];
        uint64_t due_ns = rate > 0 ? started_ns + (uint64_t)((double)*sent * 1e9 / rate) : now_ns;
        if (!peer->is_busy && due_ns <= now_ns && load.cart_next < load.cart_count) {
            send_checkout(peer, due_ns);
            (*sent)++;
        }
        busy += peer->is_busy;
    }
    turn++;
    return busy;
}

static double run(double seconds, double rate)
{
    struct epoll_event events[256];
    uint64_t started_ns = clock_monotonic_ns();
    uint64_t end_ns = started_ns + (uint64_t)(seconds * 1e9);
    uint64_t sent = 0;
    uint64_t now_ns = started_ns;
    (void)send_due(now_ns, started_ns, rate, &sent);
    while (now_ns < end_ns && load.done < load.cart_count) {
        int count = epoll_wait(load.epoll, events, (int)countof(events), rate > 0 ? 1 : 100);
        now_ns = clock_monotonic_ns();
        for (int i = 0; i < count; i++) {
            struct peer *peer = events[i].data.ptr;
            receive(peer);
            if (rate <= 0 && load.cart_next < load.cart_count && now_ns < end_ns) {
                send_checkout(peer, now_ns);
                sent++;
            }
        }
        if (rate > 0)
            (void)send_due(now_ns, started_ns, rate, &sent);
    }
    return (double)(now_ns - started_ns) / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        (void)fprintf(stderr, "usage: bench_load PORT CARTS CONNECTIONS SECONDS [RATE]\n");
        return 2;
    }
    uint16_t port = (uint16_t)strtoul(argv[1], NULL, 10);
    read_carts(argv[2]);
    load.epoll = epoll_create1(0);
    load.peer_count = (uint32_t)strtoul(argv[3], NULL, 10);
    load.peers = memory_alloc_zeroed(load.peer_count, sizeof *load.peers);
    for (uint32_t i = 0; i < load.peer_count; i++)
        connect_peer(&load.peers[i], port);
    uint64_t cpu_ns = clock_thread_cpu_ns();
    double seconds = run(strtod(argv[4], NULL), argc > 5 ? strtod(argv[5], NULL) : 0);
    cpu_ns = clock_thread_cpu_ns() - cpu_ns;
    printf("%.0f checkouts/s over HTTP for %.1f s (%lu, %lu refused), p50 %.2f ms, p99 %.2f ms, "
           "max %.1f ms; "
           "the load itself %.1f us each\n",
           (double)load.done / seconds, seconds, (unsigned long)load.done,
           (unsigned long)load.refused, percentile_ms(0.5), percentile_ms(0.99),
           (double)load.slowest_ns / 1e6, (double)cpu_ns / 1000.0 / (double)load.done);
    return load.refused == 0 ? 0 : 1;
}
