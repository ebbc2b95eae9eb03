/*
 * backup.h - copies of a store that is in use, and the way back.
 *
 * shop.db is copied first, then journal.db: so the tables of a copy never know of an event that its
 * journal lacks. The sources are read-only connections; nothing stops meanwhile.
 */
#ifndef STORE_SQLITE_BACKUP_H
#define STORE_SQLITE_BACKUP_H

#include "store/sqlite/sql.h"

struct backup_progress {
    void (*call)(void *context, uint64_t done, uint64_t total); /* may be NULL */
    void *context;
};

/* `source` names the folder and the VFS of the store. */
struct err backup_make(const struct sql_file *source, const char *folder,
                       const struct backup_progress *progress) MUST_USE;
/* Into a folder without a store in it. */
struct err backup_restore(const char *backup_folder, const char *folder) MUST_USE;

#endif
