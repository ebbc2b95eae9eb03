#include "store/sqlite/schema.h"

#include "base/log.h"

#include <stdio.h>

const struct schema schema_journal = {
    .name = "journal.db",
    .sql =
        "CREATE TABLE meta(name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"
        "CREATE TABLE batches(first_event INTEGER PRIMARY KEY, last_event INTEGER NOT NULL,"
        " events BLOB NOT NULL) STRICT;"
        "CREATE TABLE contacts(number INTEGER PRIMARY KEY, customer INTEGER, name TEXT,"
        " email TEXT, phone TEXT, shipping_address TEXT, billing_address TEXT, metadata TEXT,"
        " addresses TEXT, preferences TEXT, password TEXT, email_tag BLOB) STRICT;"
        "CREATE INDEX contacts_with_email_tag ON contacts(customer) WHERE email_tag IS NOT NULL;",
    .additions = "CREATE TABLE IF NOT EXISTS answers(number INTEGER PRIMARY KEY, key BLOB NOT NULL,"
                 " body_hash INTEGER NOT NULL, at_ms INTEGER NOT NULL, event INTEGER NOT NULL,"
                 " customer INTEGER, bytes BLOB) STRICT;"
                 "CREATE INDEX IF NOT EXISTS answers_by_customer ON answers(customer)"
                 " WHERE customer IS NOT NULL;",
};

/* A stranger's connection runs the triggers, the fold's has them switched off (fold_tables.c). */
#define GUARD_ON(table, verb)                                                                      \
    "CREATE TRIGGER IF NOT EXISTS " #table "_refuses_" #verb " BEFORE " #verb " ON " #table        \
    " BEGIN SELECT RAISE(ABORT, '" #table                                                          \
    " is written by shopd alone, from its journal: change it through the API'); END;"
#define GUARD(table) GUARD_ON(table, INSERT) GUARD_ON(table, UPDATE) GUARD_ON(table, DELETE)

const struct schema schema_shop = {
    .name = "shop.db",
    .sql =
        "CREATE TABLE meta(name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"
        "CREATE TABLE products(number INTEGER PRIMARY KEY, version INTEGER NOT NULL,"
        " category INTEGER NOT NULL, price_minor INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
        " updated_ms INTEGER NOT NULL, rating_count INTEGER NOT NULL,"
        " rating_x100 INTEGER NOT NULL, is_archived INTEGER NOT NULL,"
        " low_stock_threshold INTEGER NOT NULL, sku TEXT, slug TEXT, name TEXT, description TEXT,"
        " brand TEXT, family TEXT, images TEXT, options TEXT, attributes TEXT, metadata TEXT)"
        " STRICT;"
        "CREATE TABLE categories(number INTEGER PRIMARY KEY, parent INTEGER, name TEXT NOT NULL)"
        " STRICT;"
        "CREATE TABLE locations(number INTEGER PRIMARY KEY, priority INTEGER NOT NULL,"
        " name TEXT NOT NULL) STRICT;"
        "CREATE TABLE stock(id INTEGER PRIMARY KEY, on_hand INTEGER NOT NULL,"
        " reserved INTEGER NOT NULL, sold INTEGER NOT NULL, product INTEGER AS (id >> 16),"
        " location INTEGER AS (id & 65535)) STRICT;"
        "CREATE TABLE carts(number INTEGER PRIMARY KEY, customer INTEGER, contact INTEGER,"
        " touched_ms INTEGER NOT NULL, last_order INTEGER, lines TEXT NOT NULL,"
        " expires_ms INTEGER) STRICT;"
        "CREATE TABLE customers(number INTEGER PRIMARY KEY, contact INTEGER,"
        " is_member INTEGER NOT NULL, is_erased INTEGER NOT NULL, last_order INTEGER,"
        " created_ms INTEGER NOT NULL, role TEXT NOT NULL, password_event INTEGER,"
        " changed_event INTEGER NOT NULL, reset_event INTEGER, reset_until_ms INTEGER) STRICT;"
        "CREATE TABLE api_keys(number INTEGER PRIMARY KEY, digest BLOB NOT NULL,"
        " name TEXT NOT NULL, scopes INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
        " expires_ms INTEGER, is_revoked INTEGER NOT NULL) STRICT;"
        "CREATE TABLE operator_actions(event INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
        " operator TEXT NOT NULL, number INTEGER, action TEXT NOT NULL,"
        " first_event INTEGER NOT NULL, subject_kind TEXT NOT NULL, subject INTEGER) STRICT;"
        "CREATE TABLE tokens(event INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE,"
        " customer INTEGER NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL)"
        " STRICT;"
        "CREATE TABLE orders(number INTEGER PRIMARY KEY, cart INTEGER NOT NULL, customer INTEGER,"
        " previous INTEGER, contact INTEGER, state TEXT NOT NULL, created_ms INTEGER NOT NULL,"
        " currency TEXT NOT NULL, pricing_version INTEGER NOT NULL, placed_by TEXT NOT NULL,"
        " key BLOB NOT NULL, body_hash INTEGER NOT NULL, subtotal INTEGER NOT NULL,"
        " discount INTEGER NOT NULL, shipping INTEGER NOT NULL, tax INTEGER NOT NULL,"
        " total INTEGER NOT NULL, subtotal_ordered INTEGER NOT NULL,"
        " discount_ordered INTEGER NOT NULL, shipping_ordered INTEGER NOT NULL,"
        " tax_ordered INTEGER NOT NULL, total_ordered INTEGER NOT NULL,"
        " line_count INTEGER NOT NULL, part_count INTEGER NOT NULL, last_event INTEGER NOT NULL)"
        " STRICT;"
        "CREATE INDEX orders_by_cart ON orders(cart);"
        "CREATE TABLE order_lines(id INTEGER PRIMARY KEY, product INTEGER NOT NULL,"
        " quantity_ordered INTEGER NOT NULL, quantity INTEGER NOT NULL,"
        " unit_price INTEGER NOT NULL, discount_ordered INTEGER NOT NULL,"
        " discount INTEGER NOT NULL, rule_mask INTEGER NOT NULL, location INTEGER,"
        " reserved INTEGER, shipped INTEGER, reserved_ordered INTEGER,"
        " order_number INTEGER AS (id >> 12), line INTEGER AS (id & 4095)) STRICT;"
        "CREATE TABLE order_parts(id INTEGER, part INTEGER, location INTEGER NOT NULL,"
        " reserved INTEGER NOT NULL, shipped INTEGER NOT NULL, reserved_ordered INTEGER NOT NULL,"
        " order_number INTEGER AS (id >> 12), line INTEGER AS (id & 4095), PRIMARY KEY(id, part))"
        " STRICT, WITHOUT ROWID;"
        "CREATE TABLE order_moves(order_number INTEGER, event INTEGER, at_ms INTEGER NOT NULL,"
        " action TEXT NOT NULL, state TEXT NOT NULL, actor TEXT NOT NULL, note TEXT,"
        " PRIMARY KEY(order_number, event)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE shipments(order_number INTEGER, number INTEGER, location INTEGER NOT NULL,"
        " carrier TEXT, tracking_number TEXT, shipped_ms INTEGER NOT NULL, delivered_ms INTEGER,"
        " lines TEXT NOT NULL, PRIMARY KEY(order_number, number)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE pricings(version INTEGER PRIMARY KEY, policy TEXT NOT NULL,"
        " set_ms INTEGER NOT NULL) STRICT;"
        "CREATE TABLE pricing_rules(version INTEGER, rule INTEGER, strategy TEXT NOT NULL,"
        " from_ms INTEGER, to_ms INTEGER, min_quantity INTEGER NOT NULL,"
        " basis_points INTEGER NOT NULL, category INTEGER, country TEXT,"
        " PRIMARY KEY(version, rule)) STRICT, WITHOUT ROWID;"
        "CREATE VIEW stock_now AS SELECT s.product, p.sku, p.name, l.name AS location, s.on_hand,"
        " s.reserved, s.on_hand - s.reserved AS available, s.sold,"
        " (SELECT value FROM meta WHERE name = 'event') AS as_of_event,"
        " (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', value / 1000.0, 'unixepoch') FROM meta"
        " WHERE name = 'event_ms') AS as_of"
        " FROM stock s LEFT JOIN products p ON p.number = s.product"
        " LEFT JOIN locations l ON l.number = s.location;" GUARD(meta) GUARD(products)
            GUARD(categories) GUARD(locations) GUARD(stock) GUARD(carts) GUARD(customers)
                GUARD(tokens) GUARD(api_keys) GUARD(operator_actions) GUARD(orders)
                    GUARD(order_lines) GUARD(order_parts) GUARD(order_moves) GUARD(shipments)
                        GUARD(pricings) GUARD(pricing_rules),
    /* Orders leave it as they move on, so it is as short as the time they have to be paid. */
    .additions =
        "CREATE INDEX IF NOT EXISTS orders_pending ON orders(number, created_ms)"
        " WHERE state = 'pending';"
        "CREATE TABLE IF NOT EXISTS payments(order_number INTEGER, event INTEGER,"
        " at_ms INTEGER NOT NULL, occurred_ms INTEGER, kind TEXT NOT NULL,"
        " outcome TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT, id TEXT,"
        " reference TEXT, PRIMARY KEY(order_number, event)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS tracking(order_number INTEGER, shipment INTEGER,"
        " occurred_ms INTEGER, event INTEGER, at_ms INTEGER NOT NULL, status TEXT NOT NULL,"
        " id TEXT NOT NULL, code TEXT, PRIMARY KEY(order_number, shipment, occurred_ms, event))"
        " STRICT, WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS reviews(number INTEGER PRIMARY KEY, product INTEGER NOT NULL,"
        " customer INTEGER NOT NULL, stars INTEGER NOT NULL, state TEXT NOT NULL,"
        " contact INTEGER, created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,"
        " changed_event INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS ratings_elsewhere(product INTEGER PRIMARY KEY,"
        " rating_count INTEGER NOT NULL, rating_x100 INTEGER NOT NULL) STRICT;" GUARD(payments)
            GUARD(tracking) GUARD(reviews) GUARD(ratings_elsewhere),
};

static struct err make_tables(sqlite3 *db, const struct schema *schema)
{
    char sql[160];

    TRY(sql_exec(db, schema->sql));
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO meta VALUES('schema_version', %d), ('min_reader', %d)",
                   SCHEMA_VERSION, SCHEMA_MIN_READER);
    return sql_exec(db, sql);
}

static struct err add_missing(sqlite3 *db, const struct schema *schema)
{
    return schema->additions == NULL ? OK : sql_exec(db, schema->additions);
}

struct err schema_ensure(sqlite3 *db, const struct schema *schema, bool *is_new_out)
{
    uint64_t tables = 0;
    uint64_t has_meta = 0;
    uint64_t min_reader = 0;

    TRY(sql_number(db, "SELECT count(*) FROM sqlite_schema", &tables));
    *is_new_out = tables == 0;
    if (tables == 0) {
        TRY(make_tables(db, schema));
        return add_missing(db, schema);
    }
    TRY(sql_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'meta'", &has_meta));
    if (has_meta != 0)
        TRY(sql_number(db, "SELECT value FROM meta WHERE name = 'min_reader'", &min_reader));
    if (min_reader != 0 && min_reader <= SCHEMA_VERSION)
        return add_missing(db, schema);
    log_error(min_reader == 0 ? "not a file of shopd"
                              : "written by a newer shopd: upgrade this one",
              "file=%s min_reader=%llu this=%d", schema->name, (unsigned long long)min_reader,
              SCHEMA_VERSION);
    return ERR_AT(ERR_STORE, 0, SQLITE_NOTADB);
}
