#include "store/sqlite/sql.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

/* Readers wait this long for a lock that is held for microseconds only. */
enum { SQL_BUSY_MS = 2000, PRAGMA_SIZE = 64 };

void sql_path(const char *folder, const char *name, char path_out[SQL_PATH_SIZE])
{
    int length = snprintf(path_out, SQL_PATH_SIZE, "%s/%s", folder, name);

    ensure(length > 0);
    ensure(length < SQL_PATH_SIZE);
}

struct err sql_error(sqlite3 *db, const char *what)
{
    int code = db == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(db);
    char quoted[LOG_QUOTED_SIZE];

    log_error("store failed", "code=%d message=%s at=%s", code,
              log_quoted(text_of(db == NULL ? "out of memory" : sqlite3_errmsg(db)), quoted), what);
    return ERR_AT(ERR_STORE, 0, (uint64_t)code);
}

struct err sql_open(const struct sql_file *file, enum sql_use use, sqlite3 **db_out)
{
    int flags = use == SQL_READ     ? SQLITE_OPEN_READONLY
                : use == SQL_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                    : SQLITE_OPEN_READWRITE;
    char path[SQL_PATH_SIZE];

    sql_path(file->folder, file->name, path);
    if (sqlite3_open_v2(path, db_out, flags | SQLITE_OPEN_NOMUTEX, file->vfs) != SQLITE_OK) {
        struct err err = sql_error(*db_out, path);

        sqlite3_close(*db_out);
        *db_out = NULL;
        return err;
    }
    sqlite3_busy_timeout(*db_out, SQL_BUSY_MS);
    sqlite3_db_config(*db_out, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, use == SQL_READ ? 1 : 0, NULL);
    struct err err =
        sql_exec(*db_out, use == SQL_READ ? "PRAGMA query_only=1" : "PRAGMA temp_store=MEMORY");

    if (err.code == ERR_NONE && use == SQL_READ && file->read_cache_kb > 0) {
        char pragma[PRAGMA_SIZE];

        snprintf(pragma, sizeof pragma, "PRAGMA cache_size=-%u", file->read_cache_kb);
        err = sql_exec(*db_out, pragma);
    }
    if (err.code != ERR_NONE) {
        sql_close(*db_out);
        *db_out = NULL;
    }
    return err;
}

void sql_close(sqlite3 *db)
{
    sqlite3_stmt *statement;

    while (db != NULL && (statement = sqlite3_next_stmt(db, NULL)) != NULL)
        sqlite3_finalize(statement);
    sqlite3_close(db);
}

struct err sql_exec(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? OK : sql_error(db, sql);
}

void sql_rollback(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;

    while ((statement = sqlite3_next_stmt(db, statement)) != NULL)
        sqlite3_reset(statement);
    if (sqlite3_get_autocommit(db) == 0)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

struct err sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement_out)
{
    int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement_out, NULL);

    return code == SQLITE_OK ? OK : sql_error(db, sql);
}

struct err sql_prepare_all(sqlite3 *db, const char *const *sql, uint32_t count,
                           sqlite3_stmt **statements_out)
{
    for (uint32_t i = 0; i < count; i++)
        TRY(sql_prepare(db, sql[i], &statements_out[i]));
    return OK;
}

uint64_t sql_cache_bytes(void)
{
    sqlite3_int64 bytes = 0;
    sqlite3_int64 highest = 0;

    sqlite3_status64(SQLITE_STATUS_PAGECACHE_OVERFLOW, &bytes, &highest, 0);
    return bytes < 0 ? 0 : (uint64_t)bytes;
}

struct err sql_run(sqlite3_stmt *statement)
{
    bool has_row = false;

    TRY(sql_next(statement, &has_row));
    ensure(!has_row);
    return OK;
}

struct err sql_next(sqlite3_stmt *statement, bool *has_row_out)
{
    int code = sqlite3_step(statement);

    *has_row_out = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return OK;
    struct err err =
        code == SQLITE_DONE ? OK : sql_error(sqlite3_db_handle(statement), sqlite3_sql(statement));

    sqlite3_reset(statement);
    return err;
}

struct err sql_number(sqlite3 *db, const char *sql, uint64_t *value_out)
{
    sqlite3_stmt *statement;
    bool has_row = false;

    *value_out = 0;
    TRY(sql_prepare(db, sql, &statement));
    struct err err = sql_next(statement, &has_row);

    if (has_row)
        *value_out = sql_column_u64(statement, 0);
    sqlite3_finalize(statement);
    return err;
}

void sql_bind(sqlite3_stmt *statement, int position, int64_t value)
{
    ensure(sqlite3_bind_int64(statement, position, value) == SQLITE_OK);
}

void sql_bind_u64(sqlite3_stmt *statement, int position, uint64_t value)
{
    sql_bind(statement, position, (int64_t)value);
}

void sql_bind_text(sqlite3_stmt *statement, int position, struct text value)
{
    int code = value.data == NULL ? sqlite3_bind_null(statement, position)
                                  : sqlite3_bind_text(statement, position, value.data,
                                                      (int)value.length, SQLITE_STATIC);

    ensure(code == SQLITE_OK);
}

void sql_bind_blob(sqlite3_stmt *statement, int position, const void *bytes, size_t size)
{
    ensure(sqlite3_bind_blob64(statement, position, bytes, size, SQLITE_STATIC) == SQLITE_OK);
}

void sql_bind_reference(sqlite3_stmt *statement, int position, uint64_t number)
{
    if (number == 0)
        ensure(sqlite3_bind_null(statement, position) == SQLITE_OK);
    else
        sql_bind_u64(statement, position, number);
}

struct text sql_column_text(sqlite3_stmt *statement, int position)
{
    const unsigned char *data = sqlite3_column_text(statement, position);

    if (data == NULL)
        return TEXT_NONE;
    return (struct text){(const char *)data, (uint32_t)sqlite3_column_bytes(statement, position)};
}

struct text sql_copy_text(sqlite3_stmt *statement, int position, struct arena *arena)
{
    struct text text = sql_column_text(statement, position);

    return text.data == NULL ? TEXT_NONE : arena_copy_text(arena, text);
}
