#include "api/api.h"

#include "api/call.h"
#include "api/edge/limit.h"
#include "api/edge/traceparent.h"
#include "api/reading.h"
#include "base/clock.h"
#include "base/memory.h"

#include <sodium.h>
#include <string.h>

struct api {
    struct api_options options;
    struct access_keys keys;
    const struct server *server;
    struct traffic *traffic; /* NULL until there is a server */
    struct health *health;   /* likewise */
    struct api_accounts accounts;
    uint64_t cart_counter;    /* atomic */
    uint64_t request_counter; /* atomic */
};

struct api *api_open(const struct api_options *options)
{
    ensure(options->executor != NULL);
    ensure(options->view != NULL);
    ensure(options->search != NULL);
    ensure(options->store != NULL);
    ensure(options->callbacks != NULL);
    ensure(options->tiers != NULL);
    ensure(options->epoch > 0);
    ensure(options->epoch < UINT64_C(1) << (64 - CART_EPOCH_SHIFT));
    ensure(sodium_init() >= 0);
    struct api *api = memory_alloc_zeroed(1, sizeof(*api));
    api->options = *options;
    rate_open(&api->options.edge.rate, options->rate_clients_max, options->secret,
              clock_monotonic_ns());
    access_init(&api->keys, options->secret, options->operator_key, options->credentials);
    api->accounts = (struct api_accounts){
        .cost = options->password_cost,
        .session_life_ms = options->session_life_ms,
        .reset_life_ms = options->reset_life_ms,
        .guard = &api->options.login_guard,
    };
    login_guard_open(&api->options.login_guard, options->secret);
    bool is_hashed = password_hash(&options->password_cost, TEXT("nobody has this password"),
                                   api->accounts.nobodys_password);
    ensure(is_hashed);
    api->options.operator_key = TEXT_NONE; /* borrowed, and the tag is all we need */
    return api;
}

void api_close(struct api *api)
{
    rate_close(&api->options.edge.rate);
    login_guard_close(&api->options.login_guard);
    health_close(api->health);
    traffic_close(api->traffic);
    sodium_memzero(api, sizeof(*api));
    memory_free(api);
}

void api_attach_server(struct api *api, const struct server *server)
{
    api->server = server;
    api->traffic = traffic_open(server_loop_count(server));
    api->health = health_open(&api->options.health);
    health_start(api->health, api->traffic);
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

/* What a body must be; the lines of a bulk are JSON each, and together are not. */
static bool is_of_route(const struct route *route, struct text content_type)
{
    struct text type;
    if (!text_cut(&content_type, ';', &type))
        return false;
    struct text wanted =
        route->handler == bulk_put ? TEXT("application/x-ndjson") : TEXT("application/json");
    return text_equal_ignoring_case(text_trim(type), wanted);
}

static void refuse_method(struct call *call, uint32_t methods)
{
    struct buffer allow;
    buffer_init(&allow, 64);
    call_append_methods(&allow, methods);
    call_header(call, "Allow", buffer_text(&allow));
    buffer_release(&allow);
    call_refuse_edge(call, EDGE_METHOD_NOT_ALLOWED);
}

/* What must hold before the handler is asked; false, with the problem, when it does not. */
static bool may_pass(const struct api *api, struct call *call, const struct route *route,
                     enum edge_problem *problem_out)
{
    const struct request *request = call->request;
    struct text region = request_header(request, TEXT("Region"));
    *problem_out = EDGE_REGION_UNKNOWN;
    if (region.data != NULL && !text_equal(region, text_of(call->options->region)))
        return false;
    if (!access_check(&api->keys, request, route, &call->access, problem_out))
        return false;
    *problem_out = EDGE_BODY_TOO_LARGE;
    if (request->body.length > route->body_bytes_max)
        return false;
    *problem_out = EDGE_UNSUPPORTED_MEDIA_TYPE;
    return request->body.length == 0 ||
           is_of_route(route, request_header(request, TEXT("Content-Type")));
}

static struct call *begin_call(struct api *api, struct request *request)
{
    struct call *call = arena_alloc(&request->arena, sizeof(*call));
    request->user = call;
    call->request = request;
    call->arena = &request->arena;
    call->executor = api->options.executor;
    call->store = api->options.store;
    call->view = api->options.view;
    call->search = api->options.search;
    call->server = api->server;
    call->traffic = api->traffic;
    call->health = api->health;
    call->options = &api->options;
    call->accounts = &api->accounts;
    call->secret = api->options.secret;
    call->epoch = api->options.epoch;
    call->callbacks = api->options.callbacks;
    call->payment_ms = api->options.payment_ms;
    call->cart_counter = &api->cart_counter;
    call->edge = &api->options.edge;
    field_errors_init(&call->errors, call->arena);
    call->origin = (struct origin){make_request_id(api, request), traceparent_of(request)};
    call_header(call, "Request-Id", call->origin.request_id);
    return call;
}

static void refuse_address(struct call *call, uint32_t methods)
{
    if (methods == 0)
        call_refuse_edge(call, EDGE_NOT_FOUND);
    else if (!cors_preflight(&call->edge->cors, call, methods))
        refuse_method(call, methods);
}

void api_handler(void *context, struct request *request)
{
    struct api *api = context;
    struct call *call = begin_call(api, request);
    if (!limit_address(call))
        return;
    struct route_match match = route_find(request->method, request->path);
    call->route = match.route;
    if (match.route == NULL) {
        refuse_address(call, match.methods);
        return;
    }
    memcpy(call->parameters, match.parameters, sizeof(call->parameters));
    cors_allow(&call->edge->cors, call);
    if (reading_refuses(call))
        return;
    enum edge_problem problem;
    if (!may_pass(api, call, match.route, &problem)) {
        call_refuse_edge(call, problem);
        return;
    }
    if (!limit_key(call))
        return;
    view_read_begin();
    match.route->handler(call);
    view_read_end();
}

const char *api_refuse(void *context, const struct server_refusal *refusal, struct buffer *body)
{
    const struct api *api = context;
    access_log_write_refusal(api->options.edge.access_log, refusal);
    struct problem problem = {refusal->status, refusal->code, refusal->title, NULL,
                              refusal->detail};
    problem_write(body, &problem, OK, TEXT(""), NULL);
    return "application/problem+json";
}
