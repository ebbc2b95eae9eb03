/*
 * store_sqlite.h - the embedded store: two SQLite files in one folder.
 *
 *   journal.db  the event log and the contacts; store_record() appends to it and nothing else does
 *               (WAL, synchronous=FULL). The truth.
 *   shop.db     ordinary tables; a fold thread applies the journal to them, seconds behind at most,
 * the watermark in the same transaction. Anybody may read it with sqlite3. lock        the process
 * holds an exclusive flock on it.
 *
 * No file ever has two connections that write or checkpoint. See docs/adr/ and DESIGN in
 * ARCHITECTURE.md.
 */
#ifndef STORE_SQLITE_STORE_SQLITE_H
#define STORE_SQLITE_STORE_SQLITE_H

#include "store/store.h"

struct store_sqlite_options {
    const char *folder;    /* made when it does not exist */
    const char *vfs;       /* NULL = the system's; tests name a fault-injecting one */
    bool must_exist;       /* refuse to make a new store */
    uint32_t lock_wait_ms; /* for another process to give the folder back: 0 */
    const uint8_t *secret; /* of a new store, HASH_SECRET_SIZE bytes; NULL = a random one */
    bool is_copy;     /* of what is durable elsewhere: no flush before store_record() returns */
    bool fold_inline; /* no fold thread: fold_now() folds on the caller's (tests, simulator) */
    uint32_t fold_slice_ms;   /* 5000 */
    uint32_t fold_orders_max; /* in a slice: 200,000 */
    uint32_t fold_lines_max;  /* in a slice: 1,000,000 */
    uint32_t cache_mb;        /* page cache of shop.db: 64 */
    uint32_t read_cache_kb;   /* of each reader, of shop.db and of journal.db each: 2,048 */
    uint32_t journal_checkpoint_pages; /* 1,024 */
    uint32_t shop_checkpoint_pages;    /* 4,096 */
    size_t ring_bytes_max;             /* events handed to the fold thread in memory: 64 MiB */
};

struct store_sqlite_options store_sqlite_defaults(const char *folder);

/* err.value of ERR_STORE when another process has the folder; no result code of SQLite. */
enum { STORE_SQLITE_LOCKED = 1 << 30 };

/* ERR_STORE with value: the SQLite result code, or STORE_SQLITE_LOCKED (the reason is logged).
 * Released by store_close(). */
struct err store_sqlite_open(const struct store_sqlite_options *options,
                             struct store **store_out) MUST_USE;

/* Brings an empty shop to the watermark of the tables alone, without the journal (for the audit).
 */
struct err store_sqlite_load_tables(struct store *store, struct shop *shop) MUST_USE;

/* The next `limit` contacts behind number `after`, with their email_tag, until `each` returns
 * false.
 */
struct err store_sqlite_read_contacts(struct store *store, uint64_t after, uint32_t limit,
                                      bool (*each)(void *context, const struct contact *contact),
                                      void *context) MUST_USE;

/* Copies a backup into a folder without a store, drops stale -wal and -shm files and starts a new
 * timeline: store_load() gives it from then on, and the next EVENT_PROCESS_STARTED records it. */
struct err store_sqlite_restore(const char *backup_folder, const char *folder) MUST_USE;

#endif
