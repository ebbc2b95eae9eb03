#include "sim/store_faulty.h"

#include <stddef.h>

static struct store_faulty *faulty_of(struct store *store)
{
    _Static_assert(offsetof(struct store_faulty, store) == 0, "store must come first");
    return (struct store_faulty *)store;
}

static struct err faulty_load(struct store *store, struct shop *shop)
{
    TRY(store_load(faulty_of(store)->inner, shop));
    store->recorded_event = faulty_of(store)->inner->recorded_event;
    return OK;
}

static struct err faulty_record(struct store *store, const struct store_batch *batch)
{
    struct store_faulty *faulty = faulty_of(store);
    enum faulty_record fault = faulty->next_record;
    faulty->next_record = FAULTY_NONE;
    if (fault == FAULTY_BEFORE)
        return ERR(ERR_STORE);
    TRY(store_record(faulty->inner, batch));
    return fault == FAULTY_AFTER ? ERR(ERR_STORE) : OK;
}

static uint64_t faulty_folded_event(struct store *store)
{
    return store_folded_event(faulty_of(store)->inner);
}

static struct err faulty_fold_now(struct store *store)
{
    return store_fold_now(faulty_of(store)->inner);
}

static struct store_stats faulty_stats(struct store *store)
{
    return store_stats(faulty_of(store)->inner);
}

static void faulty_secret(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE])
{
    store_secret(faulty_of(store)->inner, secret_out);
}

static void faulty_close(struct store *store)
{
    (void)store;
}

/* The inner store's readers are handed out as they are. */
static struct err faulty_reader_open(struct store *store, struct store_reader **reader_out)
{
    return store_reader_open(faulty_of(store)->inner, reader_out);
}

static const struct store_ops faulty_ops = {
    .name = "faulty",
    .load = faulty_load,
    .record = faulty_record,
    .folded_event = faulty_folded_event,
    .fold_now = faulty_fold_now,
    .stats = faulty_stats,
    .secret = faulty_secret,
    .close = faulty_close,
    .reader_open = faulty_reader_open,
};

void store_faulty_init(struct store_faulty *faulty, struct store *inner)
{
    *faulty = (struct store_faulty){
        .store = {.ops = &faulty_ops, .recorded_event = inner->recorded_event},
        .inner = inner,
    };
}
