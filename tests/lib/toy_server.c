#include "lib/toy_server.h"

#include <string.h>

enum { QUEUE_MAX = 4096, WAIT_NS = 100 * 1000 * 1000, LOOPS = 2 };

struct job {
    struct queue_node node;
    struct toy_server *toy;
    struct request *request;
    uint32_t trips_left;
};

/* Handlers rely on thread_start(), for their thread's registrations. */
static _Thread_local bool is_started;

static void answer(struct request *request)
{
    ensure(is_started);
    static const char *const METHODS[METHOD_COUNT] = {"GET",   "HEAD",   "POST",    "PUT",
                                                      "PATCH", "DELETE", "OPTIONS", "OTHER"};
    buffer_printf(&request->reply, "%s %.*s?%.*s %.*s", METHODS[request->method],
                  TEXT_ARGS(request->path), TEXT_ARGS(request->query), TEXT_ARGS(request->body));
    request_reply(request, 200, "text/plain", "Toy: yes\r\n");
}

static void on_resumed(struct request *request)
{
    struct job *job = request->user;
    if (--job->trips_left > 0)
        ensure(queue_push(&job->toy->later, &job->node));
    else
        answer(request);
}

static void hand_over(struct toy_server *toy, struct request *request, struct queue *queue,
                      uint32_t trips)
{
    struct job *job = arena_alloc(&request->arena, sizeof(*job));
    *job = (struct job){.toy = toy, .request = request, .trips_left = trips};
    request->user = job;
    request->resumed = on_resumed;
    ensure(queue_push(queue, &job->node));
}

static void handler(void *context, struct request *request)
{
    struct toy_server *toy = context;
    uint64_t size;
    if (text_equal(request->path, TEXT("/later"))) {
        hand_over(toy, request, &toy->later, 1);
    } else if (text_equal(request->path, TEXT("/twice"))) {
        hand_over(toy, request, &toy->later, 2);
    } else if (text_equal(request->path, TEXT("/hold"))) {
        hand_over(toy, request, &toy->held, 1);
    } else if (text_equal(request->path, TEXT("/big")) && text_to_u64(request->query, &size)) {
        memset(buffer_extend(&request->reply, size), 'x', size);
        request_reply(request, 200, "text/plain", "");
    } else if (text_equal(request->path, TEXT("/block"))) {
        ensure(sem_post(&toy->blocked) == 0);
        ensure(sem_wait(&toy->gate) == 0);
        answer(request);
    } else if (text_equal(request->path, TEXT("/loop"))) {
        buffer_printf(&request->reply, "loop=%u", request->loop_index);
        request_reply(request, 200, "text/plain", "");
    } else {
        answer(request);
    }
}

static const char *refuse(void *context, const struct server_refusal *refusal, struct buffer *body)
{
    (void)context;
    buffer_printf(body, "%d %s", refusal->status, refusal->code);
    return "text/plain";
}

static void on_thread_start(void *context)
{
    struct toy_server *toy = context;
    is_started = true;
    __atomic_add_fetch(&toy->threads_started, 1, __ATOMIC_RELAXED);
}

static void on_thread_stop(void *context)
{
    struct toy_server *toy = context;
    __atomic_add_fetch(&toy->threads_stopped, 1, __ATOMIC_RELAXED);
}

static void *work(void *context)
{
    struct toy_server *toy = context;
    while (!__atomic_load_n(&toy->is_stopping, __ATOMIC_ACQUIRE)) {
        queue_wait(&toy->later, WAIT_NS);
        struct queue_node *node;
        while ((node = queue_pop(&toy->later)) != NULL)
            request_resume(container_of(node, struct job, node)->request);
    }
    return NULL;
}

struct server_options toy_server_options(void)
{
    struct server_options options = server_defaults();
    options.port = 0;
    options.loops = LOOPS;
    options.header_bytes_max = 1024;
    options.body_bytes_max = 100000;
    return options;
}

void toy_server_open(struct toy_server *toy, struct server_options options)
{
    memset(toy, 0, sizeof(*toy));
    queue_init(&toy->later, QUEUE_MAX);
    queue_init(&toy->held, QUEUE_MAX);
    ensure(sem_init(&toy->blocked, 0, 0) == 0);
    ensure(sem_init(&toy->gate, 0, 0) == 0);
    options.handler = handler;
    options.refuse = refuse;
    options.context = toy;
    options.thread_start = on_thread_start;
    options.thread_stop = on_thread_stop;
    toy->server = server_open(&options);
    ensure(toy->server != NULL);
    toy->port = server_port(toy->server);
    ensure(pthread_create(&toy->worker, NULL, work, toy) == 0);
    server_start(toy->server);
}

void toy_server_close(struct toy_server *toy, uint32_t timeout_ms)
{
    server_drain(toy->server, timeout_ms);
    __atomic_store_n(&toy->is_stopping, true, __ATOMIC_RELEASE);
    queue_wake(&toy->later);
    ensure(pthread_join(toy->worker, NULL) == 0);
    server_close(toy->server);
    ensure(toy->threads_started == toy->threads_stopped);
}

struct request *toy_server_take_held(struct toy_server *toy)
{
    struct queue_node *node;
    while ((node = queue_pop(&toy->held)) == NULL)
        queue_wait(&toy->held, WAIT_NS);
    return container_of(node, struct job, node)->request;
}
