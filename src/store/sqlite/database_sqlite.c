#include "store/sqlite/database_sqlite.h"

#include "base/log.h"
#include "base/memory.h"

#include <sqlite3.h>
#include <stdio.h>

enum { PATH_MAX_BYTES = 4096, TERM = 1 };

struct database_sqlite {
    struct database database;
    sqlite3 *db;
    sqlite3_stmt **statements;
    uint32_t count;
};

static struct database_sqlite *sqlite_of(struct database *database)
{
    return (struct database_sqlite *)database;
}

static sqlite3_stmt *statement_of(const struct database *database, uint32_t statement)
{
    const struct database_sqlite *self = (const void *)database;
    ensure(statement < self->count);
    return self->statements[statement];
}

static struct err fail(struct database_sqlite *self, const char *what)
{
    char quoted[LOG_QUOTED_SIZE];
    int code = sqlite3_extended_errcode(self->db);
    log_error("notices cannot be kept", "code=%d message=%s at=%s", code,
              log_quoted(text_of(sqlite3_errmsg(self->db)), quoted), what);
    return ERR_AT(ERR_STORE, 0, (uint64_t)code);
}

/* ---- transactions ---- */

static struct err execute(struct database_sqlite *self, const char *sql)
{
    return sqlite3_exec(self->db, sql, NULL, NULL, NULL) == SQLITE_OK ? OK : fail(self, sql);
}

static struct err sqlite_begin(struct database *database)
{
    return execute(sqlite_of(database), "BEGIN IMMEDIATE");
}

static void sqlite_rollback(struct database *database)
{
    struct database_sqlite *self = sqlite_of(database);
    for (uint32_t i = 0; i < self->count; i++)
        sqlite3_reset(self->statements[i]);
    if (sqlite3_get_autocommit(self->db) == 0)
        (void)sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
}

static struct err sqlite_commit(struct database *database)
{
    struct err err = execute(sqlite_of(database), "COMMIT");
    if (err.code != ERR_NONE)
        sqlite_rollback(database);
    return err;
}

/* Nobody else has the file. */
static struct err sqlite_hold(struct database *database, uint32_t lease_ms,
                              struct database_holding *holding_out)
{
    (void)database;
    (void)lease_ms;
    *holding_out = (struct database_holding){TERM, false};
    return OK;
}

static struct err sqlite_release(struct database *database)
{
    (void)database;
    return OK;
}

static uint64_t sqlite_term(const struct database *database)
{
    (void)database;
    return TERM;
}

/* ---- statements ---- */

static void sqlite_bind_u64(struct database *database, uint32_t statement, int position,
                            uint64_t value)
{
    ensure(sqlite3_bind_int64(statement_of(database, statement), position, (int64_t)value) ==
           SQLITE_OK);
}

static void sqlite_bind_bytes(struct database *database, uint32_t statement, int position,
                              struct text value, bool is_text)
{
    sqlite3_stmt *to = statement_of(database, statement);
    int code;
    if (value.data == NULL)
        code = sqlite3_bind_null(to, position);
    else if (is_text)
        code = sqlite3_bind_text(to, position, value.data, (int)value.length, SQLITE_STATIC);
    else
        code = sqlite3_bind_blob(to, position, value.data, (int)value.length, SQLITE_STATIC);
    ensure(code == SQLITE_OK);
}

static struct err sqlite_run(struct database *database, uint32_t statement)
{
    sqlite3_stmt *run = statement_of(database, statement);
    struct err err =
        sqlite3_step(run) == SQLITE_DONE ? OK : fail(sqlite_of(database), sqlite3_sql(run));
    sqlite3_reset(run);
    return err;
}

static struct err sqlite_changes(struct database *database, uint64_t *count_out)
{
    *count_out = (uint64_t)sqlite3_changes(sqlite_of(database)->db);
    return OK;
}

static struct err sqlite_next(struct database *database, uint32_t statement, bool *has_row_out)
{
    sqlite3_stmt *rows = statement_of(database, statement);
    int code = sqlite3_step(rows);
    *has_row_out = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return OK;
    struct err err = code == SQLITE_DONE ? OK : fail(sqlite_of(database), sqlite3_sql(rows));
    sqlite3_reset(rows);
    return err;
}

static void sqlite_reset(struct database *database, uint32_t statement)
{
    sqlite3_reset(statement_of(database, statement));
}

static uint64_t sqlite_get_u64(const struct database *database, uint32_t statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement_of(database, statement), column);
}

static struct text sqlite_get_bytes(const struct database *database, uint32_t statement, int column)
{
    sqlite3_stmt *row = statement_of(database, statement);
    const char *bytes = sqlite3_column_blob(row, column);
    int length = sqlite3_column_bytes(row, column);
    if (sqlite3_column_type(row, column) == SQLITE_NULL)
        return TEXT_NONE;
    return (struct text){bytes == NULL ? "" : bytes, (uint32_t)length};
}

/* ---- life ---- */

/* Parameters are numbered by their first use, and so must be named. */
static void check_parameters(sqlite3_stmt *statement)
{
    char name[16];
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
        (void)snprintf(name, sizeof(name), "$%d", i);
        ensure(sqlite3_bind_parameter_index(statement, name) == i);
    }
}

static struct err sqlite_prepare(struct database *database, const char *schema,
                                 const char *const *statements, uint32_t count)
{
    struct database_sqlite *self = sqlite_of(database);
    TRY(execute(self, schema));
    self->statements = memory_alloc_zeroed(count, sizeof(sqlite3_stmt *));
    for (uint32_t i = 0; i < count; i++) {
        if (sqlite3_prepare_v3(self->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &self->statements[i], NULL) != SQLITE_OK)
            return fail(self, statements[i]);
        self->count++;
        check_parameters(self->statements[i]);
    }
    return OK;
}

static void sqlite_close(struct database *database)
{
    struct database_sqlite *self = sqlite_of(database);
    for (uint32_t i = 0; i < self->count; i++)
        sqlite3_finalize(self->statements[i]);
    memory_free(self->statements);
    sqlite3_close(self->db);
    memory_free(self);
}

static const struct database_ops sqlite_ops = {
    .is_shared = false,
    .prepare = sqlite_prepare,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .hold = sqlite_hold,
    .release = sqlite_release,
    .term = sqlite_term,
    .bind_u64 = sqlite_bind_u64,
    .bind_bytes = sqlite_bind_bytes,
    .run = sqlite_run,
    .changes = sqlite_changes,
    .next = sqlite_next,
    .reset = sqlite_reset,
    .get_u64 = sqlite_get_u64,
    .get_bytes = sqlite_get_bytes,
    .close = sqlite_close,
};

struct err database_sqlite_open(const char *folder, const char *name,
                                struct database **database_out)
{
    char path[PATH_MAX_BYTES];
    int length = folder == NULL ? snprintf(path, sizeof(path), ":memory:")
                                : snprintf(path, sizeof(path), "%s/%s", folder, name);
    ensure(length > 0 && (size_t)length < sizeof(path));
    struct database_sqlite *self = memory_alloc_zeroed(1, sizeof(*self));
    self->database.ops = &sqlite_ops;
    *database_out = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &self->db, flags, NULL) != SQLITE_OK) {
        struct err err = fail(self, path);
        sqlite_close(&self->database);
        return err;
    }
    *database_out = &self->database;
    return OK;
}
