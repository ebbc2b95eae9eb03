/*
 * turn.h - who tells people of an event: this server, or the workers behind Kafka (ADR 0053).
 *
 * A change of the setting counts from the next event on, and the ledger remembers where that was:
 * the followers may both be behind then, and nothing is told twice or not at all.
 */
#ifndef NOTIFY_TURN_H
#define NOTIFY_TURN_H

#include "notify/ledger.h"

/* Names of the followers that it is about, in the ledger. */
#define FOLLOWER_NOTICES "notices"
#define FOLLOWER_KAFKA   "kafka"

struct turn {
    uint64_t workers_from; /* the first event after the last change; 0 = there was none */
    uint64_t server_from;
};

/* `last_event` is the last one there was when the process began; what a follower has taken since,
 * in another process, is past, too. Any number of followers may call it, and get the same. */
struct err turn_take(struct ledger *ledger, bool by_workers, uint64_t last_event,
                     struct turn *turn_out) MUST_USE;
bool turn_is_of_workers(const struct turn *turn, uint64_t event);

#endif
