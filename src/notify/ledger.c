#include "notify/ledger.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "notify/ledger_parts.h"

#include <inttypes.h>
#include <stdio.h>

enum { OWN_TERM = 1, HOLDS_PER_LEASE = 5 };
#define NS_PER_MS UINT64_C(1000000)

/* At the end of what is written: a delivery that waits is one of few, so small indexes suffice. */
static const char *const schema =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-16384;"
    "CREATE TABLE IF NOT EXISTS positions(follower TEXT NOT NULL, timeline INTEGER NOT NULL,"
    " event INTEGER NOT NULL, PRIMARY KEY(follower, timeline)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS deliveries(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " queue TEXT NOT NULL, state INTEGER NOT NULL, due_ms INTEGER NOT NULL,"
    " event INTEGER NOT NULL, notice TEXT NOT NULL, subject INTEGER NOT NULL,"
    " contact INTEGER NOT NULL, created_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " status INTEGER NOT NULL, reason TEXT, data TEXT NOT NULL, language TEXT, topic TEXT) STRICT;"
    "CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries(queue, state, due_ms, id);"
    "CREATE INDEX IF NOT EXISTS deliveries_dead ON deliveries(id) WHERE state = 2;"
    "CREATE TABLE IF NOT EXISTS webhooks(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " url TEXT NOT NULL, key BLOB NOT NULL, notices INTEGER NOT NULL, is_enabled INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, failing_ms INTEGER NOT NULL, disabled_ms INTEGER NOT NULL)"
    " STRICT;"
    "CREATE TABLE IF NOT EXISTS webhook_tries(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " webhook INTEGER NOT NULL, delivery INTEGER NOT NULL, event INTEGER NOT NULL,"
    " notice TEXT NOT NULL, at_ms INTEGER NOT NULL, attempt INTEGER NOT NULL,"
    " status INTEGER NOT NULL, reason TEXT) STRICT;"
    "CREATE INDEX IF NOT EXISTS webhook_tries_of ON webhook_tries(webhook, number);"
    "CREATE TABLE IF NOT EXISTS low_products(follower TEXT NOT NULL, product INTEGER NOT NULL,"
    " PRIMARY KEY(follower, product)) STRICT, WITHOUT ROWID;"
    "UPDATE deliveries SET state = 0 WHERE state = 1;";

#define STATEMENT(name, sql) [LEDGER_##name] = (sql),

static const char *const own_statements[LEDGER_STATEMENT_COUNT] = {
#define IN_REGION(n)                  ""
#define REGION(n)                     ""
#define REGION_KEY                    ""
#define NUMBERS_BEHIND(table, column) "SELECT 1"
#include "notify/ledger_sql.def"
#undef IN_REGION
#undef REGION
#undef REGION_KEY
#undef NUMBERS_BEHIND
};

static const char *const shared_statements[LEDGER_STATEMENT_COUNT] = {
#define IN_REGION(n) "region_id = $" #n " AND "
#define REGION(n)    "$" #n ", "
#define REGION_KEY   "region_id, "
#define NUMBERS_BEHIND(table, column)                                                              \
    "SELECT setval(pg_get_serial_sequence('" table "', '" column "'), greatest("                   \
    "nextval(pg_get_serial_sequence('" table "', '" column "')),"                                  \
    " (SELECT coalesce(max(" column "), 0) + 1 FROM " table " WHERE region_id = $1)))"
#include "notify/ledger_sql.def"
#undef IN_REGION
#undef REGION
#undef REGION_KEY
#undef NUMBERS_BEHIND
};
#undef STATEMENT

struct err ledger_run(struct ledger *ledger, enum ledger_statement statement)
{
    return database_run(ledger->db, statement);
}

struct err ledger_next(struct ledger *ledger, enum ledger_statement statement, bool *has_row_out)
{
    return database_next(ledger->db, statement, has_row_out);
}

void ledger_reset(struct ledger *ledger, enum ledger_statement statement)
{
    database_reset(ledger->db, statement);
}

void ledger_bind(struct ledger *ledger, enum ledger_statement statement, int position,
                 uint64_t value)
{
    database_bind_u64(ledger->db, statement, position, value);
}

void ledger_bind_text(struct ledger *ledger, enum ledger_statement statement, int position,
                      struct text value)
{
    database_bind_text(ledger->db, statement, position, value);
}

uint64_t ledger_u64(struct ledger *ledger, enum ledger_statement statement, int column)
{
    return database_get_u64(ledger->db, statement, column);
}

struct text ledger_column_text(struct ledger *ledger, enum ledger_statement statement, int column,
                               struct arena *arena)
{
    struct text bytes = database_get_bytes(ledger->db, statement, column);
    return bytes.data == NULL ? TEXT_NONE : arena_copy_text(arena, bytes);
}

/* ---- life ---- */

struct err ledger_open(const struct ledger_options *options, struct ledger **ledger_out)
{
    struct ledger *ledger = memory_alloc_zeroed(1, sizeof(*ledger));
    bool is_shared = database_is_shared(options->database);
    ledger->db = options->database;
    ledger->timeline = options->timeline;
    ledger->lease_ms = options->lease_ms;
    ensure(pthread_mutex_init(&ledger->lock, NULL) == 0);
    struct err err = database_prepare(
        ledger->db, schema, is_shared ? shared_statements : own_statements, LEDGER_STATEMENT_COUNT);
    if (!is_shared) {
        ledger->term = OWN_TERM;
        ledger->held_until_ns = UINT64_MAX;
    }
    if (err.code != ERR_NONE) {
        ledger_close(ledger);
        ledger = NULL;
    }
    *ledger_out = ledger;
    return err;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    database_close(ledger->db);
    ensure(pthread_mutex_destroy(&ledger->lock) == 0);
    memory_free(ledger);
}

uint64_t ledger_timeline(const struct ledger *ledger)
{
    return ledger->timeline;
}

bool ledger_is_shared(const struct ledger *ledger)
{
    return database_is_shared(ledger->db);
}

/* ---- transactions ---- */

static void unlock(struct ledger *ledger)
{
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
}

struct err ledger_end(struct ledger *ledger, struct err err)
{
    if (err.code == ERR_NONE)
        err = database_commit(ledger->db);
    else
        database_rollback(ledger->db);
    unlock(ledger);
    return err;
}

struct err ledger_begin(struct ledger *ledger)
{
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    struct err err = database_begin(ledger->db);
    return err.code == ERR_NONE ? OK : ledger_end(ledger, err);
}

/* Another one tells: we may begin a term of our own as soon as its time is over. */
static struct err note_over(struct ledger *ledger)
{
    __atomic_store_n(&ledger->held_until_ns, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&ledger->next_hold_ns, 0, __ATOMIC_SEQ_CST);
    return ERR_AT(ERR_OVERLOADED, 0, .value = 1);
}

struct err ledger_begin_telling(struct ledger *ledger, uint64_t term)
{
    TRY(ledger_begin(ledger));
    if (term != 0 && database_term(ledger->db) == term)
        return OK;
    return ledger_end(ledger, note_over(ledger));
}

/* ---- who tells ---- */

uint64_t ledger_term(const struct ledger *ledger)
{
    uint64_t until_ns = __atomic_load_n(&ledger->held_until_ns, __ATOMIC_SEQ_CST);
    bool is_held = until_ns == UINT64_MAX || clock_monotonic_ns() < until_ns;
    return is_held ? __atomic_load_n(&ledger->term, __ATOMIC_SEQ_CST) : 0;
}

uint64_t ledger_last_term(const struct ledger *ledger)
{
    return __atomic_load_n(&ledger->term, __ATOMIC_SEQ_CST);
}

/* Within a transaction. What was under way at another waits again. */
static struct err hold(struct ledger *ledger, struct database_holding *holding_out)
{
    TRY(database_hold(ledger->db, ledger->lease_ms, holding_out));
    return holding_out->is_new ? ledger_run(ledger, LEDGER_GIVE_BACK_ALL) : OK;
}

static void note_holding(struct ledger *ledger, const struct database_holding *holding,
                         uint64_t began_ns)
{
    bool was_held = ledger_term(ledger) != 0;
    uint64_t until_ns = holding->term == 0 ? 0 : began_ns + ledger->lease_ms * NS_PER_MS;
    if (holding->is_new)
        ledger->lost_count = 0;
    __atomic_store_n(&ledger->term, holding->term, __ATOMIC_SEQ_CST);
    __atomic_store_n(&ledger->held_until_ns, until_ns, __ATOMIC_SEQ_CST);
    __atomic_store_n(&ledger->next_hold_ns,
                     began_ns + ledger->lease_ms * NS_PER_MS / HOLDS_PER_LEASE, __ATOMIC_SEQ_CST);
    if (holding->term != 0 && (!was_held || holding->is_new))
        log_info("this shopd tells people now", "term=%" PRIu64, holding->term);
    else if (holding->term == 0 && was_held)
        log_warning("another shopd tells people now", NULL);
}

struct err ledger_hold(struct ledger *ledger)
{
    struct database_holding holding;
    uint64_t began_ns = clock_monotonic_ns();
    if (!ledger_is_shared(ledger) ||
        began_ns < __atomic_load_n(&ledger->next_hold_ns, __ATOMIC_SEQ_CST))
        return OK;
    TRY(ledger_begin(ledger));
    struct err err = hold(ledger, &holding);
    if (err.code == ERR_NONE)
        err = database_commit(ledger->db);
    else
        database_rollback(ledger->db);
    if (err.code == ERR_NONE)
        note_holding(ledger, &holding, began_ns);
    unlock(ledger);
    return err;
}

void ledger_release(struct ledger *ledger)
{
    if (!ledger_is_shared(ledger) || ledger_term(ledger) == 0)
        return;
    if (ledger_begin_telling(ledger, ledger_term(ledger)).code != ERR_NONE)
        return; /* it is another's, or will be */
    __atomic_store_n(&ledger->held_until_ns, 0, __ATOMIC_SEQ_CST);
    struct err err = ledger_end(ledger, database_release(ledger->db));
    if (err.code == ERR_NONE)
        log_info("this shopd tells people no more", NULL);
}

/* ---- deliveries, positions ---- */

static void bind_delivery(struct ledger *ledger, enum ledger_statement add,
                          const struct delivery *delivery)
{
    ledger_bind_text(ledger, add, 1, delivery->queue);
    ledger_bind(ledger, add, 2, delivery->due_ms);
    ledger_bind(ledger, add, 3, delivery->event);
    ledger_bind_text(ledger, add, 4, delivery->notice);
    ledger_bind(ledger, add, 5, delivery->subject);
    ledger_bind(ledger, add, 6, delivery->contact);
    ledger_bind(ledger, add, 7, delivery->created_ms);
    ledger_bind_text(ledger, add, 8, delivery->data);
    ledger_bind_text(ledger, add, 9, delivery->language);
    ledger_bind_text(ledger, add, 10, delivery->topic);
}

struct err ledger_add(struct ledger *ledger, const struct delivery *delivery)
{
    const enum ledger_statement add = LEDGER_ADD;
    bind_delivery(ledger, add, delivery);
    return ledger_run(ledger, add);
}

struct err ledger_add_dead(struct ledger *ledger, const struct delivery *delivery)
{
    const enum ledger_statement add = LEDGER_ADD_DEAD;
    bind_delivery(ledger, add, delivery);
    ledger_bind(ledger, add, 11, delivery->attempts);
    ledger_bind(ledger, add, 12, delivery->status);
    ledger_bind_text(ledger, add, 13, delivery->reason);
    return ledger_run(ledger, add);
}

struct err ledger_put_position(struct ledger *ledger, const char *follower, uint64_t event)
{
    const enum ledger_statement put = LEDGER_PUT_POSITION;
    ledger_bind_text(ledger, put, 1, text_of(follower));
    ledger_bind(ledger, put, 2, ledger->timeline);
    ledger_bind(ledger, put, 3, event);
    return ledger_run(ledger, put);
}

struct err ledger_put_low(struct ledger *ledger, const char *follower, uint32_t product,
                          bool is_low, bool *changed_out)
{
    enum ledger_statement put = is_low ? LEDGER_ADD_LOW : LEDGER_DROP_LOW;
    uint64_t changed = 0;
    ledger_bind_text(ledger, put, 1, text_of(follower));
    ledger_bind(ledger, put, 2, product);
    TRY(ledger_run(ledger, put));
    TRY(database_changes(ledger->db, &changed));
    *changed_out = changed > 0;
    return OK;
}

static struct err read_low(struct ledger *ledger, const char *follower, uint32_t product,
                           bool *is_low_out)
{
    const enum ledger_statement is_low = LEDGER_IS_LOW;
    ledger_bind_text(ledger, is_low, 1, text_of(follower));
    ledger_bind(ledger, is_low, 2, product);
    TRY(ledger_next(ledger, is_low, is_low_out));
    ledger_reset(ledger, is_low);
    return OK;
}

struct err ledger_is_low(struct ledger *ledger, const char *follower, uint32_t product,
                         bool *is_low_out)
{
    *is_low_out = false;
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    struct err err = read_low(ledger, follower, product, is_low_out);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}

struct err ledger_read_position(struct ledger *ledger, const char *follower, uint64_t *event_out,
                                bool *found_out)
{
    const enum ledger_statement position = LEDGER_POSITION;
    ledger_bind_text(ledger, position, 1, text_of(follower));
    ledger_bind(ledger, position, 2, ledger->timeline);
    TRY(ledger_next(ledger, position, found_out));
    if (*found_out)
        *event_out = ledger_u64(ledger, position, 0);
    ledger_reset(ledger, position);
    return OK;
}

struct err ledger_position(struct ledger *ledger, const char *follower, uint64_t *event_out,
                           bool *found_out)
{
    *event_out = 0;
    *found_out = false;
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    struct err err = ledger_read_position(ledger, follower, event_out, found_out);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}

/* ---- wishes ---- */

enum { WISH_NAME_SIZE = 64 };

static struct text wish_name(const char *follower, char name_out[WISH_NAME_SIZE])
{
    (void)snprintf(name_out, WISH_NAME_SIZE, "move %s", follower);
    return text_of(name_out);
}

struct err ledger_wish_move(struct ledger *ledger, const char *follower, uint64_t event)
{
    char name[WISH_NAME_SIZE];
    TRY(ledger_begin(ledger));
    return ledger_end(ledger, ledger_put_position(ledger, wish_name(follower, name).data, event));
}

struct err ledger_wished_move(struct ledger *ledger, const char *follower, uint64_t *event_out,
                              bool *found_out)
{
    char name[WISH_NAME_SIZE];
    return ledger_position(ledger, wish_name(follower, name).data, event_out, found_out);
}

struct err ledger_forget_wish(struct ledger *ledger, const char *follower, uint64_t event)
{
    const enum ledger_statement drop = LEDGER_DROP_POSITION;
    char name[WISH_NAME_SIZE];
    ledger_bind_text(ledger, drop, 1, wish_name(follower, name));
    ledger_bind(ledger, drop, 2, ledger->timeline);
    ledger_bind(ledger, drop, 3, event);
    return ledger_run(ledger, drop);
}
