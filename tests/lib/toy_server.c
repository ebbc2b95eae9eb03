#include "lib/toy_server.h"

#include "base/clock.h"

#include <string.h>
#include <unistd.h>

enum { QUEUE_MAX = 4096, WAIT_NS = 100 * 1000 * 1000, LOOPS = 2 };
#define MEETING_WAIT_NS UINT64_C(5000000000)

struct job {
    struct queue_node node;
    struct toy_server *toy;
    struct request *request;
    uint32_t trips_left;
};

/* Handlers rely on thread_start(), for their thread's registrations. */
static _Thread_local bool is_started;
static _Thread_local uint32_t thread_number;

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

static void sign(const struct toy_server *toy, struct request *request)
{
    ensure(is_started);
    buffer_printf(&request->reply, "after=%u by=%u ", __atomic_load_n(&toy->seen, __ATOMIC_ACQUIRE),
                  thread_number);
}

static void do_shared(struct request *request)
{
    sign(request->user, request);
    request_resume(request);
}

static void do_away(struct request *request)
{
    struct toy_server *toy = request->user;
    sign(toy, request);
    hand_over(toy, request, &toy->held, 1);
}

static void do_meet(struct request *request)
{
    struct toy_server *toy = request->user;
    uint64_t until_ns = clock_monotonic_ns() + MEETING_WAIT_NS;
    sign(toy, request);
    __atomic_add_fetch(&toy->meeting, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&toy->meeting, __ATOMIC_ACQUIRE) < 2 && clock_monotonic_ns() < until_ns)
        (void)usleep(100);
    if (__atomic_load_n(&toy->meeting, __ATOMIC_ACQUIRE) >= 2)
        buffer_append_text(&request->reply, TEXT("met "));
    request_resume(request);
}

static void share(struct toy_server *toy, struct request *request,
                  void (*work)(struct request *request))
{
    request->user = toy;
    request->resumed = answer;
    request_share(request, work);
}

static void handler(void *context, struct request *request)
{
    struct toy_server *toy = context;
    uint64_t size;
    __atomic_add_fetch(&toy->seen, 1, __ATOMIC_RELEASE);
    if (text_equal(request->path, TEXT("/later"))) {
        hand_over(toy, request, &toy->later, 1);
    } else if (text_equal(request->path, TEXT("/twice"))) {
        hand_over(toy, request, &toy->later, 2);
    } else if (text_equal(request->path, TEXT("/hold"))) {
        hand_over(toy, request, &toy->held, 1);
    } else if (text_equal(request->path, TEXT("/share"))) {
        share(toy, request, do_shared);
    } else if (text_equal(request->path, TEXT("/away"))) {
        share(toy, request, do_away);
    } else if (text_equal(request->path, TEXT("/meet"))) {
        share(toy, request, do_meet);
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
    thread_number = __atomic_fetch_add(&toy->threads_started, 1, __ATOMIC_RELAXED);
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
