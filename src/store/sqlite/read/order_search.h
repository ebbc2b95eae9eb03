/*
 * order_search.h - orders found without an index. Numbers, times and contacts of orders grow
 * together (each order has a contact row of its own, numbered as it is placed), so a number is
 * found by guessing where it should lie and halving, in turn.
 */
#ifndef STORE_SQLITE_ORDER_SEARCH_H
#define STORE_SQLITE_ORDER_SEARCH_H

#include "store/sqlite/sql.h"

struct order_search {
    sqlite3_stmt *newest;
    sqlite3_stmt *by_time;
    sqlite3_stmt *by_contact;
};

/* The statements go with the connection. */
struct err order_search_open(struct order_search *search, sqlite3 *db) MUST_USE;

/* The lowest order number created at or after since_ms; behind the last when there is none. */
struct err order_search_time(struct order_search *search, uint64_t since_ms,
                             uint64_t *number_out) MUST_USE;
/* The order with this contact; 0 when there is none. */
struct err order_search_contact(struct order_search *search, uint64_t contact,
                                uint64_t *number_out) MUST_USE;

#endif
