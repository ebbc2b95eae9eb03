/* migrate.c - `shopd migrate`: brings the tables of a shared database to this version. */
#include "cli/arguments.h"
#include "store/postgres/migrations.h"

#include <inttypes.h>
#include <stdio.h>

static enum cli_exit migrate(const struct config *config, bool finishes)
{
    struct shared_schema schema;
    if (config->postgres[0] == '\0') {
        (void)fprintf(stderr, "shopd migrate: which database? Set SHOPD_POSTGRES, or postgres in "
                              "the file of --config\n");
        return CLI_USAGE;
    }
    struct err err = migrations_run(config->postgres, finishes, config->postgres_wait_ms, &schema);
    if (err.code != ERR_NONE) {
        (void)fprintf(stderr, "shopd migrate: not done, the line above says why; what was done of "
                              "it is whole, and may be tried again\n");
        return CLI_FAILED;
    }
    printf("tables of version %" PRIu64 ", for shopd of version %" PRIu64 " and later\n",
           schema.version, schema.min_reader);
    return CLI_DONE;
}

static enum cli_exit run_migrate(int argc, char **argv)
{
    struct config config = {0};
    bool finishes = false;
    const struct argument rows[] = {{"finish", ARGUMENT_FLAG, &finishes, 0, 0}};
    const struct arguments arguments = {
        .command = "migrate", .rows = rows, .row_count = countof(rows), .config = &config};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count) ||
        !arguments_may_write(&arguments))
        return CLI_USAGE;
    return migrate(&config, finishes);
}

const struct cli_command cli_migrate = {
    .name = "migrate",
    .summary = "make or bring up to date the tables of a shared database",
    .help = "usage: shopd migrate [--finish] [--config FILE]\n"
            "\n"
            "Makes the tables in the PostgreSQL database that several shopd are to share, or takes "
            "the\n"
            "steps that are missing since an older version. Steps only add, so the version before "
            "goes\n"
            "on working, and an upgrade can be rolled back, until --finish.\n"
            "\n"
            "The database is the setting postgres, given as SHOPD_POSTGRES or in FILE. With "
            "read_only = 1\n"
            "nothing is done: the tables are made with the settings of a shopd that writes.\n"
            "\n"
            "  --finish   from now on refuse a shopd that is older than this one\n"
            "\n"
            "examples:\n"
            "  export SHOPD_POSTGRES=postgresql://shopd:secret@db.example/shopd\n"
            "  shopd migrate && shopd serve\n"
            "  shopd migrate --finish      once every shopd is of this version\n",
    .run = run_migrate,
};
