#include "store/sqlite/read/reader.h"

#include "base/log.h"
#include "base/memory.h"

#include <string.h>

static const char *const reader_sql[READER_SHOP_COUNT] = {
    [READER_ORDER] =
        "SELECT cart, customer, previous, contact, state, created_ms, currency, pricing_version,"
        " placed_by, key, body_hash, subtotal, discount, shipping, tax, total, subtotal_ordered,"
        " discount_ordered, shipping_ordered, tax_ordered, total_ordered, line_count, part_count,"
        " last_event FROM orders WHERE number = ?",
    [READER_LINES] = "SELECT product, quantity_ordered, quantity, unit_price, discount_ordered,"
                     " discount, rule_mask, location, reserved, shipped, reserved_ordered"
                     " FROM order_lines WHERE id >= ? AND id < ? ORDER BY id",
    [READER_PARTS] = "SELECT location, reserved, shipped, reserved_ordered FROM order_parts"
                     " WHERE id = ? ORDER BY part",
    [READER_MOVES] = "SELECT at_ms, action, state, actor, note FROM order_moves"
                     " WHERE order_number = ? ORDER BY event",
    [READER_SHIPMENTS] = "SELECT number, location, carrier, tracking_number, shipped_ms,"
                         " delivered_ms, lines FROM shipments WHERE order_number = ?"
                         " ORDER BY number",
    [READER_PAYMENTS] = "SELECT at_ms, occurred_ms, kind, outcome, amount, currency, id, reference"
                        " FROM payments WHERE order_number = ? ORDER BY event",
    [READER_TRACKING] = "SELECT shipment, occurred_ms, at_ms, status, id, code FROM tracking"
                        " WHERE order_number = ? ORDER BY shipment, occurred_ms, event",
    [READER_LIST_RANGE] =
        "SELECT number FROM orders WHERE number BETWEEN ?1 AND ?2 AND (?3 = 0 OR cart = ?3)"
        " AND (?4 = 0 OR customer = ?4) AND (?5 IS NULL OR state = ?5) AND created_ms >= ?6"
        " AND (?7 = 0 OR created_ms < ?7) ORDER BY number DESC",
    [READER_LIST_CART] =
        "SELECT number FROM orders WHERE number BETWEEN ?1 AND ?2 AND cart = ?3"
        " AND (?4 = 0 OR customer = ?4) AND (?5 IS NULL OR state = ?5) AND created_ms >= ?6"
        " AND (?7 = 0 OR created_ms < ?7) ORDER BY number DESC",
    [READER_BY_KEY] = "SELECT number FROM orders WHERE cart = ? AND key = ?",
    [READER_LAST_ORDER] = "SELECT max(number) FROM orders",
    [READER_PENDING] = "SELECT number, created_ms FROM orders INDEXED BY orders_pending"
                       " WHERE state = 'pending' AND number >= ? ORDER BY number LIMIT ?",
    [READER_CHAIN] = "SELECT previous, contact FROM orders WHERE number = ?",
    [READER_LAST_OF_CUSTOMER] = "SELECT last_order FROM customers WHERE number = ?",
    [READER_ACTIONS] = "SELECT event, at_ms, operator, number, action, first_event, subject_kind,"
                       " subject FROM operator_actions WHERE event < ? ORDER BY event DESC LIMIT ?",
    [READER_CONTACT_BEFORE] = "SELECT contact FROM orders WHERE number < ?"
                              " AND contact IS NOT NULL ORDER BY number DESC LIMIT 1",
    [READER_PURCHASES] =
        "WITH RECURSIVE chain(n) AS (SELECT ?1 UNION ALL"
        " SELECT previous FROM chain JOIN orders ON number = n WHERE previous IS NOT NULL)"
        " SELECT number, state = 'delivered' FROM chain JOIN orders ON number = n WHERE EXISTS"
        " (SELECT 1 FROM order_lines WHERE id >= number << 12 AND id < (number + 1) << 12"
        " AND product = ?2 AND quantity > 0) ORDER BY 2 DESC, 1 DESC LIMIT ?3",
    /* A scan: who asks was just refused a movement, and an index would cost every checkout. */
    [READER_HOLDERS] =
        "SELECT id >> 12 FROM order_lines WHERE product = ?1 AND location = ?2 AND reserved > 0"
        " UNION SELECT p.id >> 12 FROM order_parts p JOIN order_lines l ON l.id = p.id"
        " WHERE p.location = ?2 AND p.reserved > 0 AND l.product = ?1 ORDER BY 1 LIMIT ?3",
};

static const char contact_sql[] = "SELECT customer, name, email, phone, shipping_address,"
                                  " billing_address, metadata, addresses, preferences, password"
                                  " FROM contacts WHERE number = ?";
static const char contacts_by_email_sql[] =
    "SELECT number FROM contacts WHERE number BETWEEN ? AND ? AND email = ? ORDER BY number DESC";

static const char answer_sql[] = "SELECT number, key, body_hash, at_ms, event, customer, bytes"
                                 " FROM answers WHERE number = ?";
static const char answers_sql[] = "SELECT number, key, body_hash, at_ms, event, customer,"
                                  " length(bytes)"
                                  " FROM answers ORDER BY number";

static struct sqlite_reader *reader_of(struct store_reader *reader)
{
    return (struct sqlite_reader *)reader;
}

static struct err open_all(struct sqlite_reader *reader, const struct sql_file *shop_file,
                           const struct sql_file *journal_file)
{
    TRY(sql_open(shop_file, SQL_READ, &reader->shop));
    TRY(sql_prepare_all(reader->shop, reader_sql, READER_SHOP_COUNT, reader->statements));
    TRY(order_search_open(&reader->search, reader->shop));
    TRY(journal_reader_open(&reader->journal, journal_file));
    TRY(sql_prepare(reader->journal.db, "BEGIN", &reader->begin));
    TRY(sql_prepare(reader->journal.db, "COMMIT", &reader->commit));
    TRY(sql_prepare(reader->journal.db, contact_sql, &reader->contact));
    TRY(sql_prepare(reader->journal.db, contacts_by_email_sql, &reader->contacts_by_email));
    TRY(sql_prepare(reader->journal.db, answer_sql, &reader->answer));
    return sql_prepare(reader->journal.db, answers_sql, &reader->answers);
}

struct err sqlite_reader_open(struct store *store, const struct sql_file *shop_file,
                              const struct sql_file *journal_file, struct store_reader **reader_out)
{
    struct sqlite_reader *reader = memory_alloc_zeroed(1, sizeof *reader);
    struct err err = open_all(reader, shop_file, journal_file);

    reader->reader.store = store;
    if (err.code != ERR_NONE)
        sqlite_reader_close(&reader->reader);
    else
        *reader_out = &reader->reader;
    return err;
}

void sqlite_reader_close(struct store_reader *base)
{
    struct sqlite_reader *reader = reader_of(base);

    journal_reader_close(&reader->journal);
    sql_close(reader->shop);
    memory_free(reader);
}

/* Of the journal alone: contacts and answers are read by many one after another, and what each read
 * would do by itself, locks and a look at which pages are new, costs more than the row. */
struct err sqlite_reader_hold(struct store_reader *base)
{
    return sql_run(reader_of(base)->begin);
}

void sqlite_reader_let_go(struct store_reader *base)
{
    if (sql_run(reader_of(base)->commit).code != ERR_NONE)
        sql_rollback(reader_of(base)->journal.db);
}

/* One view of all tables, let go as soon as the rows are copied. */
static struct err read_in_transaction(struct sqlite_reader *reader, uint64_t number,
                                      struct arena *arena, struct order **order_out)
{
    TRY(sql_exec(reader->shop, "BEGIN"));
    struct err err = read_order_rows(reader, number, arena, order_out);

    sql_rollback(reader->shop);
    return err;
}

struct err sqlite_read_order(struct store_reader *base, uint64_t number, struct arena *arena,
                             struct order **order_out)
{
    return read_in_transaction(reader_of(base), number, arena, order_out);
}

struct err sqlite_read_orders(struct store_reader *base, const struct store_orders_query *query,
                              struct arena *arena, struct store_orders *orders_out)
{
    struct sqlite_reader *reader = reader_of(base);
    struct err err = read_orders_page(reader, query, arena, orders_out);

    sql_rollback(reader->shop);
    return err;
}

struct err sqlite_read_order_by_key(struct store_reader *base, uint64_t cart, const uint8_t key[16],
                                    struct arena *arena, struct order **order_out)
{
    struct sqlite_reader *reader = reader_of(base);
    sqlite3_stmt *by_key = reader->statements[READER_BY_KEY];
    bool has_row = false;

    sql_bind_u64(by_key, 1, cart);
    sql_bind_blob(by_key, 2, key, 16);
    TRY(sql_next(by_key, &has_row));
    if (!has_row)
        return OK;
    uint64_t number = sql_column_u64(by_key, 0);

    sqlite3_reset(by_key);
    return read_in_transaction(reader, number, arena, order_out);
}

/* The last number is read first: what is added between the two reads is in the list, or beyond it.
 */
struct err sqlite_read_pending(struct store_reader *base, uint64_t from,
                               struct store_pending *pending_out)
{
    sqlite3_stmt *last = reader_of(base)->statements[READER_LAST_ORDER];
    sqlite3_stmt *list = reader_of(base)->statements[READER_PENDING];
    bool has_row = false;

    TRY(sql_next(last, &has_row));
    pending_out->complete_to = has_row ? sql_column_u64(last, 0) : 0;
    sqlite3_reset(last);
    sql_bind_u64(list, 1, from);
    sql_bind_u64(list, 2, STORE_PAGE_MAX);
    for (;;) {
        TRY(sql_next(list, &has_row));
        if (!has_row)
            break;
        ensure(pending_out->count < STORE_PAGE_MAX);
        pending_out->orders[pending_out->count++] =
            (struct store_pending_order){sql_column_u64(list, 0), sql_column_u64(list, 1)};
    }
    if (pending_out->count == STORE_PAGE_MAX &&
        pending_out->orders[STORE_PAGE_MAX - 1].number < pending_out->complete_to)
        pending_out->complete_to = pending_out->orders[STORE_PAGE_MAX - 1].number;
    return OK;
}

struct err sqlite_read_chain_contacts(struct store_reader *base, uint64_t order,
                                      struct arena *arena, uint64_t **contacts_out,
                                      uint32_t *count_out)
{
    sqlite3_stmt *chain = reader_of(base)->statements[READER_CHAIN];
    struct buffer found;
    struct err err = OK;

    buffer_init(&found, 256);
    while (order != 0 && err.code == ERR_NONE) {
        bool has_row = false;

        sql_bind_u64(chain, 1, order);
        err = sql_next(chain, &has_row);
        order = has_row ? sql_column_u64(chain, 0) : 0;
        uint64_t contact = has_row ? sql_column_u64(chain, 1) : 0;

        sqlite3_reset(chain);
        if (contact != 0)
            buffer_append(&found, &contact, sizeof contact);
    }
    *count_out = (uint32_t)(found.length / sizeof(uint64_t));
    *contacts_out = arena_alloc_array(arena, *count_out + 1, sizeof(uint64_t));
    if (found.length > 0)
        memcpy(*contacts_out, found.data, found.length);
    buffer_release(&found);
    return err;
}

struct err sqlite_read_stock_holders(struct store_reader *base, uint32_t product, uint16_t location,
                                     struct arena *arena, uint64_t **orders_out,
                                     uint32_t *count_out)
{
    sqlite3_stmt *holders = reader_of(base)->statements[READER_HOLDERS];
    bool has_row = false;

    *orders_out = arena_alloc_array(arena, STORE_HOLDERS_MAX, sizeof(uint64_t));
    sql_bind_u64(holders, 1, product);
    sql_bind_u64(holders, 2, location);
    sql_bind_u64(holders, 3, STORE_HOLDERS_MAX);
    TRY(sql_next(holders, &has_row));
    while (has_row) {
        ensure(*count_out < STORE_HOLDERS_MAX);
        (*orders_out)[(*count_out)++] = sql_column_u64(holders, 0);
        TRY(sql_next(holders, &has_row));
    }
    sqlite3_reset(holders);
    return OK;
}

struct err sqlite_read_purchases(struct store_reader *base, uint64_t order, uint32_t product,
                                 struct arena *arena, struct purchases *purchases_out)
{
    sqlite3_stmt *rows = reader_of(base)->statements[READER_PURCHASES];
    bool has_row = false;

    purchases_out->orders = arena_alloc_array(arena, PURCHASES_MAX, sizeof *purchases_out->orders);
    sql_bind_u64(rows, 1, order);
    sql_bind(rows, 2, product);
    sql_bind(rows, 3, PURCHASES_MAX);
    TRY(sql_next(rows, &has_row));
    while (has_row) {
        purchases_out->orders[purchases_out->count++] =
            (struct purchase){sql_column_u64(rows, 0), sqlite3_column_int(rows, 1) != 0};
        TRY(sql_next(rows, &has_row));
    }
    sqlite3_reset(rows);
    return OK;
}

struct err sqlite_read_contact(struct store_reader *base, uint64_t number, struct arena *arena,
                               struct contact *contact_out, bool *found_out)
{
    sqlite3_stmt *row = reader_of(base)->contact;

    sql_bind_u64(row, 1, number);
    TRY(sql_next(row, found_out));
    if (!*found_out)
        return OK;
    *contact_out = (struct contact){
        .number = number,
        .customer = sql_column_u32(row, 0),
        .name = sql_copy_text(row, 1, arena),
        .email = sql_copy_text(row, 2, arena),
        .phone = sql_copy_text(row, 3, arena),
        .shipping_address = sql_copy_text(row, 4, arena),
        .billing_address = sql_copy_text(row, 5, arena),
        .metadata = sql_copy_text(row, 6, arena),
        .addresses = sql_copy_text(row, 7, arena),
        .preferences = sql_copy_text(row, 8, arena),
        .password = sql_copy_text(row, 9, arena),
    };
    sqlite3_reset(row);
    return OK;
}

struct each_event {
    bool (*each)(void *context, const struct event *event);
    void *context;
    uint64_t last;
};

static bool call_each(void *context, const struct event *event)
{
    struct each_event *caller = context;

    caller->last = event->number;
    return caller->each(caller->context, event);
}

struct err sqlite_read_events(struct store_reader *base, uint64_t after,
                              bool (*each)(void *context, const struct event *event), void *context)
{
    struct each_event caller = {each, context, after};
    bool goes_on = true;

    while (goes_on) {
        struct text events;

        TRY(journal_read(&reader_of(base)->journal, caller.last, &events));
        if (events.data == NULL)
            break;
        TRY(journal_walk(events, caller.last, call_each, &caller, &goes_on));
    }
    return OK;
}

static struct err answer_of_row(sqlite3_stmt *row, struct answer *answer_out)
{
    *answer_out = (struct answer){
        .number = sql_column_u64(row, 0),
        .body_hash = sql_column_u64(row, 2),
        .at_ms = sql_column_u64(row, 3),
        .event = sql_column_u64(row, 4),
        .customer = sql_column_u32(row, 5),
    };
    if (sqlite3_column_bytes(row, 1) != (int)sizeof answer_out->key) {
        log_error("journal damaged", "file=journal.db answer=%llu",
                  (unsigned long long)answer_out->number);
        return ERR_AT(ERR_STORE, 0, SQLITE_CORRUPT);
    }
    memcpy(answer_out->key, sqlite3_column_blob(row, 1), sizeof answer_out->key);
    return OK;
}

struct err sqlite_read_answer(struct store_reader *base, uint64_t number, struct arena *arena,
                              const struct answer **answer_out)
{
    sqlite3_stmt *statement = reader_of(base)->answer;
    struct answer *answer = arena_alloc(arena, sizeof *answer);
    bool has_row = false;

    sql_bind_u64(statement, 1, number);
    TRY(sql_next(statement, &has_row));
    if (!has_row)
        return OK;
    struct err err = answer_of_row(statement, answer);
    const char *bytes = sqlite3_column_blob(statement, 6);
    uint32_t length = (uint32_t)sqlite3_column_bytes(statement, 6);

    if (sqlite3_column_type(statement, 6) != SQLITE_NULL)
        answer->bytes =
            length == 0 ? TEXT("") : arena_copy_text(arena, (struct text){bytes, length});
    sqlite3_reset(statement);
    *answer_out = answer;
    return err;
}

struct err sqlite_read_answers(struct store_reader *base,
                               bool (*each)(void *context, const struct answer *answer),
                               void *context)
{
    sqlite3_stmt *statement = reader_of(base)->answers;
    bool goes_on = true;

    while (goes_on) {
        struct answer answer;
        bool has_row = false;

        TRY(sql_next(statement, &has_row));
        if (!has_row)
            return OK;
        TRY(answer_of_row(statement, &answer));
        answer.bytes.length = sql_column_u32(statement, 6);
        goes_on = each(context, &answer);
    }
    sqlite3_reset(statement);
    return OK;
}
