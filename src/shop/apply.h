/*
 * apply.h - what each type of event does to the state. shop.c calls these through its table; nobody
 * else does. Each aborts when the event contradicts the state: only a bug makes such an event.
 */
#ifndef SHOP_APPLY_H
#define SHOP_APPLY_H

#include "shop/shop.h"

void apply_shop_created(struct shop *shop, const struct event *event);
void apply_process_started(struct shop *shop, const struct event *event);
void apply_product_put(struct shop *shop, const struct event *event);
void apply_category_put(struct shop *shop, const struct event *event);
void apply_location_put(struct shop *shop, const struct event *event);
void apply_stock_moved(struct shop *shop, const struct event *event);
void apply_customer_put(struct shop *shop, const struct event *event);
void apply_contacts_erased(struct shop *shop, const struct event *event);
void apply_cart_changed(struct shop *shop, const struct event *event);
void apply_cart_expiring(struct shop *shop, const struct event *event);
void apply_cart_expired(struct shop *shop, const struct event *event);
void apply_order_placed(struct shop *shop, const struct event *event);
void apply_order_imported(struct shop *shop, const struct event *event);
void apply_order_corrected(struct shop *shop, const struct event *event);
void apply_order_changed(struct shop *shop, const struct event *event);
void apply_payment_received(struct shop *shop, const struct event *event);
void apply_payment_orphaned(struct shop *shop, const struct event *event);
void apply_shipment_updated(struct shop *shop, const struct event *event);
void apply_refund_due(struct shop *shop, const struct event *event);
void apply_pricing_set(struct shop *shop, const struct event *event);
void apply_account_put(struct shop *shop, const struct event *event);
void apply_api_key_put(struct shop *shop, const struct event *event);
void apply_operator_acted(struct shop *shop, const struct event *event);
void apply_reset_asked(struct shop *shop, const struct event *event);
void apply_review_put(struct shop *shop, const struct event *event);
void apply_token_changed(struct shop *shop, const struct event *event);

/* Contact numbers are given out upwards; remembers the highest that an event named. */
void apply_contact_seen(struct shop *shop, uint64_t contact);

#endif
