#include "ledger_fixture.h"

#include "store/sqlite/database_sqlite.h"

struct err ledger_fixture_open(const char *folder, uint64_t timeline, struct ledger **ledger_out)
{
    struct ledger_options options = {.timeline = timeline};
    *ledger_out = NULL;
    TRY(database_sqlite_open(folder, LEDGER_FILE, &options.database));
    return ledger_open(&options, ledger_out);
}
