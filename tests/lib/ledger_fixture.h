/* ledger_fixture.h - a ledger in a file of a folder, or in memory. */
#ifndef TESTS_LIB_LEDGER_FIXTURE_H
#define TESTS_LIB_LEDGER_FIXTURE_H

#include "notify/ledger.h"

/* `folder` NULL: in memory. */
struct err ledger_fixture_open(const char *folder, uint64_t timeline,
                               struct ledger **ledger_out) MUST_USE;

#endif
