/* top.c - `shopd top`: what a running shop is doing, on the terminal. */
#include "base/clock.h"
#include "cli/arguments.h"
#include "cli/replay/http_client.h"
#include "cli/top/top_view.h"

#include <stdio.h>
#include <unistd.h>

enum { INTERVAL_MS_MIN = 50, INTERVAL_MS_MAX = 60000, ROUTES_MOST = 200 };
#define NS_PER_MS UINT64_C(1000000)
#define CLEAR     "\033[H\033[2J"

struct top {
    const char *url;
    uint32_t interval_ms;
    uint32_t routes_max;
    bool is_once;
};

static bool take_scrape(struct http_client *client, struct scrape *scrape_out)
{
    const struct http_request request = {.method = "GET", .path = "/metrics"};
    struct http_answer answer = http_client_send(client, &request);
    scrape_read(scrape_out, http_client_body(client), clock_monotonic_ns());
    return answer.status == 200;
}

/* One picture after the other; false when the server does not answer (any more). */
static bool show(const struct top *top, struct http_client *client)
{
    const struct top_view view = {.url = top->url, .routes_max = top->routes_max};
    bool is_terminal = isatty(STDOUT_FILENO) == 1 && !top->is_once;
    struct scrape before;
    struct buffer out;
    buffer_init(&out, 8192);
    bool ok = take_scrape(client, &before);
    for (bool goes_on = ok; goes_on;) {
        struct scrape now;
        clock_sleep_ns(top->interval_ms * NS_PER_MS);
        ok = take_scrape(client, &now);
        if (ok) {
            buffer_reset(&out);
            top_view_write(&out, &view, &(struct span){&before, &now});
            (void)fputs(is_terminal ? CLEAR : "", stdout);
            (void)fwrite(out.data, 1, out.length, stdout);
        }
        scrape_release(&before);
        before = now;
        goes_on = ok && !top->is_once && fflush(stdout) == 0;
    }
    scrape_release(&before);
    buffer_release(&out);
    return ok;
}

static enum cli_exit run_top(int argc, char **argv)
{
    struct top top = {.url = "http://127.0.0.1:8080", .interval_ms = 2000, .routes_max = 15};
    const struct argument rows[] = {
        {"once", ARGUMENT_FLAG, &top.is_once, 0, 0},
        {"interval-ms", ARGUMENT_U32, &top.interval_ms, INTERVAL_MS_MIN, INTERVAL_MS_MAX},
        {"routes", ARGUMENT_U32, &top.routes_max, 1, ROUTES_MOST},
    };
    const struct arguments arguments = {
        .command = "top", .rows = rows, .row_count = countof(rows), .operands_max = 1};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    if (operand_count > 0)
        top.url = argv[0];
    http_client_global_start();
    struct http_client *client = http_client_open(top.url, NULL);
    bool ok = show(&top, client);
    http_client_close(client);
    http_client_global_stop();
    if (ok)
        return CLI_DONE;
    (void)fprintf(stderr, "shopd top: no metrics at %s/metrics: is it a running shopd?\n", top.url);
    return CLI_FAILED;
}

const struct cli_command cli_top = {
    .name = "top",
    .summary = "what a running shop is doing, live",
    .help =
        "usage: shopd top [URL] [--once] [--interval-ms N] [--routes N]\n"
        "\n"
        "Reads URL/metrics every two seconds and shows what happened in between, until Ctrl-C.\n"
        "\n"
        "  route        the busiest: answers per second, how many of them were 5xx, how long the\n"
        "               middle one (p50) and the slowest percent (p99) took. The bar is the p99: a "
        "#\n"
        "               for 50 us, one more for 100 us, 250 us, 500 us, 1 ms, 2.5 ms ... 10 s\n"
        "  a write      where its time goes: waiting to be decided (queue), its batch being "
        "decided\n"
        "               (decide) and made durable (record), the way back (answer). A long queue "
        "with\n"
        "               a short record: the processor is full. A long record: the disk\n"
        "  queues       commands that wait, by priority; near 0 when all is well\n"
        "  tables       how far the tables of shop.db are behind the journal; some seconds are "
        "normal\n"
        "  followers    seconds that notices, streams, search and Kafka are behind\n"
        "\n"
        "  URL              where the shop is (http://127.0.0.1:8080); /metrics must be reachable\n"
        "  --once           one picture, then done: for scripts\n"
        "  --interval-ms N  between two looks (2000)\n"
        "  --routes N       lines of routes at most (15)\n"
        "\n"
        "examples:\n"
        "  shopd top\n"
        "  shopd top http://10.0.0.1:8080 --interval-ms 500\n"
        "  shopd top --once | grep checkout\n"
        "\n"
        "Exit code: 0 done, 2 usage, 3 the shop does not answer.\n",
    .run = run_top,
};
