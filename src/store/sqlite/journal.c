#include "store/sqlite/journal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "store/sqlite/schema.h"

#include <string.h>

enum { TRUNCATE_WAIT_MS = 250 }; /* readers take milliseconds */

static const char *const journal_sql[JOURNAL_STATEMENT_COUNT] = {
    [JOURNAL_BEGIN] = "BEGIN IMMEDIATE",
    [JOURNAL_COMMIT] = "COMMIT",
    [JOURNAL_ADD_BATCH] = "INSERT INTO batches VALUES(?, ?, ?)",
    [JOURNAL_PUT_CONTACT] =
        "INSERT INTO contacts AS old VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET name = coalesce(excluded.name, old.name),"
        " email = coalesce(excluded.email, old.email),"
        " phone = coalesce(excluded.phone, old.phone),"
        " shipping_address = coalesce(excluded.shipping_address, old.shipping_address),"
        " billing_address = coalesce(excluded.billing_address, old.billing_address),"
        " metadata = coalesce(excluded.metadata, old.metadata),"
        " addresses = coalesce(excluded.addresses, old.addresses),"
        " preferences = coalesce(excluded.preferences, old.preferences),"
        " password = coalesce(excluded.password, old.password),"
        " email_tag = coalesce(excluded.email_tag, old.email_tag)",
    [JOURNAL_TAKE_OVER_CONTACT] =
        "UPDATE contacts AS new SET name = coalesce(new.name, old.name),"
        " email = coalesce(new.email, old.email), phone = coalesce(new.phone, old.phone),"
        " shipping_address = coalesce(new.shipping_address, old.shipping_address),"
        " billing_address = coalesce(new.billing_address, old.billing_address),"
        " metadata = coalesce(new.metadata, old.metadata)"
        " FROM contacts AS old WHERE new.number = ? AND old.number = ?",
    [JOURNAL_DELETE_CONTACT] = "DELETE FROM contacts WHERE number = ?",
    [JOURNAL_ADD_ANSWER] = "INSERT INTO answers VALUES(?, ?, ?, ?, ?, ?, ?)",
    [JOURNAL_ERASE_ANSWERS] = "UPDATE answers SET bytes = NULL WHERE customer = ? AND event < ?",
    [JOURNAL_DROP_ANSWERS] = ("DELETE FROM answers WHERE number IN"
                              " (SELECT number FROM answers WHERE number < ? LIMIT 256)"),
};

/* SQLite reports the length of the WAL after every commit. */
static int note_wal_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    struct journal *journal = context;

    (void)db, (void)name;
    __atomic_store_n(&journal->wal_pages, (uint32_t)pages, __ATOMIC_RELAXED);
    return SQLITE_OK;
}

static struct err ensure_secret(struct journal *journal, const uint8_t *given, bool is_new)
{
    sqlite3_stmt *statement;
    bool has_row = false;

    if (is_new) {
        random_secret(journal->secret, sizeof journal->secret);
        if (given != NULL)
            memcpy(journal->secret, given, sizeof journal->secret);
        TRY(sql_prepare(journal->db, "INSERT INTO meta VALUES('secret', ?)", &statement));
        sql_bind_blob(statement, 1, journal->secret, sizeof journal->secret);
        return sql_run(statement);
    }
    TRY(sql_prepare(journal->db, "SELECT value FROM meta WHERE name = 'secret'", &statement));
    TRY(sql_next(statement, &has_row));
    if (!has_row || sqlite3_column_bytes(statement, 0) != HASH_SECRET_SIZE) {
        log_error("journal damaged", "missing=secret");
        return ERR_AT(ERR_STORE, 0, SQLITE_CORRUPT);
    }
    memcpy(journal->secret, sqlite3_column_blob(statement, 0), sizeof journal->secret);
    sqlite3_reset(statement);
    return OK;
}

/* WAL survives a kill, FULL a power cut: COMMIT returns once the frames are on the disk. What an
 * unclean stop left in the WAL goes into the file before anything is read: the page cache may show
 * what the disk has lost, and this writes it again. */
static const char journal_pragmas[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                      "PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=ON;"
                                      "PRAGMA cache_size=-4096; PRAGMA wal_checkpoint(TRUNCATE);"
                                      "BEGIN IMMEDIATE";

static struct err set_up(struct journal *journal, const struct journal_options *options)
{
    bool is_new = false;

    TRY(sql_exec(journal->db, journal_pragmas));
    TRY(schema_ensure(journal->db, &schema_journal, &is_new));
    TRY(ensure_secret(journal, options->secret, is_new));
    TRY(sql_exec(journal->db, "COMMIT"));
    if (options->is_copy)
        TRY(sql_exec(journal->db, "PRAGMA synchronous=NORMAL"));
    TRY(sql_number(journal->db, "SELECT value FROM meta WHERE name = 'timeline'",
                   &journal->timeline));
    TRY(sql_number(journal->db, "SELECT last_event FROM batches ORDER BY first_event DESC LIMIT 1",
                   &journal->recorded_event));
    TRY(sql_prepare_all(journal->db, journal_sql, JOURNAL_STATEMENT_COUNT, journal->statements));
    sqlite3_wal_hook(journal->db, note_wal_pages, journal);
    return OK;
}

struct err journal_open(struct journal *journal, const struct sql_file *file,
                        const struct journal_options *options)
{
    ensure(options->checkpoint_pages > 0);
    *journal = (struct journal){.checkpoint_pages = options->checkpoint_pages};
    TRY(sql_open(file, options->must_exist ? SQL_WRITE : SQL_CREATE, &journal->db));
    struct err err = set_up(journal, options);

    if (err.code != ERR_NONE)
        journal_close(journal);
    return err;
}

void journal_close(struct journal *journal)
{
    sql_close(journal->db);
    journal->db = NULL;
}

static struct err delete_contact(struct journal *journal, uint64_t number)
{
    sql_bind_u64(journal->statements[JOURNAL_DELETE_CONTACT], 1, number);
    return sql_run(journal->statements[JOURNAL_DELETE_CONTACT]);
}

/* What the new one does not say stays as the old one said it. */
static struct err take_over(struct journal *journal, const struct contact *contact)
{
    sqlite3_stmt *statement = journal->statements[JOURNAL_TAKE_OVER_CONTACT];

    sql_bind_u64(statement, 1, contact->number);
    sql_bind_u64(statement, 2, contact->replaces);
    TRY(sql_run(statement));
    return delete_contact(journal, contact->replaces);
}

static struct err put_contact(struct journal *journal, const struct contact *contact)
{
    sqlite3_stmt *statement = journal->statements[JOURNAL_PUT_CONTACT];

    ensure(contact->number != 0);
    sql_bind_u64(statement, 1, contact->number);
    sql_bind_reference(statement, 2, contact->customer);
    sql_bind_text(statement, 3, contact->name);
    sql_bind_text(statement, 4, contact->email);
    sql_bind_text(statement, 5, contact->phone);
    sql_bind_text(statement, 6, contact->shipping_address);
    sql_bind_text(statement, 7, contact->billing_address);
    sql_bind_text(statement, 8, contact->metadata);
    sql_bind_text(statement, 9, contact->addresses);
    sql_bind_text(statement, 10, contact->preferences);
    sql_bind_text(statement, 11, contact->password);
    if (contact->email_tag.data == NULL)
        sql_bind_text(statement, 12, TEXT_NONE);
    else
        sql_bind_blob(statement, 12, contact->email_tag.data, contact->email_tag.length);
    TRY(sql_run(statement));
    return contact->replaces == 0 ? OK : take_over(journal, contact);
}

static struct err add_answer(struct journal *journal, const struct answer *answer)
{
    sqlite3_stmt *statement = journal->statements[JOURNAL_ADD_ANSWER];

    ensure(answer->number != 0);
    sql_bind_u64(statement, 1, answer->number);
    sql_bind_blob(statement, 2, answer->key, sizeof answer->key);
    sql_bind_u64(statement, 3, answer->body_hash);
    sql_bind_u64(statement, 4, answer->at_ms);
    sql_bind_u64(statement, 5, answer->event);
    sql_bind_reference(statement, 6, answer->customer);
    sql_bind_blob(statement, 7, answer->bytes.data, answer->bytes.length);
    return sql_run(statement);
}

/* What was answered before that event; the request that erases may itself keep its answer. */
static struct err erase_answers(struct journal *journal, uint32_t customer, uint64_t event)
{
    sqlite3_stmt *statement = journal->statements[JOURNAL_ERASE_ANSWERS];

    sql_bind_u64(statement, 1, customer);
    sql_bind_u64(statement, 2, event);
    return sql_run(statement);
}

static struct err keep_answers(struct journal *journal, const struct store_batch *batch)
{
    sqlite3_stmt *drop = journal->statements[JOURNAL_DROP_ANSWERS];

    for (uint32_t i = 0; i < batch->answer_count; i++)
        TRY(add_answer(journal, &batch->answers[i]));
    if (batch->answers_from <= journal->answers_from)
        return OK;
    sql_bind_u64(drop, 1, batch->answers_from);
    TRY(sql_run(drop));
    /* Those that the limit left go with later batches. */
    if (sqlite3_changes(journal->db) == 0)
        journal->answers_from = batch->answers_from;
    return OK;
}

static struct err erase_contacts(struct journal *journal, const struct store_batch *batch)
{
    const struct event_contacts_erased *erased;
    size_t offset = 0;
    uint64_t event;

    while ((erased = store_batch_erased(batch, &offset, &event)) != NULL) {
        for (uint32_t i = 0; i < erased->count; i++)
            TRY(delete_contact(journal, event_contacts(erased)[i]));
        if (erased->customer != 0)
            TRY(erase_answers(journal, erased->customer, event));
    }
    return OK;
}

static struct err append(struct journal *journal, const struct store_batch *batch)
{
    sqlite3_stmt *add_batch = journal->statements[JOURNAL_ADD_BATCH];

    TRY(sql_run(journal->statements[JOURNAL_BEGIN]));
    if (batch->size > 0) {
        sql_bind_u64(add_batch, 1, batch->first_event);
        sql_bind_u64(add_batch, 2, batch->last_event);
        sql_bind_blob(add_batch, 3, batch->events, batch->size);
        TRY(sql_run(add_batch));
    }
    for (uint32_t i = 0; i < batch->contact_count; i++)
        TRY(put_contact(journal, &batch->contacts[i]));
    TRY(keep_answers(journal, batch));
    TRY(erase_contacts(journal, batch));
    uint64_t started_ns = clock_monotonic_ns();
    TRY(sql_run(journal->statements[JOURNAL_COMMIT]));
    histogram_add(&journal->flush_ns, &histogram_times, clock_monotonic_ns() - started_ns, 1);
    return OK;
}

/* Appended pages lie together, so a step of 1,024 pages (4 MiB) is short. */
static struct err checkpoint_step(struct journal *journal)
{
    if (journal->wal_pages < journal->checkpointed_pages)
        journal->checkpointed_pages = 0; /* the WAL has started over */
    if (journal->wal_pages < journal->checkpointed_pages + journal->checkpoint_pages)
        return OK;
    int code = sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    journal->checkpointed_pages = journal->wal_pages;
    return code == SQLITE_OK || code == SQLITE_BUSY ? OK : sql_error(journal->db, "checkpoint");
}

/* The deleted rows still stand in older frames of the WAL: it goes. Only a backup, which reads for
 * long, can keep it; its copy has the rows anyway, and each later batch tries again without
 * waiting. */
static struct err truncate_wal(struct journal *journal)
{
    sqlite3_busy_timeout(journal->db, journal->is_erasing ? 0 : TRUNCATE_WAIT_MS);
    int code = sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    if (code == SQLITE_BUSY && !journal->is_erasing)
        log_warning("erased contacts stay in the write-ahead log until a backup has ended",
                    "file=journal.db-wal");
    journal->is_erasing = code == SQLITE_BUSY;
    if (code == SQLITE_OK)
        journal->checkpointed_pages = 0;
    return code == SQLITE_OK || code == SQLITE_BUSY ? OK : sql_error(journal->db, "truncate");
}

struct err journal_record(struct journal *journal, const struct store_batch *batch)
{
    struct err err = append(journal, batch);

    if (err.code != ERR_NONE) {
        sql_rollback(journal->db);
        return err;
    }
    journal->recorded_event = batch->last_event;
    if (batch->has_erasures || journal->is_erasing)
        return truncate_wal(journal);
    return checkpoint_step(journal);
}

struct err journal_reader_open(struct journal_reader *reader, const struct sql_file *file)
{
    *reader = (struct journal_reader){0};
    TRY(sql_open(file, SQL_READ, &reader->db));
    struct err err =
        sql_prepare(reader->db,
                    "SELECT events FROM batches WHERE last_event > ?1 AND first_event ="
                    " (SELECT max(first_event) FROM batches WHERE first_event <= ?1 + 1)",
                    &reader->next);

    buffer_init(&reader->bytes, 65536);
    if (err.code != ERR_NONE)
        journal_reader_close(reader);
    return err;
}

void journal_reader_close(struct journal_reader *reader)
{
    if (reader->db == NULL)
        return;
    sql_close(reader->db);
    buffer_release(&reader->bytes);
    reader->db = NULL;
}

struct err journal_read(struct journal_reader *reader, uint64_t after, struct text *events_out)
{
    bool has_row = false;

    buffer_reset(&reader->bytes);
    *events_out = TEXT_NONE;
    sql_bind_u64(reader->next, 1, after);
    TRY(sql_next(reader->next, &has_row));
    if (!has_row)
        return OK;
    buffer_append(&reader->bytes, sqlite3_column_blob(reader->next, 0),
                  (size_t)sqlite3_column_bytes(reader->next, 0));
    sqlite3_reset(reader->next);
    *events_out = buffer_text(&reader->bytes);
    return OK;
}

struct err journal_read_contacts(struct journal_reader *reader, uint64_t after, uint32_t limit,
                                 bool (*each)(void *context, const struct contact *contact),
                                 void *context)
{
    sqlite3_stmt *rows;
    bool goes_on = true;

    TRY(sql_prepare(reader->db,
                    "SELECT number, customer, name, email, phone, shipping_address,"
                    " billing_address, metadata, addresses, preferences, password, email_tag"
                    " FROM contacts WHERE number > ? ORDER BY number LIMIT ?",
                    &rows));
    sql_bind_u64(rows, 1, after);
    sql_bind_u64(rows, 2, limit);
    while (goes_on) {
        bool has_row = false;

        TRY(sql_next(rows, &has_row));
        if (!has_row)
            break;
        goes_on = each(context, &(struct contact){
                                    .number = sql_column_u64(rows, 0),
                                    .customer = sql_column_u32(rows, 1),
                                    .name = sql_column_text(rows, 2),
                                    .email = sql_column_text(rows, 3),
                                    .phone = sql_column_text(rows, 4),
                                    .shipping_address = sql_column_text(rows, 5),
                                    .billing_address = sql_column_text(rows, 6),
                                    .metadata = sql_column_text(rows, 7),
                                    .addresses = sql_column_text(rows, 8),
                                    .preferences = sql_column_text(rows, 9),
                                    .password = sql_column_text(rows, 10),
                                    .email_tag = sql_column_text(rows, 11),
                                });
    }
    sqlite3_finalize(rows);
    return OK;
}

static struct err damaged_at(uint64_t number)
{
    log_error("journal damaged", "file=journal.db event=%llu", (unsigned long long)number);
    return ERR_AT(ERR_STORE, 0, SQLITE_CORRUPT);
}

struct err journal_walk(struct text events, uint64_t after,
                        bool (*each)(void *context, const struct event *event), void *context,
                        bool *goes_on_out)
{
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    uint64_t expected = 0;

    *goes_on_out = true;
    while (event_next(events.data, events.length, &offset, &event, &damaged)) {
        if (expected == 0)
            expected = event->number <= after + 1 ? event->number : after + 1;
        if (event->number != expected)
            return damaged_at(expected);
        expected++;
        if (event->number <= after)
            continue;
        *goes_on_out = each(context, event);
        if (!*goes_on_out)
            return OK;
    }
    return damaged || expected <= after + 1 ? damaged_at(expected == 0 ? after + 1 : expected) : OK;
}
