/* apply_import.c - the result of the event that brings an order of another shop. No cart bought it,
 * and no key came with it. */
#include "shop/apply.h"

/* What the order still holds is reserved; what it keeps or has sent counts as sold from there. */
static void reserve_parts(struct shop *shop, const struct event_order_imported *imported)
{
    const struct event_imported_line *lines = imported_lines(imported);
    const struct event_imported_part *parts = imported_parts(imported);
    for (uint32_t i = 0; i < imported->part_count; i++) {
        const struct event_imported_part *part = &parts[i];
        uint32_t product = lines[part->line].product;
        const struct stock_row *row = stock_find(&shop->stock, product, part->location);
        ensure(location_find(&shop->stock, part->location) != NULL);
        ensure((row != NULL) == (part->has_stock == 1));
        ensure(row != NULL || part->reserved == 0);
        if (row == NULL)
            continue;
        ensure(part->reserved <= row->on_hand - row->reserved);
        ensure(part->stock_on_hand == row->on_hand);
        ensure(part->stock_reserved == row->reserved + part->reserved);
        stock_set(&shop->stock, product, part->location, part->stock_on_hand, part->stock_reserved);
        stock_add_sold(&shop->stock, product, part->location,
                       (int64_t)part->reserved + part->shipped);
    }
}

static void add_to_history(struct shop *shop, const struct order *order)
{
    const struct customer *before = customer_find(&shop->customers, order->customer);
    if (order->customer == 0) {
        ensure(order->previous == 0);
        return;
    }
    ensure(before != NULL);
    ensure(!before->is_erased);
    ensure(before->last_order == order->previous);
    struct customer customer = *before;
    customer.last_order = order->number;
    customer_put(&shop->customers, order->customer, &customer);
}

void apply_order_imported(struct shop *shop, const struct event *event)
{
    const struct event_order_imported *imported = event_payload(event);
    struct arena arena;
    ensure(imported->order == shop->orders.last_number + 1);
    ensure(imported->currency == shop->currency);
    ensure(imported->pricing_version == shop->pricing_count);
    ensure(imported->created_ms >= shop->orders.last_created_ms);
    ensure(imported->created_ms <= event->time_ms);

    arena_init(&arena, IMPORTED_ARENA_BLOCK, IMPORTED_ARENA_MAX);
    struct order *image = imported_read(imported, &arena);
    image->last_event = event->number;
    for (uint32_t i = 0; i < image->line_count; i++)
        ensure(catalog_find(&shop->catalog, image->lines[i].product) != NULL);
    const struct order *order = order_adopt(&shop->orders, image); /* which checks it */
    arena_release(&arena);
    reserve_parts(shop, imported);
    add_to_history(shop, order);
    shop->orders.last_created_ms = order->created_ms;
    apply_contact_seen(shop, imported->contact);
}
