/*
 * store_postgres.h - a store that any number of shopd share: the event log, contacts and answers
 * lie in PostgreSQL, and each shopd keeps a copy of them, with the tables made from it, in a store
 * of its own.
 *
 *   store_take_turn()  locks the region and brings in what others recorded
 *   store_record()     writes to PostgreSQL, then to the copy
 *   reading            from the copy alone, also while PostgreSQL is away
 *
 * The copy is one: lost or left behind, it is filled again from PostgreSQL. ADR 0060.
 */
#ifndef STORE_POSTGRES_STORE_POSTGRES_H
#define STORE_POSTGRES_STORE_POSTGRES_H

#include "store/postgres/reach.h"
#include "store/store.h"

struct store_postgres_options {
    const char *url;     /* as libpq takes it */
    const char *region;  /* 1..63 bytes */
    uint32_t wait_ms;    /* for an answer of the database: 1,000 */
    bool is_read_only;   /* only follows what others record; the database may be a hot standby */
    struct reach *reach; /* of a start that tries again; NULL = whatever is lacking is logged */
    /* Opens the copy; a new one keeps `secret`. */
    struct err (*open_copy)(void *context, const uint8_t secret[HASH_SECRET_SIZE],
                            struct store **copy_out);
    void *context;
    const uint8_t *secret; /* of a region that does not exist yet; NULL = a new one */
};

/* ERR_STORE with one of enum pg_failure or enum shared_log_failure, or what open_copy() gave; the
 * reason is logged. PG_AWAY where a region that is read only has no shop yet. Released by
 * store_close(), the copy with it. */
struct err store_postgres_open(const struct store_postgres_options *options,
                               struct store **store_out) MUST_USE;

/* ERR_STORE with SHARED_LOG_SCHEMA, logged, when this version cannot work with the tables. */
struct err store_postgres_check_schema(const struct store_postgres_options *options) MUST_USE;

/* Writes everything of an embedded store into a region without events, `secret` with it. */
struct store_postgres_source {
    struct store *store;
    /* The next `limit` contacts behind number `after`. */
    struct err (*read_contacts)(struct store *store, uint64_t after, uint32_t limit,
                                bool (*each)(void *context, const struct contact *contact),
                                void *context);
};
struct err store_postgres_fill(const struct store_postgres_options *options,
                               const struct store_postgres_source *source) MUST_USE;

#endif
