/*
 * worker.h - sends the notices of events that come out of Kafka (ADR 0053).
 *
 *   consumer ──► batch ──► the shop: how is each reached? ──► ledger in memory ──► courier
 *      ▲                                                                             │
 *      └──── commit, once all before an offset are done ◄──── accepted, or dead ◄────┘
 *                                                              and told to the shop
 *
 * Templates, channels, rates, retries and the judgement of answers are the courier's, as in the
 * server. A message is done when every delivery it gave was accepted, or is dead and lies in the
 * shop's ledger, where operators see it; only then its offset may be committed. So a worker that
 * is killed loses nothing: what was under way is sent again by another.
 *
 * Contacts are asked for, kept while their notice is under way, and asked for again every
 * WORKER_CONTACT_MS, so that who was erased is told no more.
 */
#ifndef CLI_WORKER_WORKER_H
#define CLI_WORKER_WORKER_H

#include "notify/courier.h"
#include "notify/kafka.h"

enum { WORKER_BATCH = 100, WORKER_CONTACT_MS = 60000, WORKER_COMMIT_MS = 500 };

struct worker_options {
    struct kafka_settings kafka;
    struct notify_settings notify;
    const char *group;
    const char *shop_url;
    const char *shop_key;
    uint32_t events_max; /* under way */
    uint32_t session_ms; /* without a sign of life the others take over */
};

struct worker;

/* NULL when a setting is wrong: logged. Joins the group. */
struct worker *worker_open(const struct worker_options *options) MUST_USE;
/* A turn: some messages taken, some results noted; waits for 100 ms at most when there are none,
 * longer while the shop does not answer. */
void worker_step(struct worker *worker);
/* Finishes what is under way, for COURIER_STOP_MS at most, and leaves the group. */
void worker_close(struct worker *worker);

struct worker_stats {
    uint64_t events;    /* done, since the start */
    uint64_t under_way; /* events */
    uint64_t dead;      /* deliveries given up and told to the shop */
};
struct worker_stats worker_stats(const struct worker *worker);
struct courier *worker_courier(const struct worker *worker);

#endif
