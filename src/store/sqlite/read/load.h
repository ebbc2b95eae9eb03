/*
 * load.h - from the tables of shop.db back to a shop in memory, as of the watermark.
 */
#ifndef STORE_SQLITE_LOAD_H
#define STORE_SQLITE_LOAD_H

#include "shop/shop.h"
#include "store/sqlite/sql.h"

/* Everything but orders, of which the keys of the last timeouts.key_ms are loaded. `db` is within
 * a read transaction of the caller's. */
struct err load_tables(sqlite3 *db, struct shop *shop) MUST_USE;

/* Who holds which e-mail address lies with the contacts, in journal.db; every customer is there. */
struct err load_emails(sqlite3 *journal_db, struct shop *shop) MUST_USE;

#endif
