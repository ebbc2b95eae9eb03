#include "net/loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "net/connection.h"
#include "net/processors.h"
#include "net/share.h"

#include <pthread.h>
#include <unistd.h>

enum {
    READS_BETWEEN_MAX = 128,
    LINGER_TIMEOUT_MS = 1000,
    CPU_READ_INTERVAL_MS = 100,
    LATE_LOOK_US = 1000,
};

/* ---- deadlines: one timer, set to the first of all lists ---- */

static void on_deadline_timer(uv_timer_t *timer);

static void loop_set_timer(struct loop *loop, uint64_t due_ms)
{
    if (due_ms >= loop->timer_due_ms)
        return;
    uint64_t now_ms = uv_now(&loop->uv);
    loop->timer_due_ms = due_ms;
    ensure(uv_timer_start(&loop->deadline_timer, on_deadline_timer,
                          due_ms > now_ms ? due_ms - now_ms : 0, 0) == 0);
}

static void on_deadline_timer(uv_timer_t *timer)
{
    struct loop *loop = timer->loop->data;
    uint64_t now_ms = uv_now(&loop->uv);
    uint64_t next_ms = UINT64_MAX;
    loop->timer_due_ms = UINT64_MAX;
    for (int phase = 0; phase < CONNECTION_DEADLINES; phase++) {
        struct deadline *due;
        while ((due = deadline_take_due(&loop->deadlines[phase], now_ms)) != NULL)
            connection_expired(connection_of(due), (enum connection_phase)phase);
    }
    for (int phase = 0; phase < CONNECTION_DEADLINES; phase++) {
        uint64_t due_ms = deadline_next_due_ms(&loop->deadlines[phase]);
        next_ms = due_ms < next_ms ? due_ms : next_ms;
    }
    loop_set_timer(loop, next_ms);
}

void loop_watch(struct loop *loop, struct deadline *deadline, enum connection_phase phase)
{
    ensure(phase < CONNECTION_DEADLINES);
    deadline_start(deadline, &loop->deadlines[phase], uv_now(&loop->uv));
    loop_set_timer(loop, deadline->due_ms);
}

/* ---- requests that come back, mostly from other threads ---- */

/* The loop whose thread this is, while it works: it looks for what came back by itself. */
static _Thread_local const struct loop *working;

void loop_resume(struct loop *loop, struct exchange *exchange)
{
    struct exchange *newest = atomic_load_explicit(&loop->resumed, memory_order_relaxed);
    do {
        exchange->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&loop->resumed, &newest, exchange,
                                                    memory_order_release, memory_order_relaxed));
    /* A list that was not empty has woken the loop already. */
    if (newest == NULL && loop != working)
        ensure(uv_async_send(&loop->wake) == 0);
}

void loop_take_resumed(struct loop *loop)
{
    struct exchange *newest = atomic_exchange_explicit(&loop->resumed, NULL, memory_order_acquire);
    struct exchange *oldest = NULL;
    while (newest != NULL) {
        struct exchange *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        struct exchange *exchange = oldest;
        oldest = exchange->next;
        exchange->next = NULL;
        exchange->request.resumed(&exchange->request);
    }
}

void loop_do_work(struct loop *loop, struct exchange *exchange)
{
    working = loop;
    exchange->work(&exchange->request);
    working = NULL;
}

void loop_has_read(struct loop *loop)
{
    if (--loop->reads_left > 0)
        return;
    loop->reads_left = READS_BETWEEN_MAX;
    loop_take_resumed(loop);
    share_pass_on(loop);
}

void loop_hurry(struct loop *loop)
{
    loop->reads_left = 1;
}

/* ---- tasks that other threads post ---- */

void loop_post(struct loop *loop, struct loop_task *task)
{
    struct loop_task *newest = atomic_load_explicit(&loop->tasks, memory_order_relaxed);
    do {
        task->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&loop->tasks, &newest, task,
                                                    memory_order_release, memory_order_relaxed));
    if (newest == NULL)
        ensure(uv_async_send(&loop->wake) == 0);
}

static void loop_run_tasks(struct loop *loop)
{
    struct loop_task *newest = atomic_exchange_explicit(&loop->tasks, NULL, memory_order_acquire);
    struct loop_task *oldest = NULL;
    while (newest != NULL) {
        struct loop_task *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        struct loop_task *task = oldest;
        oldest = task->next;
        task->run(task);
    }
}

/* ---- draining ---- */

static void close_stream(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (handle->type == UV_TCP)
        connection_close_if_stream((struct connection *)(void *)handle);
}

static void close_if_idle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (handle->type == UV_TCP)
        connection_close_if_idle((struct connection *)(void *)handle);
}

static void on_idle_timer(uv_timer_t *timer)
{
    struct loop *loop = timer->loop->data;
    uv_walk(&loop->uv, close_stream, NULL); /* one that began meanwhile */
    uv_walk(&loop->uv, close_if_idle, NULL);
    loop_check_drained(loop);
}

static void close_any(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (handle->type == UV_TCP)
        connection_close((struct connection *)(void *)handle, true);
}

static void on_drain_timer(uv_timer_t *timer)
{
    struct loop *loop = timer->loop->data;
    loop->is_cutting = true;
    loop_count(&loop->counters.cut_total, loop->connection_count);
    uv_walk(&loop->uv, close_any, NULL);
    loop_check_drained(loop);
}

static void loop_begin_drain(struct loop *loop, uint32_t timeout_ms)
{
    loop->is_draining = true;
    accept_end(loop);
    (void)uv_timer_start(&loop->drain_timer, on_drain_timer, timeout_ms, 0);
    uv_walk(&loop->uv, close_stream, NULL);
    /* A request may be on its way to a connection that looks idle: its answer ends it. */
    if (loop->options->drain_idle_ms > 0)
        (void)uv_timer_start(&loop->idle_timer, on_idle_timer, loop->options->drain_idle_ms, 0);
    else
        uv_walk(&loop->uv, close_if_idle, NULL);
    loop_check_drained(loop);
}

void loop_check_drained(struct loop *loop)
{
    if (loop->is_draining && loop->connection_count == 0 &&
        (loop->out_count == 0 || loop->is_cutting))
        uv_stop(&loop->uv);
}

void loop_drain(struct loop *loop, uint32_t timeout_ms)
{
    atomic_store_explicit(&loop->drain_request, 1 + (uint64_t)timeout_ms, memory_order_release);
    ensure(uv_async_send(&loop->wake) == 0);
}

static void on_wake(uv_async_t *wake)
{
    struct loop *loop = wake->loop->data;
    share_after_sleep(loop);
    loop_take_resumed(loop);
    loop_run_tasks(loop);
    accept_take_arrivals(loop);
    share_look(loop);
    uint64_t drain = atomic_load_explicit(&loop->drain_request, memory_order_acquire);
    if (drain != 0 && !loop->is_draining)
        loop_begin_drain(loop, (uint32_t)(drain - 1));
}

/* ---- life ---- */

static void loop_read_cpu(struct loop *loop)
{
    atomic_store_explicit(&loop->counters.cpu_ns, clock_thread_cpu_ns(), memory_order_relaxed);
}

static void on_before_sleep(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->loop->data;
    share_before_sleep(loop);
    uint64_t now_ms = uv_now(&loop->uv);
    if (now_ms - loop->cpu_read_ms < CPU_READ_INTERVAL_MS)
        return;
    loop->cpu_read_ms = now_ms;
    loop_read_cpu(loop);
}

static void on_after_sleep(uv_check_t *check)
{
    share_after_sleep(check->loop->data);
}

void loop_open(struct loop *all, uint32_t index, const struct server_options *options,
               int listen_fd, _Atomic uint32_t *server_connections, struct ring *shared)
{
    struct loop *loop = &all[index];
    *loop = (struct loop){.options = options,
                          .all = all,
                          .server_connections = server_connections,
                          .shared = shared,
                          .timer_due_ms = UINT64_MAX,
                          .reads_left = READS_BETWEEN_MAX};
    ensure(uv_loop_init(&loop->uv) == 0);
    loop->uv.data = loop;
    accept_open(loop, listen_fd);
    ensure(uv_async_init(&loop->uv, &loop->wake, on_wake) == 0);
    ensure(uv_prepare_init(&loop->uv, &loop->before_sleep) == 0);
    ensure(uv_prepare_start(&loop->before_sleep, on_before_sleep) == 0);
    ensure(uv_check_init(&loop->uv, &loop->after_sleep) == 0);
    ensure(uv_check_start(&loop->after_sleep, on_after_sleep) == 0);
    share_open(loop);
    ensure(uv_timer_init(&loop->uv, &loop->deadline_timer) == 0);
    ensure(uv_timer_init(&loop->uv, &loop->drain_timer) == 0);
    ensure(uv_timer_init(&loop->uv, &loop->idle_timer) == 0);
    deadline_list_init(&loop->deadlines[CONNECTION_IDLE], options->idle_timeout_ms);
    deadline_list_init(&loop->deadlines[CONNECTION_READING], options->read_timeout_ms);
    deadline_list_init(&loop->deadlines[CONNECTION_WRITING], options->write_timeout_ms);
    deadline_list_init(&loop->deadlines[CONNECTION_LINGERING], LINGER_TIMEOUT_MS);
    deadline_list_init(&loop->deadlines[CONNECTION_STREAMING], STREAM_COMMENT_MS);
    exchange_pool_init(&loop->exchanges, loop, index,
                       (struct parse_limits){.header_bytes_max = options->header_bytes_max,
                                             .body_bytes_max = options->body_bytes_max});
    loop->read_buffer = memory_alloc(LOOP_READ_SIZE);
}

void loop_run(struct loop *loop)
{
    const struct server_options *options = loop->options;
    if (options->loops_pinned && !processors_keep_to((uint32_t)(loop - loop->all)))
        log_warning("a loop is not kept on its processor", "loop=%u", (uint32_t)(loop - loop->all));
    if (options->thread_start != NULL)
        options->thread_start(options->context);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    ensure(loop->is_draining);
    loop_read_cpu(loop);
    if (options->thread_stop != NULL)
        options->thread_stop(options->context);
}

/* Handlers are promised a thread that thread_start() has seen, also for what comes back after the
 * drain. */
static void *take_late(void *argument)
{
    struct loop *loop = argument;
    const struct server_options *options = loop->options;
    if (options->thread_start != NULL)
        options->thread_start(options->context);
    share_finish(loop);
    loop_take_resumed(loop);
    loop_run_tasks(loop);
    if (options->thread_stop != NULL)
        options->thread_stop(options->context);
    return NULL;
}

static bool has_late(struct loop *loop)
{
    return ring_count(loop->shared) > 0 ||
           atomic_load_explicit(&loop->resumed, memory_order_acquire) != NULL ||
           atomic_load_explicit(&loop->tasks, memory_order_acquire) != NULL;
}

static void loop_finish_late(struct loop *loop)
{
    pthread_t thread;
    while (has_late(loop) || loop->out_count > 0) {
        if (!has_late(loop)) {
            (void)usleep(LATE_LOOK_US);
            continue;
        }
        ensure(pthread_create(&thread, NULL, take_late, loop) == 0);
        ensure(pthread_join(thread, NULL) == 0);
    }
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_close(struct loop *loop)
{
    loop_finish_late(loop);
    ensure(loop->out_count == 0);
    ensure(loop->connection_count == 0);
    uv_walk(&loop->uv, close_handle, NULL);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0) {
        /* A late answer may have asked the loop to stop. */
    }
    ensure(uv_loop_close(&loop->uv) == 0);
    accept_close(loop);
    exchange_pool_release(&loop->exchanges);
    while (loop->free_connections != NULL) {
        struct connection *connection = loop->free_connections;
        loop->free_connections = connection->tcp.data;
        memory_free(connection);
    }
    buffer_release(&loop->spare_backlog);
    memory_free(loop->read_buffer);
}

const char *loop_date(struct loop *loop)
{
    uint64_t now_ms = uv_now(&loop->uv);
    if (now_ms >= loop->date_until_ms) {
        uint64_t wall_ms = clock_wall_ms();
        response_format_date(wall_ms, loop->date);
        loop->date_until_ms = now_ms + 1000 - wall_ms % 1000;
    }
    return loop->date;
}
