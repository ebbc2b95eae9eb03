/* audit_compare.c - the auditor's books against a shop in memory and against the tables. */
#include "app/audit_books.h"
#include "base/hash.h"
#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

enum { ARENA_BLOCK_SIZE = 1 << 20, PROGRESS_ORDERS = 10000 };
#define ARENA_SIZE_MAX ((size_t)1 << 32)

/* --- orders --- */

/* The contact that an order must still name. */
static uint64_t contact_left(const struct audit *audit, uint64_t contact)
{
    bool is_erased = contact != 0 && contact <= audit->contact_count &&
                     audit->contacts[contact] == BOOK_CONTACT_ERASED;
    return is_erased ? 0 : contact;
}

/* Where a live order differs, in words. */
static void tell_difference(struct audit *audit, const char *where, const struct order *book,
                            const struct order *order)
{
    uint64_t number = book->number;
    for (uint32_t i = 0; i < book->line_count && i < order->line_count; i++) {
        if (book->lines[i].quantity != order->lines[i].quantity ||
            book->lines[i].product != order->lines[i].product)
            audit_find(audit,
                       "order %" PRIu64 ", line %u: %u pieces of product %u by the books, %u of %u "
                       "in %s",
                       number, i, book->lines[i].quantity, book->lines[i].product,
                       order->lines[i].quantity, order->lines[i].product, where);
    }
}

static void compare_money(struct audit *audit, const char *where, const struct book_order *book,
                          const struct order *order)
{
    uint64_t hash = 0;
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next)
        hash = audit_mix_payment(hash, payment);
    uint64_t trail = 0;
    for (const struct order_tracking *step = order->trail; step != NULL; step = step->next)
        trail += audit_hash_tracking(step);
    if (trail != book->trail_hash)
        audit_find(audit, "order %" PRIu64 ": another trail in %s than by the books", order->number,
                   where);
    if (hash != book->payments_hash)
        audit_find(audit, "order %" PRIu64 ": other payments in %s than by the books",
                   order->number, where);
    if (order->last_event != book->last_event)
        audit_find(audit,
                   "order %" PRIu64 " was changed last by event %" PRIu64 ", not %" PRIu64
                   " as in %s",
                   order->number, book->last_event, order->last_event, where);
}

static void compare_order(struct audit *audit, const char *where, const struct order *order)
{
    if (order->number == 0 || order->number > audit->order_count) {
        audit_find(audit, "order %" PRIu64 " is in %s and not in the events", order->number, where);
        return;
    }
    const struct book_order *book = &audit->orders[order->number];
    uint64_t contact = contact_left(audit, book->contact);
    if (order->contact != contact)
        audit_find(audit,
                   "order %" PRIu64 " has contact %" PRIu64 " in %s, %" PRIu64 " by the books",
                   order->number, order->contact, where, contact);
    compare_money(audit, where, book, order);
    uint64_t digest = book->live == NULL ? book->digest : audit_digest_live(book->live);
    if (digest == audit_digest_order(order))
        return;
    audit_find(audit,
               "order %" PRIu64 " differs in %s: state %u and total %" PRId64
               " there, %u and %" PRId64 " by the books",
               order->number, where, order->state, order->totals.total_minor, book->state,
               book->total_minor);
    if (book->live != NULL)
        tell_difference(audit, where, &book->live->order, order);
}

/* Newest first, so each number between two that came is missing. */
static void missing_orders(struct audit *audit, uint64_t above, uint64_t below)
{
    for (uint64_t number = below - 1; number > above; number--)
        audit_find(audit, "order %" PRIu64 " is not in the tables", number);
}

static struct err compare_page(struct audit *audit, struct store_reader *reader,
                               struct arena *arena, uint64_t *before)
{
    struct store_orders_query query = {.before = *before, .state = -1, .limit = STORE_PAGE_MAX};
    struct store_orders page;
    TRY(store_read_orders(reader, &query, arena, &page));
    uint64_t next = *before == 0 ? audit->order_count + 1 : *before;
    for (uint32_t i = 0; i < page.count; i++) {
        const struct order *order = page.orders[i];
        compare_order(audit, "the tables", order);
        if (order->number < next)
            missing_orders(audit, order->number, next);
        next = order->number < next ? order->number : next;
    }
    if (!page.has_more)
        missing_orders(audit, 0, next);
    *before = page.has_more ? next : 1;
    return OK;
}

struct err audit_compare_orders(struct audit *audit, struct store_reader *reader)
{
    struct arena arena;
    arena_init(&arena, ARENA_BLOCK_SIZE, ARENA_SIZE_MAX);
    struct err err;
    uint64_t before = 0;
    do {
        arena_reset(&arena);
        err = compare_page(audit, reader, &arena, &before);
        if (audit->options.on_progress != NULL && audit->order_count >= before)
            audit->options.on_progress(audit->options.context, audit->order_count - before + 1);
    } while (err.code == ERR_NONE && before > 1);
    arena_release(&arena);
    return err;
}

/* --- contacts --- */

struct err audit_compare_contacts(struct audit *audit, struct store_reader *reader)
{
    struct arena arena;
    arena_init(&arena, ARENA_BLOCK_SIZE, ARENA_SIZE_MAX);
    struct err err = OK;
    for (uint64_t number = 1; number <= audit->contact_count && err.code == ERR_NONE; number++) {
        struct contact contact;
        bool is_found = false;
        arena_reset(&arena);
        err = store_read_contact(reader, number, &arena, &contact, &is_found);
        if (err.code != ERR_NONE)
            break;
        if (is_found && audit->contacts[number] == BOOK_CONTACT_ERASED)
            audit_find(audit, "contact %" PRIu64 " was erased and is still there", number);
        if (!is_found && audit->contacts[number] == BOOK_CONTACT_NAMED)
            audit_find(audit, "contact %" PRIu64 " is missing", number);
    }
    arena_release(&arena);
    return err;
}

/* --- a shop in memory --- */

static void compare_products(struct audit *audit, const struct shop *shop)
{
    if (shop->catalog.product_count != audit->product_count)
        audit_find(audit, "the shop has %u products, the books have %u",
                   shop->catalog.product_count, audit->product_count);
    for (uint32_t number = 1; number <= audit->product_count; number++) {
        const struct product *product = catalog_find(&shop->catalog, number);
        if (product == NULL ||
            hash_bytes(product, product->size) != audit->products[number].block_hash)
            audit_find(audit, "product %u is not what its last event says", number);
    }
}

static void compare_place(struct audit *audit, const struct shop *shop,
                          const struct book_place *place)
{
    const struct stock_row *row =
        stock_find(&shop->stock, place->product, (uint16_t)place->location);
    if (row == NULL) {
        audit_find(audit, "product %u has no stock row at location %u", place->product,
                   place->location);
        return;
    }
    if (row->on_hand != place->on_hand || row->reserved != place->reserved)
        audit_find(audit,
                   "product %u at location %u: %u of %u pieces promised in the shop, %" PRId64
                   " of %" PRId64 " by the books",
                   place->product, place->location, row->reserved, row->on_hand, place->reserved,
                   place->on_hand);
    if (row->sold != place->sold)
        audit_find(audit,
                   "product %u at location %u: %u sold in the shop, %" PRId64 " by the books",
                   place->product, place->location, row->sold, place->sold);
}

/* The reservations of live orders, counted from the orders, are those of the places. */
static void recount_reserved(struct audit *audit)
{
    int64_t *left = memory_alloc_zeroed((size_t)audit->place_count + 1, sizeof *left);
    for (uint32_t i = 0; i < audit->place_count; i++)
        left[i] = audit->places[i].reserved;
    for (uint64_t number = 1; number <= audit->order_count; number++) {
        const struct book_live *live = audit->orders[number].live;
        for (uint32_t i = 0; live != NULL && i < live->order.part_count; i++) {
            const struct order_part *part = &live->order.parts[i];
            const struct book_place *place =
                audit_place_find(audit, live->order.lines[part->line].product, part->location);
            if (place != NULL)
                left[place - audit->places] -= part->reserved;
        }
    }
    for (uint32_t i = 0; i < audit->place_count; i++) {
        if (left[i] != 0)
            audit_find(audit,
                       "product %u at location %u: %" PRId64 " pieces are promised to no order",
                       audit->places[i].product, audit->places[i].location, left[i]);
    }
    memory_free(left);
}

static void compare_stock(struct audit *audit, const struct shop *shop)
{
    uint32_t rows = 0;
    for (uint32_t number = 1; number <= shop->catalog.product_count; number++) {
        for (const struct stock_row *row = stock_first(&shop->stock, number); row != NULL;
             row = stock_next(&shop->stock, row))
            rows++;
    }
    if (rows != audit->place_count)
        audit_find(audit, "the shop has %u rows of stock, the books have %u", rows,
                   audit->place_count);
    for (uint32_t i = 0; i < audit->place_count; i++)
        compare_place(audit, shop, &audit->places[i]);
    recount_reserved(audit);
}

/* A cart that is not in memory is an empty one. */
static void compare_cart(struct audit *audit, const struct book_cart *book, const struct cart *cart)
{
    uint32_t count = cart == NULL ? 0 : cart->line_count;
    if (count != book->line_count) {
        audit_find(audit, "cart %" PRIu64 " has %u lines in the shop, %u by the books",
                   book->number, count, book->line_count);
        return;
    }
    for (uint32_t i = 0; i < book->line_count; i++) {
        const struct cart_line *line = cart_line_find(cart, book->lines[i].product);
        if (line == NULL || line->quantity != book->lines[i].quantity)
            audit_find(audit, "cart %" PRIu64 ": %u pieces of product %u, %u by the books",
                       book->number, line == NULL ? 0 : line->quantity, book->lines[i].product,
                       book->lines[i].quantity);
    }
    if (cart != NULL &&
        (cart->touched_ms != book->touched_ms || cart->expires_ms != book->expires_ms))
        audit_find(audit,
                   "cart %" PRIu64 " was touched at %" PRIu64 " and ends at %" PRIu64
                   " in the shop, at %" PRIu64 " and %" PRIu64 " by the books",
                   book->number, cart->touched_ms, cart->expires_ms, book->touched_ms,
                   book->expires_ms);
    uint64_t contact = cart == NULL ? 0 : cart->contact;
    if (contact != contact_left(audit, book->contact))
        audit_find(audit, "cart %" PRIu64 " has contact %" PRIu64 ", %" PRIu64 " by the books",
                   book->number, contact, book->contact);
}

/* Is it still there although its time was over long ago? */
static void check_age(struct audit *audit, const struct book_cart *book)
{
    uint64_t since_ms = book->touched_ms > audit->start_ms ? book->touched_ms : audit->start_ms;
    uint64_t life_ms = audit->options.cart_life_ms;
    if (life_ms != 0 && audit->last_ms > since_ms + life_ms)
        audit_find(audit, "cart %" PRIu64 " was not touched for %" PRIu64 " s and has not expired",
                   book->number, (audit->last_ms - book->touched_ms) / 1000);
}

static void compare_carts(struct audit *audit, const struct shop *shop)
{
    for (size_t i = 0; i < audit->carts.slot_count; i++) {
        if (audit->carts.slots[i].key == 0)
            continue;
        const struct book_cart *book = audit_cart_find(audit, audit->carts.slots[i].key);
        compare_cart(audit, book, cart_find(&shop->carts, book->number));
        check_age(audit, book);
    }
    const struct map *carts = &shop->carts.by_number;
    for (size_t i = 0; i < carts->slot_count; i++) {
        if (carts->slots[i].key == 0)
            continue;
        const struct cart *cart = cart_find(&shop->carts, carts->slots[i].key);
        bool has_something = cart->line_count > 0 || cart->contact != 0;
        if (has_something && audit_cart_find(audit, cart->number) == NULL)
            audit_find(audit, "cart %" PRIu64 " has %u lines in the shop, none by the books",
                       cart->number, cart->line_count);
    }
}

/* No order has more captured than it costs, unless it was said that it is due back. */
static void compare_paid(struct audit *audit)
{
    for (uint64_t number = 1; number <= audit->order_count; number++) {
        const struct book_order *book = &audit->orders[number];
        if (book->paid_minor != 0 && book->paid_minor != book->total_minor)
            audit_find(audit, "order %" PRIu64 ": %" PRId64 " paid for %" PRId64, number,
                       book->paid_minor, book->total_minor);
    }
}

static void compare_customers(struct audit *audit, const struct shop *shop)
{
    if (shop->customers.count != audit->customer_count)
        audit_find(audit, "the shop has %u customers, the books have %u", shop->customers.count,
                   audit->customer_count);
    for (uint32_t number = 1; number <= audit->customer_count; number++) {
        const struct book_customer *book = &audit->customers[number];
        const struct customer *customer = customer_find(&shop->customers, number);
        if (customer == NULL || customer->last_order != book->last_order ||
            customer->contact != book->contact || customer->tier != book->tier ||
            customer->is_erased != book->is_erased || customer->role != book->role ||
            customer->password_event != book->password_event ||
            customer->reset_event != book->reset_event)
            audit_find(audit, "customer %u is not what the events say", number);
    }
}

static void compare_keys(struct audit *audit, const struct shop *shop)
{
    const struct shop_keys *keys = &shop->keys;
    for (uint64_t position = keys->first; position < keys->next; position++) {
        const struct shop_key *key = &keys->ring[position & (keys->capacity - 1)];
        uint64_t hash = 0;
        uint64_t order = 0;
        memcpy(&hash, key->key, sizeof hash);
        if (!map_find(&audit->keys, hash == 0 ? 1 : hash, &order) || order != key->value)
            audit_find(audit,
                       "an idempotency key leads to order %" PRIu64 ", by the books to %" PRIu64,
                       key->value, order);
    }
}

void audit_compare_shop(struct audit *audit, const struct shop *shop)
{
    if (shop->last_event != audit->last_event)
        audit_find(audit, "the shop has come to event %" PRIu64 ", the books to %" PRIu64,
                   shop->last_event, audit->last_event);
    if (shop->orders.last_number != audit->order_count)
        audit_find(audit, "the shop has %" PRIu64 " orders, the books have %" PRIu64,
                   shop->orders.last_number, audit->order_count);
    compare_products(audit, shop);
    compare_stock(audit, shop);
    compare_carts(audit, shop);
    compare_paid(audit);
    compare_customers(audit, shop);
    audit_compare_tokens(audit, shop);
    audit_compare_reviews(audit, shop);
    compare_keys(audit, shop);
    const struct map *orders = &shop->orders.by_number;
    for (size_t i = 0; i < orders->slot_count; i++) {
        if (orders->slots[i].key != 0)
            compare_order(audit, "memory", order_find(&shop->orders, orders->slots[i].key));
    }
}
