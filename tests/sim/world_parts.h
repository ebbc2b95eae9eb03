/*
 * world_parts.h - the inside of a simulated run, shared by world.c, which lives it, and
 * world_compare.c, which compares it with the books.
 */
#ifndef TESTS_SIM_WORLD_PARTS_H
#define TESTS_SIM_WORLD_PARTS_H

#include "app/executor.h"
#include "app/scheduler.h"
#include "sim/intent.h"
#include "sim/repeats.h"
#include "sim/store_faulty.h"
#include "sim/world.h"

#include <setjmp.h>

enum { WORLD_INTENTS_MAX = 8, WORLD_KNOWN_MAX = 16 };

struct world {
    const struct world_options *options;
    struct world_result result;
    struct random random;
    uint64_t now_ms;
    struct store *inner;
    struct store_faulty faulty;
    struct store *store;
    struct store_reader *reader;
    struct shop shop;
    struct executor *executor;
    struct scheduler *scheduler;
    uint64_t decided_ms; /* the executor's clock, which never goes back */
    struct model model;
    struct repeats repeats;
    struct intent intents[WORLD_INTENTS_MAX];
    uint32_t intent_count;
    uint32_t done_order[WORLD_INTENTS_MAX]; /* positions in intents, as they were answered */
    uint32_t done_count;
    uint64_t due[MODEL_ORDERS_MAX]; /* orders that the tick under way ends */
    uint32_t due_count;
    bool due_carts[MODEL_CARTS];          /* likewise */
    uint64_t durable_event;               /* the last one that somebody was answered about */
    struct intent known[WORLD_KNOWN_MAX]; /* checkouts that may be repeated */
    uint32_t known_count;
    jmp_buf failed; /* the store could not record: the process would be dead now */
};

/* Keeps the first finding. */
void world_find(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The shop in memory against the books; of the orders all, or the newest. Thoroughly: every event
 * and the tables, too. False when the machine died of a planned fault meanwhile. */
bool world_compare(struct world *world, bool thoroughly);

#endif
