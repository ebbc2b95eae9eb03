/*
 * place.h - where a follower is that has its position in the ledger, and in whose place it follows:
 * of several shopd on one ledger one follows at a time (ledger.h).
 */
#ifndef APP_FOLLOW_PLACE_H
#define APP_FOLLOW_PLACE_H

#include "notify/ledger.h"
#include "notify/turn.h"

struct place {
    struct ledger *ledger;
    const char *follower;
    bool by_workers;       /* of now on; turn.h */
    uint64_t opened_event; /* the last one when the process began */
    uint64_t term;         /* in which it was read */
    struct turn turn;      /* as of then */
};

/* For follower_ops: 0 = another one follows. */
uint64_t place_term(const struct place *place);
/* What to follow from, in the present term. A shop that had no such follower until now, or comes
 * from a backup, does not tell what is long past; but what happened since the start, however late
 * this was called. */
struct err place_read(struct place *place, uint64_t *event_out) MUST_USE;
struct err place_wished(struct place *place, uint64_t *event_out, bool *found_out) MUST_USE;
/* Moves the position on an operator's wish, which is forgotten. */
struct err place_move(struct place *place, uint64_t event) MUST_USE;

#endif
