/* backup.c - `shopd backup` and `shopd restore`: a consistent copy while a server runs, and the way
 * back. */
#include "store/sqlite/backup.h"

#include "base/progress.h"
#include "cli/arguments.h"
#include "store/sqlite/store_sqlite.h"

#include <stdio.h>
#include <unistd.h>

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    progress->total = total;
    progress_set(progress, done);
}

static enum cli_exit make_backup(const char *data, const char *folder)
{
    struct progress progress;
    struct backup_progress shown = {.call = show_progress, .context = &progress};
    struct sql_file source = {.folder = data};
    if (access(data, R_OK | X_OK) != 0) {
        perror(data);
        return CLI_FAILED;
    }
    progress_start(&progress, "backup", 0);
    struct err err = backup_make(&source, folder, &shown);
    progress_finish(&progress);
    if (err.code != ERR_NONE) {
        (void)fprintf(stderr, "shopd backup: no backup was made; what is in %s is of no use\n",
                      folder);
        return CLI_FAILED;
    }
    printf("backup of %s in %s; `shopd audit --data %s` proves it, `shopd restore %s --data DIR` "
           "brings it back\n",
           data, folder, folder, folder);
    return CLI_DONE;
}

static enum cli_exit run_backup(int argc, char **argv)
{
    struct config config;
    const struct arguments arguments = {
        .command = "backup", .operands_min = 1, .operands_max = 1, .config = &config};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    return make_backup(config.data, argv[0]);
}

const struct cli_command cli_backup = {
    .name = "backup",
    .summary = "copy the data folder, while a server runs or not",
    .help = "usage: shopd backup COPY [--data DIR]\n"
            "\n"
            "Makes a consistent copy of the data folder in the new or empty folder COPY. A server "
            "may run\n"
            "on DIR and goes on working: every order acknowledged before the copy of journal.db "
            "begins is\n"
            "in it. The copy is a data folder like any other: audit it, export it, query its "
            "shop.db. It\n"
            "holds personal data, and those erased later are still in it: erase again after a "
            "restore.\n"
            "\n"
            "  --data DIR   the data folder (./shop-data)\n"
            "\n"
            "examples:\n"
            "  shopd backup /var/backups/shop-monday --data /var/lib/shopd\n"
            "  shopd audit --data /var/backups/shop-monday\n",
    .run = run_backup,
};

static enum cli_exit run_restore(int argc, char **argv)
{
    struct config config;
    const struct arguments arguments = {
        .command = "restore", .operands_min = 1, .operands_max = 1, .config = &config};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    struct err err = store_sqlite_restore(argv[0], config.data);
    if (err.code != ERR_NONE) {
        (void)fprintf(stderr, "shopd restore: %s was not restored\n", argv[0]);
        return CLI_FAILED;
    }
    printf("%s restored to %s; `shopd serve --data %s` goes on from there\n", argv[0], config.data,
           config.data);
    return CLI_DONE;
}

const struct cli_command cli_restore = {
    .name = "restore",
    .summary = "bring a backup back",
    .help =
        "usage: shopd restore COPY [--data DIR]\n"
        "\n"
        "Copies the backup COPY into DIR, which must be new or hold no store, and begins a new\n"
        "timeline, so that nobody who followed the old events takes new ones for them. COPY stays "
        "as\n"
        "it is.\n"
        "\n"
        "  --data DIR   the folder to restore to (./shop-data)\n"
        "\n"
        "example:\n"
        "  mv /var/lib/shopd /var/lib/shopd-broken\n"
        "  shopd restore /var/backups/shop-monday --data /var/lib/shopd\n"
        "  shopd audit --data /var/lib/shopd && shopd serve --data /var/lib/shopd\n",
    .run = run_restore,
};
