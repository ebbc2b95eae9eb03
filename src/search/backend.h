/*
 * backend.h - who answers a product listing: the index in memory (index/index.h), or a search
 * cluster (elastic/). One table of functions each; everybody else calls the wrappers.
 *
 * A request is answered by calling its done() exactly once: before search_ask() returns, on the
 * same thread, or later on a thread of the backend's own. Requests come from any thread that is
 * registered with the view, within view_read_begin()/view_read_end(); texts in an answer live in
 * the request's arena or as long as that reading section.
 *
 * Backends learn of changes as listeners of the view (search/view.h) on the writer's thread, before
 * the command that made the change is answered.
 */
#ifndef SEARCH_BACKEND_H
#define SEARCH_BACKEND_H

#include "base/arena.h"
#include "search/query.h"
#include "shop/err.h"

struct search_backend;

struct search_request {
    const struct search_query *query; /* good until done() */
    struct arena *arena;              /* the answer's; nobody else's until done() */
    struct search_result result;      /* looked at when err is OK */
    struct err err; /* ERR_SEARCH_AWAY: nobody can answer now; value = seconds to wait */
    void (*done)(struct search_request *request);
    void *owner; /* of whoever asks */
};

struct search_suggest_request {
    struct search_suggest_query query;
    struct arena *arena;
    struct search_suggestions suggestions;
    struct err err;
    void (*done)(struct search_suggest_request *request);
    void *owner;
};

/* For operators; counters since start, 0 where they mean nothing. */
struct search_stats {
    uint64_t products;     /* that can be found */
    uint64_t memory_bytes; /* of the index */
    uint64_t build_cpu_ns; /* of the last full build */
    uint64_t rebuilds;
    uint64_t lag_events; /* changes not yet in the cluster */
    uint64_t fallbacks;  /* answered by the index because the cluster was away */
    uint64_t failures;
};

struct search_ops {
    const char *name;
    void (*search)(struct search_backend *backend, struct search_request *request);
    void (*suggest)(struct search_backend *backend, struct search_suggest_request *request);
    struct search_stats (*stats)(struct search_backend *backend);
    /* After the last request was answered and the writer stopped. */
    void (*close)(struct search_backend *backend);
};

/* First member of every backend's own struct. */
struct search_backend {
    const struct search_ops *ops;
};

void search_ask(struct search_backend *backend, struct search_request *request);
void search_suggest(struct search_backend *backend, struct search_suggest_request *request);
struct search_stats search_stats(struct search_backend *backend);
void search_close(struct search_backend *backend);

#endif
