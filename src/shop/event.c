#include "shop/event.h"

#include "base/hash.h"
#include "shop/api_key.h"
#include "shop/cart.h"
#include "shop/catalog.h"
#include "shop/customer.h"
#include "shop/stock.h"

#include <stddef.h>
#include <string.h>

/* The checksum covers everything behind itself. */
#define CRC_START (offsetof(struct event, crc) + sizeof(uint32_t))

enum { EVENT_ALIGNMENT = 8, ORDER_PARTS_MAX = ORDER_LINES_MAX * STOCK_LOCATIONS_MAX };

#define LINES_SIZE_MAX (ORDER_LINES_MAX * sizeof(struct event_order_line))
#define PARTS_SIZE_MAX (ORDER_PARTS_MAX * sizeof(struct event_order_part))
_Static_assert(LINES_SIZE_MAX + PARTS_SIZE_MAX < EVENT_SIZE_MAX - 256, "the largest order fits");

static size_t padded(size_t size)
{
    return (size + EVENT_ALIGNMENT - 1) & ~(size_t)(EVENT_ALIGNMENT - 1);
}

static uint32_t event_crc(const struct event *event)
{
    return hash_crc32c(0, (const char *)event + CRC_START, event->length - CRC_START);
}

void *event_append(struct buffer *events, enum event_type type, size_t payload_size,
                   uint64_t now_ms)
{
    ensure(event_type_is_known(type));
    ensure(payload_size > 0);
    ensure(payload_size <= EVENT_PAYLOAD_MAX);
    ensure(events->length % EVENT_ALIGNMENT == 0);

    size_t length = sizeof(struct event) + padded(payload_size);
    void *place = buffer_extend(events, length);
    memset(place, 0, length);
    struct event *event = place;
    event->length = (uint32_t)length;
    event->type = (uint16_t)type;
    event->version = EVENT_VERSION;
    event->region = EVENT_REGION_MAIN;
    event->time_ms = now_ms;
    return event + 1;
}

size_t event_seal(struct buffer *events, size_t offset, uint64_t number)
{
    ensure(number > 0);
    ensure(offset % EVENT_ALIGNMENT == 0);
    ensure(offset + sizeof(struct event) < events->length);
    void *place = events->data + offset;
    struct event *event = place;
    ensure(offset + event->length <= events->length);
    event->number = number;
    event->crc = event_crc(event);
    return offset + event->length;
}

/*
 * Payload checks. Each is given the padded size, which holds at least its struct, and proves that
 * counts, lengths and numbers stay within the bytes and the limits of the shop; whether the event
 * fits the state is shop_apply()'s to say.
 */

/* `exact` bytes fill the padded `size`, and nothing hides in the padding. */
static bool size_is(const void *payload, size_t exact, size_t size)
{
    if (exact > size || padded(exact) != size)
        return false;
    for (size_t i = exact; i < size; i++) {
        if (((const char *)payload)[i] != 0)
            return false;
    }
    return true;
}

static bool shop_created_is_valid(const void *payload, size_t size)
{
    const struct event_shop_created *created = payload;
    return size_is(payload, sizeof(*created), size) && created->currency != 0 && created->zero == 0;
}

static bool process_started_is_valid(const void *payload, size_t size)
{
    const struct event_process_started *started = payload;
    return size_is(payload, sizeof(*started), size) && started->epoch > 0;
}

static bool product_put_is_valid(const void *payload, size_t size)
{
    return product_is_valid(payload, (uint32_t)size);
}

static bool category_put_is_valid(const void *payload, size_t size)
{
    const struct event_category_put *put = payload;
    if (put->name_length == 0 || put->name_length > CATEGORY_NAME_MAX)
        return false;
    if (put->number == 0 || put->number > CATALOG_CATEGORIES_MAX)
        return false;
    if (put->parent > CATALOG_CATEGORIES_MAX || put->parent == put->number || put->zero != 0)
        return false;
    return size_is(payload, sizeof(*put) + put->name_length, size);
}

static bool location_put_is_valid(const void *payload, size_t size)
{
    const struct event_location_put *put = payload;
    if (put->name_length == 0 || put->name_length > LOCATION_NAME_MAX)
        return false;
    if (put->number == 0 || put->number > STOCK_LOCATIONS_MAX)
        return false;
    return size_is(payload, sizeof(*put) + put->name_length, size);
}

static bool place_is_valid(uint16_t location, uint32_t on_hand, uint32_t reserved)
{
    return location > 0 && location <= STOCK_LOCATIONS_MAX && on_hand <= STOCK_PIECES_MAX &&
           reserved <= on_hand;
}

static bool stock_moved_is_valid(const void *payload, size_t size)
{
    const struct event_stock_moved *moved = payload;
    if (moved->zero != 0)
        return false;
    if (moved->reason < STOCK_RECEIVED || moved->reason > STOCK_COUNTED)
        return false;
    const struct event_stock_row *rows = event_stock_rows(moved);
    if (moved->row_count == 0 ||
        !size_is(payload, sizeof(*moved) + moved->row_count * sizeof(*rows), size))
        return false;
    for (uint32_t i = 0; i < moved->row_count; i++) {
        if (rows[i].product == 0 || rows[i].zero != 0 ||
            !place_is_valid(rows[i].location, rows[i].on_hand, rows[i].reserved))
            return false;
    }
    return true;
}

static bool customer_put_is_valid(const void *payload, size_t size)
{
    const struct event_customer_put *put = payload;
    return size_is(payload, sizeof(*put), size) && put->number > 0 &&
           put->number <= CUSTOMERS_MAX && put->tier <= TIERS_MAX && put->is_erased <= 1 &&
           put->zero == 0;
}

static bool contacts_erased_is_valid(const void *payload, size_t size)
{
    const struct event_contacts_erased *erased = payload;
    if (erased->count == 0)
        return false;
    const uint64_t *contacts = event_contacts(erased);
    if (!size_is(payload, sizeof(*erased) + erased->count * sizeof(*contacts), size))
        return false;
    for (uint32_t i = 0; i < erased->count; i++) {
        if (contacts[i] == 0)
            return false;
    }
    return true;
}

static bool cart_changed_is_valid(const void *payload, size_t size)
{
    const struct event_cart_changed *changed = payload;
    if (changed->cart == 0 || changed->line_count > CART_LINES_MAX)
        return false;
    const struct event_cart_line *lines = event_cart_lines(changed);
    if (!size_is(payload, sizeof(*changed) + changed->line_count * sizeof(*lines), size))
        return false;
    for (uint32_t i = 0; i < changed->line_count; i++) {
        if (lines[i].product == 0 || lines[i].quantity > CART_QUANTITY_MAX)
            return false;
    }
    return true;
}

static bool order_lines_are_valid(const struct event_order_line *lines, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (lines[i].product == 0 || lines[i].quantity == 0)
            return false;
        if (lines[i].zero[0] != 0 || lines[i].zero[1] != 0 || lines[i].zero[2] != 0)
            return false;
    }
    return true;
}

static bool order_parts_are_valid(const struct event_order_part *parts, uint32_t count,
                                  uint32_t line_limit)
{
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].line >= line_limit || parts[i].quantity == 0 || parts[i].zero != 0)
            return false;
        if (!place_is_valid(parts[i].location, parts[i].on_hand, parts[i].reserved))
            return false;
    }
    return true;
}

static bool order_placed_is_valid(const void *payload, size_t size)
{
    const struct event_order_placed *placed = payload;
    if (placed->order == 0 || placed->actor >= ACTOR_COUNT)
        return false;
    if (placed->zero[0] != 0 || placed->zero[1] != 0 || placed->zero[2] != 0)
        return false;
    if (placed->line_count == 0 || placed->line_count > ORDER_LINES_MAX ||
        placed->part_count > ORDER_PARTS_MAX)
        return false;
    size_t exact = sizeof(*placed) + placed->line_count * sizeof(struct event_order_line) +
                   placed->part_count * sizeof(struct event_order_part);
    return size_is(payload, exact, size) &&
           order_lines_are_valid(event_order_lines(placed), placed->line_count) &&
           order_parts_are_valid(event_order_parts(placed), placed->part_count, placed->line_count);
}

static bool order_changed_is_valid(const void *payload, size_t size)
{
    const struct event_order_changed *changed = payload;
    if (changed->order == 0 || changed->action >= ORDER_ACTION_COUNT ||
        changed->state >= ORDER_STATE_COUNT || changed->actor >= ACTOR_COUNT)
        return false;
    if (changed->zero != 0 || changed->zero2 != 0 || changed->line_count > ORDER_LINES_MAX ||
        changed->part_count > ORDER_PARTS_MAX || changed->location > STOCK_LOCATIONS_MAX)
        return false;
    size_t exact = sizeof(*changed) + changed->line_count * sizeof(struct event_order_line_change) +
                   changed->part_count * sizeof(struct event_order_part) + changed->text1_length +
                   changed->text2_length;
    if (!size_is(payload, exact, size))
        return false;
    const struct event_order_line_change *lines = event_order_line_changes(changed);
    for (uint32_t i = 0; i < changed->line_count; i++) {
        if (lines[i].line >= ORDER_LINES_MAX || lines[i].quantity == 0 || lines[i].zero != 0)
            return false;
    }
    return order_parts_are_valid(event_order_changed_parts(changed), changed->part_count,
                                 ORDER_LINES_MAX);
}

static bool pricing_set_is_valid(const void *payload, size_t size)
{
    const struct event_pricing_set *set = payload;
    if (set->version == 0 || set->policy > PRICING_STACK || set->rule_count > PRICING_RULES_MAX)
        return false;
    const struct pricing_rule *rules = event_pricing_rules(set);
    if (!size_is(payload, sizeof(*set) + set->rule_count * sizeof(*rules), size))
        return false;
    for (uint32_t i = 0; i < set->rule_count; i++) {
        if (rules[i].strategy[PRICING_NAME_MAX] != 0 || rules[i].country[3] != 0 ||
            rules[i].basis_points > BASIS_POINTS_ALL)
            return false;
    }
    return true;
}

static bool account_put_is_valid(const void *payload, size_t size)
{
    const struct event_account_put *put = payload;
    return size_is(payload, sizeof(*put), size) && put->customer > 0 &&
           put->customer <= CUSTOMERS_MAX && put->role < ROLE_COUNT && put->sets_password <= 1 &&
           put->zero == 0;
}

static bool token_changed_is_valid(const void *payload, size_t size)
{
    const struct event_token_changed *changed = payload;
    if (changed->zero[0] != 0 || changed->zero[1] != 0 || changed->zero[2] != 0)
        return false;
    return size_is(payload, sizeof(*changed), size) && changed->customer > 0 &&
           changed->customer <= CUSTOMERS_MAX && changed->is_ended <= 1 &&
           (changed->expires_ms == 0) == (changed->is_ended == 1);
}

static bool text_is_short(uint32_t length)
{
    return length <= PAYMENT_ID_MAX;
}

static bool payment_received_is_valid(const void *payload, size_t size)
{
    const struct event_payment_received *received = payload;
    bool is_success = received->kind == PAYMENT_SUCCEEDED;
    if (received->order == 0 || received->zero != 0 || received->zero2 != 0)
        return false;
    if (received->kind != PAYMENT_SUCCEEDED && received->kind != PAYMENT_FAILED)
        return false;
    bool is_outcome_of_failure =
        received->outcome == PAYMENT_CANCELLED || received->outcome == PAYMENT_IGNORED;
    if (received->outcome == 0 || received->outcome >= PAYMENT_RAISED ||
        is_success == is_outcome_of_failure)
        return false;
    if (received->amount_minor < 0 || received->amount_minor > MONEY_TOTAL_MAX ||
        (received->currency == 0 && (is_success || received->amount_minor != 0)))
        return false;
    if (received->id_length == 0 || !text_is_short(received->id_length) ||
        !text_is_short(received->reference_length))
        return false;
    return size_is(payload, sizeof(*received) + received->id_length + received->reference_length,
                   size);
}

static bool payment_orphaned_is_valid(const void *payload, size_t size)
{
    const struct event_payment_orphaned *orphaned = payload;
    return orphaned->order != 0 && orphaned->amount_minor >= 0 &&
           orphaned->amount_minor <= MONEY_TOTAL_MAX && orphaned->currency != 0 &&
           orphaned->why != 0 && orphaned->why < ORPHAN_LIMIT && orphaned->zero == 0 &&
           text_is_short(orphaned->reference_length) &&
           size_is(payload, sizeof(*orphaned) + orphaned->reference_length, size);
}

static bool refund_due_is_valid(const void *payload, size_t size)
{
    const struct event_refund_due *due = payload;
    return due->order != 0 && due->amount_minor > 0 && due->amount_minor <= MONEY_TOTAL_MAX &&
           due->currency != 0 && due->zero == 0 && text_is_short(due->reference_length) &&
           size_is(payload, sizeof(*due) + due->reference_length, size);
}

static bool cart_expiring_is_valid(const void *payload, size_t size)
{
    const struct event_cart_expiring *expiring = payload;
    return size_is(payload, sizeof(*expiring), size) && expiring->cart != 0 &&
           expiring->expires_ms != 0 && expiring->customer <= CUSTOMERS_MAX &&
           expiring->line_count > 0 && expiring->line_count <= CART_LINES_MAX;
}

static bool cart_expired_is_valid(const void *payload, size_t size)
{
    const struct event_cart_expired *expired = payload;
    return size_is(payload, sizeof(*expired), size) && expired->cart != 0 &&
           expired->customer <= CUSTOMERS_MAX && expired->line_count > 0 &&
           expired->line_count <= CART_LINES_MAX;
}

static bool shipment_updated_is_valid(const void *payload, size_t size)
{
    const struct event_shipment_updated *updated = payload;
    if (updated->order == 0 || updated->occurred_ms == 0 || updated->shipment == 0 ||
        updated->shipment > ORDER_SHIPMENTS_MAX)
        return false;
    if (updated->status == TRACKING_SHIPPED || updated->status >= TRACKING_COUNT)
        return false;
    if (updated->zero != 0 || updated->zero2[0] != 0 || updated->zero2[1] != 0 ||
        updated->zero2[2] != 0)
        return false;
    if (updated->id_length == 0 || updated->id_length > TRACKING_ID_MAX ||
        updated->code_length > TRACKING_CODE_MAX)
        return false;
    return size_is(payload, sizeof(*updated) + updated->id_length + updated->code_length, size);
}

static bool order_imported_is_valid(const void *payload, size_t size)
{
    size_t exact = 0;
    return imported_is_valid(payload, size, &exact) && size_is(payload, exact, size);
}

static bool reset_asked_is_valid(const void *payload, size_t size)
{
    const struct event_reset_asked *asked = payload;
    return size_is(payload, sizeof(*asked), size) && asked->customer > 0 &&
           asked->customer <= CUSTOMERS_MAX && asked->zero == 0 && asked->contact > 0 &&
           asked->expires_ms > 0;
}

static bool api_key_put_is_valid(const void *payload, size_t size)
{
    const struct event_api_key_put *put = payload;
    if (put->number == 0 || put->number > API_KEYS_MAX || put->zero != 0 || put->zero2 != 0)
        return false;
    if (put->scopes == 0 || (put->scopes & ~SCOPES_ALL) != 0 || put->is_revoked > 1)
        return false;
    return put->name_length > 0 && put->name_length <= API_KEY_NAME_MAX &&
           size_is(payload, sizeof(*put) + put->name_length, size);
}

static bool operator_acted_is_valid(const void *payload, size_t size)
{
    const struct event_operator_acted *acted = payload;
    if (acted->kind == OPERATOR_NONE || acted->kind >= OPERATOR_KIND_COUNT ||
        acted->subject_kind >= SUBJECT_KIND_COUNT || acted->first_event == 0)
        return false;
    return acted->action_length > 0 && acted->action_length <= EVENT_ACTION_MAX &&
           size_is(payload, sizeof(*acted) + acted->action_length, size);
}

static bool order_corrected_is_valid(const void *payload, size_t size)
{
    const struct event_order_corrected *corrected = payload;
    return size_is(payload, sizeof(*corrected), size) && corrected->order > 0 &&
           corrected->contact > 0 && corrected->actor < ACTOR_COUNT && corrected->fields > 0 &&
           corrected->fields <= CORRECTED_ALL && corrected->zero == 0 && corrected->zero2 == 0;
}

static bool review_put_is_valid(const void *payload, size_t size)
{
    const struct event_review_put *put = payload;
    if (put->number == 0 || put->number > REVIEWS_MAX || put->product == 0 || put->customer == 0 ||
        put->customer > CUSTOMERS_MAX || put->zero != 0)
        return false;
    return size_is(payload, sizeof(*put), size) && put->stars >= REVIEW_STARS_MIN &&
           put->stars <= REVIEW_STARS_MAX && put->state < REVIEW_STATE_COUNT &&
           put->elsewhere_x100 <= PRODUCT_RATING_MAX;
}

struct event_kind {
    const char *name;
    size_t size_min; /* of the payload: its struct */
    bool (*is_valid)(const void *payload, size_t size);
};

static const struct event_kind event_kinds[EVENT_TYPE_LIMIT] = {
    [EVENT_SHOP_CREATED] = {"shop_created", sizeof(struct event_shop_created),
                            shop_created_is_valid},
    [EVENT_PROCESS_STARTED] = {"process_started", sizeof(struct event_process_started),
                               process_started_is_valid},
    [EVENT_PRODUCT_PUT] = {"product_put", sizeof(struct product), product_put_is_valid},
    [EVENT_CATEGORY_PUT] = {"category_put", sizeof(struct event_category_put),
                            category_put_is_valid},
    [EVENT_LOCATION_PUT] = {"location_put", sizeof(struct event_location_put),
                            location_put_is_valid},
    [EVENT_STOCK_MOVED] = {"stock_moved", sizeof(struct event_stock_moved), stock_moved_is_valid},
    [EVENT_CUSTOMER_PUT] = {"customer_put", sizeof(struct event_customer_put),
                            customer_put_is_valid},
    [EVENT_CONTACTS_ERASED] = {"contacts_erased", sizeof(struct event_contacts_erased),
                               contacts_erased_is_valid},
    [EVENT_CART_CHANGED] = {"cart_changed", sizeof(struct event_cart_changed),
                            cart_changed_is_valid},
    [EVENT_ORDER_PLACED] = {"order_placed", sizeof(struct event_order_placed),
                            order_placed_is_valid},
    [EVENT_ORDER_CHANGED] = {"order_changed", sizeof(struct event_order_changed),
                             order_changed_is_valid},
    [EVENT_PRICING_SET] = {"pricing_set", sizeof(struct event_pricing_set), pricing_set_is_valid},
    [EVENT_ACCOUNT_PUT] = {"account_put", sizeof(struct event_account_put), account_put_is_valid},
    [EVENT_TOKEN_CHANGED] = {"token_changed", sizeof(struct event_token_changed),
                             token_changed_is_valid},
    [EVENT_PAYMENT_RECEIVED] = {"payment_received", sizeof(struct event_payment_received),
                                payment_received_is_valid},
    [EVENT_PAYMENT_ORPHANED] = {"payment_orphaned", sizeof(struct event_payment_orphaned),
                                payment_orphaned_is_valid},
    [EVENT_REFUND_DUE] = {"refund_due", sizeof(struct event_refund_due), refund_due_is_valid},
    [EVENT_CART_EXPIRING] = {"cart_expiring", sizeof(struct event_cart_expiring),
                             cart_expiring_is_valid},
    [EVENT_CART_EXPIRED] = {"cart_expired", sizeof(struct event_cart_expired),
                            cart_expired_is_valid},
    [EVENT_SHIPMENT_UPDATED] = {"shipment_updated", sizeof(struct event_shipment_updated),
                                shipment_updated_is_valid},
    [EVENT_ORDER_IMPORTED] = {"order_imported", sizeof(struct event_order_imported),
                              order_imported_is_valid},
    [EVENT_REVIEW_PUT] = {"review_put", sizeof(struct event_review_put), review_put_is_valid},
    [EVENT_API_KEY_PUT] = {"api_key_put", sizeof(struct event_api_key_put), api_key_put_is_valid},
    [EVENT_OPERATOR_ACTED] = {"operator_acted", sizeof(struct event_operator_acted),
                              operator_acted_is_valid},
    [EVENT_ORDER_CORRECTED] = {"order_corrected", sizeof(struct event_order_corrected),
                               order_corrected_is_valid},
    [EVENT_RESET_ASKED] = {"reset_asked", sizeof(struct event_reset_asked), reset_asked_is_valid},
};

bool event_type_is_known(uint32_t type)
{
    return type < EVENT_TYPE_LIMIT && event_kinds[type].name != NULL;
}

/* `size_left` bytes lie behind the start of `event`. */
static bool event_is_valid(const struct event *event, size_t size_left)
{
    if (size_left < sizeof(*event))
        return false;
    if (!event_type_is_known(event->type) || event->version != EVENT_VERSION)
        return false;
    const struct event_kind *kind = &event_kinds[event->type];
    if (event->length < sizeof(*event) + kind->size_min || event->length > EVENT_SIZE_MAX ||
        event->length % EVENT_ALIGNMENT != 0 || event->length > size_left)
        return false;
    if (event->region != EVENT_REGION_MAIN || event->number == 0)
        return false;
    if (event->crc != event_crc(event))
        return false;
    return kind->is_valid(event_payload(event), event->length - sizeof(*event));
}

bool event_next(const void *bytes, size_t size, size_t *offset, const struct event **event_out,
                bool *damaged_out)
{
    ensure((uintptr_t)bytes % EVENT_ALIGNMENT == 0);
    ensure(*offset % EVENT_ALIGNMENT == 0);
    ensure(*offset <= size);
    *damaged_out = false;
    if (*offset == size)
        return false;
    const void *place = (const char *)bytes + *offset;
    const struct event *event = place;
    if (!event_is_valid(event, size - *offset)) {
        *damaged_out = true;
        return false;
    }
    *offset += event->length;
    *event_out = event;
    return true;
}

const char *event_type_name(enum event_type type)
{
    ensure(event_type_is_known(type));
    return event_kinds[type].name;
}
