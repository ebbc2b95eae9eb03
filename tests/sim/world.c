#include "sim/world.h"

#include "sim/fault_vfs.h"
#include "sim/world_parts.h"
#include "store/mem/store_mem.h"
#include "store/sqlite/store_sqlite.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { START_MS = 1700000000, AUDIT_EVERY = 50 };

void world_find(struct world *world, const char *format, ...)
{
    if (!world->result.passed)
        return;
    world->result.passed = false;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(world->result.finding, sizeof world->result.finding, format, arguments);
    va_end(arguments);
}

/* ---- life of the machine ---- */

static uint64_t world_now_ms(void *context)
{
    return ((const struct world *)context)->now_ms;
}

static uint64_t world_monotonic_ns(void *context)
{
    return ((const struct world *)context)->now_ms * 1000000;
}

static void store_failed(void *context, struct err err)
{
    (void)err;
    longjmp(((struct world *)context)->failed, 1);
}

static bool open_store(struct world *world)
{
    if (world->options->store == WORLD_SQLITE) {
        struct store_sqlite_options options = store_sqlite_defaults(world->options->folder);
        options.vfs = FAULT_VFS_NAME;
        options.fold_inline = true;
        options.cache_mb = 1;
        options.journal_checkpoint_pages = 16;
        options.shop_checkpoint_pages = 16;
        if (store_sqlite_open(&options, &world->inner).code != ERR_NONE)
            return false;
    } else if (world->inner == NULL) {
        world->inner = store_mem_open();
    }
    store_faulty_init(&world->faulty, world->inner);
    world->store = &world->faulty.store;
    return true;
}

/* False when the store cannot be opened or read. */
static bool machine_start(struct world *world)
{
    shop_init(&world->shop);
    if (!open_store(world))
        return false;
    if (store_load(world->store, &world->shop).code != ERR_NONE)
        return false;
    if (store_reader_open(world->store, &world->reader).code != ERR_NONE)
        return false;
    struct executor_options options = executor_defaults(world->store, &world->shop);
    options.loaders = 0;
    options.linger_us = 0;
    options.fold_lag_max_ms = 0; /* virtual time has nothing to do with the store's */
    options.orders_resident_max = 4;
    options.now_ms = world_now_ms;
    options.monotonic_ns = world_monotonic_ns;
    options.clock_context = world;
    options.on_store_failure = store_failed;
    options.failure_context = world;
    world->executor = executor_open(&options);
    world->shop.timeouts.payment_ms = MODEL_PAYMENT_MS;
    world->shop.timeouts.cart_ms = MODEL_CART_MS;
    world->shop.timeouts.cart_warning_ms = MODEL_WARNING_MS;
    struct scheduler_options scheduler = scheduler_defaults(world->executor);
    scheduler.timeouts = world->shop.timeouts;
    scheduler.timeouts.grace_ms = MODEL_GRACE_MS;
    scheduler.commands_max = 4;
    scheduler.now_ms = world_now_ms;
    scheduler.clock_context = world;
    world->scheduler = scheduler_open(&scheduler);
    world->decided_ms = world->now_ms > world->shop.now_ms ? world->now_ms : world->shop.now_ms;
    model_start(&world->model);
    return true;
}

/* Everything in memory is lost, as after kill -9. */
static void machine_die(struct world *world)
{
    scheduler_close(world->scheduler);
    if (world->executor != NULL)
        executor_close(world->executor);
    if (world->reader != NULL)
        store_reader_close(world->reader);
    world->scheduler = NULL;
    world->executor = NULL;
    world->reader = NULL;
    shop_release(&world->shop);
    if (world->options->store == WORLD_SQLITE && world->inner != NULL) {
        store_close(world->inner);
        world->inner = NULL;
        fault_vfs_power_on();
    }
}

/* ---- opening the shop ---- */

static void run(struct world *world, struct command *command, const struct command_ops *ops,
                struct arena *arena)
{
    command->ops = ops;
    command->arena = arena;
    command->actor = ACTOR_OPERATOR;
    struct err err = executor_run(world->executor, command);
    ensure(err.code == ERR_NONE);
    ensure(command->err.code == ERR_NONE);
}

static void process_start(struct world *world, struct arena *arena)
{
    struct shop_command start = {.timeline = 7};
    run(world, &start.command, &command_process_start, arena);
}

static void open_products(struct world *world, struct arena *arena)
{
    for (uint32_t i = 0; i < MODEL_PRODUCTS_FIRST; i++) {
        int64_t price = 1 + (int64_t)random_below(&world->random, 5000);
        struct product_command create = {.draft = {.category = 1, .price_minor = price}};
        create.draft.texts[PRODUCT_SKU] = intent_sku(i);
        create.draft.texts[PRODUCT_NAME] = intent_sku(i);
        run(world, &create.command, &command_product_create, arena);
        ensure(model_product_new(&world->model, i, price, 1).code == ERR_NONE);
        for (uint16_t place = 1; place <= MODEL_LOCATIONS; place++) {
            int64_t pieces = (int64_t)random_below(&world->random, 30);
            struct stock_movement movement = {.product = i + 1,
                                              .reason = STOCK_RECEIVED,
                                              .location = place,
                                              .quantity = pieces + 1};
            struct stock_command stock = {.movements = &movement, .movement_count = 1};
            run(world, &stock.command, &command_stock_move, arena);
            world->model.products[i + 1].on_hand[place] = pieces + 1;
        }
    }
}

static void open_people(struct world *world, struct arena *arena)
{
    for (uint32_t i = 1; i <= MODEL_CUSTOMERS; i++) {
        struct customer_command create = {.tier = i == 1, .has_tier = true};
        create.contact.name = TEXT("Ada Example");
        create.contact.email = TEXT("ada@example.com");
        create.has_contact = true;
        run(world, &create.command, &command_customer_create, arena);
    }
    world->model.customer_count = MODEL_CUSTOMERS;
    world->model.is_member[1] = true;
    for (uint32_t i = 0; i < MODEL_CARTS; i++) {
        struct model_cart *cart = &world->model.carts[i];
        cart->number = (UINT64_C(1) << CART_EPOCH_SHIFT) | (i + 1);
        cart->customer =
            i >= MODEL_CARTS - MODEL_CUSTOMERS ? i - (MODEL_CARTS - MODEL_CUSTOMERS) + 1 : 0;
        struct cart_command open = {.cart = cart->number, .customer = cart->customer};
        if (cart->customer != 0)
            run(world, &open.command, &command_cart_open, arena);
    }
}

static void open_shop(struct world *world)
{
    static const struct text places[MODEL_LOCATIONS] = {TEXT("main"), TEXT("east"), TEXT("west")};
    struct arena arena;
    arena_init(&arena, 1 << 16, 1 << 26);
    struct shop_command create = {.timeline = 7};
    memcpy(&create.currency, "GBP", 3);
    run(world, &create.command, &command_shop_create, &arena);
    process_start(world, &arena);
    for (uint32_t i = 0; i < MODEL_CATEGORIES_FIRST; i++)
        ensure(model_category_new(&world->model, 0, i).code == ERR_NONE);
    for (int32_t i = 0; i < MODEL_LOCATIONS; i++) {
        struct location_command place = {.name = places[i], .priority = i};
        run(world, &place.command, &command_location_put, &arena);
    }
    open_products(world, &arena);
    open_people(world, &arena);
    arena_release(&arena);
}

/* ---- a step ---- */

static void command_done(struct command *command)
{
    struct world *world = command->owner;
    struct intent *intent = container_of(command, struct intent, command);
    intent->done = true;
    world->durable_event = world->shop.last_event;
    world->done_order[world->done_count++] = (uint32_t)(intent - world->intents);
}

static void remember_checkout(struct world *world, const struct intent *intent)
{
    if (intent->kind != INTENT_CHECKOUT)
        return;
    world->known[world->known_count++ % WORLD_KNOWN_MAX] = *intent;
}

static void submit_some(struct world *world)
{
    world->intent_count = 1 + (uint32_t)random_below(&world->random, WORLD_INTENTS_MAX);
    world->done_count = 0;
    for (uint32_t i = 0; i < world->intent_count; i++) {
        struct intent *intent = &world->intents[i];
        uint32_t known =
            world->known_count < WORLD_KNOWN_MAX ? world->known_count : WORLD_KNOWN_MAX;
        intent_roll(intent, &world->random, &world->model,
                    known > 0 ? &world->known[random_below(&world->random, known)] : NULL);
        repeats_roll(&world->repeats, intent, &world->random);
        intent_make_command(intent, &world->model, &world->shop.reviews);
        repeats_attach(&world->repeats, intent);
        intent->command.owner = world;
        intent->command.done = command_done;
        remember_checkout(world, intent);
        ensure(executor_submit(world->executor, &intent->command).code == ERR_NONE);
        world->result.commands++;
    }
}

static void compare_answers(struct world *world)
{
    for (uint32_t i = 0; i < world->done_count; i++) {
        const struct intent *intent = &world->intents[world->done_order[i]];
        bool is_repeat;
        struct verdict verdict = repeats_judge(&world->repeats, intent, &world->model, &is_repeat);
        const char *difference = repeats_compare(&world->repeats, intent, is_repeat);
        if (difference == NULL && !is_repeat)
            difference = intent_compare(intent, &verdict);
        if (intent->command.err.code != verdict.code)
            difference = "another answer than the books have";
        world->result.repeats += is_repeat;
        if (difference != NULL)
            world_find(world, "%s answered %d, the books say %d: %s", intent_name(intent->kind),
                       (int)intent->command.err.code, (int)verdict.code, difference);
    }
}

/* A batch without events may have been recorded for the answers in it. */
static bool lost_batch_is_there(struct world *world)
{
    if (world->shop.last_event != world->durable_event)
        return true;
    for (uint32_t i = 0; i < world->intent_count; i++) {
        const struct intent *intent = &world->intents[i];
        if (!intent->done && intent->once_key != 0 && intent->once.answer.bytes.length > 0 &&
            !intent->once.is_repeat && repeats_is_recorded(intent, world->reader))
            return true;
    }
    return false;
}

/* Those who were not answered: their whole batch is there, or nothing of it. */
static void judge_lost_batch(struct world *world)
{
    bool is_repeat;
    if (!lost_batch_is_there(world))
        return;
    for (enum command_priority priority = COMMAND_ORDERS; priority <= COMMAND_BULK; priority++) {
        for (uint32_t i = 0; i < world->intent_count; i++) {
            if (!world->intents[i].done && world->intents[i].command.ops->priority == priority)
                (void)repeats_judge(&world->repeats, &world->intents[i], &world->model, &is_repeat);
        }
    }
}

/* Which of the orders that were due are over? The machine died while it was at it. */
static void judge_lost_tick(struct world *world)
{
    struct arena arena;
    arena_init(&arena, 1 << 16, 1 << 26);
    for (uint32_t i = 0; i < world->due_count; i++) {
        struct order *order = order_find(&world->shop.orders, world->due[i]);
        if (order == NULL &&
            store_read_order(world->reader, world->due[i], &arena, &order).code != ERR_NONE)
            world_find(world, "order %lu cannot be read", (unsigned long)world->due[i]);
        if (order != NULL && order->state == ORDER_CANCELLED)
            model_expire(&world->model, world->due[i]);
    }
    world->due_count = 0;
    for (uint32_t i = 0; i < MODEL_CARTS; i++) {
        const struct model_cart *books = &world->model.carts[i];
        const struct cart *cart = cart_find(&world->shop.carts, books->number);
        bool is_over = books->expires_ms != 0 ? cart == NULL || cart->line_count == 0
                                              : cart != NULL && cart->expires_ms != 0;
        if (world->due_carts[i] && is_over)
            model_cart_end(&world->model, i);
        world->due_carts[i] = false;
    }
    arena_release(&arena);
}

static void recover(struct world *world)
{
    world->result.crashes++;
    machine_die(world);
    if (!machine_start(world)) {
        world_find(world, "the store does not open after a crash");
        return;
    }
    judge_lost_batch(world);
    judge_lost_tick(world);
    if (!world_compare(world, true))
        world_find(world, "the store fails although nothing is broken");
    struct arena arena;
    arena_init(&arena, 4096, 1 << 20);
    if (world->result.passed)
        process_start(world, &arena);
    arena_release(&arena);
}

static void plan_fault(struct world *world, uint32_t steps_left)
{
    uint32_t cuts_left = world->options->cuts_max - (uint32_t)world->result.crashes;
    if (cuts_left == 0 || fault_vfs_struck() ||
        random_below(&world->random, steps_left) >= cuts_left)
        return;
    if (world->options->store == WORLD_MEM) {
        world->faulty.next_record =
            random_below(&world->random, 2) == 0 ? FAULTY_BEFORE : FAULTY_AFTER;
        return;
    }
    static const enum fault_kind kinds[] = {FAULT_POWER_CUT, FAULT_POWER_CUT, FAULT_POWER_CUT,
                                            FAULT_DISK_FULL, FAULT_SYNC_FAILS};
    fault_vfs_plan(kinds[random_below(&world->random, countof(kinds))],
                   random_below(&world->random, 40));
}

/* One batch or more, until all is answered; false when the machine died meanwhile. */
static bool step(struct world *world)
{
    if (setjmp(world->failed) != 0)
        return false;
    while (executor_step(world->executor)) {
    }
    if (world->options->store == WORLD_SQLITE && random_below(&world->random, 4) == 0 &&
        store_fold_now(world->store).code != ERR_NONE)
        return false;
    return true;
}

/* What is due ends; false when the machine died meanwhile. */
static bool tick(struct world *world)
{
    world->due_count = model_due_orders(&world->model, world->now_ms, world->due);
    for (uint32_t i = 0; i < MODEL_CARTS; i++)
        world->due_carts[i] = model_cart_is_due(&world->model, i);
    if (setjmp(world->failed) != 0)
        return false;
    scheduler_tick(world->scheduler);
    if (world->options->store == WORLD_SQLITE && fault_vfs_struck())
        return false;
    for (uint32_t i = 0; i < world->due_count; i++)
        model_expire(&world->model, world->due[i]);
    world->due_count = 0;
    for (uint32_t i = 0; i < MODEL_CARTS; i++) {
        if (world->due_carts[i])
            model_cart_end(&world->model, i);
        world->due_carts[i] = false;
    }
    return true;
}

static void pass_time(struct world *world)
{
    world->now_ms += random_below(&world->random, 5000);
    if (random_below(&world->random, 50) == 0)
        world->now_ms -= 3000; /* clocks are set back too */
    if (random_below(&world->random, 50) == 0)
        world->now_ms += MODEL_GAP_MS + random_below(&world->random, MODEL_PAYMENT_MS);
    if (world->now_ms > world->decided_ms)
        world->decided_ms = world->now_ms;
    world->model.now_ms = world->decided_ms;
}

static void live(struct world *world)
{
    for (uint32_t i = 0; i < world->options->steps && world->result.passed; i++) {
        pass_time(world);
        submit_some(world);
        plan_fault(world, world->options->steps - i);
        world->durable_event = world->shop.last_event;
        bool alive = step(world);
        compare_answers(world);
        if (alive && world->done_count != world->intent_count)
            world_find(world, "%u of %u commands were answered", world->done_count,
                       world->intent_count);
        if (alive)
            alive = tick(world);
        if (!alive || !world_compare(world, i % AUDIT_EVERY == AUDIT_EVERY - 1))
            recover(world);
        if (world->model.order_count + WORLD_INTENTS_MAX >= MODEL_ORDERS_MAX)
            break;
    }
}

struct world_result world_run(const struct world_options *options)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.options = options;
    world.random.state = options->seed;
    world.now_ms = START_MS;
    world.result.passed = true;
    for (uint32_t i = 0; i < WORLD_INTENTS_MAX; i++)
        arena_init(&world.intents[i].arena, 4096, 1 << 24);
    if (options->store == WORLD_SQLITE) {
        fault_vfs_register();
        fault_vfs_reset(options->seed + 1);
        fault_vfs_ignore_sync(options->ignore_sync);
    }

    repeats_init(&world.repeats);
    ensure(machine_start(&world));
    open_shop(&world);
    live(&world);
    if (world.result.passed && !world_compare(&world, true))
        recover(&world);
    if (world.executor != NULL)
        machine_die(&world);
    if (world.inner != NULL)
        store_close(world.inner);
    for (uint32_t i = 0; i < WORLD_INTENTS_MAX; i++)
        arena_release(&world.intents[i].arena);
    repeats_release(&world.repeats);
    world.result.orders = world.model.order_count;
    return world.result;
}
