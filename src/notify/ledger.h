/*
 * ledger.h - what is to be told to whom, and how far the followers are: notify.db, a file of its
 * own beside the shop's, which may be lost without harm to any order; or tables that the shopd of a
 * region share.
 *
 *   WAITING --claim--> TAKEN --accepted--> (gone)
 *      ^                 |
 *      +---- may pass ---+--- will not ---> DEAD --resend--> WAITING
 *
 * A row is written in the transaction that moves its follower's position, so an event gives its
 * deliveries once. What was TAKEN when the process ended is WAITING at the next start: nothing runs
 * for ever. Rows name contacts by number and hold no personal data.
 *
 * Where several shopd share it, one of them tells at a time, and the others stand by: it holds the
 * ledger for a term, renewed by ledger_hold() until it ends or is cut off; then another one does.
 * Claiming, settling and moving a position name the term they belong to, and are refused when it is
 * over: nobody who comes back late changes what the next one does (ADR 0062).
 *
 * Positions belong to a timeline: after a restore from a backup a follower begins anew. One
 * connection, one lock, any thread. A commit of the file reaches the disk with the next checkpoint;
 * a power cut before it takes the file back to an earlier whole state, and events are told again.
 * ERR_OVERLOADED: a shared ledger is away, or held by another.
 */
#ifndef NOTIFY_LEDGER_H
#define NOTIFY_LEDGER_H

#include "base/arena.h"
#include "base/text.h"
#include "shop/err.h"
#include "store/database.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;

enum delivery_state { DELIVERY_WAITING = 0, DELIVERY_TAKEN = 1, DELIVERY_DEAD = 2 };

/* One message to one receiver through one queue: a channel's name, or "webhook:NUMBER". */
struct delivery {
    uint64_t id;
    struct text queue;
    enum delivery_state state;
    uint64_t due_ms;
    uint64_t event;
    struct text notice;  /* "order_placed" */
    uint64_t subject;    /* the order or product it is about */
    uint64_t contact;    /* 0 = to the operators */
    uint64_t created_ms; /* when the event happened */
    uint32_t attempts;
    uint32_t status;      /* the provider's last answer; 0 = none */
    struct text reason;   /* of the last failure, a few fixed words */
    struct text language; /* "de"; none = the shop's */
    struct text topic;    /* for push: the customer's id; none = nobody's telephone */
    struct text data;     /* JSON, what templates and webhooks show; never personal */
};

#define LEDGER_FILE "notify.db"

struct ledger_options {
    struct database *database; /* the ledger's from then on, also when it cannot be opened */
    uint64_t timeline;
    uint32_t lease_ms; /* of a shared one: how long a term lasts that is not renewed */
};
struct err ledger_open(const struct ledger_options *options, struct ledger **ledger_out) MUST_USE;
void ledger_close(struct ledger *ledger);
uint64_t ledger_timeline(const struct ledger *ledger);
bool ledger_is_shared(const struct ledger *ledger);

/* Renews the term, or begins one when nobody tells; else another's goes on. OK either way. To be
 * called often: it asks the database five times a term. */
struct err ledger_hold(struct ledger *ledger) MUST_USE;
/* Another may tell at once. */
void ledger_release(struct ledger *ledger);
/* 0 = this process does not tell. Not shared: always the same. */
uint64_t ledger_term(const struct ledger *ledger);
/* The same, also when its time is over but nobody else is known to tell. */
uint64_t ledger_last_term(const struct ledger *ledger);

/* A transaction: the lock is held from begin to end. */
struct err ledger_begin(struct ledger *ledger) MUST_USE;
/* The same, for who tells. */
struct err ledger_begin_telling(struct ledger *ledger, uint64_t term) MUST_USE;
/* Commits what was done well, or takes it back; returns `err`, or why it could not be kept. */
struct err ledger_end(struct ledger *ledger, struct err err) MUST_USE;
/* Within a transaction. */
struct err ledger_add(struct ledger *ledger, const struct delivery *delivery) MUST_USE;
/* A delivery that somebody else has given up, ready to be sent again. One that is there already is
 * not added a second time. */
struct err ledger_add_dead(struct ledger *ledger, const struct delivery *delivery) MUST_USE;
struct err ledger_put_position(struct ledger *ledger, const char *follower,
                               uint64_t event) MUST_USE;
/* Notes that stock of the product is low, or not; *changed_out when that is news to the follower.
 */
struct err ledger_put_low(struct ledger *ledger, const char *follower, uint32_t product,
                          bool is_low, bool *changed_out) MUST_USE;

/* As the follower noted it last. */
struct err ledger_is_low(struct ledger *ledger, const char *follower, uint32_t product,
                         bool *is_low_out) MUST_USE;

/* How many wait in a queue, counted up to `limit`. */
struct err ledger_waiting(struct ledger *ledger, struct text queue, uint32_t limit,
                          uint32_t *count_out) MUST_USE;

/* *found_out false: it has none in this timeline. */
struct err ledger_read_position(struct ledger *ledger, const char *follower, uint64_t *event_out,
                                bool *found_out) MUST_USE;

/* The same, not within a transaction. */
struct err ledger_position(struct ledger *ledger, const char *follower, uint64_t *event_out,
                           bool *found_out) MUST_USE;

/* An operator wants the follower of whoever tells to go on behind this event. */
struct err ledger_wish_move(struct ledger *ledger, const char *follower, uint64_t event) MUST_USE;
struct err ledger_wished_move(struct ledger *ledger, const char *follower, uint64_t *event_out,
                              bool *found_out) MUST_USE;
/* Within a transaction: it was done. A newer wish stays. */
struct err ledger_forget_wish(struct ledger *ledger, const char *follower, uint64_t event) MUST_USE;

struct ledger_claim {
    struct text queue;
    uint64_t now_ms; /* what is due by then */
    uint64_t term;   /* in which it is told */
    uint32_t limit;
};
/* Takes deliveries, oldest first, at most `limit`; they live in the arena. */
struct err ledger_claim(struct ledger *ledger, const struct ledger_claim *wanted,
                        struct arena *arena, struct delivery **deliveries_out,
                        uint32_t *count_out) MUST_USE;

enum delivery_outcome { DELIVERY_ACCEPTED, DELIVERY_AGAIN, DELIVERY_REFUSED };

struct delivery_result {
    uint64_t id;
    enum delivery_outcome outcome;
    uint32_t attempts;
    uint32_t status;
    uint64_t due_ms; /* AGAIN */
    const char *reason;
    uint64_t webhook; /* whose log it goes to; 0 = none */
    uint64_t subject; /* of the delivery; not looked at */
    uint64_t at_ms;
};
/* All in one transaction. */
struct err ledger_settle(struct ledger *ledger, uint64_t term,
                         const struct delivery_result *results, uint32_t count) MUST_USE;

struct ledger_query {
    int state;       /* enum delivery_state, or -1 */
    uint64_t before; /* only lower ids; 0 = from the newest */
    uint32_t limit;
};
struct err ledger_list(struct ledger *ledger, const struct ledger_query *query, struct arena *arena,
                       struct delivery **deliveries_out, uint32_t *count_out,
                       bool *has_more_out) MUST_USE;
struct err ledger_find(struct ledger *ledger, uint64_t id, struct arena *arena,
                       struct delivery *delivery_out, bool *found_out) MUST_USE;
/* The delivery is tried at once, dead or not, unless it is under way. id 0: all that are dead. */
struct err ledger_resend(struct ledger *ledger, uint64_t id, uint64_t now_ms,
                         uint32_t *count_out) MUST_USE;

/* The delivery goes, whatever its state. */
struct err ledger_drop(struct ledger *ledger, uint64_t id) MUST_USE;
/* Of those that wait, drops each that is unwanted. `is_unwanted` is asked once for each. */
struct err ledger_withdraw(struct ledger *ledger,
                           bool (*is_unwanted)(void *context, uint64_t subject), void *context,
                           struct arena *arena) MUST_USE;

/* What came from one ledger into another. */
struct ledger_brought {
    uint32_t deliveries;
    uint32_t webhooks;
    uint32_t tries;         /* of the webhooks */
    uint32_t webhooks_left; /* with what waits for them and their tries: `to` has some already */
};
/* Within a transaction of `to`, while nobody uses `from`: what that has is brought in. What `to`
 * knows stays; ids are kept, those of deliveries where it has none. */
struct err ledger_bring_all(struct ledger *from, struct ledger *to, struct arena *arena,
                            struct ledger_brought *brought_out) MUST_USE;

struct ledger_counts {
    uint64_t waiting; /* and taken; both counted up to LEDGER_COUNT_MAX */
    uint64_t dead;
    uint64_t oldest_ms; /* event time of the oldest that waits; 0 = none */
};
enum { LEDGER_COUNT_MAX = 100000 };
struct err ledger_counts(struct ledger *ledger, struct ledger_counts *counts_out) MUST_USE;

#endif
