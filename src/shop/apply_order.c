/*
 * apply_order.c - results of events about carts and orders. Emptying the bought cart touches no
 * stock: a cart never held any (the reservation is the order's).
 */
#include "shop/apply.h"

#include <string.h>

/* The customer's cart is the one touched last; of two in the same millisecond, the newer cart. (A
 * start from the tables finds the same one.) */
static void note_last_cart(struct shop *shop, const struct cart *cart)
{
    const struct customer *customer = customer_find(&shop->customers, cart->customer);
    if (customer == NULL || customer->cart == cart->number)
        return;
    const struct cart *before = cart_find(&shop->carts, customer->cart);
    if (before == NULL || before->touched_ms < cart->touched_ms || before->number < cart->number)
        shop->customers.rows[cart->customer].cart = cart->number;
}

static void close_if_of_no_use(struct shop *shop, const struct cart *cart)
{
    if (shop_cart_is_of_no_use(shop, cart))
        cart_close(&shop->carts, cart->number);
}

void apply_cart_changed(struct shop *shop, const struct event *event)
{
    const struct event_cart_changed *changed = event_payload(event);
    const struct event_cart_line *lines = event_cart_lines(changed);
    ensure(changed->customer == 0 || customer_find(&shop->customers, changed->customer) != NULL);

    struct cart *cart = cart_open(&shop->carts, changed->cart);
    ensure(cart->customer == 0 || cart->customer == changed->customer);
    cart->contact = changed->contact;
    cart->customer = changed->customer;
    cart->touched_ms = event->time_ms;
    for (uint32_t i = 0; i < changed->line_count; i++) {
        ensure(catalog_find(&shop->catalog, lines[i].product) != NULL);
        cart_set_line(cart, lines[i].product, lines[i].quantity);
    }
    apply_contact_seen(shop, changed->contact);
    note_last_cart(shop, cart);
    carts_touched(&shop->carts, cart);
    close_if_of_no_use(shop, cart);
}

/* The cart, as the event found it. */
static struct cart *cart_of(struct shop *shop, uint64_t number, uint64_t contact, uint32_t customer,
                            uint32_t line_count)
{
    struct cart *cart = cart_open(&shop->carts, number);
    ensure(line_count > 0);
    ensure(cart->line_count == line_count);
    ensure(cart->contact == contact);
    ensure(cart->customer == customer);
    return cart;
}

void apply_cart_expiring(struct shop *shop, const struct event *event)
{
    const struct event_cart_expiring *expiring = event_payload(event);
    struct cart *cart =
        cart_of(shop, expiring->cart, expiring->contact, expiring->customer, expiring->line_count);
    ensure(expiring->expires_ms > event->time_ms);
    carts_warned(&shop->carts, cart, expiring->expires_ms);
}

void apply_cart_expired(struct shop *shop, const struct event *event)
{
    const struct event_cart_expired *expired = event_payload(event);
    struct cart *cart =
        cart_of(shop, expired->cart, expired->contact, expired->customer, expired->line_count);
    ensure(cart->expires_ms <= event->time_ms);
    cart_expire(cart, event->time_ms);
    carts_touched(&shop->carts, cart);
    close_if_of_no_use(shop, cart);
}

/* The order is what was in the cart, no more and no less. */
static void check_cart_is_bought(const struct cart *cart, const struct event_order_placed *placed)
{
    const struct event_order_line *lines = event_order_lines(placed);
    ensure(cart != NULL);
    ensure(cart->line_count == placed->line_count);
    ensure(cart->customer == placed->customer);
    for (uint32_t i = 0; i < placed->line_count; i++) {
        const struct cart_line *line = &cart->lines[i];
        if (line->product != lines[i].product) {
            line = cart_line_find(cart, lines[i].product);
            ensure(line != NULL);
        }
        ensure(line->quantity == lines[i].quantity);
    }
}

static void fill_order(struct order *order, const struct event_order_placed *placed,
                       const struct event *event)
{
    order->cart = placed->cart;
    order->contact = placed->contact;
    order->previous = placed->previous;
    order->created_ms = event->time_ms;
    order->last_event = event->number;
    memcpy(order->key, placed->key, sizeof(order->key));
    order->body_hash = placed->body_hash;
    order->customer = placed->customer;
    order->currency = placed->currency;
    order->pricing_version = placed->pricing_version;
    order->state = ORDER_PENDING;
    order->placed_by = placed->actor;
    order->totals = placed->totals;
    order->totals_ordered = placed->totals;
}

static void fill_lines(struct order *order, const struct event_order_placed *placed)
{
    const struct event_order_line *lines = event_order_lines(placed);
    const struct event_order_part *parts = event_order_parts(placed);
    for (uint32_t i = 0; i < placed->line_count; i++) {
        order->lines[i] = (struct order_line){
            .product = lines[i].product,
            .quantity_ordered = lines[i].quantity,
            .quantity = lines[i].quantity,
            .rule_mask = lines[i].rule_mask,
            .unit_price_minor = lines[i].unit_price_minor,
            .discount_ordered_minor = lines[i].discount_minor,
            .discount_minor = lines[i].discount_minor,
        };
    }
    for (uint32_t i = 0; i < placed->part_count; i++) {
        order->parts[i] = (struct order_part){
            .line = parts[i].line,
            .location = parts[i].location,
            .reserved = parts[i].quantity,
            .reserved_ordered = parts[i].quantity,
        };
    }
}

static void reserve_parts(struct shop *shop, const struct order *order,
                          const struct event_order_placed *placed)
{
    const struct event_order_part *parts = event_order_parts(placed);
    for (uint32_t i = 0; i < placed->part_count; i++) {
        const struct event_order_part *part = &parts[i];
        uint32_t product = order->lines[part->line].product;
        const struct stock_row *row = stock_find(&shop->stock, product, part->location);
        ensure(row != NULL);
        ensure(part->quantity <= row->on_hand - row->reserved);
        ensure(part->on_hand == row->on_hand);
        ensure(part->reserved == row->reserved + part->quantity);
        stock_set(&shop->stock, product, part->location, part->on_hand, part->reserved);
        stock_add_sold(&shop->stock, product, part->location, part->quantity);
    }
}

static void add_to_history(struct shop *shop, const struct order *order)
{
    struct cart *cart = cart_open(&shop->carts, order->cart);
    cart_empty(cart);
    carts_touched(&shop->carts, cart);
    cart->last_order = order->number;
    if (order->customer != 0) {
        const struct customer *before = customer_find(&shop->customers, order->customer);
        ensure(before != NULL);
        ensure(before->last_order == order->previous);
        struct customer customer = *before;
        customer.last_order = order->number;
        customer_put(&shop->customers, order->customer, &customer);
    }
}

void apply_order_placed(struct shop *shop, const struct event *event)
{
    const struct event_order_placed *placed = event_payload(event);
    ensure(placed->order == shop->orders.last_number + 1);
    ensure(placed->currency == shop->currency);
    ensure(shop_pricing_version(shop, placed->pricing_version) != NULL);
    check_cart_is_bought(cart_find(&shop->carts, placed->cart), placed);

    struct order *order =
        order_create(&shop->orders, placed->order, placed->line_count, placed->part_count);
    fill_order(order, placed, event);
    fill_lines(order, placed);
    order_check(order);
    reserve_parts(shop, order, placed);
    add_to_history(shop, order);
    shop->orders.last_created_ms = order->created_ms;
    apply_contact_seen(shop, placed->contact);

    struct shop_key key = {
        .value = order->number, .at_ms = event->time_ms, .last_event = event->number};
    memcpy(key.key, placed->key, sizeof(key.key));
    shop_key_put(shop, &key);
}

static void apply_line_changes(struct order *order, const struct event_order_changed *changed)
{
    const struct event_order_line_change *changes = event_order_line_changes(changed);
    for (uint32_t i = 0; i < changed->line_count; i++) {
        ensure(changes[i].line < order->line_count);
        struct order_line *line = &order->lines[changes[i].line];
        ensure(changes[i].quantity > 0);
        ensure(changes[i].quantity <= line->quantity);
        ensure(changes[i].quantity_after == line->quantity - changes[i].quantity);
        ensure(changes[i].discount_after_minor <= line->discount_minor);
        line->quantity = changes[i].quantity_after;
        line->discount_minor = changes[i].discount_after_minor;
    }
}

static struct order_part *part_get(struct order *order, const struct event_order_part *wanted)
{
    uint32_t i = order_first_part(order, wanted->line);
    while (i < order->part_count && order->parts[i].line == wanted->line &&
           order->parts[i].location != wanted->location) {
        i++;
    }
    ensure(i < order->part_count);
    ensure(order->parts[i].line == wanted->line);
    return &order->parts[i];
}

/* Pieces leave the reservation: back to what is available, or out of the house. */
static void release_parts(struct shop *shop, struct order *order,
                          const struct event_order_changed *changed)
{
    const struct event_order_part *parts = event_order_changed_parts(changed);
    bool is_shipped = changed->action == ORDER_SHIP;
    for (uint32_t i = 0; i < changed->part_count; i++) {
        struct order_part *part = part_get(order, &parts[i]);
        uint32_t quantity = parts[i].quantity;
        uint32_t product = order->lines[part->line].product;
        const struct stock_row *row = stock_find(&shop->stock, product, part->location);
        ensure(row != NULL);
        ensure(quantity > 0);
        ensure(quantity <= part->reserved);
        ensure(quantity <= row->reserved);
        ensure(parts[i].reserved == row->reserved - quantity);
        ensure(parts[i].on_hand == row->on_hand - (is_shipped ? quantity : 0));
        stock_set(&shop->stock, product, part->location, parts[i].on_hand, parts[i].reserved);
        part->reserved -= quantity;
        if (is_shipped) {
            part->shipped += quantity;
        } else {
            stock_add_sold(&shop->stock, product, part->location, -(int64_t)quantity);
        }
    }
}

static void add_shipment(struct order *order, const struct event_order_changed *changed,
                         uint64_t now_ms)
{
    const struct event_order_part *parts = event_order_changed_parts(changed);
    struct order_shipment_line lines[ORDER_LINES_MAX];
    ensure(changed->part_count > 0);
    ensure(changed->part_count <= order->line_count);
    for (uint32_t i = 0; i < changed->part_count; i++) {
        ensure(parts[i].location == changed->location);
        lines[i] = (struct order_shipment_line){parts[i].line, parts[i].quantity};
    }
    struct order_shipment shipment = {
        .number = changed->shipment,
        .location = changed->location,
        .line_count = (uint16_t)changed->part_count,
        .shipped_ms = now_ms,
        .carrier = event_order_text1(changed),
        .tracking_number = event_order_text2(changed),
        .lines = lines,
    };
    order_add_shipment(order, &shipment);
}

/* One parcel, or (shipment 0) every one that is on its way. */
static void deliver(struct order *order, uint32_t number, uint64_t now_ms)
{
    uint32_t delivered = 0;
    for (struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        if (shipment->delivered_ms == 0 && (number == 0 || number == shipment->number)) {
            shipment->delivered_ms = now_ms;
            delivered++;
        }
    }
    ensure(delivered > 0);
}

/* What must not come along with each action. */
static void check_change(const struct event_order_changed *changed)
{
    switch ((enum order_action)changed->action) {
    case ORDER_CONFIRM:
    case ORDER_DELIVER_PART:
    case ORDER_DELIVER_ALL:
        ensure(changed->line_count == 0);
        ensure(changed->part_count == 0);
        break;
    case ORDER_CANCEL_PART:
    case ORDER_CANCEL_ALL:
        ensure(changed->line_count > 0);
        ensure(changed->part_count >= changed->line_count);
        break;
    case ORDER_SHIP:
        ensure(changed->line_count == 0);
        ensure(changed->part_count > 0);
        break;
    case ORDER_ACTION_COUNT:
        ensure(changed->action != ORDER_ACTION_COUNT);
    }
}

static void add_move(struct order *order, const struct event_order_changed *changed,
                     uint64_t now_ms)
{
    struct order_move move = {
        .at_ms = now_ms,
        .action = changed->action,
        .state = changed->state,
        .actor = changed->actor,
    };
    if (changed->action == ORDER_CANCEL_PART || changed->action == ORDER_CANCEL_ALL) {
        struct text reason = event_order_text1(changed);
        move.note = reason.data;
        move.note_length = reason.length;
    }
    order_add_move(order, &move);
}

void apply_order_changed(struct shop *shop, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    struct order *order = order_find(&shop->orders, changed->order);
    enum order_state state = ORDER_STATE_COUNT;
    ensure(order != NULL);
    ensure(changed->action < ORDER_ACTION_COUNT);
    ensure(order_next(order->state, changed->action, &state).code == ERR_NONE);
    ensure(state == changed->state);
    check_change(changed);

    apply_line_changes(order, changed);
    release_parts(shop, order, changed);
    if (changed->action == ORDER_SHIP) {
        add_shipment(order, changed, event->time_ms);
    } else if (changed->action == ORDER_DELIVER_PART || changed->action == ORDER_DELIVER_ALL) {
        deliver(order, changed->shipment, event->time_ms);
    }
    add_move(order, changed, event->time_ms);
    order->state = changed->state;
    order->totals = changed->totals;
    order->last_event = event->number;
    order_check(order);
}

/* The contact's row says it; the order has the same contact as before, and may be asleep. */
void apply_order_corrected(struct shop *shop, const struct event *event)
{
    const struct event_order_corrected *corrected = event_payload(event);
    const struct order *order = order_find(&shop->orders, corrected->order);
    ensure(corrected->order <= shop->orders.last_number);
    ensure(corrected->contact <= shop->last_contact);
    ensure(order == NULL || order->contact == corrected->contact);
    ensure(order == NULL || order->state == ORDER_PENDING || order->state == ORDER_CONFIRMED);
}
