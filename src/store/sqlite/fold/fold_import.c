/*
 * fold_import.c - an order that came with all its past, as the rows that its own events would have
 * left. Its moves and payments have no events here: they are numbered below 0, oldest first, and so
 * stand before all that happens to the order in this shop.
 */
#include "shop/event_imported.h"
#include "store/sqlite/fold/fold_tables.h"
#include "store/sqlite/pairs.h"

static struct err add_order(struct fold_tables *tables, const struct event *event,
                            const struct order *order)
{
    sqlite3_stmt *add = tables->statements[FOLD_ADD_ORDER];
    char currency[4];

    money_currency_letters(order->currency, currency);
    sql_bind_u64(add, 1, order->number);
    sql_bind_u64(add, 2, order->cart);
    sql_bind_reference(add, 3, order->customer);
    sql_bind_reference(add, 4, order->previous);
    sql_bind_reference(add, 5, order->contact);
    sql_bind_text(add, 6, text_of(order_state_name((enum order_state)order->state)));
    sql_bind_u64(add, 7, order->created_ms);
    sql_bind_text(add, 8, text_of(currency));
    sql_bind(add, 9, order->pricing_version);
    sql_bind_text(add, 10, text_of(actor_name((enum actor)order->placed_by)));
    sql_bind_blob(add, 11, order->key, sizeof order->key);
    sql_bind_u64(add, 12, order->body_hash);
    fold_bind_totals(add, 13, &order->totals);
    fold_bind_totals(add, 18, &order->totals_ordered);
    sql_bind(add, 23, order->line_count);
    sql_bind(add, 24, order->part_count);
    sql_bind_u64(add, 25, event->number);
    return sql_run(add);
}

static struct err add_line(struct fold_tables *tables, const struct order *order, uint32_t index)
{
    sqlite3_stmt *add = tables->statements[FOLD_ADD_LINE];
    const struct order_line *line = &order->lines[index];
    const struct order_part *part = &order->parts[order_first_part(order, index)];

    sql_bind(add, 1, fold_line_id(order->number, index));
    sql_bind(add, 2, line->product);
    sql_bind(add, 3, line->quantity_ordered);
    sql_bind(add, 4, line->quantity);
    sql_bind(add, 5, line->unit_price_minor);
    sql_bind(add, 6, line->discount_ordered_minor);
    sql_bind(add, 7, line->discount_minor);
    sql_bind(add, 8, line->rule_mask);
    sql_bind_reference(add, 9, part->location);
    sql_bind(add, 10, part->reserved);
    sql_bind(add, 11, part->shipped);
    sql_bind(add, 12, part->reserved_ordered);
    return sql_run(add);
}

static struct err add_part(struct fold_tables *tables, const struct order *order, uint32_t index,
                           const struct order_part *part)
{
    sqlite3_stmt *add = tables->statements[FOLD_ADD_PART];

    sql_bind(add, 1, fold_line_id(order->number, part->line));
    sql_bind(add, 2, index);
    sql_bind(add, 3, part->location);
    sql_bind(add, 4, part->reserved);
    sql_bind(add, 5, part->shipped);
    sql_bind(add, 6, part->reserved_ordered);
    return sql_run(add);
}

static struct err add_lines(struct fold_tables *tables, const struct order *order)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        uint32_t first = order_first_part(order, i);
        uint32_t end = order_first_part(order, i + 1);

        ensure(first < end);
        TRY(add_line(tables, order, i));
        for (uint32_t part = first + 1; part < end; part++)
            TRY(add_part(tables, order, part - first, &order->parts[part]));
    }
    return OK;
}

static void set_stock(struct fold_tables *tables, const struct event_order_imported *imported)
{
    const struct event_imported_line *lines = imported_lines(imported);
    const struct event_imported_part *parts = imported_parts(imported);

    for (uint32_t i = 0; i < imported->part_count; i++) {
        if (parts[i].has_stock == 0)
            continue;
        fold_stock_set(tables,
                       &(struct fold_stock){
                           .key = fold_stock_key(lines[parts[i].line].product, parts[i].location),
                           .on_hand = parts[i].stock_on_hand,
                           .reserved = parts[i].stock_reserved,
                           .sold_change = (int64_t)parts[i].reserved + parts[i].shipped,
                       });
    }
}

static struct err add_moves(struct fold_tables *tables, const struct order *order)
{
    sqlite3_stmt *add = tables->statements[FOLD_ADD_MOVE];

    for (uint32_t i = 0; i < order->move_count; i++) {
        const struct order_move *move = &order->moves[i];

        sql_bind_u64(add, 1, order->number);
        sql_bind(add, 2, (int64_t)i - order->move_count);
        sql_bind_u64(add, 3, move->at_ms);
        sql_bind_text(add, 4, text_of(order_action_name((enum order_action)move->action)));
        sql_bind_text(add, 5, text_of(order_state_name((enum order_state)move->state)));
        sql_bind_text(add, 6, text_of(actor_name((enum actor)move->actor)));
        sql_bind_text(add, 7, (struct text){move->note, move->note_length});
        TRY(sql_run(add));
    }
    return OK;
}

static struct err deliver(struct fold_tables *tables, const struct order *order,
                          const struct order_shipment *shipment)
{
    sqlite3_stmt *set = tables->statements[FOLD_DELIVER];

    if (shipment->delivered_ms == 0)
        return OK;
    sql_bind_u64(set, 1, order->number);
    sql_bind(set, 2, shipment->number);
    sql_bind_u64(set, 3, shipment->delivered_ms);
    return sql_run(set);
}

static struct err add_shipments(struct fold_tables *tables, const struct order *order)
{
    sqlite3_stmt *add = tables->statements[FOLD_ADD_SHIPMENT];

    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        buffer_reset(&tables->json);
        for (uint32_t i = 0; i < shipment->line_count; i++)
            pairs_add(&tables->json, shipment->lines[i].line, shipment->lines[i].quantity);
        pairs_end(&tables->json);
        sql_bind_u64(add, 1, order->number);
        sql_bind(add, 2, shipment->number);
        sql_bind(add, 3, shipment->location);
        sql_bind_text(add, 4, shipment->carrier);
        sql_bind_text(add, 5, shipment->tracking_number);
        sql_bind_u64(add, 6, shipment->shipped_ms);
        sql_bind_text(add, 7, buffer_text(&tables->json));
        TRY(sql_run(add));
        TRY(deliver(tables, order, shipment));
    }
    return OK;
}

static struct err add_payments(struct fold_tables *tables, const struct order *order)
{
    int64_t number = 0;

    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next)
        number--;
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next)
        TRY(fold_add_payment(tables, order->number, number++, payment));
    return OK;
}

static struct err add_rows(struct fold_tables *tables, const struct event *event,
                           const struct order *order)
{
    TRY(add_order(tables, event, order));
    TRY(add_lines(tables, order));
    TRY(add_moves(tables, order));
    TRY(add_shipments(tables, order));
    return add_payments(tables, order);
}

struct err fold_order_imported(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_imported *imported = event_payload(event);
    struct arena arena;

    arena_init(&arena, IMPORTED_ARENA_BLOCK, IMPORTED_ARENA_MAX);
    struct err err = add_rows(tables, event, imported_read(imported, &arena));

    arena_release(&arena);
    TRY(err);
    set_stock(tables, imported);
    if (imported->customer != 0)
        map_put(&tables->last_orders, imported->customer, imported->order);
    tables->orders++;
    tables->lines += imported->line_count + imported->move_count;
    return OK;
}
