/*
 * database_postgres.h - a database.h that lies in PostgreSQL, and that the shopd of a region share.
 *
 * The row of the region in the table `tellers` is its lock: each transaction takes it first, so
 * there is one at a time, as in a file. It says, too, who holds the database and until when, by the
 * clock of PostgreSQL. A holder that was stopped or cut off writes nothing more once another holds
 * it: its next transaction finds the other's name there. ADR 0062.
 */
#ifndef STORE_POSTGRES_DATABASE_POSTGRES_H
#define STORE_POSTGRES_DATABASE_POSTGRES_H

#include "store/database.h"

struct database_postgres_options {
    const char *url;
    const char *region;
    uint32_t wait_ms;  /* for an answer */
    bool is_read_only; /* it may be a hot standby: transactions lock nothing, nobody holds it */
};

/* Connects when it is first used. */
struct database *database_postgres_open(const struct database_postgres_options *options) MUST_USE;

#endif
