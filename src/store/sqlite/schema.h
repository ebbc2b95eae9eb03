/*
 * schema.h - the tables of both files, documented column by column in docs/schema.md.
 *
 * Each file's meta table says which version wrote it and the oldest that may still read it, so that
 * an upgrade can be rolled back until a version says otherwise.
 */
#ifndef STORE_SQLITE_SCHEMA_H
#define STORE_SQLITE_SCHEMA_H

#include "store/sqlite/sql.h"

enum { SCHEMA_VERSION = 1, SCHEMA_MIN_READER = 1 };

struct schema {
    const char *name; /* of the file */
    const char *sql;
    const char *additions; /* since then: made where they are missing; NULL = none */
};

extern const struct schema schema_journal;
extern const struct schema schema_shop;

/* Within a transaction of the caller's: makes the tables in an empty file, else checks the
 * versions. ERR_STORE with SQLITE_NOTADB for a file of something else or of a newer shopd. */
struct err schema_ensure(sqlite3 *db, const struct schema *schema, bool *is_new_out) MUST_USE;

#endif
