#include "store/sqlite/fold/fold_tables.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/sqlite/pairs.h"
#include "store/sqlite/schema.h"

#include <stdio.h>
#include <string.h>

static const char *const fold_sql[FOLD_STATEMENT_COUNT] = {
    [FOLD_BEGIN] = "BEGIN IMMEDIATE",
    [FOLD_COMMIT] = "COMMIT",
    [FOLD_PUT_META] = "INSERT OR REPLACE INTO meta VALUES(?, ?)",
    [FOLD_PUT_PRODUCT] = "INSERT OR REPLACE INTO products VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                         " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [FOLD_PUT_CATEGORY] = "INSERT OR REPLACE INTO categories VALUES(?, ?, ?)",
    [FOLD_PUT_LOCATION] = "INSERT OR REPLACE INTO locations VALUES(?, ?, ?)",
    [FOLD_CHANGE_STOCK] = "UPDATE stock SET on_hand = ?2, reserved = ?3,"
                          " sold = min(max(sold + ?4, 0), 4294967295) WHERE id = ?1",
    [FOLD_ADD_STOCK] = "INSERT INTO stock VALUES(?1, ?2, ?3, max(?4, 0))",
    [FOLD_READ_CART] =
        "SELECT customer, contact, touched_ms, last_order, lines, expires_ms FROM carts"
        " WHERE number = ?",
    [FOLD_PUT_CART] = "INSERT OR REPLACE INTO carts VALUES(?, ?, ?, ?, ?, ?, ?)",
    [FOLD_DELETE_CART] = "DELETE FROM carts WHERE number = ?",
    [FOLD_PUT_CUSTOMER] =
        "INSERT INTO customers VALUES(?1, ?2, ?3, ?4, NULL, ?5, 'customer',"
        " NULL, ?6, NULL, NULL) ON CONFLICT DO UPDATE SET contact = ?2, is_member = ?3,"
        " is_erased = ?4, changed_event = ?6, role = iif(?4, 'customer', role),"
        " password_event = iif(?4, NULL, password_event),"
        " reset_event = iif(?4, NULL, reset_event),"
        " reset_until_ms = iif(?4, NULL, reset_until_ms)",
    [FOLD_PUT_ACCOUNT] = "UPDATE customers SET role = ?2,"
                         " password_event = coalesce(?3, password_event),"
                         " reset_event = iif(?3, NULL, reset_event),"
                         " reset_until_ms = iif(?3, NULL, reset_until_ms) WHERE number = ?1",
    [FOLD_ASK_RESET] = "UPDATE customers SET reset_event = ?2, reset_until_ms = ?3"
                       " WHERE number = ?1",
    [FOLD_PUT_API_KEY] = "INSERT INTO api_keys VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                         " SET is_revoked = excluded.is_revoked",
    [FOLD_PUT_REVIEW] =
        "INSERT INTO reviews VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8) ON CONFLICT DO UPDATE"
        " SET stars = ?4, created_ms = iif(state = 'withdrawn', ?7, created_ms), state = ?5,"
        " contact = ?6, changed_ms = ?7, changed_event = ?8",
    [FOLD_PUT_RATING] = "INSERT OR REPLACE INTO ratings_elsewhere VALUES(?, ?, ?)",
    [FOLD_ADD_ACTION] = "INSERT INTO operator_actions VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
    [FOLD_ADD_TOKEN] = "INSERT INTO tokens VALUES(?, ?, ?, ?, ?)",
    [FOLD_END_TOKEN] = "DELETE FROM tokens WHERE digest = ?",
    [FOLD_SET_LAST_ORDER] = "UPDATE customers SET last_order = ?2 WHERE number = ?1",
    [FOLD_PUT_PRICING] = "INSERT INTO pricings VALUES(?, ?, ?)",
    [FOLD_PUT_PRICING_RULE] = "INSERT INTO pricing_rules VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [FOLD_ADD_ORDER] = "INSERT INTO orders VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                       " ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [FOLD_ADD_LINE] = "INSERT INTO order_lines VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [FOLD_ADD_PART] = "INSERT INTO order_parts VALUES(?, ?, ?, ?, ?, ?)",
    [FOLD_CHANGE_ORDER] = "UPDATE orders SET state = ?2, subtotal = ?3, discount = ?4,"
                          " shipping = ?5, tax = ?6, total = ?7, last_event = ?8 WHERE number = ?1",
    [FOLD_FORGET_CONTACT] = "UPDATE orders SET contact = NULL WHERE number = ?",
    [FOLD_READ_LINE_PRODUCT] = "SELECT product FROM order_lines WHERE id = ?",
    [FOLD_CHANGE_LINE] = "UPDATE order_lines SET quantity = ?2, discount = ?3 WHERE id = ?1",
    [FOLD_CHANGE_LINE_PART] = "UPDATE order_lines SET reserved = reserved - ?3,"
                              " shipped = shipped + ?4 WHERE id = ?1 AND location = ?2",
    [FOLD_CHANGE_PART] = "UPDATE order_parts SET reserved = reserved - ?3, shipped = shipped + ?4"
                         " WHERE id = ?1 AND location = ?2",
    [FOLD_ADD_MOVE] = "INSERT INTO order_moves VALUES(?, ?, ?, ?, ?, ?, ?)",
    [FOLD_ADD_SHIPMENT] = "INSERT INTO shipments VALUES(?, ?, ?, ?, ?, ?, NULL, ?)",
    [FOLD_DELIVER] = "UPDATE shipments SET delivered_ms = ?3 WHERE order_number = ?1"
                     " AND (?2 = 0 OR number = ?2) AND delivered_ms IS NULL",
    [FOLD_TOUCH_ORDER] = "UPDATE orders SET last_event = ?2 WHERE number = ?1",
    [FOLD_ADD_TRACKING] = "INSERT INTO tracking VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
    [FOLD_ADD_PAYMENT] = "INSERT INTO payments VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
};

/* The members of struct fold_mark as rows of meta. */
static const struct {
    const char *name;
    size_t offset;
} mark_rows[] = {
    {"event", offsetof(struct fold_mark, event)},
    {"event_ms", offsetof(struct fold_mark, event_ms)},
    {"timeline", offsetof(struct fold_mark, timeline)},
    {"epoch", offsetof(struct fold_mark, epoch)},
    {"last_contact", offsetof(struct fold_mark, last_contact)},
    {"currency", offsetof(struct fold_mark, currency)},
};

static uint64_t *mark_member(struct fold_mark *mark, size_t index)
{
    return (uint64_t *)(void *)((char *)mark + mark_rows[index].offset);
}

struct err fold_damaged(const char *table, uint64_t number)
{
    log_error("tables damaged", "file=shop.db table=%s number=%llu", table,
              (unsigned long long)number);
    return ERR_AT(ERR_STORE, 0, SQLITE_CORRUPT);
}

struct err fold_mark_read(sqlite3 *db, struct fold_mark *mark_out)
{
    char sql[96];

    for (size_t i = 0; i < countof(mark_rows); i++) {
        (void)snprintf(sql, sizeof sql, "SELECT value FROM meta WHERE name = '%s'",
                       mark_rows[i].name);
        TRY(sql_number(db, sql, mark_member(mark_out, i)));
    }
    return OK;
}

static struct err write_mark(struct fold_tables *tables)
{
    sqlite3_stmt *put = tables->statements[FOLD_PUT_META];

    for (size_t i = 0; i < countof(mark_rows); i++) {
        sql_bind_text(put, 1, text_of(mark_rows[i].name));
        sql_bind_u64(put, 2, *mark_member(&tables->mark, i));
        TRY(sql_run(put));
    }
    return OK;
}

/* What the tables have already. */
static struct err read_marks(struct fold_tables *tables)
{
    TRY(fold_mark_read(tables->db, &tables->mark));
    TRY(sql_number(tables->db, "SELECT max(number) FROM carts", &tables->cart_written_max));
    return sql_number(tables->db, "SELECT max(id) FROM stock", &tables->stock_written_max);
}

static int note_wal_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    struct fold_tables *tables = context;

    (void)db, (void)name;
    tables->wal_pages = (uint32_t)pages;
    return SQLITE_OK;
}

/* NORMAL: a power cut takes the tables back to an older slice, whole; the journal has the rest. The
 * triggers that refuse strangers do not run here. */
static struct err set_up(struct fold_tables *tables, uint32_t cache_mb)
{
    char sql[256];
    bool is_new = false;

    sqlite3_db_config(tables->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)snprintf(
        sql, sizeof sql,
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;"
        "PRAGMA cache_size=-%u; PRAGMA wal_checkpoint(TRUNCATE); BEGIN IMMEDIATE",
        cache_mb * 1024);
    sqlite3_db_config(tables->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    TRY(sql_exec(tables->db, sql));
    TRY(schema_ensure(tables->db, &schema_shop, &is_new));
    TRY(sql_exec(tables->db, "COMMIT"));
    TRY(sql_prepare_all(tables->db, fold_sql, FOLD_STATEMENT_COUNT, tables->statements));
    TRY(order_search_open(&tables->search, tables->db));
    sqlite3_wal_hook(tables->db, note_wal_pages, tables);
    return read_marks(tables);
}

static void slice_init(struct fold_tables *tables)
{
    map_init(&tables->stock_positions, 1024);
    map_init(&tables->last_orders, 1024);
    carts_init(&tables->carts);
    tables->stock_count = 0;
    tables->orders = 0;
    tables->lines = 0;
}

static void slice_release(struct fold_tables *tables)
{
    map_release(&tables->stock_positions);
    map_release(&tables->last_orders);
    carts_release(&tables->carts);
    memory_free(tables->stock);
    memory_free(tables->keys);
    tables->stock = NULL;
    tables->keys = NULL;
    tables->stock_capacity = 0;
    tables->key_capacity = 0;
}

struct err fold_tables_open(struct fold_tables *tables, const struct sql_file *file,
                            uint32_t cache_mb)
{
    *tables = (struct fold_tables){0};
    slice_init(tables);
    buffer_init(&tables->json, 1024);
    struct err err = sql_open(file, SQL_CREATE, &tables->db);

    if (err.code == ERR_NONE)
        err = set_up(tables, cache_mb);
    if (err.code != ERR_NONE)
        fold_tables_close(tables);
    return err;
}

void fold_tables_close(struct fold_tables *tables)
{
    sql_close(tables->db);
    tables->db = NULL;
    slice_release(tables);
    buffer_release(&tables->json);
}

void fold_stock_set(struct fold_tables *tables, const struct fold_stock *after)
{
    uint64_t position = 0;

    if (!map_find(&tables->stock_positions, after->key, &position)) {
        if (tables->stock_count == tables->stock_capacity) {
            tables->stock_capacity =
                tables->stock_capacity == 0 ? 1024 : tables->stock_capacity * 2;
            tables->stock =
                memory_resize(tables->stock, tables->stock_capacity * sizeof *tables->stock);
        }
        position = ++tables->stock_count;
        tables->stock[position - 1] = (struct fold_stock){.key = after->key};
        map_put(&tables->stock_positions, after->key, position);
    }
    struct fold_stock *stock = &tables->stock[position - 1];

    stock->on_hand = after->on_hand;
    stock->reserved = after->reserved;
    stock->sold_change += after->sold_change;
}

static struct err read_cart(struct fold_tables *tables, struct cart *cart)
{
    sqlite3_stmt *read = tables->statements[FOLD_READ_CART];
    bool has_row = false;
    bool damaged = false;
    uint32_t product;
    uint32_t quantity;

    sql_bind_u64(read, 1, cart->number);
    TRY(sql_next(read, &has_row));
    if (!has_row)
        return OK;
    cart->customer = sql_column_u32(read, 0);
    cart->contact = sql_column_u64(read, 1);
    cart->touched_ms = sql_column_u64(read, 2);
    cart->last_order = sql_column_u64(read, 3);
    cart->expires_ms = sql_column_u64(read, 5);
    struct text lines = sql_column_text(read, 4);

    while (pairs_next(&lines, &product, &quantity, &damaged))
        cart_set_line(cart, product, quantity);
    sqlite3_reset(read);
    return damaged ? fold_damaged("carts", cart->number) : OK;
}

struct err fold_cart(struct fold_tables *tables, uint64_t number, bool with_lines,
                     struct cart **cart_out)
{
    bool is_known = cart_find(&tables->carts, number) != NULL;

    *cart_out = cart_open(&tables->carts, number);
    if (is_known || !with_lines || number > tables->cart_written_max)
        return OK;
    return read_cart(tables, *cart_out);
}

static struct err fold_shop_created(struct fold_tables *tables, const struct event *event)
{
    const struct event_shop_created *created = event_payload(event);

    tables->mark.currency = created->currency;
    tables->mark.timeline = created->timeline;
    return OK;
}

static struct err fold_process_started(struct fold_tables *tables, const struct event *event)
{
    const struct event_process_started *started = event_payload(event);

    tables->mark.epoch = started->epoch;
    tables->mark.timeline = started->timeline;
    return OK;
}

static struct err fold_product_put(struct fold_tables *tables, const struct event *event)
{
    const struct product *product = event_payload(event);
    sqlite3_stmt *put = tables->statements[FOLD_PUT_PRODUCT];

    sql_bind(put, 1, product->number);
    sql_bind(put, 2, product->version);
    sql_bind(put, 3, product->category);
    sql_bind(put, 4, product->price_minor);
    sql_bind_u64(put, 5, product->created_ms);
    sql_bind_u64(put, 6, product->updated_ms);
    sql_bind(put, 7, product->rating_count);
    sql_bind(put, 8, product->rating_x100);
    sql_bind(put, 9, product->status == PRODUCT_ARCHIVED);
    sql_bind(put, 10, product->low_stock_threshold);
    for (int i = 0; i < PRODUCT_TEXT_COUNT; i++) {
        struct text text = product_text(product, (enum product_text)i);

        sql_bind_text(put, 11 + i, text.length == 0 ? TEXT_NONE : text);
    }
    return sql_run(put);
}

static struct err fold_category_put(struct fold_tables *tables, const struct event *event)
{
    const struct event_category_put *category = event_payload(event);
    sqlite3_stmt *put = tables->statements[FOLD_PUT_CATEGORY];

    sql_bind(put, 1, category->number);
    sql_bind_reference(put, 2, category->parent);
    sql_bind_text(put, 3, event_category_name(category));
    return sql_run(put);
}

static struct err fold_location_put(struct fold_tables *tables, const struct event *event)
{
    const struct event_location_put *location = event_payload(event);
    sqlite3_stmt *put = tables->statements[FOLD_PUT_LOCATION];

    sql_bind(put, 1, location->number);
    sql_bind(put, 2, location->priority);
    sql_bind_text(put, 3, event_location_name(location));
    return sql_run(put);
}

static struct err fold_stock_moved(struct fold_tables *tables, const struct event *event)
{
    const struct event_stock_moved *moved = event_payload(event);
    const struct event_stock_row *rows = event_stock_rows(moved);

    for (uint32_t i = 0; i < moved->row_count; i++) {
        fold_stock_set(tables, &(struct fold_stock){
                                   .key = fold_stock_key(rows[i].product, rows[i].location),
                                   .on_hand = rows[i].on_hand,
                                   .reserved = rows[i].reserved,
                               });
    }
    tables->lines += moved->row_count;
    return OK;
}

static void note_contact(struct fold_tables *tables, uint64_t contact)
{
    if (contact > tables->mark.last_contact)
        tables->mark.last_contact = contact;
}

static struct err fold_customer_put(struct fold_tables *tables, const struct event *event)
{
    const struct event_customer_put *customer = event_payload(event);
    sqlite3_stmt *put = tables->statements[FOLD_PUT_CUSTOMER];

    note_contact(tables, customer->contact);
    sql_bind(put, 1, customer->number);
    sql_bind_reference(put, 2, customer->contact);
    sql_bind(put, 3, customer->tier);
    sql_bind(put, 4, customer->is_erased);
    sql_bind_u64(put, 5, event->time_ms);
    sql_bind_u64(put, 6, event->number);
    return sql_run(put);
}

/* The rows are gone since the commit that recorded this; orders stop naming them. */
static struct err fold_contacts_erased(struct fold_tables *tables, const struct event *event)
{
    const struct event_contacts_erased *erased = event_payload(event);
    sqlite3_stmt *forget = tables->statements[FOLD_FORGET_CONTACT];

    for (uint32_t i = 0; i < erased->count; i++) {
        uint64_t order = 0;

        TRY(order_search_contact(&tables->search, event_contacts(erased)[i], &order));
        if (order == 0)
            continue;
        sql_bind_u64(forget, 1, order);
        TRY(sql_run(forget));
    }
    return OK;
}

static struct err fold_cart_changed(struct fold_tables *tables, const struct event *event)
{
    const struct event_cart_changed *changed = event_payload(event);
    const struct event_cart_line *lines = event_cart_lines(changed);
    struct cart *cart;

    TRY(fold_cart(tables, changed->cart, true, &cart));
    note_contact(tables, changed->contact);
    cart->contact = changed->contact;
    cart->customer = changed->customer;
    cart->touched_ms = event->time_ms;
    cart->expires_ms = 0;
    for (uint32_t i = 0; i < changed->line_count; i++)
        cart_set_line(cart, lines[i].product, lines[i].quantity);
    tables->lines += changed->line_count;
    return OK;
}

static struct err fold_cart_expiring(struct fold_tables *tables, const struct event *event)
{
    const struct event_cart_expiring *expiring = event_payload(event);
    struct cart *cart;

    TRY(fold_cart(tables, expiring->cart, true, &cart));
    cart->expires_ms = expiring->expires_ms;
    return OK;
}

static struct err fold_cart_expired(struct fold_tables *tables, const struct event *event)
{
    const struct event_cart_expired *expired = event_payload(event);
    struct cart *cart;

    TRY(fold_cart(tables, expired->cart, true, &cart));
    cart_expire(cart, event->time_ms);
    return OK;
}

static struct err fold_order_placed_marked(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_placed *placed = event_payload(event);

    note_contact(tables, placed->contact);
    return fold_order_placed(tables, event);
}

static struct err fold_order_imported_marked(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_imported *imported = event_payload(event);

    note_contact(tables, imported->contact);
    return fold_order_imported(tables, event);
}

static struct err fold_review_put_marked(struct fold_tables *tables, const struct event *event)
{
    const struct event_review_put *put = event_payload(event);

    note_contact(tables, put->contact);
    return fold_review_put(tables, event);
}

static struct err put_pricing_rule(struct fold_tables *tables, uint32_t version, uint32_t index,
                                   const struct pricing_rule *rule)
{
    sqlite3_stmt *put = tables->statements[FOLD_PUT_PRICING_RULE];

    sql_bind(put, 1, version);
    sql_bind(put, 2, index);
    sql_bind_text(put, 3, text_of(rule->strategy));
    sql_bind_reference(put, 4, rule->from_ms);
    sql_bind_reference(put, 5, rule->to_ms);
    sql_bind(put, 6, rule->min_quantity);
    sql_bind(put, 7, rule->basis_points);
    sql_bind_reference(put, 8, rule->category);
    sql_bind_text(put, 9, rule->country[0] == '\0' ? TEXT_NONE : text_of(rule->country));
    return sql_run(put);
}

static struct err fold_pricing_set(struct fold_tables *tables, const struct event *event)
{
    const struct event_pricing_set *set = event_payload(event);
    sqlite3_stmt *put = tables->statements[FOLD_PUT_PRICING];

    sql_bind(put, 1, set->version);
    sql_bind_text(put, 2, set->policy == PRICING_STACK ? TEXT("stack") : TEXT("best"));
    sql_bind_u64(put, 3, event->time_ms);
    TRY(sql_run(put));
    for (uint32_t i = 0; i < set->rule_count; i++)
        TRY(put_pricing_rule(tables, set->version, i, &event_pricing_rules(set)[i]));
    return OK;
}

/* What it says is in journal.db alone. */
static struct err fold_nothing(struct fold_tables *tables, const struct event *event)
{
    (void)tables, (void)event;
    return OK;
}

static struct err (*const fold_by_type[EVENT_TYPE_LIMIT])(struct fold_tables *tables,
                                                          const struct event *event) = {
    [EVENT_SHOP_CREATED] = fold_shop_created,
    [EVENT_PROCESS_STARTED] = fold_process_started,
    [EVENT_PRODUCT_PUT] = fold_product_put,
    [EVENT_CATEGORY_PUT] = fold_category_put,
    [EVENT_LOCATION_PUT] = fold_location_put,
    [EVENT_STOCK_MOVED] = fold_stock_moved,
    [EVENT_CUSTOMER_PUT] = fold_customer_put,
    [EVENT_CONTACTS_ERASED] = fold_contacts_erased,
    [EVENT_CART_CHANGED] = fold_cart_changed,
    [EVENT_ORDER_PLACED] = fold_order_placed_marked,
    [EVENT_ORDER_CHANGED] = fold_order_changed,
    [EVENT_PRICING_SET] = fold_pricing_set,
    [EVENT_ACCOUNT_PUT] = fold_account_put,
    [EVENT_TOKEN_CHANGED] = fold_token_changed,
    [EVENT_API_KEY_PUT] = fold_api_key_put,
    [EVENT_REVIEW_PUT] = fold_review_put_marked,
    [EVENT_RESET_ASKED] = fold_reset_asked,
    [EVENT_ORDER_CORRECTED] = fold_nothing,
    [EVENT_OPERATOR_ACTED] = fold_operator_acted,
    [EVENT_PAYMENT_RECEIVED] = fold_payment_received,
    [EVENT_PAYMENT_ORPHANED] = fold_payment_orphaned,
    [EVENT_REFUND_DUE] = fold_refund_due,
    [EVENT_CART_EXPIRING] = fold_cart_expiring,
    [EVENT_CART_EXPIRED] = fold_cart_expired,
    [EVENT_SHIPMENT_UPDATED] = fold_shipment_updated,
    [EVENT_ORDER_IMPORTED] = fold_order_imported_marked,
};

struct err fold_tables_begin(struct fold_tables *tables)
{
    return sql_run(tables->statements[FOLD_BEGIN]);
}

struct err fold_tables_event(struct fold_tables *tables, const struct event *event)
{
    ensure(event->number == tables->mark.event + 1);
    ensure(event->type < EVENT_TYPE_LIMIT);
    ensure(fold_by_type[event->type] != NULL);
    TRY(fold_by_type[event->type](tables, event));
    tables->mark.event = event->number;
    tables->mark.event_ms = event->time_ms;
    return OK;
}

struct err fold_tables_commit(struct fold_tables *tables)
{
    TRY(fold_write_gathered(tables));
    TRY(write_mark(tables));
    TRY(sql_run(tables->statements[FOLD_COMMIT]));
    slice_release(tables);
    slice_init(tables);
    return OK;
}

struct err fold_tables_rollback(struct fold_tables *tables)
{
    sql_rollback(tables->db);
    slice_release(tables);
    slice_init(tables);
    return read_marks(tables);
}

struct err fold_tables_checkpoint(struct fold_tables *tables)
{
    int code = sqlite3_wal_checkpoint_v2(tables->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    return code == SQLITE_OK || code == SQLITE_BUSY ? OK : sql_error(tables->db, "checkpoint");
}
