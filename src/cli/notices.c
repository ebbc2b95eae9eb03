#include "cli/notices.h"

#include "api/public_id.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/ledger_bring.h"
#include "cli/notice_settings.h"
#include "store/postgres/database_postgres.h"
#include "store/sqlite/database_sqlite.h"

#include <stdio.h>
#include <string.h>

enum { FOLLOW_LINGER_MS = 20 };

static void write_id(const void *context, enum notice_id type, uint64_t number,
                     char id_out[NOTICE_ID_SIZE])
{
    const struct notices *notices = context;
    static const enum public_id_type types[] = {[NOTICE_ID_ORDER] = ID_ORDER,
                                                [NOTICE_ID_PRODUCT] = ID_PRODUCT,
                                                [NOTICE_ID_CUSTOMER] = ID_CUSTOMER,
                                                [NOTICE_ID_CART] = ID_CART,
                                                [NOTICE_ID_CONTACT] = ID_CONTACT};
    char id[PUBLIC_ID_SIZE];
    public_id_write(notices->secret, types[type], number, id);
    (void)snprintf(id_out, NOTICE_ID_SIZE, "%s", id);
}

/* A database that several shopd share has what they owe, too. */
static struct err open_database(const struct config *config, struct database **database_out)
{
    const struct database_postgres_options shared = {.url = config->postgres,
                                                     .region = config->region,
                                                     .wait_ms = config->postgres_wait_ms,
                                                     .is_read_only = config->read_only != 0};
    if (config->postgres[0] == '\0')
        return database_sqlite_open(config->data, LEDGER_FILE, database_out);
    *database_out = database_postgres_open(&shared);
    return OK;
}

static struct err open_ledger(struct notices *notices, const struct config *config,
                              const struct open_shop *open)
{
    struct ledger_options options = {.timeline = open->shop.timeline,
                                     .lease_ms = config->teller_lease_ms};
    struct ledger_brought brought;
    TRY(open_database(config, &options.database));
    TRY(ledger_open(&options, &notices->ledger));
    if (config->read_only != 0)
        return OK;
    return ledger_bring(config->data, notices->ledger, &brought);
}

static bool open_parts(struct notices *notices, const struct config *config, struct open_shop *open)
{
    if (!notice_settings_read(config, &notices->settings))
        return false;
    notices->settings.secret = notices->secret;
    struct err err = open_ledger(notices, config, open);
    notices->is_store_away = config->postgres[0] != '\0' && err.code == ERR_OVERLOADED;
    if (err.code != ERR_NONE)
        return false;
    if (config->read_only != 0)
        return true; /* others tell */
    const struct courier_options courier = {.ledger = notices->ledger,
                                            .store = open->store,
                                            .settings = &notices->settings,
                                            .now_ms = clock_wall_ms};
    notices->courier = courier_open(&courier);
    return notices->courier != NULL;
}

static void add_follower(struct notices *notices, const struct open_shop *open,
                         const struct follower_ops *ops, void *context)
{
    const struct follower_options options = {.ops = ops,
                                             .context = context,
                                             .feed = open->feed,
                                             .store = open->store,
                                             .linger_ms = FOLLOW_LINGER_MS,
                                             .now_ms = clock_wall_ms};
    ensure(notices->follower_count < FOLLOWERS_MAX);
    notices->followers[notices->follower_count++] = follower_open(&options);
}

static void open_notice_follower(struct notices *notices, const struct open_shop *open,
                                 const struct notice_writer *writer)
{
    const struct notice_follower_options options = {.executor = open->executor,
                                                    .ledger = notices->ledger,
                                                    .courier = notices->courier,
                                                    .feed = open->feed,
                                                    .writer = *writer,
                                                    .by_workers = notices->by_workers};
    notices->notice_follower = notice_follower_open(&options);
    add_follower(notices, open, &notice_follower_ops, notices->notice_follower);
    if (ledger_is_shared(notices->ledger))
        add_follower(notices, open, &erasure_follower_ops, notices->notice_follower);
}

static bool open_event_sink(struct notices *notices, const struct config *config,
                            const struct open_shop *open, const struct notice_writer *writer)
{
    if (config->kafka_brokers[0] == '\0')
        return true;
    const struct event_sink_options options = {.kafka = kafka_settings_of(config),
                                               .buffer_kib = config->kafka_buffer_kib,
                                               .wait_ms = config->kafka_wait_ms,
                                               .executor = open->executor,
                                               .ledger = notices->ledger,
                                               .feed = open->feed,
                                               .writer = *writer,
                                               .by_workers = notices->by_workers};
    notices->event_sink = event_sink_open(&options);
    if (notices->event_sink != NULL)
        add_follower(notices, open, &event_sink_ops, notices->event_sink);
    return notices->event_sink != NULL;
}

static void open_live(struct notices *notices, const struct config *config,
                      const struct open_shop *open)
{
    struct live_options live = {
        .executor = open->executor, .feed = open->feed, .streams_max = config->streams_max};
    memcpy(live.secret, notices->secret, sizeof(live.secret));
    notices->live = live_open(&live);
    add_follower(notices, open, &live_follower_ops, notices->live);
}

/* Who sends notices from now on. */
static bool read_who(struct notices *notices, const struct config *config)
{
    bool by_workers = strcmp(config->notices_by, "workers") == 0;
    if (!by_workers && strcmp(config->notices_by, "server") != 0) {
        log_error("setting refused", "name=notices_by reason=\"server or workers\"");
        return false;
    }
    if (by_workers && config->kafka_brokers[0] == '\0') {
        log_error("setting refused",
                  "name=notices_by reason=\"workers need kafka_brokers to hear of events\"");
        return false;
    }
    notices->by_workers = by_workers;
    return true;
}

bool notices_open(struct notices *notices, const struct config *config, struct open_shop *open)
{
    *notices = (struct notices){0};
    store_secret(open->store, notices->secret);
    const struct notice_writer writer = {.timeline = open->shop.timeline,
                                         .view = open->view,
                                         .write_id = write_id,
                                         .id_context = notices,
                                         .tracking_url = config->tracking_url};
    bool tells = config->read_only == 0;
    if (!open_parts(notices, config, open) || !read_who(notices, config) ||
        (tells && !open_event_sink(notices, config, open, &writer))) {
        notices_close(notices);
        return false;
    }
    if (tells)
        open_notice_follower(notices, open, &writer);
    open_live(notices, config, open);
    return true;
}

void notices_start(struct notices *notices)
{
    if (notices->courier != NULL)
        courier_start(notices->courier);
    for (uint32_t i = 0; i < notices->follower_count; i++)
        follower_start(notices->followers[i]);
}

void notices_stop(struct notices *notices)
{
    for (uint32_t i = 0; i < notices->follower_count; i++)
        follower_stop(notices->followers[i]);
}

void notices_close(struct notices *notices)
{
    for (uint32_t i = 0; i < notices->follower_count; i++)
        follower_close(notices->followers[i]);
    notices->follower_count = 0;
    live_close(notices->live);
    notices->live = NULL;
    event_sink_close(notices->event_sink);
    notices->event_sink = NULL;
    courier_close(notices->courier);
    notice_follower_close(notices->notice_follower);
    if (notices->ledger != NULL)
        ledger_release(notices->ledger);
    ledger_close(notices->ledger);
    notices->courier = NULL;
    notices->notice_follower = NULL;
    notices->ledger = NULL;
}
