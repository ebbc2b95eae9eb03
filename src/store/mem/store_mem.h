/*
 * store_mem.h - the model of a store: a list of batches in memory, tables that are a shop built
 * from them. Loses everything when closed, on purpose. Tests compare the others with it.
 */
#ifndef STORE_MEM_STORE_MEM_H
#define STORE_MEM_STORE_MEM_H

#include "store/store.h"

/* A new, empty store; released by store_close(). */
struct store *store_mem_open(void) MUST_USE;

#endif
