/* stock.c - /v1/stock: what lies where, and every movement of it with its reason. */
#include "api/input/fields.h"
#include "api/location_names.h"
#include "api/render/render.h"

#include <inttypes.h>

static void render_level(struct json_out *json, uint32_t on_hand, uint32_t reserved)
{
    json_out_key(json, "on_hand");
    json_out_u64(json, on_hand);
    json_out_key(json, "reserved");
    json_out_u64(json, reserved);
    json_out_key(json, "available");
    json_out_u64(json, on_hand - reserved);
}

static void render_place(const struct call *call, struct json_out *json, uint32_t product,
                         uint16_t location)
{
    json_out_key(json, "product_id");
    render_id(call, json, ID_PRODUCT, product);
    json_out_key(json, "location_id");
    render_id(call, json, ID_LOCATION, location);
}

static void moved(struct call *call)
{
    const struct stock_command *command = (const struct stock_command *)call->command;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "items");
    json_out_array_begin(&json);
    for (uint32_t i = 0; i < command->row_count; i++) {
        const struct event_stock_row *row = &command->rows[i];
        json_out_object_begin(&json);
        render_place(call, &json, row->product, row->location);
        render_level(&json, row->on_hand, row->reserved);
        json_out_object_end(&json);
    }
    json_out_array_end(&json);
    json_out_object_end(&json);
    call_reply(call, 201);
}

static void refused(struct call *call, struct err err)
{
    const struct stock_command *command = (const struct stock_command *)call->command;
    uint32_t count = err.code == ERR_STOCK_RESERVED ? command->order_count : 0;
    for (uint32_t i = 0; i < count; i++) {
        struct field_error *error = field_errors_add(
            &call->errors, field_path_index(call->arena, TEXT(""), err.index), "stock_reserved",
            "order %" PRIu64 " holds some of it", ORDER_NUMBER_FIRST + command->orders[i]);
        error->order_id = call_write_id(call, ID_ORDER, command->orders[i]);
    }
    call_refuse(call, err);
}

static bool find_reason(struct text name, enum stock_reason *reason_out)
{
    static const char *const names[] = {
        [STOCK_RECEIVED] = "received",       [STOCK_CORRECTED] = "corrected",
        [STOCK_DAMAGED] = "damaged",         [STOCK_RETURNED] = "returned",
        [STOCK_TRANSFERRED] = "transferred", [STOCK_COUNTED] = "counted",
    };
    for (uint32_t i = STOCK_RECEIVED; i < countof(names); i++) {
        if (text_equal(text_of(names[i]), name)) {
            *reason_out = (enum stock_reason)i;
            return true;
        }
    }
    return false;
}

static void read_movement(struct call *call, struct json_in_object *object,
                          struct location_names *names, struct stock_movement *movement)
{
    struct text reason;
    uint64_t product;
    movement->location = 1;
    if (fields_id(call, object, "product_id", IN_REQUIRED, ID_PRODUCT, &product))
        movement->product = (uint32_t)product;
    if (!json_in_text(object, "reason", IN_REQUIRED, 20, &reason))
        return;
    if (!find_reason(reason, &movement->reason)) {
        json_in_fault(object, "reason", "invalid_value",
                      "received, corrected, damaged, returned, transferred or counted");
        return;
    }
    if (movement->reason == STOCK_TRANSFERRED) {
        location_names_read(names, object, "from", IN_REQUIRED, &movement->location);
        location_names_read(names, object, "to", IN_REQUIRED, &movement->to);
        json_in_i64(object, "quantity", IN_REQUIRED, 1, STOCK_PIECES_MAX, &movement->quantity);
    } else if (movement->reason == STOCK_COUNTED) {
        location_names_read(names, object, "location", IN_OPTIONAL, &movement->location);
        json_in_i64(object, "on_hand", IN_REQUIRED, 0, STOCK_PIECES_MAX, &movement->quantity);
    } else {
        location_names_read(names, object, "location", IN_OPTIONAL, &movement->location);
        json_in_i64(object, "quantity", IN_REQUIRED, -STOCK_PIECES_MAX, STOCK_PIECES_MAX,
                    &movement->quantity);
    }
    json_in_end(object);
}

/* One movement, or an array of them. */
static void read_body(struct call *call, struct json_in *in, struct location_names *names,
                      struct stock_command *command)
{
    struct json_in_array array = {.count = 0};
    struct json_in_object object;
    bool is_array = json_in_root_is_array(in);
    if (is_array && !json_in_root_array(in, STOCK_MOVEMENTS_MAX, &array))
        return;
    uint32_t count = is_array ? array.count : 1;
    struct stock_movement *movements =
        arena_alloc_array(call->arena, count + 1u, sizeof(*movements));
    if (count == 0)
        field_errors_add(&call->errors, TEXT(""), "missing", "at least one movement");
    if (!is_array && json_in_root(in, &object))
        read_movement(call, &object, names, movements);
    for (uint32_t i = 0; i < array.count; i++) {
        if (json_in_item(&array, i, &object))
            read_movement(call, &object, names, &movements[i]);
    }
    command->movements = movements;
    command->movement_count = count;
}

static void submit_movements(struct call *call)
{
    struct stock_command *command = call->state;
    call->refused = refused;
    call_submit(call, &command->command, &command_stock_move, moved);
}

void stock_move(struct call *call)
{
    struct stock_command *command = CALL_NEW(call, struct stock_command);
    struct location_names *names = location_names_new(call, STOCK_MOVEMENTS_MAX * 2);
    struct json_in in;
    if (json_in_open(&in, call->arena, &call->errors, call->request->body,
                     call->edge->json_depth_max))
        read_body(call, &in, names, command);
    json_in_close(&in);
    if (!call_has_errors(call))
        location_names_resolve(names, command, submit_movements);
}

static struct text name_of(const struct locations_view_command *view, uint16_t number)
{
    for (uint32_t i = 0; i < view->location_count; i++) {
        if (view->locations[i].number == number)
            return text_of(view->locations[i].name);
    }
    return TEXT_NONE;
}

static void named(struct call *call)
{
    const struct stock_view_command *stock = call->state;
    const struct locations_view_command *view = (struct locations_view_command *)call->command;
    struct json_out json;
    render_list_begin(call, &json);
    for (uint32_t i = 0; i < stock->row_count; i++) {
        const struct stock_row *row = &stock->rows[i];
        json_out_object_begin(&json);
        render_place(call, &json, row->product, row->location);
        json_out_key(&json, "location");
        json_out_text(&json, name_of(view, row->location));
        render_level(&json, row->on_hand, row->reserved);
        json_out_key(&json, "sold");
        json_out_u64(&json, row->sold);
        json_out_object_end(&json);
    }
    render_list_end(call, &json, NULL);
}

/* The rows are here; the names of their places come with a second question. */
static void viewed(struct call *call)
{
    call->state = call->command;
    struct locations_view_command *view = CALL_NEW(call, struct locations_view_command);
    call_submit(call, &view->command, &command_locations_view, named);
}

void stock_get(struct call *call)
{
    struct query_in query;
    call_query(call, &query);
    struct stock_view_command *command = CALL_NEW(call, struct stock_view_command);
    struct text id;
    uint64_t product = 0;
    if (!query_in_text(&query, "product_id", 100, &id))
        query_in_fault(&query, "product_id", "missing", "required");
    else if (call_read_id(call, ID_PRODUCT, id, TEXT("product_id"), &product))
        command->product = (uint32_t)product;
    query_in_end(&query);
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_stock_view, viewed);
}
