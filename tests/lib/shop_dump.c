#include "lib/shop_dump.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>

static void dump_key(const uint8_t key[16], struct buffer *out)
{
    for (uint32_t i = 0; i < 16; i++)
        buffer_printf(out, "%02x", key[i]);
}

static void dump_totals(const char *name, const struct order_totals *totals, struct buffer *out)
{
    buffer_printf(out, "  %s %" PRId64 " - %" PRId64 " + %" PRId64 " + %" PRId64 " = %" PRId64 "\n",
                  name, totals->subtotal_minor, totals->discount_minor, totals->shipping_minor,
                  totals->tax_minor, totals->total_minor);
}

static void dump_shipments(const struct order *order, struct buffer *out)
{
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        buffer_printf(out,
                      "  shipment %u location=%u carrier=%.*s tracking=%.*s shipped=%" PRIu64
                      " delivered=%" PRIu64,
                      shipment->number, shipment->location, TEXT_ARGS(shipment->carrier),
                      TEXT_ARGS(shipment->tracking_number), shipment->shipped_ms,
                      shipment->delivered_ms);
        for (uint32_t i = 0; i < shipment->line_count; i++)
            buffer_printf(out, " %u:%u", shipment->lines[i].line, shipment->lines[i].quantity);
        buffer_append(out, "\n", 1);
    }
}

static void dump_payments(const struct order *order, struct buffer *out)
{
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next)
        buffer_printf(out,
                      "  payment %s %s %" PRId64 " %x at=%" PRIu64 " occurred=%" PRIu64
                      " id=%.*s reference=%.*s\n",
                      payment_kind_name(payment->kind), payment_outcome_name(payment->outcome),
                      payment->amount_minor, payment->currency, payment->at_ms,
                      payment->occurred_ms, TEXT_ARGS(payment->id), TEXT_ARGS(payment->reference));
}

static void dump_trail(const struct order *order, struct buffer *out)
{
    for (const struct order_tracking *step = order->trail; step != NULL; step = step->next)
        buffer_printf(out,
                      "  tracking %u %s at=%" PRIu64 " occurred=%" PRIu64 " id=%.*s code=%.*s\n",
                      step->shipment, tracking_status_name(step->status), step->at_ms,
                      step->occurred_ms, TEXT_ARGS(step->id), TEXT_ARGS(step->code));
}

static void dump_lines(const struct order *order, struct buffer *out)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &order->lines[i];

        buffer_printf(out,
                      "  line %u product=%u ordered=%u left=%u price=%" PRId64 " discount=%" PRId64
                      "/%" PRId64 " rules=%u\n",
                      i, line->product, line->quantity_ordered, line->quantity,
                      line->unit_price_minor, line->discount_minor, line->discount_ordered_minor,
                      line->rule_mask);
    }
    for (uint32_t i = 0; i < order->part_count; i++) {
        const struct order_part *part = &order->parts[i];

        buffer_printf(out, "  part line=%u location=%u reserved=%u shipped=%u ordered=%u\n",
                      part->line, part->location, part->reserved, part->shipped,
                      part->reserved_ordered);
    }
}

void shop_dump_order(const struct order *order, struct buffer *out)
{
    buffer_printf(out,
                  "order %" PRIu64 " %s cart=%" PRIu64 " customer=%u contact=%" PRIu64
                  " previous=%" PRIu64 " created=%" PRIu64 " last_event=%" PRIu64
                  " currency=%x pricing=%u by=%s body=%" PRIx64 " key=",
                  order->number, order_state_name(order->state), order->cart, order->customer,
                  order->contact, order->previous, order->created_ms, order->last_event,
                  order->currency, order->pricing_version, actor_name(order->placed_by),
                  order->body_hash);
    dump_key(order->key, out);
    buffer_append(out, "\n", 1);
    dump_totals("ordered", &order->totals_ordered, out);
    dump_totals("totals", &order->totals, out);
    dump_lines(order, out);
    for (uint32_t i = 0; i < order->move_count; i++) {
        const struct order_move *move = &order->moves[i];

        buffer_printf(out, "  move %s -> %s by %s at %" PRIu64 " note=%.*s\n",
                      order_action_name(move->action), order_state_name(move->state),
                      actor_name(move->actor), move->at_ms, (int)move->note_length,
                      move->note_length == 0 ? "" : move->note);
    }
    dump_shipments(order, out);
    dump_payments(order, out);
    dump_trail(order, out);
}

static void dump_products(const struct shop *shop, struct buffer *out)
{
    for (uint32_t i = 1; i <= shop->catalog.category_count; i++) {
        const struct category *category = category_find(&shop->catalog, i);

        buffer_printf(out, "category %u parent=%u %s\n", i, category->parent, category->name);
    }
    for (uint32_t i = 1; i <= shop->catalog.product_count; i++) {
        const struct product *product = catalog_find(&shop->catalog, i);

        buffer_printf(out,
                      "product %u version=%u category=%u price=%" PRId64 " created=%" PRIu64
                      " updated=%" PRIu64 " rating=%u/%u status=%u threshold=%u",
                      i, product->version, product->category, product->price_minor,
                      product->created_ms, product->updated_ms, product->rating_x100,
                      product->rating_count, product->status, product->low_stock_threshold);
        for (int text = 0; text < PRODUCT_TEXT_COUNT; text++)
            buffer_printf(out, "|%.*s", TEXT_ARGS(product_text(product, (enum product_text)text)));
        buffer_append(out, "\n", 1);
    }
}

static void dump_stock(const struct shop *shop, struct buffer *out)
{
    for (uint16_t i = 1; i <= shop->stock.location_count; i++) {
        const struct location *location = location_find(&shop->stock, i);

        buffer_printf(out, "location %u priority=%d %s\n", i, location->priority, location->name);
    }
    for (uint32_t i = 1; i <= shop->catalog.product_count; i++) {
        for (const struct stock_row *row = stock_first(&shop->stock, i); row != NULL;
             row = stock_next(&shop->stock, row))
            buffer_printf(out, "stock product=%u location=%u on_hand=%u reserved=%u sold=%u\n", i,
                          row->location, row->on_hand, row->reserved, row->sold);
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

static void dump_cart(const struct cart *cart, struct buffer *out)
{
    if (cart->line_count == 0 && cart->contact == 0 && cart->customer == 0)
        return;
    buffer_printf(out, "cart %" PRIu64 " customer=%u contact=%" PRIu64 " touched=%" PRIu64,
                  cart->number, cart->customer, cart->contact, cart->touched_ms);
    if (cart->expires_ms != 0)
        buffer_printf(out, " expires=%" PRIu64, cart->expires_ms);
    for (uint32_t i = 0; i < cart->line_count; i++)
        buffer_printf(out, " %u:%u", cart->lines[i].product, cart->lines[i].quantity);
    buffer_append(out, "\n", 1);
}

static void dump_carts(const struct shop *shop, struct buffer *out)
{
    const struct map *carts = &shop->carts.by_number;
    uint64_t *numbers = memory_alloc_zeroed(carts->count + 1, sizeof *numbers);
    size_t count = 0;

    for (size_t i = 0; i < carts->slot_count; i++) {
        if (carts->slots[i].key != 0)
            numbers[count++] = carts->slots[i].key;
    }
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    for (size_t i = 0; i < count; i++)
        dump_cart(cart_find(&shop->carts, numbers[i]), out);
    memory_free(numbers);
}

static void dump_customers(const struct shop *shop, struct buffer *out)
{
    for (uint32_t i = 1; i <= shop->customers.count; i++) {
        const struct customer *customer = customer_find(&shop->customers, i);

        buffer_printf(out,
                      "customer %u contact=%" PRIu64 " last_order=%" PRIu64 " created=%" PRIu64
                      " member=%d erased=%d\n",
                      i, customer->contact, customer->last_order, customer->created_ms,
                      customer->tier, customer->is_erased);
    }
}

/* Nothing about customers without an account: journals of older versions know none. */
static void dump_accounts(const struct shop *shop, struct buffer *out)
{
    for (uint32_t i = 1; i <= shop->customers.count; i++) {
        const struct customer *customer = customer_find(&shop->customers, i);

        if (customer->password_event == 0 && customer->role == ROLE_CUSTOMER)
            continue;
        buffer_printf(out, "account %u role=%s password=%" PRIu64 "\n", i,
                      role_name((enum role)customer->role), customer->password_event);
        if (customer->reset_event != 0)
            buffer_printf(out, "  reset %" PRIu64 " until=%" PRIu64 "\n", customer->reset_event,
                          customer->reset_until_ms);
        for (const struct token *token = token_at(&shop->tokens, customer->token); token != NULL;
             token = token_at(&shop->tokens, token->next))
            buffer_printf(out, "  token %02x customer=%u created=%" PRIu64 " expires=%" PRIu64 "\n",
                          token->digest[0], token->customer, token->created_ms, token->expires_ms);
    }
}

static void dump_api_keys(const struct shop *shop, struct buffer *out)
{
    for (uint32_t i = 1; i <= shop->api_keys.count; i++) {
        const struct api_key *key = api_key_find(&shop->api_keys, i);

        buffer_printf(out,
                      "key of service %u digest=%02x scopes=%x revoked=%d created=%" PRIu64
                      " expires=%" PRIu64 " %s\n",
                      i, key->digest[0], key->scopes, key->is_revoked, key->created_ms,
                      key->expires_ms, key->name);
    }
}

static void dump_reviews(const struct shop *shop, struct buffer *out)
{
    for (uint32_t i = 1; i <= shop->reviews.count; i++) {
        const struct review *review = review_find(&shop->reviews, i);
        struct review_sum sum = review_sum_of(&shop->reviews, review->product);

        buffer_printf(out,
                      "review %u product=%u customer=%u stars=%u %s contact=%" PRIu64
                      " created=%" PRIu64 " changed=%" PRIu64 "/%" PRIu64
                      " older=%u,%u sum=%" PRIu64 "/%u elsewhere=%u/%u\n",
                      i, review->product, review->customer, review->stars,
                      review_state_name((enum review_state)review->state), review->contact,
                      review->created_ms, review->changed_ms, review->changed_event,
                      review->older_of_product, review->older_of_customer, sum.stars, sum.count,
                      sum.elsewhere.x100, sum.elsewhere.count);
    }
}

static void dump_pricings(const struct shop *shop, struct buffer *out)
{
    for (uint32_t i = 0; i < shop->pricing_count; i++) {
        const struct pricing *pricing = &shop->pricings[i];

        buffer_printf(out, "pricing %u policy=%d\n", pricing->version, pricing->policy);
        for (uint32_t j = 0; j < pricing->rule_count; j++) {
            const struct pricing_rule *rule = &pricing->rules[j];

            buffer_printf(out,
                          "  rule %s from=%" PRIu64 " to=%" PRIu64
                          " min=%u points=%u category=%u country=%s\n",
                          rule->strategy, rule->from_ms, rule->to_ms, rule->min_quantity,
                          rule->basis_points, rule->category, rule->country);
        }
    }
}

static void dump_keys(const struct shop *shop, struct buffer *out)
{
    for (uint64_t i = shop->keys.first; i < shop->keys.next; i++) {
        const struct shop_key *key = &shop->keys.ring[i & (shop->keys.capacity - 1)];

        buffer_append_text(out, TEXT("key "));
        dump_key(key->key, out);
        buffer_printf(out, " order=%" PRIu64 " found=%" PRIu64 " at=%" PRIu64 "\n", key->value,
                      shop_key_find(shop, key->key), key->at_ms);
    }
}

void shop_dump(const struct shop *shop, struct buffer *out)
{
    buffer_printf(out,
                  "shop currency=%x timeline=%" PRIu64 " epoch=%" PRIu64 " last_event=%" PRIu64
                  " now=%" PRIu64 " last_contact=%" PRIu64 " last_order=%" PRIu64 "\n",
                  shop->currency, shop->timeline, shop->epoch, shop->last_event, shop->now_ms,
                  shop->last_contact, shop->orders.last_number);
    dump_products(shop, out);
    dump_stock(shop, out);
    dump_customers(shop, out);
    dump_accounts(shop, out);
    dump_api_keys(shop, out);
    dump_reviews(shop, out);
    dump_carts(shop, out);
    dump_pricings(shop, out);
    dump_keys(shop, out);
    for (uint64_t i = 1; i <= shop->orders.last_number; i++) {
        const struct order *order = order_find(&shop->orders, i);

        if (order != NULL)
            shop_dump_order(order, out);
    }
}
