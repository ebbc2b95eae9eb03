#include "app/follow/place.h"

uint64_t place_term(const struct place *place)
{
    return ledger_term(place->ledger);
}

static struct err move(struct place *place, uint64_t event)
{
    TRY(ledger_put_position(place->ledger, place->follower, event));
    return ledger_forget_wish(place->ledger, place->follower, event);
}

struct err place_move(struct place *place, uint64_t event)
{
    TRY(ledger_begin_telling(place->ledger, place->term));
    return ledger_end(place->ledger, move(place, event));
}

struct err place_read(struct place *place, uint64_t *event_out)
{
    bool is_known = false;
    place->term = ledger_term(place->ledger);
    TRY(turn_take(place->ledger, place->by_workers, place->opened_event, &place->turn));
    TRY(ledger_position(place->ledger, place->follower, event_out, &is_known));
    if (is_known)
        return OK;
    *event_out = place->opened_event;
    return place_move(place, *event_out);
}

struct err place_wished(struct place *place, uint64_t *event_out, bool *found_out)
{
    *found_out = false;
    if (!ledger_is_shared(place->ledger))
        return OK; /* there is nobody else to ask */
    return ledger_wished_move(place->ledger, place->follower, event_out, found_out);
}
