/*
 * store_world.h - a fixture whose events go into a store as well: what the store gives back can be
 * compared with the shop in memory. Every kind of store that the tests know is in store_kinds[].
 */
#ifndef TESTS_LIB_STORE_WORLD_H
#define TESTS_LIB_STORE_WORLD_H

#include "lib/shop_fixture.h"
#include "lib/temp_folder.h"
#include "store/sqlite/store_sqlite.h"
#include "store/store.h"

struct store_world;

struct store_kind {
    const char *name;
    /* NULL when it cannot be opened. */
    struct store *(*open)(const char *folder);
    bool is_durable; /* it may be closed and opened again */
    bool reopens;    /* ... and is, before each look */
    bool needs_postgres;
};

enum { STORE_KIND_COUNT = 7 };
extern const struct store_kind store_kinds[STORE_KIND_COUNT];

/* False where a server that the kind needs is not installed: its tests are left out. */
bool store_kind_can_run(const struct store_kind *kind);

struct store_world {
    const struct store_kind *kind;
    char folder[TEMP_FOLDER_SIZE];
    struct store *store;
    struct store_reader *reader;
    struct fixture fixture;
    struct arena arena; /* for what is read */
};

void store_world_open(struct store_world *world, const struct store_kind *kind);
void store_world_close(struct store_world *world);

/* Records what the last command of a fixture made; has the form that shop_story_tell() calls. */
void store_world_record(void *world, struct fixture *fixture);
/* Folds, and opens again where the kind does; afterwards world->reader sees everything. */
void store_world_settle(struct store_world *world);
/* Closes and opens a durable store, as a stop and a start do. */
void store_world_reopen(struct store_world *world);

/* What a start gives: a new shop, with every order of the tables taken into memory. The caller
 * releases it. */
void store_world_load(struct store_world *world, struct shop *shop_out);

/* True when `bytes` stand in any file of the folder. */
bool store_world_folder_holds(const char *folder, struct text bytes);

#endif
