/*
 * connection.h - one TCP connection: requests in, responses out, in order.
 *
 *   IDLE --bytes--> READING --last byte--> OUT --request_reply()--> WRITING --all taken--> IDLE
 *                      |                                                |
 *                      +------------- refused: WRITING, LINGERING ------+---> CLOSING
 *
 * While a request is out nothing more is parsed: bytes that come go to the exchange's backlog and
 * reading stops. Only the loop's thread comes here.
 */
#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include "net/loop.h"
#include "net/stream.h"

/* An idle connection is this struct and nothing else. */
struct connection {
    uv_tcp_t tcp; /* tcp.data: the next in the loop's list of free ones */
    struct deadline deadline;
    struct exchange *exchange; /* NULL while idle */
    struct stream *stream;     /* NULL = it is none */
    struct address peer;
    uint8_t phase;      /* enum connection_phase */
    bool is_processing; /* connection_process() is on the stack and goes on by itself */
    bool is_reading_stopped;
    bool is_at_eof; /* the peer sends no more, but may read */
};

_Static_assert(sizeof(struct connection) <= 320, "an idle connection stays small");

/* Takes over the connected, non-blocking `fd`. */
void connection_open(struct loop *loop, int fd, const struct address *peer);
/* Sends the response of a request that was out. */
void connection_answer(struct exchange *exchange, struct response response);
void connection_expired(struct connection *connection, enum connection_phase phase);
/* With a reset the kernel forgets at once what the peer has not read. */
void connection_close(struct connection *connection, bool with_reset);
/* When it is a stream: whoever listens comes back elsewhere. */
void connection_close_if_stream(struct connection *connection);
/* When it waits for a request and none has arrived. */
void connection_close_if_idle(struct connection *connection);

/* The request that is out becomes a stream: its exchange goes back to the pool. NULL when the peer
 * has gone. */
struct connection *connection_become_stream(struct exchange *exchange) MUST_USE;
/* Until its next comment is due. */
void connection_watch_stream(struct connection *connection);
/* stream.c: a comment is due; the connection closes; it has closed. */
void stream_comment(struct stream *stream);
void stream_closing(struct stream *stream);
void stream_free(struct stream *stream);

static inline struct connection *connection_of(struct deadline *deadline)
{
    return (struct connection *)(void *)((char *)deadline - offsetof(struct connection, deadline));
}

#endif
