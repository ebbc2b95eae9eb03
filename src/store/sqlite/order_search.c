#include "store/sqlite/order_search.h"

/* The first order from a number on whose column is not NULL. */
static const char time_sql[] = "SELECT number, created_ms FROM orders WHERE number >= ? LIMIT 1";
static const char contact_sql[] = "SELECT number, contact FROM orders WHERE number >= ?"
                                  " AND contact IS NOT NULL ORDER BY number LIMIT 1";

/* The lowest number whose column is at least `wanted`, and its column in *column_out. */
static struct err search(sqlite3_stmt *statement, uint64_t wanted, uint64_t last,
                         uint64_t *number_out, uint64_t *column_out)
{
    uint64_t low = 1;
    uint64_t high = last + 1; /* of those from here on, the first is known to be enough */

    *number_out = last + 1;
    *column_out = 0;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        bool has_row;

        sql_bind_u64(statement, 1, middle);
        TRY(sql_next(statement, &has_row));
        if (!has_row || sql_column_u64(statement, 1) >= wanted) {
            high = middle;
            *number_out = has_row ? sql_column_u64(statement, 0) : *number_out;
            *column_out = has_row ? sql_column_u64(statement, 1) : *column_out;
        } else {
            low = sql_column_u64(statement, 0) + 1;
        }
        sqlite3_reset(statement);
    }
    return OK;
}

static struct err search_orders(sqlite3 *db, const char *sql, uint64_t wanted, uint64_t *number_out,
                                uint64_t *column_out)
{
    sqlite3_stmt *statement;
    uint64_t last = 0;

    TRY(sql_number(db, "SELECT max(number) FROM orders", &last));
    TRY(sql_prepare(db, sql, &statement));
    struct err err = search(statement, wanted, last, number_out, column_out);

    sqlite3_finalize(statement);
    return err;
}

struct err order_search_time(sqlite3 *db, uint64_t since_ms, uint64_t *number_out)
{
    uint64_t created_ms = 0;

    return search_orders(db, time_sql, since_ms, number_out, &created_ms);
}

struct err order_search_contact(sqlite3 *db, uint64_t contact, uint64_t *number_out)
{
    uint64_t found = 0;

    TRY(search_orders(db, contact_sql, contact, number_out, &found));
    if (found != contact)
        *number_out = 0;
    return OK;
}
