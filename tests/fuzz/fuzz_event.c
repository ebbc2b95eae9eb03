/*
 * fuzz_event.c - bytes that claim to be events: what event_next() accepts can be read to its last
 * byte.
 *
 * First byte 0 (or a multiple of EVENT_TYPE_LIMIT): the rest is a run of events as it stands.
 * Otherwise it is the type of one event whose payload is the rest, given a right header and
 * checksum, because no fuzzer guesses a CRC.
 */
#include "base/check.h"
#include "shop/event.h"
#include "shop/stock.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static volatile uint8_t sink;

static void touch(const void *bytes, size_t size)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)bytes)[i]);
    sink = sum;
}

static void touch_parts(const struct event_order_part *parts, uint32_t count)
{
    touch(parts, count * sizeof(*parts));
    for (uint32_t i = 0; i < count; i++)
        ensure(parts[i].reserved <= parts[i].on_hand);
}

static void read_order_changed(const struct event_order_changed *changed)
{
    touch(event_order_line_changes(changed),
          changed->line_count * sizeof(struct event_order_line_change));
    touch_parts(event_order_changed_parts(changed), changed->part_count);
    touch(event_order_text1(changed).data, event_order_text1(changed).length);
    touch(event_order_text2(changed).data, event_order_text2(changed).length);
    ensure(changed->state < ORDER_STATE_COUNT);
}

static void read_product(const struct product *product)
{
    struct product_draft draft = product_read(product);
    for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++)
        touch(draft.texts[i].data, draft.texts[i].length);
    ensure(product_size(&draft) == product->size);
}

static void read_order_placed(const struct event_order_placed *placed)
{
    touch(event_order_lines(placed), placed->line_count * sizeof(struct event_order_line));
    touch_parts(event_order_parts(placed), placed->part_count);
    for (uint32_t i = 0; i < placed->part_count; i++)
        ensure(event_order_parts(placed)[i].line < placed->line_count);
}

static void read_order_imported(const struct event_order_imported *imported)
{
    struct arena arena;
    arena_init(&arena, IMPORTED_ARENA_BLOCK, IMPORTED_ARENA_MAX);
    const struct order *order = imported_read(imported, &arena);
    touch(order->lines, order->line_count * sizeof(*order->lines));
    touch(order->parts, order->part_count * sizeof(*order->parts));
    for (uint32_t i = 0; i < order->move_count; i++)
        touch(order->moves[i].note, order->moves[i].note_length);
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        touch(shipment->lines, shipment->line_count * sizeof(*shipment->lines));
        touch(shipment->carrier.data, shipment->carrier.length);
        touch(shipment->tracking_number.data, shipment->tracking_number.length);
    }
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        touch(payment->id.data, payment->id.length);
        touch(payment->reference.data, payment->reference.length);
    }
    ensure(imported_size(order) + sizeof(struct event) <= EVENT_SIZE_MAX);
    arena_release(&arena);
}

static void read_payload(const struct event *event)
{
    const void *payload = event_payload(event);
    const struct event_stock_moved *moved = payload;
    const struct event_contacts_erased *erased = payload;
    const struct event_cart_changed *cart = payload;
    const struct event_pricing_set *set = payload;
    touch(payload, event->length - sizeof(*event));
    switch ((enum event_type)event->type) {
    case EVENT_PRODUCT_PUT:
        read_product(payload);
        break;
    case EVENT_CATEGORY_PUT:
        touch(event_category_name(payload).data, event_category_name(payload).length);
        break;
    case EVENT_LOCATION_PUT:
        touch(event_location_name(payload).data, event_location_name(payload).length);
        break;
    case EVENT_STOCK_MOVED:
        touch(event_stock_rows(moved), moved->row_count * sizeof(struct event_stock_row));
        break;
    case EVENT_CONTACTS_ERASED:
        touch(event_contacts(erased), erased->count * sizeof(uint64_t));
        break;
    case EVENT_CART_CHANGED:
        touch(event_cart_lines(cart), cart->line_count * sizeof(struct event_cart_line));
        break;
    case EVENT_ORDER_PLACED:
        read_order_placed(payload);
        break;
    case EVENT_ORDER_IMPORTED:
        read_order_imported(payload);
        break;
    case EVENT_ORDER_CHANGED:
        read_order_changed(payload);
        break;
    case EVENT_PRICING_SET:
        touch(event_pricing_rules(set), set->rule_count * sizeof(struct pricing_rule));
        break;
    case EVENT_PAYMENT_RECEIVED:
        touch(event_payment_id(payload).data, event_payment_id(payload).length);
        touch(event_payment_reference(payload).data, event_payment_reference(payload).length);
        break;
    case EVENT_PAYMENT_ORPHANED:
        touch(event_orphaned_reference(payload).data, event_orphaned_reference(payload).length);
        break;
    case EVENT_REFUND_DUE:
        touch(event_refund_reference(payload).data, event_refund_reference(payload).length);
        break;
    case EVENT_SHIPMENT_UPDATED:
        touch(event_shipment_id(payload).data, event_shipment_id(payload).length);
        touch(event_shipment_code(payload).data, event_shipment_code(payload).length);
        break;
    case EVENT_CART_EXPIRING:
    case EVENT_CART_EXPIRED:
    case EVENT_SHOP_CREATED:
    case EVENT_PROCESS_STARTED:
    case EVENT_CUSTOMER_PUT:
    case EVENT_ACCOUNT_PUT:
    case EVENT_TOKEN_CHANGED:
    case EVENT_RESET_ASKED:
    case EVENT_REVIEW_PUT:
    case EVENT_ORDER_CORRECTED:
        break; /* nothing behind the struct */
    case EVENT_API_KEY_PUT:
        touch(event_api_key_name(payload).data, event_api_key_name(payload).length);
        break;
    case EVENT_OPERATOR_ACTED:
        touch(event_acted_action(payload).data, event_acted_action(payload).length);
        break;
    case EVENT_TYPE_LIMIT:
        ensure(event->type < EVENT_TYPE_LIMIT);
    }
    ensure(event_type_name((enum event_type)event->type)[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2 || size > EVENT_SIZE_MAX / 2)
        return 0;
    struct buffer events;
    buffer_init(&events, size);
    if (bytes[0] % EVENT_TYPE_LIMIT == 0) {
        buffer_append(&events, bytes + 1, size - 1);
    } else {
        enum event_type type = (enum event_type)(bytes[0] % EVENT_TYPE_LIMIT);
        if (!event_type_is_known(type))
            type = EVENT_ORDER_CHANGED;
        memcpy(event_append(&events, type, size - 1, 1), bytes + 1, size - 1);
        (void)event_seal(&events, 0, 1);
    }

    size_t offset = 0;
    bool is_damaged = false;
    const struct event *event = NULL;
    while (event_next(events.data, events.length, &offset, &event, &is_damaged))
        read_payload(event);
    ensure(is_damaged || offset == events.length);
    buffer_release(&events);
    return 0;
}
