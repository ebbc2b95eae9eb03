/*
 * store_faulty.h - passes everything on to another store, and fails the record it was told to:
 * before the work (nothing is durable), or after it (all is durable, but the caller is told
 * otherwise).
 */
#ifndef TESTS_SIM_STORE_FAULTY_H
#define TESTS_SIM_STORE_FAULTY_H

#include "store/store.h"

enum faulty_record { FAULTY_NONE = 0, FAULTY_BEFORE, FAULTY_AFTER };

struct store_faulty {
    struct store store; /* must be first */
    struct store *inner;
    enum faulty_record next_record;
};

/* The inner store stays the caller's. */
void store_faulty_init(struct store_faulty *faulty, struct store *inner);

#endif
