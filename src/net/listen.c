#include "net/listen.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT_TEXT_SIZE = 8 };

/* ---- opened here ---- */

static int socket_set(int fd, int level, int option)
{
    int on = 1;
    return setsockopt(fd, level, option, &on, sizeof(on));
}

/* Each loop has a socket of its own on the same port; the kernel spreads connections over them. */
static int listen_on(const struct addrinfo *address, uint32_t backlog)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* TCP_NODELAY is inherited by the connections. */
    if (socket_set(fd, SOL_SOCKET, SO_REUSEADDR) == 0 &&
        socket_set(fd, SOL_SOCKET, SO_REUSEPORT) == 0 &&
        socket_set(fd, IPPROTO_TCP, TCP_NODELAY) == 0 &&
        bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, (int)backlog) == 0)
        return fd;
    int error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}

/* SO_REUSEPORT would let a second server of the same user share the port and take half of our
 * connections: without it, binding fails where anybody listens. */
static bool somebody_listens(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false; /* listen_on() will say why */
    bool is_taken = socket_set(fd, SOL_SOCKET, SO_REUSEADDR) == 0 &&
                    bind(fd, address->ai_addr, address->ai_addrlen) != 0 && errno == EADDRINUSE;
    (void)close(fd);
    return is_taken;
}

static int listen_alone(const struct addrinfo *address, uint32_t backlog)
{
    if (!somebody_listens(address))
        return listen_on(address, backlog);
    errno = EADDRINUSE;
    return -1;
}

static bool read_back_port(int fd, uint16_t *port_out)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } from = {.v6 = {0}};
    socklen_t length = sizeof(from);
    if (getsockname(fd, &from.any, &length) != 0)
        return false;
    *port_out = ntohs(from.any.sa_family == AF_INET6 ? from.v6.sin6_port : from.v4.sin_port);
    return true;
}

/* Where port 0 was asked for, the others must follow to the port that the first got. */
static void set_port(struct addrinfo *address, uint16_t port)
{
    if (address->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address->ai_addr)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)(void *)address->ai_addr)->sin_port = htons(port);
}

static struct addrinfo *resolve(const struct listen_options *options)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *address = NULL;
    char port[PORT_TEXT_SIZE];
    (void)snprintf(port, sizeof(port), "%u", (unsigned)options->port);
    int result = getaddrinfo(options->address, port, &hints, &address);
    if (result == 0)
        return address;
    log_error("cannot listen", "address=%s reason=\"%s\"", options->address, gai_strerror(result));
    return NULL;
}

static void close_all(const int *fds, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        (void)close(fds[i]);
}

static bool open_fresh(const struct listen_options *options, uint32_t count, int *fds_out,
                       uint16_t *port_out)
{
    struct addrinfo *address = resolve(options);
    uint32_t opened = 0;
    if (address == NULL)
        return false;
    while (opened < count) {
        int fd = opened == 0 ? listen_alone(address, options->backlog)
                             : listen_on(address, options->backlog);
        if (fd < 0)
            break;
        fds_out[opened++] = fd;
        if (opened > 1)
            continue;
        if (!read_back_port(fd, port_out))
            break;
        set_port(address, *port_out);
    }
    freeaddrinfo(address);
    if (opened == count)
        return true;
    log_error("cannot listen", "address=%s port=%u reason=\"%s\"", options->address,
              (unsigned)options->port, strerror(errno));
    close_all(fds_out, opened);
    return false;
}

/* ---- passed ---- */

bool listen_is_listener(int fd)
{
    int is_listening = 0;
    int domain = 0;
    socklen_t size = sizeof(int);
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && is_listening != 0 &&
           (domain == AF_INET || domain == AF_INET6);
}

/* As listen_on() would have left it. Listening again only changes the length of the queue. */
static bool adopt(int fd, uint32_t backlog)
{
    if (!listen_is_listener(fd)) {
        errno = ENOTSOCK;
        return false;
    }
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && socket_set(fd, IPPROTO_TCP, TCP_NODELAY) == 0 &&
           listen(fd, (int)backlog) == 0;
}

static bool adopt_all(const struct listen_options *options, uint32_t count, int *fds_out,
                      uint16_t *port_out)
{
    uint32_t passed_count = options->passed_count;
    uint32_t filled = passed_count;
    ensure(count >= passed_count);
    bool is_good = true;
    for (uint32_t i = 0; i < passed_count; i++) {
        fds_out[i] = options->passed[i];
        is_good = is_good && adopt(fds_out[i], options->backlog);
    }
    is_good = is_good && read_back_port(fds_out[0], port_out);
    while (is_good && filled < count) {
        int fd = fcntl(fds_out[filled % passed_count], F_DUPFD_CLOEXEC, 0);
        is_good = fd >= 0;
        if (is_good)
            fds_out[filled++] = fd;
    }
    if (is_good)
        return true;
    log_error("cannot listen", "sockets=passed reason=\"%s\"", strerror(errno));
    close_all(fds_out, filled);
    return false;
}

bool listen_open(const struct listen_options *options, uint32_t count, int *fds_out,
                 uint16_t *port_out)
{
    ensure(count > 0);
    ensure(options->backlog > 0);
    return options->passed_count > 0 ? adopt_all(options, count, fds_out, port_out)
                                     : open_fresh(options, count, fds_out, port_out);
}
