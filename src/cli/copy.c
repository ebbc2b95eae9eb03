/* copy.c - `shopd copy`: a shop from its data folder into a shared database, and back. */
#include "cli/arguments.h"
#include "cli/ledger_bring.h"
#include "store/postgres/database_postgres.h"
#include "store/postgres/store_postgres.h"
#include "store/sqlite/store_sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct copy {
    const struct config *config;
    const char *folder;
    const char *url;
    bool is_up; /* into the database */
};

/* What is copied from is only read: a standby will do. */
static struct store_postgres_options shared_options(const struct copy *copy)
{
    return (struct store_postgres_options){
        .url = copy->url,
        .region = copy->config->region,
        .wait_ms = copy->config->postgres_wait_ms,
        .is_read_only = !copy->is_up,
    };
}

/* What people are owed, and webhooks: it lies beside the store. */
static struct err copy_ledger(const struct copy *copy,
                              struct err (*bring)(const char *folder, struct ledger *ledger,
                                                  struct ledger_brought *brought_out),
                              struct ledger_brought *brought_out)
{
    const struct database_postgres_options shared = {
        .url = copy->url,
        .region = copy->config->region,
        .wait_ms = copy->config->postgres_wait_ms,
        .is_read_only = !copy->is_up,
    };
    const struct ledger_options options = {.database = database_postgres_open(&shared),
                                           .lease_ms = copy->config->teller_lease_ms};
    struct ledger *ledger;
    TRY(ledger_open(&options, &ledger));
    struct err err = bring(copy->folder, ledger, brought_out);
    ledger_close(ledger);
    return err;
}

static void tell_brought(const struct ledger_brought *brought)
{
    printf("%" PRIu32 " notices owed, %" PRIu32 " webhooks and %" PRIu32 " of their tries copied\n",
           brought->deliveries, brought->webhooks, brought->tries);
    if (brought->webhooks_left > 0)
        printf("%" PRIu32 " webhooks left behind, with what waits for them: there are others\n",
               brought->webhooks_left);
}

static enum cli_exit report(const struct copy *copy, struct err err, uint64_t events,
                            const struct ledger_brought *brought)
{
    if (err.code == ERR_NONE) {
        printf("%" PRIu64 " events copied; `shopd audit` proves it on either side\n", events);
        tell_brought(brought);
        return CLI_DONE;
    }
    (void)fprintf(stderr,
                  "shopd copy: not done, the line above says why; what is in %s or in the "
                  "region %s now is of no use\n",
                  copy->folder, copy->config->region);
    return CLI_FAILED;
}

static enum cli_exit copy_to_postgres(const struct copy *copy)
{
    struct store_sqlite_options folder = store_sqlite_defaults(copy->folder);
    struct store_postgres_options shared = shared_options(copy);
    struct store_postgres_source source = {.read_contacts = store_sqlite_read_contacts};
    struct ledger_brought brought = {0};
    uint8_t secret[HASH_SECRET_SIZE];
    folder.must_exist = true;
    struct err err = store_sqlite_open(&folder, &source.store);
    if (err.code != ERR_NONE)
        return report(copy, err, 0, &brought);
    store_secret(source.store, secret);
    shared.secret = secret;
    err = store_postgres_fill(&shared, &source);
    uint64_t events = source.store->recorded_event;
    store_close(source.store);
    if (err.code == ERR_NONE)
        err = copy_ledger(copy, ledger_bring, &brought);
    return report(copy, err, events, &brought);
}

static struct err open_folder(void *context, const uint8_t secret[HASH_SECRET_SIZE],
                              struct store **copy_out)
{
    struct store_sqlite_options options = store_sqlite_defaults(context);
    options.secret = secret;
    return store_sqlite_open(&options, copy_out);
}

/* What a replica keeps beside the database is all that an embedded shop needs. */
static enum cli_exit copy_to_folder(const struct copy *copy)
{
    char folder[CONFIG_TEXT_SIZE];
    struct store_postgres_options shared = shared_options(copy);
    struct store *store = NULL;
    struct ledger_brought brought = {0};
    (void)snprintf(folder, sizeof folder, "%s", copy->folder);
    if (access(folder, F_OK) == 0) {
        (void)fprintf(stderr, "shopd copy: %s is there already; name a new folder\n", folder);
        return CLI_REFUSED;
    }
    shared.open_copy = open_folder;
    shared.context = folder;
    struct err err = store_postgres_open(&shared, &store);
    if (err.code == ERR_NONE)
        err = store_fold_now(store);
    uint64_t events = store == NULL ? 0 : store->recorded_event;
    store_close(store);
    if (err.code == ERR_NONE)
        err = copy_ledger(copy, ledger_bring_back, &brought);
    return report(copy, err, events, &brought);
}

/* "sqlite:DIR" gives DIR; NULL for anything else. */
static const char *folder_of(const char *place)
{
    static const char prefix[] = "sqlite:";
    return strncmp(place, prefix, sizeof prefix - 1) == 0 ? place + sizeof prefix - 1 : NULL;
}

/* A URL, or "postgres" for the one of the settings; NULL for anything else. */
static const char *url_of(const struct config *config, const char *place)
{
    if (strcmp(place, "postgres") == 0)
        return config->postgres[0] == '\0' ? NULL : config->postgres;
    bool is_url =
        strncmp(place, "postgres://", 11) == 0 || strncmp(place, "postgresql://", 13) == 0;
    return is_url && strlen(place) < CONFIG_TEXT_SIZE ? place : NULL;
}

static enum cli_exit run_copy(int argc, char **argv)
{
    struct config config;
    const char *from = "";
    const char *to = "";
    const struct argument rows[] = {{"from", ARGUMENT_TEXT, &from, 0, 0},
                                    {"to", ARGUMENT_TEXT, &to, 0, 0}};
    const struct arguments arguments = {
        .command = "copy", .rows = rows, .row_count = countof(rows), .config = &config};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    bool is_up = folder_of(from) != NULL;
    const struct copy copy = {
        .config = &config,
        .folder = folder_of(is_up ? from : to),
        .url = url_of(&config, is_up ? to : from),
        .is_up = is_up,
    };
    if (copy.folder == NULL || copy.url == NULL) {
        (void)fprintf(stderr, "shopd copy: one of --from and --to is sqlite:DIR, the other a "
                              "postgresql:// URL, or postgres for that of SHOPD_POSTGRES\n");
        return CLI_USAGE;
    }
    if (is_up && !arguments_may_write(&arguments))
        return CLI_USAGE;
    return is_up ? copy_to_postgres(&copy) : copy_to_folder(&copy);
}

const struct cli_command cli_copy = {
    .name = "copy",
    .summary = "move a shop from its data folder into a shared database, or back",
    .help =
        "usage: shopd copy --from sqlite:DIR --to postgres\n"
        "       shopd copy --from postgres --to sqlite:NEWDIR\n"
        "\n"
        "Copies every event, personal data and the answers kept for repeated requests, and the "
        "secret\n"
        "that ids and tokens are made with: links, carts and sessions go on working. What people "
        "are owed\n"
        "and webhooks with their tries come along; notify.db of DIR is called notify.db.moved "
        "then. Files\n"
        "in DIR/outbox and DIR/operator.key stay where they are. No server may run\n"
        "on DIR; the tables are made with `shopd migrate` and the region must be empty. The other "
        "way\n"
        "round the servers should be stopped first, or what they do meanwhile is missing, and "
        "people\n"
        "may be told twice. A database is only read then: a standby will do, and a user who may "
        "only\n"
        "read; what the standby has not got yet is missing. With read_only = 1 nothing is copied "
        "into a\n"
        "database.\n"
        "\n"
        "  --from, --to    sqlite:DIR, and a postgresql:// URL or `postgres` for that of the "
        "settings\n"
        "  --region NAME   the region in the database (main)\n"
        "\n"
        "examples:\n"
        "  export SHOPD_POSTGRES=postgresql://shopd:secret@db.example/shopd\n"
        "  shopd migrate && shopd copy --from sqlite:/var/lib/shopd --to postgres\n"
        "  shopd audit --data /var/lib/shopd      DIR is now the copy of the first replica\n",
    .run = run_copy,
};
