#include "store/sqlite/read/order_search.h"

/* The order is in low..high; `low_value` lies before low, `high_value` belongs to high. */
struct search_range {
    uint64_t low;
    uint64_t high;
    uint64_t low_value;
    uint64_t high_value;
};

struct search_row {
    bool is_there;
    uint64_t number;
    uint64_t value;
};

struct err order_search_open(struct order_search *search, sqlite3 *db)
{
    TRY(sql_prepare(db,
                    "SELECT number, created_ms, contact FROM orders ORDER BY number DESC LIMIT 1",
                    &search->newest));
    TRY(sql_prepare(db, "SELECT number, created_ms FROM orders WHERE number >= ? LIMIT 1",
                    &search->by_time));
    return sql_prepare(db,
                       "SELECT number, contact FROM orders WHERE number >= ?"
                       " AND contact IS NOT NULL ORDER BY number LIMIT 1",
                       &search->by_contact);
}

/* The first order from `number` on that has the column. */
static struct err probe(sqlite3_stmt *statement, uint64_t number, struct search_row *row_out)
{
    sql_bind_u64(statement, 1, number);
    TRY(sql_next(statement, &row_out->is_there));
    if (!row_out->is_there)
        return OK;
    row_out->number = sql_column_u64(statement, 0);
    row_out->value = sql_column_u64(statement, 1);
    sqlite3_reset(statement);
    return OK;
}

/* Where `wanted` lies if the values grow evenly. */
static uint64_t guess(const struct search_range *range, uint64_t wanted)
{
    if (wanted <= range->low_value || wanted >= range->high_value)
        return wanted <= range->low_value ? range->low : range->high - 1;
    unsigned __int128 steps = (unsigned __int128)(range->high - range->low) *
                              (wanted - range->low_value) / (range->high_value - range->low_value);

    return range->low + (uint64_t)steps < range->high ? range->low + (uint64_t)steps
                                                      : range->high - 1;
}

/* The first order whose value is at least `wanted`; found_out->is_there is false when there is
 * none. Ends early on an equal value when no other order can have it. */
static struct err search(sqlite3_stmt *statement, struct search_range range, uint64_t wanted,
                         bool is_unique, struct search_row *found_out)
{
    *found_out = (struct search_row){0};
    for (uint32_t i = 0; range.low < range.high; i++) {
        uint64_t middle =
            i % 2 == 0 ? guess(&range, wanted) : range.low + (range.high - range.low) / 2;
        struct search_row row;

        ensure(middle >= range.low && middle < range.high);
        TRY(probe(statement, middle, &row));
        if (row.is_there && row.value < wanted) {
            range.low = row.number + 1;
            range.low_value = row.value;
            continue;
        }
        range.high = middle;
        if (row.is_there) {
            *found_out = row;
            range.high_value = row.value;
        }
        if (row.is_there && row.value == wanted && is_unique)
            break;
    }
    return OK;
}

/* From the first order to behind the newest; `column` of `newest` is its value. */
static struct err whole_range(struct order_search *search, int column,
                              struct search_range *range_out)
{
    bool has_row;

    *range_out = (struct search_range){.low = 1, .high = 1};
    TRY(sql_next(search->newest, &has_row));
    if (!has_row)
        return OK;
    range_out->high = sql_column_u64(search->newest, 0) + 1;
    range_out->high_value = sql_column_u64(search->newest, column) + 1;
    sqlite3_reset(search->newest);
    return OK;
}

struct err order_search_time(struct order_search *searching, uint64_t since_ms,
                             uint64_t *number_out)
{
    struct search_range range;
    struct search_row row;

    TRY(whole_range(searching, 1, &range));
    TRY(search(searching->by_time, range, since_ms, false, &row));
    *number_out = row.is_there ? row.number : range.high;
    return OK;
}

struct err order_search_contact(struct order_search *searching, uint64_t contact,
                                uint64_t *number_out)
{
    struct search_range range;
    struct search_row row;

    TRY(whole_range(searching, 2, &range));
    TRY(search(searching->by_contact, range, contact, true, &row));
    *number_out = row.is_there && row.value == contact ? row.number : 0;
    return OK;
}
