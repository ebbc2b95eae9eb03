/*
 * bench_store.c - what the sqlite store costs by itself, without rules and without HTTP.
 *
 *   bench_store record FOLDER [SECONDS [RATE [BATCH [PRODUCTS]]]]
 *       crafts checkouts (a cart line, then an order of 1-3 lines with a contact each) and records
 * them in batches; RATE checkouts/s, 0 = as fast as it goes. Prints one line a second, then the
 * totals. bench_store load FOLDER how long a start takes with what is in FOLDER.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "store/sqlite/store_sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { LINES_MAX = 3, STOCK_ROWS = 1000, ON_HAND = 100000000 };

struct bench {
    struct store *store;
    struct random random;
    struct buffer events;
    struct arena arena;
    struct contact *contacts;
    uint32_t contact_count;
    uint32_t products;
    uint64_t last_event;
    uint64_t last_order;
    uint32_t *reserved; /* by product */
    uint64_t lines;
};

static void fail(struct err err, const char *what)
{
    if (err.code == ERR_NONE)
        return;
    fprintf(stderr, "bench_store: %s failed: %d %" PRIu64 "\n", what, (int)err.code, err.value);
    exit(3);
}

static uint64_t process_cpu_ns(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* Seals what was appended and records it. */
static void record(struct bench *bench)
{
    struct store_batch batch = {
        .first_event = bench->last_event + 1,
        .contacts = bench->contacts,
        .contact_count = bench->contact_count,
    };

    for (size_t offset = 0; offset < bench->events.length;)
        offset = event_seal(&bench->events, offset, ++bench->last_event);
    batch.last_event = bench->last_event;
    batch.events = bench->events.data;
    batch.size = bench->events.length;
    fail(store_record(bench->store, &batch), "record");
    buffer_reset(&bench->events);
    bench->contact_count = 0;
}

static void add_stock(struct bench *bench, uint32_t first)
{
    size_t size = sizeof(struct event_stock_moved) + STOCK_ROWS * sizeof(struct event_stock_row);
    struct event_stock_moved *moved =
        event_append(&bench->events, EVENT_STOCK_MOVED, size, clock_wall_ms());
    struct event_stock_row *rows = (void *)(moved + 1);

    moved->reason = STOCK_COUNTED;
    moved->row_count = STOCK_ROWS;
    for (uint32_t i = 0; i < STOCK_ROWS; i++)
        rows[i] = (struct event_stock_row){
            .product = first + i, .location = 1, .change = ON_HAND, .on_hand = ON_HAND};
    record(bench);
}

/* Few products sell often: a tenth of them takes almost half of what is sold. */
static uint32_t pick_product(struct bench *bench)
{
    uint64_t share = random_below(&bench->random, 1000000);
    uint64_t cube = share * share / 1000000 * share / 1000000; /* 0 .. 999,999 */

    return 1 + (uint32_t)(cube * bench->products / 1000000);
}

static void add_cart_line(struct bench *bench, uint64_t cart)
{
    struct event_cart_changed *changed =
        event_append(&bench->events, EVENT_CART_CHANGED,
                     sizeof *changed + sizeof(struct event_cart_line), clock_wall_ms());

    changed->cart = cart;
    changed->line_count = 1;
    *(struct event_cart_line *)(void *)(changed + 1) =
        (struct event_cart_line){pick_product(bench), 1};
}

static void fill_order(struct bench *bench, struct event_order_placed *placed)
{
    struct event_order_line *lines = (void *)(placed + 1);
    struct event_order_part *parts = (void *)(lines + placed->line_count);

    for (uint32_t i = 0; i < placed->line_count; i++) {
        uint32_t product = pick_product(bench);

        lines[i] =
            (struct event_order_line){.product = product, .quantity = 1, .unit_price_minor = 1999};
        parts[i] = (struct event_order_part){.line = i,
                                             .quantity = 1,
                                             .location = 1,
                                             .on_hand = ON_HAND,
                                             .reserved = ++bench->reserved[product]};
    }
    placed->totals.subtotal_minor = 1999 * (int64_t)placed->line_count;
    placed->totals.total_minor = placed->totals.subtotal_minor;
    bench->lines += placed->line_count;
}

static void add_order(struct bench *bench, uint64_t cart)
{
    uint32_t line_count = 1 + (uint32_t)random_below(&bench->random, LINES_MAX);
    struct event_order_placed *placed =
        event_append(&bench->events, EVENT_ORDER_PLACED,
                     sizeof *placed + line_count * (sizeof(struct event_order_line) +
                                                    sizeof(struct event_order_part)),
                     clock_wall_ms());
    uint64_t order = ++bench->last_order;
    uint64_t key[2] = {random_u64(&bench->random), random_u64(&bench->random)};

    placed->order = order;
    placed->cart = cart;
    placed->contact = order;
    memcpy(placed->key, key, sizeof key);
    placed->body_hash = random_u64(&bench->random);
    placed->currency = money_currency("USD");
    placed->pricing_version = 1;
    placed->line_count = line_count;
    placed->part_count = line_count;
    fill_order(bench, placed);
    bench->contacts[bench->contact_count++] = (struct contact){
        .number = order,
        .name = TEXT("Alice Miller"),
        .email = TEXT("alice.miller@example.com"),
        .phone = TEXT("+15551234567"),
        .shipping_address = TEXT("{\"name\":\"Alice Miller\",\"line1\":\"1 Main Street\",\"city\":"
                                 "\"Springfield\",\"region\":\"IL\",\"postal_code\":\"62704\","
                                 "\"country\":\"US\",\"phone\":\"+15551234567\"}"),
    };
}

static uint64_t file_bytes(const char *folder, const char *name)
{
    char path[512];
    struct stat status;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* One second, or one batch where that takes longer. Returns CPU spent in store_record(). */
static uint64_t run_second(struct bench *bench, uint64_t rate, uint32_t batch)
{
    uint64_t started_ns = clock_monotonic_ns();
    uint64_t record_ns = 0;
    uint64_t done = 0;

    while (clock_monotonic_ns() - started_ns < 1000000000 && (rate == 0 || done < rate)) {
        for (uint32_t i = 0; i < batch; i++)
            add_cart_line(bench, UINT64_C(1) << CART_EPOCH_SHIFT | (bench->last_order + i + 1));
        for (uint32_t i = 0; i < batch; i++)
            add_order(bench, UINT64_C(1) << CART_EPOCH_SHIFT | (bench->last_order + 1));
        uint64_t cpu_ns = clock_thread_cpu_ns();

        record(bench);
        record_ns += clock_thread_cpu_ns() - cpu_ns;
        done += batch;
        uint64_t due_ns = rate == 0 ? 0 : started_ns + done * 1000000000 / rate;
        uint64_t now_ns = clock_monotonic_ns();

        if (due_ns > now_ns)
            clock_sleep_ns(due_ns - now_ns);
    }
    return record_ns;
}

static void measure(struct bench *bench, const char *folder, const uint64_t arguments[4])
{
    struct store_stats before = store_stats(bench->store);
    uint64_t started_ns = clock_monotonic_ns();
    uint64_t record_cpu_ns = 0;

    for (uint64_t second = 1; second <= arguments[0]; second++) {
        uint64_t orders = bench->last_order;

        record_cpu_ns += run_second(bench, arguments[1], (uint32_t)arguments[2]);
        struct store_stats stats = store_stats(bench->store);

        printf("%3" PRIu64 " s  %7" PRIu64 " checkouts  lag %6" PRIu64 " ms  %8" PRIu64
               " events behind  journal-wal %" PRIu64 " KiB  shop-wal %" PRIu64 " KiB\n",
               second, bench->last_order - orders, stats.fold_lag_ms,
               stats.recorded_event - stats.folded_event,
               file_bytes(folder, "journal.db-wal") >> 10, file_bytes(folder, "shop.db-wal") >> 10);
    }
    uint64_t wall_ns = clock_monotonic_ns() - started_ns;

    fail(store_fold_now(bench->store), "fold");
    struct store_stats after = store_stats(bench->store);
    double orders = (double)bench->last_order;

    printf(
        "%.0f checkouts/s (%.2f lines each), CPU us each: record %.2f, fold %.2f; wall in record "
        "%.2f us each; journal %.0f bytes each, shop.db %.0f bytes each\n",
        orders / ((double)wall_ns / 1e9), (double)bench->lines / orders,
        (double)record_cpu_ns / 1e3 / orders,
        (double)(after.fold_cpu_ns - before.fold_cpu_ns) / 1e3 / orders,
        (double)(after.record_ns - before.record_ns) / 1e3 / orders,
        (double)(after.journal_bytes - before.journal_bytes) / orders,
        (double)file_bytes(folder, "shop.db") / orders);
}

static int run_record(const char *folder, const uint64_t arguments[4])
{
    struct store_sqlite_options options = store_sqlite_defaults(folder);
    struct bench bench = {.random = {1}, .products = (uint32_t)arguments[3]};

    fail(store_sqlite_open(&options, &bench.store), "open");
    bench.last_event = store_stats(bench.store).recorded_event;
    if (bench.last_event != 0) {
        fprintf(stderr, "bench_store: %s must be a new folder\n", folder);
        return 2;
    }
    buffer_init(&bench.events, 1 << 20);
    bench.contacts = calloc(arguments[2], sizeof *bench.contacts);
    bench.reserved = calloc(bench.products + 1, sizeof *bench.reserved);
    ensure(bench.contacts != NULL);
    ensure(bench.reserved != NULL);
    for (uint32_t first = 1; first + STOCK_ROWS - 1 <= bench.products; first += STOCK_ROWS)
        add_stock(&bench, first);
    fail(store_fold_now(bench.store), "fold");
    measure(&bench, folder, arguments);
    store_close(bench.store);
    buffer_release(&bench.events);
    free(bench.contacts);
    free(bench.reserved);
    return 0;
}

static int run_load(const char *folder)
{
    struct store_sqlite_options options = store_sqlite_defaults(folder);
    struct store *store;
    struct shop shop;
    uint64_t wall_ns = clock_monotonic_ns();
    uint64_t cpu_ns = process_cpu_ns();

    options.must_exist = true;
    shop_init(&shop);
    fail(store_sqlite_open(&options, &store), "open");
    uint64_t opened_ns = clock_monotonic_ns() - wall_ns;

    fail(store_load(store, &shop), "load");
    printf(
        "open %.0f ms, open and load %.0f ms (CPU %.0f ms): %u products, %u stock rows, %zu carts, "
        "%" PRIu64 " orders, %" PRIu64 " keys\n",
        (double)opened_ns / 1e6, (double)(clock_monotonic_ns() - wall_ns) / 1e6,
        (double)(process_cpu_ns() - cpu_ns) / 1e6, shop.catalog.product_count, shop.stock.row_count,
        shop.carts.by_number.count, shop.orders.last_number, shop.keys.next - shop.keys.first);
    shop_release(&shop);
    store_close(store);
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t arguments[4] = {10, 0, 256, 1000000};

    for (int i = 3; i < argc && i < 7; i++)
        arguments[i - 3] = strtoull(argv[i], NULL, 10);
    if (argc >= 3 && strcmp(argv[1], "record") == 0 && arguments[2] > 0 && arguments[3] > 0)
        return run_record(argv[2], arguments);
    if (argc == 3 && strcmp(argv[1], "load") == 0)
        return run_load(argv[2]);
    fprintf(stderr, "usage: bench_store record FOLDER [SECONDS [RATE [BATCH [PRODUCTS]]]]\n"
                    "       bench_store load FOLDER\n");
    return 2;
}
