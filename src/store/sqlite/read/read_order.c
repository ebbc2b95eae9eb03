#include "base/log.h"
#include "store/sqlite/pairs.h"
#include "store/sqlite/read/reader.h"

#include <string.h>

static struct err damaged(uint64_t number, const char *what)
{
    log_error("tables damaged", "file=shop.db order=%llu what=%s", (unsigned long long)number,
              what);
    return ERR_AT(ERR_STORE, 0, SQLITE_CORRUPT);
}

/* The tables hold names; these find the number again, or `count`. */
static uint8_t find_state(struct text name)
{
    uint8_t i = 0;

    while (i < ORDER_STATE_COUNT && !text_equal(name, text_of(order_state_name(i))))
        i++;
    return i;
}

static uint8_t find_action(struct text name)
{
    uint8_t i = 0;

    while (i < ORDER_ACTION_COUNT && !text_equal(name, text_of(order_action_name(i))))
        i++;
    return i;
}

static uint8_t find_actor(struct text name)
{
    uint8_t i = 0;

    while (i < ACTOR_COUNT && !text_equal(name, text_of(actor_name(i))))
        i++;
    return i;
}

/* Five columns from `position` on. */
static struct order_totals column_totals(sqlite3_stmt *row, int position)
{
    return (struct order_totals){
        .subtotal_minor = sqlite3_column_int64(row, position),
        .discount_minor = sqlite3_column_int64(row, position + 1),
        .shipping_minor = sqlite3_column_int64(row, position + 2),
        .tax_minor = sqlite3_column_int64(row, position + 3),
        .total_minor = sqlite3_column_int64(row, position + 4),
    };
}

static struct err read_head(sqlite3_stmt *row, struct order *order)
{
    struct text currency = sql_column_text(row, 6);

    order->cart = sql_column_u64(row, 0);
    order->customer = sql_column_u32(row, 1);
    order->previous = sql_column_u64(row, 2);
    order->contact = sql_column_u64(row, 3);
    order->state = find_state(sql_column_text(row, 4));
    order->created_ms = sql_column_u64(row, 5);
    order->pricing_version = sql_column_u32(row, 7);
    order->placed_by = find_actor(sql_column_text(row, 8));
    order->body_hash = sql_column_u64(row, 10);
    order->totals = column_totals(row, 11);
    order->totals_ordered = column_totals(row, 16);
    order->line_count = sql_column_u32(row, 21);
    order->part_count = sql_column_u32(row, 22);
    order->last_event = sql_column_u64(row, 23);
    if (sqlite3_column_bytes(row, 9) != (int)sizeof order->key || currency.length != 3 ||
        order->state == ORDER_STATE_COUNT || order->placed_by == ACTOR_COUNT ||
        order->line_count > ORDER_LINES_MAX)
        return damaged(order->number, "head");
    order->currency = money_currency(currency.data);
    memcpy(order->key, sqlite3_column_blob(row, 9), sizeof order->key);
    return OK;
}

static struct order_part column_part(sqlite3_stmt *row, int position, uint32_t line)
{
    return (struct order_part){
        .line = line,
        .location = (uint16_t)sqlite3_column_int(row, position),
        .reserved = sql_column_u32(row, position + 1),
        .shipped = sql_column_u32(row, position + 2),
        .reserved_ordered = sql_column_u32(row, position + 3),
    };
}

/* Parts of a line behind its first, which stands in the line's own row. */
static struct err read_parts(struct sqlite_reader *reader, struct order *order, uint32_t line,
                             uint32_t *filled)
{
    sqlite3_stmt *row = reader->statements[READER_PARTS];
    bool has_row;

    sql_bind_u64(row, 1, order->number << ORDER_LINE_SHIFT | line);
    for (;;) {
        TRY(sql_next(row, &has_row));
        if (!has_row)
            return OK;
        if (*filled == order->part_count)
            break;
        order->parts[(*filled)++] = column_part(row, 0, line);
    }
    sqlite3_reset(row);
    return damaged(order->number, "parts");
}

static struct err read_line(struct sqlite_reader *reader, struct order *order, uint32_t line,
                            uint32_t *filled)
{
    sqlite3_stmt *row = reader->statements[READER_LINES];

    order->lines[line] = (struct order_line){
        .product = sql_column_u32(row, 0),
        .quantity_ordered = sql_column_u32(row, 1),
        .quantity = sql_column_u32(row, 2),
        .unit_price_minor = sqlite3_column_int64(row, 3),
        .discount_ordered_minor = sqlite3_column_int64(row, 4),
        .discount_minor = sqlite3_column_int64(row, 5),
        .rule_mask = (uint16_t)sqlite3_column_int(row, 6),
    };
    if (sqlite3_column_type(row, 7) == SQLITE_NULL)
        return OK;
    if (*filled == order->part_count)
        return damaged(order->number, "parts");
    order->parts[(*filled)++] = column_part(row, 7, line);
    return order->part_count == order->line_count ? OK : read_parts(reader, order, line, filled);
}

static struct err read_lines(struct sqlite_reader *reader, struct order *order, struct arena *arena)
{
    sqlite3_stmt *row = reader->statements[READER_LINES];
    uint32_t line = 0;
    uint32_t filled = 0;
    bool has_row;

    order->lines = arena_alloc_array(arena, order->line_count, sizeof *order->lines);
    order->parts = arena_alloc_array(arena, order->part_count, sizeof *order->parts);
    sql_bind_u64(row, 1, order->number << ORDER_LINE_SHIFT);
    sql_bind_u64(row, 2, (order->number + 1) << ORDER_LINE_SHIFT);
    for (;; line++) {
        TRY(sql_next(row, &has_row));
        if (!has_row || line == order->line_count)
            break;
        TRY(read_line(reader, order, line, &filled));
    }
    sqlite3_reset(row);
    if (has_row || line != order->line_count || filled != order->part_count)
        return damaged(order->number, "lines");
    return OK;
}

static void add_move(struct order *order, struct arena *arena, const struct order_move *move)
{
    if (order->move_count == order->move_capacity) {
        uint32_t capacity = order->move_capacity == 0 ? 4 : order->move_capacity * 2;
        struct order_move *moves = arena_alloc_array(arena, capacity, sizeof *moves);

        if (order->move_count > 0)
            memcpy(moves, order->moves, order->move_count * sizeof *moves);
        order->moves = moves;
        order->move_capacity = capacity;
    }
    order->moves[order->move_count++] = *move;
}

static struct err read_moves(struct sqlite_reader *reader, struct order *order, struct arena *arena)
{
    sqlite3_stmt *row = reader->statements[READER_MOVES];
    bool has_row;

    sql_bind_u64(row, 1, order->number);
    for (;;) {
        TRY(sql_next(row, &has_row));
        if (!has_row)
            return OK;
        struct text note = sql_copy_text(row, 4, arena);
        struct order_move move = {
            .at_ms = sql_column_u64(row, 0),
            .action = find_action(sql_column_text(row, 1)),
            .state = find_state(sql_column_text(row, 2)),
            .actor = find_actor(sql_column_text(row, 3)),
            .note = note.data,
            .note_length = note.length,
        };

        if (move.action == ORDER_ACTION_COUNT || move.state == ORDER_STATE_COUNT ||
            move.actor == ACTOR_COUNT)
            break;
        add_move(order, arena, &move);
    }
    sqlite3_reset(row);
    return damaged(order->number, "moves");
}

static struct err read_shipment(sqlite3_stmt *row, struct order_shipment *shipment,
                                struct arena *arena)
{
    struct text lines = sql_column_text(row, 6);
    uint32_t count = pairs_count(lines);
    bool is_damaged = false;

    *shipment = (struct order_shipment){
        .number = sql_column_u32(row, 0),
        .location = (uint16_t)sqlite3_column_int(row, 1),
        .carrier = sql_copy_text(row, 2, arena),
        .tracking_number = sql_copy_text(row, 3, arena),
        .shipped_ms = sql_column_u64(row, 4),
        .delivered_ms = sql_column_u64(row, 5),
        .lines = arena_alloc_array(arena, count + 1, sizeof *shipment->lines),
    };
    for (uint32_t i = 0; i < count && !is_damaged; i++) {
        struct order_shipment_line *line = &shipment->lines[i];

        if (pairs_next(&lines, &line->line, &line->quantity, &is_damaged))
            shipment->line_count++;
    }
    return is_damaged ? damaged(shipment->number, "shipment") : OK;
}

static struct err read_shipments(struct sqlite_reader *reader, struct order *order,
                                 struct arena *arena)
{
    sqlite3_stmt *row = reader->statements[READER_SHIPMENTS];
    struct order_shipment **end = &order->shipments;
    bool has_row;

    sql_bind_u64(row, 1, order->number);
    for (;;) {
        TRY(sql_next(row, &has_row));
        if (!has_row)
            return OK;
        *end = arena_alloc(arena, sizeof **end);
        TRY(read_shipment(row, *end, arena));
        end = &(*end)->next;
    }
}

/* The tables hold names; these find the number again, or the limit. */
static uint8_t find_payment_kind(struct text name)
{
    uint8_t i = 1;

    while (i < PAYMENT_KIND_LIMIT && !text_equal(name, text_of(payment_kind_name(i))))
        i++;
    return i;
}

static uint8_t find_payment_outcome(struct text name)
{
    uint8_t i = 1;

    while (i < PAYMENT_OUTCOME_LIMIT && !text_equal(name, text_of(payment_outcome_name(i))))
        i++;
    return i;
}

static struct err read_payment(sqlite3_stmt *row, struct order_payment *payment,
                               struct arena *arena)
{
    struct text currency = sql_column_text(row, 5);

    *payment = (struct order_payment){
        .at_ms = sql_column_u64(row, 0),
        .occurred_ms = sql_column_u64(row, 1),
        .kind = find_payment_kind(sql_column_text(row, 2)),
        .outcome = find_payment_outcome(sql_column_text(row, 3)),
        .amount_minor = sqlite3_column_int64(row, 4),
        .currency = currency.length == 3 ? money_currency(currency.data) : 0,
        .id = sql_copy_text(row, 6, arena),
        .reference = sql_copy_text(row, 7, arena),
    };
    return payment->kind < PAYMENT_KIND_LIMIT && payment->outcome < PAYMENT_OUTCOME_LIMIT
               ? OK
               : damaged(payment->at_ms, "payment");
}

static struct err read_payments(struct sqlite_reader *reader, struct order *order,
                                struct arena *arena)
{
    sqlite3_stmt *row = reader->statements[READER_PAYMENTS];
    struct order_payment **end = &order->payments;
    bool has_row;

    sql_bind_u64(row, 1, order->number);
    for (;;) {
        TRY(sql_next(row, &has_row));
        if (!has_row)
            return OK;
        *end = arena_alloc(arena, sizeof **end);
        TRY(read_payment(row, *end, arena));
        end = &(*end)->next;
    }
}

static uint8_t find_status(struct text name)
{
    uint8_t i = 0;

    while (i < TRACKING_COUNT && !text_equal(name, text_of(tracking_status_name(i))))
        i++;
    return i;
}

static struct err read_trail(struct sqlite_reader *reader, struct order *order, struct arena *arena)
{
    sqlite3_stmt *row = reader->statements[READER_TRACKING];
    struct order_tracking **end = &order->trail;
    bool has_row;

    sql_bind_u64(row, 1, order->number);
    for (;;) {
        TRY(sql_next(row, &has_row));
        if (!has_row)
            return OK;
        *end = arena_alloc(arena, sizeof **end);
        **end = (struct order_tracking){
            .shipment = sql_column_u32(row, 0),
            .occurred_ms = sql_column_u64(row, 1),
            .at_ms = sql_column_u64(row, 2),
            .status = find_status(sql_column_text(row, 3)),
            .id = sql_copy_text(row, 4, arena),
            .code = sql_copy_text(row, 5, arena),
        };
        if ((*end)->status == TRACKING_COUNT)
            break;
        end = &(*end)->next;
    }
    sqlite3_reset(row);
    return damaged(order->number, "tracking");
}

struct err read_order_rows(struct sqlite_reader *reader, uint64_t number, struct arena *arena,
                           struct order **order_out)
{
    sqlite3_stmt *row = reader->statements[READER_ORDER];
    bool has_row = false;

    *order_out = NULL;
    sql_bind_u64(row, 1, number);
    TRY(sql_next(row, &has_row));
    if (!has_row)
        return OK;
    struct order *order = arena_alloc(arena, sizeof *order);

    order->number = number;
    TRY(read_head(row, order));
    sqlite3_reset(row);
    TRY(read_lines(reader, order, arena));
    TRY(read_moves(reader, order, arena));
    TRY(read_shipments(reader, order, arena));
    TRY(read_payments(reader, order, arena));
    if (order->shipments != NULL)
        TRY(read_trail(reader, order, arena));
    *order_out = order;
    return OK;
}
