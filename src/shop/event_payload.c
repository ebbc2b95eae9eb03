/* event_payload.c - what stands behind the fixed part of a payload. */
#include "shop/event.h"

struct text event_api_key_name(const struct event_api_key_put *put)
{
    return (struct text){(const char *)(put + 1), put->name_length};
}

struct text event_acted_action(const struct event_operator_acted *acted)
{
    return (struct text){(const char *)(acted + 1), acted->action_length};
}

struct text event_category_name(const struct event_category_put *put)
{
    return (struct text){(const char *)(put + 1), put->name_length};
}

struct text event_location_name(const struct event_location_put *put)
{
    return (struct text){(const char *)(put + 1), put->name_length};
}

const struct event_stock_row *event_stock_rows(const struct event_stock_moved *moved)
{
    return (const void *)(moved + 1);
}

const uint64_t *event_contacts(const struct event_contacts_erased *erased)
{
    return (const void *)(erased + 1);
}

const struct event_cart_line *event_cart_lines(const struct event_cart_changed *changed)
{
    return (const void *)(changed + 1);
}

const struct event_order_line *event_order_lines(const struct event_order_placed *placed)
{
    return (const void *)(placed + 1);
}

const struct event_order_part *event_order_parts(const struct event_order_placed *placed)
{
    return (const void *)(event_order_lines(placed) + placed->line_count);
}

const struct event_order_line_change *
event_order_line_changes(const struct event_order_changed *changed)
{
    return (const void *)(changed + 1);
}

const struct event_order_part *event_order_changed_parts(const struct event_order_changed *changed)
{
    return (const void *)(event_order_line_changes(changed) + changed->line_count);
}

struct text event_order_text1(const struct event_order_changed *changed)
{
    const struct event_order_part *parts = event_order_changed_parts(changed);
    return (struct text){(const char *)(parts + changed->part_count), changed->text1_length};
}

struct text event_order_text2(const struct event_order_changed *changed)
{
    struct text text1 = event_order_text1(changed);
    return (struct text){text1.data + text1.length, changed->text2_length};
}

struct text event_shipment_id(const struct event_shipment_updated *updated)
{
    return (struct text){(const char *)(updated + 1), updated->id_length};
}

struct text event_shipment_code(const struct event_shipment_updated *updated)
{
    return (struct text){(const char *)(updated + 1) + updated->id_length, updated->code_length};
}

struct text event_payment_id(const struct event_payment_received *received)
{
    return (struct text){(const char *)(received + 1), received->id_length};
}

struct text event_payment_reference(const struct event_payment_received *received)
{
    return (struct text){(const char *)(received + 1) + received->id_length,
                         received->reference_length};
}

struct text event_orphaned_reference(const struct event_payment_orphaned *orphaned)
{
    return (struct text){(const char *)(orphaned + 1), orphaned->reference_length};
}

struct text event_refund_reference(const struct event_refund_due *due)
{
    return (struct text){(const char *)(due + 1), due->reference_length};
}

uint64_t event_changed_order(const struct event *event)
{
    _Static_assert(offsetof(struct event_order_changed, order) == 0, "read as its first word");
    _Static_assert(offsetof(struct event_payment_received, order) == 0, "likewise");
    _Static_assert(offsetof(struct event_payment_orphaned, order) == 0, "likewise");
    _Static_assert(offsetof(struct event_refund_due, order) == 0, "likewise");
    _Static_assert(offsetof(struct event_shipment_updated, order) == 0, "likewise");
    switch (event->type) {
    case EVENT_ORDER_CHANGED:
    case EVENT_PAYMENT_RECEIVED:
    case EVENT_PAYMENT_ORPHANED:
    case EVENT_REFUND_DUE:
    case EVENT_SHIPMENT_UPDATED:
        return *(const uint64_t *)event_payload(event);
    default:
        return 0;
    }
}

const struct pricing_rule *event_pricing_rules(const struct event_pricing_set *set)
{
    return (const void *)(set + 1);
}
