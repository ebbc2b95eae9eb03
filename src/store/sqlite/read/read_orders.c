/*
 * read_orders.c - pages of orders for histories and operators' lists, newest first.
 *
 * Only a cart has an index of its own; a customer's orders are a chain, e-mails are found in the
 * contacts (an index on either would cost every checkout more than a rare search is worth),
 * anything else is a scan from the newest order down. Scans go in steps, each a short read of its
 * own.
 */
#include "store/sqlite/read/reader.h"

#include <string.h>

enum { SCAN_STEP = 50000 }; /* rows: some 10 ms */

struct page {
    struct sqlite_reader *reader;
    const struct store_orders_query *query;
    struct arena *arena;
    struct store_orders *orders; /* filled up */
    uint64_t lowest;             /* numbers that the query allows */
    uint64_t highest;
};

static bool is_full(const struct page *page)
{
    return page->orders->has_more;
}

static void bind_query(sqlite3_stmt *list, const struct page *page, uint64_t low, uint64_t high)
{
    const struct store_orders_query *query = page->query;

    sql_bind_u64(list, 1, low);
    sql_bind_u64(list, 2, high);
    sql_bind_u64(list, 3, query->cart);
    sql_bind_u64(list, 4, query->customer);
    sql_bind_text(list, 5,
                  query->state < 0 ? TEXT_NONE
                                   : text_of(order_state_name((enum order_state)query->state)));
    sql_bind_u64(list, 6, query->from_ms);
    sql_bind_u64(list, 7, query->to_ms);
}

static struct err add_order(struct page *page, uint64_t number)
{
    struct store_orders *orders = page->orders;

    if (orders->count == page->query->limit) {
        orders->has_more = true;
        return OK;
    }
    TRY(read_order_rows(page->reader, number, page->arena, &orders->orders[orders->count]));
    orders->count += orders->orders[orders->count] != NULL;
    return OK;
}

/* What matches among the numbers low..high, in one read. */
static struct err list_range(struct page *page, uint64_t low, uint64_t high)
{
    enum reader_statement which = page->query->cart == 0 ? READER_LIST_RANGE : READER_LIST_CART;
    sqlite3_stmt *list = page->reader->statements[which];
    bool has_row = true;

    low = low > page->lowest ? low : page->lowest;
    high = high < page->highest ? high : page->highest;
    if (low > high)
        return OK;
    bind_query(list, page, low, high);
    TRY(sql_exec(page->reader->shop, "BEGIN"));
    while (!is_full(page)) {
        TRY(sql_next(list, &has_row));
        if (!has_row)
            break;
        TRY(add_order(page, sql_column_u64(list, 0)));
    }
    sqlite3_reset(list);
    return sql_exec(page->reader->shop, "COMMIT");
}

static struct err list_scan(struct page *page)
{
    uint64_t high = page->highest;

    while (high >= page->lowest && high != 0 && !is_full(page)) {
        uint64_t low = high > SCAN_STEP ? high - SCAN_STEP + 1 : 1;

        TRY(list_range(page, low, high));
        high = low - 1;
    }
    return OK;
}

static struct err list_chain(struct page *page, uint64_t number)
{
    sqlite3_stmt *chain = page->reader->statements[READER_CHAIN];

    while (number != 0 && !is_full(page)) {
        bool has_row = false;

        TRY(list_range(page, number, number));
        sql_bind_u64(chain, 1, number);
        TRY(sql_next(chain, &has_row));
        number = has_row ? sql_column_u64(chain, 0) : 0;
        sqlite3_reset(chain);
    }
    return OK;
}

static struct err list_customer(struct page *page)
{
    sqlite3_stmt *last = page->reader->statements[READER_LAST_OF_CUSTOMER];
    bool has_row = false;

    sql_bind_u64(last, 1, page->query->customer);
    TRY(sql_next(last, &has_row));
    uint64_t number = has_row ? sql_column_u64(last, 0) : 0;

    sqlite3_reset(last);
    return list_chain(page, number);
}

/* Orders of one step of contacts, newest first: an order's contact grows with its number. */
static struct err list_contacts(struct page *page, uint64_t low, uint64_t high)
{
    sqlite3_stmt *contacts = page->reader->contacts_by_email;
    uint64_t found[STORE_PAGE_MAX + 1];
    uint32_t count = 0;
    bool has_row = true;

    for (uint64_t next = high; has_row && next >= low && !is_full(page); count = 0) {
        sql_bind_u64(contacts, 1, low);
        sql_bind_u64(contacts, 2, next);
        sql_bind_text(contacts, 3, page->query->email);
        while (count < countof(found)) {
            TRY(sql_next(contacts, &has_row));
            if (!has_row)
                break;
            found[count++] = sql_column_u64(contacts, 0);
        }
        sqlite3_reset(contacts);
        for (uint32_t i = 0; i < count && !is_full(page); i++) {
            uint64_t number = 0;

            TRY(order_search_contact(&page->reader->search, found[i], &number));
            TRY(list_range(page, number, number));
        }
        next = count == 0 ? 0 : found[count - 1] - 1;
    }
    return OK;
}

static struct err list_email(struct page *page)
{
    sqlite3_stmt *newest = page->reader->statements[READER_CONTACT_BEFORE];
    bool has_row = false;

    sql_bind_u64(newest, 1, page->highest + 1);
    TRY(sql_next(newest, &has_row));
    uint64_t high = has_row ? sql_column_u64(newest, 0) : 0;

    sqlite3_reset(newest);
    while (high != 0 && !is_full(page)) {
        uint64_t low = high > SCAN_STEP ? high - SCAN_STEP + 1 : 1;

        TRY(list_contacts(page, low, high));
        high = low - 1;
    }
    return OK;
}

/* Times narrow the range of numbers, for both grow together. */
static struct err set_range(struct page *page)
{
    const struct store_orders_query *query = page->query;

    TRY(sql_number(page->reader->shop, "SELECT max(number) FROM orders", &page->highest));
    page->lowest = 1;
    if (query->before != 0 && query->before <= page->highest)
        page->highest = query->before - 1;
    if (query->number != 0) {
        page->lowest = query->number;
        page->highest = query->number < page->highest ? query->number : page->highest;
    }
    if (query->number == 0 && query->from_ms != 0)
        TRY(order_search_time(&page->reader->search, query->from_ms, &page->lowest));
    return OK;
}

struct err read_orders_page(struct sqlite_reader *reader, const struct store_orders_query *query,
                            struct arena *arena, struct store_orders *orders_out)
{
    struct page page = {.reader = reader, .query = query, .arena = arena, .orders = orders_out};

    orders_out->orders = arena_alloc_array(arena, query->limit, sizeof(struct order *));
    TRY(set_range(&page));
    if (query->chain != 0)
        return list_chain(&page, query->chain);
    if (query->email.length > 0)
        return list_email(&page);
    if (query->customer != 0 && query->number == 0 && query->cart == 0)
        return list_customer(&page);
    if (query->cart != 0)
        return list_range(&page, page.lowest, page.highest);
    return list_scan(&page);
}
