/* ledger_parts.h - the inside of the ledger, shared by the ledger_*.c files and by nobody else. */
#ifndef NOTIFY_LEDGER_PARTS_H
#define NOTIFY_LEDGER_PARTS_H

#include "notify/ledger.h"

#include <pthread.h>
#include <sqlite3.h>

enum ledger_statement {
#define STATEMENT(name, sql) LEDGER_##name,
#include "notify/ledger_sql.def"
#undef STATEMENT
    LEDGER_STATEMENT_COUNT
};

struct ledger {
    sqlite3 *db;
    pthread_mutex_t lock;
    uint64_t timeline;
    sqlite3_stmt *statements[LEDGER_STATEMENT_COUNT];
};

/* Logs what the database says. */
struct err ledger_fail(struct ledger *ledger, const char *what);
sqlite3_stmt *ledger_statement(struct ledger *ledger, enum ledger_statement which);
/* Runs one that gives no row. */
struct err ledger_run(struct ledger *ledger, sqlite3_stmt *statement) MUST_USE;
struct err ledger_next(struct ledger *ledger, sqlite3_stmt *statement, bool *has_row_out) MUST_USE;
void ledger_bind(sqlite3_stmt *statement, int position, uint64_t value);
void ledger_bind_text(sqlite3_stmt *statement, int position, struct text value);
struct text ledger_column_text(sqlite3_stmt *statement, int position, struct arena *arena);

#endif
