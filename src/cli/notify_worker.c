/* notify_worker.c - `shopd notify-worker`: sends notices of events that come out of Kafka. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/notice_settings.h"
#include "cli/replay/http_client.h"
#include "cli/worker/worker.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

enum { FIGURES_EVERY_MS = 60000 };
#define NS_PER_MS UINT64_C(1000000)

static enum cli_exit wrong(const char *sentence)
{
    (void)fprintf(stderr, "shopd notify-worker: %s\n", sentence);
    return CLI_USAGE;
}

static sigset_t block_signals(void)
{
    sigset_t signals;
    ensure(sigemptyset(&signals) == 0);
    ensure(sigaddset(&signals, SIGTERM) == 0);
    ensure(sigaddset(&signals, SIGINT) == 0);
    ensure(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
    ensure(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    return signals;
}

static bool is_told_to_stop(const sigset_t *signals)
{
    const struct timespec now = {0};
    return sigtimedwait(signals, NULL, &now) > 0;
}

static void log_figures(const struct worker *worker)
{
    struct worker_stats stats = worker_stats(worker);
    struct courier *courier = worker_courier(worker);
    log_info("worker", "events=%" PRIu64 " under_way=%" PRIu64 " dead=%" PRIu64, stats.events,
             stats.under_way, stats.dead);
    for (uint32_t i = 0; i < courier_channel_count(courier); i++) {
        struct courier_stats channel = courier_stats(courier, i);
        log_info("channel",
                 "name=%s accepted=%" PRIu64 " again=%" PRIu64 " refused=%" PRIu64
                 " under_way=%" PRIu64 " workers=%" PRIu64,
                 channel.name, channel.accepted, channel.again, channel.refused, channel.under_way,
                 channel.workers);
    }
}

static void work(struct worker *worker, const sigset_t *signals)
{
    uint64_t next_ms = clock_monotonic_ns() / NS_PER_MS + FIGURES_EVERY_MS;
    while (!is_told_to_stop(signals)) {
        worker_step(worker);
        uint64_t now_ms = clock_monotonic_ns() / NS_PER_MS;
        if (now_ms < next_ms)
            continue;
        log_figures(worker);
        next_ms = now_ms + FIGURES_EVERY_MS;
    }
}

static enum cli_exit run(const struct config *config)
{
    struct worker_options options = {.kafka = kafka_settings_of(config),
                                     .group = config->worker_group,
                                     .shop_url = config->worker_shop_url,
                                     .shop_key = config->worker_key,
                                     .events_max = config->worker_events_max,
                                     .session_ms = config->worker_session_ms};
    if (config->kafka_brokers[0] == '\0')
        return wrong("kafka_brokers is not set");
    if (config->worker_key[0] == '\0')
        return wrong(
            "worker_key is not set: the environment's SHOPD_WORKER_KEY, or the settings' file");
    if (!notice_settings_read(config, &options.notify))
        return CLI_USAGE;
    sigset_t signals = block_signals();
    struct worker *worker = worker_open(&options);
    if (worker == NULL)
        return CLI_FAILED;
    printf("shopd notify-worker " SHOPD_VERSION " is in group %s\n", config->worker_group);
    (void)fflush(stdout);
    work(worker, &signals);
    log_figures(worker);
    worker_close(worker);
    log_info("stopped", NULL);
    return CLI_DONE;
}

static enum cli_exit notify_worker_run(int argc, char **argv)
{
    struct config *config = memory_alloc_zeroed(1, sizeof(*config));
    const struct arguments arguments = {.command = "notify-worker", .config = config};
    uint32_t operand_count;
    enum cli_exit code = CLI_USAGE;
    if (arguments_parse(&arguments, argc, argv, &operand_count)) {
        log_set_level((enum log_level)config->log_level);
        code = run(config);
    }
    memory_free(config);
    return code;
}

const struct cli_command cli_notify_worker = {
    .name = "notify-worker",
    .summary = "send notices of events that come out of Kafka",
    .help =
        "usage: shopd notify-worker [--config FILE] [--SETTING VALUE]...\n"
        "\n"
        "Joins the consumer group of the workers and sends what people are to be told of events,\n"
        "through the channels of the settings, as `shopd serve` does when there are no workers.\n"
        "Any number may run; they share the partitions. An event counts as done when a provider "
        "has\n"
        "taken every message it gave, or when the shop has been told that none will; so kill -9\n"
        "loses nothing, and a message may come twice with the same id. How somebody is reached is\n"
        "asked of the shop: nothing personal is in Kafka.\n"
        "\n"
        "  SHOPD_WORKER_KEY          key with the scope notify:write, by `shopd key create`\n"
        "  --worker-shop-url URL     where the shop is\n"
        "  --kafka-brokers LIST      HOST:PORT, commas between\n"
        "  --channels LIST           smtp, sendgrid, twilio, fcm, chat\n"
        "\n"
        "The shop needs `kafka_brokers` and `notices_by = workers`. SIGTERM: finishes what is "
        "under\n"
        "way and leaves the group.\n"
        "\n"
        "examples:\n"
        "  shopd key create worker --scopes notify:write --data my-shop\n"
        "  SHOPD_WORKER_KEY=key_... shopd notify-worker --config worker.conf\n",
    .run = notify_worker_run,
};
