/*
 * stream.h - a response that goes on: server-sent events.
 *
 *   stream = stream_begin(request, "text/event-stream", headers, owner)
 *   stream_send(stream, bytes) ...                 as often as there is something to say
 *   owner->closed(owner)                           once, when the peer has gone or cannot keep up
 *
 * The head has no length: the body ends with the connection. The request's memory goes back at
 * once, so a stream costs its connection and what the peer has not taken yet, STREAM_BACKLOG_MAX
 * bytes at most. An event loop sends a comment now and then, so that a peer that has gone is
 * noticed and proxies keep the connection. Everything runs on the loop's thread.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "net/server.h"

struct stream;

enum { STREAM_BACKLOG_MAX = 256 * 1024, STREAM_COMMENT_MS = 15000 };

/* Embedded in what the user of the stream has. */
struct stream_owner {
    /* The stream is no more; not called from within stream_end(). */
    void (*closed)(struct stream_owner *owner);
    struct stream *stream;
};

/* In place of request_reply(); `headers` is complete lines or "". False when the peer has gone
 * already: there is no stream then, and closed() is not called. */
bool stream_begin(struct request *request, const char *content_type, const char *headers,
                  struct stream_owner *owner) MUST_USE;
/* False when the peer cannot keep up: the stream ends, and closed() was called. */
bool stream_send(struct stream *stream, struct text bytes);
/* Says no more: what was sent still goes out. */
void stream_end(struct stream *stream);

#endif
