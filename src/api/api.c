#include "api/api.h"

#include "api/call.h"
#include "base/memory.h"

#include <sodium.h>
#include <string.h>

struct api {
    struct api_options options;
    struct access_keys keys;
    const struct server *server;
    uint64_t cart_counter;    /* atomic */
    uint64_t request_counter; /* atomic */
};

struct api *api_open(const struct api_options *options)
{
    ensure(options->executor != NULL);
    ensure(options->view != NULL);
    ensure(options->search != NULL);
    ensure(options->store != NULL);
    ensure(options->epoch > 0);
    ensure(options->epoch < UINT64_C(1) << (64 - CART_EPOCH_SHIFT));
    ensure(sodium_init() >= 0);
    struct api *api = memory_alloc_zeroed(1, sizeof(*api));
    api->options = *options;
    access_init(&api->keys, options->secret, options->operator_key);
    api->options.operator_key = TEXT_NONE; /* borrowed, and the tag is all we need */
    return api;
}

void api_close(struct api *api)
{
    sodium_memzero(api, sizeof(*api));
    memory_free(api);
}

void api_attach_server(struct api *api, const struct server *server)
{
    api->server = server;
}

void api_thread_start(void *context)
{
    (void)context;
    view_thread_register();
}

void api_thread_stop(void *context)
{
    (void)context;
    view_thread_unregister();
}

static bool is_sane_request_id(struct text id)
{
    if (id.length == 0 || id.length > REQUEST_ID_MAX)
        return false;
    for (uint32_t i = 0; i < id.length; i++) {
        char c = id.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && strchr("-_.:", c) == NULL)
            return false;
    }
    return true;
}

/* The client's, or a new one that no other request of this store has. */
static struct text make_request_id(struct api *api, struct request *request)
{
    struct text sent = request_header(request, TEXT("Request-Id"));
    if (sent.data != NULL && is_sane_request_id(sent))
        return sent;
    uint64_t count = __atomic_add_fetch(&api->request_counter, 1, __ATOMIC_RELAXED);
    uint8_t bytes[7 + 16] = {'r', 'e', 'q', 'u', 'e', 's', 't'};
    memcpy(bytes + 7, &api->options.epoch, 8);
    memcpy(bytes + 15, &count, 8);
    uint8_t tag[HASH_TAG_SIZE];
    hash_keyed(api->options.secret, bytes, sizeof(bytes), tag);
    char *id = arena_alloc(&request->arena, PUBLIC_ID_BODY + 1);
    base64url_write(tag, sizeof(tag), id);
    return (struct text){id, PUBLIC_ID_BODY};
}

static bool is_json(struct text content_type)
{
    struct text type;
    if (!text_cut(&content_type, ';', &type))
        return false;
    return text_equal_ignoring_case(text_trim(type), TEXT("application/json"));
}

static void refuse_method(struct call *call, uint32_t methods)
{
    static const char *const names[METHOD_COUNT] = {
        [METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",   [METHOD_POST] = "POST",
        [METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
        [METHOD_OPTIONS] = "OPTIONS", [METHOD_OTHER] = ""};
    char allow[64];
    uint32_t length = 0;
    for (uint32_t i = 0; i < METHOD_COUNT; i++) {
        if ((methods & 1u << i) == 0)
            continue;
        struct text name = text_of(names[i]);
        ensure(length + name.length + 2 <= sizeof(allow));
        if (length > 0) {
            allow[length++] = ',';
            allow[length++] = ' ';
        }
        memcpy(allow + length, name.data, name.length);
        length += name.length;
    }
    call_header(call, "Allow", (struct text){allow, length});
    call_refuse_edge(call, EDGE_METHOD_NOT_ALLOWED);
}

/* What must hold before the handler is asked; false, with the problem, when it does not. */
static bool may_pass(const struct api *api, struct call *call, const struct route *route,
                     enum edge_problem *problem_out)
{
    const struct request *request = call->request;
    struct text region = request_header(request, TEXT("Region"));
    *problem_out = EDGE_REGION_UNKNOWN;
    if (region.data != NULL && !text_equal(region, TEXT("main")))
        return false;
    if (!access_check(&api->keys, request, route->access, &call->access, problem_out))
        return false;
    *problem_out = EDGE_BODY_TOO_LARGE;
    if (request->body.length > route->body_bytes_max)
        return false;
    *problem_out = EDGE_UNSUPPORTED_MEDIA_TYPE;
    return request->body.length == 0 || is_json(request_header(request, TEXT("Content-Type")));
}

void api_handler(void *context, struct request *request)
{
    struct api *api = context;
    struct call *call = arena_alloc(&request->arena, sizeof(*call));
    request->user = call;
    call->request = request;
    call->arena = &request->arena;
    call->executor = api->options.executor;
    call->store = api->options.store;
    call->view = api->options.view;
    call->search = api->options.search;
    call->server = api->server;
    call->secret = api->options.secret;
    call->epoch = api->options.epoch;
    call->cart_counter = &api->cart_counter;
    field_errors_init(&call->errors, call->arena);
    call->request_id = make_request_id(api, request);
    call_header(call, "Request-Id", call->request_id);
    struct route_match match = route_find(request->method, request->path);
    if (match.route == NULL) {
        if (match.methods != 0)
            refuse_method(call, match.methods);
        else
            call_refuse_edge(call, EDGE_NOT_FOUND);
        return;
    }
    memcpy(call->parameters, match.parameters, sizeof(call->parameters));
    enum edge_problem problem;
    if (!may_pass(api, call, match.route, &problem)) {
        call_refuse_edge(call, problem);
        return;
    }
    view_read_begin();
    match.route->handler(call);
    view_read_end();
}

const char *api_refuse(void *context, const struct server_refusal *refusal, struct buffer *body)
{
    (void)context;
    struct problem problem = {refusal->status, refusal->code, refusal->title, NULL,
                              refusal->detail};
    problem_write(body, &problem, OK, TEXT(""), NULL);
    return "application/problem+json";
}
