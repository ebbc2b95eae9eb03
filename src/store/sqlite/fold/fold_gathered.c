/*
 * fold_gathered.c - what a slice overwrote again and again, written once with its last value, in
 * the order of the keys: neighbours share a page.
 */
#include "base/memory.h"
#include "store/sqlite/fold/fold_tables.h"
#include "store/sqlite/pairs.h"

#include <stdlib.h>

static int compare_keys(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

/* Sorts the keys of a map into tables->keys. */
static void sort_keys(struct fold_tables *tables, const struct map *map)
{
    size_t count = 0;

    if (map->count > tables->key_capacity) {
        tables->key_capacity = map->count;
        tables->keys = memory_resize(tables->keys, tables->key_capacity * sizeof *tables->keys);
    }
    for (size_t i = 0; i < map->slot_count; i++) {
        if (map->slots[i].key != 0)
            tables->keys[count++] = map->slots[i].key;
    }
    ensure(count == map->count);
    if (count > 1)
        qsort(tables->keys, count, sizeof *tables->keys, compare_keys);
}

static struct err run_stock(sqlite3_stmt *statement, const struct fold_stock *stock)
{
    sql_bind_u64(statement, 1, stock->key);
    sql_bind(statement, 2, stock->on_hand);
    sql_bind(statement, 3, stock->reserved);
    sql_bind(statement, 4, stock->sold_change);
    return sql_run(statement);
}

/* Nearly all rows are there already, but for those of new products. */
static struct err write_stock(struct fold_tables *tables)
{
    sort_keys(tables, &tables->stock_positions);
    for (uint32_t i = 0; i < tables->stock_count; i++) {
        uint64_t position = 0;

        ensure(map_find(&tables->stock_positions, tables->keys[i], &position));
        const struct fold_stock *stock = &tables->stock[position - 1];

        bool is_there = stock->key <= tables->stock_written_max;

        if (is_there) {
            TRY(run_stock(tables->statements[FOLD_CHANGE_STOCK], stock));
            is_there = sqlite3_changes(tables->db) != 0;
        }
        if (!is_there)
            TRY(run_stock(tables->statements[FOLD_ADD_STOCK], stock));
    }
    if (tables->stock_count > 0 &&
        tables->keys[tables->stock_count - 1] > tables->stock_written_max)
        tables->stock_written_max = tables->keys[tables->stock_count - 1];
    return OK;
}

static struct err put_cart(struct fold_tables *tables, const struct cart *cart)
{
    sqlite3_stmt *put = tables->statements[FOLD_PUT_CART];

    buffer_reset(&tables->json);
    for (uint32_t i = 0; i < cart->line_count; i++)
        pairs_add(&tables->json, cart->lines[i].product, cart->lines[i].quantity);
    pairs_end(&tables->json);
    sql_bind_u64(put, 1, cart->number);
    sql_bind_reference(put, 2, cart->customer);
    sql_bind_reference(put, 3, cart->contact);
    sql_bind_u64(put, 4, cart->touched_ms);
    sql_bind_reference(put, 5, cart->last_order);
    sql_bind_text(put, 6, buffer_text(&tables->json));
    sql_bind_reference(put, 7, cart->expires_ms);
    if (cart->number > tables->cart_written_max)
        tables->cart_written_max = cart->number;
    return sql_run(put);
}

/* An empty cart of a guest whom nobody will write to is not kept: no row means just that. */
static struct err write_carts(struct fold_tables *tables)
{
    size_t count = tables->carts.by_number.count;

    sort_keys(tables, &tables->carts.by_number);
    for (size_t i = 0; i < count; i++) {
        const struct cart *cart = cart_find(&tables->carts, tables->keys[i]);

        if (cart->line_count > 0 || cart->contact != 0 || cart->customer != 0) {
            TRY(put_cart(tables, cart));
        } else if (cart->number <= tables->cart_written_max) {
            sql_bind_u64(tables->statements[FOLD_DELETE_CART], 1, cart->number);
            TRY(sql_run(tables->statements[FOLD_DELETE_CART]));
        }
    }
    return OK;
}

static struct err write_last_orders(struct fold_tables *tables)
{
    sqlite3_stmt *set = tables->statements[FOLD_SET_LAST_ORDER];

    sort_keys(tables, &tables->last_orders);
    for (size_t i = 0; i < tables->last_orders.count; i++) {
        uint64_t order = 0;

        ensure(map_find(&tables->last_orders, tables->keys[i], &order));
        sql_bind_u64(set, 1, tables->keys[i]);
        sql_bind_u64(set, 2, order);
        TRY(sql_run(set));
    }
    return OK;
}

struct err fold_write_gathered(struct fold_tables *tables)
{
    TRY(write_stock(tables));
    TRY(write_carts(tables));
    return write_last_orders(tables);
}
