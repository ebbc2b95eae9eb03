#include "net/server.h"

#include "base/log.h"
#include "base/memory.h"
#include "net/listen.h"
#include "net/loop.h"
#include "net/processors.h"
#include "net/share.h"

#include <http_parser.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

enum { DESCRIPTORS_FOR_OTHERS = 256 };

struct server {
    struct server_options options;
    struct loop *loops;
    pthread_t *threads;
    uint16_t port;
    bool is_running;
    atomic_bool is_draining;
    _Atomic uint32_t connection_count;
    struct ring shared; /* see share.h */
};

struct server_options server_defaults(void)
{
    return (struct server_options){
        .address = "127.0.0.1",
        .port = 8080,
        .backlog = 4096,
        .loops_pinned = true,
        .connections_max = 10000,
        .header_bytes_max = 16 * 1024,
        .body_bytes_max = 1024 * 1024,
        .idle_timeout_ms = 60 * 1000,
        .read_timeout_ms = 10 * 1000,
        .write_timeout_ms = 30 * 1000,
    };
}

/* Lifts the limit of descriptors as far as allowed, and returns how many connections that is enough
 * for: they must never take the descriptors that the rest of the process needs to open its files.
 */
static uint32_t connections_within_descriptors(uint32_t connections_max)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)connections_max + DESCRIPTORS_FOR_OTHERS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return connections_max;
    struct rlimit lifted = limit;
    lifted.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &lifted) == 0)
        limit = lifted;
    if (limit.rlim_cur >= wanted)
        return connections_max;
    /* With next to none allowed, half of them. */
    rlim_t others =
        limit.rlim_cur / 2 < DESCRIPTORS_FOR_OTHERS ? limit.rlim_cur / 2 : DESCRIPTORS_FOR_OTHERS;
    uint32_t allowed = (uint32_t)(limit.rlim_cur - others);
    log_info("connections limited by descriptors", "connections=%u wanted=%u", allowed,
             connections_max);
    return allowed;
}

/* ---- life ---- */

/* Every socket that was passed needs a loop that accepts from it. */
static uint32_t loop_count_of(const struct server_options *options)
{
    uint32_t loops = options->loops == 0 ? processors_count() : options->loops;
    return loops < options->listener_count ? options->listener_count : loops;
}

static void check_options(const struct server_options *options)
{
    ensure(options->handler != NULL);
    ensure(options->connections_max > 0);
    ensure(options->backlog > 0);
    ensure(options->header_bytes_max <= HTTP_MAX_HEADER_SIZE);
    ensure(options->body_bytes_max <= CHUNKED_BODY_BYTES_MAX);
    ensure(options->idle_timeout_ms > 0);
    ensure(options->read_timeout_ms > 0);
    ensure(options->write_timeout_ms > 0);
}

struct server *server_open(const struct server_options *options)
{
    check_options(options);
    struct server *server = memory_alloc_zeroed(1, sizeof(*server));
    server->options = *options;
    server->options.loops = loop_count_of(options);
    server->options.loops_pinned &= server->options.loops == processors_count();
    uint32_t loops = server->options.loops;
    server->options.connections_max = connections_within_descriptors(options->connections_max);
    int *fds = memory_alloc_zeroed(loops, sizeof(*fds));
    const struct listen_options listening = {options->address, options->port, options->backlog,
                                             options->listeners, options->listener_count};
    bool is_listening = listen_open(&listening, loops, fds, &server->port);
    if (is_listening) {
        server->loops = memory_alloc_zeroed(loops, sizeof(*server->loops));
        server->threads = memory_alloc_zeroed(loops, sizeof(*server->threads));
        ring_init(&server->shared, share_places(loops));
        for (uint32_t i = 0; i < loops; i++)
            loop_open(server->loops, i, &server->options, fds[i], &server->connection_count,
                      &server->shared);
    } else {
        memory_free(server);
        server = NULL;
    }
    memory_free(fds);
    return server;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

static void *run_loop(void *loop)
{
    loop_run(loop);
    return NULL;
}

void server_start(struct server *server)
{
    ensure(!server->is_running);
    /* Signals are the main thread's; SIGPIPE must not end the process when a peer has gone. */
    sigset_t all, before;
    (void)sigfillset(&all);
    ensure(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    for (uint32_t i = 0; i < server->options.loops; i++)
        ensure(pthread_create(&server->threads[i], NULL, run_loop, &server->loops[i]) == 0);
    ensure(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    server->is_running = true;
}

void server_announce_drain(struct server *server)
{
    atomic_store_explicit(&server->is_draining, true, memory_order_relaxed);
}

bool server_is_draining(const struct server *server)
{
    return atomic_load_explicit(&server->is_draining, memory_order_relaxed);
}

uint32_t server_listeners(const struct server *server, int *fds_out, uint32_t fds_max)
{
    uint32_t count = server->options.loops;
    ensure(!server_is_draining(server));
    for (uint32_t i = 0; i < count && count <= fds_max; i++)
        fds_out[i] = server->loops[i].acceptor.fd;
    return count <= fds_max ? count : 0;
}

void server_drain(struct server *server, uint32_t timeout_ms)
{
    server_announce_drain(server);
    if (!server->is_running)
        return;
    for (uint32_t i = 0; i < server->options.loops; i++)
        loop_drain(&server->loops[i], timeout_ms);
    for (uint32_t i = 0; i < server->options.loops; i++)
        ensure(pthread_join(server->threads[i], NULL) == 0);
    server->is_running = false;
}

void server_close(struct server *server)
{
    server_drain(server, 0);
    for (uint32_t i = 0; i < server->options.loops; i++)
        loop_close(&server->loops[i]);
    ring_release(&server->shared);
    memory_free(server->loops);
    memory_free(server->threads);
    memory_free(server);
}

uint32_t server_loop_count(const struct server *server)
{
    return server->options.loops;
}

void server_post(struct server *server, uint32_t loop_index, struct loop_task *task)
{
    ensure(loop_index < server->options.loops);
    loop_post(&server->loops[loop_index], task);
}

static uint64_t load(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

_Static_assert((int)SERVER_PHASES == (int)CONNECTION_PHASES, "every phase has a name");

const char *server_phase_name(uint32_t phase)
{
    static const char *const names[SERVER_PHASES] = {
        [CONNECTION_IDLE] = "idle",           [CONNECTION_READING] = "reading",
        [CONNECTION_WRITING] = "writing",     [CONNECTION_LINGERING] = "lingering",
        [CONNECTION_STREAMING] = "streaming", [CONNECTION_OUT] = "out",
        [CONNECTION_CLOSING] = "closing"};
    ensure(phase < SERVER_PHASES);
    return names[phase];
}

struct server_stats server_stats(const struct server *server)
{
    struct server_stats stats = {0};
    for (uint32_t i = 0; i < server->options.loops; i++) {
        const struct loop_counters *counters = &server->loops[i].counters;
        stats.connections_open += load(&counters->connections_open);
        stats.connections_total += load(&counters->connections_total);
        stats.requests_total += load(&counters->requests_total);
        stats.refused_total += load(&counters->refused_total);
        stats.cut_total += load(&counters->cut_total);
        stats.cpu_ns += load(&counters->cpu_ns);
        for (uint32_t j = 0; j < SERVER_PHASES; j++)
            stats.in_phase[j] += load(&counters->in_phase[j]);
        stats.connection_bytes += load(&counters->connection_bytes);
        stats.request_bytes += __atomic_load_n(&server->loops[i].exchanges.bytes, __ATOMIC_RELAXED);
    }
    return stats;
}
