/*
 * fold_tables.h - what events do to the tables of shop.db, by the event alone: there is no shop
 * here.
 *
 *   begin -> event, event, ... -> commit        one slice, one transaction, the watermark inside
 *
 * Rows that only grow (orders, lines, moves) are written as their event comes. What is overwritten
 * again and again (stock, carts, the newest order of a customer) is gathered and written once per
 * slice with its last value, in key order: a cart that is born and bought within a slice never
 * touches a table. The fold's thread only.
 */
#ifndef STORE_SQLITE_FOLD_TABLES_H
#define STORE_SQLITE_FOLD_TABLES_H

#include "base/buffer.h"
#include "base/map.h"
#include "shop/cart.h"
#include "shop/event.h"
#include "store/sqlite/read/order_search.h"
#include "store/sqlite/sql.h"

enum fold_statement {
    FOLD_BEGIN = 0,
    FOLD_COMMIT,
    FOLD_PUT_META,
    FOLD_PUT_PRODUCT,
    FOLD_PUT_CATEGORY,
    FOLD_PUT_LOCATION,
    FOLD_CHANGE_STOCK,
    FOLD_ADD_STOCK,
    FOLD_READ_CART,
    FOLD_PUT_CART,
    FOLD_DELETE_CART,
    FOLD_PUT_CUSTOMER,
    FOLD_SET_LAST_ORDER,
    FOLD_PUT_ACCOUNT,
    FOLD_ASK_RESET,
    FOLD_PUT_API_KEY,
    FOLD_PUT_REVIEW,
    FOLD_PUT_RATING,
    FOLD_ADD_ACTION,
    FOLD_ADD_TOKEN,
    FOLD_END_TOKEN,
    FOLD_PUT_PRICING,
    FOLD_PUT_PRICING_RULE,
    FOLD_ADD_ORDER,
    FOLD_ADD_LINE,
    FOLD_ADD_PART,
    FOLD_CHANGE_ORDER,
    FOLD_FORGET_CONTACT,
    FOLD_READ_LINE_PRODUCT,
    FOLD_CHANGE_LINE,
    FOLD_CHANGE_LINE_PART,
    FOLD_CHANGE_PART,
    FOLD_ADD_MOVE,
    FOLD_ADD_SHIPMENT,
    FOLD_DELIVER,
    FOLD_TOUCH_ORDER,
    FOLD_ADD_PAYMENT,
    FOLD_ADD_TRACKING,
    /* always last */
    FOLD_STATEMENT_COUNT
};

/* Last value of a stock row in this slice. */
struct fold_stock {
    uint64_t key; /* product << 16 | location */
    uint32_t on_hand;
    uint32_t reserved;
    int64_t sold_change;
};

/* Where the tables stand; the meta table. */
struct fold_mark {
    uint64_t event; /* the watermark: everything up to here is in the tables */
    uint64_t event_ms;
    uint64_t timeline;
    uint64_t epoch;
    uint64_t last_contact;
    uint64_t currency;
};

struct fold_tables {
    sqlite3 *db;
    sqlite3_stmt *statements[FOLD_STATEMENT_COUNT];
    struct order_search search;
    struct fold_mark mark;
    struct map stock_positions; /* key -> position + 1 in stock */
    struct fold_stock *stock;
    uint32_t stock_count;
    uint32_t stock_capacity;
    struct carts carts;     /* touched in this slice */
    struct map last_orders; /* of customers who bought in this slice */
    uint64_t *keys;         /* scratch: keys of a map, sorted */
    size_t key_capacity;
    uint64_t cart_written_max;  /* no cart above this number is in the table */
    uint64_t stock_written_max; /* the same for keys of stock */
    struct buffer json;
    uint32_t orders; /* in this slice */
    uint32_t lines;
    uint32_t wal_pages; /* after the last commit */
};

struct err fold_mark_read(sqlite3 *db, struct fold_mark *mark_out) MUST_USE;

struct err fold_tables_open(struct fold_tables *tables, const struct sql_file *file,
                            uint32_t cache_mb) MUST_USE;
void fold_tables_close(struct fold_tables *tables);

struct err fold_tables_begin(struct fold_tables *tables) MUST_USE;
/* `event` is the one behind the mark. */
struct err fold_tables_event(struct fold_tables *tables, const struct event *event) MUST_USE;
struct err fold_tables_commit(struct fold_tables *tables) MUST_USE;
/* Gives the slice up: tables and mark are as before fold_tables_begin(). */
struct err fold_tables_rollback(struct fold_tables *tables) MUST_USE;
/* Moves the WAL into the file. */
struct err fold_tables_checkpoint(struct fold_tables *tables) MUST_USE;

static inline uint64_t fold_stock_key(uint32_t product, uint16_t location)
{
    return (uint64_t)product << 16 | location;
}
/* Keeps the last value of a stock row; sold_change adds up. */
void fold_stock_set(struct fold_tables *tables, const struct fold_stock *after);
/* The cart for overwriting; its lines are not read when they will be lost anyway. */
struct err fold_cart(struct fold_tables *tables, uint64_t number, bool with_lines,
                     struct cart **cart_out) MUST_USE;

/* Logs that a row which an earlier event made is not there, and makes the error of it. */
struct err fold_damaged(const char *table, uint64_t number);

/* Stock, carts and newest orders of the slice (fold_gathered.c). */
struct err fold_write_gathered(struct fold_tables *tables) MUST_USE;
/* Accounts' part of fold_tables_event() (fold_account.c). */
struct err fold_account_put(struct fold_tables *tables, const struct event *event) MUST_USE;
struct err fold_api_key_put(struct fold_tables *tables, const struct event *event) MUST_USE;
struct err fold_operator_acted(struct fold_tables *tables, const struct event *event) MUST_USE;
struct err fold_reset_asked(struct fold_tables *tables, const struct event *event) MUST_USE;
struct err fold_token_changed(struct fold_tables *tables, const struct event *event) MUST_USE;
/* Reviews' (fold_review.c). */
struct err fold_review_put(struct fold_tables *tables, const struct event *event) MUST_USE;
/* Orders' part of fold_tables_event() (fold_order.c). */
struct err fold_order_placed(struct fold_tables *tables, const struct event *event) MUST_USE;
struct err fold_order_changed(struct fold_tables *tables, const struct event *event) MUST_USE;
/* The key of a line's row. */
int64_t fold_line_id(uint64_t order, uint32_t line);
/* Five columns from `position` on. */
void fold_bind_totals(sqlite3_stmt *statement, int position, const struct order_totals *totals);
/* An order that came with its past (fold_import.c). */
struct err fold_order_imported(struct fold_tables *tables, const struct event *event) MUST_USE;
/* What happened to its money (fold_payment.c). */
struct err fold_payment_received(struct fold_tables *tables, const struct event *event) MUST_USE;
struct err fold_payment_orphaned(struct fold_tables *tables, const struct event *event) MUST_USE;
struct err fold_refund_due(struct fold_tables *tables, const struct event *event) MUST_USE;
/* One row; `number` is its event's, or below 0 for what happened before the order came here. */
struct err fold_add_payment(struct fold_tables *tables, uint64_t order, int64_t number,
                            const struct order_payment *payment) MUST_USE;
/* And to its parcels (likewise). */
struct err fold_shipment_updated(struct fold_tables *tables, const struct event *event) MUST_USE;

#endif
