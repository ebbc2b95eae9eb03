/*
 * payments.c - POST /v1/payments/events: the gateway's word about a payment. It may say it again
 * as often as it likes; the answer tells what came of it.
 */
#include "api/api.h"
#include "api/callback.h"
#include "api/input/fields.h"
#include "api/render/render.h"

enum { TYPE_MAX = 100 };

static void write_answer(struct call *call, const struct payment_command *command)
{
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "outcome");
    json_out_text(&json, text_of(payment_outcome_name(command->outcome)));
    json_out_key(&json, "repeated");
    json_out_bool(&json, command->is_repeated);
    json_out_key(&json, "order_id");
    render_id_or_null(call, &json, ID_ORDER, command->order);
    json_out_key(&json, "order_status");
    if (command->order != 0)
        json_out_text(&json, text_of(order_state_name(command->state)));
    else
        json_out_null(&json);
    json_out_object_end(&json);
    call_reply(call, 200);
}

static void taken(struct call *call)
{
    write_answer(call, (const struct payment_command *)call->command);
}

/* Gateways tell of many things; what is no success and no failure is taken and left alone. */
static enum payment_kind kind_of(struct text type)
{
    if (text_equal(type, TEXT("payment.succeeded")))
        return PAYMENT_SUCCEEDED;
    return text_equal(type, TEXT("payment.failed")) ? PAYMENT_FAILED : PAYMENT_KIND_LIMIT;
}

static void read_event(struct call *call, struct json_in_object *body,
                       struct payment_command *command)
{
    struct text type = TEXT_NONE;
    command->kind = PAYMENT_KIND_LIMIT;
    json_in_text(body, "id", IN_REQUIRED, PAYMENT_ID_MAX, &command->id);
    if (json_in_text(body, "type", IN_REQUIRED, TYPE_MAX, &type))
        command->kind = kind_of(type);
    if (command->kind == PAYMENT_KIND_LIMIT)
        return;
    bool is_success = command->kind == PAYMENT_SUCCEEDED;
    fields_id(call, body, "order_id", IN_REQUIRED, ID_ORDER, &command->order);
    fields_money(body, "amount", is_success ? IN_REQUIRED : IN_OPTIONAL, MONEY_TOTAL_MAX,
                 &command->amount_minor, &command->currency);
    json_in_text(body, "payment_id", IN_OPTIONAL, PAYMENT_ID_MAX, &command->reference);
    json_in_time(body, "occurred_at", IN_OPTIONAL, &command->occurred_ms);
    json_in_text(body, "reason", IN_OPTIONAL, ORDER_NOTE_MAX, &command->reason);
}

void payments_event(struct call *call)
{
    struct payment_command *command = CALL_NEW(call, struct payment_command);
    struct json_in in;
    struct json_in_object body;
    if (!callback_open(call, &call->callbacks->payment, &in, &body))
        return;
    read_event(call, &body, command);
    json_in_close(&in);
    if (call_has_errors(call))
        return;
    if (command->kind == PAYMENT_KIND_LIMIT) {
        command->outcome = PAYMENT_IGNORED;
        write_answer(call, command);
        return;
    }
    call->takes_no_key = true; /* an event has its own, the gateway's id of it */
    call_submit_as(call, &command->command, &command_payment_event, ACTOR_GATEWAY, taken);
}
