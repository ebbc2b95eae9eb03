/*
 * fault_vfs.h - an SQLite VFS whose disk forgets: files live in memory, a write is durable only
 * after a sync, and a power cut keeps, drops or tears (in 512-byte sectors) each write that was not
 * synced.
 *
 * One thread. Registered once under FAULT_VFS_NAME; paths are keys, no real file is touched.
 */
#ifndef TESTS_SIM_FAULT_VFS_H
#define TESTS_SIM_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_VFS_NAME "fault"

enum fault_kind {
    FAULT_POWER_CUT = 0, /* the operation and everything after it fails until the power is back */
    FAULT_DISK_FULL,     /* writes that would grow a file fail; nothing is lost */
    FAULT_SYNC_FAILS,    /* the sync fails, and so does everything after it: power is cut */
};

void fault_vfs_register(void);
/* Forgets every file and plan. */
void fault_vfs_reset(uint64_t seed);
/* A sync does nothing from now on (a lying disk): the run that must be caught. */
void fault_vfs_ignore_sync(bool ignore);
/* The fault strikes at the write, truncate or sync after `operations` more of them. */
void fault_vfs_plan(enum fault_kind kind, uint64_t operations);
/* True once the planned fault has struck. */
bool fault_vfs_struck(void);
/* After a cut, with every handle closed or abandoned: decides what survived. Room on a full disk
 * again. */
void fault_vfs_power_on(void);
/* Writes, truncates and syncs since the reset. */
uint64_t fault_vfs_operations(void);

#endif
