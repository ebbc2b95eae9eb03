/*
 * courier.h - carries deliveries from the ledger to the providers, on one thread, thousands of
 * calls at a time.
 *
 * Every channel has a queue with workers: a worker is room for COURIER_BATCH calls under way and a
 * share of the channel's rate. Workers double while a backlog stays and calls succeed, halve while
 * they fail, and go when there is nothing to do. What may pass is tried again after a growing,
 * jittered pause, what will not is dead at once (ledger.h). A provider that hangs or is down holds
 * its own queue and nothing else; what waits lies in the ledger, not in memory.
 */
#ifndef NOTIFY_COURIER_H
#define NOTIFY_COURIER_H

#include "notify/channel.h"
#include "notify/ledger.h"
#include "store/store.h"

enum {
    COURIER_BATCH = 100,
    COURIER_RETRY_FIRST_MS = 500,
    COURIER_RETRY_MAX_MS = 3600000,
    COURIER_CHANNELS_MAX = 16,
    COURIER_BOUNDS = 30,
};

/* Whoever wants to know how deliveries end, and where contacts are when they are in no store. On
 * the courier's thread. */
struct courier_owner {
    /* *found_out false: it was erased, and nothing is told. Texts live in the arena. */
    struct err (*read_contact)(void *context, uint64_t contact, struct arena *arena,
                               struct contact *contact_out, bool *found_out);
    /* The ledger has noted that it was accepted, or is dead. */
    void (*ended)(void *context, const struct delivery_result *result);
    void *context;
};

struct courier_options {
    struct ledger *ledger;
    struct store *store;                    /* for contacts; NULL = the owner has them */
    const struct courier_owner *owner;      /* NULL = nobody; outlives the courier */
    const struct notify_settings *settings; /* outlives the courier */
    uint64_t (*now_ms)(void);
};

struct courier;

/* NULL when a channel is unknown or lacks settings, or a template is wrong: logged. */
struct courier *courier_open(const struct courier_options *options) MUST_USE;
void courier_start(struct courier *courier);
/* Finishes what is under way, for COURIER_STOP_MS at most. */
void courier_close(struct courier *courier);

/* Any thread: there are new deliveries. */
void courier_wake(struct courier *courier);
/* Any thread: the contact was erased. When it returns no channel keeps anything of it, and nothing
 * will be sent there any more. */
void courier_forget(struct courier *courier, uint64_t contact);

/* The channels in use; they do not change. */
uint32_t courier_channel_count(const struct courier *courier);
const struct channel_ops *courier_channel(const struct courier *courier, uint32_t index);

struct courier_stats {
    const char *name;
    uint64_t accepted;
    uint64_t again;
    uint64_t refused;
    uint64_t under_way;
    uint64_t workers;
    /* From the event to the provider's acceptance: how many within each bound, and in all. */
    uint64_t within[COURIER_BOUNDS + 1];
    uint64_t latency_ms; /* their sum */
};
extern const uint32_t courier_bounds_ms[COURIER_BOUNDS];
struct courier_stats courier_stats(const struct courier *courier, uint32_t index);

#endif
