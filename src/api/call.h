/*
 * call.h - one request on its way through the api: what handlers know of it and how they answer it.
 *
 *   handler -> call_submit(command) -> ... executor ... -> next() on the loop -> call_reply()
 *   handler -> call_load(read)      -> ... loader ...   -> next() on the loop -> call_reply()
 *   handler -> call_search(request) -> at once or later -> next() on the loop -> call_reply()
 *
 * A struct call lives on its request's arena and belongs to whoever the request belongs to.
 * Handlers and next() run within view_read_begin()/view_read_end(), so product blocks they look at
 * stay whole.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/access.h"
#include "api/cursor.h"
#include "api/input/field_errors.h"
#include "api/input/json_in.h"
#include "api/input/query_in.h"
#include "api/problem.h"
#include "api/public_id.h"
#include "api/routes.h"
#include "app/executor.h"
#include "base/json_out.h"
#include "net/server.h"
#include "search/backend.h"
#include "search/view.h"
#include "shop/command/commands.h"
#include "store/store.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { CALL_HEADERS_MAX = 600, REQUEST_ID_MAX = 64, LIMIT_DEFAULT = 20, LIMIT_MAX = 100 };

struct call {
    struct request *request;
    struct arena *arena; /* the request's */
    struct executor *executor;
    struct store *store;
    const struct view *view;
    struct search_backend *search;
    const struct server *server; /* may be NULL */
    const uint8_t *secret;
    uint64_t epoch;
    uint64_t *cart_counter; /* atomic */
    struct text request_id;
    struct text parameters[ROUTE_PARAMETERS_MAX];
    struct access access;
    struct field_errors errors;
    void *state; /* the handler's */
    /* The step that is out. */
    struct command *command;
    struct loader_task task;
    struct err (*read)(struct call *call, struct store_reader *reader);
    struct err read_err; /* of read() or of the search */
    pthread_t asked_on; /* the thread that asked the search */
    void (*next)(struct call *call);
    void (*refused)(struct call *call, struct err err); /* NULL = call_refuse() */
    uint32_t headers_length;
    char headers[CALL_HEADERS_MAX]; /* complete lines, NUL-terminated */
};

/* Arena memory for a command or state of the handler's own, zeroed. */
#define CALL_NEW(call, type) ((type *)arena_alloc((call)->arena, sizeof(type)))

/* The command comes back to next(), or its error to call->refused. */
void call_submit(struct call *call, struct command *command, const struct command_ops *ops,
                 void (*next)(struct call *call));
/* read() runs on a loader thread; an error of it is answered, else next() goes on. */
void call_load(struct call *call,
               struct err (*read)(struct call *call, struct store_reader *reader),
               void (*next)(struct call *call));

/* The search's answer comes to next(): at once, or later when a cluster has to be asked; an error of
 * it is answered. */
void call_search(struct call *call, struct search_request *request,
                 void (*next)(struct call *call));
void call_suggest(struct call *call, struct search_suggest_request *request,
                  void (*next)(struct call *call));

/* Name and value must be free of line ends. */
void call_header(struct call *call, const char *name, struct text value);
/* Answers with what the handler wrote into request->reply. */
void call_reply(struct call *call, int status);
void call_reply_as(struct call *call, int status, const char *content_type);

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
