/*
 * listen.h - the sockets that a server accepts from: opened here, or passed by whoever listened
 * before.
 *
 * Opened ones share the port by SO_REUSEPORT, one for each loop, and the kernel spreads connections
 * over them. Such a socket has a queue of its own: closing it resets whoever waits there. So a
 * server that takes another's place is passed the other's sockets, not only its port, and what
 * waits in them is served.
 */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

struct listen_options {
    const char *address;
    uint16_t port;    /* 0 = a free one */
    uint32_t backlog; /* connections that may wait to be accepted; the kernel caps it (somaxconn) */
    const int *passed;     /* listening stream sockets; ours from now on, closed where this fails */
    uint32_t passed_count; /* 0 = open some; else `address` and `port` do not count */
};

/* Fills `count` sockets for as many loops, at least passed_count; where fewer were passed some are
 * the same socket again. False: none is left open, and the reason is logged. */
bool listen_open(const struct listen_options *options, uint32_t count, int *fds_out,
                 uint16_t *port_out) MUST_USE;
/* Accepts connections on TCP. */
bool listen_is_listener(int fd);

#endif
