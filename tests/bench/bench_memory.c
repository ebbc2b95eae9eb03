/*
 * bench_memory.c - what each thing takes while it is in memory, as the heap says it, its places in
 * tables included. docs/performance.md reads the table.
 *
 *   bench_memory [HOW MANY of each, 100000]
 *
 * Orders are those of consumers, of one line, with texts of usual length. The index of the search
 * (bench_search) and what a connection takes (bench-connections) are not in it.
 */
#include "lib/heap.h"
#include "lib/shopping.h"
#include "shop/shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fixture fixture;
static uint32_t count;
static uint32_t first_product;

static void forget_scratch(void)
{
    fixture.decision.contacts = NULL;
    fixture.decision.contact_capacity = 0;
    arena_reset(&fixture.arena);
}

/* Of the shop alone. */
static size_t used(void)
{
    forget_scratch();
    return heap_used() - fixture.journal.capacity - fixture.events.capacity;
}

static void fill_products(void)
{
    first_product = fixture_fill(&fixture, count, 4999);
    fixture.is_filling = true;
}

static void open_customers(void)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)fixture_customer(&fixture, TIER_NONE);
        forget_scratch();
    }
}

static void fill_carts(void)
{
    for (uint32_t i = 1; i <= count; i++) {
        ensure(shopping_add(&fixture, shopping_cart(i), first_product + i - 1, 1).code == ERR_NONE);
        forget_scratch();
    }
}

static void buy_carts(void)
{
    for (uint32_t i = 1; i <= count; i++) {
        struct checkout_command checkout = shopping_checkout_command(shopping_cart(i), 0);
        memcpy(checkout.key, &i, sizeof i);
        ensure(fixture_run(&fixture, &checkout.command).code == ERR_NONE);
        forget_scratch();
    }
}

static void run_orders(const struct command_ops *ops)
{
    for (uint32_t i = 1; i <= count; i++) {
        struct order_command command = shopping_order_command(ops, i);
        if (ops == &command_order_ship) {
            command.note = TEXT("UPS");
            command.tracking_number = TEXT("1Z12345E0205271688");
        }
        ensure(fixture_run(&fixture, &command.command).code == ERR_NONE);
        forget_scratch();
    }
}

static void confirm_orders(void)
{
    run_orders(&command_order_confirm);
}

static void ship_orders(void)
{
    run_orders(&command_order_ship);
}

static void deliver_orders(void)
{
    run_orders(&command_order_deliver);
}

static void forget_orders(void)
{
    for (uint32_t i = 1; i <= count; i++)
        shop_forget_order(&fixture.shop, i);
    shop_shrink(&fixture.shop);
}

static void forget_keys(void)
{
    fixture.shop.keys.keys_max = 0;
    shop_keys_sweep(&fixture.shop, UINT64_MAX, fixture.decision.now_ms);
    shop_shrink(&fixture.shop);
}

static const struct {
    const char *what;
    void (*run)(void);
} STEPS[] = {
    {"a product with stock at one place", fill_products},
    {"a customer", open_customers},
    {"a cart with a line", fill_carts},
    {"bought: the order, its key, the empty cart; the line goes", buy_carts},
    {"paid", confirm_orders},
    {"shipped", ship_orders},
    {"delivered", deliver_orders},
    {"asleep: order and cart leave, the key stays", forget_orders},
    {"the key leaves", forget_keys},
};

int main(int argc, char **argv)
{
    count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    ensure(count > 0);
    fixture_open(&fixture);
    printf("%-60s %10s\n", "", "bytes each");
    for (uint32_t i = 0; i < countof(STEPS); i++) {
        size_t before = used();
        STEPS[i].run();
        printf("%-60s %+10.0f\n", STEPS[i].what, ((double)used() - (double)before) / count);
    }
    fixture_close(&fixture);
    return 0;
}
