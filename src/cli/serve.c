/* serve.c - `shopd serve`: opens the shop and answers HTTP until it is told to stop. */
#include "api/api.h"
#include "app/scheduler.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/arguments.h"
#include "cli/callback_secrets.h"
#include "cli/command.h"
#include "cli/notices.h"
#include "cli/operator_key.h"
#include "cli/shop_open.h"
#include "cli/takeover.h"
#include "config/config.h"
#include "net/server.h"
#include "store/postgres/reach.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { NS_PER_MS = 1000 * 1000 };

/* Everything that runs, in the order it was brought up. */
struct serving {
    struct config config;
    struct operator_key key;
    struct callback_secrets payment_secrets;
    struct callback_secrets shipment_secrets;
    struct callbacks callbacks;
    struct tiers tiers;
    struct open_shop open;
    struct scheduler *scheduler;
    struct notices notices;
    struct api *api;
    struct workers *workers;
    struct server *server;
    struct takeover_sockets
        listeners; /* of whoever listened before; the server's once it is open */
    struct takeover_offer offer;
    bool is_taken_over; /* by a successor, who waits for the folder */
    bool is_overtaken;  /* what is in memory is not what is in the store: it begins anew */
    int signals_fd;
};

static bool read_settings(int argc, char **argv, struct config *config_out)
{
    const struct arguments arguments = {.command = "serve", .config = config_out};
    uint32_t operand_count;
    return arguments_parse(&arguments, argc, argv, &operand_count);
}

static struct server_options options_of_server(struct serving *serving)
{
    const struct config *config = &serving->config;
    struct server_options options = server_defaults();
    options.address = config->listen.host;
    options.port = config->listen.port;
    options.loops = config->loops;
    options.loops_pinned = config->loops_pinned != 0;
    options.backlog = config->backlog;
    options.listeners = serving->listeners.fds;
    options.listener_count = serving->listeners.count;
    options.connections_max = config->connections_max;
    options.header_bytes_max = config->header_bytes_max;
    options.body_bytes_max = config->body_bytes_max;
    options.idle_timeout_ms = config->idle_timeout_ms;
    options.read_timeout_ms = config->read_timeout_ms;
    options.write_timeout_ms = config->write_timeout_ms;
    options.drain_idle_ms = config->drain_idle_ms;
    options.headers = EDGE_HEADERS;
    options.handler = api_handler;
    options.refuse = api_refuse;
    options.thread_start = api_thread_start;
    options.thread_stop = api_thread_stop;
    options.context = serving->api;
    return options;
}

static void read_edge(const struct config *config, struct edge *edge_out)
{
    bool is_read = networks_read(text_of(config->trusted_proxies), &edge_out->trusted_proxies);
    ensure(is_read); /* the settings were checked */
    cors_init(&edge_out->cors, text_of(config->cors_origins), config->cors_max_age_s);
    edge_out->rate = (struct rate){
        .policies = {[RATE_ADDRESS] = {config->rate_address_per_s, config->rate_address_burst},
                     [RATE_KEY] = {config->rate_key_per_s, config->rate_key_burst}},
    };
    is_read = networks_read(text_of(config->rate_exempt), &edge_out->rate.exempt);
    ensure(is_read);
    edge_out->json_depth_max = config->json_depth_max;
    edge_out->access_log = config->access_log;
}

static struct workers *open_workers(const struct config *config)
{
    const struct workers_options options = {
        .threads = config->password_threads,
        .tasks_max = config->password_queue_max,
    };
    return workers_open(&options);
}

static struct api *open_api(struct serving *serving)
{
    const struct config *config = &serving->config;
    struct api_options options = {
        .executor = serving->open.executor,
        .view = serving->open.view,
        .search = serving->open.search,
        .store = serving->open.store,
        .credentials = serving->open.credentials,
        .workers = serving->workers,
        .password_cost = {config->password_passes, config->password_memory_kib},
        .session_life_ms = (uint64_t)config->session_hours * 3600000,
        .reset_life_ms = (uint64_t)config->reset_minutes * 60000,
        .review_text_max = config->review_text_max,
        .tiers = &serving->tiers,
        .login_guard.per_hour =
            {
                [LOGIN_OF_ADDRESS] = config->login_tries_per_hour_address,
                [LOGIN_OF_PAIR] = config->login_tries_per_hour,
                [LOGIN_OF_ACCOUNT] = config->login_tries_per_hour_account,
                [REGISTRATION_OF_ADDRESS] = config->registrations_per_hour,
                [RESET_OF_ADDRESS] = config->resets_per_hour * 10,
                [RESET_OF_ACCOUNT] = config->resets_per_hour,
            },
        .operator_key = text_of(serving->key.text),
        .epoch = serving->open.epoch,
        .callbacks = &serving->callbacks,
        .scheduler = serving->scheduler,
        .payment_ms = serving->open.shop.timeouts.payment_ms,
        .courier = serving->notices.courier,
        .ledger = serving->notices.ledger,
        .live = serving->notices.live,
        .event_sink = serving->notices.event_sink,
        .followers = serving->notices.followers,
        .follower_count = serving->notices.follower_count,
        .data_folder = config->data,
        .region = config->region,
        .read_behind_max_s = config->read_behind_max_s,
        .health = {.interval_ms = config->health_interval_ms,
                   .checkout_p99_ms = config->health_checkout_p99_ms,
                   .failures_basis_points = config->health_failures_basis_points,
                   .answers_min = config->health_answers_min},
    };
    read_edge(&serving->config, &options.edge);
    options.rate_clients_max = serving->config.rate_clients_max;
    store_secret(serving->open.store, options.secret);
    return api_open(&options);
}

static bool read_secrets(struct serving *serving)
{
    const struct config *config = &serving->config;
    if (!callback_secrets_get(config->payment_secrets, config->payment_secrets_file,
                              &serving->payment_secrets) ||
        !callback_secrets_get(config->shipment_secrets, config->shipment_secrets_file,
                              &serving->shipment_secrets))
        return false;
    serving->callbacks = (struct callbacks){
        .payment = serving->payment_secrets.secrets,
        .shipment = serving->shipment_secrets.secrets,
        .tolerance_ms = (uint64_t)config->callback_tolerance_s * 1000,
    };
    return true;
}

static struct scheduler *open_scheduler(struct serving *serving)
{
    struct scheduler_options options = scheduler_defaults(serving->open.executor);
    options.timeouts = serving->open.shop.timeouts;
    options.tick_ms = serving->config.timeout_tick_ms;
    return scheduler_open(&options);
}

static void greet(const struct serving *serving)
{
    const struct config_listen *listen = &serving->config.listen;
    bool is_ipv6 = strchr(listen->host, ':') != NULL;
    uint16_t port = server_port(serving->server);
    printf("shopd " SHOPD_VERSION " is ready at http://%s%s%s:%u\n", is_ipv6 ? "[" : "",
           listen->host, is_ipv6 ? "]" : "", port);
    printf("  data folder   %s%s, open after %" PRIu64 " ms\n", serving->config.data,
           serving->open.is_new ? " (new)" : "", serving->open.load_ms);
    if (serving->key.is_new)
        printf("  operator key  %s   (shown this once, kept in %s/operator.key)\n",
               serving->key.text, serving->config.data);
    (void)fflush(stdout);
    log_info("listening", "address=%s port=%u epoch=%" PRIu64, listen->host, port,
             serving->open.epoch);
}

static void reload(struct serving *serving, int argc, char **argv)
{
    struct config *fresh = memory_alloc_zeroed(1, sizeof *fresh); /* two are much for a stack */
    if (read_settings(argc, argv, fresh)) {
        bool needs_restart = config_reload(&serving->config, fresh);
        log_set_level((enum log_level)serving->config.log_level);
        log_info("settings reloaded", "restart_needed=%s", needs_restart ? "true" : "false");
    } else {
        log_error("settings not reloaded", "reason=refused");
    }
    memory_free(fresh);
}

/* The signals that main() waits for; blocked before the first thread starts, so in every thread. */
static sigset_t block_signals(void)
{
    sigset_t signals;
    ensure(sigemptyset(&signals) == 0);
    ensure(sigaddset(&signals, SIGTERM) == 0);
    ensure(sigaddset(&signals, SIGINT) == 0);
    ensure(sigaddset(&signals, SIGHUP) == 0);
    ensure(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
    ensure(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    return signals;
}

/* True: it was one to stop. */
static bool take_signal(struct serving *serving, int argc, char **argv)
{
    struct signalfd_siginfo signal_info;
    ssize_t size = read(serving->signals_fd, &signal_info, sizeof(signal_info));
    ensure(size == (ssize_t)sizeof(signal_info));
    if (signal_info.ssi_signo == SIGHUP) {
        reload(serving, argc, argv);
        return false;
    }
    log_info("stopping", "signal=%s", signal_info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
    return true;
}

/* Until a signal to stop comes, a successor has taken the sockets, or the shop is to be opened
 * anew.
 */
static void wait_for_stop(struct serving *serving, int argc, char **argv)
{
    for (;;) {
        struct pollfd waiting[] = {{.fd = serving->signals_fd, .events = POLLIN},
                                   {.fd = serving->offer.fd, .events = POLLIN},
                                   {.fd = serving->open.overtaken_fd, .events = POLLIN}};
        int count = poll(waiting, countof(waiting), -1);
        ensure(count > 0 || errno == EINTR);
        if (count <= 0)
            continue;
        if (waiting[0].revents != 0 && take_signal(serving, argc, argv))
            return;
        if (waiting[1].revents != 0 && takeover_offer_answer(&serving->offer, serving->server)) {
            log_info("stopping", "reason=\"a successor takes over\"");
            serving->is_taken_over = true;
            return;
        }
        if (waiting[2].revents != 0) {
            log_info("stopping", "reason=\"another process recorded first, beginning anew\"");
            serving->is_overtaken = true;
            return;
        }
    }
}

/* Where balancers look at /readyz: they send nobody here any more before the port is closed. */
static void give_notice(struct serving *serving)
{
    server_announce_drain(serving->server);
    clock_sleep_ns((uint64_t)serving->config.drain_notice_ms * NS_PER_MS);
}

/* Requests first, then those who follow the events, then the commands that requests left behind,
 * then what those were answered through: what nobody has followed yet is at the next start. A
 * second signal ends the process at once, which loses no acknowledged write. */
static void stop(struct serving *serving, const sigset_t *signals)
{
    ensure(pthread_sigmask(SIG_UNBLOCK, signals, NULL) == 0);
    (void)close(serving->signals_fd);
    takeover_offer_close(&serving->offer);
    if (!serving->is_taken_over && !serving->is_overtaken)
        give_notice(serving);
    serving->listeners.count = 0;
    if (serving->is_overtaken && !takeover_keep(serving->server, &serving->listeners))
        log_warning("connections are refused until the next start", NULL);
    server_drain(serving->server, serving->config.drain_timeout_ms);
    scheduler_stop(serving->scheduler);
    notices_stop(&serving->notices);
    workers_stop(serving->workers);
    shop_stop(&serving->open);
    server_close(serving->server);
    api_close(serving->api);
    scheduler_close(serving->scheduler);
    workers_close(serving->workers);
    notices_close(&serving->notices);
    shop_close(&serving->open);
    log_info("stopped", NULL);
}

/* Before the folder is opened: whoever has it gives it back only when asked. */
static bool find_listeners(struct serving *serving)
{
    if (!takeover_inherit(&serving->listeners))
        return false;
    return serving->listeners.count > 0 || serving->config.takeover_wait_ms == 0 ||
           takeover_ask(serving->config.data, &serving->listeners);
}

/* Nothing is open and nobody was answered. The log's functions are not for signal handlers. */
static void leave_at_once(int signal_number)
{
    static const char line[] = "stopping: told to while it waited for the database\n";
    (void)signal_number;
    (void)!write(STDERR_FILENO, line, sizeof line - 1);
    _exit(CLI_DONE);
}

static struct reach_options options_of_reach(const struct config *config)
{
    return (struct reach_options){.url = config->postgres,
                                  .region = config->region,
                                  .wait_ms = config->postgres_wait_ms,
                                  .most_s = config->postgres_start_wait_s,
                                  .is_read_only = config->read_only != 0};
}

/* False: waiting does not help, or not in time; the reason is printed. There is no thread yet that
 * signals could go to. */
static bool wait_for_database(const struct config *config, const sigset_t *signals,
                              struct reach *reach)
{
    const struct reach_options options = options_of_reach(config);
    sigset_t stopping = *signals;
    if (config->postgres[0] == '\0')
        return true;
    ensure(sigdelset(&stopping, SIGHUP) == 0);
    ensure(signal(SIGTERM, leave_at_once) != SIG_ERR);
    ensure(signal(SIGINT, leave_at_once) != SIG_ERR);
    ensure(pthread_sigmask(SIG_UNBLOCK, &stopping, NULL) == 0);
    struct err err = reach_database(reach, &options);
    ensure(pthread_sigmask(SIG_BLOCK, &stopping, NULL) == 0);
    ensure(signal(SIGTERM, SIG_DFL) != SIG_ERR);
    ensure(signal(SIGINT, SIG_DFL) != SIG_ERR);
    if (err.code != ERR_NONE)
        (void)fprintf(stderr, "shopd: the shared store cannot be opened: the line above says "
                              "why\n");
    return err.code == ERR_NONE;
}

static enum cli_exit open_once(struct serving *serving, struct reach *reach)
{
    serving->notices.is_store_away = false;
    enum cli_exit code = shop_open_in_start(&serving->config, reach, &serving->open);
    if (code != CLI_DONE)
        return code;
    if (operator_key_get(serving->config.operator_key, serving->config.data, &serving->key) &&
        notices_open(&serving->notices, &serving->config, &serving->open))
        return CLI_DONE;
    shop_close(&serving->open);
    return CLI_FAILED;
}

/* A shared database may be lost again while the shop is opened. */
static enum cli_exit open_shop_and_notices(struct serving *serving, const sigset_t *signals,
                                           struct reach *reach)
{
    const struct reach_options options = options_of_reach(&serving->config);
    for (;;) {
        enum cli_exit code = open_once(serving, reach);
        if (code == CLI_DONE)
            reach_end(reach, &options);
        if (code == CLI_DONE || !(serving->open.is_store_away || serving->notices.is_store_away))
            return code;
        if (!wait_for_database(&serving->config, signals, reach))
            return CLI_FAILED;
    }
}

/* One that is to be succeeded serves on until the database is there. */
static enum cli_exit start(struct serving *serving, const sigset_t *signals)
{
    struct reach reach = {0};
    if (!read_secrets(serving) || !tiers_of(&serving->config, &serving->tiers))
        return CLI_USAGE;
    if (!wait_for_database(&serving->config, signals, &reach) || !find_listeners(serving))
        return CLI_FAILED;
    enum cli_exit code = open_shop_and_notices(serving, signals, &reach);
    if (code != CLI_DONE)
        return code;
    serving->workers = open_workers(&serving->config);
    serving->scheduler = open_scheduler(serving);
    serving->api = open_api(serving);
    struct server_options options = options_of_server(serving);
    serving->server = server_open(&options);
    if (serving->server == NULL) {
        api_close(serving->api);
        scheduler_close(serving->scheduler);
        workers_close(serving->workers);
        notices_close(&serving->notices);
        shop_close(&serving->open);
        return CLI_FAILED;
    }
    executor_start(serving->open.executor);
    if (serving->config.read_only == 0)
        scheduler_start(serving->scheduler);
    live_attach_server(serving->notices.live, serving->server);
    notices_start(&serving->notices);
    api_attach_server(serving->api, serving->server);
    server_start(serving->server);
    takeover_offer_open(&serving->offer, serving->config.data);
    return CLI_DONE;
}

/* With what main() was given: the name and the command go before our arguments. */
static void begin_anew(const struct serving *serving, int argc, char **argv)
{
    static char name[] = "shopd";
    static char command[] = "serve";
    char **all = memory_alloc_zeroed((size_t)argc + 3, sizeof(*all));
    all[0] = name;
    all[1] = command;
    for (int i = 0; i < argc; i++)
        all[2 + i] = argv[i];
    takeover_start_anew(&serving->listeners, all);
    memory_free(all);
}

static enum cli_exit serve(struct serving *serving, int argc, char **argv)
{
    if (!read_settings(argc, argv, &serving->config))
        return CLI_USAGE;
    sigset_t signals = block_signals();
    enum cli_exit code = start(serving, &signals);
    if (code != CLI_DONE)
        return code;
    serving->signals_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    ensure(serving->signals_fd >= 0);
    greet(serving);
    wait_for_stop(serving, argc, argv);
    stop(serving, &signals);
    if (!serving->is_overtaken)
        return CLI_DONE;
    if (serving->listeners.count > 0)
        begin_anew(serving, argc, argv);
    return CLI_FAILED; /* whoever looks after the process starts it again */
}

static enum cli_exit serve_run(int argc, char **argv)
{
    struct serving *serving = memory_alloc_zeroed(1, sizeof(*serving)); /* much for a stack */
    enum cli_exit code = serve(serving, argc, argv);
    memory_free(serving);
    return code;
}

const struct cli_command cli_serve = {
    .name = "serve",
    .summary = "run the server",
    .help =
        "usage: shopd serve [--data DIR] [--listen HOST:PORT] [--config FILE] [--SETTING "
        "VALUE]...\n"
        "\n"
        "Opens the shop in the data folder, or creates one there, and serves the HTTP API until "
        "it\n"
        "gets SIGTERM or SIGINT. It then finishes what is open; a second signal ends it at once.\n"
        "Acknowledged writes survive that, kill -9 and a power cut. SIGHUP reads the settings "
        "again.\n"
        "Sockets passed by systemd (LISTEN_FDS) are served; --takeover-wait-ms takes those of the\n"
        "shopd that runs on the folder, and its place.\n"
        "\n"
        "  --data DIR          the data folder (default ./shop-data)\n"
        "  --listen HOST:PORT  where to serve (default 127.0.0.1:8080; port 0 = a free one)\n"
        "  --config FILE       settings, `name = value` lines\n"
        "  --SETTING VALUE     any setting of `shopd config`, with dashes: --log-level debug\n"
        "\n"
        "The operator key is SHOPD_OPERATOR_KEY, or else DIR/operator.key, which is made and "
        "shown\n"
        "at the first start.\n"
        "\n"
        "examples:\n"
        "  shopd serve\n"
        "  curl http://127.0.0.1:8080/readyz\n"
        "  SHOPD_OPERATOR_KEY=... shopd serve --data /var/lib/shopd --listen 0.0.0.0:80\n"
        "  shopd config > shopd.conf && shopd serve --config shopd.conf\n",
    .run = serve_run,
};
