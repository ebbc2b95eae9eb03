#include "api/reading.h"

enum { MS_PER_S = 1000 };

/* A quote is what a cart would cost: nothing is kept of it. */
static bool is_reading(const struct route *route)
{
    return route->method == METHOD_GET || route->handler == carts_quote;
}

struct reading reading_look(const struct call *call)
{
    struct reading reading = {.is_on = store_is_read_only(call->store),
                              .late_s = call->options->read_behind_max_s};
    if (!reading.is_on)
        return reading;
    bool is_looked_at = reading.late_s > 0;
    reading.lag = store_lag(call->store);
    reading.is_away = is_looked_at && !store_is_reachable(call->store);
    reading.is_late = is_looked_at && reading.lag.ms > (uint64_t)reading.late_s * MS_PER_S;
    reading.is_stale = reading.is_away || reading.is_late;
    return reading;
}

bool reading_refuses(struct call *call)
{
    if (!store_is_read_only(call->store) || is_reading(call->route))
        return false;
    /* No route has OPTIONS, so that all of the address are found. */
    uint32_t methods = route_find(METHOD_OPTIONS, call->request->path).methods;
    uint32_t reads = (1u << METHOD_GET | 1u << METHOD_HEAD) & methods;
    struct buffer allow;
    buffer_init(&allow, 64);
    call_append_methods(&allow, reads);
    call_header(call, "Allow", buffer_text(&allow));
    buffer_release(&allow);
    call_refuse(call, ERR(ERR_READ_ONLY));
    return true;
}
