/*
 * accept.h - connections from a loop's listener, each given to the loop that has the fewest.
 *
 * The kernel spreads connections over the listeners of one port by a hash of their addresses and
 * ports: of 64 it gives 38 or more to one of two loops in every sixth case, and that loop is at its
 * limit while the other waits. So whoever accepts passes a connection on when another loop has
 * fewer. Counts are read without a lock: where two accept at once they may be off by one.
 */
#ifndef NET_ACCEPT_H
#define NET_ACCEPT_H

#include "base/check.h"

#include <stdatomic.h>
#include <stdint.h>
#include <uv.h>

struct arrival;
struct loop;

struct acceptor {
    uv_poll_t listener;
    uv_timer_t timer; /* accepting again after the process ran out of descriptors */
    int fd;           /* -1 = closed */
    uint64_t logged_ms;
    struct arrival *_Atomic arrivals;  /* from other loops, newest first */
    _Atomic uint32_t connection_count; /* of its loop, and on their way to it */
};

/* Takes over the listening socket `fd`. */
void accept_open(struct loop *loop, int fd);
/* On the loop's thread, after it was woken: opens what other loops passed. */
void accept_take_arrivals(struct loop *loop);
/* On the loop's thread: closes the listener. Who waits there, or is on the way from another loop,
 * is this loop's; from now on nobody passes anything on to it. */
void accept_end(struct loop *loop);
/* A connection of this loop has gone. */
void accept_count_closed(struct loop *loop);
/* Of a loop that does not run any more. */
void accept_close(struct loop *loop);

#endif
