#include "notify/turn.h"

#define WORKERS_FROM "workers from"
#define SERVER_FROM  "server from"

static struct err put(struct ledger *ledger, const struct turn *turn)
{
    TRY(ledger_put_position(ledger, WORKERS_FROM, turn->workers_from));
    return ledger_put_position(ledger, SERVER_FROM, turn->server_from);
}

/* Within a transaction: the last event that somebody has taken, or `last_event`. */
static struct err read_last(struct ledger *ledger, uint64_t *last_event)
{
    static const char *const followers[] = {FOLLOWER_NOTICES, FOLLOWER_KAFKA};
    for (size_t i = 0; i < countof(followers); i++) {
        bool is_known;
        uint64_t event = 0;
        TRY(ledger_read_position(ledger, followers[i], &event, &is_known));
        if (is_known && event > *last_event)
            *last_event = event;
    }
    return OK;
}

static struct err take(struct ledger *ledger, bool by_workers, uint64_t last_event,
                       struct turn *turn)
{
    bool is_known;
    TRY(ledger_read_position(ledger, WORKERS_FROM, &turn->workers_from, &is_known));
    TRY(ledger_read_position(ledger, SERVER_FROM, &turn->server_from, &is_known));
    bool was_by_workers = turn->workers_from > turn->server_from;
    if (was_by_workers == by_workers)
        return OK;
    TRY(read_last(ledger, &last_event));
    uint64_t next_event = last_event + 1;
    if (!by_workers)
        turn->server_from = next_event;
    else if (turn->server_from == next_event)
        turn->server_from--; /* changed to and fro without an event between */
    if (by_workers)
        turn->workers_from = next_event;
    return put(ledger, turn);
}

struct err turn_take(struct ledger *ledger, bool by_workers, uint64_t last_event,
                     struct turn *turn_out)
{
    *turn_out = (struct turn){0};
    TRY(ledger_begin(ledger));
    return ledger_end(ledger, take(ledger, by_workers, last_event, turn_out));
}

bool turn_is_of_workers(const struct turn *turn, uint64_t event)
{
    if (turn->workers_from > turn->server_from)
        return event >= turn->workers_from;
    return turn->workers_from != 0 && event >= turn->workers_from && event < turn->server_from;
}
