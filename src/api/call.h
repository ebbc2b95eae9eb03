/*
 * call.h - one request on its way through the api: what handlers know of it and how they answer it.
 *
 *   handler -> call_submit(command) -> ... executor ... -> next() on the loop -> call_reply()
 *   handler -> call_load(read)      -> ... loader ...   -> next() on the loop -> call_reply()
 *   handler -> call_search(request) -> ... any loop ... -> next() -> call_reply() -> the loop
 *
 * A struct call lives on its request's arena and belongs to whoever the request belongs to.
 * Handlers and next() run within view_read_begin()/view_read_end(), so product blocks they look at
 * stay whole.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/access.h"
#include "api/api.h"
#include "api/bearer.h"
#include "api/cursor.h"
#include "api/edge/edge.h"
#include "api/etag.h"
#include "api/idempotency.h"
#include "api/input/field_errors.h"
#include "api/input/json_in.h"
#include "api/input/query_in.h"
#include "api/login_guard.h"
#include "api/metrics/traffic.h"
#include "api/password.h"
#include "api/problem.h"
#include "api/public_id.h"
#include "api/routes.h"
#include "api/signature.h"
#include "app/executor.h"
#include "app/workers.h"
#include "base/json_out.h"
#include "net/server.h"
#include "net/stream.h"
#include "search/backend.h"
#include "search/view.h"
#include "shop/command/commands.h"
#include "store/store.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* What was answered while nothing may leave yet: a write that is done once (idempotency.h), or a
 * search, on the thread of any loop. */
struct captured {
    bool is_on;
    bool is_deferred; /* it reads the store first: shown as it is then, and as it is when it comes
                         again */
    int status;
    const char *content_type;
};

struct call_rate {
    bool is_counted; /* an address or credential with a limit */
    struct rate_state state;
};

enum { CALL_HEADERS_MAX = 1400, REQUEST_ID_MAX = 64, LIMIT_DEFAULT = 20, LIMIT_MAX = 100 };

/* How accounts are kept; the same for every request. */
struct api_accounts {
    struct password_cost cost;
    uint64_t session_life_ms;
    uint64_t reset_life_ms;
    struct login_guard *guard;
    char nobodys_password[PASSWORD_HASH_SIZE]; /* compared with where there is no account */
};

struct call {
    struct request *request;
    struct arena *arena; /* the request's */
    struct executor *executor;
    struct store *store;
    const struct view *view;
    struct search_backend *search;
    const struct server *server; /* may be NULL */
    const struct api_options *options;
    const struct api_accounts *accounts;
    const uint8_t *secret;
    uint64_t epoch;
    const struct callbacks *callbacks;
    uint64_t payment_ms;         /* how long an order waits to be paid */
    uint64_t *cart_counter;      /* atomic */
    struct traffic *traffic;     /* NULL = nothing is counted */
    const struct health *health; /* NULL = nobody looks */
    struct edge *edge;           /* only its counters and buckets change */
    const struct route *route;   /* NULL = none fits the address */
    struct origin origin;        /* the request's id, and its trace's */
    struct text parameters[ROUTE_PARAMETERS_MAX];
    struct access access;
    bool takes_no_key; /* an Idempotency-Key is not looked at */
    bool is_exempt;    /* of rate limits */
    struct captured captured;
    uint32_t shown_customer; /* whose personal data the answer holds; 0 = nobody's */
    struct call_rate rates[RATE_KIND_COUNT];
    struct field_errors errors;
    void *state; /* the handler's */
    /* The step that is out. */
    struct command *command;
    uint64_t recorded_ns; /* a write was durable then; 0 = there was none */
    struct loader_task task;
    struct worker_task work_task;
    struct err (*work)(struct call *call);
    struct err (*read)(struct call *call, struct store_reader *reader);
    struct err read_err;            /* of read() or of the search */
    void (*ask)(struct call *call); /* the search */
    void *asked;                    /* its request */
    pthread_t asked_on;             /* the thread that asked */
    void (*next)(struct call *call);
    void (*refused)(struct call *call, struct err err); /* NULL = call_refuse() */
    bool has_no_tag;                                    /* another answer each time: no ETag */
    uint32_t version_length;
    char version[ETAG_VERSION_SIZE]; /* of what is shown */
    const char *cache;               /* Cache-Control: no-store unless set */
    uint32_t headers_length;
    char headers[CALL_HEADERS_MAX]; /* complete lines, NUL-terminated */
};

/* Arena memory for a command or state of the handler's own, zeroed. */
#define CALL_NEW(call, type) ((type *)arena_alloc((call)->arena, sizeof(type)))

/* The command comes back to next(), or its error to call->refused. One that changes something is
 * done once when the request has an Idempotency-Key: next() must reply then, or read from
 * the store and reply: in the one case its bytes are kept, in the other it is asked again. */
void call_submit(struct call *call, struct command *command, const struct command_ops *ops,
                 void (*next)(struct call *call));
/* The same for somebody who is known by a signature. */
void call_submit_as(struct call *call, struct command *command, const struct command_ops *ops,
                    enum actor actor, void (*next)(struct call *call));
/* read() runs on a loader thread; an error of it is answered, else next() goes on. */
void call_load(struct call *call,
               struct err (*read)(struct call *call, struct store_reader *reader),
               void (*next)(struct call *call));

/* The contact of an order that is new, without a loader. False: call_load() has to read it. */
bool call_find_contact(struct call *call, uint64_t number, struct contact *contact_out) MUST_USE;

/* The handler's last word. Any loop may ask the search, and the answer comes to next(): on that
 * loop's thread, or on the request's own when a cluster had to be asked; an error of it is
 * answered. next() replies, with nothing that only the request's own loop may look at. */
void call_search(struct call *call, struct search_request *request,
                 void (*next)(struct call *call));
void call_suggest(struct call *call, struct search_suggest_request *request,
                  void (*next)(struct call *call));
/* work() runs on a worker's thread; an error of it is answered, else next() goes on. */
void call_work(struct call *call, struct err (*work)(struct call *call),
               void (*next)(struct call *call));

/* Name and value must be free of line ends. */
void call_header(struct call *call, const char *name, struct text value);
/* "GET" */
const char *call_method_name(enum http_method_kind method);
/* "GET, HEAD": those whose bits are set. */
void call_append_methods(struct buffer *out, uint32_t methods);
void call_retry_after(struct call *call, uint32_t seconds);
/* Complete lines, each with its line end. */
void call_header_lines(struct call *call, struct text lines);
/* Answers with what the handler wrote into request->reply. */
void call_reply(struct call *call, int status);
void call_reply_as(struct call *call, int status, const char *content_type);
/* The end of it: nothing is added but what tells of this very request. */
void call_send(struct call *call, int status, const char *content_type);

/* Answers with a stream of events, and the call is over: it, and all of its memory, is gone. False
 * when the peer has gone, too. */
bool call_reply_stream(struct call *call, struct stream_owner *owner) MUST_USE;

/* Answers with a problem; what was written into request->reply is dropped. */
void call_refuse(struct call *call, struct err err);
void call_refuse_edge(struct call *call, enum edge_problem edge);
/* True, and answered with 400, when call->errors has entries. */
bool call_has_errors(struct call *call) MUST_USE;

/* The number behind path parameter `index`; refuses with `unknown` and returns false when it is
 * none. */
bool call_id(struct call *call, uint32_t index, enum public_id_type type, enum err_code unknown,
             uint64_t *number_out) MUST_USE;
/* An id in a field or parameter; a wrong one is a fault. */
bool call_read_id(struct call *call, enum public_id_type type, struct text id, struct text field,
                  uint64_t *number_out);
/* The public id as text in the arena. */
struct text call_write_id(struct call *call, enum public_id_type type, uint64_t number);

/* Opens the body, which may be absent where `is_optional`: then *has_body_out is false and reading
 * is over. False, and answered, when it is not an object. json_in_close() is due after true with a
 * body. */
bool call_body(struct call *call, bool is_optional, struct json_in *in,
               struct json_in_object *body_out, bool *has_body_out) MUST_USE;
void call_query(struct call *call, struct query_in *query);
/* `limit`, and `cursor` of the list cursor->list; false when there is no valid cursor. */
uint32_t call_limit(struct query_in *query);
bool call_cursor(struct call *call, struct query_in *query, struct cursor *cursor,
                 bool *has_cursor_out) MUST_USE;

#endif
