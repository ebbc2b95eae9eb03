/*
 * server.h - HTTP/1.1 (RFC 9112) on libuv and http-parser: one event loop per thread, each with its
 * own SO_REUSEPORT listener. Connections are shared out evenly (accept.h).
 *
 * The handler runs on the loop's thread and must never block. It answers at once with
 * request_reply(), or later: it hands the request to somebody, who calls request_resume() from any
 * thread, and the loop then calls request->resumed, which replies. A request belongs to its loop
 * again only then. What takes long, but never blocks, it gives to whichever loop has the time, with
 * request_share(). A connection that closes meanwhile is only marked; `resumed` is still called,
 * and the reply goes nowhere.
 *
 * Refused before the handler sees them: two Content-Length or Content-Length with
 * Transfer-Encoding, white space before a colon, bare LF, missing or repeated Host, header or body
 * over the limit, an upgrade. Slow senders, slow readers and idle peers are cut at absolute
 * deadlines.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "base/address.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct server;
struct request;

enum http_method_kind {
    METHOD_GET = 0,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER,
    METHOD_COUNT
};

enum { REQUEST_HEADERS_MAX = 64 };

struct request_header {
    struct text name; /* as sent */
    struct text value;
};

struct request {
    enum http_method_kind method;
    struct text path;  /* as sent, up to the '?'; not decoded */
    struct text query; /* behind the '?'; not decoded */
    struct request_header headers[REQUEST_HEADERS_MAX];
    uint32_t header_count;
    struct text body;
    struct address peer;  /* of the socket: the last proxy, where there is one */
    struct arena arena;   /* for the handler; reset after the reply, when the texts above end too */
    struct buffer reply;  /* the handler writes the body here */
    uint64_t received_ns; /* when its last byte was read */
    uint32_t loop_index;
    void (*resumed)(struct request *request); /* set before handing the request to another thread */
    void *user;                               /* the handler's */
    void *internal;                           /* the server's */
};

/* What the server refuses itself, before any handler sees it. */
struct server_refusal {
    int status;
    const char *code; /* stable, part of the API */
    const char *title;
    const char *detail;
};

struct server_options {
    const char *address; /* 127.0.0.1 */
    uint16_t port;       /* 0 = a free one */
    uint32_t loops;      /* 0 = one per processor that the process may run on */
    bool loops_pinned;   /* each stays on one of these, where there are as many as loops */
    uint32_t backlog;    /* connections that may wait to be accepted, per socket */
    /* Sockets of whoever listened before, see listen.h: taken over also when server_open() fails.
     * With them `address` and `port` do not count, and there are at least as many loops. */
    const int *listeners;
    uint32_t listener_count; /* 0 = open some */
    /* Over all loops; further ones are closed at once. Fewer where descriptors do not suffice. */
    uint32_t connections_max;
    uint32_t header_bytes_max;
    uint32_t body_bytes_max;
    uint32_t idle_timeout_ms;
    uint32_t read_timeout_ms;  /* from the first byte of a request to its last */
    uint32_t write_timeout_ms; /* for a whole response */
    uint32_t drain_idle_ms; /* while draining: how long who has sent no request may still do so */
    const char *headers;    /* complete lines for every response, also of refusals; or NULL */
    void (*handler)(void *context, struct request *request);
    /* Writes the body of a refusal and returns its content type. NULL = no body. */
    const char *(*refuse)(void *context, const struct server_refusal *refusal, struct buffer *body);
    void *context;
    void (*thread_start)(void *context); /* on each thread that calls handlers; may be NULL */
    void (*thread_stop)(void *context);
};

struct server_options server_defaults(void);

/* NULL when it cannot listen; the reason is logged. */
struct server *server_open(const struct server_options *options) MUST_USE;
uint16_t server_port(const struct server *server);
/* Starts the loop threads and returns. */
void server_start(struct server *server);
/* The sockets, to be passed to a successor; 0 when they are more than fds_max. Before
 * server_drain(). They stay the server's, which closes its own at the drain: the successor's go on,
 * and so does who waits in them. */
uint32_t server_listeners(const struct server *server, int *fds_out, uint32_t fds_max);
/* Any thread: server_is_draining() is true from now on, nothing else changes yet. */
void server_announce_drain(struct server *server);
bool server_is_draining(const struct server *server);
/* Graceful: closes the listeners, answers what is out or comes within drain_idle_ms with
 * Connection: close, waits at most timeout_ms, cuts the rest, joins the threads. */
void server_drain(struct server *server, uint32_t timeout_ms);
/* Drains at once if that was not done, and waits for the requests that somebody still holds. */
void server_close(struct server *server);

enum { SERVER_PHASES = 7 };
struct server_stats {
    uint64_t connections_open;
    uint64_t connections_total;
    uint64_t requests_total;
    uint64_t refused_total;           /* by the server itself, and connections over the limit */
    uint64_t cut_total;               /* by a deadline */
    uint64_t cpu_ns;                  /* of the loop threads */
    uint64_t in_phase[SERVER_PHASES]; /* connections, by what they wait for */
    uint64_t connection_bytes;        /* memory of connections */
    uint64_t request_bytes;           /* of requests, without what large ones take for a while */
};
/* "idle", "reading", "writing", "lingering", "streaming", "out" (with the handler), "closing". */
const char *server_phase_name(uint32_t phase);
struct server_stats server_stats(const struct server *server);

/* Case-insensitive; TEXT_NONE when absent. With several of the name: the first. */
struct text request_header(const struct request *request, struct text name);

/* Sends request->reply as the body. `headers` is complete header lines ("ETag: \"1\"\r\n") or "".
 */
void request_reply(struct request *request, int status, const char *content_type,
                   const char *headers);
/* Something to do on a loop's thread. */
struct loop_task {
    void (*run)(struct loop_task *task);
    struct loop_task *next; /* the server's */
};
uint32_t server_loop_count(const struct server *server);
/* Any thread, between server_start() and server_close(); run in the order they came. What a drained
 * loop has not run by then is run by server_close(). */
void server_post(struct server *server, uint32_t loop_index, struct loop_task *task);

/* Any thread: the loop will call request->resumed. */
void request_resume(struct request *request);
/* The handler's last word: `work` is called soon on the thread of any loop, the oldest first, as
 * the request's only owner, and ends with request_resume(), at once or later. */
void request_share(struct request *request, void (*work)(struct request *request));

#endif
