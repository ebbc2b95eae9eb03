#include "store/postgres/database_postgres.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "store/postgres/pg.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REGION_SIZE = 64,
    SESSION_SIZE = 256,
    AWAY_SECONDS = 1,
    PAUSE_FIRST_MS = 50,
    PAUSE_MAX_MS = 1000,
    FEW_STATEMENTS = 64,
    COMMIT_WAITS = 10, /* wait_ms: a COMMIT may have to wait for a standby */
};
#define NS_PER_MS UINT64_C(1000000)
#define NOTHING   UINT32_MAX

/* What the transactions themselves need; those of the caller come behind. */
enum {
    DB_BEGIN,
    DB_BEGIN_READING,
    DB_COMMIT,
    DB_ROLLBACK,
    DB_MAKE,
    DB_LOCK,
    DB_HOLD,
    DB_RELEASE,
    DB_OWN_COUNT
};

#define NOW_MS "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
static const struct pg_statement own_statements[DB_OWN_COUNT] = {
    [DB_BEGIN] = {"BEGIN ISOLATION LEVEL READ COMMITTED", 0},
    [DB_BEGIN_READING] = {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0},
    [DB_COMMIT] = {"COMMIT", 0},
    [DB_ROLLBACK] = {"ROLLBACK", 0},
    [DB_MAKE] = {"INSERT INTO tellers(region_id) VALUES($1) ON CONFLICT DO NOTHING", 1},
    [DB_LOCK] = {"SELECT holder, term, CAST(until_ms <= " NOW_MS " AS int)::bigint"
                 " FROM tellers WHERE region_id = $1 FOR UPDATE",
                 1},
    [DB_HOLD] = {"UPDATE tellers SET holder = $2, term = $3, until_ms = " NOW_MS " + $4::bigint"
                 " WHERE region_id = $1",
                 4},
    [DB_RELEASE] = {"UPDATE tellers SET until_ms = 0 WHERE region_id = $1 AND holder = $2", 2},
};

/* Values that were bound. */
struct bound {
    struct pg_value values[PG_VALUES_MAX];
    uint64_t numbers[PG_VALUES_MAX];
};

struct database_postgres {
    struct database database;
    struct pg pg;
    char region[REGION_SIZE];
    char session[SESSION_SIZE];
    uint32_t wait_ms;
    bool is_read_only;
    uint64_t self; /* random: this process, as the holder */
    struct pg_statement *statements;
    struct bound *bound;
    uint32_t count;
    bool is_in_transaction;
    uint64_t holder; /* as the lock showed them */
    uint64_t term;
    bool is_over;     /* its time */
    uint32_t reading; /* whose rows are in the last result */
    int row;          /* the next one */
    uint64_t next_try_ns;
    uint64_t pause_ns;
};

static struct database_postgres *postgres_of(struct database *database)
{
    return (struct database_postgres *)database;
}

static struct pg_value region_value(const struct database_postgres *self)
{
    return pg_bytes(text_of(self->region));
}

/* ---- away, and back ---- */

static struct err failed(struct database_postgres *self, struct err err)
{
    if (err.value != PG_AWAY)
        return err;
    self->pause_ns = self->pause_ns == 0 ? PAUSE_FIRST_MS * NS_PER_MS : self->pause_ns * 2;
    if (self->pause_ns > PAUSE_MAX_MS * NS_PER_MS)
        self->pause_ns = PAUSE_MAX_MS * NS_PER_MS;
    self->next_try_ns = clock_monotonic_ns() + self->pause_ns;
    return ERR_AT(ERR_OVERLOADED, 0, .value = AWAY_SECONDS);
}

/* Many statements may have gathered. */
static uint32_t wait_for_all(const struct database_postgres *self)
{
    return self->pg.sent > FEW_STATEMENTS ? self->wait_ms * COMMIT_WAITS : self->wait_ms;
}

static struct err run_all(struct database_postgres *self, uint32_t wait_ms)
{
    struct err err = pg_run(&self->pg, wait_ms);
    if (err.code != ERR_NONE)
        return failed(self, err);
    self->pg.is_known_away = false;
    self->pause_ns = 0;
    return OK;
}

/* Whoever asks again too soon is told at once. */
static struct err connect_again(struct database_postgres *self)
{
    if (self->pg.connection != NULL)
        return OK;
    if (clock_monotonic_ns() < self->next_try_ns)
        return ERR_AT(ERR_OVERLOADED, 0, .value = AWAY_SECONDS);
    struct err err = pg_connect(&self->pg, self->wait_ms);
    if (err.code != ERR_NONE)
        return failed(self, err);
    if (self->is_read_only)
        return OK;
    struct pg_value region = region_value(self);
    pg_send(&self->pg, DB_MAKE, &region);
    return run_all(self, self->wait_ms);
}

/* ---- transactions ---- */

static struct err read_lock(struct database_postgres *self)
{
    const PGresult *locked = self->pg.results[self->pg.result_count - 1];
    if (PQntuples(locked) != 1)
        return ERR_AT(ERR_STORE, 0, PG_REFUSED);
    self->holder = pg_get_u64(locked, 0, 0);
    self->term = pg_get_u64(locked, 0, 1);
    self->is_over = pg_get_u64(locked, 0, 2) != 0;
    return OK;
}

static struct err postgres_begin(struct database *database)
{
    struct database_postgres *self = postgres_of(database);
    struct pg_value region = region_value(self);
    ensure(!self->is_in_transaction);
    TRY(connect_again(self));
    self->reading = NOTHING;
    pg_send(&self->pg, self->is_read_only ? DB_BEGIN_READING : DB_BEGIN, NULL);
    if (!self->is_read_only)
        pg_send(&self->pg, DB_LOCK, &region);
    TRY(run_all(self, 2 * self->wait_ms));
    self->is_in_transaction = true;
    return self->is_read_only ? OK : read_lock(self);
}

static struct err postgres_commit(struct database *database)
{
    struct database_postgres *self = postgres_of(database);
    self->is_in_transaction = false;
    self->reading = NOTHING;
    pg_send(&self->pg, DB_COMMIT, NULL);
    return run_all(self, self->wait_ms * COMMIT_WAITS);
}

static void postgres_rollback(struct database *database)
{
    struct database_postgres *self = postgres_of(database);
    bool has_begun = self->is_in_transaction;
    self->is_in_transaction = false;
    self->reading = NOTHING;
    if (!has_begun || self->pg.connection == NULL)
        return;
    pg_send(&self->pg, DB_ROLLBACK, NULL);
    (void)run_all(self, self->wait_ms);
}

static uint64_t postgres_term(const struct database *database)
{
    const struct database_postgres *self = (const void *)database;
    ensure(self->is_in_transaction);
    return self->holder == self->self ? self->term : 0;
}

static void send_own(struct database_postgres *self, uint32_t statement, uint64_t term,
                     uint64_t lease_ms)
{
    uint64_t numbers[] = {htobe64(self->self), htobe64(term), htobe64(lease_ms)};
    struct pg_value values[1 + countof(numbers)] = {region_value(self)};
    for (size_t i = 0; i < countof(numbers); i++)
        values[1 + i] = (struct pg_value){(const char *)&numbers[i], sizeof(numbers[i])};
    pg_send(&self->pg, statement, values);
}

static struct err postgres_hold(struct database *database, uint32_t lease_ms,
                                struct database_holding *holding_out)
{
    struct database_postgres *self = postgres_of(database);
    bool is_mine = self->holder == self->self;
    *holding_out = (struct database_holding){0, false};
    ensure(self->is_in_transaction);
    ensure(!self->is_read_only);
    if (!is_mine && !self->is_over)
        return OK;
    *holding_out = (struct database_holding){self->term + (is_mine ? 0 : 1), !is_mine};
    self->reading = NOTHING;
    send_own(self, DB_HOLD, holding_out->term, lease_ms);
    self->holder = self->self;
    self->term = holding_out->term;
    return OK;
}

static struct err postgres_release(struct database *database)
{
    struct database_postgres *self = postgres_of(database);
    ensure(self->is_in_transaction);
    self->reading = NOTHING;
    send_own(self, DB_RELEASE, 0, 0);
    return OK;
}

/* ---- statements ---- */

static void postgres_bind_u64(struct database *database, uint32_t statement, int position,
                              uint64_t value)
{
    struct database_postgres *self = postgres_of(database);
    ensure(statement < self->count && position >= 1 && position < PG_VALUES_MAX);
    struct bound *bound = &self->bound[statement];
    bound->numbers[position - 1] = htobe64(value);
    bound->values[position - 1] =
        (struct pg_value){(const char *)&bound->numbers[position - 1], sizeof(uint64_t)};
}

static void postgres_bind_bytes(struct database *database, uint32_t statement, int position,
                                struct text value, bool is_text)
{
    struct database_postgres *self = postgres_of(database);
    (void)is_text;
    ensure(statement < self->count && position >= 1 && position < PG_VALUES_MAX);
    self->bound[statement].values[position - 1] = pg_bytes(value);
}

static void send(struct database_postgres *self, uint32_t statement)
{
    ensure(statement < self->count);
    struct bound *bound = &self->bound[statement];
    uint32_t place = DB_OWN_COUNT + statement;
    self->reading = NOTHING;
    bound->values[self->statements[place].value_count - 1] = region_value(self);
    pg_send(&self->pg, place, bound->values);
}

/* It goes with the next one that is waited for; libpq has its values by then. */
static struct err postgres_run(struct database *database, uint32_t statement)
{
    struct database_postgres *self = postgres_of(database);
    ensure(self->is_in_transaction);
    send(self, statement);
    return OK;
}

static struct err postgres_changes(struct database *database, uint64_t *count_out)
{
    struct database_postgres *self = postgres_of(database);
    *count_out = 0;
    ensure(self->pg.sent > 0 || self->pg.connection == NULL);
    TRY(run_all(self, wait_for_all(self)));
    *count_out = strtoull(PQcmdTuples(self->pg.results[self->pg.result_count - 1]), NULL, 10);
    return OK;
}

static struct err postgres_next(struct database *database, uint32_t statement, bool *has_row_out)
{
    struct database_postgres *self = postgres_of(database);
    *has_row_out = false;
    if (self->reading != statement) {
        if (!self->is_in_transaction)
            TRY(connect_again(self));
        send(self, statement);
        TRY(run_all(self, wait_for_all(self)));
        self->reading = statement;
        self->row = 0;
    }
    *has_row_out = self->row < PQntuples(self->pg.results[self->pg.result_count - 1]);
    self->row++;
    if (!*has_row_out)
        self->reading = NOTHING;
    return OK;
}

static void postgres_reset(struct database *database, uint32_t statement)
{
    (void)statement;
    postgres_of(database)->reading = NOTHING;
}

static const PGresult *result_of(const struct database_postgres *self, uint32_t statement)
{
    ensure(self->reading == statement && self->row > 0);
    return self->pg.results[self->pg.result_count - 1];
}

static uint64_t postgres_get_u64(const struct database *database, uint32_t statement, int column)
{
    const struct database_postgres *self = (const void *)database;
    return pg_get_u64(result_of(self, statement), self->row - 1, column);
}

static struct text postgres_get_bytes(const struct database *database, uint32_t statement,
                                      int column)
{
    const struct database_postgres *self = (const void *)database;
    return pg_get_text(result_of(self, statement), self->row - 1, column);
}

/* ---- life ---- */

/* The highest of its parameters. */
static int count_values(const char *sql)
{
    long most = 0;
    for (const char *at = strchr(sql, '$'); at != NULL; at = strchr(at + 1, '$')) {
        long number = strtol(at + 1, NULL, 10);
        most = number > most ? number : most;
    }
    ensure(most > 0 && most <= PG_VALUES_MAX);
    return (int)most;
}

static struct err postgres_prepare(struct database *database, const char *schema,
                                   const char *const *statements, uint32_t count)
{
    struct database_postgres *self = postgres_of(database);
    (void)schema;
    self->count = count;
    self->statements = memory_alloc_zeroed(DB_OWN_COUNT + count, sizeof(*self->statements));
    self->bound = memory_alloc_zeroed(count, sizeof(*self->bound));
    memcpy(self->statements, own_statements, sizeof(own_statements));
    for (uint32_t i = 0; i < count; i++)
        self->statements[DB_OWN_COUNT + i] =
            (struct pg_statement){statements[i], count_values(statements[i])};
    self->pg.statements = self->statements;
    self->pg.statement_count = DB_OWN_COUNT + count;
    return connect_again(self);
}

static void postgres_close(struct database *database)
{
    struct database_postgres *self = postgres_of(database);
    pg_close(&self->pg);
    memory_free(self->statements);
    memory_free(self->bound);
    memory_free(self);
}

static const struct database_ops postgres_ops = {
    .is_shared = true,
    .prepare = postgres_prepare,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .hold = postgres_hold,
    .release = postgres_release,
    .term = postgres_term,
    .bind_u64 = postgres_bind_u64,
    .bind_bytes = postgres_bind_bytes,
    .run = postgres_run,
    .changes = postgres_changes,
    .next = postgres_next,
    .reset = postgres_reset,
    .get_u64 = postgres_get_u64,
    .get_bytes = postgres_get_bytes,
    .close = postgres_close,
};

struct database *database_postgres_open(const struct database_postgres_options *options)
{
    struct database_postgres *self = memory_alloc_zeroed(1, sizeof(*self));
    self->database.ops = &postgres_ops;
    self->wait_ms = options->wait_ms;
    self->is_read_only = options->is_read_only;
    self->reading = NOTHING;
    int length = snprintf(self->region, sizeof(self->region), "%s", options->region);
    ensure(length > 0 && (size_t)length < sizeof(self->region));
    /* A process that was stopped within a transaction does not keep the others from theirs. */
    length = snprintf(self->session, sizeof(self->session),
                      "SET lock_timeout = %u; SET idle_in_transaction_session_timeout = %u;"
                      "SET statement_timeout = 0; SET client_min_messages = warning%s",
                      self->wait_ms, self->wait_ms,
                      self->is_read_only ? "; SET default_transaction_read_only = on" : "");
    ensure(length > 0 && (size_t)length < sizeof(self->session));
    random_secret(&self->self, sizeof(self->self));
    self->self = (self->self >> 1) | 1; /* a bigint, and not nobody */
    pg_init(&self->pg, options->url, self->session, NULL, 0);
    self->pg.prefix = 'n';
    return &self->database;
}
