#include "notify/turn.h"

#define WORKERS_FROM "workers from"
#define SERVER_FROM  "server from"

static struct err put(struct ledger *ledger, const struct turn *turn)
{
    TRY(ledger_put_position(ledger, WORKERS_FROM, turn->workers_from));
    return ledger_put_position(ledger, SERVER_FROM, turn->server_from);
}

static struct err keep(struct ledger *ledger, const struct turn *turn)
{
    TRY(ledger_begin(ledger));
    return ledger_end(ledger, put(ledger, turn));
}

struct err turn_take(struct ledger *ledger, bool by_workers, uint64_t last_event,
                     struct turn *turn_out)
{
    bool is_known;
    *turn_out = (struct turn){0};
    TRY(ledger_position(ledger, WORKERS_FROM, &turn_out->workers_from, &is_known));
    TRY(ledger_position(ledger, SERVER_FROM, &turn_out->server_from, &is_known));
    bool was_by_workers = turn_out->workers_from > turn_out->server_from;
    if (was_by_workers == by_workers)
        return OK;
    uint64_t next_event = last_event + 1;
    if (!by_workers)
        turn_out->server_from = next_event;
    else if (turn_out->server_from == next_event)
        turn_out->server_from--; /* changed to and fro without an event between */
    if (by_workers)
        turn_out->workers_from = next_event;
    return keep(ledger, turn_out);
}

bool turn_is_of_workers(const struct turn *turn, uint64_t event)
{
    if (turn->workers_from > turn->server_from)
        return event >= turn->workers_from;
    return turn->workers_from != 0 && event >= turn->workers_from && event < turn->server_from;
}
