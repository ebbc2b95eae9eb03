/*
 * folder.h - the data folder: made when missing, held by one process at a time, its entries synced.
 */
#ifndef STORE_SQLITE_FOLDER_H
#define STORE_SQLITE_FOLDER_H

#include "shop/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Makes the folder, not its parents; fine when it exists. */
struct err folder_make(const char *folder) MUST_USE;
/* Takes the lock that stands for the whole folder, and waits for it up to wait_ms; logs that
 * somebody is in the way (STORE_SQLITE_LOCKED). The lock goes with *handle_out, or with the
 * process. */
struct err folder_lock(const char *folder, uint32_t wait_ms, int *handle_out) MUST_USE;
void folder_unlock(int handle);
/* Makes new names in it durable. */
struct err folder_sync(const char *folder) MUST_USE;
bool folder_has(const char *folder, const char *name);
/* Logs errno and makes the error of it. */
struct err folder_error(const char *folder, const char *what);

#endif
