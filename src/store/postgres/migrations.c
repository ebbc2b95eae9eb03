#include "store/postgres/migrations.h"

#include "base/log.h"

#include <stdio.h>

/*
 * Every table leads with region_id, which a sharding engine distributes by: all that a checkout
 * writes lies on one node. The keys are the last guard of what the lock on the region's row already
 * promises: each batch follows the one before, and no event is recorded twice.
 */
static const char *const steps[SHARED_SCHEMA_VERSION] = {
    "CREATE TABLE regions(region_id text PRIMARY KEY, next_batch bigint NOT NULL DEFAULT 1"
    " CHECK(next_batch > 0), next_event bigint NOT NULL DEFAULT 1 CHECK(next_event > 0),"
    " secret bytea NOT NULL CHECK(length(secret) = 16)) WITH (fillfactor = 10);"
    "CREATE TABLE batches(region_id text, batch bigint, first_event bigint NOT NULL,"
    " last_event bigint NOT NULL CHECK(last_event >= first_event - 1), writer bigint NOT NULL,"
    " events bytea NOT NULL, PRIMARY KEY(region_id, batch));"
    "ALTER TABLE batches ALTER events SET STORAGE EXTERNAL;"
    "CREATE UNIQUE INDEX batches_by_event ON batches(region_id, first_event)"
    " WHERE last_event >= first_event;"
    "CREATE TABLE contacts(region_id text, number bigint, batch bigint NOT NULL,"
    " replaces bigint, customer bigint, name text, email text, phone text, shipping_address text,"
    " billing_address text, metadata text, addresses text, preferences text, password text,"
    " email_tag bytea, PRIMARY KEY(region_id, number));"
    "CREATE INDEX contacts_by_batch ON contacts(region_id, batch);"
    "CREATE TABLE answers(region_id text, number bigint, batch bigint NOT NULL,"
    " key bytea NOT NULL, body_hash bigint NOT NULL, at_ms bigint NOT NULL,"
    " event bigint NOT NULL, customer bigint, bytes bytea, PRIMARY KEY(region_id, number));"
    "CREATE INDEX answers_by_batch ON answers(region_id, batch);"
    "CREATE INDEX answers_by_customer ON answers(region_id, customer)"
    " WHERE customer IS NOT NULL;",
};

enum { LOOK_VERSION, LOOK_HAS_TABLE };
static const struct pg_statement look_statements[] = {
    [LOOK_VERSION] = {"SELECT version, min_reader FROM schema", 0},
};
static const struct pg_statement table_statements[] = {
    {"SELECT count(*) FROM pg_catalog.pg_class c WHERE c.oid = to_regclass('schema')", 0},
};

static struct err count_tables(const char *url, uint32_t timeout_ms, uint64_t *count_out)
{
    struct pg pg;
    pg_init(&pg, url, "", table_statements, countof(table_statements));
    struct err err = pg_connect(&pg, timeout_ms);
    if (err.code == ERR_NONE) {
        pg_send(&pg, 0, NULL);
        err = pg_run(&pg, timeout_ms);
    }
    if (err.code == ERR_NONE)
        *count_out = pg_get_u64(pg.results[0], 0, 0);
    pg_close(&pg);
    return err;
}

struct err migrations_look(const char *url, uint32_t timeout_ms, struct shared_schema *schema_out)
{
    struct pg pg;
    uint64_t tables = 0;
    *schema_out = (struct shared_schema){0};
    TRY(count_tables(url, timeout_ms, &tables));
    if (tables == 0)
        return OK;
    pg_init(&pg, url, "", look_statements, countof(look_statements));
    struct err err = pg_connect(&pg, timeout_ms);
    if (err.code == ERR_NONE) {
        pg_send(&pg, LOOK_VERSION, NULL);
        err = pg_run(&pg, timeout_ms);
    }
    if (err.code == ERR_NONE && PQntuples(pg.results[0]) == 1) {
        schema_out->version = pg_get_u64(pg.results[0], 0, 0);
        schema_out->min_reader = pg_get_u64(pg.results[0], 0, 1);
    }
    pg_close(&pg);
    return err;
}

/* One transaction: who comes second finds the step taken, and takes it over again as nothing. */
static struct err take_step(struct pg *pg, uint32_t version, uint32_t timeout_ms)
{
    char sql[4096];
    int length =
        snprintf(sql, sizeof sql,
                 "DO $step$ BEGIN PERFORM pg_advisory_xact_lock(73501);"
                 "CREATE TABLE IF NOT EXISTS schema(version bigint NOT NULL,"
                 " min_reader bigint NOT NULL);"
                 "IF NOT EXISTS(SELECT FROM schema) THEN INSERT INTO schema VALUES(0, 1); END IF;"
                 "IF (SELECT version FROM schema) = %u THEN %s UPDATE schema SET version = %u;"
                 "END IF; END $step$",
                 version - 1, steps[version - 1], version);
    ensure(length > 0 && (size_t)length < sizeof sql);
    return pg_execute(pg, sql, timeout_ms);
}

struct err migrations_run(const char *url, bool finishes, uint32_t timeout_ms,
                          struct shared_schema *schema_out)
{
    struct pg pg;
    pg_init(&pg, url, "", NULL, 0);
    struct err err = pg_connect(&pg, timeout_ms);
    for (uint32_t version = 1; version <= SHARED_SCHEMA_VERSION && err.code == ERR_NONE; version++)
        err = take_step(&pg, version, timeout_ms);
    if (err.code == ERR_NONE && finishes) {
        char sql[128];
        (void)snprintf(sql, sizeof sql, "UPDATE schema SET min_reader = greatest(min_reader, %d)",
                       SHARED_SCHEMA_VERSION);
        err = pg_execute(&pg, sql, timeout_ms);
    }
    pg_close(&pg);
    TRY(err);
    return migrations_look(url, timeout_ms, schema_out);
}
