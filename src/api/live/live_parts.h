/* live_parts.h - the inside of live.h, shared by the live*.c files and by nobody else. */
#ifndef API_LIVE_PARTS_H
#define API_LIVE_PARTS_H

#include "api/call.h"
#include "api/live/live.h"
#include "base/map.h"
#include "net/stream.h"

enum { LIVE_LOOPS_MAX = 256, LIVE_PIECE_BYTES = 64 * 1024 };

struct live_stream {
    struct stream_owner owner; /* first */
    struct live *live;
    struct live_stream *next; /* of the same order, or the next operator's */
    struct live_stream *previous;
    uint64_t order; /* 0 = an operator's: every order */
    uint64_t seen;  /* steps of the order and its parcels; or the last event */
    uint32_t loop_index;
    bool is_fetching; /* something is out for it: it stays until that is back */
    bool is_behind;   /* more has happened meanwhile */
};

struct live_loop {
    struct map orders; /* number -> the first stream */
    struct live_stream *operators;
    uint32_t count; /* atomic */
};

struct live {
    struct live_options options;
    struct server *server;
    uint32_t count; /* atomic */
    struct live_loop loops[LIVE_LOOPS_MAX];
};

/* live_frames.c: appends a frame for operators; nothing for events that are none of theirs. */
bool live_write_event(const struct live *live, const struct event *event, struct buffer *out,
                      uint64_t *order_out);
/* The steps of an order, and what carriers said of its parcels, behind the first `seen`; returns
 * how many there are. */
uint64_t live_write_steps(const struct live *live, const struct order *order, uint64_t seen,
                          struct arena *arena, struct buffer *out);

/* live.c, on the loop's thread: there is news for the stream. */
void live_fetch(struct live_stream *stream);
/* Frames for it; false when it is gone. */
bool live_send(struct live_stream *stream, struct text frames);
void live_add(struct live_stream *stream);

#endif
