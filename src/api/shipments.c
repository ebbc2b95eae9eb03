/*
 * shipments.c - POST /v1/shipments/events: a carrier's word about a parcel. It may say it again as
 * often as it likes, and out of order.
 */
#include "api/api.h"
#include "api/callback.h"
#include "api/input/fields.h"
#include "api/render/render.h"

#include <string.h>

enum { STATUS_MAX = 100 };

static void write_answer(struct call *call, const struct shipment_command *command)
{
    struct json_out json;
    bool is_known = command->status != TRACKING_COUNT;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "repeated");
    json_out_bool(&json, command->is_repeated);
    json_out_key(&json, "shipment_status");
    render_text_or_null(&json,
                        is_known ? text_of(tracking_status_name(command->status_now)) : TEXT_NONE);
    json_out_key(&json, "order_id");
    render_id_or_null(call, &json, ID_ORDER, command->order);
    json_out_key(&json, "order_status");
    render_text_or_null(&json, is_known ? text_of(order_state_name(command->state)) : TEXT_NONE);
    json_out_object_end(&json);
    call_reply(call, 200);
}

static void taken(struct call *call)
{
    write_answer(call, (const struct shipment_command *)call->command);
}

/* Carriers tell of many things; what is none of these is taken and left alone. */
static enum tracking_status status_of(struct text name)
{
    enum tracking_status status = TRACKING_IN_TRANSIT;
    while (status < TRACKING_COUNT && !text_equal(name, text_of(tracking_status_name(status))))
        status++;
    return status;
}

/* Codes, not words: words could name people. */
static bool is_code(struct text code)
{
    for (uint32_t i = 0; i < code.length; i++) {
        char c = code.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && strchr("-_.", c) == NULL)
            return false;
    }
    return true;
}

static void read_event(struct call *call, struct json_in_object *body,
                       struct shipment_command *command)
{
    struct text status = TEXT_NONE;
    uint64_t shipment = 0;
    command->status = TRACKING_COUNT;
    json_in_text(body, "id", IN_REQUIRED, TRACKING_ID_MAX, &command->id);
    if (json_in_text(body, "status", IN_REQUIRED, STATUS_MAX, &status))
        command->status = status_of(status);
    if (command->status == TRACKING_COUNT)
        return;
    if (fields_id(call, body, "shipment_id", IN_REQUIRED, ID_SHIPMENT, &shipment)) {
        command->order = shipment >> ORDER_LINE_SHIFT;
        command->shipment = (uint32_t)(shipment & ((1u << ORDER_LINE_SHIFT) - 1));
    }
    json_in_time(body, "occurred_at", IN_OPTIONAL, &command->occurred_ms);
    if (json_in_text(body, "code", IN_OPTIONAL, TRACKING_CODE_MAX, &command->code) &&
        !is_code(command->code))
        json_in_fault(body, "code", "invalid_value", "letters, digits, - _ . alone");
}

void shipments_event(struct call *call)
{
    struct shipment_command *command = CALL_NEW(call, struct shipment_command);
    struct json_in in;
    struct json_in_object body;
    if (!callback_open(call, &call->callbacks->shipment, &in, &body))
        return;
    read_event(call, &body, command);
    json_in_close(&in);
    if (call_has_errors(call))
        return;
    if (command->status == TRACKING_COUNT) {
        write_answer(call, command);
        return;
    }
    call->takes_no_key = true; /* an event has its own, the carrier's id of it */
    call_submit_as(call, &command->command, &command_shipment_event, ACTOR_CARRIER, taken);
}
