/*
 * order_cancel.c - stock returns once, to exactly the places that hold it; what stays keeps its
 * price, and its share of the discount.
 */
#include "shop/command/order_cancel.h"

#include <string.h>

struct cancellation {
    const struct order *order;
    uint32_t *taken; /* pieces to cancel, per line of the order */
    uint64_t pieces_left;
    uint32_t line_count; /* lines with something to cancel */
};

static struct err take_requested(struct cancellation *cancellation,
                                 const struct order_cancel_request *wanted)
{
    const struct order *order = cancellation->order;
    for (uint32_t i = 0; i < wanted->line_count; i++) {
        const struct order_part_request *request = &wanted->lines[i];
        if (request->line >= order->line_count)
            return ERR_AT(ERR_ORDER_LINE, i, 0);
        uint32_t left = order->lines[request->line].quantity - cancellation->taken[request->line];
        uint32_t quantity = request->quantity == 0 ? left : request->quantity;
        if (left == 0 || quantity > left)
            return ERR_AT(ERR_ORDER_QUANTITY, i, left);
        cancellation->taken[request->line] += quantity;
    }
    return OK;
}

static void take_all(struct cancellation *cancellation)
{
    for (uint32_t i = 0; i < cancellation->order->line_count; i++)
        cancellation->taken[i] = cancellation->order->lines[i].quantity;
}

static void sum_up(struct cancellation *cancellation)
{
    for (uint32_t i = 0; i < cancellation->order->line_count; i++) {
        cancellation->pieces_left +=
            cancellation->order->lines[i].quantity - cancellation->taken[i];
        cancellation->line_count += cancellation->taken[i] > 0 ? 1 : 0;
    }
}

/* The lines made smaller, and the totals without what they lost. */
static struct event_order_line_change *change_lines(struct arena *arena,
                                                    const struct cancellation *cancellation,
                                                    struct order_totals *totals)
{
    struct event_order_line_change *changes =
        arena_alloc_array(arena, cancellation->line_count, sizeof(*changes));
    uint32_t count = 0;
    for (uint32_t i = 0; i < cancellation->order->line_count; i++) {
        const struct order_line *line = &cancellation->order->lines[i];
        uint32_t taken = cancellation->taken[i];
        if (taken == 0)
            continue;
        uint32_t left = line->quantity - taken;
        int64_t discount_minor =
            money_pro_rata(line->discount_ordered_minor, left, line->quantity_ordered);
        changes[count++] = (struct event_order_line_change){
            .line = i,
            .quantity = taken,
            .quantity_after = left,
            .discount_after_minor = discount_minor,
        };
        totals->subtotal_minor -= line->unit_price_minor * taken;
        totals->discount_minor -= line->discount_minor - discount_minor;
    }
    totals->total_minor = totals->subtotal_minor - totals->discount_minor + totals->shipping_minor +
                          totals->tax_minor;
    return changes;
}

/* Back to the shelves: of each line the part that was chosen last goes first. */
static uint32_t give_back(const struct shop *shop, const struct cancellation *cancellation,
                          struct event_order_part *parts_out)
{
    const struct order *order = cancellation->order;
    uint32_t count = 0;
    for (uint32_t line = 0; line < order->line_count; line++) {
        uint32_t taken = cancellation->taken[line];
        uint32_t part = order_first_part(order, line + 1);
        while (taken > 0) {
            ensure(part > 0);
            part--;
            ensure(order->parts[part].line == line);
            uint32_t reserved = order->parts[part].reserved;
            uint32_t quantity = taken < reserved ? taken : reserved;
            if (quantity > 0)
                parts_out[count++] = order_change_part(shop, order, part, quantity, false);
            taken -= quantity;
        }
    }
    return count;
}

/* What was captured for pieces that are not bought after all. */
static void append_refund(struct decision *decision, const struct order *order,
                          const struct order_totals *after)
{
    int64_t due_minor = order_paid_minor(order) - after->total_minor;
    if (due_minor <= 0)
        return;
    struct text reference = TEXT_NONE;
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        if (payment_is_captured((enum payment_outcome)payment->outcome))
            reference = payment->reference;
    }
    struct event_refund_due *due =
        decision_append(decision, EVENT_REFUND_DUE, sizeof(*due) + reference.length);
    due->order = order->number;
    due->amount_minor = due_minor;
    due->currency = order->currency;
    due->reference_length = (uint16_t)reference.length;
    if (reference.length > 0)
        memcpy(due + 1, reference.data, reference.length);
}

struct err order_cancel(struct decision *decision, const struct command *command,
                        const struct order_cancel_request *request)
{
    const struct order *order = request->order;
    struct cancellation cancellation = {.order = order};
    struct order_change change;
    /* Where all of it may be cancelled a part may be, too, and the other way round. */
    TRY(order_change_begin(order, command, ORDER_CANCEL_ALL, &change));

    cancellation.taken =
        arena_alloc_array(decision->arena, order->line_count, sizeof(*cancellation.taken));
    if (request->line_count == 0)
        take_all(&cancellation);
    else
        TRY(take_requested(&cancellation, request));
    sum_up(&cancellation);
    if (cancellation.pieces_left > 0)
        TRY(order_change_begin(order, command, ORDER_CANCEL_PART, &change));

    struct event_order_part *parts =
        arena_alloc_array(decision->arena, order->part_count, sizeof(*parts));
    change.lines = change_lines(decision->arena, &cancellation, &change.totals);
    change.line_count = cancellation.line_count;
    change.part_count = give_back(decision->shop, &cancellation, parts);
    change.parts = parts;
    change.text1 = request->note;
    order_change_append(decision, &change);
    append_refund(decision, order, &change.totals);
    return OK;
}
