/*
 * command_checkout.c - buys a cart: all of it, at the prices of this moment, or nothing.
 *
 * One EVENT_ORDER_PLACED reserves every line, empties the cart and keeps the idempotency key; there
 * is no state between "not bought" and "bought" that a failure could leave behind. Everything is
 * judged before the event is written, so a short line gives nothing back: nothing was reserved for
 * the others.
 */

#include "shop/command/cart_change.h"

#include <string.h>

/* The same key came before: the same answer, whatever happened to the order since. */
static struct err answer_again(struct checkout_command *command, const struct order *order)
{
    if (order->body_hash != command->body_hash)
        return ERR(ERR_IDEMPOTENCY_REUSED);
    command->order_number = order->number;
    command->order = order_copy_placed(command->command.arena, order);
    command->is_replay = true;
    return OK;
}

/*
 * A cart without lines may have been bought with this very key so long ago that the key has left
 * memory: the tables know. (With lines in it, it is another purchase.)
 */
static struct err judge_empty_cart(const struct decision *decision,
                                   struct checkout_command *command)
{
    struct command *base = &command->command;
    const struct command_loaded *loaded = &base->loaded;
    if (loaded->what != ASLEEP_CART_KEY || loaded->value != command->cart ||
        loaded->sweep != decision->sweep) {
        memcpy(base->asleep_key, command->key, sizeof(base->asleep_key));
        return ERR_AT(ERR_ASLEEP, ASLEEP_CART_KEY, command->cart);
    }
    if (loaded->order == NULL)
        return ERR(ERR_CART_EMPTY);
    return answer_again(command, loaded->order);
}

static struct err check_total(const struct checkout_command *command, const struct quote *quote)
{
    if (command->expected_total_minor < 0)
        return OK;
    if (command->expected_currency != 0 && command->expected_currency != quote->currency)
        return ERR(ERR_CURRENCY_MISMATCH);
    if (command->expected_total_minor != quote->totals.total_minor)
        return ERR_AT(ERR_PRICE_CHANGED, 0, (uint64_t)quote->totals.total_minor);
    return OK;
}

static struct err check_archived(const struct quote *quote)
{
    for (uint32_t i = 0; i < quote->line_count; i++) {
        if (quote->lines[i].is_archived)
            return ERR_AT(ERR_PRODUCT_ARCHIVED, i, 0);
    }
    return OK;
}

/* Lists every short line, not the first alone. */
static struct err check_stock(struct checkout_command *command, const struct quote *quote)
{
    command->shortage_count = 0;
    for (uint32_t i = 0; i < quote->line_count; i++) {
        const struct quote_line *line = &quote->lines[i];
        if (line->quantity <= line->available)
            continue;
        if (command->shortage_count == 0)
            command->shortages = arena_alloc_array(command->command.arena, quote->line_count,
                                                   sizeof(*command->shortages));
        command->shortages[command->shortage_count++] = (struct shortage){
            .line = i,
            .product = line->product,
            .wanted = line->quantity,
            .available = line->available,
        };
    }
    if (command->shortage_count > 0)
        return ERR_AT(ERR_OUT_OF_STOCK, command->shortages[0].line,
                      command->shortages[0].available);
    return OK;
}

/* Where the pieces come from. */
struct allocation {
    struct stock_part *parts;
    uint32_t part_count;
};

static struct allocation allocate(const struct decision *decision, const struct quote *quote)
{
    const struct stock *stock = &decision->shop->stock;
    struct stock_want *wants =
        arena_alloc_array(decision->arena, quote->line_count, sizeof(*wants));
    for (uint32_t i = 0; i < quote->line_count; i++)
        wants[i] = (struct stock_want){quote->lines[i].product, quote->lines[i].quantity};
    uint32_t parts_max = quote->line_count * stock->location_count;
    struct allocation allocation = {
        .parts = arena_alloc_array(decision->arena, parts_max, sizeof(*allocation.parts))};
    allocation.part_count =
        stock_allocate(stock, wants, quote->line_count, allocation.parts, parts_max);
    ensure(allocation.part_count >= quote->line_count);
    return allocation;
}

static void write_lines(const struct quote *quote, struct event_order_line *lines_out)
{
    for (uint32_t i = 0; i < quote->line_count; i++) {
        const struct quote_line *line = &quote->lines[i];
        lines_out[i] = (struct event_order_line){
            .product = line->product,
            .quantity = line->quantity,
            .unit_price_minor = line->unit_price_minor,
            .discount_minor = line->pricing.discount_minor,
            .rule_mask = line->pricing.rule_mask,
        };
    }
}

static void write_parts(const struct stock *stock, const struct quote *quote,
                        const struct allocation *allocation, struct event_order_part *parts_out)
{
    for (uint32_t i = 0; i < allocation->part_count; i++) {
        const struct stock_part *part = &allocation->parts[i];
        const struct stock_row *row =
            stock_find(stock, quote->lines[part->line].product, part->location);
        ensure(row != NULL);
        parts_out[i] = (struct event_order_part){
            .line = part->line,
            .quantity = part->quantity,
            .location = part->location,
            .on_hand = row->on_hand,
            .reserved = row->reserved + part->quantity,
        };
    }
}

/* The order before: the customer's, or of a guest the one bought with the same cart. */
static uint64_t previous_order(const struct shop *shop, const struct cart *cart)
{
    if (cart->customer == 0)
        return cart->last_order;
    return customer_find(&shop->customers, cart->customer)->last_order;
}

static void place(struct decision *decision, struct checkout_command *command,
                  const struct cart *cart, const struct quote *quote)
{
    const struct shop *shop = decision->shop;
    struct allocation allocation = allocate(decision, quote);
    struct contact contact = command->contact;
    contact.customer = cart->customer;
    command->order_number = shop->orders.last_number + 1;

    size_t lines_size = quote->line_count * sizeof(struct event_order_line);
    size_t parts_size = allocation.part_count * sizeof(struct event_order_part);
    struct event_order_placed *placed =
        decision_append(decision, EVENT_ORDER_PLACED, sizeof(*placed) + lines_size + parts_size);
    placed->order = command->order_number;
    placed->cart = cart->number;
    /* Whom the cart knew goes into the order, with what the buyer says now. */
    placed->contact = decision_replace_contact(decision, cart->contact, &contact);
    placed->previous = previous_order(shop, cart);
    memcpy(placed->key, command->key, sizeof(placed->key));
    placed->body_hash = command->body_hash;
    placed->customer = cart->customer;
    placed->currency = shop->currency;
    placed->pricing_version = quote->pricing->version;
    placed->actor = (uint8_t)command_actor(&command->command, cart->customer);
    placed->totals = quote->totals;
    placed->line_count = quote->line_count;
    placed->part_count = allocation.part_count;
    struct event_order_line *lines = (struct event_order_line *)(placed + 1);
    write_lines(quote, lines);
    write_parts(&shop->stock, quote, &allocation,
                (struct event_order_part *)(lines + quote->line_count));
}

static struct err checkout_decide(struct decision *decision, struct command *base)
{
    struct checkout_command *command = (struct checkout_command *)base;
    const struct shop *shop = decision->shop;
    ensure(command->cart != 0);
    const struct cart *cart = cart_find(&shop->carts, command->cart);
    TRY(cart_change_check_asker(cart, command->asker));

    uint64_t bought = shop_key_find(shop, command->key);
    if (bought != 0) {
        const struct order *order = NULL;
        TRY(decision_order(decision, base, bought, &order));
        return answer_again(command, order);
    }
    if (cart == NULL || cart->line_count == 0)
        return judge_empty_cart(decision, command);
    TRY(version_guard_check(&command->guard, cart_version(cart)));

    struct quote *quote = NULL;
    TRY(quote_make(shop, cart, command->country, decision_time(decision), decision->arena, &quote));
    TRY(check_archived(quote));
    TRY(check_total(command, quote));
    TRY(check_stock(command, quote));
    place(decision, command, cart, quote);
    return OK;
}

static void checkout_answer(const struct shop *shop, struct command *base)
{
    struct checkout_command *command = (struct checkout_command *)base;
    if (!command->is_replay) {
        const struct order *order = order_find(&shop->orders, command->order_number);
        ensure(order != NULL);
        command->order = order_copy(base->arena, order);
    }
    const struct pricing *pricing = shop_pricing_version(shop, command->order->pricing_version);
    ensure(pricing != NULL);
    command->pricing = arena_alloc(base->arena, sizeof(*command->pricing));
    *command->pricing = *pricing;
}

const struct command_ops command_checkout = {
    .name = "checkout",
    .priority = COMMAND_ORDERS,
    .decide = checkout_decide,
    .answer = checkout_answer,
};
