#include "cli/ledger_bring.h"

#include "base/log.h"
#include "store/sqlite/database_sqlite.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, ARENA_BLOCK_SIZE = 65536, ARENA_MAX = 1 << 28 };

static void path_of(const char *folder, const char *ending, char path_out[PATH_SIZE])
{
    int length = snprintf(path_out, PATH_SIZE, "%s/" LEDGER_FILE "%s", folder, ending);
    ensure(length > 0 && length < PATH_SIZE);
}

/* Closing it has written everything into the one file. */
static struct err rename_file(const char *folder)
{
    char from[PATH_SIZE];
    char to[PATH_SIZE];
    path_of(folder, "", from);
    path_of(folder, ".moved", to);
    if (rename(from, to) == 0)
        return OK;
    log_error("notify.db cannot be renamed", "folder=%s reason=\"%s\"", folder, strerror(errno));
    return ERR(ERR_STORE);
}

static struct err bring(struct ledger *from, struct ledger *to, struct ledger_brought *brought_out)
{
    struct arena arena;
    TRY(ledger_begin(to));
    arena_init(&arena, ARENA_BLOCK_SIZE, ARENA_MAX);
    struct err err = ledger_bring_all(from, to, &arena, brought_out);
    arena_release(&arena);
    return ledger_end(to, err);
}

static struct err open_own(const char *folder, const struct ledger *ledger, struct ledger **own_out)
{
    struct ledger_options options = {.timeline = ledger_timeline(ledger)};
    TRY(database_sqlite_open(folder, LEDGER_FILE, &options.database));
    return ledger_open(&options, own_out);
}

static void log_brought(const struct ledger_brought *brought)
{
    log_info("notices moved into the database",
             "deliveries=%" PRIu32 " webhooks=%" PRIu32 " tries=%" PRIu32, brought->deliveries,
             brought->webhooks, brought->tries);
    if (brought->webhooks_left > 0)
        log_warning("webhooks stay behind: the database has others", "webhooks=%" PRIu32,
                    brought->webhooks_left);
}

struct err ledger_bring(const char *folder, struct ledger *ledger,
                        struct ledger_brought *brought_out)
{
    struct ledger *own;
    char path[PATH_SIZE];
    *brought_out = (struct ledger_brought){0};
    path_of(folder, "", path);
    if (!ledger_is_shared(ledger) || access(path, F_OK) != 0)
        return OK;
    TRY(open_own(folder, ledger, &own));
    struct err err = bring(own, ledger, brought_out);
    ledger_close(own);
    TRY(err);
    log_brought(brought_out);
    return rename_file(folder);
}

struct err ledger_bring_back(const char *folder, struct ledger *ledger,
                             struct ledger_brought *brought_out)
{
    struct ledger *own;
    *brought_out = (struct ledger_brought){0};
    TRY(open_own(folder, ledger, &own));
    struct err err = bring(ledger, own, brought_out);
    ledger_close(own);
    return err;
}
