/*
 * migrations.h - the schema of the shared database, in steps that only go forward.
 *
 * Each step is safe while the version before still runs: it adds, and what it makes superfluous
 * goes with a later one (expand, then contract). The table `schema` says how far the steps have
 * come (`version`) and which shopd may still work with it (`min_reader`): a roll-back works until
 * `shopd migrate --finish` raises that to the version of the steps.
 */
#ifndef STORE_POSTGRES_MIGRATIONS_H
#define STORE_POSTGRES_MIGRATIONS_H

#include "store/postgres/pg.h"

enum {
    SHARED_SCHEMA_VERSION = 2, /* steps that this shopd knows */
    SHARED_SCHEMA_NEEDED = 2,  /* steps that it cannot work without */
};

struct shared_schema {
    uint64_t version; /* 0 = there is none */
    uint64_t min_reader;
};

/* Connects for itself. */
struct err migrations_look(const char *url, uint32_t timeout_ms,
                           struct shared_schema *schema_out) MUST_USE;
/* Takes the steps that are missing, each in a transaction; several may call it at once. With
 * `finishes`, older shopd are refused from then on. */
struct err migrations_run(const char *url, bool finishes, uint32_t timeout_ms,
                          struct shared_schema *schema_out) MUST_USE;

#endif
