/*
 * reach.h - waits at the start until the shared database can be reached, for as long as waiting can
 * help.
 *
 *   away, starting, full of connections, a standby that is not promoted yet    waited for
 *   wrong password, no such database, no right to connect                      refused at once
 *
 * What is there may still lack what one that only reads needs, and is then opened anew until it has
 * it.
 */
#ifndef STORE_POSTGRES_REACH_H
#define STORE_POSTGRES_REACH_H

#include "shop/err.h"

#include <stdbool.h>
#include <stdint.h>

/* What is waited for. */
enum reach_wait {
    REACH_DATABASE = 0, /* an answer, or that it takes writes */
    REACH_SHOP,         /* one that only reads: that its region has a shop */
    REACH_EVENTS,       /* one that only reads: all that its data folder has */
    /* always last */
    REACH_WAIT_COUNT
};

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
    uint64_t told_ns[REACH_WAIT_COUNT]; /* when the log was told that it is waited for; 0 = not */
    uint64_t pause_ns;
    uint32_t tries;
};

/* Returns once the database takes writes, or with is_read_only answers. ERR_STORE with PG_REFUSED:
 * waiting mends nothing; with PG_AWAY: it took longer than most_s. Either is logged, and every half
 * minute what is waited for. May be left by a signal that ends the process. */
struct err reach_database(struct reach *reach, const struct reach_options *options) MUST_USE;

/* Whether the log is to be told now that this is waited for: at first, and every half minute.
 * Always with NULL: nobody waits. */
bool reach_is_to_tell(struct reach *reach, enum reach_wait wait);
/* The database was opened: logged where something was told to be lacking. */
void reach_end(struct reach *reach, const struct reach_options *options);

#endif
