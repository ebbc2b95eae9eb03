/*
 * sender.h - keeps the cluster in step with the readers' view.
 *
 *   LOOK      read the position kept in the cluster
 *   LIST      and what indices there are
 *     |  same timeline: read the events behind the position, mark what they changed
 *     |  else, or nothing there: index the whole catalogue
 *   DROP      what an interrupted build left
 *   CREATE    a new index
 *   SWEEP     send what is marked, in bulks
 *   OPEN      a whole index is there: let it refresh by itself
 *   REFRESH   and now
 *   SHOW      move the alias to it, drop the old ones
 *   KEEP      an index for the position
 *   NOTE      write the position: everything up to this event is in the cluster
 *   REST      until something is marked
 *
 * A call that fails is made again later, each time twice as much later. A product whose document
 * was not taken is marked again. Each document carries a version that only grows (event << 16 |
 * sweep), so one that was held up on its way never takes the place of a newer one.
 *
 * Belongs to the elastic thread, but for the two dirty sets.
 */
#ifndef SEARCH_ELASTIC_SENDER_H
#define SEARCH_ELASTIC_SENDER_H

#include "search/elastic/analysis.h"
#include "search/elastic/dirty.h"
#include "search/elastic/elastic.h"
#include "search/elastic/families.h"
#include "search/elastic/wire.h"

#include <jansson.h>

enum {
    SENDER_ALIAS_MAX = 64,
    SENDER_NAME_MAX = 128,
    SENDER_OLD_MAX = 16,
    SENDER_BULKS_MAX = 16,
};

/* Bulks go to an alias that an index is made with: a cluster makes an index of its own for a name
 * it does not know, but no alias. */
#define SENDER_WRITE_SUFFIX "-write"

enum sender_state {
    SENDER_LOOK = 0,
    SENDER_LIST,
    SENDER_DROP,
    SENDER_CREATE,
    SENDER_SWEEP,
    SENDER_OPEN,
    SENDER_REFRESH,
    SENDER_SHOW,
    SENDER_KEEP,
    SENDER_NOTE,
    SENDER_REST,
    SENDER_STATES
};

struct sender_bulk {
    struct sender *sender;
    struct wire_call call;
    uint32_t *numbers;
    uint32_t count;
    bool is_out;
};

struct sender {
    struct elastic_options options;
    struct wire *wire;
    struct analysis *analysis;
    struct families families;
    struct dirty changed; /* any thread marks: what differs from what was sent */
    struct dirty sold;    /* only its sales figure does */
    struct dirty todo;    /* of this sweep, with siblings */
    struct arena arena;
    struct wire_call call; /* of the state */
    enum sender_state state;
    uint32_t retry_ms;
    uint64_t retry_at_ms;
    /* names in the cluster */
    char alias[SENDER_ALIAS_MAX];
    char meta[SENDER_NAME_MAX];
    char index[SENDER_NAME_MAX]; /* that is written to, and asked once it is whole */
    char old[SENDER_OLD_MAX][SENDER_NAME_MAX];
    /* what the cluster knew when it was looked at */
    char known_index[SENDER_NAME_MAX];
    uint64_t known_timeline;
    uint64_t known_event;
    uint64_t known_schema;
    /* the sweep */
    struct sender_bulk bulks[SENDER_BULKS_MAX];
    uint64_t sweep_event;
    uint64_t version;
    uint64_t swept_at_ms;
    uint64_t sold_at_ms;
    uint64_t logged_at_ms;
    uint32_t at;
    uint32_t swept; /* of this sweep */
    uint32_t bulks_out;
    uint32_t old_count;
    /* positions */
    uint64_t published_event; /* atomic */
    uint64_t covered_event;   /* atomic: everything up to here was taken by the cluster */
    uint64_t written_event;   /* in the position that is on its way */
    uint64_t noted_event;
    uint64_t noted_at_ms;
    uint64_t products_refused; /* atomic */
    uint64_t rebuilds;         /* atomic */
    /* the tree as it was when documents were written last */
    struct category *tree;
    uint32_t tree_count;
    bool tree_changed; /* atomic */
    bool is_serving;   /* atomic: the index is of this timeline and was complete once */
    bool is_out;       /* the call */
    bool has_position;
    bool is_whole; /* the sweep is of the whole catalogue, into an index of its own */
    bool has_failed;
};

void sender_init(struct sender *sender, const struct elastic_options *options, struct wire *wire,
                 struct analysis *analysis);
/* Nothing may be out. */
void sender_release(struct sender *sender);
/* On the elastic thread, once: who is whose sibling. */
void sender_begin(struct sender *sender);
/* Does what is due and not waiting for an answer. Returns for how long nothing will be. */
uint32_t sender_step(struct sender *sender, uint64_t now_ms);
/* The cluster does not know our index: look again. */
void sender_look_again(struct sender *sender);

#endif
