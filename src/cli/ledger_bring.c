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

static struct err bring_from(struct ledger *own, struct ledger *ledger)
{
    struct arena arena;
    uint32_t deliveries = 0;
    TRY(ledger_begin(ledger));
    arena_init(&arena, ARENA_BLOCK_SIZE, ARENA_MAX);
    struct err err = ledger_bring_all(own, ledger, &arena, &deliveries);
    arena_release(&arena);
    TRY(ledger_end(ledger, err));
    log_info("notices moved into the database", "deliveries=%" PRIu32, deliveries);
    return OK;
}

struct err ledger_bring(const char *folder, struct ledger *ledger)
{
    struct ledger_options options = {.timeline = ledger_timeline(ledger)};
    struct ledger *own;
    char path[PATH_SIZE];
    path_of(folder, "", path);
    if (!ledger_is_shared(ledger) || access(path, F_OK) != 0)
        return OK;
    TRY(database_sqlite_open(folder, LEDGER_FILE, &options.database));
    TRY(ledger_open(&options, &own));
    struct err err = bring_from(own, ledger);
    ledger_close(own);
    return err.code == ERR_NONE ? rename_file(folder) : err;
}
