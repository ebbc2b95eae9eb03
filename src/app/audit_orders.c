/* audit_orders.c - carts, and orders as they are placed, in the auditor's books. */
#include "app/audit_books.h"
#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

/* --- carts --- */

void audit_cart_forget(struct audit *audit, uint64_t number)
{
    struct book_cart *cart = audit_cart_find(audit, number);
    if (cart == NULL)
        return;
    memory_free(cart->lines);
    memory_free(cart);
    (void)map_remove(&audit->carts, number);
}

static struct book_cart *cart_open_book(struct audit *audit, uint64_t number)
{
    struct book_cart *cart = audit_cart_find(audit, number);
    if (cart != NULL)
        return cart;
    cart = memory_alloc_zeroed(1, sizeof *cart);
    cart->number = number;
    map_put(&audit->carts, number, (uintptr_t)cart);
    return cart;
}

static struct cart_line *cart_line_of(struct book_cart *cart, uint32_t product)
{
    for (uint32_t i = 0; i < cart->line_count; i++) {
        if (cart->lines[i].product == product)
            return &cart->lines[i];
    }
    return NULL;
}

static void set_cart_line(struct book_cart *cart, const struct event_cart_line *change)
{
    struct cart_line *line = cart_line_of(cart, change->product);
    if (line == NULL && change->quantity > 0) {
        uint64_t capacity = cart->line_capacity;
        cart->lines = audit_reserve(cart->lines, cart->line_count, &capacity, sizeof *cart->lines);
        cart->line_capacity = (uint32_t)capacity;
        cart->lines[cart->line_count++] =
            (struct cart_line){.product = change->product, .quantity = change->quantity};
    } else if (line != NULL && change->quantity > 0) {
        line->quantity = change->quantity;
    } else if (line != NULL) {
        *line = cart->lines[--cart->line_count];
    }
}

void audit_cart_changed(struct audit *audit, const struct event *event)
{
    const struct event_cart_changed *changed = event_payload(event);
    const struct event_cart_line *lines = event_cart_lines(changed);
    if (changed->cart == 0 || changed->customer > audit->customer_count) {
        audit_find(audit, "event %" PRIu64 ": cart %" PRIu64 " of customer %u", event->number,
                   changed->cart, changed->customer);
        return;
    }
    struct book_cart *cart = cart_open_book(audit, changed->cart);
    if (cart->customer != 0 && cart->customer != changed->customer)
        audit_find(audit, "event %" PRIu64 ": cart %" PRIu64 " goes from customer %u to %u",
                   event->number, cart->number, cart->customer, changed->customer);
    cart->customer = changed->customer;
    if (changed->contact != cart->contact)
        audit_contact_named(audit, changed->contact);
    cart->contact = changed->contact;
    cart->touched_ms = event->time_ms;
    cart->expires_ms = 0;
    for (uint32_t i = 0; i < changed->line_count; i++) {
        if (lines[i].product == 0 || lines[i].product > audit->product_count)
            audit_find(audit, "event %" PRIu64 " puts product %u into a cart: unknown",
                       event->number, lines[i].product);
        else
            set_cart_line(cart, &lines[i]);
    }
    if (cart->line_count == 0 && cart->contact == 0)
        audit_cart_forget(audit, cart->number);
}

/* The cart, which has these lines and belongs to whom the event says. */
static struct book_cart *cart_with(struct audit *audit, uint64_t number, uint64_t contact,
                                   uint32_t customer, uint32_t line_count)
{
    struct book_cart *cart = audit_cart_find(audit, number);
    if (cart == NULL || cart->line_count != line_count || line_count == 0)
        audit_find(audit,
                   "event %" PRIu64 ": cart %" PRIu64
                   " with %u lines comes to its end, by the books it has %u",
                   audit->last_event, number, line_count, cart == NULL ? 0 : cart->line_count);
    else if (cart->contact != contact || cart->customer != customer)
        audit_find(audit, "event %" PRIu64 ": cart %" PRIu64 " is somebody else's by the books",
                   audit->last_event, number);
    return cart;
}

void audit_cart_expiring(struct audit *audit, const struct event *event)
{
    const struct event_cart_expiring *expiring = event_payload(event);
    struct book_cart *cart = cart_with(audit, expiring->cart, expiring->contact, expiring->customer,
                                       expiring->line_count);
    if (cart == NULL)
        return;
    if (cart->expires_ms != 0)
        audit_find(audit, "event %" PRIu64 ": cart %" PRIu64 " is warned about twice",
                   event->number, cart->number);
    cart->expires_ms = expiring->expires_ms;
}

void audit_cart_expired(struct audit *audit, const struct event *event)
{
    const struct event_cart_expired *expired = event_payload(event);
    struct book_cart *cart =
        cart_with(audit, expired->cart, expired->contact, expired->customer, expired->line_count);
    if (cart == NULL)
        return;
    if (event->time_ms < cart->expires_ms)
        audit_find(audit,
                   "event %" PRIu64 ": cart %" PRIu64 " expires before the time that was told",
                   event->number, cart->number);
    cart->line_count = 0;
    cart->touched_ms = event->time_ms;
    cart->expires_ms = 0;
    if (cart->contact == 0)
        audit_cart_forget(audit, cart->number);
}

/* --- an order is placed --- */

void audit_live_free(struct book_live *live)
{
    if (live == NULL)
        return;
    memory_free(live->order.lines);
    memory_free(live->order.parts);
    memory_free(live->parcels);
    memory_free(live);
}

static void check_cart_lines(struct audit *audit, const struct event_order_placed *placed)
{
    struct book_cart *cart = audit_cart_find(audit, placed->cart);
    const struct event_order_line *lines = event_order_lines(placed);
    if (cart == NULL || cart->line_count != placed->line_count) {
        audit_find(audit, "order %" PRIu64 " has %u lines, its cart had %u", placed->order,
                   placed->line_count, cart == NULL ? 0 : cart->line_count);
        return;
    }
    if (cart->customer != placed->customer)
        audit_find(audit, "order %" PRIu64 " is customer %u's, its cart was customer %u's",
                   placed->order, placed->customer, cart->customer);
    for (uint32_t i = 0; i < placed->line_count; i++) {
        const struct cart_line *line =
            i < cart->line_count && cart->lines[i].product == lines[i].product
                ? &cart->lines[i]
                : cart_line_of(cart, lines[i].product);
        if (line == NULL || line->quantity != lines[i].quantity)
            audit_find(audit,
                       "order %" PRIu64 ", line %u: %u pieces of product %u, the cart had %u",
                       placed->order, i, lines[i].quantity, lines[i].product,
                       line == NULL ? 0 : line->quantity);
    }
}

/* Whom the cart knew goes into the order's contact: the cart's own is gone with the purchase. */
static void retire_cart_contact(struct audit *audit, const struct event_order_placed *placed)
{
    const struct book_cart *cart = audit_cart_find(audit, placed->cart);
    if (cart == NULL || cart->contact == 0 || cart->contact > audit->contact_count)
        return;
    if (placed->contact == 0)
        audit_find(audit, "order %" PRIu64 " has no contact, its cart had contact %" PRIu64,
                   placed->order, cart->contact);
    audit->contacts[cart->contact] = BOOK_CONTACT_ERASED;
}

static void check_placed_line(struct audit *audit, uint64_t order, uint32_t position,
                              const struct event_order_line *line)
{
    if (line->product == 0 || line->product > audit->product_count || line->quantity == 0) {
        audit_find(audit, "order %" PRIu64 ", line %u: %u pieces of product %u", order, position,
                   line->quantity, line->product);
        return;
    }
    int64_t price = audit->products[line->product].price_minor;
    if (line->unit_price_minor != price)
        audit_find(audit,
                   "order %" PRIu64 ", line %u: product %u was charged %" PRId64
                   " and cost %" PRId64,
                   order, position, line->product, line->unit_price_minor, price);
    if (line->discount_minor < 0 || line->discount_minor > line->unit_price_minor * line->quantity)
        audit_find(audit, "order %" PRIu64 ", line %u: a discount of %" PRId64, order, position,
                   line->discount_minor);
}

/* Takes pieces of a place into a reservation (quantity > 0) or out of it, and out of the house. */
void audit_move_reserved(struct audit *audit, uint64_t order, uint32_t product,
                         const struct event_order_part *part, int64_t reserved, int64_t on_hand)
{
    struct book_place *place = audit_place_find(audit, product, part->location);
    if (place == NULL) {
        audit_find(audit, "order %" PRIu64 " holds product %u at location %u: none ever lay there",
                   order, product, part->location);
        return;
    }
    place->reserved += reserved;
    place->on_hand += on_hand;
    if (place->reserved < 0 || place->reserved > place->on_hand)
        audit_find(audit,
                   "order %" PRIu64 ": product %u at location %u: %" PRId64
                   " pieces promised, %" PRId64 " on hand",
                   order, product, part->location, place->reserved, place->on_hand);
    if (place->reserved != part->reserved || place->on_hand != part->on_hand)
        audit_find(audit,
                   "order %" PRIu64 ": product %u at location %u: %" PRId64 " of %" PRId64
                   " pieces promised by the books, %u of %u by the event",
                   order, product, part->location, place->reserved, place->on_hand, part->reserved,
                   part->on_hand);
}

static void write_lines(struct order *order, const struct event_order_placed *placed)
{
    const struct event_order_line *lines = event_order_lines(placed);
    order->line_count = placed->line_count;
    order->lines = memory_alloc_zeroed((size_t)placed->line_count + 1, sizeof *order->lines);
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
}

static struct book_live *write_order(const struct event *event,
                                     const struct event_order_placed *placed)
{
    struct book_live *live = memory_alloc_zeroed(1, sizeof *live);
    live->order = (struct order){
        .number = placed->order,
        .cart = placed->cart,
        .previous = placed->previous,
        .created_ms = event->time_ms,
        .body_hash = placed->body_hash,
        .customer = placed->customer,
        .currency = placed->currency,
        .pricing_version = placed->pricing_version,
        .state = ORDER_PENDING,
        .placed_by = placed->actor,
        .totals = placed->totals,
        .totals_ordered = placed->totals,
    };
    memcpy(live->order.key, placed->key, sizeof live->order.key);
    write_lines(&live->order, placed);
    return live;
}

/* Every piece of every line is reserved somewhere. */
static void reserve_parts(struct audit *audit, struct order *order,
                          const struct event_order_placed *placed)
{
    const struct event_order_part *parts = event_order_parts(placed);
    uint32_t *missing = memory_alloc_zeroed((size_t)order->line_count + 1, sizeof *missing);
    order->parts = memory_alloc_zeroed((size_t)placed->part_count + 1, sizeof *order->parts);
    for (uint32_t i = 0; i < order->line_count; i++)
        missing[i] = order->lines[i].quantity;
    for (uint32_t i = 0; i < placed->part_count; i++) {
        uint32_t line = parts[i].line;
        if (line >= order->line_count) {
            audit_find(audit, "order %" PRIu64 " reserves for line %u, which it does not have",
                       order->number, line);
            continue;
        }
        uint32_t product = order->lines[line].product;
        missing[line] -= parts[i].quantity;
        audit_move_reserved(audit, order->number, product, &parts[i], parts[i].quantity, 0);
        struct book_place *place = audit_place_find(audit, product, parts[i].location);
        if (place != NULL)
            place->sold += parts[i].quantity;
        order->parts[order->part_count++] = (struct order_part){
            .line = line,
            .location = parts[i].location,
            .reserved = parts[i].quantity,
            .reserved_ordered = parts[i].quantity,
        };
    }
    for (uint32_t i = 0; i < order->line_count; i++) {
        if (missing[i] != 0)
            audit_find(audit, "order %" PRIu64 ", line %u: %d pieces have no reservation",
                       order->number, i, (int)missing[i]);
    }
    memory_free(missing);
}

void audit_check_totals(struct audit *audit, const struct order *order)
{
    const struct order_totals *totals = &order->totals;
    int64_t subtotal = 0;
    int64_t discount = 0;
    for (uint32_t i = 0; i < order->line_count; i++) {
        subtotal += order->lines[i].unit_price_minor * order->lines[i].quantity;
        discount += order->lines[i].discount_minor;
    }
    if (totals->subtotal_minor != subtotal || totals->discount_minor != discount)
        audit_find(audit,
                   "order %" PRIu64 ": its lines come to %" PRId64 " less %" PRId64
                   ", its totals say %" PRId64 " less %" PRId64,
                   order->number, subtotal, discount, totals->subtotal_minor,
                   totals->discount_minor);
    int64_t total = totals->subtotal_minor - totals->discount_minor + totals->shipping_minor +
                    totals->tax_minor;
    if (totals->total_minor != total)
        audit_find(audit, "order %" PRIu64 ": its totals add up to %" PRId64 ", not %" PRId64,
                   order->number, total, totals->total_minor);
}

static void note_key(struct audit *audit, const struct event_order_placed *placed)
{
    uint64_t key = 0;
    uint64_t other = 0;
    memcpy(&key, placed->key, sizeof key);
    key = key == 0 ? 1 : key;
    if (map_find(&audit->keys, key, &other))
        audit_find(audit, "orders %" PRIu64 " and %" PRIu64 " came of the same idempotency key",
                   other, placed->order);
    map_put(&audit->keys, key, placed->order);
}

void audit_note_history(struct audit *audit, uint64_t number, uint64_t cart, uint32_t customer,
                        uint64_t previous)
{
    uint64_t expected = previous;
    if (customer > audit->customer_count) {
        audit_find(audit, "order %" PRIu64 " is of customer %u, who is unknown", number, customer);
    } else if (customer != 0) {
        expected = audit->customers[customer].last_order;
        audit->customers[customer].last_order = number;
    } else if (previous != 0 && (previous >= number || audit->orders[previous].cart != cart)) {
        expected = 0;
    }
    if (previous != expected)
        audit_find(audit,
                   "order %" PRIu64 " follows order %" PRIu64 ", the one before it was %" PRIu64,
                   number, previous, expected);
}

void audit_order_placed(struct audit *audit, const struct event *event)
{
    const struct event_order_placed *placed = event_payload(event);
    if (placed->order != audit->order_count + 1) {
        audit_find(audit, "event %" PRIu64 ": order %" PRIu64 " follows order %" PRIu64,
                   event->number, placed->order, audit->order_count);
        return;
    }
    audit->order_count++;
    audit->orders = audit_reserve(audit->orders, audit->order_count, &audit->order_capacity,
                                  sizeof *audit->orders);
    if (placed->currency != audit->currency)
        audit_find(audit, "order %" PRIu64 " is in another currency", placed->order);
    if (placed->pricing_version != audit->pricing_version)
        audit_find(audit, "order %" PRIu64 " was priced by version %u, version %u was in force",
                   placed->order, placed->pricing_version, audit->pricing_version);
    check_cart_lines(audit, placed);
    for (uint32_t i = 0; i < placed->line_count; i++)
        check_placed_line(audit, placed->order, i, &event_order_lines(placed)[i]);
    audit_check_discounts(audit, event);
    note_key(audit, placed);
    audit_note_history(audit, placed->order, placed->cart, placed->customer, placed->previous);
    audit_contact_named(audit, placed->contact);
    retire_cart_contact(audit, placed);
    struct book_live *live = write_order(event, placed);
    reserve_parts(audit, &live->order, placed);
    audit_check_totals(audit, &live->order);
    audit->orders[placed->order] = (struct book_order){
        .live = live,
        .cart = placed->cart,
        .contact = placed->contact,
        .last_event = event->number,
        .total_minor = placed->totals.total_minor,
        .currency = placed->currency,
        .state = ORDER_PENDING,
    };
    audit->order_created_ms = event->time_ms;
    audit_cart_forget(audit, placed->cart);
}

void audit_order_corrected(struct audit *audit, const struct event *event)
{
    const struct event_order_corrected *corrected = event_payload(event);
    if (corrected->order == 0 || corrected->order > audit->order_count) {
        audit_find(audit, "event %" PRIu64 " corrects order %" PRIu64 ", which is unknown",
                   event->number, corrected->order);
        return;
    }
    const struct book_order *order = &audit->orders[corrected->order];
    if (order->state != ORDER_PENDING && order->state != ORDER_CONFIRMED)
        audit_find(audit, "event %" PRIu64 " corrects order %" PRIu64 ", which has left or is over",
                   event->number, corrected->order);
    bool is_erased = order->contact <= audit->contact_count &&
                     audit->contacts[order->contact] == BOOK_CONTACT_ERASED;
    if (order->contact != corrected->contact || is_erased)
        audit_find(audit,
                   "event %" PRIu64 " corrects contact %" PRIu64 " of order %" PRIu64
                   ", which does not have it",
                   event->number, corrected->contact, corrected->order);
}
