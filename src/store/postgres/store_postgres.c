#include "store/postgres/store_postgres.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/postgres/migrations.h"
#include "store/postgres/shared_log.h"

#include <string.h>

enum { AWAY_SECONDS = 1 }; /* until it is worth another try */

struct store_postgres {
    struct store store;
    struct shared_log log;
    struct store *copy;
};

static struct store_postgres *postgres_of(struct store *store)
{
    return (struct store_postgres *)store;
}

/* --- what others recorded --- */

/* Where it goes beside the copy. */
struct bringing {
    struct store_postgres *postgres;
    void (*each)(void *context, const struct store_batch *batch); /* may be NULL */
    void *context;
};

/* The first batch brings the contacts of all: a stop behind it misses none. */
static struct err bring_in(void *context, const struct store_batch *batch, bool has_fresh_contacts)
{
    const struct bringing *bringing = context;
    struct store_postgres *postgres = bringing->postgres;
    struct store_batch copied = *batch;
    if (batch->size == 0 && batch->answer_count == 0)
        return OK; /* answers that the copy has already */
    if (!has_fresh_contacts || batch->size == 0)
        copied.contact_count = 0;
    TRY(store_record(postgres->copy, &copied));
    postgres->store.recorded_event = batch->last_event;
    if (bringing->each != NULL)
        bringing->each(bringing->context, batch);
    return OK;
}

static struct err postgres_take_turn(struct store *store, bool writes,
                                     void (*each)(void *context, const struct store_batch *batch),
                                     void *context)
{
    struct store_postgres *postgres = postgres_of(store);
    struct bringing bringing = {postgres, each, context};
    const struct shared_log_receiver receiver = {bring_in, &bringing};
    struct err err = writes ? shared_log_take_turn(&postgres->log, &receiver)
                            : shared_log_follow(&postgres->log, &receiver);
    bool may_pass = err.code == ERR_STORE && err.value == PG_AWAY;
    return may_pass ? ERR_AT(ERR_OVERLOADED, 0, .value = AWAY_SECONDS) : err;
}

static void postgres_yield_turn(struct store *store)
{
    struct store_postgres *postgres = postgres_of(store);
    if (postgres->log.has_turn)
        shared_log_yield_turn(&postgres->log);
}

static bool postgres_is_reachable(struct store *store)
{
    return atomic_load(&postgres_of(store)->log.is_reachable);
}

static struct store_lag postgres_lag(struct store *store)
{
    return shared_log_lag_now(&postgres_of(store)->log);
}

/* --- recording --- */

static struct err postgres_load(struct store *store, struct shop *shop)
{
    struct store_postgres *postgres = postgres_of(store);
    TRY(store_load(postgres->copy, shop));
    store->recorded_event = postgres->copy->recorded_event;
    return OK;
}

static void refuse_foreign(void *context, const struct store_batch *batch)
{
    bool *is_behind = context;
    (void)batch;
    *is_behind = true;
}

/* Whoever records without having asked for a turn must not have missed anything. */
static struct err ensure_turn(struct store_postgres *postgres)
{
    bool is_behind = false;
    if (postgres->log.has_turn)
        return OK;
    TRY(postgres_take_turn(&postgres->store, true, refuse_foreign, &is_behind));
    return is_behind ? ERR_AT(ERR_STORE, 0, SHARED_LOG_OVERTAKEN) : OK;
}

static struct err postgres_record(struct store *store, const struct store_batch *batch)
{
    struct store_postgres *postgres = postgres_of(store);
    TRY(ensure_turn(postgres));
    struct err err = shared_log_append(&postgres->log, batch);
    if (err.code == ERR_STORE && err.value == SHARED_LOG_OVERTAKEN)
        return ERR_AT(ERR_OVERLOADED, 0, .value = AWAY_SECONDS);
    TRY(err);
    return store_record(postgres->copy, batch);
}

static uint64_t postgres_folded_event(struct store *store)
{
    return store_folded_event(postgres_of(store)->copy);
}

static struct err postgres_fold_now(struct store *store)
{
    return store_fold_now(postgres_of(store)->copy);
}

static struct store_stats postgres_stats(struct store *store)
{
    return store_stats(postgres_of(store)->copy);
}

static void postgres_secret(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE])
{
    memcpy(secret_out, postgres_of(store)->log.secret, HASH_SECRET_SIZE);
}

static struct err postgres_backup(struct store *store, const char *folder,
                                  void (*progress)(void *context, uint64_t done, uint64_t total),
                                  void *context)
{
    return store_backup(postgres_of(store)->copy, folder, progress, context);
}

static void postgres_close(struct store *store)
{
    struct store_postgres *postgres = postgres_of(store);
    store_close(postgres->copy);
    shared_log_close(&postgres->log);
    memory_free(postgres);
}

/* --- reading: from the copy --- */

struct postgres_reader {
    struct store_reader reader;
    struct store_reader *inner;
};

static struct store_reader *inner_of(struct store_reader *reader)
{
    return ((struct postgres_reader *)reader)->inner;
}

static struct err postgres_reader_open(struct store *store, struct store_reader **reader_out)
{
    struct postgres_reader *reader = memory_alloc_zeroed(1, sizeof *reader);
    struct err err = store_reader_open(postgres_of(store)->copy, &reader->inner);
    reader->reader.store = store;
    if (err.code == ERR_NONE)
        *reader_out = &reader->reader;
    else
        memory_free(reader);
    return err;
}

static void postgres_reader_close(struct store_reader *reader)
{
    store_reader_close(inner_of(reader));
    memory_free(reader);
}

static struct err postgres_reader_hold(struct store_reader *reader)
{
    return store_reader_hold(inner_of(reader));
}

static void postgres_reader_let_go(struct store_reader *reader)
{
    store_reader_let_go(inner_of(reader));
}

static struct err postgres_read_order(struct store_reader *reader, uint64_t number,
                                      struct arena *arena, struct order **order_out)
{
    return store_read_order(inner_of(reader), number, arena, order_out);
}

static struct err postgres_read_orders(struct store_reader *reader,
                                       const struct store_orders_query *query, struct arena *arena,
                                       struct store_orders *orders_out)
{
    return store_read_orders(inner_of(reader), query, arena, orders_out);
}

static struct err postgres_read_order_by_key(struct store_reader *reader, uint64_t cart,
                                             const uint8_t key[16], struct arena *arena,
                                             struct order **order_out)
{
    return store_read_order_by_key(inner_of(reader), cart, key, arena, order_out);
}

static struct err postgres_read_pending(struct store_reader *reader, uint64_t from,
                                        struct store_pending *pending_out)
{
    return store_read_pending(inner_of(reader), from, pending_out);
}

static struct err postgres_read_chain_contacts(struct store_reader *reader, uint64_t order,
                                               struct arena *arena, uint64_t **contacts_out,
                                               uint32_t *count_out)
{
    return store_read_chain_contacts(inner_of(reader), order, arena, contacts_out, count_out);
}

static struct err postgres_read_stock_holders(struct store_reader *reader, uint32_t product,
                                              uint16_t location, struct arena *arena,
                                              uint64_t **orders_out, uint32_t *count_out)
{
    return store_read_stock_holders(inner_of(reader), product, location, arena, orders_out,
                                    count_out);
}

static struct err postgres_read_purchases(struct store_reader *reader, uint64_t order,
                                          uint32_t product, struct arena *arena,
                                          struct purchases *purchases_out)
{
    return store_read_purchases(inner_of(reader), order, product, arena, purchases_out);
}

static struct err postgres_read_actions(struct store_reader *reader, uint64_t before,
                                        uint32_t limit, struct arena *arena,
                                        struct store_actions *actions_out)
{
    return store_read_actions(inner_of(reader), before, limit, arena, actions_out);
}

static struct err postgres_read_contact(struct store_reader *reader, uint64_t number,
                                        struct arena *arena, struct contact *contact_out,
                                        bool *found_out)
{
    return store_read_contact(inner_of(reader), number, arena, contact_out, found_out);
}

static struct err postgres_read_answer(struct store_reader *reader, uint64_t number,
                                       struct arena *arena, const struct answer **answer_out)
{
    return store_read_answer(inner_of(reader), number, arena, answer_out);
}

static struct err postgres_read_answers(struct store_reader *reader,
                                        bool (*each)(void *context, const struct answer *answer),
                                        void *context)
{
    return store_read_answers(inner_of(reader), each, context);
}

static struct err postgres_read_events(struct store_reader *reader, uint64_t after,
                                       bool (*each)(void *context, const struct event *event),
                                       void *context)
{
    return store_read_events(inner_of(reader), after, each, context);
}

static const struct store_ops postgres_ops = {
    .name = "postgres",
    .load = postgres_load,
    .record = postgres_record,
    .take_turn = postgres_take_turn,
    .yield_turn = postgres_yield_turn,
    .is_reachable = postgres_is_reachable,
    .lag = postgres_lag,
    .folded_event = postgres_folded_event,
    .fold_now = postgres_fold_now,
    .stats = postgres_stats,
    .secret = postgres_secret,
    .backup = postgres_backup,
    .close = postgres_close,
    .reader_open = postgres_reader_open,
    .reader_close = postgres_reader_close,
    .reader_hold = postgres_reader_hold,
    .reader_let_go = postgres_reader_let_go,
    .read_order = postgres_read_order,
    .read_orders = postgres_read_orders,
    .read_order_by_key = postgres_read_order_by_key,
    .read_pending = postgres_read_pending,
    .read_chain_contacts = postgres_read_chain_contacts,
    .read_stock_holders = postgres_read_stock_holders,
    .read_purchases = postgres_read_purchases,
    .read_actions = postgres_read_actions,
    .read_contact = postgres_read_contact,
    .read_answer = postgres_read_answer,
    .read_answers = postgres_read_answers,
    .read_events = postgres_read_events,
};

/* --- open --- */

struct err store_postgres_check_schema(const struct store_postgres_options *options)
{
    struct shared_schema schema;
    TRY(migrations_look(options->url, options->wait_ms, &schema));
    if (schema.version >= SHARED_SCHEMA_NEEDED && schema.min_reader <= SHARED_SCHEMA_VERSION)
        return OK;
    log_error(schema.version < SHARED_SCHEMA_NEEDED
                  ? "the database has not the tables that this shopd needs: run shopd migrate"
                  : "the database is of a newer shopd: upgrade this one",
              "schema=%llu min_reader=%llu this=%d", (unsigned long long)schema.version,
              (unsigned long long)schema.min_reader, SHARED_SCHEMA_VERSION);
    return ERR_AT(ERR_STORE, 0, SHARED_LOG_SCHEMA);
}

static bool note_answer(void *context, const struct answer *answer)
{
    *(uint64_t *)context = answer->number;
    return true;
}

/* The last batch of the copy, compared with what the log has there. */
struct comparison {
    struct text events; /* of the log, what is not compared yet */
    bool differs;
};

static bool compare_event(void *context, const struct event *event)
{
    struct comparison *comparison = context;
    struct text *left = &comparison->events;
    comparison->differs =
        event->length > left->length || memcmp(event, left->data, event->length) != 0;
    if (!comparison->differs)
        *left = (struct text){left->data + event->length, left->length - event->length};
    return !comparison->differs;
}

/* Finds where the copy ends in the log. */
static struct err seek_in(struct store_postgres *postgres, struct reach *reach,
                          struct store_reader *reader)
{
    struct comparison comparison = {.events = TEXT_NONE};
    uint64_t last_answer = 0;
    uint64_t first_event = 0;
    TRY(store_read_answers(reader, note_answer, &last_answer));
    TRY(shared_log_seek(&postgres->log, reach, postgres->copy->recorded_event, last_answer,
                        &first_event, &comparison.events));
    if (first_event != 0)
        TRY(store_read_events(reader, first_event - 1, compare_event, &comparison));
    return comparison.differs || comparison.events.length != 0
               ? ERR_AT(ERR_STORE, 0, SHARED_LOG_FOREIGN)
               : OK;
}

static struct err catch_up(struct store_postgres *postgres, struct reach *reach)
{
    struct bringing bringing = {postgres, NULL, NULL};
    uint64_t before = postgres->copy->recorded_event;
    struct store_reader *reader;
    TRY(store_reader_open(postgres->copy, &reader));
    struct err err = seek_in(postgres, reach, reader);
    store_reader_close(reader);
    if (err.code == ERR_STORE && err.value == SHARED_LOG_FOREIGN)
        log_error("the data folder is of another shop, or ahead of the database: move it away and"
                  " it is filled again",
                  "event=%llu", (unsigned long long)before);
    TRY(err);
    TRY(shared_log_follow(&postgres->log, &(struct shared_log_receiver){bring_in, &bringing}));
    postgres->store.recorded_event = postgres->copy->recorded_event;
    log_info("the copy is up to date", "region=%s from=%llu to=%llu", postgres->log.region,
             (unsigned long long)before, (unsigned long long)postgres->copy->recorded_event);
    return OK;
}

static struct err check_secret(const struct store_postgres *postgres)
{
    uint8_t secret[HASH_SECRET_SIZE];
    store_secret(postgres->copy, secret);
    if (memcmp(secret, postgres->log.secret, sizeof secret) == 0)
        return OK;
    log_error("the data folder is of another shop than the database", "region=%s",
              postgres->log.region);
    return ERR_AT(ERR_STORE, 0, SHARED_LOG_FOREIGN);
}

struct err store_postgres_open(const struct store_postgres_options *options,
                               struct store **store_out)
{
    *store_out = NULL;
    TRY(store_postgres_check_schema(options));
    struct store_postgres *postgres = memory_alloc_zeroed(1, sizeof *postgres);
    postgres->store.ops = &postgres_ops;
    postgres->store.is_read_only = options->is_read_only;
    const struct shared_log_options log = {.url = options->url,
                                           .region = options->region,
                                           .wait_ms = options->wait_ms,
                                           .is_read_only = options->is_read_only,
                                           .reach = options->reach,
                                           .secret = options->secret};
    struct err err = shared_log_open(&postgres->log, &log);
    if (err.code != ERR_NONE) {
        memory_free(postgres);
        return err;
    }
    err = options->open_copy(options->context, postgres->log.secret, &postgres->copy);
    if (err.code == ERR_NONE)
        err = check_secret(postgres);
    if (err.code == ERR_NONE)
        err = catch_up(postgres, options->reach);
    if (err.code != ERR_NONE) {
        postgres_close(&postgres->store);
        return err;
    }
    *store_out = &postgres->store;
    return OK;
}
