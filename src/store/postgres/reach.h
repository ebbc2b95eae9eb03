/*
 * reach.h - waits at the start until the shared database can be reached, for as long as waiting can
 * help.
 *
 *   away, starting, full of connections, a standby that is not promoted yet    waited for
 *   wrong password, no such database, no right to connect                      refused at once
 */
#ifndef STORE_POSTGRES_REACH_H
#define STORE_POSTGRES_REACH_H

#include "shop/err.h"

#include <stdbool.h>
#include <stdint.h>

struct reach_options {
    const char *url;    /* as libpq takes it */
    const char *region; /* for the log */
    uint32_t wait_ms;   /* for an answer: 1,000 */
    uint32_t most_s;    /* 0 = as long as it takes */
    bool is_read_only;  /* a standby will do */
};

/* What is kept from one call to the next of a start: it may be away again when it is used. Zeroed
 * at first. */
struct reach {
    uint64_t began_ns;
    uint64_t told_ns; /* when the log was told what is waited for */
    uint64_t pause_ns;
    uint32_t tries;
};

/* Returns once the database takes writes, or with is_read_only answers. ERR_STORE with PG_REFUSED:
 * waiting mends nothing; with PG_AWAY: it took longer than most_s. Either is logged, and every half
 * minute what is waited for. May be left by a signal that ends the process. */
struct err reach_database(struct reach *reach, const struct reach_options *options) MUST_USE;

#endif
