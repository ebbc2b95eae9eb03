/*
 * reading.h - a server that only reads what others write: what it refuses, and how old is what it
 * shows.
 *
 * 405 with Allow, as the address does not have the method here: not 503, which asks to come again,
 * and not 403, as the key is right.
 */
#ifndef API_READING_H
#define API_READING_H

#include "api/call.h"

#include <stdbool.h>
#include <stdint.h>

struct reading {
    bool is_on;    /* nothing is written here */
    bool is_away;  /* the database does not answer */
    bool is_late;  /* what was read is older than late_s */
    bool is_stale; /* one of the two, if they are looked at */
    uint32_t late_s;
    struct store_lag lag;
};

struct reading reading_look(const struct call *call);
/* True: the call, whose route is known, would write, and was answered with ERR_READ_ONLY. */
bool reading_refuses(struct call *call) MUST_USE;

#endif
