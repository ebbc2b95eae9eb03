/* replay.c - `shopd replay`: sends a file of orders to a running server and checks what it did with
 * them. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/progress.h"
#include "cli/arguments.h"
#include "cli/replay/replay_prepare.h"
#include "cli/transfer/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONCURRENCY_MAX = 1024, BAD_LINES_SHOWN = 20, REFUSED_SHOWN = 10 };
#define POLL_NS UINT64_C(20000000)

struct replay_options {
    const char *file;
    const char *url;
    const char *operator_key;
    const char *acks;
    uint32_t concurrency;
    uint32_t orders_max;
    uint32_t retry_seconds;
};

static void report_bad_line(void *context, uint64_t line, const char *reason)
{
    uint64_t *count = context;
    if (++*count <= BAD_LINES_SHOWN)
        (void)fprintf(stderr, "line %" PRIu64 ": %s\n", line, reason);
}

static size_t read_input(void *context, char *bytes_out, size_t size)
{
    return input_read(context, bytes_out, size);
}

static bool read_plan(const struct replay_options *options, struct replay_plan *plan)
{
    struct input *input = input_open(options->file);
    uint64_t bad_lines = 0;
    if (!input)
        return false;
    struct replay_plan_options plan_options = {
        .orders_max = options->orders_max, .on_bad_line = report_bad_line, .context = &bad_lines};
    struct table_source source = {.read = read_input, .context = input};
    replay_plan_read(plan, source, &plan_options);
    const char *failure = input_failure(input);
    if (failure)
        (void)fprintf(stderr, "%s: %s\n", options->file, failure);
    input_close(input);
    printf("%s: %u orders, %" PRIu64 " sale lines, %" PRIu64 " cancellations (%" PRIu64
           " plain returns), %" PRIu64 " bad lines\n",
           options->file, plan->order_ids.count, plan->sale_lines, plan->cancel_lines,
           plan->return_lines, plan->bad_lines);
    return failure == NULL;
}

static bool run_open(struct replay_run *run, const struct replay_options *options,
                     const struct replay_plan *plan)
{
    *run = (struct replay_run){.url = options->url,
                               .operator_key = options->operator_key,
                               .retry_seconds = options->retry_seconds,
                               .acks_fd = -1,
                               .plan = plan};
    run->product_ids = memory_alloc_zeroed((size_t)plan->skus.count + 1, SHOP_ID_SIZE);
    run->customer_ids = memory_alloc_zeroed((size_t)plan->customers.count + 1, SHOP_ID_SIZE);
    run->outcomes = memory_alloc_zeroed((size_t)plan->order_ids.count + 1, sizeof(*run->outcomes));
    replay_books_init(&run->books, plan->skus.count);
    pthread_mutex_init(&run->lock, NULL);
    pthread_mutex_init(&run->return_lock, NULL);
    pthread_cond_init(&run->changed, NULL);
    if (options->acks) {
        run->acks_fd = open(options->acks, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (run->acks_fd < 0)
            (void)fprintf(stderr, "%s: %s\n", options->acks, strerror(errno));
    }
    return !options->acks || run->acks_fd >= 0;
}

static void run_close(struct replay_run *run)
{
    if (run->acks_fd >= 0)
        (void)close(run->acks_fd);
    memory_free(run->product_ids);
    memory_free(run->customer_ids);
    memory_free(run->outcomes);
    replay_books_release(&run->books);
    pthread_mutex_destroy(&run->lock);
    pthread_mutex_destroy(&run->return_lock);
    pthread_cond_destroy(&run->changed);
}

/* Sends everything; returns how long it took. */
static uint64_t send_all(struct replay_run *run, uint32_t concurrency, struct replay_stats *stats)
{
    struct replay_worker *workers = memory_alloc_zeroed(concurrency, sizeof(*workers));
    struct progress progress;
    uint64_t start_ns = clock_monotonic_ns();
    progress_start(&progress, "orders and cancellations", run->plan->job_count);
    for (uint32_t i = 0; i < concurrency; i++)
        replay_worker_start(&workers[i], run);
    while (atomic_load(&run->done_jobs) < run->plan->job_count && !atomic_load(&run->must_stop)) {
        clock_sleep_ns(POLL_NS);
        progress_set(&progress, atomic_load(&run->done_jobs));
    }
    for (uint32_t i = 0; i < concurrency; i++) {
        replay_worker_join(&workers[i]);
        replay_stats_merge(stats, &workers[i].stats);
        replay_stats_release(&workers[i].stats);
    }
    uint64_t elapsed_ns = clock_monotonic_ns() - start_ns;
    progress_finish(&progress);
    memory_free(workers);
    return elapsed_ns;
}

static uint64_t count_outcomes(const struct replay_run *run, enum replay_state state)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < run->plan->order_ids.count; i++)
        count += run->outcomes[i].state == state ? 1 : 0;
    return count;
}

static void print_times(struct replay_stats *stats, uint64_t elapsed_ns)
{
    uint64_t requests = 0;
    printf("\n%-12s %10s %10s %10s %10s\n", "request", "answers", "p50 ms", "p99 ms", "max ms");
    for (uint32_t i = 0; i < REPLAY_REQUEST_COUNT; i++) {
        struct replay_times *times = &stats->times[i];
        requests += times->count;
        replay_times_sort(times);
        if (times->count > 0)
            printf("%-12s %10u %10.3f %10.3f %10.3f\n", replay_request_name((enum replay_request)i),
                   times->count, replay_times_quantile_us(times, 500) / 1000.0,
                   replay_times_quantile_us(times, 990) / 1000.0,
                   replay_times_quantile_us(times, 1000) / 1000.0);
    }
    printf("%" PRIu64 " requests, %.0f/s, %" PRIu64 " sent again\n", requests,
           (double)requests * 1e9 / (double)elapsed_ns, stats->repeats);
}

static void print_refusals(const struct replay_run *run, const struct replay_stats *stats)
{
    uint32_t shown = 0;
    for (uint32_t i = 0; i < REPLAY_CODES_MAX && stats->codes[i].count > 0; i++)
        printf("refused %s: %" PRIu64 "\n", stats->codes[i].code, stats->codes[i].count);
    for (uint32_t i = 0; i < run->plan->order_ids.count && shown < REFUSED_SHOWN; i++) {
        if (run->outcomes[i].state == REPLAY_REFUSED && ++shown)
            printf("%s%s", shown == 1 ? "refused orders: " : ", ",
                   run->plan->order_ids.texts[i].data);
    }
    uint64_t refused = count_outcomes(run, REPLAY_REFUSED);
    if (shown > 0)
        printf("%s (%" PRIu64 " of %u; %" PRIu64 " cancellations of them left out)\n",
               refused > shown ? ", ..." : "", refused, run->plan->order_ids.count,
               run->cancels_skipped);
}

/* Orders that the shop judged otherwise than the file in its own order does. */
static uint64_t count_surprises(const struct replay_run *run, const bool *predicted)
{
    uint64_t surprises = 0;
    for (uint32_t i = 0; i < run->plan->order_ids.count; i++) {
        bool is_accepted = run->outcomes[i].state == REPLAY_ACCEPTED;
        if (is_accepted == predicted[i])
            continue;
        if (surprises++ < BAD_LINES_SHOWN)
            (void)fprintf(stderr, "order %s was %s, the file says %s\n",
                          run->plan->order_ids.texts[i].data, is_accepted ? "accepted" : "refused",
                          predicted[i] ? "accepted" : "refused");
    }
    return surprises;
}

/* The end: what the shop holds against what it acknowledged, and against what the file leads to. */
static enum cli_exit judge(const struct replay_run *run, struct shop_client *client,
                           const struct replay_books *start, uint32_t concurrency)
{
    struct replay_books file;
    replay_books_copy(&file, start);
    bool *predicted = memory_alloc_zeroed((size_t)run->plan->order_ids.count + 1, sizeof(bool));
    replay_books_predict(&file, run->plan, predicted);
    int64_t different = replay_compare(run, client, &run->books, "what was acknowledged");
    uint64_t surprises = 0;
    if (different == 0 && concurrency == 1) {
        surprises = count_surprises(run, predicted);
        different = replay_compare(run, client, &file, "what the file says");
    }
    enum cli_exit result = different != 0 || surprises != 0 ? CLI_REFUSED : CLI_DONE;
    if (different < 0)
        result = CLI_FAILED;
    else if (result == CLI_DONE)
        printf("stock: %u products exactly as %s\n", run->plan->skus.count,
               concurrency == 1 ? "acknowledged and as the file says" : "acknowledged");
    else
        printf("stock: %" PRId64 " products differ; %" PRIu64 " orders judged differently\n",
               different, surprises);
    memory_free(predicted);
    replay_books_release(&file);
    return result;
}

static enum cli_exit replay_plan_run(struct replay_run *run, const struct replay_options *options)
{
    struct shop_client client;
    struct replay_books start;
    struct replay_stats stats;
    enum cli_exit result = CLI_FAILED;
    shop_client_open(&client, run->url, run->operator_key);
    replay_stats_init(&stats);
    if (replay_prepare(run, &client)) {
        replay_books_copy(&start, &run->books);
        uint64_t elapsed_ns = send_all(run, options->concurrency, &stats);
        uint64_t accepted = count_outcomes(run, REPLAY_ACCEPTED);
        printf("%" PRIu64 " orders placed and confirmed in %.1f s, %.0f/s, concurrency %u\n",
               accepted, (double)elapsed_ns / 1e9, (double)accepted * 1e9 / (double)elapsed_ns,
               options->concurrency);
        print_times(&stats, elapsed_ns);
        print_refusals(run, &stats);
        if (atomic_load(&run->must_stop))
            printf("stopped: no answer for %u s; %" PRIu64 " orders without one\n",
                   run->retry_seconds, count_outcomes(run, REPLAY_LOST));
        else
            result = judge(run, &client, &start, options->concurrency);
        replay_books_release(&start);
    }
    replay_stats_release(&stats);
    shop_client_close(&client);
    return result;
}

static enum cli_exit replay_file(const struct replay_options *options)
{
    struct replay_plan plan;
    struct replay_run run;
    enum cli_exit result = CLI_FAILED;
    replay_plan_init(&plan);
    http_client_global_start();
    if (read_plan(options, &plan)) {
        if (run_open(&run, options, &plan))
            result = replay_plan_run(&run, options);
        run_close(&run);
    }
    http_client_global_stop();
    if (result == CLI_DONE && plan.bad_lines > 0)
        result = CLI_REFUSED;
    replay_plan_release(&plan);
    return result;
}

static enum cli_exit run_replay(int argc, char **argv)
{
    struct replay_options options = {.url = "http://127.0.0.1:8080",
                                     .operator_key = getenv("SHOPD_OPERATOR_KEY"),
                                     .concurrency = 1,
                                     .retry_seconds = 10};
    const struct argument rows[] = {
        {"url", ARGUMENT_TEXT, &options.url, 0, 0},
        {"operator-key", ARGUMENT_TEXT, &options.operator_key, 0, 0},
        {"concurrency", ARGUMENT_U32, &options.concurrency, 1, CONCURRENCY_MAX},
        {"limit-orders", ARGUMENT_U32, &options.orders_max, 0, UINT32_MAX},
        {"retry-seconds", ARGUMENT_U32, &options.retry_seconds, 0, 3600},
        {"acks", ARGUMENT_TEXT, &options.acks, 0, 0},
    };
    struct arguments arguments = {.command = "replay",
                                  .rows = rows,
                                  .row_count = countof(rows),
                                  .operands_min = 1,
                                  .operands_max = 1};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    options.file = argv[0];
    return replay_file(&options);
}

const struct cli_command cli_replay = {
    .name = "replay",
    .summary = "send a file of orders to a running server and check the end",
    .help =
        "usage: shopd replay FILE [--url URL] [--operator-key KEY] [--concurrency N] ...\n"
        "\n"
        "Sends every order of FILE as real requests (cart, lines, checkout with an idempotency "
        "key,\n"
        "confirm) and every cancellation, then prints rates, times and refusals, and compares the\n"
        "server's stock, product by product, with its own books. With --concurrency 1 it also "
        "predicts\n"
        "from the file which orders must be refused. FILE is TSV, plain or .xz, with the columns\n"
        "order_id customer_id sku quantity kind country cancels_order; kind is S (sale) or C\n"
        "(cancellation, negative quantity). Lines of one order stand together. A cancellation "
        "that\n"
        "names no earlier order, or more than is left of it, becomes a `returned` stock movement.\n"
        "Nothing is shipped. Leave the shop alone meanwhile, or the books will differ.\n"
        "\n"
        "  --url URL            the server (http://127.0.0.1:8080)\n"
        "  --operator-key KEY   or the environment's SHOPD_OPERATOR_KEY\n"
        "  --concurrency N      connections, 1 to 1024 (1: strictly in the order of the file)\n"
        "  --limit-orders N     stop behind N orders\n"
        "  --retry-seconds N    how long to repeat a request while the server is away (10)\n"
        "  --acks FILE          append `order id TAB shop's id` for every acknowledged order\n"
        "\n"
        "Example: a year of real orders, with all the stock they need:\n"
        "\n"
        "  shopd import data/retail-catalog-2010.tsv.xz --stock-column peak_net_units --data year\n"
        "  SHOPD_OPERATOR_KEY=secret shopd serve --data year &\n"
        "  shopd replay data/retail-orders-2010.tsv.xz --operator-key secret\n"
        "\n"
        "Exit code: 0 all as it must be; 1 the stock differs, an order was judged otherwise than "
        "the\n"
        "file says, or a line is bad; 3 no connection.\n",
    .run = run_replay,
};
