#include "store/postgres/shared_log.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

enum {
    ARENA_BLOCK_SIZE = 1 << 18,
    PAUSE_FIRST_MS = 50,
    PAUSE_MAX_MS = 1000,
    COMMIT_WAITS = 10, /* wait_ms: a COMMIT may have to wait for a standby */
};
#define ARENA_SIZE_MAX ((size_t)1 << 30)
#define NS_PER_MS      UINT64_C(1000000)

const struct pg_statement shared_log_statements[LOG_STATEMENT_COUNT] = {
    [LOG_BEGIN] = {"BEGIN ISOLATION LEVEL READ COMMITTED", 0},
    [LOG_COMMIT] = {"COMMIT", 0},
    [LOG_ROLLBACK] = {"ROLLBACK", 0},
    [LOG_LOCK] = {"SELECT next_batch, next_event FROM regions WHERE region_id = $1 FOR UPDATE", 1},
    [LOG_LOOK] = {"SELECT next_batch, next_event, secret FROM regions WHERE region_id = $1", 1},
    [LOG_MAKE_REGION] = {"INSERT INTO regions(region_id, secret) VALUES($1, $2)"
                         " ON CONFLICT DO NOTHING",
                         2},
    [LOG_SET_SECRET] = {"UPDATE regions SET secret = $2 WHERE region_id = $1 AND next_batch = 1",
                        2},
    [LOG_SEEK] = {"SELECT batch, first_event, last_event, events FROM batches"
                  " WHERE region_id = $1 AND first_event <= $2 AND last_event >= first_event"
                  " ORDER BY first_event DESC LIMIT 1",
                  2},
    [LOG_WRITER] = {"SELECT writer FROM batches WHERE region_id = $1 AND batch = $2", 2},
    [LOG_TOUCH] = {"UPDATE regions SET next_batch = next_batch WHERE region_id = $1", 1},
    [LOG_TAIL] = {"SELECT batch, first_event, last_event, events, writer FROM batches"
                  " WHERE region_id = $1 AND batch > $2 AND batch <= $3 ORDER BY batch",
                  3},
    [LOG_TAIL_CONTACTS] = {"SELECT number, replaces, customer, name, email, phone,"
                           " shipping_address, billing_address, metadata, addresses, preferences,"
                           " password, email_tag FROM contacts"
                           " WHERE region_id = $1 AND batch > $2 AND batch <= $3",
                           3},
    [LOG_TAIL_ANSWERS] = {"SELECT number, batch, key, body_hash, at_ms, event, customer, bytes"
                          " FROM answers WHERE region_id = $1 AND batch > $2 AND batch <= $3"
                          " ORDER BY number",
                          3},
    [LOG_ADD_BATCH] = {"INSERT INTO batches VALUES($1, $2, $3, $4, $5, $6)", 6},
    [LOG_ADVANCE] = {"UPDATE regions SET next_batch = $2::bigint + 1, next_event = $3"
                     " WHERE region_id = $1 AND next_batch = $2",
                     3},
    [LOG_PUT_CONTACTS] =
        {"INSERT INTO contacts AS old SELECT $1::text, c.number, $2::bigint, c.replaces, "
         "c.customer, c.name,"
         " c.email, c.phone, c.shipping_address, c.billing_address, c.metadata, c.addresses,"
         " c.preferences, c.password, c.email_tag"
         " FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],"
         " $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],"
         " $14::text[], $15::bytea[]) AS c(number, replaces, customer, name, email, phone,"
         " shipping_address, billing_address, metadata, addresses, preferences, password,"
         " email_tag) ON CONFLICT(region_id, number) DO UPDATE SET batch = excluded.batch,"
         " name = coalesce(excluded.name, old.name), email = coalesce(excluded.email, old.email),"
         " phone = coalesce(excluded.phone, old.phone),"
         " shipping_address = coalesce(excluded.shipping_address, old.shipping_address),"
         " billing_address = coalesce(excluded.billing_address, old.billing_address),"
         " metadata = coalesce(excluded.metadata, old.metadata),"
         " addresses = coalesce(excluded.addresses, old.addresses),"
         " preferences = coalesce(excluded.preferences, old.preferences),"
         " password = coalesce(excluded.password, old.password),"
         " email_tag = coalesce(excluded.email_tag, old.email_tag)",
         15},
    [LOG_TAKE_OVER_CONTACT] =
        {"UPDATE contacts AS new SET name = coalesce(new.name, old.name),"
         " email = coalesce(new.email, old.email), phone = coalesce(new.phone, old.phone),"
         " shipping_address = coalesce(new.shipping_address, old.shipping_address),"
         " billing_address = coalesce(new.billing_address, old.billing_address),"
         " metadata = coalesce(new.metadata, old.metadata) FROM contacts AS old"
         " WHERE new.region_id = $1 AND old.region_id = $1 AND new.number = $2"
         " AND old.number = $3",
         3},
    [LOG_DELETE_CONTACTS] = {"DELETE FROM contacts WHERE region_id = $1"
                             " AND number = ANY($2::bigint[])",
                             2},
    [LOG_ADD_ANSWERS] = {"INSERT INTO answers(region_id, batch, number, key, body_hash, at_ms,"
                         " event, customer, bytes) SELECT $1::text, $2::bigint, a.* FROM"
                         " unnest($3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[],"
                         " $7::bigint[], $8::bigint[], $9::bytea[]) AS a",
                         9},
    [LOG_ERASE_ANSWERS] = {"UPDATE answers SET bytes = NULL WHERE region_id = $1"
                           " AND customer = $2 AND event < $3",
                           3},
    [LOG_DROP_ANSWERS] = {"DELETE FROM answers WHERE region_id = $1 AND number IN"
                          " (SELECT number FROM answers WHERE region_id = $1 AND number < $2"
                          " ORDER BY number LIMIT 256)",
                          2},
    [LOG_QUEUE] = {"SELECT pg_advisory_xact_lock(73502, hashtext($1))", 1},
    /* While anybody sells, whoever tells people renews its time: there is a commit every second. */
    [LOG_LAG] = {"SELECT next_event,"
                 " (SELECT writer FROM batches WHERE region_id = $1 AND batch = $2), CASE WHEN "
                 "pg_is_in_recovery() THEN greatest(0,"
                 " CAST(extract(epoch FROM clock_timestamp() - coalesce("
                 "pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) * 1000 AS bigint))"
                 " ELSE 0 END FROM regions WHERE region_id = $1",
                 2},
};

static struct pg_value region_value(const struct shared_log *log)
{
    return pg_bytes(text_of(log->region));
}

static struct err damaged(const struct shared_log *log, const char *what)
{
    log_error("the shared log is damaged", "region=%s what=%s", log->region, what);
    return ERR_AT(ERR_STORE, 0, SHARED_LOG_DAMAGED);
}

/* --- reachable or not --- */

static void note_away(struct shared_log *log)
{
    log->pause_ns = log->pause_ns == 0 ? PAUSE_FIRST_MS * NS_PER_MS : log->pause_ns * 2;
    if (log->pause_ns > PAUSE_MAX_MS * NS_PER_MS)
        log->pause_ns = PAUSE_MAX_MS * NS_PER_MS;
    log->next_try_ns = clock_monotonic_ns() + log->pause_ns;
    log->has_turn = false;
    atomic_store(&log->is_reachable, false);
}

static void note_reachable(struct shared_log *log)
{
    if (log->pg.is_known_away)
        log_info("the database is back", "region=%s", log->region);
    log->pg.is_known_away = false;
    log->pause_ns = 0;
    atomic_store(&log->is_reachable, true);
}

/* Connects if need be, once a pause: whoever asks in between is told at once. */
static struct err connect_again(struct shared_log *log)
{
    bool is_tried = true;
    if (!log->connecting.is_started) {
        if (log->pg.connection != NULL)
            return OK;
        if (clock_monotonic_ns() < log->next_try_ns)
            return ERR_AT(ERR_STORE, 0, PG_AWAY);
    }
    struct err err = log->is_read_only ? shared_log_connect_aside(log, &is_tried)
                                       : pg_connect(&log->pg, log->wait_ms);
    if (err.code != ERR_NONE && is_tried)
        note_away(log);
    return err;
}

/* --- open --- */

static struct err read_secret(struct shared_log *log, const PGresult *look)
{
    struct text kept = pg_get_text(look, 0, 2);
    if (kept.length != sizeof log->secret)
        return damaged(log, "secret");
    memcpy(log->secret, kept.data, sizeof log->secret);
    return OK;
}

/* A shop is made by one that writes. */
static struct err find_region(struct shared_log *log, struct reach *reach)
{
    struct pg_value region = region_value(log);
    pg_send(&log->pg, LOG_LOOK, &region);
    TRY(pg_run(&log->pg, log->wait_ms));
    const PGresult *look = log->pg.results[0];
    if (PQntuples(look) == 1 && pg_get_u64(look, 0, 1) > 1)
        return read_secret(log, look);
    if (reach_is_to_tell(reach, REACH_SHOP))
        log_warning("the database has no shop of this region yet", "region=%s", log->region);
    return ERR_AT(ERR_STORE, 0, PG_AWAY);
}

static struct err make_region(struct shared_log *log, const uint8_t *secret)
{
    uint8_t fresh[HASH_SECRET_SIZE];
    random_secret(fresh, sizeof fresh);
    const char *given = (const char *)(secret == NULL ? fresh : secret);
    struct pg_value region = region_value(log);
    const struct pg_value values[] = {region, pg_bytes((struct text){given, sizeof fresh})};
    pg_send(&log->pg, LOG_MAKE_REGION, values);
    if (secret != NULL) /* a start on the wrong folder may have made the region */
        pg_send(&log->pg, LOG_SET_SECRET, values);
    pg_send(&log->pg, LOG_LOOK, &region);
    TRY(pg_run(&log->pg, log->wait_ms));
    const PGresult *look = log->pg.results[log->pg.result_count - 1];
    if (PQntuples(look) != 1)
        return damaged(log, "no region");
    return read_secret(log, look);
}

struct err shared_log_open(struct shared_log *log, const struct shared_log_options *options)
{
    uint32_t wait_ms = options->wait_ms;
    *log = (struct shared_log){.wait_ms = wait_ms, .is_read_only = options->is_read_only};
    int length = snprintf(log->region, sizeof log->region, "%s", options->region);
    ensure(length > 0 && (size_t)length < sizeof log->region);
    /* A process that was stopped while it had its turn does not keep the others from theirs. */
    length = snprintf(log->session, sizeof log->session,
                      "SET lock_timeout = %u; SET idle_in_transaction_session_timeout = %u;"
                      "SET statement_timeout = 0; SET client_min_messages = warning%s",
                      wait_ms, wait_ms,
                      options->is_read_only ? "; SET default_transaction_read_only = on" : "");
    ensure(length > 0 && (size_t)length < sizeof log->session);
    random_secret(&log->writer, sizeof log->writer);
    log->writer >>= 1; /* a bigint */
    arena_init(&log->arena, ARENA_BLOCK_SIZE, ARENA_SIZE_MAX);
    pg_init(&log->pg, options->url, log->session, shared_log_statements, LOG_STATEMENT_COUNT);
    struct err err = pg_connect(&log->pg, wait_ms);
    if (err.code == ERR_NONE)
        err = log->is_read_only ? find_region(log, options->reach)
                                : make_region(log, options->secret);
    if (err.code == ERR_NONE)
        atomic_store(&log->is_reachable, true);
    else
        shared_log_close(log);
    return err;
}

void shared_log_close(struct shared_log *log)
{
    shared_log_end_connecting(log);
    pg_close(&log->pg);
    arena_release(&log->arena);
}

struct err shared_log_seek(struct shared_log *log, struct reach *reach, uint64_t last_event,
                           uint64_t last_answer, uint64_t *first_event_out, struct text *events_out)
{
    log->last_event = last_event;
    log->last_answer = last_answer;
    log->last_batch = 0;
    *first_event_out = 0;
    *events_out = TEXT_NONE;
    if (last_event == 0)
        return OK;
    arena_reset(&log->arena);
    pg_send(&log->pg, LOG_SEEK,
            (struct pg_value[]){region_value(log), pg_u64(&log->arena, last_event)});
    TRY(pg_run(&log->pg, log->wait_ms * COMMIT_WAITS));
    const PGresult *found = log->pg.results[0];
    uint64_t found_event = PQntuples(found) == 1 ? pg_get_u64(found, 0, 2) : 0;
    if (found_event < last_event && log->is_read_only) {
        if (reach_is_to_tell(reach, REACH_EVENTS))
            log_warning("the database is behind the data folder",
                        "region=%s event=%llu folder=%llu", log->region,
                        (unsigned long long)found_event, (unsigned long long)last_event);
        return ERR_AT(ERR_STORE, 0, PG_AWAY);
    }
    if (found_event != last_event)
        return ERR_AT(ERR_STORE, 0, SHARED_LOG_FOREIGN);
    log->last_batch = pg_get_u64(found, 0, 0);
    *first_event_out = pg_get_u64(found, 0, 1);
    *events_out = arena_copy_text(&log->arena, pg_get_text(found, 0, 3));
    return OK;
}

/* --- looking --- */

static struct err look_once(struct shared_log *log, const struct shared_log_receiver *receiver)
{
    arena_reset(&log->arena);
    shared_log_send_look(log);
    if (log->is_read_only)
        pg_send(&log->pg, LOG_LAG,
                (struct pg_value[]){region_value(log), pg_u64(&log->arena, log->last_batch)});
    TRY(pg_run(&log->pg, log->wait_ms));
    note_reachable(log);
    if (!log->is_read_only)
        return shared_log_hand_on(log, 0, receiver);
    const PGresult *lag = log->pg.results[log->pg.result_count - 1];
    TRY(shared_log_check_last_batch(log, lag));
    TRY(shared_log_hand_on(log, 0, receiver));
    shared_log_note_lag(log, lag);
    return OK;
}

struct err shared_log_follow(struct shared_log *log, const struct shared_log_receiver *receiver)
{
    struct err err;
    ensure(!log->has_turn);
    TRY(connect_again(log));
    do {
        err = look_once(log, receiver);
    } while (err.code == ERR_NONE && log->has_more);
    if (err.code != ERR_NONE)
        note_away(log);
    return err;
}

/* Queues, locks and looks in one round trip: each statement sees what was committed when it began,
 * so the look sees what the one who had the lock before wrote. A row that is unlocked goes to
 * whoever comes first, which is mostly the one that has just unlocked it; who waits for it may wait
 * for seconds. So there is a queue in front of it: advisory locks are given in order. */
static struct err lock_and_look(struct shared_log *log, const struct shared_log_receiver *receiver)
{
    struct pg_value region = region_value(log);
    arena_reset(&log->arena);
    pg_send(&log->pg, LOG_BEGIN, NULL);
    pg_send(&log->pg, LOG_QUEUE, &region);
    pg_send(&log->pg, LOG_LOCK, &region);
    shared_log_send_look(log);
    TRY(pg_run(&log->pg, 2 * log->wait_ms));
    note_reachable(log);
    const PGresult *locked = log->pg.results[2];
    if (PQntuples(locked) != 1)
        return damaged(log, "no region");
    uint64_t next_batch = pg_get_u64(locked, 0, 0);
    uint64_t next_event = pg_get_u64(locked, 0, 1);
    TRY(shared_log_hand_on(log, 3, receiver));
    if (!log->has_more && (next_batch != log->last_batch + 1 || next_event != log->last_event + 1))
        return damaged(log, "the region's row and its batches differ");
    return OK;
}

/* Who is far behind does not hold the lock while catching up. */
struct err shared_log_take_turn(struct shared_log *log, const struct shared_log_receiver *receiver)
{
    ensure(!log->has_turn);
    ensure(!log->is_read_only);
    TRY(connect_again(log));
    struct err err = lock_and_look(log, receiver);
    while (err.code == ERR_NONE && log->has_more) {
        shared_log_yield_turn(log);
        TRY(shared_log_follow(log, receiver));
        err = lock_and_look(log, receiver);
    }
    if (err.code != ERR_NONE) {
        pg_disconnect(&log->pg);
        note_away(log);
        return err;
    }
    log->has_turn = true;
    return OK;
}

void shared_log_yield_turn(struct shared_log *log)
{
    log->has_turn = false;
    pg_send(&log->pg, LOG_ROLLBACK, NULL);
    if (pg_run(&log->pg, log->wait_ms).code != ERR_NONE)
        note_away(log);
}

/* --- appending --- */

static struct err write_and_commit(struct shared_log *log, const struct store_batch *batch)
{
    arena_reset(&log->arena);
    log->pg.is_unsure = false;
    shared_log_send_batch(log, batch);
    pg_send(&log->pg, LOG_COMMIT, NULL);
    TRY(pg_run(&log->pg, log->wait_ms * COMMIT_WAITS));
    shared_log_note_dropped(log, batch);
    if (!log->pg.is_unsure)
        return OK;
    pg_disconnect(&log->pg); /* on the primary's disk, perhaps nowhere else: look again */
    return ERR_AT(ERR_STORE, 0, PG_AWAY);
}

/* The batch is in the log; a COMMIT behind it says that it is wherever COMMITs have to be. */
static struct err commit_behind(struct shared_log *log)
{
    struct pg_value region = region_value(log);
    log->pg.is_unsure = false;
    pg_send(&log->pg, LOG_TOUCH, &region);
    pg_send(&log->pg, LOG_COMMIT, NULL);
    TRY(pg_run(&log->pg, log->wait_ms * COMMIT_WAITS));
    return log->pg.is_unsure ? ERR_AT(ERR_STORE, 0, PG_AWAY) : OK;
}

static struct err whose_is_it(struct shared_log *log, uint64_t batch, uint64_t *writer_out)
{
    pg_send(&log->pg, LOG_WRITER,
            (struct pg_value[]){region_value(log), pg_u64(&log->arena, batch)});
    TRY(pg_run(&log->pg, log->wait_ms));
    if (PQntuples(log->pg.results[0]) != 1)
        return damaged(log, "a batch is missing");
    *writer_out = pg_get_u64(log->pg.results[0], 0, 0);
    return OK;
}

/* The lock is free once whatever became of the lost COMMIT is decided. */
static struct err settle(struct shared_log *log, const struct store_batch *batch)
{
    struct pg_value region = region_value(log);
    uint64_t writer = 0;
    TRY(pg_connect(&log->pg, log->wait_ms));
    arena_reset(&log->arena);
    pg_send(&log->pg, LOG_BEGIN, NULL);
    pg_send(&log->pg, LOG_LOCK, &region);
    TRY(pg_run(&log->pg, 2 * log->wait_ms));
    if (PQntuples(log->pg.results[1]) != 1)
        return damaged(log, "no region");
    uint64_t next_batch = pg_get_u64(log->pg.results[1], 0, 0);
    if (next_batch == log->last_batch + 1)
        return write_and_commit(log, batch);
    if (next_batch <= log->last_batch)
        return damaged(log, "it lost batches that were acknowledged");
    TRY(whose_is_it(log, log->last_batch + 1, &writer));
    if (writer == log->writer)
        return commit_behind(log);
    pg_disconnect(&log->pg); /* with the lock */
    log_warning("another process appended first, after a COMMIT that was lost",
                "region=%s batch=%llu", log->region, (unsigned long long)log->last_batch + 1);
    return ERR_AT(ERR_STORE, 0, SHARED_LOG_OVERTAKEN);
}

static bool may_pass(struct err err)
{
    return err.code == ERR_STORE && err.value == PG_AWAY;
}

struct err shared_log_append(struct shared_log *log, const struct store_batch *batch)
{
    ensure(log->has_turn);
    struct err err = write_and_commit(log, batch);
    while (may_pass(err)) {
        note_away(log);
        clock_sleep_ns(log->pause_ns);
        err = settle(log, batch);
    }
    log->has_turn = false;
    TRY(err);
    note_reachable(log);
    log->last_batch++;
    log->last_event = batch->last_event;
    if (batch->answer_count > 0)
        log->last_answer = batch->answers[batch->answer_count - 1].number;
    return OK;
}
