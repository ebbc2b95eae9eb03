/*
 * elastic.h - the product listing answered by a search cluster: Elasticsearch 7.10 and later, or
 * OpenSearch; the calls used are the same in both. For shops whose catalogue outgrows the memory of
 * one machine. See docs/search.md, "On a cluster".
 *
 *   writer's thread --numbers of what changed (dirty.h)--> elastic thread --_bulk--> cluster
 *   any thread      --search_ask()-- queue ------------->  elastic thread --_search-> cluster
 *
 * One thread of its own does all talking (wire.h). It feeds the cluster (sender.h) from the
 * readers' view and answers requests (ask.h); when the cluster is away (breaker.h) the fallback
 * answers, or requests end with ERR_SEARCH_AWAY.
 */
#ifndef SEARCH_ELASTIC_ELASTIC_H
#define SEARCH_ELASTIC_ELASTIC_H

#include "base/text.h"
#include "search/backend.h"
#include "search/view.h"

#include <stdbool.h>
#include <stdint.h>

/* What the back end has to know of the event log. */
struct elastic_log {
    uint64_t timeline;
    uint64_t published_event; /* all up to here are in the view now */
    /* On the writer's thread, after a publish: the last event that is in the view. */
    uint64_t (*last_event)(void *context);
    /* On the elastic thread: calls changed() with the number of each product that an event behind
     * `after` may have changed, any number of times; 0 = all of them. False when those events
     * cannot be read (any more). */
    bool (*read_changes)(void *context, uint64_t after,
                         void (*changed)(void *changed_context, uint32_t product),
                         void *changed_context);
    void *context;
};

struct elastic_options {
    struct view *view; /* published; outlives the back end */
    struct elastic_log log;
    struct text language;     /* of the stemmer, as libstemmer names it */
    struct text synonyms;     /* as in index/index.h; may be empty */
    struct text urls;         /* of the nodes, with spaces or commas between */
    struct text prefix;       /* what every name in the cluster begins with: a-z 0-9 _ - */
    struct text credentials;  /* "user:password", "ApiKey KEY", or empty; never logged */
    struct text ca_file;      /* of who signed the nodes' certificates; empty = the system's */
    uint32_t timeout_ms;      /* of an answer to a shopper */
    uint32_t send_timeout_ms; /* of a bulk or an administrative call */
    uint32_t in_flight_max;   /* requests out at once; more of them are answered like an outage */
    uint32_t bulk_products_max;
    uint32_t bulks_max;    /* out at once */
    uint32_t flush_ms;     /* how long changes gather before they are sent */
    uint32_t refresh_ms;   /* how soon the cluster shows what it was sent; 0 = at once */
    uint32_t position_ms;  /* how often the position in the log is written */
    uint32_t sold_ms;      /* how often changed sales figures are sent */
    uint32_t failures_max; /* in a row, until the cluster counts as away */
    uint32_t open_ms;      /* how long it is then left alone */
    uint32_t shards;
    uint32_t replicas;
    struct search_backend *fallback; /* the index, or NULL; closed with this one */
};

/* What shopd uses where the settings say nothing else. */
struct elastic_options elastic_defaults(void);

/* Listens to the view from now on; before the writer starts. Does not wait for the cluster. NULL,
 * with the reason logged, when the options cannot work; the fallback is the caller's then. */
struct search_backend *elastic_open(const struct elastic_options *options) MUST_USE;

/* For tests and operators: what the cluster is asked is answered by it (it has the whole catalogue
 * and is not counted as away). */
bool elastic_is_serving(const struct search_backend *backend);

#endif
