#include "sim/world.h"

#include "app/audit.h"
#include "app/executor.h"
#include "app/scheduler.h"
#include "sim/fault_vfs.h"
#include "sim/intent.h"
#include "sim/repeats.h"
#include "sim/store_faulty.h"
#include "store/mem/store_mem.h"
#include "store/sqlite/store_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { INTENTS_MAX = 8, KNOWN_MAX = 16, START_MS = 1700000000, AUDIT_EVERY = 50 };

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
    struct intent intents[INTENTS_MAX];
    uint32_t intent_count;
    uint32_t done_order[INTENTS_MAX]; /* positions in intents, as they were answered */
    uint32_t done_count;
    uint64_t due[MODEL_ORDERS_MAX]; /* orders that the tick under way ends */
    uint32_t due_count;
    bool due_carts[MODEL_CARTS];    /* likewise */
    uint64_t durable_event;         /* the last one that somebody was answered about */
    struct intent known[KNOWN_MAX]; /* checkouts that may be repeated */
    uint32_t known_count;
    jmp_buf failed; /* the store could not record: the process would be dead now */
};

static void find(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Keeps the first finding. */
static void find(struct world *world, const char *format, ...)
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

/* ---- comparing ---- */

static void compare_stock(struct world *world)
{
    for (uint32_t product = 1; product <= world->model.product_count; product++) {
        const struct model_product *books = &world->model.products[product];
        for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++) {
            const struct stock_row *row = stock_find(&world->shop.stock, product, (uint16_t)place);
            int64_t on_hand = row != NULL ? row->on_hand : 0;
            int64_t reserved = row != NULL ? row->reserved : 0;
            if (on_hand != books->on_hand[place] || reserved != books->reserved[place])
                find(world, "product %u at %u: on hand %ld, reserved %ld; the books say %ld, %ld",
                     product, place, (long)on_hand, (long)reserved, (long)books->on_hand[place],
                     (long)books->reserved[place]);
        }
        const struct product *block = catalog_find(&world->shop.catalog, product);
        if (block == NULL || block->price_minor != books->price ||
            (block->status == PRODUCT_ARCHIVED) != books->archived ||
            block->category != books->category)
            find(world, "product %u: another price, status or category than the books have",
                 product);
    }
    if (world->shop.catalog.product_count != world->model.product_count)
        find(world, "there are %u products, the books say %u", world->shop.catalog.product_count,
             world->model.product_count);
}

static void compare_categories(struct world *world)
{
    const struct catalog *catalog = &world->shop.catalog;
    if (catalog->category_count != world->model.category_count) {
        find(world, "there are %u categories, the books say %u", catalog->category_count,
             world->model.category_count);
        return;
    }
    for (uint32_t i = 1; i <= catalog->category_count; i++) {
        const struct model_category *books = &world->model.categories[i];
        const struct category *it = category_find(catalog, i);
        if (it->parent != books->parent ||
            !text_equal(text_of(it->name), intent_category_name(books->name)))
            find(world, "category %u: another name or place than the books have", i);
    }
}

static void compare_carts(struct world *world)
{
    for (uint32_t i = 0; i < MODEL_CARTS; i++) {
        const struct model_cart *books = &world->model.carts[i];
        const struct cart *cart = cart_find(&world->shop.carts, books->number);
        uint32_t lines = cart != NULL ? cart->line_count : 0;
        if (lines != books->line_count)
            find(world, "cart %u: %u lines, the books have %u", i, lines, books->line_count);
        if (lines > 0 &&
            (cart->touched_ms != books->touched_ms || cart->expires_ms != books->expires_ms))
            find(world, "cart %u: touched at %lu, ends at %lu; the books say %lu, %lu", i,
                 (unsigned long)cart->touched_ms, (unsigned long)cart->expires_ms,
                 (unsigned long)books->touched_ms, (unsigned long)books->expires_ms);
        for (uint32_t line = 0; line < lines && line < books->line_count; line++) {
            if (cart->lines[line].product != books->products[line] ||
                cart->lines[line].quantity != books->quantities[line])
                find(world, "cart %u: line %u differs from the books", i, line);
        }
    }
}

static void compare_order_line(struct world *world, uint64_t number, const struct order *order,
                               uint32_t line)
{
    const struct model_line *books = &world->model.orders[number].lines[line];
    const struct order_line *it = &order->lines[line];
    int64_t reserved[MODEL_LOCATIONS + 1] = {0};
    int64_t shipped[MODEL_LOCATIONS + 1] = {0};
    for (uint32_t i = 0; i < order->part_count; i++) {
        if (order->parts[i].line == line) {
            reserved[order->parts[i].location] += order->parts[i].reserved;
            shipped[order->parts[i].location] += order->parts[i].shipped;
        }
    }
    bool same = it->product == books->product && it->quantity == books->quantity &&
                it->quantity_ordered == books->ordered && it->unit_price_minor == books->price &&
                it->discount_minor == books->discount &&
                it->discount_ordered_minor == books->discount_ordered;
    for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++)
        same = same && reserved[place] == books->reserved[place] &&
               shipped[place] == books->shipped[place];
    if (!same)
        find(world, "order %lu: line %u differs from the books", (unsigned long)number, line);
}

static void compare_order(struct world *world, uint64_t number, struct arena *arena)
{
    const struct model_order *books = &world->model.orders[number];
    struct order *order = order_find(&world->shop.orders, number);
    if (order == NULL && store_read_order(world->reader, number, arena, &order).code != ERR_NONE) {
        find(world, "order %lu cannot be read", (unsigned long)number);
        return;
    }
    if (order == NULL) {
        find(world, "order %lu is lost", (unsigned long)number);
        return;
    }
    if (order->state != books->state || order->line_count != books->line_count ||
        order->customer != books->customer || order->cart != books->cart ||
        order->totals.total_minor != model_order_total(books)) {
        find(world, "order %lu: state %d, total %ld; the books say %d, %ld", (unsigned long)number,
             order->state, (long)order->totals.total_minor, (int)books->state,
             (long)model_order_total(books));
        return;
    }
    /* Tables may be behind an erasure; whoever reads them knows of it. */
    bool may_lag = order_find(&world->shop.orders, number) == NULL && books->is_erased;
    if ((order->contact == 0) != books->is_erased && !may_lag)
        find(world, "order %lu: it is known whom it went to, or it is not, unlike in the books",
             (unsigned long)number);
    if (order_paid_minor(order) != books->paid)
        find(world, "order %lu: %ld are paid, the books say %ld", (unsigned long)number,
             (long)order_paid_minor(order), (long)books->paid);
    for (uint32_t line = 0; line < books->line_count; line++)
        compare_order_line(world, number, order, line);
}

static void compare_reviews(struct world *world)
{
    for (uint32_t product = 1; product <= world->model.product_count; product++) {
        const struct product *it = catalog_find(&world->shop.catalog, product);
        uint32_t count;
        uint32_t stars = model_stars(&world->model, product, &count);
        uint32_t mean_x100 = count == 0 ? 0 : (stars * 200 + count) / (count * 2);
        if (it->rating_count != count || it->rating_x100 != mean_x100)
            find(world, "product %u is rated %u by %u, the books say %u by %u", product,
                 it->rating_x100, it->rating_count, mean_x100, count);
    }
}

static void compare_customers(struct world *world)
{
    if (world->shop.customers.count != world->model.customer_count)
        find(world, "there are %u customers, the books say %u", world->shop.customers.count,
             world->model.customer_count);
    for (uint32_t i = 1; i <= MODEL_CUSTOMERS; i++) {
        const struct customer *it = customer_find(&world->shop.customers, i);
        if (it->tier != world->model.is_member[i] || it->is_erased != world->model.is_erased[i])
            find(world, "customer %u: tier %u, erased %d, unlike in the books", i, it->tier,
                 it->is_erased);
    }
    for (uint32_t i = 0; i < MODEL_EMAILS; i++) {
        const uint8_t tag[EMAIL_TAG_SIZE] = {(uint8_t)(1 + i)};
        uint32_t owner = customer_by_email(&world->shop.customers, tag);
        if (owner != world->model.has_email[i])
            find(world, "address %u is customer %u's, the books say %u's", i, owner,
                 world->model.has_email[i]);
    }
}

/* Every order now and then, the newest always. */
static void compare_orders(struct world *world, bool all)
{
    struct arena arena;
    arena_init(&arena, 1 << 16, 1 << 26);
    uint64_t count = world->model.order_count;
    if (world->shop.orders.last_number != count)
        find(world, "the last order is %lu, the books say %lu",
             (unsigned long)world->shop.orders.last_number, (unsigned long)count);
    for (uint64_t number = all || count < 8 ? 1 : count - 7;
         number <= count && world->result.passed; number++)
        compare_order(world, number, &arena);
    arena_release(&arena);
}

static void audit_finding(void *context, const char *sentence)
{
    find(context, "audit: %s", sentence);
}

/* The auditor of `shopd audit`, over all events, against memory and tables. False when a planned
 * fault struck meanwhile: then the machine is dead, and nothing was found. */
static bool audit_everything(struct world *world)
{
    struct audit_options options = {.on_finding = audit_finding, .context = world};
    struct audit *audit = audit_open(&options);
    if (audit_read_events(audit, world->reader).code != ERR_NONE)
        find(world, "the events cannot be read");
    audit_compare_shop(audit, &world->shop);
    struct err err = OK;
    if (world->options->store == WORLD_SQLITE)
        err = store_fold_now(world->store);
    if (world->options->store == WORLD_SQLITE && err.code == ERR_NONE)
        err = audit_compare_orders(audit, world->reader);
    if (world->options->store == WORLD_SQLITE && err.code == ERR_NONE)
        err = audit_compare_contacts(audit, world->reader);
    audit_close(audit);
    if (err.code != ERR_NONE && !fault_vfs_struck())
        find(world, "the tables cannot be read");
    return err.code == ERR_NONE;
}

/* False when the machine died of a planned fault meanwhile. */
static bool compare_everything(struct world *world, bool thoroughly)
{
    shop_check(&world->shop);
    compare_stock(world);
    compare_categories(world);
    compare_carts(world);
    compare_customers(world);
    compare_reviews(world);
    compare_orders(world, thoroughly);
    return !thoroughly || !world->result.passed || audit_everything(world);
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
    world->known[world->known_count++ % KNOWN_MAX] = *intent;
}

static void submit_some(struct world *world)
{
    world->intent_count = 1 + (uint32_t)random_below(&world->random, INTENTS_MAX);
    world->done_count = 0;
    for (uint32_t i = 0; i < world->intent_count; i++) {
        struct intent *intent = &world->intents[i];
        uint32_t known = world->known_count < KNOWN_MAX ? world->known_count : KNOWN_MAX;
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
            find(world, "%s answered %d, the books say %d: %s", intent_name(intent->kind),
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
            find(world, "order %lu cannot be read", (unsigned long)world->due[i]);
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
        find(world, "the store does not open after a crash");
        return;
    }
    judge_lost_batch(world);
    judge_lost_tick(world);
    if (!compare_everything(world, true))
        find(world, "the store fails although nothing is broken");
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
            find(world, "%u of %u commands were answered", world->done_count, world->intent_count);
        if (alive)
            alive = tick(world);
        if (!alive || !compare_everything(world, i % AUDIT_EVERY == AUDIT_EVERY - 1))
            recover(world);
        if (world->model.order_count + INTENTS_MAX >= MODEL_ORDERS_MAX)
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
    for (uint32_t i = 0; i < INTENTS_MAX; i++)
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
    if (world.result.passed && !compare_everything(&world, true))
        recover(&world);
    if (world.executor != NULL)
        machine_die(&world);
    if (world.inner != NULL)
        store_close(world.inner);
    for (uint32_t i = 0; i < INTENTS_MAX; i++)
        arena_release(&world.intents[i].arena);
    repeats_release(&world.repeats);
    world.result.orders = world.model.order_count;
    return world.result;
}
