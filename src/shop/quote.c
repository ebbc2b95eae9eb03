#include "shop/quote.h"

#include <string.h>

/* Everything the lines of one quote are priced with. */
struct quote_frame {
    const struct shop *shop;
    const struct pricing *pricing;
    const char *country;
    uint64_t now_ms;
    uint8_t tier;
};

/* Bit i: the product lies within the category of rule i, or rule i names none. */
static uint16_t category_mask(const struct quote_frame *frame, const struct product *product)
{
    uint16_t mask = 0;
    for (uint32_t i = 0; i < frame->pricing->rule_count; i++) {
        uint32_t category = frame->pricing->rules[i].category;
        if (category == 0 || category_is_within(&frame->shop->catalog, product->category, category))
            mask |= (uint16_t)(1U << i);
    }
    return mask;
}

/* False when unit price x quantity leaves the range of money. */
static bool quote_line(const struct quote_frame *frame, const struct cart_line *wanted,
                       struct quote_line *line)
{
    const struct product *product = catalog_find(&frame->shop->catalog, wanted->product);
    ensure(product != NULL); /* products are archived, never removed */
    line->product = wanted->product;
    line->quantity = wanted->quantity;
    line->available = stock_available(&frame->shop->stock, wanted->product);
    line->is_archived = product->status == PRODUCT_ARCHIVED;
    line->unit_price_minor = product->price_minor;
    if (!money_multiply(product->price_minor, wanted->quantity, &line->amount_minor))
        return false;
    struct pricing_line priced = {
        .unit_price_minor = line->unit_price_minor,
        .amount_minor = line->amount_minor,
        .quantity = line->quantity,
        .tier = frame->tier,
        .now_ms = frame->now_ms,
    };
    memcpy(priced.country, frame->country, sizeof(priced.country));
    line->pricing = pricing_apply(frame->pricing, &priced, category_mask(frame, product));
    line->total_minor = line->amount_minor - line->pricing.discount_minor;
    ensure(line->total_minor >= 0);
    return true;
}

static uint8_t tier_of(const struct shop *shop, const struct cart *cart)
{
    if (cart == NULL || cart->customer == 0)
        return TIER_NONE;
    const struct customer *customer = customer_find(&shop->customers, cart->customer);
    ensure(customer != NULL);
    return customer->is_erased ? TIER_NONE : customer->tier;
}

static struct quote *quote_begin(const struct shop *shop, const struct cart *cart,
                                 const struct pricing *pricing, struct arena *arena)
{
    struct quote *quote = arena_alloc(arena, sizeof(*quote));
    quote->currency = shop->currency;
    quote->pricing = arena_alloc(arena, sizeof(*quote->pricing));
    *quote->pricing = *pricing;
    quote->version = cart_version(cart);
    if (cart == NULL)
        return quote;
    quote->cart = cart->number;
    quote->touched_ms = cart->touched_ms;
    quote->customer = cart->customer;
    quote->line_count = cart->line_count;
    if (cart->line_count > 0) {
        quote->expires_ms =
            cart->expires_ms != 0 ? cart->expires_ms : cart->touched_ms + shop->timeouts.cart_ms;
        quote->lines = arena_alloc_array(arena, cart->line_count, sizeof(*quote->lines));
    }
    return quote;
}

struct err quote_make(const struct shop *shop, const struct cart *cart, const char country[4],
                      uint64_t now_ms, struct arena *arena, struct quote **quote_out)
{
    struct quote_frame frame = {
        .shop = shop,
        .pricing = shop_pricing(shop),
        .country = country,
        .now_ms = now_ms,
        .tier = tier_of(shop, cart),
    };
    struct quote *quote = quote_begin(shop, cart, frame.pricing, arena);
    struct order_totals *totals = &quote->totals;
    for (uint32_t i = 0; i < quote->line_count; i++) {
        struct quote_line *line = &quote->lines[i];
        if (!quote_line(&frame, &cart->lines[i], line))
            return ERR_AT(ERR_AMOUNT_LIMIT, i, 0);
        if (line->is_archived)
            continue;
        totals->subtotal_minor += line->amount_minor;
        totals->discount_minor += line->pricing.discount_minor;
        /* Before discounts, so that no later rule can lift what was accepted over the limit. */
        if (totals->subtotal_minor > MONEY_TOTAL_MAX)
            return ERR_AT(ERR_AMOUNT_LIMIT, i, 0);
    }
    totals->total_minor = totals->subtotal_minor - totals->discount_minor;
    *quote_out = quote;
    return OK;
}
