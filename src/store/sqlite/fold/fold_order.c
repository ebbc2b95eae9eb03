#include "store/sqlite/fold/fold_tables.h"
#include "store/sqlite/pairs.h"

int64_t fold_line_id(uint64_t order, uint32_t line)
{
    ensure(line < 1U << ORDER_LINE_SHIFT);
    return (int64_t)(order << ORDER_LINE_SHIFT | line);
}

void fold_bind_totals(sqlite3_stmt *statement, int position, const struct order_totals *totals)
{
    sql_bind(statement, position, totals->subtotal_minor);
    sql_bind(statement, position + 1, totals->discount_minor);
    sql_bind(statement, position + 2, totals->shipping_minor);
    sql_bind(statement, position + 3, totals->tax_minor);
    sql_bind(statement, position + 4, totals->total_minor);
}

static struct err add_order(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_placed *placed = event_payload(event);
    sqlite3_stmt *add = tables->statements[FOLD_ADD_ORDER];
    char currency[4];

    money_currency_letters(placed->currency, currency);
    sql_bind_u64(add, 1, placed->order);
    sql_bind_u64(add, 2, placed->cart);
    sql_bind_reference(add, 3, placed->customer);
    sql_bind_reference(add, 4, placed->previous);
    sql_bind_reference(add, 5, placed->contact);
    sql_bind_text(add, 6, text_of(order_state_name(ORDER_PENDING)));
    sql_bind_u64(add, 7, event->time_ms);
    sql_bind_text(add, 8, text_of(currency));
    sql_bind(add, 9, placed->pricing_version);
    sql_bind_text(add, 10, text_of(actor_name((enum actor)placed->actor)));
    sql_bind_blob(add, 11, placed->key, sizeof placed->key);
    sql_bind_u64(add, 12, placed->body_hash);
    fold_bind_totals(add, 13, &placed->totals);
    fold_bind_totals(add, 18, &placed->totals);
    sql_bind(add, 23, placed->line_count);
    sql_bind(add, 24, placed->part_count);
    sql_bind_u64(add, 25, event->number);
    return sql_run(add);
}

/* A line with its first part in the same row: most lines have no other. */
static struct err add_line(struct fold_tables *tables, int64_t id,
                           const struct event_order_line *line, const struct event_order_part *part)
{
    sqlite3_stmt *add = tables->statements[FOLD_ADD_LINE];

    sql_bind(add, 1, id);
    sql_bind(add, 2, line->product);
    sql_bind(add, 3, line->quantity);
    sql_bind(add, 4, line->quantity);
    sql_bind(add, 5, line->unit_price_minor);
    sql_bind(add, 6, line->discount_minor);
    sql_bind(add, 7, line->discount_minor);
    sql_bind(add, 8, line->rule_mask);
    sql_bind_reference(add, 9, part == NULL ? 0 : part->location);
    sql_bind(add, 10, part == NULL ? 0 : part->quantity);
    sql_bind(add, 11, 0);
    sql_bind(add, 12, part == NULL ? 0 : part->quantity);
    return sql_run(add);
}

static struct err add_part(struct fold_tables *tables, int64_t id, uint32_t index,
                           const struct event_order_part *part)
{
    sqlite3_stmt *add = tables->statements[FOLD_ADD_PART];

    sql_bind(add, 1, id);
    sql_bind(add, 2, index);
    sql_bind(add, 3, part->location);
    sql_bind(add, 4, part->quantity);
    sql_bind(add, 5, 0);
    sql_bind(add, 6, part->quantity);
    return sql_run(add);
}

static struct err add_lines(struct fold_tables *tables, const struct event_order_placed *placed)
{
    const struct event_order_line *lines = event_order_lines(placed);
    const struct event_order_part *parts = event_order_parts(placed);
    uint32_t next = 0;

    for (uint32_t i = 0; i < placed->line_count; i++) {
        int64_t id = fold_line_id(placed->order, i);
        bool has_part = next < placed->part_count && parts[next].line == i;

        TRY(add_line(tables, id, &lines[i], has_part ? &parts[next] : NULL));
        next += has_part;
        for (uint32_t index = 1; next < placed->part_count && parts[next].line == i; next++)
            TRY(add_part(tables, id, index++, &parts[next]));
    }
    ensure(next == placed->part_count); /* sorted by line */
    return OK;
}

struct err fold_order_placed(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_placed *placed = event_payload(event);
    const struct event_order_line *lines = event_order_lines(placed);
    const struct event_order_part *parts = event_order_parts(placed);
    struct cart *cart;

    TRY(add_order(tables, event));
    TRY(add_lines(tables, placed));
    for (uint32_t i = 0; i < placed->part_count; i++) {
        fold_stock_set(tables,
                       &(struct fold_stock){
                           .key = fold_stock_key(lines[parts[i].line].product, parts[i].location),
                           .on_hand = parts[i].on_hand,
                           .reserved = parts[i].reserved,
                           .sold_change = parts[i].quantity,
                       });
    }
    TRY(fold_cart(tables, placed->cart, placed->customer != 0, &cart));
    cart_empty(cart);
    cart->customer = placed->customer;
    cart->last_order = placed->order;
    if (placed->customer != 0)
        map_put(&tables->last_orders, placed->customer, placed->order);
    tables->orders++;
    tables->lines += placed->line_count;
    return OK;
}

static struct err change_lines(struct fold_tables *tables,
                               const struct event_order_changed *changed)
{
    const struct event_order_line_change *lines = event_order_line_changes(changed);
    sqlite3_stmt *change = tables->statements[FOLD_CHANGE_LINE];

    for (uint32_t i = 0; i < changed->line_count; i++) {
        sql_bind(change, 1, fold_line_id(changed->order, lines[i].line));
        sql_bind(change, 2, lines[i].quantity_after);
        sql_bind(change, 3, lines[i].discount_after_minor);
        TRY(sql_run(change));
    }
    return OK;
}

static struct err run_part_change(sqlite3_stmt *change, int64_t id,
                                  const struct event_order_part *part, bool is_shipped)
{
    sql_bind(change, 1, id);
    sql_bind(change, 2, part->location);
    sql_bind(change, 3, part->quantity);
    sql_bind(change, 4, is_shipped ? part->quantity : 0);
    return sql_run(change);
}

static struct err change_part(struct fold_tables *tables, int64_t id,
                              const struct event_order_part *part, bool is_shipped)
{
    sqlite3_stmt *read = tables->statements[FOLD_READ_LINE_PRODUCT];
    bool has_row = false;

    sql_bind(read, 1, id);
    TRY(sql_next(read, &has_row));
    if (!has_row)
        return fold_damaged("order_lines", (uint64_t)id);
    uint32_t product = sql_column_u32(read, 0);

    sqlite3_reset(read);
    TRY(run_part_change(tables->statements[FOLD_CHANGE_LINE_PART], id, part, is_shipped));
    if (sqlite3_changes(tables->db) == 0)
        TRY(run_part_change(tables->statements[FOLD_CHANGE_PART], id, part, is_shipped));
    if (sqlite3_changes(tables->db) != 1)
        return fold_damaged("order_parts", (uint64_t)id);
    fold_stock_set(tables, &(struct fold_stock){
                               .key = fold_stock_key(product, part->location),
                               .on_hand = part->on_hand,
                               .reserved = part->reserved,
                               .sold_change = is_shipped ? 0 : -(int64_t)part->quantity,
                           });
    return OK;
}

static struct err change_order(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    sqlite3_stmt *change = tables->statements[FOLD_CHANGE_ORDER];

    sql_bind_u64(change, 1, changed->order);
    sql_bind_text(change, 2, text_of(order_state_name((enum order_state)changed->state)));
    fold_bind_totals(change, 3, &changed->totals);
    sql_bind_u64(change, 8, event->number);
    TRY(sql_run(change));
    return sqlite3_changes(tables->db) == 1 ? OK : fold_damaged("orders", changed->order);
}

static bool is_cancellation(const struct event_order_changed *changed)
{
    return changed->action == ORDER_CANCEL_PART || changed->action == ORDER_CANCEL_ALL;
}

static struct err add_move(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    sqlite3_stmt *add = tables->statements[FOLD_ADD_MOVE];
    struct text note = is_cancellation(changed) ? event_order_text1(changed) : TEXT_NONE;

    sql_bind_u64(add, 1, changed->order);
    sql_bind_u64(add, 2, event->number);
    sql_bind_u64(add, 3, event->time_ms);
    sql_bind_text(add, 4, text_of(order_action_name((enum order_action)changed->action)));
    sql_bind_text(add, 5, text_of(order_state_name((enum order_state)changed->state)));
    sql_bind_text(add, 6, text_of(actor_name((enum actor)changed->actor)));
    sql_bind_text(add, 7, note.length == 0 ? TEXT_NONE : note);
    return sql_run(add);
}

static struct err add_shipment(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    const struct event_order_part *parts = event_order_changed_parts(changed);
    sqlite3_stmt *add = tables->statements[FOLD_ADD_SHIPMENT];

    buffer_reset(&tables->json);
    for (uint32_t i = 0; i < changed->part_count; i++)
        pairs_add(&tables->json, parts[i].line, parts[i].quantity);
    pairs_end(&tables->json);
    sql_bind_u64(add, 1, changed->order);
    sql_bind(add, 2, changed->shipment);
    sql_bind(add, 3, changed->location);
    sql_bind_text(add, 4, event_order_text1(changed));
    sql_bind_text(add, 5, event_order_text2(changed));
    sql_bind_u64(add, 6, event->time_ms);
    sql_bind_text(add, 7, buffer_text(&tables->json));
    return sql_run(add);
}

static struct err deliver(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    sqlite3_stmt *set = tables->statements[FOLD_DELIVER];

    sql_bind_u64(set, 1, changed->order);
    sql_bind(set, 2, changed->shipment);
    sql_bind_u64(set, 3, event->time_ms);
    return sql_run(set);
}

struct err fold_order_changed(struct fold_tables *tables, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    const struct event_order_part *parts = event_order_changed_parts(changed);

    TRY(change_order(tables, event));
    TRY(change_lines(tables, changed));
    for (uint32_t i = 0; i < changed->part_count; i++)
        TRY(change_part(tables, fold_line_id(changed->order, parts[i].line), &parts[i],
                        changed->action == ORDER_SHIP));
    TRY(add_move(tables, event));
    if (changed->action == ORDER_SHIP)
        TRY(add_shipment(tables, event));
    if (changed->action == ORDER_DELIVER_PART || changed->action == ORDER_DELIVER_ALL)
        TRY(deliver(tables, event));
    tables->lines += 1 + changed->line_count + changed->part_count;
    return OK;
}
