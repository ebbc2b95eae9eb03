/* audit_moves.c - confirming, cancelling, shipping, delivering, in the auditor's books. */
#include "app/audit_books.h"
#include "base/memory.h"

#include <inttypes.h>

/* The arrows of order.h, written out a second time on purpose. [state][action] -> state + 1; 0 =
 * none. */
static const uint8_t next_states[ORDER_STATE_COUNT][ORDER_ACTION_COUNT] = {
    [ORDER_PENDING] = {[ORDER_CONFIRM] = ORDER_CONFIRMED + 1,
                       [ORDER_CANCEL_PART] = ORDER_PENDING + 1,
                       [ORDER_CANCEL_ALL] = ORDER_CANCELLED + 1},
    [ORDER_CONFIRMED] = {[ORDER_CANCEL_PART] = ORDER_CONFIRMED + 1,
                         [ORDER_CANCEL_ALL] = ORDER_CANCELLED + 1,
                         [ORDER_SHIP] = ORDER_SHIPPED + 1},
    [ORDER_SHIPPED] = {[ORDER_SHIP] = ORDER_SHIPPED + 1,
                       [ORDER_DELIVER_PART] = ORDER_SHIPPED + 1,
                       [ORDER_DELIVER_ALL] = ORDER_DELIVERED + 1},
};

uint8_t audit_next_state(uint8_t state, uint8_t action)
{
    return action < ORDER_ACTION_COUNT && state < ORDER_STATE_COUNT ? next_states[state][action]
                                                                    : 0;
}

static void cancel_lines(struct audit *audit, struct order *order,
                         const struct event_order_changed *changed)
{
    const struct event_order_line_change *changes = event_order_line_changes(changed);
    for (uint32_t i = 0; i < changed->line_count; i++) {
        const struct event_order_line_change *change = &changes[i];
        if (change->line >= order->line_count ||
            change->quantity > order->lines[change->line].quantity ||
            change->quantity_after != order->lines[change->line].quantity - change->quantity) {
            audit_find(audit, "order %" PRIu64 ", line %u: %u cancelled, %u left: not so before",
                       order->number, change->line, change->quantity, change->quantity_after);
            continue;
        }
        struct order_line *line = &order->lines[change->line];
        int64_t due = audit_discount_left(line, change->quantity_after);
        if (change->discount_after_minor != due)
            audit_find(audit,
                       "order %" PRIu64 ", line %u: a discount of %" PRId64
                       " is left, due are %" PRId64,
                       order->number, change->line, change->discount_after_minor, due);
        line->quantity = change->quantity_after;
        line->discount_minor = change->discount_after_minor;
    }
}

static struct order_part *part_of(struct order *order, const struct event_order_part *wanted)
{
    for (uint32_t i = 0; i < order->part_count; i++) {
        if (order->parts[i].line == wanted->line && order->parts[i].location == wanted->location)
            return &order->parts[i];
    }
    return NULL;
}

static void release_parts(struct audit *audit, struct order *order,
                          const struct event_order_changed *changed)
{
    const struct event_order_part *parts = event_order_changed_parts(changed);
    bool is_shipped = changed->action == ORDER_SHIP;
    for (uint32_t i = 0; i < changed->part_count; i++) {
        struct order_part *part = part_of(order, &parts[i]);
        uint32_t quantity = parts[i].quantity;
        if (part == NULL || quantity > part->reserved) {
            audit_find(audit,
                       "order %" PRIu64 ", line %u: %u pieces leave location %u, %u were reserved",
                       order->number, parts[i].line, quantity, parts[i].location,
                       part == NULL ? 0 : part->reserved);
            continue;
        }
        uint32_t product = order->lines[part->line].product;
        int64_t taken = quantity;
        part->reserved -= quantity;
        part->shipped += is_shipped ? quantity : 0;
        audit_move_reserved(audit, order->number, product, &parts[i], -taken,
                            is_shipped ? -taken : 0);
        struct book_place *place = audit_place_find(audit, product, part->location);
        if (place != NULL && !is_shipped)
            place->sold -= taken;
        audit->totals.pieces_shipped += is_shipped ? quantity : 0;
    }
}

void audit_check_pieces(struct audit *audit, const struct order *order)
{
    uint64_t ordered = 0;
    uint64_t held = 0;
    uint64_t reserved = 0;
    for (uint32_t i = 0; i < order->line_count; i++)
        ordered += order->lines[i].quantity;
    for (uint32_t i = 0; i < order->part_count; i++) {
        held += order->parts[i].reserved + order->parts[i].shipped;
        reserved += order->parts[i].reserved;
    }
    if (ordered != held)
        audit_find(audit,
                   "order %" PRIu64 ": %" PRIu64 " pieces ordered, %" PRIu64 " reserved or shipped",
                   order->number, ordered, held);
    bool is_over = order->state == ORDER_CANCELLED || order->state == ORDER_DELIVERED;
    if (is_over && reserved != 0)
        audit_find(audit, "order %" PRIu64 " is over and holds %" PRIu64 " pieces", order->number,
                   reserved);
    if (order->state == ORDER_CANCELLED && held != 0)
        audit_find(audit, "order %" PRIu64 " is cancelled, %" PRIu64 " pieces are not",
                   order->number, held);
}

static void ship_parcel(struct audit *audit, struct book_live *live, const struct event *event,
                        const struct event_order_changed *changed)
{
    const struct event_order_part *parts = event_order_changed_parts(changed);
    if (changed->shipment != live->parcel_count + 1)
        audit_find(audit, "order %" PRIu64 ": parcel %u follows parcel %u", changed->order,
                   changed->shipment, live->parcel_count);
    uint64_t lines_sum = 0;
    for (uint32_t i = 0; i < changed->part_count; i++) {
        lines_sum += audit_parcel_line(parts[i].line, parts[i].quantity);
        if (parts[i].location != changed->location)
            audit_find(audit, "order %" PRIu64 ": a parcel of location %u with pieces of %u",
                       changed->order, changed->location, parts[i].location);
    }
    live->parcels =
        memory_resize(live->parcels, ((size_t)live->parcel_count + 1) * sizeof *live->parcels);
    live->parcels[live->parcel_count++] = (struct book_parcel){
        .shipped_ms = event->time_ms,
        .location = changed->location,
        .content_hash =
            audit_parcel_content(lines_sum, event_order_text1(changed), event_order_text2(changed)),
    };
}

static void deliver_parcels(struct audit *audit, struct book_live *live, const struct event *event,
                            const struct event_order_changed *changed)
{
    uint32_t delivered = 0;
    uint32_t open = 0;
    for (uint32_t i = 0; i < live->parcel_count; i++) {
        bool is_meant = changed->shipment == 0 || changed->shipment == i + 1;
        if (is_meant && live->parcels[i].delivered_ms == 0) {
            live->parcels[i].delivered_ms = event->time_ms;
            delivered++;
        }
        open += live->parcels[i].delivered_ms == 0;
    }
    if (delivered == 0)
        audit_find(audit, "order %" PRIu64 ": parcel %u was delivered without being on its way",
                   changed->order, changed->shipment);
    if (changed->action == ORDER_DELIVER_ALL && open != 0)
        audit_find(audit, "order %" PRIu64 " is delivered, %u of its parcels are not",
                   changed->order, open);
}

static void move_order(struct audit *audit, struct book_live *live, const struct event *event,
                       const struct event_order_changed *changed)
{
    struct order *order = &live->order;
    uint8_t next = audit_next_state(order->state, changed->action);
    if (next == 0 || next - 1 != changed->state)
        audit_find(audit, "order %" PRIu64 " goes from state %u by action %u to state %u: no arrow",
                   changed->order, order->state, changed->action, changed->state);
    bool is_cancelled = changed->action == ORDER_CANCEL_PART || changed->action == ORDER_CANCEL_ALL;
    struct text note = is_cancelled ? event_order_text1(changed) : TEXT_NONE;
    const struct order_move move = {
        .at_ms = event->time_ms,
        .action = changed->action,
        .state = changed->state,
        .actor = changed->actor,
        .note = note.data,
        .note_length = note.length,
    };
    live->moves_hash = audit_mix_move(live->moves_hash, &move);
    order->state = changed->state;
    order->totals = changed->totals;
}

void audit_order_changed(struct audit *audit, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    struct book_order *book =
        changed->order <= audit->order_count ? &audit->orders[changed->order] : NULL;
    if (changed->order == 0 || book == NULL || book->live == NULL) {
        audit_find(audit, "event %" PRIu64 " changes order %" PRIu64 ", which is %s", event->number,
                   changed->order, book == NULL ? "unknown" : "over");
        return;
    }
    struct book_live *live = book->live;
    audit_check_money(audit, event);
    book->last_event = event->number;
    move_order(audit, live, event, changed);
    cancel_lines(audit, &live->order, changed);
    release_parts(audit, &live->order, changed);
    if (changed->action == ORDER_SHIP)
        ship_parcel(audit, live, event, changed);
    if (changed->action == ORDER_DELIVER_PART || changed->action == ORDER_DELIVER_ALL)
        deliver_parcels(audit, live, event, changed);
    audit_check_pieces(audit, &live->order);
    audit_check_totals(audit, &live->order);
    book->state = live->order.state;
    book->total_minor = live->order.totals.total_minor;
    if (book->state == ORDER_CANCELLED || book->state == ORDER_DELIVERED) {
        book->digest = audit_digest_live(live);
        audit_live_free(live);
        book->live = NULL;
    }
}
