#include "net/accept.h"

#include "base/address.h"
#include "base/log.h"
#include "base/memory.h"
#include "net/connection.h"
#include "net/share.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS_PER_WAKE_MAX = 64, ACCEPT_PAUSE_MS = 100, ACCEPT_LOG_INTERVAL_MS = 10000 };

struct arrival {
    struct arrival *next;
    int fd;
    struct address peer;
};

/* In the place of the newest arrival: the loop takes no more. */
static struct arrival no_more;

static void on_acceptable(uv_poll_t *poll, int status, int events);

static void on_timer(uv_timer_t *timer)
{
    struct loop *loop = timer->loop->data;
    if (loop->acceptor.fd >= 0)
        (void)uv_poll_start(&loop->acceptor.listener, UV_READABLE, on_acceptable);
}

/* Out of descriptors or memory: the queue stays readable, so asking again at once would only burn
 * the processor. Others that close meanwhile make room. */
static void pause_accepting(struct loop *loop, int error)
{
    struct acceptor *acceptor = &loop->acceptor;
    uint64_t now_ms = uv_now(&loop->uv);
    (void)uv_poll_stop(&acceptor->listener);
    (void)uv_timer_start(&acceptor->timer, on_timer, ACCEPT_PAUSE_MS, 0);
    if (acceptor->logged_ms == 0 || now_ms - acceptor->logged_ms >= ACCEPT_LOG_INTERVAL_MS) {
        acceptor->logged_ms = now_ms;
        log_warning("cannot accept", "reason=\"%s\" open=%u", strerror(error),
                    loop->connection_count);
    }
}

static uint32_t count_of(const struct loop *loop)
{
    return atomic_load_explicit(&loop->acceptor.connection_count, memory_order_relaxed);
}

/* The loop with the fewest connections; `loop` itself where no other has fewer. */
static struct loop *find_fewest(struct loop *loop)
{
    struct loop *fewest = loop;
    for (uint32_t i = 0; i < loop->options->loops; i++) {
        struct loop *other = &loop->all[i];
        if (count_of(other) < count_of(fewest))
            fewest = other;
    }
    return fewest;
}

/* False: the other takes no more. */
static bool pass_on(struct loop *other, struct arrival *arrival)
{
    struct arrival *newest = atomic_load_explicit(&other->acceptor.arrivals, memory_order_relaxed);
    do {
        if (newest == &no_more)
            return false;
        arrival->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&other->acceptor.arrivals, &newest, arrival,
                                                    memory_order_release, memory_order_relaxed));
    if (newest == NULL)
        ensure(uv_async_send(&other->wake) == 0);
    return true;
}

static void count_opened(struct loop *loop)
{
    atomic_fetch_add_explicit(&loop->acceptor.connection_count, 1, memory_order_relaxed);
}

static void give(struct loop *loop, int fd, const struct address *peer)
{
    struct loop *other = loop->is_draining ? loop : find_fewest(loop);
    if (other != loop) {
        struct arrival *arrival = memory_alloc(sizeof(*arrival));
        *arrival = (struct arrival){.fd = fd, .peer = *peer};
        count_opened(other);
        if (pass_on(other, arrival))
            return;
        atomic_fetch_sub_explicit(&other->acceptor.connection_count, 1, memory_order_relaxed);
        memory_free(arrival);
    }
    count_opened(loop);
    connection_open(loop, fd, peer);
}

static void admit(struct loop *loop, int fd, const struct address *peer)
{
    uint32_t others = atomic_fetch_add_explicit(loop->server_connections, 1, memory_order_relaxed);
    if (others < loop->options->connections_max) {
        give(loop, fd, peer);
        return;
    }
    atomic_fetch_sub_explicit(loop->server_connections, 1, memory_order_relaxed);
    loop_count(&loop->counters.refused_total, 1);
    (void)close(fd);
}

/* At most ACCEPTS_PER_WAKE_MAX. False: nobody else waits, or can be taken now. */
static bool accept_some(struct loop *loop)
{
    for (int i = 0; i < ACCEPTS_PER_WAKE_MAX; i++) {
        struct sockaddr_storage from;
        socklen_t from_size = sizeof(from);
        struct sockaddr *socket = (struct sockaddr *)&from;
        int fd = accept4(loop->acceptor.fd, socket, &from_size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            struct address peer = {{0}};
            if (!address_of_socket(socket, &peer))
                peer = (struct address){{0}};
            admit(loop, fd, &peer);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            pause_accepting(loop, errno);
        if (errno != EINTR && errno != ECONNABORTED)
            return false;
    }
    return true;
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    share_after_sleep(poll->loop->data);
    (void)accept_some(poll->loop->data);
}

void accept_open(struct loop *loop, int fd)
{
    struct acceptor *acceptor = &loop->acceptor;
    acceptor->fd = fd;
    ensure(uv_poll_init(&loop->uv, &acceptor->listener, fd) == 0);
    ensure(uv_poll_start(&acceptor->listener, UV_READABLE, on_acceptable) == 0);
    ensure(uv_timer_init(&loop->uv, &acceptor->timer) == 0);
}

/* Puts `then` in the place of what has arrived, and opens that. */
static void take_arrivals(struct loop *loop, struct arrival *then)
{
    struct arrival *arrival =
        atomic_exchange_explicit(&loop->acceptor.arrivals, then, memory_order_acquire);
    while (arrival != NULL && arrival != &no_more) {
        struct arrival *next = arrival->next;
        connection_open(loop, arrival->fd, &arrival->peer);
        memory_free(arrival);
        arrival = next;
    }
}

void accept_take_arrivals(struct loop *loop)
{
    if (!loop->is_draining)
        take_arrivals(loop, NULL);
}

void accept_end(struct loop *loop)
{
    struct acceptor *acceptor = &loop->acceptor;
    ensure(loop->is_draining);
    take_arrivals(loop, &no_more);
    while (accept_some(loop)) {
        /* Whoever is not taken now is cut off. */
    }
    (void)uv_poll_stop(&acceptor->listener);
    (void)close(acceptor->fd);
    acceptor->fd = -1;
}

void accept_count_closed(struct loop *loop)
{
    atomic_fetch_sub_explicit(&loop->acceptor.connection_count, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(loop->server_connections, 1, memory_order_relaxed);
}

void accept_close(struct loop *loop)
{
    struct arrival *none = atomic_load_explicit(&loop->acceptor.arrivals, memory_order_relaxed);
    ensure(none == NULL || none == &no_more);
    if (loop->acceptor.fd >= 0)
        (void)close(loop->acceptor.fd);
}
