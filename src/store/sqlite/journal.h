/*
 * journal.h - journal.db: the event log and the contacts. Append-only but for erased contacts.
 *
 * struct journal is the one connection that writes and checkpoints the file; it is the executor's.
 * struct journal_reader reads batches back, one short read each, so that no reader keeps the WAL
 * from starting over.
 */
#ifndef STORE_SQLITE_JOURNAL_H
#define STORE_SQLITE_JOURNAL_H

#include "base/buffer.h"
#include "base/histogram.h"
#include "store/sqlite/sql.h"
#include "store/store.h"

enum journal_statement {
    JOURNAL_BEGIN = 0,
    JOURNAL_COMMIT,
    JOURNAL_ADD_BATCH,
    JOURNAL_PUT_CONTACT,
    JOURNAL_TAKE_OVER_CONTACT,
    JOURNAL_DELETE_CONTACT,
    JOURNAL_ADD_ANSWER,
    JOURNAL_ERASE_ANSWERS,
    JOURNAL_DROP_ANSWERS,
    /* always last */
    JOURNAL_STATEMENT_COUNT
};

struct journal {
    sqlite3 *db;
    sqlite3_stmt *statements[JOURNAL_STATEMENT_COUNT];
    uint64_t recorded_event;
    uint64_t timeline; /* given by a restore; 0 = none */
    uint8_t secret[HASH_SECRET_SIZE];
    uint64_t answers_from; /* older ones were dropped */
    uint32_t checkpoint_pages;
    uint32_t wal_pages;          /* atomic: after the last commit */
    uint32_t checkpointed_pages; /* of them, when a checkpoint was last tried */
    struct histogram flush_ns;   /* of the commits, each with its flush */
    bool is_erasing; /* erased contacts may still stand in the WAL: a reader kept it (a backup) */
};

struct journal_options {
    bool must_exist;
    bool is_copy;          /* of what is durable elsewhere: no flush per batch */
    const uint8_t *secret; /* of a new journal; NULL = a random one */
    uint32_t checkpoint_pages;
};

struct err journal_open(struct journal *journal, const struct sql_file *file,
                        const struct journal_options *options) MUST_USE;
void journal_close(struct journal *journal);
/* All or nothing; durable when it returns OK. */
struct err journal_record(struct journal *journal, const struct store_batch *batch) MUST_USE;

struct journal_reader {
    sqlite3 *db;
    sqlite3_stmt *next;
    struct buffer bytes;
};

struct err journal_reader_open(struct journal_reader *reader, const struct sql_file *file) MUST_USE;
void journal_reader_close(struct journal_reader *reader);
/* The whole batch that holds event `after` + 1 in *events_out, good until the next call; no data
 * behind the last one. */
struct err journal_read(struct journal_reader *reader, uint64_t after,
                        struct text *events_out) MUST_USE;

/* The next `limit` contacts behind number `after`, until each() returns false. */
struct err journal_read_contacts(struct journal_reader *reader, uint64_t after, uint32_t limit,
                                 bool (*each)(void *context, const struct contact *contact),
                                 void *context) MUST_USE;

/* Calls each() for the events of one batch above `after`, until it returns false (*goes_on_out).
 * They must go on from there without a gap and whole; else logs where and returns ERR_STORE with
 * SQLITE_CORRUPT. */
struct err journal_walk(struct text events, uint64_t after,
                        bool (*each)(void *context, const struct event *event), void *context,
                        bool *goes_on_out) MUST_USE;

#endif
