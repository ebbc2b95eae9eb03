#include "api/call.h"

#include "api/edge/access_log.h"
#include "api/edge/limit.h"
#include "base/clock.h"
#include "base/log.h"

#include <string.h>

static void resumed(struct request *request)
{
    struct call *call = request->user;
    if (call->command != NULL && !call->command->ops->is_read)
        call->recorded_ns = call->command->recorded_ns;
    struct err err = call->command != NULL ? call->command->err : call->read_err;
    if (err.code == ERR_NONE && call->command != NULL && call->command->once != NULL) {
        idempotency_reply(call);
        return;
    }
    if (err.code == ERR_NONE) {
        view_read_begin();
        call->next(call);
        view_read_end();
        return;
    }
    if (call->command != NULL && call->refused != NULL) {
        view_read_begin();
        call->refused(call, err);
        view_read_end();
        return;
    }
    call_refuse(call, err);
}

static void command_done(struct command *command)
{
    struct call *call = command->owner;
    request_resume(call->request);
}

static enum actor actor_of(const struct access *access)
{
    if (access->is_operator)
        return ACTOR_OPERATOR;
    return access->customer != 0 ? ACTOR_CUSTOMER : ACTOR_GUEST;
}

static struct operator operator_of(const struct access *access)
{
    return access->is_operator ? access->by : (struct operator){OPERATOR_NONE, 0};
}

void call_submit(struct call *call, struct command *command, const struct command_ops *ops,
                 void (*next)(struct call *call))
{
    call_submit_as(call, command, ops, actor_of(&call->access), next);
}

void call_submit_as(struct call *call, struct command *command, const struct command_ops *ops,
                    enum actor actor, void (*next)(struct call *call))
{
    ensure(next != NULL);
    *command = (struct command){.ops = ops,
                                .by = operator_of(&call->access),
                                .origin = call->origin,
                                .arena = call->arena,
                                .actor = actor,
                                .done = command_done,
                                .owner = call};
    call->command = command;
    call->next = next;
    call->request->resumed = resumed;
    ensure(!call->captured.is_on);
    if (!ops->is_read && ops != &command_checkout && !idempotency_attach(call, command))
        return;
    struct err err = executor_submit(call->executor, command);
    if (err.code != ERR_NONE)
        call_refuse(call, err);
}

static void run_task(struct loader_task *task, struct store_reader *reader)
{
    struct call *call = container_of(task, struct call, task);
    call->read_err = call->read(call, reader);
    request_resume(call->request);
}

void call_load(struct call *call,
               struct err (*read)(struct call *call, struct store_reader *reader),
               void (*next)(struct call *call))
{
    ensure(read != NULL);
    ensure(next != NULL);
    if (call->captured.is_on) {
        call->captured.is_deferred = true;
        return;
    }
    call->command = NULL;
    call->read = read;
    call->next = next;
    call->task.run = run_task;
    call->request->resumed = resumed;
    struct err err = executor_load(call->executor, &call->task);
    if (err.code != ERR_NONE)
        call_refuse(call, err);
}

bool call_find_contact(struct call *call, uint64_t number, struct contact *contact_out)
{
    ensure(!call->captured.is_on); /* what is kept for a repeat must not outlive an erasure */
    return store_find_contact(call->store, number, call->arena, contact_out);
}

/* On the thread that asked, the answer is made at once, and sent by the loop that has the
 * connection; one that comes later goes there first. */
static void searched(struct call *call, struct err err)
{
    call->read_err = err;
    if (pthread_equal(call->asked_on, pthread_self())) {
        call->captured.is_on = true;
        if (err.code == ERR_NONE)
            call->next(call);
        else
            call_refuse(call, err);
        call->captured.is_on = false;
        ensure(call->captured.status != 0);
    }
    request_resume(call->request);
}

static void search_done(struct search_request *request)
{
    searched(request->owner, request->err);
}

static void suggest_done(struct search_suggest_request *request)
{
    searched(request->owner, request->err);
}

static void search_resumed(struct request *request)
{
    struct call *call = request->user;
    if (call->captured.status != 0)
        call_send(call, call->captured.status, call->captured.content_type);
    else
        resumed(request);
}

/* What is found stays whole until it is rendered: one reading section for both. */
static void ask(struct request *request)
{
    struct call *call = request->user;
    call->asked_on = pthread_self();
    view_read_begin();
    call->ask(call);
    view_read_end();
}

static void share_search(struct call *call, void (*ask_search)(struct call *call), void *asked,
                         void (*next)(struct call *call))
{
    ensure(next != NULL);
    call->command = NULL;
    call->next = next;
    call->ask = ask_search;
    call->asked = asked;
    call->request->resumed = search_resumed;
    request_share(call->request, ask);
}

static void ask_search(struct call *call)
{
    search_ask(call->search, call->asked);
}

static void ask_suggest(struct call *call)
{
    search_suggest(call->search, call->asked);
}

void call_search(struct call *call, struct search_request *request, void (*next)(struct call *call))
{
    request->arena = call->arena;
    request->done = search_done;
    request->owner = call;
    share_search(call, ask_search, request, next);
}

void call_suggest(struct call *call, struct search_suggest_request *request,
                  void (*next)(struct call *call))
{
    request->arena = call->arena;
    request->done = suggest_done;
    request->owner = call;
    share_search(call, ask_suggest, request, next);
}

static void run_work(struct worker_task *task)
{
    struct call *call = container_of(task, struct call, work_task);
    call->read_err = call->work(call);
    request_resume(call->request);
}

void call_work(struct call *call, struct err (*work)(struct call *call),
               void (*next)(struct call *call))
{
    ensure(work != NULL);
    ensure(next != NULL);
    call->command = NULL;
    call->work = work;
    call->next = next;
    call->work_task.run = run_work;
    call->request->resumed = resumed;
    struct err err = workers_submit(call->options->workers, &call->work_task);
    if (err.code != ERR_NONE)
        call_refuse(call, err);
}

void call_header(struct call *call, const char *name, struct text value)
{
    size_t name_length = strlen(name);
    ensure(call->headers_length + name_length + value.length + 5 <= sizeof(call->headers));
    char *at = call->headers + call->headers_length;
    memcpy(at, name, name_length);
    at += name_length;
    *at++ = ':';
    *at++ = ' ';
    memcpy(at, value.data, value.length);
    at += value.length;
    *at++ = '\r';
    *at++ = '\n';
    *at = '\0';
    call->headers_length += (uint32_t)(name_length + value.length) + 4;
}

const char *call_method_name(enum http_method_kind method)
{
    static const char *const names[METHOD_COUNT] = {
        [METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",   [METHOD_POST] = "POST",
        [METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
        [METHOD_OPTIONS] = "OPTIONS", [METHOD_OTHER] = "other"};
    ensure(method < METHOD_COUNT);
    return names[method];
}

void call_append_methods(struct buffer *out, uint32_t methods)
{
    for (uint32_t i = 0; i < METHOD_COUNT; i++) {
        if ((methods & 1u << i) == 0)
            continue;
        if (out->length > 0)
            buffer_append_text(out, TEXT(", "));
        buffer_append_text(out, text_of(call_method_name((enum http_method_kind)i)));
    }
}

void call_header_lines(struct call *call, struct text lines)
{
    ensure(call->headers_length + lines.length < sizeof(call->headers));
    if (lines.length > 0)
        memcpy(call->headers + call->headers_length, lines.data, lines.length);
    call->headers_length += lines.length;
    call->headers[call->headers_length] = '\0';
}

/* Just before it leaves. */
static void count_answer(const struct call *call, int status)
{
    const struct request *request = call->request;
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t took_ns = now_ns - request->received_ns;
    access_log_write(call, status, took_ns);
    if (call->traffic == NULL)
        return;
    traffic_count(call->traffic, request->loop_index, call->route, status, took_ns);
    if (call->recorded_ns != 0)
        traffic_count_write(call->traffic, request->loop_index, now_ns - call->recorded_ns);
}

void call_send(struct call *call, int status, const char *content_type)
{
    limit_tell(call);
    count_answer(call, status);
    request_reply(call->request, status, content_type, call->headers);
}

void call_reply_as(struct call *call, int status, const char *content_type)
{
    bool is_read = call->request->method == METHOD_GET || call->request->method == METHOD_HEAD;
    bool is_tagged = (is_read && status == 200 && !call->has_no_tag) || call->version_length > 0;
    if (is_tagged && status < 300 && etag_apply(call)) {
        status = 304;
        buffer_reset(&call->request->reply);
    }
    call_header(call, "Cache-Control", text_of(call->cache == NULL ? "no-store" : call->cache));
    if (call->captured.is_on) {
        call->captured.status = status;
        call->captured.content_type = content_type;
        return;
    }
    call_send(call, status, content_type);
}

bool call_reply_stream(struct call *call, struct stream_owner *owner)
{
    call_header(call, "Cache-Control", TEXT("no-store"));
    call_header(call, "X-Accel-Buffering", TEXT("no")); /* nginx would hold it back */
    limit_tell(call);
    count_answer(call, 200);
    return stream_begin(call->request, "text/event-stream", call->headers, owner);
}

void call_reply(struct call *call, int status)
{
    call_reply_as(call, status, "application/json");
}

void call_retry_after(struct call *call, uint32_t seconds)
{
    char digits[10];
    uint32_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + seconds % 10);
        seconds /= 10;
    } while (seconds > 0);
    call_header(call, "Retry-After", (struct text){digits + at, (uint32_t)sizeof(digits) - at});
}

static void refuse(struct call *call, const struct problem *problem, struct err err)
{
    buffer_reset(&call->request->reply);
    if (problem->status == 401)
        call_header(call, "WWW-Authenticate", TEXT("Bearer"));
    problem_write(&call->request->reply, problem, err, call->origin.request_id, &call->errors);
    call_reply_as(call, problem->status, "application/problem+json");
}

void call_refuse(struct call *call, struct err err)
{
    struct problem problem = problem_of(err.code);
    uint32_t retry_s = problem_retry_s(err);
    if (retry_s > 0)
        call_retry_after(call, retry_s);
    if (err.code == ERR_STORE)
        log_error("the store could not be read", ORIGIN_FORMAT " code=%llu",
                  ORIGIN_ARGS(&call->origin), (unsigned long long)err.value);
    refuse(call, &problem, err);
}

void call_refuse_edge(struct call *call, enum edge_problem edge)
{
    struct problem problem = problem_of_edge(edge);
    refuse(call, &problem, OK);
}

bool call_has_errors(struct call *call)
{
    if (call->errors.count == 0)
        return false;
    call_refuse_edge(call, EDGE_INVALID_REQUEST);
    return true;
}

bool call_id(struct call *call, uint32_t index, enum public_id_type type, enum err_code unknown,
             uint64_t *number_out)
{
    ensure(index < ROUTE_PARAMETERS_MAX);
    if (public_id_read(call->secret, type, call->parameters[index], number_out))
        return true;
    call_refuse(call, ERR(unknown));
    return false;
}

bool call_read_id(struct call *call, enum public_id_type type, struct text id, struct text field,
                  uint64_t *number_out)
{
    if (public_id_read(call->secret, type, id, number_out))
        return true;
    field_errors_add(&call->errors, field, "invalid_id", "this is not an id of this store");
    return false;
}

struct text call_write_id(struct call *call, enum public_id_type type, uint64_t number)
{
    char *id = arena_alloc(call->arena, PUBLIC_ID_SIZE);
    public_id_write(call->secret, type, number, id);
    return (struct text){id, PUBLIC_ID_LENGTH};
}

bool call_body(struct call *call, bool is_optional, struct json_in *in,
               struct json_in_object *body_out, bool *has_body_out)
{
    *has_body_out = !is_optional || call->request->body.length > 0;
    if (!*has_body_out)
        return true;
    if (json_in_open(in, call->arena, &call->errors, call->request->body,
                     call->edge->json_depth_max) &&
        json_in_root(in, body_out))
        return true;
    json_in_close(in);
    call_refuse_edge(call, EDGE_INVALID_REQUEST);
    return false;
}

void call_query(struct call *call, struct query_in *query)
{
    query_in_read(query, call->arena, &call->errors, call->request->query);
}

uint32_t call_limit(struct query_in *query)
{
    uint64_t limit = LIMIT_DEFAULT;
    query_in_u64(query, "limit", 1, LIMIT_MAX, &limit);
    return (uint32_t)limit;
}

bool call_cursor(struct call *call, struct query_in *query, struct cursor *cursor,
                 bool *has_cursor_out)
{
    struct text text;
    *has_cursor_out = query_in_text(query, "cursor", 200, &text);
    if (!*has_cursor_out || cursor_read(call->secret, text, cursor))
        return true;
    call_refuse_edge(call, EDGE_INVALID_CURSOR);
    return false;
}
