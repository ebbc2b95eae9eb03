#include "store/sqlite/read/load.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/sqlite/fold/fold_tables.h"
#include "store/sqlite/pairs.h"
#include "store/sqlite/read/order_search.h"

#include <stdio.h>
#include <string.h>

/* Bytes of one product block at most, with room for its alignment. */
enum { PRODUCT_BLOCK_MAX = sizeof(struct product) + PRODUCT_TEXTS_MAX + 8 };

/* What one query fills in; `row` is called for each row. */
struct load_step {
    const char *sql;
    struct err (*row)(struct shop *shop, sqlite3_stmt *statement, void *scratch);
};

static struct err damaged(const char *table, uint64_t number)
{
    log_error("tables damaged", "file=shop.db table=%s number=%llu", table,
              (unsigned long long)number);
    return ERR_AT(ERR_STORE, 0, SQLITE_CORRUPT);
}

/* A category may have been moved below a later one, so all of them come first as top categories and
 * find their places afterwards. */
static struct err load_category(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    (void)scratch;
    if (sql_column_u32(statement, 0) != shop->catalog.category_count + 1)
        return damaged("categories", sql_column_u64(statement, 0));
    catalog_put_category(&shop->catalog, sql_column_u32(statement, 0), 0,
                         sql_column_text(statement, 1));
    return OK;
}

static struct err load_category_place(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    uint32_t number = sql_column_u32(statement, 0);
    uint32_t parent = sql_column_u32(statement, 1);
    (void)scratch;
    if (category_find(&shop->catalog, parent) == NULL ||
        category_is_within(&shop->catalog, parent, number))
        return damaged("categories", number);
    catalog_put_category(&shop->catalog, number, parent, sql_column_text(statement, 2));
    return OK;
}

static struct err load_location(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    (void)scratch;
    if (sql_column_u32(statement, 0) != shop->stock.location_count + 1)
        return damaged("locations", sql_column_u64(statement, 0));
    stock_put_location(&shop->stock, (uint16_t)sqlite3_column_int(statement, 0),
                       sqlite3_column_int(statement, 1), sql_column_text(statement, 2));
    return OK;
}

static struct err load_product(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    struct product_draft draft = {
        .number = sql_column_u32(statement, 0),
        .version = sql_column_u32(statement, 1),
        .category = sql_column_u32(statement, 2),
        .price_minor = sqlite3_column_int64(statement, 3),
        .created_ms = sql_column_u64(statement, 4),
        .updated_ms = sql_column_u64(statement, 5),
        .rating_count = sql_column_u32(statement, 6),
        .rating_x100 = (uint16_t)sqlite3_column_int(statement, 7),
        .status = sqlite3_column_int(statement, 8) == 0 ? PRODUCT_ACTIVE : PRODUCT_ARCHIVED,
        .low_stock_threshold = sql_column_u32(statement, 9),
    };

    for (int i = 0; i < PRODUCT_TEXT_COUNT; i++)
        draft.texts[i] = sql_column_text(statement, 10 + i);
    uint32_t size = product_size(&draft);

    if (size == 0 || size > PRODUCT_BLOCK_MAX || draft.number != shop->catalog.product_count + 1)
        return damaged("products", draft.number);
    catalog_put_product(&shop->catalog, product_write(&draft, scratch));
    return OK;
}

static struct err load_stock(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    uint32_t product = sql_column_u32(statement, 0);
    uint16_t location = (uint16_t)sqlite3_column_int(statement, 1);
    uint32_t on_hand = sql_column_u32(statement, 2);
    uint32_t reserved = sql_column_u32(statement, 3);

    (void)scratch;
    if (reserved > on_hand || location > shop->stock.location_count)
        return damaged("stock", product);
    stock_set(&shop->stock, product, location, on_hand, reserved);
    stock_add_sold(&shop->stock, product, location, sqlite3_column_int64(statement, 4));
    return OK;
}

/* The customer's cart is the one touched last, of two in the same millisecond the newer one. Carts
 * come in the order of their numbers. */
static struct err note_cart_of_customer(struct shop *shop, const struct cart *cart)
{
    if (cart->customer == 0)
        return OK;
    const struct customer *customer = customer_find(&shop->customers, cart->customer);
    if (customer == NULL)
        return damaged("carts", cart->number);
    const struct cart *before = cart_find(&shop->carts, customer->cart);
    if (before == NULL || before->touched_ms <= cart->touched_ms)
        shop->customers.rows[cart->customer].cart = cart->number;
    return OK;
}

static struct err load_cart(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    struct cart *cart = cart_open(&shop->carts, sql_column_u64(statement, 0));
    struct text lines = sql_column_text(statement, 5);
    uint32_t product;
    uint32_t quantity;
    bool is_damaged;

    (void)scratch;
    cart->customer = sql_column_u32(statement, 1);
    cart->contact = sql_column_u64(statement, 2);
    cart->touched_ms = sql_column_u64(statement, 3);
    cart->last_order = sql_column_u64(statement, 4);
    cart->expires_ms = sql_column_u64(statement, 6);
    while (pairs_next(&lines, &product, &quantity, &is_damaged))
        cart_set_line(cart, product, quantity);
    return is_damaged ? damaged("carts", cart->number) : note_cart_of_customer(shop, cart);
}

static enum role read_role(struct text name)
{
    enum role role = ROLE_CUSTOMER;
    while (role < ROLE_COUNT && !text_equal(text_of(role_name(role)), name))
        role++;
    return role;
}

static struct err load_customer(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    uint32_t number = sql_column_u32(statement, 0);
    enum role role = read_role(sql_column_text(statement, 6));

    (void)scratch;
    if (number != shop->customers.count + 1 || role == ROLE_COUNT ||
        sqlite3_column_int(statement, 2) < 0 || sqlite3_column_int(statement, 2) > TIERS_MAX)
        return damaged("customers", number);
    customer_put(&shop->customers, number,
                 &(struct customer){
                     .contact = sql_column_u64(statement, 1),
                     .tier = (uint8_t)sqlite3_column_int(statement, 2),
                     .is_erased = sqlite3_column_int(statement, 3) != 0,
                     .last_order = sql_column_u64(statement, 4),
                     .created_ms = sql_column_u64(statement, 5),
                     .role = (uint8_t)role,
                     .password_event = sql_column_u64(statement, 7),
                     .changed_event = sql_column_u64(statement, 8),
                     .reset_event = sql_column_u64(statement, 9),
                     .reset_until_ms = sql_column_u64(statement, 10),
                 });
    return OK;
}

static struct err load_api_key(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    uint32_t number = sql_column_u32(statement, 0);
    struct text name = sql_column_text(statement, 2);
    struct api_key key = {
        .scopes = sql_column_u32(statement, 3),
        .created_ms = sql_column_u64(statement, 4),
        .expires_ms = sql_column_u64(statement, 5),
        .is_revoked = sqlite3_column_int(statement, 6) != 0,
    };

    (void)scratch;
    if (number != shop->api_keys.count + 1 || name.length > API_KEY_NAME_MAX ||
        sqlite3_column_bytes(statement, 1) != (int)sizeof key.digest)
        return damaged("api_keys", number);
    memcpy(key.name, name.data, name.length);
    memcpy(key.digest, sqlite3_column_blob(statement, 1), sizeof key.digest);
    api_key_put(&shop->api_keys, number, &key);
    return OK;
}

static enum review_state read_review_state(struct text name)
{
    enum review_state state = REVIEW_SHOWN;
    while (state < REVIEW_STATE_COUNT && !text_equal(text_of(review_state_name(state)), name))
        state++;
    return state;
}

static struct err load_review(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    uint32_t number = sql_column_u32(statement, 0);
    enum review_state state = read_review_state(sql_column_text(statement, 4));
    struct review review = {
        .product = sql_column_u32(statement, 1),
        .customer = sql_column_u32(statement, 2),
        .stars = (uint8_t)sqlite3_column_int(statement, 3),
        .state = (uint8_t)state,
        .contact = sql_column_u64(statement, 5),
        .created_ms = sql_column_u64(statement, 6),
        .changed_ms = sql_column_u64(statement, 7),
        .changed_event = sql_column_u64(statement, 8),
    };

    (void)scratch;
    if (number != shop->reviews.count + 1 || state == REVIEW_STATE_COUNT ||
        review.stars < REVIEW_STARS_MIN || review.stars > REVIEW_STARS_MAX ||
        catalog_find(&shop->catalog, review.product) == NULL ||
        customer_find(&shop->customers, review.customer) == NULL ||
        review_of(&shop->reviews, review.customer, review.product) != 0)
        return damaged("reviews", number);
    review_put(&shop->reviews, number, &review, (struct rating){0});
    return OK;
}

static struct err load_rating(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    uint32_t product = sql_column_u32(statement, 0);
    struct rating rating = {
        .count = sql_column_u32(statement, 1),
        .x100 = (uint16_t)sqlite3_column_int(statement, 2),
    };

    (void)scratch;
    if (review_newest_of_product(&shop->reviews, product) == 0 || rating.x100 > PRODUCT_RATING_MAX)
        return damaged("ratings_elsewhere", product);
    review_set_elsewhere(&shop->reviews, product, rating);
    return OK;
}

static struct err load_token(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    struct token token = {
        .customer = sql_column_u32(statement, 1),
        .created_ms = sql_column_u64(statement, 2),
        .expires_ms = sql_column_u64(statement, 3),
    };

    (void)scratch;
    if (sqlite3_column_bytes(statement, 0) != (int)sizeof token.digest ||
        customer_find(&shop->customers, token.customer) == NULL)
        return damaged("tokens", token.customer);
    memcpy(token.digest, sqlite3_column_blob(statement, 0), sizeof token.digest);
    token_add(&shop->tokens, &shop->customers.rows[token.customer].token, &token);
    return OK;
}

static struct err load_pricing(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    uint32_t version = sql_column_u32(statement, 0);
    bool is_stack = text_equal(sql_column_text(statement, 1), TEXT("stack"));

    (void)scratch;
    if (version != shop->pricing_count + 1)
        return damaged("pricings", version);
    shop->pricings =
        memory_resize(shop->pricings, (shop->pricing_count + 1) * sizeof *shop->pricings);
    shop->pricings[shop->pricing_count++] = (struct pricing){
        .version = version,
        .policy = is_stack ? PRICING_STACK : PRICING_BEST,
    };
    return OK;
}

static void copy_name(char *to, size_t size, struct text name)
{
    memset(to, 0, size);
    if (name.length > 0)
        memcpy(to, name.data, name.length < size ? name.length : size - 1);
}

static struct err load_pricing_rule(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    uint32_t version = sql_column_u32(statement, 0);

    (void)scratch;
    if (version == 0 || version > shop->pricing_count ||
        shop->pricings[version - 1].rule_count == PRICING_RULES_MAX)
        return damaged("pricing_rules", version);
    struct pricing *pricing = &shop->pricings[version - 1];
    struct pricing_rule *rule = &pricing->rules[pricing->rule_count++];

    copy_name(rule->strategy, sizeof rule->strategy, sql_column_text(statement, 1));
    rule->from_ms = sql_column_u64(statement, 2);
    rule->to_ms = sql_column_u64(statement, 3);
    rule->min_quantity = sql_column_u32(statement, 4);
    rule->basis_points = sql_column_u32(statement, 5);
    rule->category = sql_column_u32(statement, 6);
    copy_name(rule->country, sizeof rule->country, sql_column_text(statement, 7));
    return OK;
}

static struct err load_key(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    struct shop_key key = {
        .value = sql_column_u64(statement, 0),
        .at_ms = sql_column_u64(statement, 1),
        .last_event = sql_column_u64(statement, 3),
    };

    (void)scratch;
    if (sqlite3_column_bytes(statement, 2) != (int)sizeof key.key)
        return damaged("orders", key.value);
    memcpy(key.key, sqlite3_column_blob(statement, 2), sizeof key.key);
    shop_key_put(shop, &key);
    return OK;
}

static const struct load_step load_steps[] = {
    {"SELECT number, name FROM categories ORDER BY number", load_category},
    {"SELECT number, parent, name FROM categories WHERE parent > 0", load_category_place},
    {"SELECT number, priority, name FROM locations ORDER BY number", load_location},
    {"SELECT * FROM products ORDER BY number", load_product},
    {"SELECT product, location, on_hand, reserved, sold FROM stock ORDER BY id", load_stock},
    {"SELECT * FROM customers ORDER BY number", load_customer},
    {"SELECT * FROM reviews ORDER BY number", load_review},
    {"SELECT * FROM ratings_elsewhere", load_rating},
    {"SELECT * FROM api_keys ORDER BY number", load_api_key},
    {"SELECT digest, customer, created_ms, expires_ms FROM tokens ORDER BY event", load_token},
    {"SELECT * FROM carts ORDER BY number", load_cart},
    {"SELECT version, policy FROM pricings ORDER BY version", load_pricing},
    {"SELECT version, strategy, from_ms, to_ms, min_quantity, basis_points, category, country"
     " FROM pricing_rules ORDER BY version, rule",
     load_pricing_rule},
};

static struct err run_step(sqlite3 *db, const struct load_step *step, struct shop *shop,
                           void *scratch)
{
    sqlite3_stmt *statement;
    bool has_row;

    TRY(sql_prepare(db, step->sql, &statement));
    for (;;) {
        TRY(sql_next(statement, &has_row));
        if (!has_row)
            break;
        TRY(step->row(shop, statement, scratch));
    }
    sqlite3_finalize(statement);
    return OK;
}

static struct err load_keys(sqlite3 *db, struct shop *shop)
{
    char sql[160];
    struct order_search search;
    uint64_t first = 0;
    uint64_t key_ms = shop->timeouts.key_ms;
    uint64_t since_ms = shop->now_ms > key_ms ? shop->now_ms - key_ms : 0;

    TRY(sql_number(db, "SELECT max(number) FROM orders", &shop->orders.last_number));
    TRY(sql_number(db, "SELECT created_ms FROM orders ORDER BY number DESC LIMIT 1",
                   &shop->orders.last_created_ms));
    TRY(order_search_open(&search, db));
    TRY(order_search_time(&search, since_ms, &first));
    if (shop->orders.last_number - first + 1 > shop->keys.keys_max)
        first = shop->orders.last_number - shop->keys.keys_max + 1;
    (void)snprintf(sql, sizeof sql,
                   "SELECT number, created_ms, key, last_event FROM orders WHERE number >= %llu"
                   " AND key <> zeroblob(16) ORDER BY number", /* imported ones have none */
                   (unsigned long long)first);
    return run_step(db, &(struct load_step){sql, load_key}, shop, NULL);
}

static struct err load_all(sqlite3 *db, struct shop *shop, void *scratch)
{
    struct fold_mark mark = {0};

    TRY(fold_mark_read(db, &mark));
    shop->currency = (uint32_t)mark.currency;
    shop->timeline = mark.timeline;
    shop->epoch = mark.epoch;
    shop->last_event = mark.event;
    shop->now_ms = mark.event_ms;
    shop->last_contact = mark.last_contact;
    for (size_t i = 0; i < countof(load_steps); i++)
        TRY(run_step(db, &load_steps[i], shop, scratch));
    carts_sort(&shop->carts);
    return load_keys(db, shop);
}

static struct err load_email(struct shop *shop, sqlite3_stmt *statement, void *scratch)
{
    uint32_t customer = sql_column_u32(statement, 0);

    (void)scratch;
    if (sqlite3_column_bytes(statement, 1) != EMAIL_TAG_SIZE)
        return OK; /* it has no address any more */
    if (customer_find(&shop->customers, customer) == NULL)
        return damaged("contacts", customer);
    customer_set_email(&shop->customers, customer, sqlite3_column_blob(statement, 1));
    return OK;
}

struct err load_emails(sqlite3 *journal_db, struct shop *shop)
{
    return run_step(journal_db,
                    &(struct load_step){"SELECT customer, email_tag FROM contacts"
                                        " WHERE email_tag IS NOT NULL",
                                        load_email},
                    shop, NULL);
}

struct err load_tables(sqlite3 *db, struct shop *shop)
{
    void *scratch = memory_alloc(PRODUCT_BLOCK_MAX);
    struct err err = load_all(db, shop, scratch);

    memory_free(scratch);
    return err;
}
