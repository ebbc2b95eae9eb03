/* parts.h - what the files of the elastic thread share. */
#ifndef SEARCH_ELASTIC_PARTS_H
#define SEARCH_ELASTIC_PARTS_H

#include "base/queue.h"
#include "search/elastic/asked.h"
#include "search/elastic/breaker.h"
#include "search/elastic/clauses.h"
#include "search/elastic/elastic.h"
#include "search/elastic/sender.h"
#include "search/elastic/wire.h"
#include "search/index/synonyms.h"
#include "search/index/terms.h"

#include <pthread.h>

struct elastic {
    struct search_backend backend;
    struct view_listener listener;
    struct elastic_options options;
    char *texts; /* that the options point to */
    struct wire *wire;
    struct analysis analysis;
    struct terms terms; /* of the synonyms */
    struct synonyms *synonyms;
    struct breaker breaker;
    struct sender sender;
    struct queue incoming;
    pthread_t thread;
    bool is_stopping;       /* atomic */
    uint32_t in_flight;     /* atomic: requests in the queue or out */
    uint64_t open_until_ms; /* atomic: the cluster is not asked before; 0 = it is */
    uint64_t fallbacks;     /* atomic */
    uint64_t failures;      /* atomic */
};

enum ask_step {
    ASK_EXACT = 0, /* all words as they are */
    ASK_PROBE,     /* nothing has them all: which are unknown, and what may be meant? */
    ASK_REPAIRED,  /* with unknown words completed or corrected */
    ASK_SLIPS,     /* with words corrected that look like a slip */
    ASK_LEFT_OUT,  /* without the rarest words */
    ASK_SUGGEST,
};

/* A request on its way, in its own arena. One of the two is not NULL. */
struct ask {
    struct queue_node node;
    struct elastic *elastic;
    struct search_request *request;
    struct search_suggest_request *suggest;
    struct arena *arena;
    enum ask_step step;
    uint64_t deadline_ms;
    struct asked asked;
    struct clauses clauses;
    json_t *probe; /* what ASK_PROBE brought */
    struct wire_call call;
};

/* On the elastic thread. */
void ask_begin(struct ask *ask);
/* Nobody can answer this but the fallback, if there is one. */
void ask_answer_away(struct elastic *elastic, struct search_request *request);
void ask_suggest_away(struct elastic *elastic, struct search_suggest_request *request);
void ask_end(struct ask *ask, struct err err);

/* suggest.c */
void suggest_write(const struct asked *asked, const struct search_suggest_query *query,
                   struct buffer *out);
bool suggest_read(struct ask *ask, json_t *answer) MUST_USE;

#endif
