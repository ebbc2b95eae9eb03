#include "lib/bench_shop.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/queue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 4096, /* commands under way */
    STOCK_PIECES = 10000000,
    WHOLESALE_LINES_MAX = 50,
    ARENA_BLOCK = 4096,
    ARENA_MAX = 1 << 24,
};

/* A place in the window: one command and its memory. */
struct bench_slot {
    union {
        struct command command;
        struct product_command product;
        struct cart_command cart;
    };
    struct arena arena;
    struct cart_line lines[WHOLESALE_LINES_MAX];
    uint32_t is_free; /* atomic */
};

static void slot_done(struct command *command)
{
    struct bench_slot *slot = command->owner;
    ensure(command->err.code == ERR_NONE);
    __atomic_store_n(&slot->is_free, 1, __ATOMIC_RELEASE);
}

static struct bench_slot *slots_open(void)
{
    struct bench_slot *slots = memory_alloc_zeroed(WINDOW, sizeof *slots);
    for (uint32_t i = 0; i < WINDOW; i++) {
        arena_init(&slots[i].arena, ARENA_BLOCK, ARENA_MAX);
        slots[i].is_free = 1;
    }
    return slots;
}

/* The next place, once it is free again; its command is blank. */
static struct bench_slot *slot_take(struct bench_slot *slots, uint64_t turn)
{
    struct bench_slot *slot = &slots[turn % WINDOW];
    while (__atomic_load_n(&slot->is_free, __ATOMIC_ACQUIRE) == 0)
        clock_sleep_ns(20000);
    arena_reset(&slot->arena);
    struct arena arena = slot->arena;
    memset(slot, 0, sizeof *slot);
    slot->arena = arena;
    return slot;
}

static void slot_submit(struct bench_shop *bench, struct bench_slot *slot,
                        const struct command_ops *ops)
{
    slot->command.ops = ops;
    slot->command.arena = &slot->arena;
    slot->command.owner = slot;
    slot->command.done = slot_done;
    while (executor_submit(bench->open.executor, &slot->command).code != ERR_NONE)
        clock_sleep_ns(100000);
}

static void slots_close(struct bench_slot *slots)
{
    for (uint32_t i = 0; i < WINDOW; i++) {
        while (__atomic_load_n(&slots[i].is_free, __ATOMIC_ACQUIRE) == 0)
            clock_sleep_ns(20000);
        arena_release(&slots[i].arena);
    }
    memory_free(slots);
}

static void fill_products(struct bench_shop *bench)
{
    struct progress progress;
    struct bench_slot *slots = slots_open();
    progress_start(&progress, "products", bench->product_count);
    for (uint32_t i = 0; i < bench->product_count; i++) {
        struct bench_slot *slot = slot_take(slots, i);
        char *sku = arena_alloc(&slot->arena, BENCH_SKU_SIZE);
        int length = snprintf(sku, BENCH_SKU_SIZE, "BENCH-%u", i + 1);
        struct product_draft *draft = &slot->product.draft;
        draft->category = 1;
        draft->price_minor = 199 + (int64_t)random_below(&bench->random, 20000);
        draft->texts[PRODUCT_SKU] = (struct text){sku, (uint32_t)length};
        draft->texts[PRODUCT_NAME] = draft->texts[PRODUCT_SKU];
        slot->product.fields = 1u << PRODUCT_SKU | 1u << PRODUCT_NAME | 1u << PRODUCT_FIELD_PRICE |
                               1u << PRODUCT_FIELD_CATEGORY;
        slot->product.on_hand = STOCK_PIECES;
        slot_submit(bench, slot, &command_product_put);
        progress_set(&progress, i);
    }
    slots_close(slots);
    progress_set(&progress, bench->product_count);
    progress_finish(&progress);
}

void bench_shop_open(struct bench_shop *bench, const char *folder, uint32_t product_count)
{
    struct config config;
    config_init(&config);
    (void)snprintf(config.data, sizeof config.data, "%s", folder);
    *bench = (struct bench_shop){.product_count = product_count, .random = {42}};
    bench->zipf_exponent = 1.0 - 0.7;
    bench->zipf_scale = pow((double)product_count, bench->zipf_exponent);
    ensure(shop_open(&config, SHOP_FOR_WRITING, &bench->open) == CLI_DONE);
    bench_shop_start(bench);
    if (bench->open.shop.catalog.product_count < product_count)
        fill_products(bench);
}

void bench_shop_start(struct bench_shop *bench)
{
    executor_start(bench->open.executor);
}

void bench_shop_close(struct bench_shop *bench)
{
    shop_close(&bench->open);
}

uint64_t bench_shop_cart(const struct bench_shop *bench, uint64_t counter)
{
    return (bench->open.epoch << CART_EPOCH_SHIFT) | counter;
}

/* Zipf by its inverse, continuous: the density falls with rank^-0.7. Ranks are spread over the
 * numbers. */
static uint32_t roll_product(struct bench_shop *bench)
{
    double unit = (double)(random_u64(&bench->random) >> 11) / 9007199254740992.0;
    uint64_t rank = (uint64_t)pow(unit * bench->zipf_scale, 1.0 / bench->zipf_exponent);
    return (uint32_t)(rank * 611953 % bench->product_count) + 1;
}

static uint32_t roll_lines(struct bench_shop *bench, enum bench_carts kind)
{
    if (kind == BENCH_WHOLESALE)
        return 1 + (uint32_t)random_below(&bench->random, WHOLESALE_LINES_MAX - 1);
    return random_below(&bench->random, 100) < 93 ? 1
                                                  : 2 + (uint32_t)random_below(&bench->random, 2);
}

void bench_shop_fill_carts(struct bench_shop *bench, uint64_t first, uint64_t count,
                           enum bench_carts kind)
{
    struct progress progress;
    struct bench_slot *slots = slots_open();
    progress_start(&progress, "carts", count);
    for (uint64_t i = 0; i < count; i++) {
        struct bench_slot *slot = slot_take(slots, i);
        slot->cart.cart = bench_shop_cart(bench, first + i);
        slot->cart.lines = slot->lines;
        uint32_t wanted = roll_lines(bench, kind);
        for (uint32_t line = 0; line < wanted; line++)
            slot->lines[line] = (struct cart_line){roll_product(bench), 1};
        if (kind == BENCH_HOT && i % 2 == 0)
            slot->lines[0].product = 1;
        slot->cart.line_count = wanted;
        slot_submit(bench, slot, &command_cart_add);
        progress_set(&progress, i);
    }
    slots_close(slots);
    progress_set(&progress, count);
    progress_finish(&progress);
}
