/*
 * store_probe.h - a store around another one that counts, says that everything is folded at once
 * (or up to a chosen event), fails when told, and can hold a reader up. For tests of what stands
 * above a store.
 */
#ifndef TESTS_LIB_STORE_PROBE_H
#define TESTS_LIB_STORE_PROBE_H

#include "store/store.h"

struct store_probe {
    struct store store;
    struct store *inner;
    uint64_t folded_max;  /* events behind it count as not folded; UINT64_MAX = none */
    uint64_t fold_lag_ms; /* what its stats say; 0 after fold_now() */
    uint64_t records;
    uint64_t events;
    uint64_t contacts;
    bool fails_to_record;
    bool fails_to_fold;
    bool fails_to_read;
    uint64_t order_reads; /* atomic */
    uint64_t
        lagging_contact; /* not 0: orders read name it, as tables do that lag behind an erasure */
    /* Called before every read of an order, and before every batch is recorded; may be NULL. */
    void (*before_read)(void *context);
    void (*before_record)(void *context);
    void *context;
};

/* `inner` is closed with the probe. */
struct store *store_probe_open(struct store_probe *probe, struct store *inner);

#endif
