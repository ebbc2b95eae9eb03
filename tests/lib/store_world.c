#include "lib/store_world.h"

#include "base/memory.h"
#include "lib/postgres_server.h"
#include "store/mem/store_mem.h"
#include "store/postgres/store_postgres.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORLD_ARENA_BLOCK = 1 << 16, WORLD_ARENA_MAX = 1 << 28 };

static struct store *open_mem(const char *folder)
{
    (void)folder;
    return store_mem_open();
}

static struct store *open_sqlite(const struct store_sqlite_options *options)
{
    struct store *store = NULL;
    struct err err = store_sqlite_open(options, &store);

    return err.code == ERR_NONE ? store : NULL;
}

static struct store *open_threaded(const char *folder)
{
    struct store_sqlite_options options = store_sqlite_defaults(folder);

    return open_sqlite(&options);
}

static struct store *open_inline(const char *folder)
{
    struct store_sqlite_options options = store_sqlite_defaults(folder);

    options.fold_inline = true;
    return open_sqlite(&options);
}

/* Everything as small as it can be: slices of one order, checkpoints all the time, and a ring that
 * most batches do not fit into. */
static struct store *open_tiny(const char *folder)
{
    struct store_sqlite_options options = store_sqlite_defaults(folder);

    options.fold_slice_ms = 1;
    options.fold_orders_max = 1;
    options.fold_lines_max = 1;
    options.cache_mb = 1;
    options.journal_checkpoint_pages = 1;
    options.shop_checkpoint_pages = 1;
    options.ring_bytes_max = 400;
    return open_sqlite(&options);
}

static struct err open_copy(void *folder, const uint8_t *secret, struct store **copy_out)
{
    struct store_sqlite_options options = store_sqlite_defaults(folder);

    options.secret = secret;
    options.is_copy = true;
    return store_sqlite_open(&options, copy_out);
}

/* A region of its own for each folder. */
static struct store *open_postgres(const char *folder)
{
    char copied[TEMP_FOLDER_SIZE];
    struct store *store = NULL;

    snprintf(copied, sizeof copied, "%s", folder);
    const struct store_postgres_options options = {
        .url = postgres_server_url(),
        .region = strrchr(copied, '-') + 1,
        .wait_ms = 5000,
        .open_copy = open_copy,
        .context = copied,
    };
    struct err err = store_postgres_open(&options, &store);

    return err.code == ERR_NONE ? store : NULL;
}

/* What there was comes back from the database alone. */
static struct store *open_postgres_anew(const char *folder)
{
    temp_folder_remove(folder);
    return open_postgres(folder);
}

bool store_kind_can_run(const struct store_kind *kind)
{
    return !kind->needs_postgres || postgres_server_is_installed();
}

const struct store_kind store_kinds[STORE_KIND_COUNT] = {
    {"mem", open_mem, .is_durable = false},
    {"sqlite", open_threaded, .is_durable = true},
    {"sqlite folding inline", open_inline, .is_durable = true},
    {"sqlite in small steps", open_tiny, .is_durable = true},
    {"sqlite opened again before each look", open_threaded, .is_durable = true, .reopens = true},
    {"postgres", open_postgres, .is_durable = true, .needs_postgres = true},
    {"postgres copied anew before each look", open_postgres_anew, .is_durable = true,
     .reopens = true, .needs_postgres = true},
};

void store_world_open(struct store_world *world, const struct store_kind *kind)
{
    *world = (struct store_world){.kind = kind};
    /* What is tested here is not the disk, and every commit waits for it. */
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    temp_folder_make(world->folder);
    fixture_open_empty(&world->fixture);
    arena_init(&world->arena, WORLD_ARENA_BLOCK, WORLD_ARENA_MAX);
    world->store = kind->open(world->folder);
    ensure(world->store != NULL);
    ensure(store_reader_open(world->store, &world->reader).code == ERR_NONE);
}

void store_world_close(struct store_world *world)
{
    store_reader_close(world->reader);
    store_close(world->store);
    fixture_close(&world->fixture);
    arena_release(&world->arena);
    temp_folder_remove(world->folder);
}

void store_world_record(void *context, struct fixture *fixture)
{
    struct store_world *world = context;
    struct store_batch batch = {
        .events = fixture->events.data,
        .size = fixture->events.length,
        .contacts = fixture->decision.contacts,
        .contact_count = fixture->decision.contact_count,
    };
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;

    while (event_next(batch.events, batch.size, &offset, &event, &damaged)) {
        if (batch.first_event == 0)
            batch.first_event = event->number;
        batch.last_event = event->number;
        batch.has_erasures = batch.has_erasures || event->type == EVENT_CONTACTS_ERASED;
    }
    ensure(!damaged);
    ensure(store_record(world->store, &batch).code == ERR_NONE);
}

void store_world_reopen(struct store_world *world)
{
    ensure(world->kind->is_durable);
    store_reader_close(world->reader);
    store_close(world->store);
    world->store = world->kind->open(world->folder);
    ensure(world->store != NULL);
    ensure(store_reader_open(world->store, &world->reader).code == ERR_NONE);
}

void store_world_settle(struct store_world *world)
{
    if (world->kind->reopens)
        store_world_reopen(world);
    ensure(store_fold_now(world->store).code == ERR_NONE);
}

void store_world_load(struct store_world *world, struct shop *shop_out)
{
    shop_init(shop_out);
    ensure(store_load(world->store, shop_out).code == ERR_NONE);
    ensure(store_fold_now(world->store).code == ERR_NONE);
    for (uint64_t i = 1; i <= shop_out->orders.last_number; i++) {
        struct order *order = NULL;

        if (order_find(&shop_out->orders, i) != NULL)
            continue;
        ensure(store_read_order(world->reader, i, &world->arena, &order).code == ERR_NONE);
        ensure(order != NULL);
        order_adopt(&shop_out->orders, order);
    }
}

static bool file_holds(const char *path, struct text bytes)
{
    FILE *file = fopen(path, "rb");
    struct buffer content;
    size_t size;

    ensure(file != NULL);
    buffer_init(&content, 1 << 20);
    do {
        char *place = buffer_extend(&content, 1 << 20);

        size = fread(place, 1, 1 << 20, file);
        content.length -= (1 << 20) - size;
    } while (size > 0);
    fclose(file);
    bool holds = memmem(content.data, content.length, bytes.data, bytes.length) != NULL;

    buffer_release(&content);
    return holds;
}

bool store_world_folder_holds(const char *folder, struct text bytes)
{
    DIR *entries = opendir(folder);
    struct dirent *entry;
    bool holds = false;

    ensure(entries != NULL);
    while (!holds && (entry = readdir(entries)) != NULL) {
        char path[512];

        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        holds = entry->d_type == DT_REG && file_holds(path, bytes);
    }
    closedir(entries);
    return holds;
}
