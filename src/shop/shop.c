#include "shop/shop.h"

#include "base/memory.h"
#include "shop/apply.h"

void shop_init(struct shop *shop)
{
    *shop = (struct shop){.currency = 0};
    catalog_init(&shop->catalog);
    stock_init(&shop->stock);
    carts_init(&shop->carts);
    customers_init(&shop->customers);
    tokens_init(&shop->tokens);
    api_keys_init(&shop->api_keys);
    reviews_init(&shop->reviews);
    orders_init(&shop->orders);
    keys_init(&shop->keys, SHOP_KEYS_MAX_DEFAULT);
    shop->timeouts = timeouts_defaults();
}

void shop_release(struct shop *shop)
{
    memory_free(shop->pricings);
    keys_release(&shop->keys);
    orders_release(&shop->orders);
    reviews_release(&shop->reviews);
    api_keys_release(&shop->api_keys);
    tokens_release(&shop->tokens);
    customers_release(&shop->customers);
    carts_release(&shop->carts);
    stock_release(&shop->stock);
    catalog_release(&shop->catalog);
}

const struct pricing *shop_pricing(const struct shop *shop)
{
    ensure(shop->pricing_count > 0);
    return &shop->pricings[shop->pricing_count - 1];
}

const struct pricing *shop_pricing_version(const struct shop *shop, uint32_t version)
{
    if (version == 0 || version > shop->pricing_count) {
        return NULL;
    }
    return &shop->pricings[version - 1];
}

static void (*const apply[EVENT_TYPE_LIMIT])(struct shop *shop, const struct event *event) = {
    [EVENT_SHOP_CREATED] = apply_shop_created,
    [EVENT_PROCESS_STARTED] = apply_process_started,
    [EVENT_PRODUCT_PUT] = apply_product_put,
    [EVENT_CATEGORY_PUT] = apply_category_put,
    [EVENT_LOCATION_PUT] = apply_location_put,
    [EVENT_STOCK_MOVED] = apply_stock_moved,
    [EVENT_CUSTOMER_PUT] = apply_customer_put,
    [EVENT_CONTACTS_ERASED] = apply_contacts_erased,
    [EVENT_CART_CHANGED] = apply_cart_changed,
    [EVENT_ORDER_PLACED] = apply_order_placed,
    [EVENT_ORDER_CHANGED] = apply_order_changed,
    [EVENT_PRICING_SET] = apply_pricing_set,
    [EVENT_ACCOUNT_PUT] = apply_account_put,
    [EVENT_TOKEN_CHANGED] = apply_token_changed,
    [EVENT_API_KEY_PUT] = apply_api_key_put,
    [EVENT_REVIEW_PUT] = apply_review_put,
    [EVENT_RESET_ASKED] = apply_reset_asked,
    [EVENT_ORDER_CORRECTED] = apply_order_corrected,
    [EVENT_OPERATOR_ACTED] = apply_operator_acted,
    [EVENT_PAYMENT_RECEIVED] = apply_payment_received,
    [EVENT_PAYMENT_ORPHANED] = apply_payment_orphaned,
    [EVENT_REFUND_DUE] = apply_refund_due,
    [EVENT_CART_EXPIRING] = apply_cart_expiring,
    [EVENT_CART_EXPIRED] = apply_cart_expired,
    [EVENT_SHIPMENT_UPDATED] = apply_shipment_updated,
    [EVENT_ORDER_IMPORTED] = apply_order_imported,
};

void shop_apply(struct shop *shop, const struct event *event)
{
    ensure(event->number == shop->last_event + 1);
    ensure(event->region == EVENT_REGION_MAIN);
    ensure(event->time_ms >= shop->now_ms);
    ensure(event->type < EVENT_TYPE_LIMIT);
    ensure(apply[event->type] != NULL);

    apply[event->type](shop, event);
    shop->last_event = event->number;
    shop->now_ms = event->time_ms;
}

bool shop_cart_is_of_no_use(const struct shop *shop, const struct cart *cart)
{
    return cart->line_count == 0 && cart->contact == 0 && cart->customer == 0 &&
           order_find(&shop->orders, cart->last_order) == NULL;
}

void shop_forget_order(struct shop *shop, uint64_t number)
{
    const struct order *order = order_find(&shop->orders, number);
    ensure(order != NULL);
    uint64_t cart_number = order->cart;
    order_forget(&shop->orders, number);
    const struct cart *cart = cart_find(&shop->carts, cart_number);
    if (cart != NULL && cart->last_order == number && shop_cart_is_of_no_use(shop, cart))
        cart_close(&shop->carts, cart_number);
}

void shop_shrink(struct shop *shop)
{
    map_shrink(&shop->orders.by_number);
    map_shrink(&shop->carts.by_number);
    keys_shrink(&shop->keys);
}

uint64_t shop_key_find(const struct shop *shop, const uint8_t key[16])
{
    return keys_find(&shop->keys, key);
}

void shop_key_put(struct shop *shop, const struct shop_key *key)
{
    keys_put(&shop->keys, key);
}

void shop_keys_sweep(struct shop *shop, uint64_t folded_event, uint64_t now_ms)
{
    keys_sweep(&shop->keys, folded_event, now_ms, shop->timeouts.key_ms);
}
