/* apply_shop.c - results of events about the shop itself: its life, catalogue, stock, people,
 * rules. */
#include "base/memory.h"
#include "shop/apply.h"

#include <string.h>

void apply_shop_created(struct shop *shop, const struct event *event)
{
    const struct event_shop_created *created = event_payload(event);
    ensure(shop->currency == 0);
    ensure(created->currency != 0);
    shop->currency = created->currency;
    shop->timeline = created->timeline;
}

void apply_process_started(struct shop *shop, const struct event *event)
{
    const struct event_process_started *started = event_payload(event);
    ensure(shop->currency != 0);
    ensure(started->epoch == shop->epoch + 1);
    shop->epoch = started->epoch;
    shop->timeline = started->timeline;
}

void apply_product_put(struct shop *shop, const struct event *event)
{
    const struct product *product = event_payload(event);
    const struct product *before = catalog_find(&shop->catalog, product->number);
    ensure(product->number <= shop->catalog.product_count + 1);
    ensure(product->version == (before == NULL ? 1 : before->version + 1));
    ensure(product->category == 0 || category_find(&shop->catalog, product->category) != NULL);
    ensure(product->price_minor >= 0);
    ensure(product->price_minor <= MONEY_PRICE_MAX);
    catalog_put_product(&shop->catalog, product);
}

void apply_category_put(struct shop *shop, const struct event *event)
{
    const struct event_category_put *put = event_payload(event);
    ensure(put->number != 0);
    ensure(put->number <= shop->catalog.category_count + 1);
    ensure(put->parent == 0 || category_find(&shop->catalog, put->parent) != NULL);
    catalog_put_category(&shop->catalog, put->number, put->parent, event_category_name(put));
}

void apply_location_put(struct shop *shop, const struct event *event)
{
    const struct event_location_put *put = event_payload(event);
    ensure(put->number != 0);
    ensure(put->number <= shop->stock.location_count + 1);
    stock_put_location(&shop->stock, put->number, put->priority, event_location_name(put));
}

static void apply_stock_row(struct shop *shop, const struct event_stock_row *row)
{
    const struct stock_row *before = stock_find(&shop->stock, row->product, row->location);
    int64_t on_hand_before = before == NULL ? 0 : before->on_hand;
    uint32_t reserved_before = before == NULL ? 0 : before->reserved;
    ensure(catalog_find(&shop->catalog, row->product) != NULL);
    ensure(location_find(&shop->stock, row->location) != NULL);
    ensure(on_hand_before + row->change == row->on_hand);
    ensure(row->on_hand <= STOCK_PIECES_MAX);
    ensure(row->reserved == reserved_before);
    ensure(row->reserved <= row->on_hand);
    stock_set(&shop->stock, row->product, row->location, row->on_hand, row->reserved);
}

void apply_stock_moved(struct shop *shop, const struct event *event)
{
    const struct event_stock_moved *moved = event_payload(event);
    const struct event_stock_row *rows = event_stock_rows(moved);
    ensure(moved->reason >= STOCK_RECEIVED);
    ensure(moved->reason <= STOCK_COUNTED);
    ensure(moved->row_count > 0);
    for (uint32_t i = 0; i < moved->row_count; i++) {
        apply_stock_row(shop, &rows[i]);
    }
    /* What leaves one place arrives at the other. */
    ensure(moved->reason != STOCK_TRANSFERRED ||
           (moved->row_count == 2 && rows[0].change + rows[1].change == 0));
}

void apply_contact_seen(struct shop *shop, uint64_t contact)
{
    if (contact > shop->last_contact) {
        shop->last_contact = contact;
    }
}

void apply_customer_put(struct shop *shop, const struct event *event)
{
    const struct event_customer_put *put = event_payload(event);
    const struct customer *before = customer_find(&shop->customers, put->number);
    struct customer customer = {.created_ms = event->time_ms};
    ensure(put->number != 0);
    ensure(put->number <= shop->customers.count + 1);
    ensure(put->is_erased == 0 || put->contact == 0);
    if (before != NULL) {
        ensure(!before->is_erased);
        customer = *before;
    }
    customer.contact = put->contact;
    customer.changed_event = event->number;
    customer.tier = put->tier;
    customer.is_erased = put->is_erased != 0;
    if (customer.is_erased) {
        ensure(customer.token == 0);
        customer.password_event = 0;
        customer.reset_event = 0;
        customer.reset_until_ms = 0;
        customer.role = ROLE_CUSTOMER;
    }
    customer_put(&shop->customers, put->number, &customer);
    if (customer.is_erased)
        customer_set_email(&shop->customers, put->number, NULL);
    apply_contact_seen(shop, put->contact);
}

/* Rare, so the whole memory is searched instead of keeping an index for it. */
static void forget_contacts(struct shop *shop, const struct map *erased)
{
    uint64_t ignored = 0;
    const struct map *orders = &shop->orders.by_number;
    for (size_t i = 0; i < orders->slot_count; i++) {
        struct order *order = order_find(&shop->orders, orders->slots[i].key);
        if (order != NULL && order->contact != 0 && map_find(erased, order->contact, &ignored)) {
            order->contact = 0;
        }
    }
    const struct map *carts = &shop->carts.by_number;
    for (size_t i = 0; i < carts->slot_count; i++) {
        const struct cart *cart = cart_find(&shop->carts, carts->slots[i].key);
        if (cart != NULL && cart->contact != 0 && map_find(erased, cart->contact, &ignored)) {
            struct cart *known = cart_open(&shop->carts, cart->number);
            known->contact = 0;
            carts_contact_gone(&shop->carts, known);
        }
    }
}

void apply_contacts_erased(struct shop *shop, const struct event *event)
{
    const struct event_contacts_erased *gone = event_payload(event);
    const uint64_t *contacts = event_contacts(gone);
    ensure(gone->count > 0);
    struct map erased;
    map_init(&erased, gone->count);
    for (uint32_t i = 0; i < gone->count; i++) {
        ensure(contacts[i] != 0);
        ensure(contacts[i] <= shop->last_contact);
        map_put(&erased, contacts[i], 1);
    }
    forget_contacts(shop, &erased);
    map_release(&erased);
}

void apply_pricing_set(struct shop *shop, const struct event *event)
{
    const struct event_pricing_set *set = event_payload(event);
    ensure(set->version == shop->pricing_count + 1);
    ensure(set->rule_count <= PRICING_RULES_MAX);
    ensure(set->policy <= PRICING_STACK);
    shop->pricings =
        memory_resize(shop->pricings, (shop->pricing_count + 1) * sizeof(*shop->pricings));
    struct pricing *pricing = &shop->pricings[shop->pricing_count++];
    *pricing = (struct pricing){
        .version = set->version, .policy = set->policy, .rule_count = set->rule_count};
    memcpy(pricing->rules, event_pricing_rules(set), set->rule_count * sizeof(*pricing->rules));
}
