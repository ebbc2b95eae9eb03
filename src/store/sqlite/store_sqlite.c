#include "store/sqlite/store_sqlite.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/fold/fold.h"
#include "store/sqlite/folder.h"
#include "store/sqlite/read/load.h"
#include "store/sqlite/read/reader.h"

#include <string.h>
#include <sys/stat.h>

/* A longer tail is folded before it is loaded: replaying it would fill memory with its orders. */
enum { LOAD_TAIL_MAX = 2000000, LOAD_ARENA_BLOCK = 1 << 16, LOAD_ARENA_MAX = 1 << 26 };

struct store_sqlite {
    struct store store;
    char folder[SQL_PATH_SIZE];
    char vfs[64];
    struct sql_file shop_file;
    struct sql_file journal_file;
    int lock;
    struct journal journal;
    struct fold fold;
    _Atomic uint64_t batches;
    _Atomic uint64_t record_ns;
};

static struct store_sqlite *sqlite_of(struct store *store)
{
    return (struct store_sqlite *)store;
}

/* A shop on its way from the tables to the last event. */
struct loading {
    struct shop *shop;
    struct sqlite_reader *reader; /* sees the tables as they were at the watermark */
    struct arena arena;
    struct map erased; /* contacts that the tables still name; the value says nothing */
    struct err err;
};

/* An event may change an order that sleeps in the tables. */
static struct err wake_order(struct loading *loading, uint64_t number)
{
    struct order *order = NULL;
    uint64_t ignored = 0;

    if (order_find(&loading->shop->orders, number) != NULL)
        return OK;
    arena_reset(&loading->arena);
    TRY(read_order_rows(loading->reader, number, &loading->arena, &order));
    if (order == NULL)
        return fold_damaged("orders", number);
    if (order->contact != 0 && map_find(&loading->erased, order->contact, &ignored))
        order->contact = 0;
    order_check(order);
    order_adopt(&loading->shop->orders, order);
    return OK;
}

static void note_erased(struct loading *loading, const struct event *event)
{
    const struct event_contacts_erased *gone = event_payload(event);
    const uint64_t *contacts = event_contacts(gone);

    for (uint32_t i = 0; i < gone->count; i++)
        map_put(&loading->erased, contacts[i], 1);
}

static bool apply_event(void *context, const struct event *event)
{
    struct loading *loading = context;

    if (event_changed_order(event) != 0)
        loading->err = wake_order(loading, event_changed_order(event));
    if (event->type == EVENT_CONTACTS_ERASED)
        note_erased(loading, event);
    if (loading->err.code == ERR_NONE)
        shop_apply(loading->shop, event);
    return loading->err.code == ERR_NONE;
}

/* Applies what the journal has behind the tables. */
static struct err load_tail(struct loading *loading, uint64_t recorded_event)
{
    bool goes_on = true;

    while (loading->shop->last_event < recorded_event) {
        uint64_t after = loading->shop->last_event;
        struct text events;

        TRY(journal_read(&loading->reader->journal, after, &events));
        TRY(journal_walk(events, after, apply_event, loading, &goes_on));
        TRY(loading->err);
    }
    return OK;
}

/* All reads see one state of the tables, also while they are being written. */
static struct err load_within(struct loading *loading, uint64_t recorded_event)
{
    TRY(sql_exec(loading->reader->shop, "PRAGMA mmap_size=134217728; BEGIN"));
    TRY(load_tables(loading->reader->shop, loading->shop));
    TRY(load_tail(loading, recorded_event));
    return recorded_event == 0 ? OK : load_emails(loading->reader->journal.db, loading->shop);
}

/* Up to `recorded_event`, or to the watermark alone when that is 0. */
static struct err load_shop(struct store_sqlite *sqlite, struct shop *shop, uint64_t recorded_event)
{
    struct loading loading = {.shop = shop};
    struct store_reader *reader;

    TRY(sqlite_reader_open(&sqlite->store, &sqlite->shop_file, &sqlite->journal_file, &reader));
    loading.reader = (struct sqlite_reader *)reader;
    arena_init(&loading.arena, LOAD_ARENA_BLOCK, LOAD_ARENA_MAX);
    map_init(&loading.erased, 0);
    struct err err = load_within(&loading, recorded_event);

    map_release(&loading.erased);
    arena_release(&loading.arena);
    sqlite_reader_close(reader);
    return err;
}

static struct err sqlite_load(struct store *store, struct shop *shop)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    uint64_t recorded = sqlite->journal.recorded_event;
    uint64_t tail = recorded - atomic_load(&sqlite->fold.folded_event);

    if (tail > LOAD_TAIL_MAX) {
        log_info("folding the journal before the start", "events=%llu", (unsigned long long)tail);
        TRY(fold_now(&sqlite->fold));
    }
    TRY(load_shop(sqlite, shop, recorded));
    if (sqlite->journal.timeline != 0)
        shop->timeline = sqlite->journal.timeline;
    fold_start(&sqlite->fold);
    return OK;
}

static struct err sqlite_record(struct store *store, const struct store_batch *batch)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    uint64_t started_ns = clock_monotonic_ns();

    TRY(journal_record(&sqlite->journal, batch));
    if (batch->size > 0)
        fold_hand_over(&sqlite->fold, batch);
    atomic_fetch_add_explicit(&sqlite->batches, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&sqlite->record_ns, clock_monotonic_ns() - started_ns,
                              memory_order_relaxed);
    return OK;
}

static uint64_t sqlite_folded_event(struct store *store)
{
    return atomic_load(&sqlite_of(store)->fold.folded_event);
}

static struct err sqlite_fold_now(struct store *store)
{
    return fold_now(&sqlite_of(store)->fold);
}

static uint64_t file_size(const struct sql_file *file)
{
    char path[SQL_PATH_SIZE];
    struct stat status;

    sql_path(file->folder, file->name, path);
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static struct store_stats sqlite_stats(struct store *store)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    uint64_t unfolded_ms = atomic_load(&sqlite->fold.unfolded_ms);
    uint64_t now_ms = clock_wall_ms();
    uint64_t folded_event = atomic_load(&sqlite->fold.folded_event); /* before recorded_event */

    return (struct store_stats){
        .recorded_event = atomic_load(&sqlite->fold.recorded_event),
        .folded_event = folded_event,
        .batches = atomic_load(&sqlite->batches),
        .record_ns = atomic_load(&sqlite->record_ns),
        .fold_cpu_ns = atomic_load(&sqlite->fold.cpu_ns),
        .fold_lag_ms = unfolded_ms == 0 || unfolded_ms > now_ms ? 0 : now_ms - unfolded_ms,
        .journal_bytes = file_size(&sqlite->journal_file),
        .journal_wal_pages = __atomic_load_n(&sqlite->journal.wal_pages, __ATOMIC_RELAXED),
        .cache_bytes = sql_cache_bytes(),
        .flush_ns = &sqlite->journal.flush_ns,
    };
}

static void sqlite_secret(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE])
{
    memcpy(secret_out, sqlite_of(store)->journal.secret, HASH_SECRET_SIZE);
}

static struct err sqlite_backup(struct store *store, const char *folder,
                                void (*progress)(void *context, uint64_t done, uint64_t total),
                                void *context)
{
    return backup_make(&sqlite_of(store)->shop_file, folder,
                       &(struct backup_progress){progress, context});
}

static void sqlite_close(struct store *store)
{
    struct store_sqlite *sqlite = sqlite_of(store);

    fold_close(&sqlite->fold);
    journal_close(&sqlite->journal);
    folder_unlock(sqlite->lock);
    memory_free(sqlite);
}

static struct err sqlite_open_reader(struct store *store, struct store_reader **reader_out)
{
    struct store_sqlite *sqlite = sqlite_of(store);

    return sqlite_reader_open(store, &sqlite->shop_file, &sqlite->journal_file, reader_out);
}

static const struct store_ops sqlite_ops = {
    .name = "sqlite",
    .load = sqlite_load,
    .record = sqlite_record,
    .folded_event = sqlite_folded_event,
    .fold_now = sqlite_fold_now,
    .stats = sqlite_stats,
    .secret = sqlite_secret,
    .backup = sqlite_backup,
    .close = sqlite_close,
    .reader_open = sqlite_open_reader,
    .reader_close = sqlite_reader_close,
    .reader_hold = sqlite_reader_hold,
    .reader_let_go = sqlite_reader_let_go,
    .read_order = sqlite_read_order,
    .read_orders = sqlite_read_orders,
    .read_order_by_key = sqlite_read_order_by_key,
    .read_pending = sqlite_read_pending,
    .read_chain_contacts = sqlite_read_chain_contacts,
    .read_stock_holders = sqlite_read_stock_holders,
    .read_purchases = sqlite_read_purchases,
    .read_contact = sqlite_read_contact,
    .read_actions = sqlite_read_actions,
    .read_answer = sqlite_read_answer,
    .read_answers = sqlite_read_answers,
    .read_events = sqlite_read_events,
};

struct store_sqlite_options store_sqlite_defaults(const char *folder)
{
    return (struct store_sqlite_options){
        .folder = folder,
        .fold_slice_ms = 5000,
        .fold_orders_max = 200000,
        .fold_lines_max = 1000000,
        .cache_mb = 64,
        .read_cache_kb = 2048,
        .journal_checkpoint_pages = 1024,
        .shop_checkpoint_pages = 4096,
        .ring_bytes_max = (size_t)64 << 20,
    };
}

static struct err open_files(struct store_sqlite *sqlite,
                             const struct store_sqlite_options *options)
{
    struct fold_options fold = {
        .slice_ms = options->fold_slice_ms,
        .orders_max = options->fold_orders_max,
        .lines_max = options->fold_lines_max,
        .checkpoint_pages = options->shop_checkpoint_pages,
        .is_inline = options->fold_inline,
        .ring_bytes_max = options->ring_bytes_max,
    };
    const struct journal_options journal = {
        .must_exist = options->must_exist,
        .is_copy = options->is_copy,
        .secret = options->secret,
        .checkpoint_pages = options->journal_checkpoint_pages,
    };

    TRY(journal_open(&sqlite->journal, &sqlite->journal_file, &journal));
    sqlite->store.recorded_event = sqlite->journal.recorded_event;
    atomic_store(&sqlite->fold.recorded_event, sqlite->journal.recorded_event);
    struct err err = fold_open(&sqlite->fold, &fold, &sqlite->shop_file, &sqlite->journal_file,
                               options->cache_mb);

    if (err.code == ERR_NONE) {
        err = folder_sync(sqlite->folder);
        if (err.code != ERR_NONE)
            fold_close(&sqlite->fold);
    }
    if (err.code != ERR_NONE)
        journal_close(&sqlite->journal);
    return err;
}

/* Names are copied: the caller's may go. */
static struct store_sqlite *make(const struct store_sqlite_options *options)
{
    struct store_sqlite *sqlite = memory_alloc_zeroed(1, sizeof *sqlite);
    const char *vfs = options->vfs == NULL ? NULL : sqlite->vfs;

    sql_path(options->folder, ".", sqlite->folder);
    sqlite->folder[strlen(options->folder)] = '\0';
    if (options->vfs != NULL) {
        ensure(strlen(options->vfs) < sizeof sqlite->vfs);
        memcpy(sqlite->vfs, options->vfs, strlen(options->vfs));
    }
    sqlite->store.ops = &sqlite_ops;
    sqlite->shop_file = (struct sql_file){sqlite->folder, "shop.db", vfs, options->read_cache_kb};
    sqlite->journal_file =
        (struct sql_file){sqlite->folder, "journal.db", vfs, options->read_cache_kb};
    return sqlite;
}

struct err store_sqlite_open(const struct store_sqlite_options *options, struct store **store_out)
{
    *store_out = NULL;
    ensure(options->folder != NULL);
    if (strlen(options->folder) > SQL_PATH_SIZE - 32)
        return ERR_AT(ERR_STORE, 0, SQLITE_CANTOPEN);
    if (!options->must_exist)
        TRY(folder_make(options->folder));
    /* Refused once SQLite runs: one lock less, and no pages ahead, which it would not count. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
    struct store_sqlite *sqlite = make(options);
    struct err err = folder_lock(sqlite->folder, options->lock_wait_ms, &sqlite->lock);

    if (err.code == ERR_NONE) {
        err = open_files(sqlite, options);
        if (err.code != ERR_NONE)
            folder_unlock(sqlite->lock);
    }
    if (err.code == ERR_NONE)
        *store_out = &sqlite->store;
    else
        memory_free(sqlite);
    return err;
}

struct err store_sqlite_load_tables(struct store *store, struct shop *shop)
{
    struct store_sqlite *sqlite = sqlite_of(store);

    ensure(store->ops == &sqlite_ops);
    return load_shop(sqlite, shop, 0);
}

struct err store_sqlite_read_contacts(struct store *store, uint64_t after, uint32_t limit,
                                      bool (*each)(void *context, const struct contact *contact),
                                      void *context)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    struct journal_reader reader;

    ensure(store->ops == &sqlite_ops);
    TRY(journal_reader_open(&reader, &sqlite->journal_file));
    struct err err = journal_read_contacts(&reader, after, limit, each, context);

    journal_reader_close(&reader);
    return err;
}

struct err store_sqlite_restore(const char *backup_folder, const char *folder)
{
    return backup_restore(backup_folder, folder);
}
