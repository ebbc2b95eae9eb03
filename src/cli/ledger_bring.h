/* ledger_bring.h - a shop that begins to share its ledger takes along what it owed, and back. */
#ifndef CLI_LEDGER_BRING_H
#define CLI_LEDGER_BRING_H

#include "notify/ledger.h"

/* Into a ledger that several shopd share: what is in notify.db of the data folder, which is renamed
 * afterwards. Nothing where there is no such file, or the ledger is that file. The reason of an
 * error is logged. */
struct err ledger_bring(const char *folder, struct ledger *ledger,
                        struct ledger_brought *brought_out) MUST_USE;
/* The other way round: into a new notify.db of the folder, while nobody tells from `ledger`, where
 * everything stays. */
struct err ledger_bring_back(const char *folder, struct ledger *ledger,
                             struct ledger_brought *brought_out) MUST_USE;

#endif
