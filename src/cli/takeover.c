#include "cli/takeover.h"

#include "base/log.h"
#include "base/text.h"
#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { INHERITED_FIRST_FD = 3, ANSWER_WAIT_S = 5, QUEUE_OF_SUCCESSORS = 4, NUMBER_SIZE = 24 };

enum {
    MESSAGE_SOCKET = 's', /* a descriptor comes with it */
    MESSAGE_END = 'e',
    MESSAGE_TAKEN = 't'
};

static void close_sockets(struct takeover_sockets *sockets)
{
    while (sockets->count > 0)
        (void)close(sockets->fds[--sockets->count]);
}

/* ---- inherited ---- */

static uint64_t number_of(const char *name)
{
    const char *value = getenv(name);
    uint64_t number;
    return value != NULL && text_to_u64(text_of(value), &number) ? number : 0;
}

bool takeover_inherit(struct takeover_sockets *sockets_out)
{
    /* LISTEN_PID keeps a child of the one that was meant from taking them for its own. */
    uint64_t count = number_of("LISTEN_PID") == (uint64_t)getpid() ? number_of("LISTEN_FDS") : 0;
    sockets_out->count = 0;
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    if (count > TAKEOVER_SOCKETS_MAX) {
        log_error("cannot listen", "sockets=passed reason=\"more than %d\"", TAKEOVER_SOCKETS_MAX);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        int fd = INHERITED_FIRST_FD + (int)i;
        if (!listen_is_listener(fd)) {
            log_error("cannot listen",
                      "sockets=passed reason=\"descriptor %d does not listen on "
                      "TCP\"",
                      fd);
            return false;
        }
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        sockets_out->fds[sockets_out->count++] = fd;
    }
    return true;
}

/* ---- passed to ourselves ---- */

bool takeover_keep(const struct server *server, struct takeover_sockets *sockets_out)
{
    int fds[TAKEOVER_SOCKETS_MAX];
    uint32_t count = server_listeners(server, fds, TAKEOVER_SOCKETS_MAX);
    sockets_out->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        /* Above where they have to be in the end. */
        int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, INHERITED_FIRST_FD + (int)count);
        if (fd < 0)
            break;
        sockets_out->fds[sockets_out->count++] = fd;
    }
    if (count > 0 && sockets_out->count == count)
        return true;
    log_error("sockets cannot be kept", "count=%u reason=\"%s\"", count, strerror(errno));
    close_sockets(sockets_out);
    return false;
}

static bool tell_environment(uint32_t count)
{
    char number[NUMBER_SIZE];
    (void)snprintf(number, sizeof(number), "%ld", (long)getpid());
    if (setenv("LISTEN_PID", number, 1) != 0)
        return false;
    (void)snprintf(number, sizeof(number), "%u", count);
    return setenv("LISTEN_FDS", number, 1) == 0;
}

void takeover_start_anew(const struct takeover_sockets *sockets, char *const *arguments)
{
    bool is_ready = tell_environment(sockets->count);
    for (uint32_t i = 0; i < sockets->count && is_ready; i++)
        is_ready = dup2(sockets->fds[i], INHERITED_FIRST_FD + (int)i) >= 0;
    if (is_ready)
        (void)execv("/proc/self/exe", arguments);
    log_error("cannot begin anew", "reason=\"%s\"", strerror(errno));
}

/* ---- messages of one byte, each with a descriptor or none ---- */

union descriptor_space {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr aligned;
};

static bool send_message(int channel, char kind, int fd)
{
    struct iovec part = {&kind, 1};
    union descriptor_space space = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = space.bytes;
        message.msg_controllen = sizeof(space.bytes);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    }
    return sendmsg(channel, &message, MSG_NOSIGNAL) == 1;
}

/* The byte, or 0 when none came in time. *fd_out is -1 without a descriptor. */
static char receive_message(int channel, int *fd_out)
{
    char kind = 0;
    struct iovec part = {&kind, 1};
    union descriptor_space space = {0};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof(space.bytes)};
    *fd_out = -1;
    if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1)
        return 0;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(fd_out, CMSG_DATA(header), sizeof(*fd_out));
    return kind;
}

static bool name_socket(const char *folder, struct sockaddr_un *address_out)
{
    *address_out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length =
        snprintf(address_out->sun_path, sizeof(address_out->sun_path), "%s/takeover.sock", folder);
    return length > 0 && (size_t)length < sizeof(address_out->sun_path);
}

/* Messages keep their bounds, and neither side waits for ever for the other. */
static int open_channel(void)
{
    return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

static void limit_waiting(int channel)
{
    const struct timeval limit = {.tv_sec = ANSWER_WAIT_S};
    (void)setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void)setsockopt(channel, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* ---- the successor ---- */

static bool receive_sockets(int channel, struct takeover_sockets *sockets_out)
{
    for (;;) {
        int fd;
        char kind = receive_message(channel, &fd);
        if (kind == MESSAGE_END && fd < 0)
            return sockets_out->count > 0 && send_message(channel, MESSAGE_TAKEN, -1);
        bool is_good = kind == MESSAGE_SOCKET && fd >= 0 && listen_is_listener(fd) &&
                       sockets_out->count < TAKEOVER_SOCKETS_MAX;
        if (is_good) {
            sockets_out->fds[sockets_out->count++] = fd;
            continue;
        }
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
}

bool takeover_ask(const char *folder, struct takeover_sockets *sockets_out)
{
    struct sockaddr_un address;
    sockets_out->count = 0;
    if (!name_socket(folder, &address))
        return true;
    int channel = open_channel();
    if (channel < 0 || connect(channel, (struct sockaddr *)&address, sizeof(address)) != 0) {
        if (channel >= 0)
            (void)close(channel);
        return true; /* nobody runs, or nobody who offers anything */
    }
    limit_waiting(channel);
    bool is_taken = receive_sockets(channel, sockets_out);
    (void)close(channel);
    if (is_taken)
        log_info("taking over", "sockets=%u", sockets_out->count);
    else
        log_error("not taken over", "reason=\"the running shopd passed no sockets\"");
    if (!is_taken)
        close_sockets(sockets_out);
    return is_taken;
}

/* ---- the predecessor ---- */

void takeover_offer_open(struct takeover_offer *offer, const char *folder)
{
    struct sockaddr_un address;
    offer->fd = -1;
    offer->path[0] = '\0';
    if (!name_socket(folder, &address)) {
        log_warning("no successor can take over", "reason=\"the folder's name is too long\"");
        return;
    }
    (void)unlink(address.sun_path); /* of one that was killed: the folder is ours */
    int fd = open_channel();
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(fd, QUEUE_OF_SUCCESSORS) == 0) {
        offer->fd = fd;
        memcpy(offer->path, address.sun_path, sizeof(offer->path));
        return;
    }
    log_warning("no successor can take over", "reason=\"%s\"", strerror(errno));
    if (fd >= 0)
        (void)close(fd);
}

/* Who may take our sockets may as well read our memory: the same user, or root. */
static bool may_take(int channel)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    return getsockopt(channel, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static bool pass_sockets(int channel, const struct server *server)
{
    int fds[TAKEOVER_SOCKETS_MAX];
    uint32_t count = server_listeners(server, fds, TAKEOVER_SOCKETS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (!send_message(channel, MESSAGE_SOCKET, fds[i]))
            return false;
    }
    int none;
    return count > 0 && send_message(channel, MESSAGE_END, -1) &&
           receive_message(channel, &none) == MESSAGE_TAKEN;
}

bool takeover_offer_answer(const struct takeover_offer *offer, const struct server *server)
{
    int channel = accept4(offer->fd, NULL, NULL, SOCK_CLOEXEC);
    if (channel < 0)
        return false;
    limit_waiting(channel);
    bool is_allowed = may_take(channel);
    bool is_taken = is_allowed && pass_sockets(channel, server);
    (void)close(channel);
    if (!is_taken)
        log_warning("not taken over", "reason=\"%s\"",
                    is_allowed ? "the successor has gone" : "it is of another user");
    return is_taken;
}

void takeover_offer_close(struct takeover_offer *offer)
{
    if (offer->fd < 0)
        return;
    (void)unlink(offer->path);
    (void)close(offer->fd);
    offer->fd = -1;
}
