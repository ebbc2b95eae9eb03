/*
 * order_search.h - orders found without an index. Numbers, times and contacts of orders grow
 * together (each order has a contact row of its own, numbered as it is placed), so halving finds
 * them.
 */
#ifndef STORE_SQLITE_ORDER_SEARCH_H
#define STORE_SQLITE_ORDER_SEARCH_H

#include "store/sqlite/sql.h"

/* The lowest order number created at or after since_ms; behind the last when there is none. */
struct err order_search_time(sqlite3 *db, uint64_t since_ms, uint64_t *number_out) MUST_USE;
/* The order with this contact; 0 when there is none. */
struct err order_search_contact(sqlite3 *db, uint64_t contact, uint64_t *number_out) MUST_USE;

#endif
