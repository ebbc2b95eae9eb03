#include "cli/transfer/order_line.h"

#include "api/input/fields.h"
#include "shop/email.h"

#include <string.h>

enum {
    WORD_MAX = 20,
    MOVES_MAX = 20000,
    PAYMENT_LINES_MAX = 20000, /* refunds among them */
};

struct reading {
    struct call *call;
    const struct shop *shop;
    struct order *order;
};

/* --- words --- */

static const char *state_word(uint32_t value)
{
    return order_state_name((enum order_state)value);
}

static const char *action_word(uint32_t value)
{
    return order_action_name((enum order_action)value);
}

static const char *actor_word(uint32_t value)
{
    return actor_name((enum actor)value);
}

static const char *kind_word(uint32_t value)
{
    return payment_kind_name((enum payment_kind)value);
}

static const char *outcome_word(uint32_t value)
{
    return payment_outcome_name((enum payment_outcome)value);
}

/* The words of an enum whose values run from `first` up to, and without, `limit`. */
struct words {
    const char *(*word)(uint32_t value);
    uint8_t first;
    uint8_t limit;
};

static const struct words states = {state_word, 0, ORDER_STATE_COUNT};
static const struct words actions = {action_word, 0, ORDER_ACTION_COUNT};
static const struct words actors = {actor_word, 0, ACTOR_COUNT};
static const struct words kinds = {kind_word, PAYMENT_SUCCEEDED, PAYMENT_KIND_LIMIT};
static const struct words outcomes = {outcome_word, PAYMENT_CONFIRMED, PAYMENT_OUTCOME_LIMIT};

static void read_word(struct json_in_object *object, const char *name, const struct words *words,
                      uint8_t *out)
{
    struct text text;
    if (!json_in_text(object, name, IN_REQUIRED, WORD_MAX, &text))
        return;
    for (uint8_t value = words->first; value < words->limit; value++) {
        if (text_equal(text, text_of(words->word(value)))) {
            *out = value;
            return;
        }
    }
    json_in_fault(object, name, "invalid_value", "is not a word that is known");
}

/* --- whose it is --- */

static void read_type(struct json_in_object *object)
{
    struct text type;
    if (json_in_text(object, "type", IN_OPTIONAL, WORD_MAX, &type) &&
        !text_equal(type, TEXT("order")))
        json_in_fault(object, "type", "invalid_value", "must be order");
}

static void read_number(struct reading *reading, struct json_in_object *object)
{
    int64_t number = 0;
    if (json_in_i64(object, "number", IN_REQUIRED, ORDER_NUMBER_FIRST + 1,
                    ORDER_NUMBER_FIRST + (INT64_C(1) << CART_EPOCH_SHIFT) - 1, &number))
        reading->order->number = (uint64_t)(number - ORDER_NUMBER_FIRST);
}

static void read_customer(struct reading *reading, struct json_in_object *object)
{
    struct text email = TEXT_NONE;
    uint8_t tag[EMAIL_TAG_SIZE];
    if (!json_in_text(object, "customer_email", IN_OPTIONAL, CONTACT_EMAIL_MAX, &email) ||
        email.length == 0)
        return;
    email_tag(reading->call->secret, email, tag);
    reading->order->customer = customer_by_email(&reading->shop->customers, tag);
    if (reading->order->customer == 0)
        json_in_fault(object, "customer_email", "unknown", "no customer has it: import customers");
}

static void read_whom(struct reading *reading, struct json_in_object *object,
                      struct contact *contact)
{
    char country[4];
    (void)fields_contact(object, "contact", contact);
    fields_address(reading->call, object, "shipping_address", &contact->shipping_address, country);
    fields_address(reading->call, object, "billing_address", &contact->billing_address, country);
    json_in_any_object(object, "metadata", CONTACT_METADATA_MAX, &contact->metadata);
}

static void read_currency(struct reading *reading, struct json_in_object *object)
{
    struct text currency;
    char letters[4];
    money_currency_letters(reading->shop->currency, letters);
    reading->order->currency = reading->shop->currency;
    if (json_in_text(object, "currency", IN_REQUIRED, 3, &currency) &&
        !text_equal(currency, text_of(letters)))
        json_in_fault(object, "currency", "invalid_value", "is not the shop's");
}

/* --- lines and totals --- */

static uint32_t find_product(struct reading *reading, struct json_in_object *object)
{
    struct text sku;
    if (!json_in_text(object, "sku", IN_REQUIRED, PRODUCT_SKU_MAX, &sku))
        return 0;
    const struct product *product = catalog_find_sku(&reading->shop->catalog, sku);
    if (product == NULL)
        json_in_fault(object, "sku", "unknown", "no product has it: import products");
    return product == NULL ? 0 : product->number;
}

_Static_assert(MONEY_PRICE_MAX <= INT64_MAX / CART_QUANTITY_MAX, "a line stays in 64 bits");

static void read_line(struct reading *reading, struct json_in_object *object,
                      struct order_line *line)
{
    struct text name;
    int64_t total_minor = 0;
    line->product = find_product(reading, object);
    json_in_text(object, "name", IN_OPTIONAL, PRODUCT_NAME_MAX, &name); /* the product's own */
    bool is_whole =
        json_in_u32(object, "quantity_ordered", IN_REQUIRED, 1, CART_QUANTITY_MAX,
                    &line->quantity_ordered) &&
        json_in_u32(object, "quantity", IN_REQUIRED, 0, CART_QUANTITY_MAX, &line->quantity) &&
        json_in_i64(object, "unit_price", IN_REQUIRED, 0, MONEY_PRICE_MAX,
                    &line->unit_price_minor) &&
        json_in_i64(object, "discount", IN_REQUIRED, 0, MONEY_TOTAL_MAX, &line->discount_minor);
    line->discount_ordered_minor = line->discount_minor;
    json_in_i64(object, "discount_ordered", IN_OPTIONAL, 0, MONEY_TOTAL_MAX,
                &line->discount_ordered_minor);
    if (json_in_i64(object, "total", IN_OPTIONAL, 0, MONEY_TOTAL_MAX, &total_minor) && is_whole &&
        total_minor != line->unit_price_minor * line->quantity - line->discount_minor)
        json_in_fault(object, "total", "invalid_value", "is not quantity x unit_price - discount");
    json_in_end(object);
}

static void read_lines(struct reading *reading, struct json_in_object *object)
{
    struct order *order = reading->order;
    struct json_in_array array;
    struct json_in_object item;
    if (!json_in_array(object, "lines", IN_REQUIRED, ORDER_LINES_MAX, &array))
        return;
    if (array.count == 0)
        json_in_fault(object, "lines", "missing", "an order has at least one");
    order->lines = arena_alloc_array(reading->call->arena, array.count, sizeof(*order->lines));
    order->line_count = array.count;
    for (uint32_t i = 0; i < array.count; i++) {
        if (json_in_item(&array, i, &item))
            read_line(reading, &item, &order->lines[i]);
    }
}

static void read_totals(struct json_in_object *object, const char *name,
                        struct order_totals *totals)
{
    struct json_in_object members;
    if (!json_in_object(object, name, IN_REQUIRED, &members))
        return;
    json_in_i64(&members, "subtotal", IN_REQUIRED, 0, MONEY_TOTAL_MAX, &totals->subtotal_minor);
    json_in_i64(&members, "discount", IN_REQUIRED, 0, MONEY_TOTAL_MAX, &totals->discount_minor);
    json_in_i64(&members, "shipping", IN_REQUIRED, 0, MONEY_TOTAL_MAX, &totals->shipping_minor);
    json_in_i64(&members, "tax", IN_REQUIRED, 0, MONEY_TOTAL_MAX, &totals->tax_minor);
    json_in_i64(&members, "total", IN_REQUIRED, 0, MONEY_TOTAL_MAX, &totals->total_minor);
    json_in_end(&members);
}

/* --- what happened to it --- */

/* The first step is the order itself. */
static void read_first_step(struct reading *reading, struct json_in_object *step)
{
    uint8_t state = ORDER_PENDING;
    uint64_t at_ms = reading->order->created_ms;
    read_word(step, "status", &states, &state);
    read_word(step, "by", &actors, &reading->order->placed_by);
    json_in_time(step, "at", IN_REQUIRED, &at_ms);
    if (state != ORDER_PENDING)
        json_in_fault(step, "status", "invalid_value", "every order begins pending");
    if (at_ms != reading->order->created_ms)
        json_in_fault(step, "at", "invalid_value", "is not created_at");
    json_in_end(step);
}

static void read_step(struct json_in_object *step, struct order_move *move)
{
    struct text note = TEXT_NONE;
    read_word(step, "status", &states, &move->state);
    read_word(step, "action", &actions, &move->action);
    read_word(step, "by", &actors, &move->actor);
    json_in_time(step, "at", IN_REQUIRED, &move->at_ms);
    json_in_text(step, "reason", IN_OPTIONAL, ORDER_NOTE_MAX, &note);
    move->note = note.data;
    move->note_length = note.length;
    json_in_end(step);
}

static void read_history(struct reading *reading, struct json_in_object *object)
{
    struct order *order = reading->order;
    struct json_in_array array;
    struct json_in_object item;
    if (!json_in_array(object, "history", IN_REQUIRED, MOVES_MAX, &array))
        return;
    if (array.count == 0) {
        json_in_fault(object, "history", "missing", "its first step is the order");
        return;
    }
    if (json_in_item(&array, 0, &item))
        read_first_step(reading, &item);
    order->move_count = array.count - 1;
    order->moves = arena_alloc_array(reading->call->arena, array.count, sizeof(*order->moves));
    for (uint32_t i = 1; i < array.count; i++) {
        if (json_in_item(&array, i, &item))
            read_step(&item, &order->moves[i - 1]);
    }
}

static void read_parcel_line(struct reading *reading, struct json_in_object *object,
                             struct order_shipment_line *line)
{
    const struct order *order = reading->order;
    uint32_t product = find_product(reading, object);
    json_in_u32(object, "quantity", IN_REQUIRED, 1, CART_QUANTITY_MAX, &line->quantity);
    while (line->line < order->line_count && order->lines[line->line].product != product)
        line->line++;
    if (product != 0 && line->line == order->line_count)
        json_in_fault(object, "sku", "invalid_value", "is in no line of the order");
    json_in_end(object);
}

static void read_parcel_lines(struct reading *reading, struct json_in_object *object,
                              struct order_shipment *shipment)
{
    struct json_in_array array;
    struct json_in_object item;
    if (!json_in_array(object, "lines", IN_REQUIRED, ORDER_LINES_MAX, &array))
        return;
    if (array.count == 0)
        json_in_fault(object, "lines", "missing", "a parcel has at least one");
    shipment->line_count = (uint16_t)array.count;
    shipment->lines =
        arena_alloc_array(reading->call->arena, array.count, sizeof(*shipment->lines));
    for (uint32_t i = 0; i < array.count; i++) {
        if (json_in_item(&array, i, &item))
            read_parcel_line(reading, &item, &shipment->lines[i]);
    }
}

static void read_shipment(struct reading *reading, struct json_in_object *object,
                          struct order_shipment *shipment)
{
    struct text name;
    if (json_in_text(object, "location", IN_REQUIRED, LOCATION_NAME_MAX, &name)) {
        const struct location *location = location_find_name(&reading->shop->stock, name);
        shipment->location = location == NULL ? 0 : location->number;
        if (location == NULL)
            json_in_fault(object, "location", "unknown", "there is no such location");
    }
    json_in_text(object, "carrier", IN_OPTIONAL, ORDER_NOTE_MAX, &shipment->carrier);
    json_in_text(object, "tracking_number", IN_OPTIONAL, ORDER_NOTE_MAX,
                 &shipment->tracking_number);
    json_in_time(object, "shipped_at", IN_REQUIRED, &shipment->shipped_ms);
    json_in_time(object, "delivered_at", IN_OPTIONAL, &shipment->delivered_ms);
    read_parcel_lines(reading, object, shipment);
    json_in_end(object);
}

static void read_shipments(struct reading *reading, struct json_in_object *object)
{
    struct order_shipment **last = &reading->order->shipments;
    struct json_in_array array;
    struct json_in_object item;
    if (!json_in_array(object, "shipments", IN_OPTIONAL, ORDER_SHIPMENTS_MAX, &array))
        return;
    for (uint32_t i = 0; i < array.count; i++) {
        struct order_shipment *shipment = arena_alloc(reading->call->arena, sizeof(*shipment));
        *shipment = (struct order_shipment){.number = i + 1};
        if (json_in_item(&array, i, &item))
            read_shipment(reading, &item, shipment);
        *last = shipment;
        last = &shipment->next;
    }
}

static void read_amount(struct json_in_object *object, struct order_payment *payment)
{
    struct text currency = TEXT_NONE;
    bool has_amount =
        json_in_i64(object, "amount", IN_OPTIONAL, 0, MONEY_TOTAL_MAX, &payment->amount_minor);
    bool has_currency = json_in_text(object, "currency", IN_OPTIONAL, 3, &currency);
    if (currency.length == 3)
        payment->currency = money_currency(currency.data);
    if (has_amount != has_currency || (has_currency && payment->currency == 0))
        json_in_fault(object, "currency", "invalid_value", "three letters, beside an amount");
}

static void read_payment(struct reading *reading, struct json_in_object *object,
                         struct order_payment *payment, uint32_t index)
{
    read_word(object, "type", &kinds, &payment->kind);
    read_word(object, "outcome", &outcomes, &payment->outcome);
    read_amount(object, payment);
    json_in_text(object, "payment_id", IN_OPTIONAL, PAYMENT_ID_MAX, &payment->reference);
    json_in_text(object, "event_id", IN_OPTIONAL, PAYMENT_ID_MAX, &payment->id);
    json_in_time(object, "at", IN_REQUIRED, &payment->at_ms);
    json_in_time(object, "occurred_at", IN_OPTIONAL, &payment->occurred_ms);
    json_in_end(object);
    if (payment->kind == PAYMENT_REFUND_DUE || payment->id.length > 0)
        return;
    char id[32];
    (void)snprintf(id, sizeof(id), "imported-%u", index + 1);
    payment->id = arena_copy_text(reading->call->arena, text_of(id));
}

static void read_payments(struct reading *reading, struct json_in_object *object)
{
    struct order_payment **last = &reading->order->payments;
    struct json_in_array array;
    struct json_in_object item;
    if (!json_in_array(object, "payments", IN_OPTIONAL, PAYMENT_LINES_MAX, &array))
        return;
    for (uint32_t i = 0; i < array.count; i++) {
        struct order_payment *payment = arena_alloc(reading->call->arena, sizeof(*payment));
        *payment = (struct order_payment){.at_ms = 0};
        if (json_in_item(&array, i, &item))
            read_payment(reading, &item, payment, i);
        *last = payment;
        last = &payment->next;
    }
}

/* --- all of it --- */

static void read_members(struct reading *reading, struct json_in_object *object,
                         struct contact *contact)
{
    struct order *order = reading->order;
    read_type(object);
    read_number(reading, object);
    read_word(object, "status", &states, &order->state);
    json_in_time(object, "created_at", IN_REQUIRED, &order->created_ms);
    read_customer(reading, object);
    read_whom(reading, object, contact);
    read_currency(reading, object);
    read_lines(reading, object);
    read_totals(object, "totals", &order->totals);
    read_totals(object, "totals_ordered", &order->totals_ordered);
    read_history(reading, object);
    read_shipments(reading, object);
    read_payments(reading, object);
}

bool order_line_read(struct call *call, const struct shop *shop, struct text line,
                     struct order_import_command *command)
{
    struct order *order = arena_alloc(call->arena, sizeof(*order));
    struct reading reading = {.call = call, .shop = shop, .order = order};
    struct json_in in;
    struct json_in_object object;
    *order = (struct order){.number = 0};
    command->order = order;
    if (json_in_open(&in, call->arena, &call->errors, line, JSON_IN_DEPTH_LIMIT) &&
        json_in_root(&in, &object)) {
        read_members(&reading, &object, &command->contact);
        json_in_end(&object);
    }
    json_in_close(&in);
    return call->errors.count == 0;
}
