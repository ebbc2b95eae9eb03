/* database_sqlite.h - a database.h that is one file of this process, or in its memory. */
#ifndef STORE_SQLITE_DATABASE_SQLITE_H
#define STORE_SQLITE_DATABASE_SQLITE_H

#include "store/database.h"

/* FOLDER/NAME, made where it is not there; `folder` NULL: in memory. ERR_STORE, logged. */
struct err database_sqlite_open(const char *folder, const char *name,
                                struct database **database_out) MUST_USE;

#endif
