/*
 * What sqlite promises beyond the common suite: one process per folder, no false start on damaged
 * files, recovery from whatever a stop left, copies that are whole, tables that only shopd writes,
 * and no trace of what was erased.
 */
#include "lib/shop_dump.h"
#include "lib/shop_story.h"
#include "lib/store_world.h"
#include "test.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KIND_THREADED = 1, KIND_INLINE = 2, PATH_SIZE = 512 };

static void open_world(struct store_world *world, uint32_t kind)
{
    store_world_open(world, &store_kinds[kind]);
    shop_story_tell(&world->fixture, store_world_record, world);
}

static void path_of(const char *folder, const char *name, char path_out[PATH_SIZE])
{
    snprintf(path_out, PATH_SIZE, "%s/%s", folder, name);
}

static void copy_file(const char *from_folder, const char *folder, const char *name)
{
    char command[2 * PATH_SIZE + 32];

    snprintf(command, sizeof command, "cp %s/%s %s/%s 2>/dev/null", from_folder, name, folder,
             name);
    assert_int_not_equal(system(command), -1);
}

/* What is on the disk at this moment, as a kill -9 leaves it. */
static void copy_folder(const char *from_folder, const char *folder)
{
    static const char *const names[] = {"journal.db", "journal.db-wal", "shop.db", "shop.db-wal"};

    for (size_t i = 0; i < countof(names); i++)
        copy_file(from_folder, folder, names[i]);
}

static void run_sql(const char *folder, const char *name, const char *sql)
{
    char path[PATH_SIZE];
    sqlite3 *db;

    path_of(folder, name, path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Another start, on a folder of its own; compares what it finds with the world's fixture. */
static void assert_starts_as(struct store_world *world, const char *folder, uint64_t timeline)
{
    struct store_world other = {.kind = &store_kinds[KIND_INLINE]};
    struct shop shop;
    struct buffer expected;
    struct buffer actual;

    arena_init(&other.arena, 1 << 16, 1 << 28);
    other.store = other.kind->open(folder);
    assert_non_null(other.store);
    assert_ok(store_reader_open(other.store, &other.reader));
    store_world_load(&other, &shop);
    if (timeline == 0)
        assert_int_not_equal(shop.timeline, world->fixture.shop.timeline);
    shop.timeline = world->fixture.shop.timeline;
    buffer_init(&expected, 4096);
    buffer_init(&actual, 4096);
    shop_dump(&world->fixture.shop, &expected);
    shop_dump(&shop, &actual);
    buffer_append(&expected, "", 1);
    buffer_append(&actual, "", 1);
    assert_string_equal(actual.data, expected.data);
    buffer_release(&expected);
    buffer_release(&actual);
    shop_release(&shop);
    store_reader_close(other.reader);
    store_close(other.store);
    arena_release(&other.arena);
}

static struct err open_folder(const char *folder, bool must_exist, struct store **store_out)
{
    struct store_sqlite_options options = store_sqlite_defaults(folder);

    options.fold_inline = true;
    options.must_exist = must_exist;
    return store_sqlite_open(&options, store_out);
}

/* Opens and loads what must not be served. */
static void assert_refuses_to_start(const char *folder)
{
    struct store *store = NULL;
    struct shop shop;
    struct err err = open_folder(folder, true, &store);

    if (err.code == ERR_NONE) {
        shop_init(&shop);
        err = store_load(store, &shop);
        shop_release(&shop);
        store_close(store);
    }
    assert_err(err, ERR_STORE);
}

static void a_folder_belongs_to_one_process(void **state)
{
    struct store_world world;
    struct store *second = NULL;

    (void)state;
    open_world(&world, KIND_THREADED);
    struct err err = open_folder(world.folder, false, &second);

    assert_err(err, ERR_STORE);
    assert_int_equal(err.value, STORE_SQLITE_LOCKED);
    assert_null(second);
    store_world_close(&world);
}

static void a_store_that_must_exist_is_not_made(void **state)
{
    char folder[TEMP_FOLDER_SIZE];
    struct store *store = NULL;
    char path[PATH_SIZE];

    (void)state;
    temp_folder_make(folder);
    assert_err(open_folder(folder, true, &store), ERR_STORE);
    assert_null(store);
    path_of(folder, "journal.db", path);
    assert_int_not_equal(access(path, F_OK), 0);
    temp_folder_remove(folder);
}

static void a_kill_loses_nothing_that_was_recorded(void **state)
{
    struct store_world world;
    char folder[TEMP_FOLDER_SIZE];

    (void)state;
    for (uint32_t kind = KIND_THREADED; kind <= KIND_INLINE; kind++) {
        open_world(&world, kind);
        temp_folder_make(folder);
        copy_folder(world.folder, folder);
        assert_starts_as(&world, folder, 77);
        temp_folder_remove(folder);
        store_world_close(&world);
    }
}

static void tables_that_are_lost_are_folded_again(void **state)
{
    struct store_world world;
    char folder[TEMP_FOLDER_SIZE];

    (void)state;
    open_world(&world, KIND_THREADED);
    temp_folder_make(folder);
    copy_file(world.folder, folder, "journal.db");
    copy_file(world.folder, folder, "journal.db-wal");
    assert_starts_as(&world, folder, 77);
    temp_folder_remove(folder);
    store_world_close(&world);
}

static void tables_ahead_of_their_journal_are_refused(void **state)
{
    struct store_world world;
    char folder[TEMP_FOLDER_SIZE];

    (void)state;
    open_world(&world, KIND_THREADED);
    store_world_settle(&world);
    store_world_reopen(&world);
    temp_folder_make(folder);
    copy_file(world.folder, folder, "shop.db");
    struct store *store = NULL;

    assert_err(open_folder(folder, false, &store), ERR_STORE);
    temp_folder_remove(folder);
    store_world_close(&world);
}

/* Each row: what happens to the file of a stopped store, so that it must not be served. */
static const struct damage_row {
    const char *file;
    const char *sql;
} damage_rows[] = {
    {"journal.db", "DELETE FROM batches WHERE first_event = 9"},
    {"journal.db", "UPDATE batches SET events = zeroblob(length(events)) WHERE first_event = 9"},
    {"journal.db", "UPDATE batches SET events = substr(events, 1, length(events) - 8)"
                   " WHERE first_event = (SELECT max(first_event) FROM batches)"},
    {"journal.db", "UPDATE batches SET events = CAST(replace(hex(events), '00', '01') AS BLOB)"
                   " WHERE first_event = 9"},
    {"journal.db", "DELETE FROM meta WHERE name = 'secret'"},
    {"journal.db", "UPDATE meta SET value = 99 WHERE name = 'min_reader'"},
    {"journal.db", "DROP TABLE meta"},
    {"shop.db", "UPDATE meta SET value = 99 WHERE name = 'min_reader'"},
};

static void damaged_files_are_not_served(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(damage_rows); i++) {
        struct store_world world;
        char folder[TEMP_FOLDER_SIZE];

        open_world(&world, KIND_INLINE);
        store_world_reopen(&world);
        temp_folder_make(folder);
        copy_folder(world.folder, folder);
        /* with the triggers gone, as a stranger with a mind to it could */
        if (strcmp(damage_rows[i].file, "shop.db") == 0)
            run_sql(folder, "shop.db", "DROP TRIGGER meta_refuses_UPDATE");
        run_sql(folder, damage_rows[i].file, damage_rows[i].sql);
        assert_refuses_to_start(folder);
        temp_folder_remove(folder);
        store_world_close(&world);
    }
}

static void a_newer_writer_that_allows_older_readers_is_read(void **state)
{
    struct store_world world;
    char folder[TEMP_FOLDER_SIZE];

    (void)state;
    open_world(&world, KIND_INLINE);
    store_world_reopen(&world);
    temp_folder_make(folder);
    copy_folder(world.folder, folder);
    run_sql(folder, "journal.db", "UPDATE meta SET value = 99 WHERE name = 'schema_version'");
    assert_starts_as(&world, folder, 77);
    temp_folder_remove(folder);
    store_world_close(&world);
}

static const char *const stranger_rows[] = {
    "UPDATE stock SET on_hand = on_hand + 1",
    "INSERT INTO stock(id, on_hand, reserved, sold) VALUES(1, 1, 0, 0)",
    "DELETE FROM stock",
    "UPDATE orders SET state = 'delivered'",
    "DELETE FROM orders",
    "UPDATE order_lines SET quantity = 0",
    "DELETE FROM carts",
    "UPDATE customers SET is_member = 1",
    "UPDATE products SET price_minor = 0",
    "UPDATE meta SET value = 0 WHERE name = 'event'",
};

static void strangers_may_read_but_not_write_the_tables(void **state)
{
    struct store_world world;
    char path[PATH_SIZE];
    sqlite3 *db;
    sqlite3_stmt *view;

    (void)state;
    open_world(&world, KIND_THREADED);
    store_world_settle(&world);
    path_of(world.folder, "shop.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < countof(stranger_rows); i++) {
        assert_int_equal(sqlite3_exec(db, stranger_rows[i], NULL, NULL, NULL), SQLITE_CONSTRAINT);
        assert_non_null(strstr(sqlite3_errmsg(db), "is written by shopd alone"));
    }
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT available, location, as_of_event, as_of"
                                        " FROM stock_now WHERE sku = 'BOOK-1'",
                                        -1, &view, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(view), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(view, 0), stock_available(&world.fixture.shop.stock, 2));
    assert_string_equal((const char *)sqlite3_column_text(view, 1), "main");
    assert_int_equal(sqlite3_column_int64(view, 2), world.fixture.shop.last_event);
    assert_non_null(strstr((const char *)sqlite3_column_text(view, 3), "2023-11-14T22:"));
    sqlite3_finalize(view);
    sqlite3_close(db);
    store_world_close(&world);
}

static void note_progress(void *context, uint64_t done, uint64_t total)
{
    uint64_t *seen = context;

    assert_true(done <= total);
    assert_true(total > 0);
    *seen = done;
}

static void a_backup_of_a_running_store_is_whole(void **state)
{
    struct store_world world;
    char folder[TEMP_FOLDER_SIZE];
    char backup[PATH_SIZE];
    char restored[PATH_SIZE];
    uint64_t done = 0;

    (void)state;
    open_world(&world, KIND_THREADED);
    temp_folder_make(folder);
    path_of(folder, "backup", backup);
    path_of(folder, "restored", restored);
    assert_ok(store_backup(world.store, backup, note_progress, &done));
    assert_true(done > 0);
    /* What happens afterwards is not in it. */
    assert_err(store_backup(world.store, backup, NULL, NULL), ERR_STORE);
    assert_ok(store_sqlite_restore(backup, restored));
    assert_err(store_sqlite_restore(backup, restored), ERR_STORE);
    assert_starts_as(&world, restored, 0);
    temp_folder_remove(folder);
    store_world_close(&world);
}

static void a_restore_begins_a_timeline_that_stays(void **state)
{
    struct store_world world;
    char folder[TEMP_FOLDER_SIZE];
    char backup[PATH_SIZE];
    char restored[PATH_SIZE];
    uint64_t timelines[2];

    (void)state;
    open_world(&world, KIND_THREADED);
    temp_folder_make(folder);
    path_of(folder, "backup", backup);
    path_of(folder, "restored", restored);
    assert_ok(store_backup(world.store, backup, NULL, NULL));
    assert_ok(store_sqlite_restore(backup, restored));
    for (uint32_t i = 0; i < 2; i++) {
        struct store *store = NULL;
        struct shop shop;

        shop_init(&shop);
        assert_ok(open_folder(restored, true, &store));
        assert_ok(store_load(store, &shop));
        timelines[i] = shop.timeline;
        shop_release(&shop);
        store_close(store);
    }
    assert_int_equal(timelines[0], timelines[1]);
    assert_int_not_equal(timelines[0], world.fixture.shop.timeline);
    temp_folder_remove(folder);
    store_world_close(&world);
}

static void a_restore_drops_stale_logs(void **state)
{
    struct store_world world;
    char folder[TEMP_FOLDER_SIZE];
    char backup[PATH_SIZE];

    (void)state;
    open_world(&world, KIND_THREADED);
    temp_folder_make(folder);
    path_of(folder, "backup", backup);
    assert_ok(store_backup(world.store, backup, NULL, NULL));
    copy_file(world.folder, folder, "journal.db-wal");
    copy_file(world.folder, folder, "shop.db-wal");
    assert_ok(store_sqlite_restore(backup, folder));
    assert_starts_as(&world, folder, 0);
    temp_folder_remove(folder);
    store_world_close(&world);
}

enum { MANY = 600, MANY_ERASED = 77 };

/* Many contacts of uneven length, so that pages split and rows move; then some of them go. */
static void record_many_contacts(struct store_world *world)
{
    for (uint32_t i = 0; i < MANY; i++) {
        char email[64];
        char name[200];

        memset(name, 'n', sizeof name);
        snprintf(email, sizeof email, "person-%u@many.example", i);
        struct customer_command create = {
            .command = {.ops = &command_customer_create, .actor = ACTOR_OPERATOR},
            .contact = {.name = {name, 1 + i * 7 % 190}, .email = text_of(email)},
            .has_contact = true,
        };

        assert_ok(fixture_run(&world->fixture, &create.command));
        store_world_record(world, &world->fixture);
    }
}

static void erase(struct store_world *world, uint32_t customer)
{
    struct customer_command command = {
        .command = {.ops = &command_customer_erase, .actor = ACTOR_OPERATOR},
        .number = customer,
    };

    assert_ok(fixture_run(&world->fixture, &command.command));
    store_world_record(world, &world->fixture);
}

static void what_was_erased_is_in_no_file(void **state)
{
    struct store_world world;
    struct store_reader *reader;

    (void)state;
    open_world(&world, KIND_THREADED);
    assert_ok(store_reader_open(world.store, &reader)); /* an idle reader is in nobody's way */
    record_many_contacts(&world);
    for (uint32_t i = 3; i < MANY; i += MANY_ERASED) {
        char email[64];

        snprintf(email, sizeof email, "person-%u@many.example", i);
        assert_true(store_world_folder_holds(world.folder, text_of(email)));
        erase(&world, STORY_CAROL + i + 1);
        assert_false(store_world_folder_holds(world.folder, text_of(email)));
    }
    store_reader_close(reader);
    store_world_reopen(&world);
    assert_false(store_world_folder_holds(world.folder, TEXT(STORY_BOB_EMAIL)));
    assert_true(store_world_folder_holds(world.folder, TEXT("person-4@many.example")));
    store_world_close(&world);
}

static void erasing_waits_for_no_backup(void **state)
{
    struct store_world world;
    char path[PATH_SIZE];
    sqlite3 *db;

    (void)state;
    open_world(&world, KIND_THREADED);
    record_many_contacts(&world);
    path_of(world.folder, "journal.db", path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM contacts", NULL, NULL, NULL),
                     SQLITE_OK);
    erase(&world, STORY_CAROL + 8);
    assert_true(store_world_folder_holds(world.folder, TEXT("person-7@many.example")));
    sqlite3_close(db);
    erase(&world, STORY_CAROL + 9); /* the next batch takes both out */
    assert_false(store_world_folder_holds(world.folder, TEXT("person-7@many.example")));
    assert_false(store_world_folder_holds(world.folder, TEXT("person-8@many.example")));
    store_world_close(&world);
}

static void the_write_ahead_logs_stay_small(void **state)
{
    struct store_world world;
    char path[PATH_SIZE];
    struct stat status;

    (void)state;
    open_world(&world, 3 /* in small steps */);
    for (uint32_t i = 0; i < 5; i++)
        record_many_contacts(&world);
    path_of(world.folder, "journal.db-wal", path);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size < 1 << 18);
    store_world_close(&world);
}

static bool pass_event(void *context, const struct event *event)
{
    (void)context, (void)event;
    return true;
}

/* What a reader keeps in memory once it has read the journal. */
static uint64_t bytes_of_a_reader(struct store_world *world, uint32_t read_cache_kb)
{
    struct store_sqlite_options options = store_sqlite_defaults(world->folder);
    struct store_reader *reader;
    struct store *store;
    struct contact contact;
    bool found;

    options.must_exist = true;
    options.fold_inline = true;
    options.read_cache_kb = read_cache_kb;
    assert_ok(store_sqlite_open(&options, &store));
    uint64_t before = store_stats(store).cache_bytes;
    assert_ok(store_reader_open(store, &reader));
    for (uint64_t i = 1; i <= world->fixture.shop.last_contact; i++)
        assert_ok(store_read_contact(reader, i, &world->arena, &contact, &found));
    assert_ok(store_read_events(reader, 0, pass_event, NULL));
    uint64_t bytes = store_stats(store).cache_bytes - before;
    store_reader_close(reader);
    store_close(store);
    return bytes;
}

static void pages_of_a_reader_are_counted_and_no_more_than_set(void **state)
{
    struct store_world world;

    (void)state;
    open_world(&world, KIND_INLINE);
    for (uint32_t i = 0; i < 3; i++)
        record_many_contacts(&world);
    store_reader_close(world.reader);
    store_close(world.store);
    assert_in_range(bytes_of_a_reader(&world, 64), 1 << 14, 2 * (64 << 10) * 5 / 4);
    assert_in_range(bytes_of_a_reader(&world, 2048), 1 << 18, 2 << 21);
    world.store = world.kind->open(world.folder);
    assert_ok(store_reader_open(world.store, &world.reader));
    store_world_close(&world);
}

enum { MANY_ORDERS = 120 };

/* Cart n buys one piece; every third buyer leaves no contact. */
static void record_order(struct store_world *world, uint32_t n, uint32_t product)
{
    char email[64] = "";
    struct cart_line line = {product, 1};
    struct cart_command set = {
        .command = {.ops = &command_cart_set, .actor = ACTOR_GUEST},
        .cart = STORY_CART(100 + n),
        .lines = &line,
        .line_count = 1,
    };
    struct checkout_command checkout = {
        .command = {.ops = &command_checkout, .actor = ACTOR_GUEST},
        .cart = STORY_CART(100 + n),
        .key = {(uint8_t)n, (uint8_t)(n >> 8), 1},
        .expected_total_minor = -1,
    };

    if (n % 3 != 0)
        snprintf(email, sizeof email, "buyer-%u@many.example", n);
    checkout.contact.email = text_of(email);
    world->fixture.decision.now_ms += 1 + n % 5 * 1000;
    assert_ok(fixture_run(&world->fixture, &set.command));
    store_world_record(world, &world->fixture);
    assert_ok(fixture_run(&world->fixture, &checkout.command));
    store_world_record(world, &world->fixture);
}

static void orders_are_found_by_email_and_time_among_many(void **state)
{
    struct store_world world;
    struct store_orders orders;

    (void)state;
    open_world(&world, KIND_INLINE);
    uint32_t product = fixture_product(&world.fixture, "MANY", 100, 1);

    store_world_record(&world, &world.fixture);
    fixture_stock(&world.fixture, product, FIXTURE_MAIN, MANY_ORDERS);
    store_world_record(&world, &world.fixture);
    for (uint32_t i = 1; i <= MANY_ORDERS; i++)
        record_order(&world, i, product);
    store_world_settle(&world);
    for (uint32_t i = 1; i <= MANY_ORDERS; i++) {
        uint64_t number = STORY_ORDERS + i;
        const struct order *order = order_find(&world.fixture.shop.orders, number);
        char email[64];

        snprintf(email, sizeof email, "buyer-%u@many.example", i);
        struct store_orders_query query = {.state = -1, .limit = 9, .email = text_of(email)};

        assert_ok(store_read_orders(world.reader, &query, &world.arena, &orders));
        assert_int_equal(orders.count, i % 3 != 0);
        if (orders.count == 1)
            assert_int_equal(orders.orders[0]->number, number);
        query = (struct store_orders_query){
            .state = -1, .limit = STORE_PAGE_MAX, .from_ms = order->created_ms};
        assert_ok(store_read_orders(world.reader, &query, &world.arena, &orders));
        assert_int_equal(orders.orders[orders.count - 1]->number, number);
        assert_int_equal(orders.count, MANY_ORDERS - i + 1);
    }
    store_world_close(&world);
}

/* The disk is full: no file may grow beyond `bytes`. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Records one more customer; false when the disk was full. */
static bool record_one(struct store_world *world)
{
    struct customer_command create = {
        .command = {.ops = &command_customer_create, .actor = ACTOR_OPERATOR},
        .contact = {.name = TEXT("Name"), .email = TEXT("one@more.example")},
        .has_contact = true,
    };
    struct store_batch batch = {.contact_count = 1};

    assert_ok(fixture_run(&world->fixture, &create.command));
    batch.first_event = batch.last_event = world->fixture.shop.last_event;
    batch.events = world->fixture.events.data;
    batch.size = world->fixture.events.length;
    batch.contacts = world->fixture.decision.contacts;
    struct err err = store_record(world->store, &batch);

    assert_true(err.code == ERR_NONE || err.code == ERR_STORE);
    return err.code == ERR_NONE;
}

/* Where exactly it hits does not matter: the frames of a batch, a checkpoint, the tables. */
static void a_full_disk_is_told_and_costs_nothing_acknowledged(void **state)
{
    (void)state;
    for (uint32_t kilobytes = 0; kilobytes < 60; kilobytes += 7) {
        struct store_world world;
        struct stat status;
        char path[PATH_SIZE];
        uint64_t acknowledged = 0;
        struct shop shop;

        open_world(&world, kilobytes % 2 == 0 ? KIND_INLINE : 3);
        path_of(world.folder, "journal.db-wal", path);
        assert_int_equal(stat(path, &status), 0);
        limit_files((rlim_t)status.st_size + kilobytes * 1024);
        do {
            acknowledged = store_stats(world.store).recorded_event;
        } while (record_one(&world) && acknowledged < 2000);
        limit_files(RLIM_INFINITY);
        store_world_reopen(&world);
        store_world_load(&world, &shop);
        /* The batch that failed may be there or not, whole; those before it must. */
        assert_in_range(shop.last_event, acknowledged, acknowledged + 1);
        shop_check(&shop);
        shop_release(&shop);
        store_world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_belongs_to_one_process),
        cmocka_unit_test(a_store_that_must_exist_is_not_made),
        cmocka_unit_test(a_kill_loses_nothing_that_was_recorded),
        cmocka_unit_test(tables_that_are_lost_are_folded_again),
        cmocka_unit_test(tables_ahead_of_their_journal_are_refused),
        cmocka_unit_test(damaged_files_are_not_served),
        cmocka_unit_test(a_newer_writer_that_allows_older_readers_is_read),
        cmocka_unit_test(strangers_may_read_but_not_write_the_tables),
        cmocka_unit_test(a_backup_of_a_running_store_is_whole),
        cmocka_unit_test(a_restore_begins_a_timeline_that_stays),
        cmocka_unit_test(a_restore_drops_stale_logs),
        cmocka_unit_test(pages_of_a_reader_are_counted_and_no_more_than_set),
        cmocka_unit_test(orders_are_found_by_email_and_time_among_many),
        cmocka_unit_test(what_was_erased_is_in_no_file),
        cmocka_unit_test(erasing_waits_for_no_backup),
        cmocka_unit_test(the_write_ahead_logs_stay_small),
        cmocka_unit_test(a_full_disk_is_told_and_costs_nothing_acknowledged),
    };

    return cmocka_run_group_tests_name("store sqlite", tests, NULL, NULL);
}
