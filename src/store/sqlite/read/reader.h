/*
 * reader.h - what loader threads read back: orders from the tables, contacts and events from the
 * journal. query_only connections of its own; every read is short, so that none keeps a WAL from
 * starting over.
 */
#ifndef STORE_SQLITE_READER_H
#define STORE_SQLITE_READER_H

#include "store/sqlite/journal.h"
#include "store/sqlite/read/order_search.h"
#include "store/store.h"

enum reader_statement {
    READER_ORDER = 0,
    READER_LINES,
    READER_PARTS,
    READER_MOVES,
    READER_SHIPMENTS,
    READER_PAYMENTS,
    READER_TRACKING,
    READER_LIST_RANGE,
    READER_LIST_CART,
    READER_BY_KEY,
    READER_LAST_ORDER,
    READER_PENDING,
    READER_CHAIN,
    READER_LAST_OF_CUSTOMER,
    READER_CONTACT_BEFORE,
    READER_ACTIONS,
    READER_HOLDERS,
    READER_PURCHASES,
    /* of shop.db until here */
    READER_SHOP_COUNT
};

struct sqlite_reader {
    struct store_reader reader;
    sqlite3 *shop;
    sqlite3_stmt *statements[READER_SHOP_COUNT];
    struct order_search search;
    struct journal_reader journal;
    sqlite3_stmt *begin; /* of the journal, as all below */
    sqlite3_stmt *commit;
    sqlite3_stmt *contact;
    sqlite3_stmt *contacts_by_email;
    sqlite3_stmt *answer;
    sqlite3_stmt *answers;
};

struct err sqlite_reader_open(struct store *store, const struct sql_file *shop_file,
                              const struct sql_file *journal_file,
                              struct store_reader **reader_out) MUST_USE;

/* The members of struct store_ops. */
void sqlite_reader_close(struct store_reader *base);
struct err sqlite_reader_hold(struct store_reader *base);
void sqlite_reader_let_go(struct store_reader *base);
struct err sqlite_read_order(struct store_reader *base, uint64_t number, struct arena *arena,
                             struct order **order_out);
struct err sqlite_read_orders(struct store_reader *base, const struct store_orders_query *query,
                              struct arena *arena, struct store_orders *orders_out);
struct err sqlite_read_order_by_key(struct store_reader *base, uint64_t cart, const uint8_t key[16],
                                    struct arena *arena, struct order **order_out);
struct err sqlite_read_pending(struct store_reader *base, uint64_t from,
                               struct store_pending *pending_out);
struct err sqlite_read_chain_contacts(struct store_reader *base, uint64_t order,
                                      struct arena *arena, uint64_t **contacts_out,
                                      uint32_t *count_out);
struct err sqlite_read_stock_holders(struct store_reader *base, uint32_t product, uint16_t location,
                                     struct arena *arena, uint64_t **orders_out,
                                     uint32_t *count_out);
struct err sqlite_read_purchases(struct store_reader *base, uint64_t order, uint32_t product,
                                 struct arena *arena, struct purchases *purchases_out);
struct err sqlite_read_contact(struct store_reader *base, uint64_t number, struct arena *arena,
                               struct contact *contact_out, bool *found_out);
struct err sqlite_read_answer(struct store_reader *base, uint64_t number, struct arena *arena,
                              const struct answer **answer_out);
struct err sqlite_read_answers(struct store_reader *base,
                               bool (*each)(void *context, const struct answer *answer),
                               void *context);
struct err sqlite_read_actions(struct store_reader *base, uint64_t before, uint32_t limit,
                               struct arena *arena, struct store_actions *actions_out);
struct err sqlite_read_events(struct store_reader *base, uint64_t after,
                              bool (*each)(void *context, const struct event *event),
                              void *context);

/* An order from its rows (read_order.c), within a read transaction of the caller's. NULL when there
 * is none. */
struct err read_order_rows(struct sqlite_reader *reader, uint64_t number, struct arena *arena,
                           struct order **order_out) MUST_USE;
/* A page of orders (read_orders.c). */
struct err read_orders_page(struct sqlite_reader *reader, const struct store_orders_query *query,
                            struct arena *arena, struct store_orders *orders_out) MUST_USE;

#endif
