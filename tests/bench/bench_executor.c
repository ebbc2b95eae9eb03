/*
 * bench_executor.c - durable checkouts per second through the executor alone, on the real store.
 *
 *   bench_executor FOLDER PRODUCTS CHECKOUTS [wholesale]
 *
 * Every cart is filled first; then one thread submits checkouts, WINDOW under way at once, and the
 * clock runs until the last answer. Prints rate, latency and the CPU of each stage per checkout.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "lib/bench_shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 2048, ARENA_BLOCK = 4096, ARENA_MAX = 1 << 22, BUCKETS = 100000 };

struct checkout_slot {
    struct checkout_command checkout;
    struct arena arena;
    uint64_t started_ns;
    uint32_t is_free; /* atomic */
};

static uint32_t latencies[BUCKETS]; /* by 10 us */

static void checkout_done(struct command *command)
{
    struct checkout_slot *slot = command->owner;
    ensure(command->err.code == ERR_NONE);
    uint64_t bucket = (clock_monotonic_ns() - slot->started_ns) / 10000;
    latencies[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    __atomic_store_n(&slot->is_free, 1, __ATOMIC_RELEASE);
}

static void submit(struct bench_shop *bench, struct checkout_slot *slot, uint64_t counter)
{
    struct arena arena = slot->arena;
    memset(slot, 0, sizeof *slot);
    slot->arena = arena;
    arena_reset(&slot->arena);
    struct checkout_command *checkout = &slot->checkout;
    checkout->cart = bench_shop_cart(bench, counter);
    uint64_t key[2] = {hash_u64(counter), counter};
    memcpy(checkout->key, key, sizeof key);
    checkout->body_hash = counter;
    checkout->contact = (struct contact){
        .name = TEXT("Ada Example"),
        .email = TEXT("ada.example@example.com"),
        .phone = TEXT("+441234567890"),
        .shipping_address =
            TEXT("{\"name\":\"Ada Example\",\"line1\":\"12 Some Long Street\",\"city\":"
                 "\"London\",\"postal_code\":\"N1 9GU\",\"country\":\"GB\"}"),
    };
    memcpy(checkout->country, "GB", 2);
    checkout->expected_total_minor = -1;
    checkout->command.ops = &command_checkout;
    checkout->command.arena = &slot->arena;
    checkout->command.owner = slot;
    checkout->command.done = checkout_done;
    slot->started_ns = clock_monotonic_ns();
    while (executor_submit(bench->open.executor, &checkout->command).code != ERR_NONE)
        clock_sleep_ns(100000);
}

static double percentile_ms(uint64_t count, double share)
{
    uint64_t wanted = (uint64_t)((double)count * share);
    uint64_t seen = 0;
    uint32_t bucket = 0;
    while (bucket < BUCKETS - 1 && (seen += latencies[bucket]) <= wanted)
        bucket++;
    return (double)bucket / 100.0;
}

static void wait_for_all(struct checkout_slot *slots)
{
    for (uint32_t i = 0; i < WINDOW; i++) {
        while (__atomic_load_n(&slots[i].is_free, __ATOMIC_ACQUIRE) == 0)
            clock_sleep_ns(20000);
    }
}

static void run(struct bench_shop *bench, uint64_t count)
{
    struct checkout_slot *slots = memory_alloc_zeroed(WINDOW, sizeof *slots);
    for (uint32_t i = 0; i < WINDOW; i++) {
        arena_init(&slots[i].arena, ARENA_BLOCK, ARENA_MAX);
        slots[i].is_free = 1;
    }
    struct executor_stats before = executor_stats(bench->open.executor);
    struct store_stats store_before = store_stats(bench->open.store);
    uint64_t started_ns = clock_monotonic_ns();
    for (uint64_t i = 0; i < count; i++) {
        struct checkout_slot *slot = &slots[i % WINDOW];
        while (__atomic_load_n(&slot->is_free, __ATOMIC_ACQUIRE) == 0)
            clock_sleep_ns(20000);
        submit(bench, slot, 1 + i);
    }
    wait_for_all(slots);
    double seconds = (double)(clock_monotonic_ns() - started_ns) / 1e9;
    struct executor_stats after = executor_stats(bench->open.executor);
    struct store_stats store_after = store_stats(bench->open.store);
    double each = 1000.0 * (double)count;
    printf("%.0f durable checkouts/s (%lu in %.1f s), p50 %.2f ms, p99 %.2f ms, batches of %.0f\n",
           (double)count / seconds, (unsigned long)count, seconds, percentile_ms(count, 0.5),
           percentile_ms(count, 0.99), (double)count / (double)(after.batches - before.batches));
    printf("CPU us per checkout: rules %.2f, record %.2f, queues and answers %.2f, fold %.2f; fold "
           "lag %.1f s\n",
           (double)(after.decide_ns - before.decide_ns) / each,
           (double)(after.record_ns - before.record_ns) / each,
           (double)(after.other_ns - before.other_ns) / each,
           (double)(store_after.fold_cpu_ns - store_before.fold_cpu_ns) / each,
           (double)store_after.fold_lag_ms / 1000.0);
    for (uint32_t i = 0; i < WINDOW; i++)
        arena_release(&slots[i].arena);
    memory_free(slots);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        (void)fprintf(stderr, "usage: bench_executor FOLDER PRODUCTS CHECKOUTS [wholesale]\n");
        return 2;
    }
    struct bench_shop bench;
    uint64_t count = strtoull(argv[3], NULL, 10);
    bench_shop_open(&bench, argv[1], (uint32_t)strtoul(argv[2], NULL, 10));
    bench_shop_fill_carts(&bench, 1, count, argc > 4 ? BENCH_WHOLESALE : BENCH_CONSUMERS);
    run(&bench, count);
    bench_shop_close(&bench);
    return 0;
}
