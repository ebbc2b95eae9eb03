#include "lib/executor_fixture.h"

#include "base/clock.h"
#include "base/hash.h"
#include "store/mem/store_mem.h"

#include <string.h>

#define START_MS  UINT64_C(1700000000000)
#define ARENA_MAX ((size_t)1 << 30)
#define POLL_NS   UINT64_C(200000)

static uint64_t fixture_now_ms(void *context)
{
    return ((struct executor_fixture *)context)->now_ms;
}

static uint64_t fixture_now_ns(void *context)
{
    return __atomic_load_n(&((struct executor_fixture *)context)->now_ns, __ATOMIC_RELAXED);
}

void executor_fixture_init(struct executor_fixture *fixture)
{
    executor_fixture_init_on(fixture, store_mem_open());
}

void executor_fixture_init_on(struct executor_fixture *fixture, struct store *inner)
{
    *fixture = (struct executor_fixture){.now_ms = START_MS};
    arena_init(&fixture->arena, 1 << 16, ARENA_MAX);
    shop_init(&fixture->shop);
    struct store *store = store_probe_open(&fixture->probe, inner);
    ensure(store_load(store, &fixture->shop).code == ERR_NONE);
    fixture->view = view_open();
    fixture->options = executor_defaults(store, &fixture->shop);
    fixture->options.view = fixture->view;
    fixture->options.loaders = 0;
    fixture->options.now_ms = fixture_now_ms;
    fixture->options.monotonic_ns = fixture_now_ns;
    fixture->options.clock_context = fixture;
}

static uint32_t make_product(struct executor_fixture *fixture)
{
    struct product_command *create = arena_alloc(&fixture->arena, sizeof *create);
    create->command = (struct command){.ops = &command_product_create, .arena = &fixture->arena};
    create->draft = (struct product_draft){.category = 1, .price_minor = 1000};
    create->draft.texts[PRODUCT_SKU] = TEXT("SKU-1");
    create->draft.texts[PRODUCT_NAME] = TEXT("Thing");
    create->on_hand = UINT32_MAX;
    executor_fixture_run(fixture, &create->command);
    return create->product->number;
}

void executor_fixture_open(struct executor_fixture *fixture)
{
    fixture->executor = executor_open(&fixture->options);
    struct shop_command *create = arena_alloc(&fixture->arena, sizeof *create);
    create->command = (struct command){.ops = &command_shop_create, .arena = &fixture->arena};
    create->currency = money_currency("USD");
    executor_fixture_run(fixture, &create->command);
    struct shop_command *start = arena_alloc(&fixture->arena, sizeof *start);
    start->command = (struct command){.ops = &command_process_start, .arena = &fixture->arena};
    executor_fixture_run(fixture, &start->command);
    fixture->product = make_product(fixture);
    fixture->answer_count = 0;
}

void executor_fixture_close(struct executor_fixture *fixture)
{
    executor_close(fixture->executor);
    view_close(fixture->view);
    store_close(&fixture->probe.store);
    shop_release(&fixture->shop);
    arena_release(&fixture->arena);
}

static void note_answer(struct command *command)
{
    struct executor_fixture *fixture = command->owner;
    uint32_t position = fixture->answer_count;
    ensure(position < EXECUTOR_FIXTURE_ANSWERS_MAX);
    fixture->answers[position] = command;
    fixture->records_before[position] = fixture->probe.records;
    __atomic_store_n(&fixture->answer_count, position + 1, __ATOMIC_RELEASE);
}

struct err executor_fixture_submit(struct executor_fixture *fixture, struct command *command)
{
    command->owner = fixture;
    command->done = note_answer;
    return executor_submit(fixture->executor, command);
}

void executor_fixture_drain(struct executor_fixture *fixture)
{
    while (executor_step(fixture->executor))
        ;
}

void executor_fixture_wait(struct executor_fixture *fixture, uint32_t answer_count)
{
    while (__atomic_load_n(&fixture->answer_count, __ATOMIC_ACQUIRE) < answer_count)
        clock_sleep_ns(POLL_NS);
}

struct command *fixture_make_stock(struct executor_fixture *fixture, int64_t quantity)
{
    struct stock_command *command = arena_alloc(&fixture->arena, sizeof *command);
    struct stock_movement *movement = arena_alloc(&fixture->arena, sizeof *movement);
    *movement = (struct stock_movement){
        .product = fixture->product,
        .reason = quantity >= 0 ? STOCK_RECEIVED : STOCK_CORRECTED,
        .location = 1,
        .quantity = quantity,
    };
    command->command = (struct command){.ops = &command_stock_move, .arena = &fixture->arena};
    command->movements = movement;
    command->movement_count = 1;
    return &command->command;
}

struct command *fixture_make_cart_set(struct executor_fixture *fixture, uint64_t cart,
                                      uint32_t quantity)
{
    struct cart_command *command = arena_alloc(&fixture->arena, sizeof *command);
    struct cart_line *line = arena_alloc(&fixture->arena, sizeof *line);
    *line = (struct cart_line){.product = fixture->product, .quantity = quantity};
    command->command = (struct command){.ops = &command_cart_set, .arena = &fixture->arena};
    command->cart = cart;
    command->lines = line;
    command->line_count = 1;
    return &command->command;
}

struct checkout_command *fixture_make_checkout(struct executor_fixture *fixture, uint64_t cart,
                                               const char *key)
{
    struct checkout_command *command = arena_alloc(&fixture->arena, sizeof *command);
    command->command = (struct command){.ops = &command_checkout, .arena = &fixture->arena};
    command->cart = cart;
    uint64_t hash = hash_bytes(key, strlen(key));
    memcpy(command->key, &hash, sizeof hash);
    command->key[15] = 1;
    command->body_hash = 5;
    command->contact.name = TEXT("Alice");
    command->expected_total_minor = -1;
    return command;
}

struct order_command *fixture_make_order(struct executor_fixture *fixture,
                                         const struct command_ops *ops, uint64_t order)
{
    struct order_command *command = arena_alloc(&fixture->arena, sizeof *command);
    command->command =
        (struct command){.ops = ops, .arena = &fixture->arena, .actor = ACTOR_OPERATOR};
    command->order = order;
    return command;
}

void executor_fixture_run(struct executor_fixture *fixture, struct command *command)
{
    struct err err = executor_run(fixture->executor, command);
    ensure(err.code == ERR_NONE);
}

uint64_t executor_fixture_buy(struct executor_fixture *fixture, uint64_t cart, uint32_t quantity,
                              const char *key)
{
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, cart, quantity));
    struct checkout_command *checkout = fixture_make_checkout(fixture, cart, key);
    executor_fixture_run(fixture, &checkout->command);
    return checkout->order->number;
}
