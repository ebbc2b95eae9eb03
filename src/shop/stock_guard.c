#include "shop/stock_guard.h"

#include "shop/event.h"

static bool part_holds(const struct stock *stock, const struct event_order_placed *placed,
                       const struct event_order_part *part)
{
    if (part->line >= placed->line_count)
        return false;
    uint32_t product = event_order_lines(placed)[part->line].product;
    const struct stock_row *row = stock_find(stock, product, part->location);
    return row != NULL && part->quantity <= row->on_hand - row->reserved &&
           part->on_hand == row->on_hand && part->reserved == row->reserved + part->quantity;
}

bool stock_guard_holds(const struct shop *shop, struct text events)
{
    uint32_t offset = 0;
    while (offset < events.length) {
        const struct event *event = (const void *)(events.data + offset);
        ensure(event->length > 0);
        offset += event->length;
        if (event->type != EVENT_ORDER_PLACED)
            continue;
        const struct event_order_placed *placed = event_payload(event);
        const struct event_order_part *parts = event_order_parts(placed);
        for (uint32_t i = 0; i < placed->part_count; i++) {
            if (!part_holds(&shop->stock, placed, &parts[i]))
                return false;
        }
    }
    return true;
}
