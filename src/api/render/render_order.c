#include "api/render/render.h"

static uint64_t within_order(const struct order *order, uint64_t index)
{
    return order->number << ORDER_LINE_SHIFT | index;
}

static struct text line_status(const struct order *order, const struct order_line *line)
{
    if (line->quantity == 0 || order->state == ORDER_CANCELLED)
        return TEXT("removed");
    return order->state == ORDER_PENDING ? TEXT("reserved") : TEXT("purchased");
}

static void render_line_id(const struct call *call, struct json_out *json,
                           const struct order *order, uint32_t line)
{
    render_id(call, json, ID_LINE, within_order(order, line));
}

static void render_line(const struct call *call, struct json_out *json, const struct order *order,
                        uint32_t index, const struct pricing *pricing)
{
    const struct order_line *line = &order->lines[index];
    int64_t amount_minor = line->unit_price_minor * (int64_t)line->quantity;
    json_out_object_begin(json);
    json_out_key(json, "id");
    render_line_id(call, json, order, index);
    render_product_names(call, json, line->product);
    json_out_key(json, "quantity");
    json_out_u64(json, line->quantity);
    json_out_key(json, "quantity_ordered");
    json_out_u64(json, line->quantity_ordered);
    json_out_key(json, "unit_price");
    render_money(json, line->unit_price_minor, order->currency);
    json_out_key(json, "discount");
    render_money(json, line->discount_minor, order->currency);
    if (pricing != NULL) {
        json_out_key(json, "rules");
        render_rule_names(json, pricing, line->rule_mask);
    }
    json_out_key(json, "total");
    render_money(json, amount_minor - line->discount_minor, order->currency);
    json_out_key(json, "status");
    json_out_text(json, line_status(order, line));
    json_out_object_end(json);
}

static void render_step(struct json_out *json, enum order_state state, uint64_t at_ms,
                        enum actor actor)
{
    json_out_object_begin(json);
    json_out_key(json, "status");
    json_out_text(json, text_of(order_state_name(state)));
    json_out_key(json, "at");
    json_out_time(json, at_ms);
    json_out_key(json, "by");
    json_out_text(json, text_of(actor_name(actor)));
}

static void render_history(struct json_out *json, const struct order *order)
{
    json_out_array_begin(json);
    render_step(json, ORDER_PENDING, order->created_ms, (enum actor)order->placed_by);
    json_out_object_end(json);
    for (uint32_t i = 0; i < order->move_count; i++) {
        const struct order_move *move = &order->moves[i];
        render_step(json, (enum order_state)move->state, move->at_ms, (enum actor)move->actor);
        json_out_key(json, "action");
        json_out_text(json, text_of(order_action_name((enum order_action)move->action)));
        if (move->note_length > 0) {
            json_out_key(json, "reason");
            json_out_text(json, (struct text){move->note, move->note_length});
        }
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void render_trail(struct json_out *json, const struct order *order, uint32_t shipment)
{
    json_out_array_begin(json);
    for (const struct order_tracking *step = order->trail; step != NULL; step = step->next) {
        if (step->shipment != shipment)
            continue;
        json_out_object_begin(json);
        json_out_key(json, "status");
        json_out_text(json, text_of(tracking_status_name((enum tracking_status)step->status)));
        json_out_key(json, "at");
        json_out_time(json, step->occurred_ms);
        json_out_key(json, "code");
        render_text_or_null(json, step->code);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void render_shipment(const struct call *call, struct json_out *json,
                            const struct order *order, const struct order_shipment *shipment)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    render_id(call, json, ID_SHIPMENT, within_order(order, shipment->number));
    json_out_key(json, "location_id");
    render_id(call, json, ID_LOCATION, shipment->location);
    json_out_key(json, "carrier");
    render_text_or_null(json, shipment->carrier);
    json_out_key(json, "tracking_number");
    render_text_or_null(json, shipment->tracking_number);
    json_out_key(json, "status");
    json_out_text(json, text_of(tracking_status_name(tracking_status_of(order, shipment))));
    json_out_key(json, "shipped_at");
    json_out_time(json, shipment->shipped_ms);
    json_out_key(json, "delivered_at");
    render_time_or_null(json, shipment->delivered_ms);
    json_out_key(json, "lines");
    json_out_array_begin(json);
    for (uint32_t i = 0; i < shipment->line_count; i++) {
        json_out_object_begin(json);
        json_out_key(json, "line_id");
        render_line_id(call, json, order, shipment->lines[i].line);
        json_out_key(json, "quantity");
        json_out_u64(json, shipment->lines[i].quantity);
        json_out_object_end(json);
    }
    json_out_array_end(json);
    json_out_key(json, "events");
    render_trail(json, order, shipment->number);
    json_out_object_end(json);
}

static void render_json_or_null(struct json_out *json, const char *key, struct text value)
{
    json_out_key(json, key);
    if (value.length > 0)
        json_out_raw(json, value);
    else
        json_out_null(json);
}

static void render_contact_fields(struct json_out *json, const struct render_contact *shown)
{
    const struct contact *contact = &shown->contact;
    json_out_key(json, "contact");
    if (shown->is_known) {
        json_out_object_begin(json);
        json_out_key(json, "name");
        render_text_or_null(json, contact->name);
        json_out_key(json, "email");
        render_text_or_null(json, contact->email);
        json_out_key(json, "phone");
        render_text_or_null(json, contact->phone);
        json_out_object_end(json);
    } else {
        json_out_null(json);
    }
    render_json_or_null(json, "shipping_address", contact->shipping_address);
    render_json_or_null(json, "billing_address", contact->billing_address);
    render_json_or_null(json, "metadata", contact->metadata);
}

static void render_head(const struct call *call, struct json_out *json, const struct order *order)
{
    char digits[20];
    uint32_t at = sizeof(digits);
    for (uint64_t rest = ORDER_NUMBER_FIRST + order->number; rest > 0; rest /= 10)
        digits[--at] = (char)('0' + rest % 10);
    json_out_key(json, "id");
    render_id(call, json, ID_ORDER, order->number);
    json_out_key(json, "number");
    json_out_text(json, (struct text){digits + at, (uint32_t)sizeof(digits) - at});
    json_out_key(json, "status");
    json_out_text(json, text_of(order_state_name((enum order_state)order->state)));
    json_out_key(json, "customer_id");
    render_id_or_null(call, json, ID_CUSTOMER, order->customer);
    json_out_key(json, "payment_expires_at");
    if (order->state == ORDER_PENDING)
        json_out_time(json, order->created_ms + call->payment_ms);
    else
        json_out_null(json);
}

static void render_payment(struct json_out *json, const struct order_payment *payment)
{
    json_out_object_begin(json);
    json_out_key(json, "type");
    json_out_text(json, text_of(payment_kind_name((enum payment_kind)payment->kind)));
    json_out_key(json, "outcome");
    json_out_text(json, text_of(payment_outcome_name((enum payment_outcome)payment->outcome)));
    json_out_key(json, "amount");
    if (payment->currency != 0)
        render_money(json, payment->amount_minor, payment->currency);
    else
        json_out_null(json);
    json_out_key(json, "payment_id");
    render_text_or_null(json, payment->reference);
    json_out_key(json, "at");
    json_out_time(json, payment->at_ms);
    json_out_object_end(json);
}

void render_order(const struct call *call, struct json_out *json, const struct order *order,
                  const struct pricing *pricing, const struct render_contact *contact)
{
    json_out_object_begin(json);
    render_head(call, json, order);
    if (contact != NULL && contact->is_shown)
        render_contact_fields(json, contact);
    json_out_key(json, "totals");
    render_totals(json, &order->totals);
    json_out_key(json, "currency");
    render_currency(json, order->currency);
    json_out_key(json, "lines");
    json_out_array_begin(json);
    for (uint32_t i = 0; i < order->line_count; i++)
        render_line(call, json, order, i, pricing);
    json_out_array_end(json);
    json_out_key(json, "history");
    render_history(json, order);
    json_out_key(json, "shipments");
    json_out_array_begin(json);
    for (const struct order_shipment *s = order->shipments; s != NULL; s = s->next)
        render_shipment(call, json, order, s);
    json_out_array_end(json);
    json_out_key(json, "payments");
    json_out_array_begin(json);
    for (const struct order_payment *p = order->payments; p != NULL; p = p->next)
        render_payment(json, p);
    json_out_array_end(json);
    json_out_key(json, "created_at");
    json_out_time(json, order->created_ms);
    json_out_object_end(json);
}
