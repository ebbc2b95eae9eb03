/*
 * live.h - server-sent events: the life of one order for its owner, and every order's for
 * operators.
 *
 *   follower ──► block of frames, one task per loop that has streams ──► streams of that loop
 *                                                                         │ an order that is
 * watched: executor ◄── order_view ◄─────────────────────────────────────────────┘ its new steps
 * are fetched
 *
 * A frame's id is where a client goes on with Last-Event-ID: the number of steps seen of an order
 * and its parcels, the event's number for operators. What an operator has missed is read from the
 * store, a piece at a time. A stream is some 600 bytes here and in net/; one whose peer does not
 * read is cut, and comes back.
 *
 * Streams belong to their loop's thread; the follower and the executor only post to it.
 */
#ifndef API_LIVE_H
#define API_LIVE_H

#include "app/executor.h"
#include "app/follow/follower.h"
#include "base/hash.h"
#include "net/server.h"

struct live;

struct live_options {
    struct executor *executor;
    uint8_t secret[HASH_SECRET_SIZE];
    struct feed *feed;
    uint32_t streams_max; /* over it: 503 */
};

struct live *live_open(const struct live_options *options) MUST_USE;
/* After the follower has stopped and the server is closed. */
void live_close(struct live *live);
/* Before server_start(). */
void live_attach_server(struct live *live, struct server *server);
/* Any thread. */
uint32_t live_stream_count(const struct live *live);

/* For follower_open(); the context is the struct live. It has no position to keep: clients have. */
extern const struct follower_ops live_follower_ops;

#endif
