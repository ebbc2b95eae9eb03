/*
 * orders.c - one order: seen by its owner or an operator, moved along its arrows. A cart's token
 * opens the orders bought with the cart, a customer's those of the customer; every other order is
 * unknown to them.
 */
#include "api/input/fields.h"
#include "api/location_names.h"
#include "api/render/render.h"

struct order_call {
    struct order_command command;
    struct render_contact contact;
};

static struct order_call *order_of(struct call *call)
{
    uint64_t number;
    if (!call_id(call, 0, ID_ORDER, ERR_ORDER_UNKNOWN, &number))
        return NULL;
    struct order_call *state = CALL_NEW(call, struct order_call);
    state->command.order = number;
    if (!call->access.is_operator) {
        state->command.cart = call->access.cart;
        state->command.customer = call->access.customer;
    }
    call->state = state;
    return state;
}

static void show(struct call *call)
{
    const struct order_call *state = call->state;
    ensure(state->command.copy != NULL);
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    render_order(call, &json, state->command.copy, state->command.pricing, &state->contact);
    call_reply(call, 200);
}

static struct err read_contact(struct call *call, struct store_reader *reader)
{
    struct order_call *state = call->state;
    return store_read_contact(reader, state->command.copy->contact, call->arena,
                              &state->contact.contact, &state->contact.is_known);
}

static void viewed(struct call *call)
{
    struct order_call *state = call->state;
    uint64_t number = state->command.copy->contact;
    state->contact.is_shown = true;
    state->contact.is_known =
        number != 0 && call_find_contact(call, number, &state->contact.contact);
    if (number == 0 || state->contact.is_known)
        show(call);
    else
        call_load(call, read_contact, show);
}

void orders_get(struct call *call)
{
    struct order_call *state = order_of(call);
    if (state != NULL)
        call_submit(call, &state->command.command, &command_order_view, viewed);
}

/* {"line_id","quantity"}: no quantity = all that is left of the line. */
static void read_line(struct call *call, struct json_in_object *object, uint64_t order,
                      struct order_part_request *part)
{
    uint64_t line;
    if (fields_id(call, object, "line_id", IN_REQUIRED, ID_LINE, &line)) {
        if (line >> ORDER_LINE_SHIFT == order)
            part->line = (uint32_t)(line & ((1u << ORDER_LINE_SHIFT) - 1));
        else
            json_in_fault(object, "line_id", "order_line_unknown", "a line of another order");
    }
    json_in_u32(object, "quantity", IN_OPTIONAL, 1, CART_QUANTITY_MAX, &part->quantity);
    json_in_end(object);
}

static void read_lines(struct call *call, struct json_in_object *body,
                       struct order_command *command)
{
    struct json_in_array array;
    if (!json_in_array(body, "lines", IN_OPTIONAL, ORDER_LINES_MAX, &array) || array.count == 0)
        return;
    struct order_part_request *lines = arena_alloc_array(call->arena, array.count, sizeof(*lines));
    for (uint32_t i = 0; i < array.count; i++) {
        struct json_in_object item;
        if (json_in_item(&array, i, &item))
            read_line(call, &item, command->order, &lines[i]);
    }
    command->lines = lines;
    command->line_count = array.count;
}

/* Moves the order; `read` takes the members of a body, if there is one. */
static void change(struct call *call, const struct command_ops *ops,
                   void (*read)(struct call *call, struct json_in_object *body,
                                struct order_command *command))
{
    struct order_call *state = order_of(call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (state == NULL || !call_body(call, true, &in, &body, &has_body))
        return;
    if (has_body) {
        read(call, &body, &state->command);
        json_in_end(&body);
        json_in_close(&in);
    }
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, ops, show);
}

static void read_cancel(struct call *call, struct json_in_object *body,
                        struct order_command *command)
{
    json_in_text(body, "reason", IN_OPTIONAL, ORDER_NOTE_MAX, &command->note);
    read_lines(call, body, command);
}

void orders_cancel(struct call *call)
{
    change(call, &command_order_cancel, read_cancel);
}

static void read_nothing(struct call *call, struct json_in_object *body,
                         struct order_command *command)
{
    (void)call;
    (void)body;
    (void)command;
}

void orders_confirm(struct call *call)
{
    change(call, &command_order_confirm, read_nothing);
}

static void submit_ship(struct call *call)
{
    struct order_call *state = call->state;
    call_submit(call, &state->command.command, &command_order_ship, show);
}

void orders_ship(struct call *call)
{
    struct order_call *state = order_of(call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (state == NULL || !call_body(call, true, &in, &body, &has_body))
        return;
    struct location_names *names = location_names_new(call, 1);
    if (has_body) {
        struct order_command *command = &state->command;
        location_names_read(names, &body, "location", IN_OPTIONAL, &command->location);
        json_in_text(&body, "carrier", IN_OPTIONAL, ORDER_NOTE_MAX, &command->note);
        json_in_text(&body, "tracking_number", IN_OPTIONAL, ORDER_NOTE_MAX,
                     &command->tracking_number);
        read_lines(call, &body, command);
        json_in_end(&body);
        json_in_close(&in);
    }
    if (!call_has_errors(call))
        location_names_resolve(names, state, submit_ship);
}

static void read_deliver(struct call *call, struct json_in_object *body,
                         struct order_command *command)
{
    uint64_t shipment;
    if (!fields_id(call, body, "shipment_id", IN_OPTIONAL, ID_SHIPMENT, &shipment))
        return;
    if (shipment >> ORDER_LINE_SHIFT == command->order)
        command->shipment = (uint32_t)(shipment & ((1u << ORDER_LINE_SHIFT) - 1));
    else
        json_in_fault(body, "shipment_id", "shipment_unknown", "a shipment of another order");
}

void orders_deliver(struct call *call)
{
    change(call, &command_order_deliver, read_deliver);
}

static void erased(struct call *call)
{
    call_reply(call, 204);
}

void orders_erase_contact(struct call *call)
{
    struct order_call *state = order_of(call);
    if (state != NULL)
        call_submit(call, &state->command.command, &command_order_erase, erased);
}
