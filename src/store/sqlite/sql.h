/*
 * sql.h - the few lines between SQLite and struct err. What SQLite says is logged here, where its
 * message is known, and travels on as ERR_STORE with its code.
 */
#ifndef STORE_SQLITE_SQL_H
#define STORE_SQLITE_SQL_H

#include "base/arena.h"
#include "base/text.h"
#include "shop/err.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { SQL_PATH_SIZE = 4096 };

struct sql_file {
    const char *folder;
    const char *name;
    const char *vfs;        /* NULL = the system's */
    uint32_t read_cache_kb; /* pages that each SQL_READ keeps; 0 = SQLite's own 2 MiB */
};

enum sql_use {
    SQL_READ,  /* query_only; never checkpoints. A file may have many of these */
    SQL_WRITE, /* the one connection that writes and checkpoints its file */
    SQL_CREATE /* the same; the file is made when it does not exist */
};

/* folder/name; aborts when that is longer than SQL_PATH_SIZE, which options are checked for. */
void sql_path(const char *folder, const char *name, char path_out[SQL_PATH_SIZE]);

struct err sql_open(const struct sql_file *file, enum sql_use use, sqlite3 **db_out) MUST_USE;
/* Finalizes its statements and closes; a failing disk does not stop it. `db` may be NULL. */
void sql_close(sqlite3 *db);

/* Logs what `db` failed at and makes the error of it. */
struct err sql_error(sqlite3 *db, const char *what);

struct err sql_exec(sqlite3 *db, const char *sql) MUST_USE;
/* Ends a transaction that cannot be completed; silent, also when there is none. */
void sql_rollback(sqlite3 *db);
struct err sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement_out) MUST_USE;
struct err sql_prepare_all(sqlite3 *db, const char *const *sql, uint32_t count,
                           sqlite3_stmt **statements_out) MUST_USE;

/* Of the pages that all connections of the process keep in memory, those of the ledger as well. Any
 * thread. */
uint64_t sql_cache_bytes(void);

/* Runs a statement that gives no row, and makes it ready for the next use. */
struct err sql_run(sqlite3_stmt *statement) MUST_USE;
/* The next row; behind the last one the statement is ready for its next use. */
struct err sql_next(sqlite3_stmt *statement, bool *has_row_out) MUST_USE;
/* First column of the first row of a query, 0 when there is none. */
struct err sql_number(sqlite3 *db, const char *sql, uint64_t *value_out) MUST_USE;

/* Positions count from 1 in bind, from 0 in column, as SQLite has it. Borrowed until the next run.
 */
void sql_bind(sqlite3_stmt *statement, int position, int64_t value);
void sql_bind_u64(sqlite3_stmt *statement, int position, uint64_t value);
void sql_bind_text(sqlite3_stmt *statement, int position, struct text value); /* no data = NULL */
void sql_bind_blob(sqlite3_stmt *statement, int position, const void *bytes, size_t size);
/* 0 is written as NULL: a number that names nothing. */
void sql_bind_reference(sqlite3_stmt *statement, int position, uint64_t number);

static inline uint64_t sql_column_u64(sqlite3_stmt *statement, int position)
{
    return (uint64_t)sqlite3_column_int64(statement, position);
}
static inline uint32_t sql_column_u32(sqlite3_stmt *statement, int position)
{
    return (uint32_t)sqlite3_column_int64(statement, position);
}
/* Good until the next step. NULL gives TEXT_NONE. */
struct text sql_column_text(sqlite3_stmt *statement, int position);
/* A copy in the arena. */
struct text sql_copy_text(sqlite3_stmt *statement, int position, struct arena *arena);

#endif
