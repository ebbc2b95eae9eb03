#include "notify/ledger.h"

#include "base/log.h"
#include "base/memory.h"
#include "notify/ledger_parts.h"

#include <stdio.h>

enum { PATH_MAX_BYTES = 4096 };

/* At the end of what is written: a delivery that waits is one of few, so small indexes suffice. */
static const char *const schema =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-16384;"
    "CREATE TABLE IF NOT EXISTS positions(follower TEXT NOT NULL, timeline INTEGER NOT NULL,"
    " event INTEGER NOT NULL, PRIMARY KEY(follower, timeline)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS deliveries(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " queue TEXT NOT NULL, state INTEGER NOT NULL, due_ms INTEGER NOT NULL,"
    " event INTEGER NOT NULL, notice TEXT NOT NULL, subject INTEGER NOT NULL,"
    " contact INTEGER NOT NULL, created_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " status INTEGER NOT NULL, reason TEXT, data TEXT NOT NULL, language TEXT, topic TEXT) STRICT;"
    "CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries(queue, state, due_ms, id);"
    "CREATE INDEX IF NOT EXISTS deliveries_dead ON deliveries(id) WHERE state = 2;"
    "CREATE TABLE IF NOT EXISTS webhooks(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " url TEXT NOT NULL, key BLOB NOT NULL, notices INTEGER NOT NULL, is_enabled INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, failing_ms INTEGER NOT NULL, disabled_ms INTEGER NOT NULL)"
    " STRICT;"
    "CREATE TABLE IF NOT EXISTS webhook_tries(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " webhook INTEGER NOT NULL, delivery INTEGER NOT NULL, event INTEGER NOT NULL,"
    " notice TEXT NOT NULL, at_ms INTEGER NOT NULL, attempt INTEGER NOT NULL,"
    " status INTEGER NOT NULL, reason TEXT) STRICT;"
    "CREATE INDEX IF NOT EXISTS webhook_tries_of ON webhook_tries(webhook, number);"
    "CREATE TABLE IF NOT EXISTS low_products(follower TEXT NOT NULL, product INTEGER NOT NULL,"
    " PRIMARY KEY(follower, product)) STRICT, WITHOUT ROWID;"
    "UPDATE deliveries SET state = 0 WHERE state = 1;";

static const char *const statements_sql[LEDGER_STATEMENT_COUNT] = {
#define STATEMENT(name, sql) [LEDGER_##name] = (sql),
#include "notify/ledger_sql.def"
#undef STATEMENT
};

struct err ledger_fail(struct ledger *ledger, const char *what)
{
    char quoted[LOG_QUOTED_SIZE];
    int code = sqlite3_extended_errcode(ledger->db);
    log_error("notices cannot be kept", "code=%d message=%s at=%s", code,
              log_quoted(text_of(sqlite3_errmsg(ledger->db)), quoted), what);
    return ERR_AT(ERR_STORE, 0, (uint64_t)code);
}

sqlite3_stmt *ledger_statement(struct ledger *ledger, enum ledger_statement which)
{
    return ledger->statements[which];
}

struct err ledger_run(struct ledger *ledger, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    struct err err = code == SQLITE_DONE ? OK : ledger_fail(ledger, sqlite3_sql(statement));
    sqlite3_reset(statement);
    return err;
}

struct err ledger_next(struct ledger *ledger, sqlite3_stmt *statement, bool *has_row_out)
{
    int code = sqlite3_step(statement);
    *has_row_out = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return OK;
    struct err err = code == SQLITE_DONE ? OK : ledger_fail(ledger, sqlite3_sql(statement));
    sqlite3_reset(statement);
    return err;
}

void ledger_bind(sqlite3_stmt *statement, int position, uint64_t value)
{
    ensure(sqlite3_bind_int64(statement, position, (int64_t)value) == SQLITE_OK);
}

/* Borrowed until the statement has run. */
void ledger_bind_text(sqlite3_stmt *statement, int position, struct text value)
{
    int code = value.data == NULL ? sqlite3_bind_null(statement, position)
                                  : sqlite3_bind_text(statement, position, value.data,
                                                      (int)value.length, SQLITE_STATIC);
    ensure(code == SQLITE_OK);
}

struct text ledger_column_text(sqlite3_stmt *statement, int position, struct arena *arena)
{
    const char *bytes = (const char *)sqlite3_column_text(statement, position);
    if (bytes == NULL)
        return TEXT_NONE;
    return arena_copy_text(
        arena, (struct text){bytes, (uint32_t)sqlite3_column_bytes(statement, position)});
}

/* ---- life ---- */

static struct err prepare_all(struct ledger *ledger)
{
    for (uint32_t i = 0; i < LEDGER_STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(ledger->db, statements_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &ledger->statements[i], NULL) != SQLITE_OK)
            return ledger_fail(ledger, statements_sql[i]);
    }
    return OK;
}

static struct err open_file(struct ledger *ledger, const char *folder)
{
    char path[PATH_MAX_BYTES];
    int length = folder == NULL ? snprintf(path, sizeof(path), ":memory:")
                                : snprintf(path, sizeof(path), "%s/notify.db", folder);
    ensure(length > 0 && (size_t)length < sizeof(path));
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &ledger->db, flags, NULL) != SQLITE_OK ||
        sqlite3_exec(ledger->db, schema, NULL, NULL, NULL) != SQLITE_OK)
        return ledger_fail(ledger, "opening notify.db");
    return prepare_all(ledger);
}

struct err ledger_open(const char *folder, uint64_t timeline, struct ledger **ledger_out)
{
    struct ledger *ledger = memory_alloc_zeroed(1, sizeof(*ledger));
    ledger->timeline = timeline;
    ensure(pthread_mutex_init(&ledger->lock, NULL) == 0);
    struct err err = open_file(ledger, folder);
    if (err.code != ERR_NONE) {
        ledger_close(ledger);
        ledger = NULL;
    }
    *ledger_out = ledger;
    return err;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    for (uint32_t i = 0; i < LEDGER_STATEMENT_COUNT; i++)
        sqlite3_finalize(ledger->statements[i]);
    sqlite3_close(ledger->db);
    ensure(pthread_mutex_destroy(&ledger->lock) == 0);
    memory_free(ledger);
}

uint64_t ledger_timeline(const struct ledger *ledger)
{
    return ledger->timeline;
}

/* ---- transactions ---- */

struct err ledger_begin(struct ledger *ledger)
{
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    struct err err = ledger_run(ledger, ledger_statement(ledger, LEDGER_BEGIN));
    if (err.code != ERR_NONE)
        ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}

static void roll_back(struct ledger *ledger)
{
    sqlite3_stmt *statement = NULL;
    while ((statement = sqlite3_next_stmt(ledger->db, statement)) != NULL)
        sqlite3_reset(statement);
    if (sqlite3_get_autocommit(ledger->db) == 0)
        (void)sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
}

struct err ledger_end(struct ledger *ledger, struct err err)
{
    if (err.code == ERR_NONE)
        err = ledger_run(ledger, ledger_statement(ledger, LEDGER_COMMIT));
    if (err.code != ERR_NONE)
        roll_back(ledger);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}

static void bind_delivery(sqlite3_stmt *add, const struct delivery *delivery)
{
    ledger_bind_text(add, 1, delivery->queue);
    ledger_bind(add, 2, delivery->due_ms);
    ledger_bind(add, 3, delivery->event);
    ledger_bind_text(add, 4, delivery->notice);
    ledger_bind(add, 5, delivery->subject);
    ledger_bind(add, 6, delivery->contact);
    ledger_bind(add, 7, delivery->created_ms);
    ledger_bind_text(add, 8, delivery->data);
    ledger_bind_text(add, 9, delivery->language);
    ledger_bind_text(add, 10, delivery->topic);
}

struct err ledger_add(struct ledger *ledger, const struct delivery *delivery)
{
    sqlite3_stmt *add = ledger_statement(ledger, LEDGER_ADD);
    bind_delivery(add, delivery);
    return ledger_run(ledger, add);
}

struct err ledger_add_dead(struct ledger *ledger, const struct delivery *delivery)
{
    sqlite3_stmt *add = ledger_statement(ledger, LEDGER_ADD_DEAD);
    bind_delivery(add, delivery);
    ledger_bind(add, 11, delivery->attempts);
    ledger_bind(add, 12, delivery->status);
    ledger_bind_text(add, 13, delivery->reason);
    return ledger_run(ledger, add);
}

struct err ledger_put_position(struct ledger *ledger, const char *follower, uint64_t event)
{
    sqlite3_stmt *put = ledger_statement(ledger, LEDGER_PUT_POSITION);
    ledger_bind_text(put, 1, text_of(follower));
    ledger_bind(put, 2, ledger->timeline);
    ledger_bind(put, 3, event);
    return ledger_run(ledger, put);
}

struct err ledger_put_low(struct ledger *ledger, const char *follower, uint32_t product,
                          bool is_low, bool *changed_out)
{
    sqlite3_stmt *put = ledger_statement(ledger, is_low ? LEDGER_ADD_LOW : LEDGER_DROP_LOW);
    ledger_bind_text(put, 1, text_of(follower));
    ledger_bind(put, 2, product);
    TRY(ledger_run(ledger, put));
    *changed_out = sqlite3_changes(ledger->db) > 0;
    return OK;
}

static struct err read_low(struct ledger *ledger, const char *follower, uint32_t product,
                           bool *is_low_out)
{
    sqlite3_stmt *is_low = ledger_statement(ledger, LEDGER_IS_LOW);
    ledger_bind_text(is_low, 1, text_of(follower));
    ledger_bind(is_low, 2, product);
    TRY(ledger_next(ledger, is_low, is_low_out));
    sqlite3_reset(is_low);
    return OK;
}

struct err ledger_is_low(struct ledger *ledger, const char *follower, uint32_t product,
                         bool *is_low_out)
{
    *is_low_out = false;
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    struct err err = read_low(ledger, follower, product, is_low_out);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}

static struct err read_position(struct ledger *ledger, const char *follower, uint64_t *event_out,
                                bool *found_out)
{
    sqlite3_stmt *position = ledger_statement(ledger, LEDGER_POSITION);
    ledger_bind_text(position, 1, text_of(follower));
    ledger_bind(position, 2, ledger->timeline);
    TRY(ledger_next(ledger, position, found_out));
    if (*found_out)
        *event_out = (uint64_t)sqlite3_column_int64(position, 0);
    sqlite3_reset(position);
    return OK;
}

struct err ledger_position(struct ledger *ledger, const char *follower, uint64_t *event_out,
                           bool *found_out)
{
    *event_out = 0;
    *found_out = false;
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    struct err err = read_position(ledger, follower, event_out, found_out);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}
