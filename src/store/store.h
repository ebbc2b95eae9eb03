/*
 * store.h - makes events durable and gives them back. Speaks in batches of events, not rows.
 *
 * store_record() is all or nothing and durable once it returns OK. Everything else is a projection:
 * a store may fold events into tables at its own pace; folded_event says how far it has come, and
 * whatever was changed last by an event up to there may leave the memory of the shop and be read
 * back from here.
 *
 * One thread records (the executor's). Readers belong to one thread each (loaders). A backend
 * implements struct store_ops and passes tests/contract/.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/histogram.h"
#include "shop/answer.h"
#include "shop/contact.h"
#include "shop/err.h"
#include "shop/shop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct store_reader;
struct recent_contacts;

/* Events first_event..last_event, sealed, one behind the other; personal data written with them.
 * Answers come with them, or alone: then there is no event, and last_event is first_event - 1.
 * The rows named by EVENT_CONTACTS_ERASED among them are deleted in the same commit, beyond
 * recovery. */
struct store_batch {
    const char *events;
    size_t size;
    uint64_t first_event;
    uint64_t last_event;
    const struct contact *contacts; /* added, or (a known number) changed */
    uint32_t contact_count;
    bool has_erasures;
    const struct answer *answers;
    uint32_t answer_count;
    uint64_t answers_from; /* answers with lower numbers may go */
};

/* Newest first; 0 or empty = any. */
struct store_orders_query {
    uint64_t before; /* only lower order numbers; 0 = from the newest */
    uint64_t cart;
    uint32_t customer;
    uint64_t chain; /* follow `previous` from this order (inclusive) instead of searching */
    uint64_t number;
    int state;         /* enum order_state, or -1 */
    uint64_t from_ms;  /* created at or after */
    uint64_t to_ms;    /* created before; 0 = now */
    struct text email; /* exact, of the order's contact */
    uint32_t limit;    /* 1..STORE_PAGE_MAX */
};
enum { STORE_PAGE_MAX = 200, STORE_HOLDERS_MAX = 100 };

struct store_orders {
    struct order **orders;
    uint32_t count;
    bool has_more;
};

/* Orders that the tables know as PENDING, by number. */
struct store_pending {
    struct store_pending_order {
        uint64_t number;
        uint64_t created_ms;
    } orders[STORE_PAGE_MAX];
    uint32_t count;
    uint64_t complete_to; /* no other PENDING order from where it began up to this number */
};

/* What an operator did (EVENT_OPERATOR_ACTED), newest first. */
struct store_action {
    uint64_t event;
    uint64_t at_ms;
    uint64_t first_event;
    uint64_t subject;
    struct operator by;
    enum subject_kind subject_kind;
    struct text action;
};

struct store_actions {
    struct store_action *items;
    uint32_t count;
    bool has_more;
};

/* What the operator sees; counters since start. */
struct store_stats {
    uint64_t recorded_event;
    uint64_t folded_event;
    uint64_t batches;
    uint64_t record_ns; /* wall time in store_record() */
    uint64_t fold_cpu_ns;
    uint64_t fold_lag_ms; /* age of the oldest event not folded */
    uint64_t journal_bytes;
    uint64_t
        journal_wal_pages; /* written ahead of the journal's file since that last started over */
    uint64_t cache_bytes;  /* of files' pages that the process keeps in memory */
    const struct histogram *flush_ns; /* per batch, for histogram_gather(); NULL = does not flush */
};

/* How far a store that others write is known to be behind them. */
struct store_lag {
    uint64_t ms;     /* nothing newer than that has come from where it is written */
    uint64_t events; /* that the database which is read has, and that are not here */
};

struct store_ops {
    const char *name;
    /* Start: brings an empty shop to the last durable event. */
    struct err (*load)(struct store *store, struct shop *shop);
    struct err (*record)(struct store *store, const struct store_batch *batch);
    /* Where several processes share a store; all three NULL where they do not. */
    struct err (*take_turn)(struct store *store, bool writes,
                            void (*each)(void *context, const struct store_batch *batch),
                            void *context);
    void (*yield_turn)(struct store *store);
    bool (*is_reachable)(struct store *store);
    /* Of one that is read only; else NULL. */
    struct store_lag (*lag)(struct store *store);
    uint64_t (*folded_event)(struct store *store);
    /* Returns once everything recorded so far is in the tables. Not from the executor's thread. */
    struct err (*fold_now)(struct store *store);
    struct store_stats (*stats)(struct store *store);
    /* 128 bits made with the store and kept in it: ids and tokens are keyed with it. */
    void (*secret)(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE]);
    /* A consistent copy into an empty folder while the store is in use. */
    struct err (*backup)(struct store *store, const char *folder,
                         void (*progress)(void *context, uint64_t done, uint64_t total),
                         void *context);
    void (*close)(struct store *store);

    struct err (*reader_open)(struct store *store, struct store_reader **reader_out);
    void (*reader_close)(struct store_reader *reader);
    /* May be NULL, both or none. */
    struct err (*reader_hold)(struct store_reader *reader);
    void (*reader_let_go)(struct store_reader *reader);
    /* *order_out NULL when the tables have no such order. */
    struct err (*read_order)(struct store_reader *reader, uint64_t number, struct arena *arena,
                             struct order **order_out);
    struct err (*read_orders)(struct store_reader *reader, const struct store_orders_query *query,
                              struct arena *arena, struct store_orders *orders_out);
    /* The order of this cart with this idempotency key; NULL when there is none. */
    struct err (*read_order_by_key)(struct store_reader *reader, uint64_t cart,
                                    const uint8_t key[16], struct arena *arena,
                                    struct order **order_out);
    /* From order number `from` on. */
    struct err (*read_pending)(struct store_reader *reader, uint64_t from,
                               struct store_pending *pending_out);
    /* Contacts of the chain of orders that starts at `order`, newest first. */
    struct err (*read_chain_contacts)(struct store_reader *reader, uint64_t order,
                                      struct arena *arena, uint64_t **contacts_out,
                                      uint32_t *count_out);
    /* Orders that hold pieces of the product at the location, lowest numbers first, at most
     * STORE_HOLDERS_MAX. */
    struct err (*read_stock_holders)(struct store_reader *reader, uint32_t product,
                                     uint16_t location, struct arena *arena, uint64_t **orders_out,
                                     uint32_t *count_out);
    /* Orders of the chain that starts at `order` with pieces of the product left in them, at most
     * PURCHASES_MAX: those that were delivered first. */
    struct err (*read_purchases)(struct store_reader *reader, uint64_t order, uint32_t product,
                                 struct arena *arena, struct purchases *purchases_out);
    /* Those before event `before` (0 = from the newest); limit 1..STORE_PAGE_MAX. */
    struct err (*read_actions)(struct store_reader *reader, uint64_t before, uint32_t limit,
                               struct arena *arena, struct store_actions *actions_out);
    /* *found_out false when it was erased. Texts live in the arena. */
    struct err (*read_contact)(struct store_reader *reader, uint64_t number, struct arena *arena,
                               struct contact *contact_out, bool *found_out);
    /* NULL when it has gone; bytes TEXT_NONE when they were erased. */
    struct err (*read_answer)(struct store_reader *reader, uint64_t number, struct arena *arena,
                              const struct answer **answer_out);
    /* Every one there is, of its bytes the length alone, in order of numbers, until `each` returns
     * false. */
    struct err (*read_answers)(struct store_reader *reader,
                               bool (*each)(void *context, const struct answer *answer),
                               void *context);
    /* Durable events with numbers above `after`, in order, until `each` returns false. */
    struct err (*read_events)(struct store_reader *reader, uint64_t after,
                              bool (*each)(void *context, const struct event *event),
                              void *context);
};

/* First member of every backend's own struct. */
struct store {
    const struct store_ops *ops;
    uint64_t recorded_event; /* last durable one; set by open and load, kept by store_record() */
    bool is_read_only;       /* others record in it, this process does not; set by open */
    struct recent_contacts *recent; /* NULL = none are kept in memory */
};

/* First member of every backend's own reader. */
struct store_reader {
    struct store *store;
};

struct err store_load(struct store *store, struct shop *shop) MUST_USE;
/* The batch must follow the one before without a gap. ERR_OVERLOADED (value: seconds to wait):
 * another process recorded in its place, and the caller has to load the shop anew, as what it
 * decided never happened. Any other error means that nobody knows what is on disk: the caller logs
 * it and exits. */
struct err store_record(struct store *store, const struct store_batch *batch) MUST_USE;
/* The EVENT_CONTACTS_ERASED of a batch, one a call, oldest first; NULL behind the last. *offset
 * starts at 0; a batch without has_erasures is not walked. */
const struct event_contacts_erased *
store_batch_erased(const struct store_batch *batch, size_t *offset, uint64_t *event_out) MUST_USE;
/* From now on the last `count` contacts of orders stay in memory, none where others write, too;
 * those up to number `last` were recorded before. Not while anybody looks for one. */
void store_keep_contacts(struct store *store, uint32_t count, uint64_t last);
/* One of them, without a reader: any thread. Its texts are in the arena. False says nothing about
 * whether the store has it. */
bool store_find_contact(const struct store *store, uint64_t number, struct arena *arena,
                        struct contact *contact_out) MUST_USE;
/* Do other processes record in this store, too? Then each batch begins with a turn. */
bool store_is_shared(const struct store *store);
/* Brings in what others have recorded: each() is called for every such batch, in order, whose
 * memory is the store's until it returns. With `writes` nobody else records from then on until
 * store_record() or store_yield_turn(). An error: nobody has the turn, and what each() was called
 * for stays; ERR_OVERLOADED (value: seconds to wait) may pass, any other is final. A store that is
 * not shared does nothing. */
struct err store_take_turn(struct store *store, bool writes,
                           void (*each)(void *context, const struct store_batch *batch),
                           void *context) MUST_USE;
/* Nothing was recorded. */
void store_yield_turn(struct store *store);
/* False while what is shared does not answer. Any thread. */
bool store_is_reachable(struct store *store);
/* Nothing is recorded and no turn to write is taken then: what others record is followed. */
bool store_is_read_only(const struct store *store);
/* Zero for one that is not read only. Any thread. */
struct store_lag store_lag(struct store *store);
uint64_t store_folded_event(struct store *store);
struct err store_fold_now(struct store *store) MUST_USE;
struct store_stats store_stats(struct store *store);
void store_secret(struct store *store, uint8_t secret_out[HASH_SECRET_SIZE]);
struct err store_backup(struct store *store, const char *folder,
                        void (*progress)(void *context, uint64_t done, uint64_t total),
                        void *context) MUST_USE;
void store_close(struct store *store);

struct err store_reader_open(struct store *store, struct store_reader **reader_out) MUST_USE;
void store_reader_close(struct store_reader *reader);
/* What is read until store_reader_let_go() sees at least everything durable now, and several reads
 * cost less together. Not for long: space on disk cannot be used again meanwhile. Reads are right
 * after an error, too; then there is nothing to let go. */
struct err store_reader_hold(struct store_reader *reader) MUST_USE;
void store_reader_let_go(struct store_reader *reader);
struct err store_read_order(struct store_reader *reader, uint64_t number, struct arena *arena,
                            struct order **order_out) MUST_USE;
struct err store_read_orders(struct store_reader *reader, const struct store_orders_query *query,
                             struct arena *arena, struct store_orders *orders_out) MUST_USE;
struct err store_read_order_by_key(struct store_reader *reader, uint64_t cart,
                                   const uint8_t key[16], struct arena *arena,
                                   struct order **order_out) MUST_USE;
struct err store_read_pending(struct store_reader *reader, uint64_t from,
                              struct store_pending *pending_out) MUST_USE;
struct err store_read_chain_contacts(struct store_reader *reader, uint64_t order,
                                     struct arena *arena, uint64_t **contacts_out,
                                     uint32_t *count_out) MUST_USE;
struct err store_read_stock_holders(struct store_reader *reader, uint32_t product,
                                    uint16_t location, struct arena *arena, uint64_t **orders_out,
                                    uint32_t *count_out) MUST_USE;
struct err store_read_purchases(struct store_reader *reader, uint64_t order, uint32_t product,
                                struct arena *arena, struct purchases *purchases_out) MUST_USE;
struct err store_read_actions(struct store_reader *reader, uint64_t before, uint32_t limit,
                              struct arena *arena, struct store_actions *actions_out) MUST_USE;
struct err store_read_contact(struct store_reader *reader, uint64_t number, struct arena *arena,
                              struct contact *contact_out, bool *found_out) MUST_USE;
struct err store_read_answer(struct store_reader *reader, uint64_t number, struct arena *arena,
                             const struct answer **answer_out) MUST_USE;
struct err store_read_answers(struct store_reader *reader,
                              bool (*each)(void *context, const struct answer *answer),
                              void *context) MUST_USE;
struct err store_read_events(struct store_reader *reader, uint64_t after,
                             bool (*each)(void *context, const struct event *event),
                             void *context) MUST_USE;

#endif
