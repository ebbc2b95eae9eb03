#include "lib/shop_fixture.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

enum { FIXTURE_BLOCK_SIZE = 1 << 16, FIXTURE_ARENA_MAX = 1 << 30 };

void fixture_open_empty(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    shop_init(&fixture->shop);
    buffer_init(&fixture->events, 4096);
    buffer_init(&fixture->journal, 4096);
    arena_init(&fixture->arena, FIXTURE_BLOCK_SIZE, FIXTURE_ARENA_MAX);
    fixture->decision = (struct decision){
        .shop = &fixture->shop,
        .events = &fixture->events,
        .arena = &fixture->arena,
        .now_ms = FIXTURE_START_MS,
    };
}

void fixture_open(struct fixture *fixture)
{
    fixture_open_empty(fixture);
    struct shop_command create = {
        .command = {.ops = &command_shop_create, .actor = ACTOR_SYSTEM},
        .currency = money_currency("USD"),
        .timeline = 77,
    };
    ensure(fixture_run(fixture, &create.command).code == ERR_NONE);
    struct shop_command start = {
        .command = {.ops = &command_process_start, .actor = ACTOR_SYSTEM},
        .timeline = 77,
    };
    ensure(fixture_run(fixture, &start.command).code == ERR_NONE);
}

void fixture_close(struct fixture *fixture)
{
    shop_release(&fixture->shop);
    buffer_release(&fixture->events);
    buffer_release(&fixture->journal);
    arena_release(&fixture->arena);
}

static void apply_all(struct fixture *fixture)
{
    struct buffer *events = &fixture->events;
    uint64_t number = fixture->shop.last_event;
    for (size_t offset = 0; offset < events->length;)
        offset = event_seal(events, offset, ++number);

    size_t offset = 0;
    bool is_damaged = false;
    const struct event *event = NULL;
    while (event_next(events->data, events->length, &offset, &event, &is_damaged))
        shop_apply(&fixture->shop, event);
    ensure(!is_damaged);
    ensure(fixture->shop.last_event == number);
    if (events->length > 0)
        buffer_append(&fixture->journal, events->data, events->length);
}

static uint64_t digest_to_compare(const struct fixture *fixture)
{
    return fixture->is_filling ? 0 : fixture_digest(&fixture->shop);
}

struct err fixture_run(struct fixture *fixture, struct command *command)
{
    struct decision *decision = &fixture->decision;
    command->arena = &fixture->arena;
    buffer_reset(&fixture->events);
    decision->contact_count = 0;
    bool may_adopt = command->loaded.order != NULL;
    uint64_t before = digest_to_compare(fixture);
    ensure(command->ops->cost == NULL || command->ops->cost(command) >= 1);

    command->err = command->ops->decide(decision, command);
    ensure(may_adopt || digest_to_compare(fixture) == before);
    if (command->err.code != ERR_NONE) {
        buffer_reset(&fixture->events);
        decision->contact_count = 0;
        return command->err;
    }
    decision_note_operator(decision, command, 0);
    apply_all(fixture);
    decision_note_emails(decision, 0);
    if (command->ops->answer != NULL)
        command->ops->answer(&fixture->shop, command);
    if (!fixture->is_filling)
        shop_check(&fixture->shop);
    return command->err;
}

uint32_t fixture_event_count(const struct fixture *fixture)
{
    uint32_t count = 0;
    size_t offset = 0;
    bool is_damaged = false;
    const struct event *event = NULL;
    while (event_next(fixture->events.data, fixture->events.length, &offset, &event, &is_damaged))
        count++;
    ensure(!is_damaged);
    return count;
}

const void *fixture_event(const struct fixture *fixture, uint32_t index, enum event_type type)
{
    size_t offset = 0;
    bool is_damaged = false;
    const struct event *event = NULL;
    for (uint32_t i = 0; i <= index; i++)
        ensure(
            event_next(fixture->events.data, fixture->events.length, &offset, &event, &is_damaged));
    ensure(event->type == type);
    return event_payload(event);
}

uint32_t fixture_product(struct fixture *fixture, const char *sku, int64_t price_minor,
                         uint32_t category)
{
    struct product_command create = {
        .command = {.ops = &command_product_create, .actor = ACTOR_OPERATOR},
        .draft = {.category = category, .price_minor = price_minor},
    };
    create.draft.texts[PRODUCT_SKU] = text_of(sku);
    create.draft.texts[PRODUCT_NAME] = text_of(sku);
    ensure(fixture_run(fixture, &create.command).code == ERR_NONE);
    return create.product->number;
}

uint16_t fixture_location(struct fixture *fixture, const char *name, int32_t priority)
{
    struct location_command put = {
        .command = {.ops = &command_location_put, .actor = ACTOR_OPERATOR},
        .name = text_of(name),
        .priority = priority,
    };
    ensure(fixture_run(fixture, &put.command).code == ERR_NONE);
    return put.location.number;
}

void fixture_stock(struct fixture *fixture, uint32_t product, uint16_t location, int64_t quantity)
{
    struct stock_movement movement = {
        .product = product,
        .reason = STOCK_RECEIVED,
        .location = location,
        .quantity = quantity,
    };
    struct stock_command move = {
        .command = {.ops = &command_stock_move, .actor = ACTOR_OPERATOR},
        .movements = &movement,
        .movement_count = 1,
    };
    ensure(fixture_run(fixture, &move.command).code == ERR_NONE);
}

uint32_t fixture_fill(struct fixture *fixture, uint32_t count, int64_t price_minor)
{
    uint32_t first = fixture->shop.catalog.product_count + 1;
    fixture->is_filling = true;
    for (uint32_t i = 0; i < count; i++) {
        char sku[16];
        (void)snprintf(sku, sizeof(sku), "P-%u", first + i);
        (void)fixture_product(fixture, sku, price_minor, 1);
        for (uint16_t place = 1; place <= fixture->shop.stock.location_count; place++)
            fixture_stock(fixture, first + i, place, 2);
    }
    fixture->is_filling = false;
    shop_check(&fixture->shop);
    return first;
}

uint32_t fixture_customer(struct fixture *fixture, uint8_t tier)
{
    struct customer_command create = {
        .command = {.ops = &command_customer_create, .actor = ACTOR_OPERATOR},
        .contact = {.name = TEXT("Alice"), .email = TEXT("alice@example.com")},
        .has_contact = true,
        .tier = tier,
        .has_tier = true,
    };
    ensure(fixture_run(fixture, &create.command).code == ERR_NONE);
    return create.number;
}

/* Order matters, so that two swapped facts do not cancel out. */
static void mix(uint64_t *digest, uint64_t value)
{
    *digest = hash_u64(*digest * 31 + value);
}

static void mix_bytes(uint64_t *digest, const void *bytes, size_t size)
{
    mix(digest, size == 0 ? 0 : hash_bytes(bytes, size));
}

static uint64_t order_digest(const struct order *order)
{
    uint64_t digest = order->number;
    mix(&digest, order->cart);
    mix(&digest, order->contact);
    mix(&digest, order->previous);
    mix(&digest, order->created_ms);
    mix(&digest, order->last_event);
    mix(&digest, order->body_hash);
    mix(&digest, order->customer);
    mix(&digest, order->state);
    mix(&digest, order->move_count);
    mix_bytes(&digest, order->key, sizeof(order->key));
    mix_bytes(&digest, &order->totals, sizeof(order->totals));
    mix_bytes(&digest, order->lines, order->line_count * sizeof(*order->lines));
    mix_bytes(&digest, order->parts, order->part_count * sizeof(*order->parts));
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next)
        mix(&digest, shipment->delivered_ms + shipment->number);
    return digest;
}

static uint64_t cart_digest(const struct cart *cart)
{
    uint64_t digest = cart->number;
    mix(&digest, cart->touched_ms);
    mix(&digest, cart->contact);
    mix(&digest, cart->last_order);
    mix(&digest, cart->customer);
    mix_bytes(&digest, cart->lines, cart->line_count * sizeof(*cart->lines));
    return digest;
}

/* Maps have no order of their own: sums of the digests of what they hold. */
static uint64_t maps_digest(const struct shop *shop)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < shop->orders.by_number.slot_count; i++) {
        const struct map_slot *slot = &shop->orders.by_number.slots[i];
        if (slot->key != 0)
            sum += order_digest(order_find(&shop->orders, slot->key));
    }
    for (size_t i = 0; i < shop->carts.by_number.slot_count; i++) {
        const struct map_slot *slot = &shop->carts.by_number.slots[i];
        if (slot->key != 0)
            sum += cart_digest(cart_find(&shop->carts, slot->key));
    }
    return sum;
}

static void mix_catalog(uint64_t *digest, const struct catalog *catalog)
{
    for (uint32_t i = 1; i <= catalog->product_count; i++)
        mix_bytes(digest, catalog->products[i], catalog->products[i]->size);
    for (uint32_t i = 1; i <= catalog->category_count; i++)
        mix_bytes(digest, catalog->categories[i], sizeof(struct category));
}

static void mix_customers(uint64_t *digest, const struct customers *customers)
{
    for (uint32_t i = 1; i <= customers->count; i++) {
        const struct customer *customer = &customers->rows[i];
        mix(digest, customer->contact);
        mix(digest, customer->last_order);
        mix(digest, customer->created_ms);
        mix(digest, (uint64_t)customer->tier << 1 | customer->is_erased);
    }
}

static void mix_reviews(uint64_t *digest, const struct reviews *reviews)
{
    for (uint32_t i = 1; i <= reviews->count; i++) {
        const struct review *review = review_find(reviews, i);
        struct review_sum sum = review_sum_of(reviews, review->product);
        mix(digest, (uint64_t)review->customer << 32 | review->product);
        mix(digest, review->contact);
        mix(digest, review->created_ms);
        mix(digest, review->changed_ms);
        mix(digest, review->changed_event);
        mix(digest, (uint64_t)review->stars << 8 | review->state);
        mix(digest, sum.stars << 32 | sum.count);
        mix(digest, (uint64_t)sum.elsewhere.count << 16 | sum.elsewhere.x100);
    }
}

static void mix_stock(uint64_t *digest, const struct stock *stock)
{
    mix_bytes(digest, stock->rows == NULL ? NULL : stock->rows + 1,
              stock->row_count * sizeof(struct stock_row));
    for (uint32_t i = 1; i <= stock->location_count; i++) {
        const struct location *location = &stock->locations[i];
        mix(digest, (uint64_t)(uint32_t)location->priority);
        mix_bytes(digest, location->name, sizeof(location->name));
    }
}

uint64_t fixture_digest(const struct shop *shop)
{
    uint64_t digest = shop->last_event;
    mix(&digest, shop->currency);
    mix(&digest, shop->timeline);
    mix(&digest, shop->epoch);
    mix(&digest, shop->now_ms);
    mix(&digest, shop->last_contact);
    mix(&digest, shop->orders.last_number);
    mix(&digest, shop->keys.first);
    mix(&digest, shop->keys.next);
    mix(&digest, shop->pricing_count);
    for (uint32_t i = 0; i < shop->pricing_count; i++)
        mix_bytes(&digest, shop->pricings[i].rules, sizeof(shop->pricings[i].rules));
    mix_catalog(&digest, &shop->catalog);
    mix_stock(&digest, &shop->stock);
    mix_reviews(&digest, &shop->reviews);
    mix_customers(&digest, &shop->customers);
    mix(&digest, maps_digest(shop));
    return digest;
}
