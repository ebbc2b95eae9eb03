/*
 * bench_shed.c - queueing against refusing: a store that takes 20 ms per flush is offered more than
 * it can do, with different settings of shed_after_ms. ADR 0070 reads the table.
 *
 *   bench_shed [PERCENT of what the store can do, 200] [SECONDS, 10]
 *
 * Time is virtual, the executor and its admission are the real ones: the same table on every
 * machine. Shoppers come evenly, whatever the answers are; 20 % check out, 50 % edit carts, 30 %
 * are an import. Whoever waits for longer than 500 ms has given up: that work was for nothing.
 */
#include "base/histogram.h"
#include "base/memory.h"
#include "lib/executor_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { KINDS = COMMAND_PRIORITY_COUNT, PATIENCE_MS = 500, COMMAND_US = 30, FLUSH_MS = 20 };
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

struct shopper {
    struct stock_command stock;
    struct stock_movement movement;
    struct shopper *next_free;
};

struct kind {
    struct command_ops ops;
    struct histogram waits_ns;
    uint64_t in_time;
    uint64_t late;
    uint64_t refused;
};

struct mall {
    struct executor_fixture fixture;
    struct store_ops slow;
    const struct store_ops *usual;
    struct kind kinds[KINDS];
    struct shopper *free;
    uint64_t arrivals;
    uint64_t next_ns;
    uint64_t every_ns;
    uint64_t end_ns;
    uint64_t waiting;
    uint64_t waiting_most;
};

static struct mall *mall; /* the store's callback knows no context */

static void answered(struct command *command)
{
    struct shopper *shopper = command->owner;
    struct kind *kind = &mall->kinds[command->ops->priority];
    uint64_t waited_ns = mall->fixture.now_ns - command->submitted_ns;
    histogram_add(&kind->waits_ns, &histogram_times, waited_ns, 1);
    if (waited_ns <= PATIENCE_MS * NS_PER_MS)
        kind->in_time++;
    else
        kind->late++;
    mall->waiting--;
    shopper->next_free = mall->free;
    mall->free = shopper;
}

static void arrive(uint32_t priority)
{
    struct shopper *shopper = mall->free;
    if (shopper != NULL)
        mall->free = shopper->next_free;
    else
        shopper = memory_alloc_zeroed(1, sizeof(*shopper));
    struct kind *kind = &mall->kinds[priority];
    shopper->movement = (struct stock_movement){
        .product = mall->fixture.product, .reason = STOCK_RECEIVED, .location = 1, .quantity = 1};
    shopper->stock = (struct stock_command){
        .command = {.ops = &kind->ops, .arena = &mall->fixture.arena, .done = answered},
        .movements = &shopper->movement,
        .movement_count = 1};
    shopper->stock.command.owner = shopper;
    if (executor_submit(mall->fixture.executor, &shopper->stock.command).code == ERR_NONE) {
        mall->waiting++;
        if (mall->waiting > mall->waiting_most)
            mall->waiting_most = mall->waiting;
        return;
    }
    kind->refused++;
    shopper->next_free = mall->free;
    mall->free = shopper;
}

/* Lets time pass, and come in whoever comes meanwhile. */
static void pass(uint64_t until_ns)
{
    static const uint8_t turns[10] = {COMMAND_ORDERS, COMMAND_CARTS, COMMAND_BULK,   COMMAND_CARTS,
                                      COMMAND_CARTS,  COMMAND_BULK,  COMMAND_ORDERS, COMMAND_CARTS,
                                      COMMAND_BULK,   COMMAND_CARTS};
    while (mall->next_ns <= until_ns && mall->next_ns < mall->end_ns) {
        mall->fixture.now_ns = mall->next_ns;
        mall->next_ns += mall->every_ns;
        arrive(turns[mall->arrivals++ % 10]);
    }
    mall->fixture.now_ns = until_ns;
}

static struct err slow_record(struct store *store, const struct store_batch *batch)
{
    uint64_t events = batch->last_event + 1 - batch->first_event;
    pass(mall->fixture.now_ns + FLUSH_MS * NS_PER_MS + events * COMMAND_US * 1000);
    return mall->usual->record(store, batch);
}

static void open_mall(uint32_t shed_after_ms, uint64_t per_s, uint32_t seconds)
{
    mall = memory_alloc_zeroed(1, sizeof(*mall));
    executor_fixture_init(&mall->fixture);
    mall->fixture.options.shed_after_ms = shed_after_ms;
    executor_fixture_open(&mall->fixture);
    mall->usual = mall->fixture.probe.store.ops;
    mall->slow = *mall->usual;
    mall->slow.record = slow_record;
    mall->fixture.probe.store.ops = &mall->slow;
    for (uint32_t i = 0; i < KINDS; i++) {
        mall->kinds[i].ops = command_stock_move;
        mall->kinds[i].ops.priority = (enum command_priority)i;
    }
    mall->every_ns = NS_PER_S / per_s;
    mall->next_ns = mall->fixture.now_ns;
    mall->end_ns = mall->next_ns + seconds * NS_PER_S;
}

static void close_mall(void)
{
    executor_fixture_close(&mall->fixture);
    while (mall->free != NULL) {
        struct shopper *shopper = mall->free;
        mall->free = shopper->next_free;
        memory_free(shopper);
    }
    memory_free(mall);
}

static void print_mall(uint32_t shed_after_ms, uint32_t seconds)
{
    static const char *const names[KINDS] = {"checkouts", "carts", "import"};
    for (uint32_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &mall->kinds[i];
        printf("| %u | %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64
               " | %" PRIu64 " |\n",
               shed_after_ms, names[i], kind->in_time / seconds, kind->late / seconds,
               kind->refused / seconds,
               histogram_quantile(&kind->waits_ns, &histogram_times, 500) / NS_PER_MS,
               histogram_quantile(&kind->waits_ns, &histogram_times, 990) / NS_PER_MS,
               mall->waiting_most);
    }
}

int main(int argc, char **argv)
{
    static const uint32_t limits_ms[] = {1, 50, 250, 1000, 1000000};
    uint32_t percent = argc > 1 ? (uint32_t)atoi(argv[1]) : 200;
    uint32_t seconds = argc > 2 ? (uint32_t)atoi(argv[2]) : 10;
    uint64_t batch = executor_defaults(NULL, NULL).batch_commands_max;
    uint64_t possible_per_s = batch * NS_PER_S / (FLUSH_MS * NS_PER_MS + batch * COMMAND_US * 1000);
    uint64_t per_s = possible_per_s * percent / 100;
    printf("%" PRIu64 " commands/s can be done, %" PRIu64 " come, for %u s\n\n", possible_per_s,
           per_s, seconds);
    printf("| shed_after_ms | kind | in time /s | late /s | refused /s | p50 ms | p99 ms | most "
           "waiting |\n|---|---|---|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < countof(limits_ms); i++) {
        open_mall(limits_ms[i], per_s, seconds);
        while (mall->next_ns < mall->end_ns || mall->waiting > 0) {
            if (!executor_step(mall->fixture.executor))
                pass(mall->next_ns);
        }
        print_mall(limits_ms[i], seconds);
        close_mall();
    }
    return 0;
}
