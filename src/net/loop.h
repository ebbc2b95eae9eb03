/*
 * loop.h - one event loop: its thread, listener, deadlines, memory pools and the list of resumed
 * requests.
 *
 * Everything here belongs to the loop's thread but `resumed`, `tasks`, `drain_request`, what
 * the acceptor says of itself, `shared` with `is_asleep`, and the counters.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/ring.h"
#include "net/accept.h"
#include "net/deadline.h"
#include "net/exchange.h"
#include "net/response.h"

#include <stdatomic.h>
#include <uv.h>

/* What a connection waits for; all but OUT and CLOSING have a deadline. */
enum connection_phase {
    CONNECTION_IDLE = 0,                   /* for a request */
    CONNECTION_READING,                    /* for the rest of a request */
    CONNECTION_WRITING,                    /* for the peer to take the response */
    CONNECTION_LINGERING,                  /* for the peer to stop sending, after a refusal */
    CONNECTION_STREAMING,                  /* for nothing: a comment is due now and then */
    CONNECTION_DEADLINES,                  /* the phases above have one */
    CONNECTION_OUT = CONNECTION_DEADLINES, /* for the handler */
    CONNECTION_CLOSING,
    CONNECTION_PHASES
};

enum { LOOP_READ_SIZE = 64 * 1024 };

struct loop_counters {
    _Atomic uint64_t connections_open;
    _Atomic uint64_t connections_total;
    _Atomic uint64_t requests_total;
    _Atomic uint64_t refused_total;
    _Atomic uint64_t cut_total;
    _Atomic uint64_t cpu_ns;
    _Atomic uint64_t in_phase[CONNECTION_PHASES]; /* connections */
    _Atomic uint64_t connection_bytes;            /* those that are free too */
};

struct loop {
    uv_loop_t uv;
    struct acceptor acceptor;
    uv_async_t wake;
    uv_prepare_t before_sleep;
    uv_check_t after_sleep;
    uv_idle_t turn;        /* active while there is shared work to do; see share.h */
    struct ring *shared;   /* of all loops: exchanges */
    atomic_bool is_asleep; /* or about to be */
    uv_timer_t deadline_timer;
    uv_timer_t drain_timer;
    uv_timer_t idle_timer; /* draining: the time for a first or a further request is over */
    const struct server_options *options;
    struct loop *all;                     /* options->loops of them, this one among them */
    _Atomic uint32_t *server_connections; /* of all loops */
    struct deadline_list deadlines[CONNECTION_DEADLINES];
    uint64_t timer_due_ms; /* UINT64_MAX = the timer is off */
    uint32_t reads_left;   /* until the loop looks for what came back */
    struct exchange_pool exchanges;
    struct loop_task *_Atomic tasks;  /* newest first; pushed by any thread */
    struct exchange *_Atomic resumed; /* newest first; pushed by any thread */
    _Atomic uint64_t drain_request;   /* 1 + timeout_ms; 0 = none */
    struct connection *free_connections;
    char *read_buffer;           /* LOOP_READ_SIZE bytes, shared by all connections */
    struct buffer spare_backlog; /* see connection_continue() */
    uint32_t connection_count;
    uint32_t out_count; /* requests with the handler */
    bool is_draining;
    bool is_cutting; /* the time for draining is over */
    uint64_t cpu_read_ms;
    uint64_t date_until_ms;
    char date[RESPONSE_DATE_SIZE];
    struct loop_counters counters;
};

/* Opens the one at `index`, which takes over `listen_fd`. All are opened before one runs.
 * `options`, `server_connections` and `shared` outlive them. */
void loop_open(struct loop *all, uint32_t index, const struct server_options *options,
               int listen_fd, _Atomic uint32_t *server_connections, struct ring *shared);
/* Runs on its own thread until it is drained. */
void loop_run(struct loop *loop);
/* Any thread. loop_run() returns once all is answered, or timeout_ms later. */
void loop_drain(struct loop *loop, uint32_t timeout_ms);
/* After loop_run() returned; waits for whoever still holds requests. */
void loop_close(struct loop *loop);

/* Any thread. */
void loop_resume(struct loop *loop, struct exchange *exchange);
/* Does an exchange's shared work; loop_take_resumed() is due soon. */
void loop_do_work(struct loop *loop, struct exchange *exchange);
/* Goes on with the requests that came back. */
void loop_take_resumed(struct loop *loop);
/* Something was read. Under load the loop reads from hundreds in one turn, and who has waited for
 * the disk need not wait for all of them: in between it takes what came back. */
void loop_has_read(struct loop *loop);
/* It does so with the end of this read, or the next one's. */
void loop_hurry(struct loop *loop);
/* Any thread. */
void loop_post(struct loop *loop, struct loop_task *task);
/* Starts the deadline of `phase`, and the timer when it is the first to be due. */
void loop_watch(struct loop *loop, struct deadline *deadline, enum connection_phase phase);
/* "Sun, 22 Nov 2026 10:00:00 GMT", made once a second. */
const char *loop_date(struct loop *loop);
/* To be called when a connection or a request has gone: stops a draining loop that has none left.
 */
void loop_check_drained(struct loop *loop);

/* The loop's thread is the only writer, so this needs no locked instruction. */
static inline void loop_count(_Atomic uint64_t *counter, int64_t change)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + (uint64_t)change, memory_order_relaxed);
}

#endif
