/*
 * bulk.c - POST /v1/bulk: products, prices and stock by SKU, one JSON object a line, a result for
 * each.
 *
 * A line says what shall be, so lines may be sent again. Each is a command of its own: one that is
 * refused touches no other, and those of one window are made durable by few flushes. A window is
 * read when the one before is done, so a long body holds up neither the loop nor the queue.
 */
#include "api/input/fields.h"
#include "api/render/render.h"

enum { BULK_WINDOW = 512, BULK_LINES_MAX = 20000 };

struct bulk_line {
    struct product_command command; /* command.owner: the bulk */
    struct text sku;
    uint32_t number;
    struct err err; /* it did not get into the queue */
    bool is_submitted;
    struct field_errors errors; /* of what is wrong with the line itself */
};

struct bulk {
    struct call *call;
    const struct locations_view_command *places;
    struct text rest; /* of the body */
    uint32_t line_count;
    struct bulk_line lines[BULK_WINDOW];
    uint32_t count; /* in the window */
    uint32_t open; /* atomic: lines of the window that are out, and 1 while it is being submitted */
};

/* --- reading --- */

static void read_place(const struct bulk *bulk, struct json_in_object *object, uint16_t *number_out)
{
    struct text text;
    uint64_t number;
    if (!json_in_text(object, "location", IN_OPTIONAL, LOCATION_NAME_MAX, &text) ||
        text.length == 0)
        return;
    if (public_id_read(bulk->call->secret, ID_LOCATION, text, &number)) {
        *number_out = (uint16_t)number;
        return;
    }
    for (uint32_t i = 0; i < bulk->places->location_count; i++) {
        if (text_equal(text_of(bulk->places->locations[i].name), text)) {
            *number_out = bulk->places->locations[i].number;
            return;
        }
    }
    json_in_fault(object, "location", "location_unknown",
                  "neither the id nor the name of a location");
}

static void read_status(struct json_in_object *object, struct product_command *command)
{
    struct text status;
    if (!json_in_text(object, "status", IN_OPTIONAL, 20, &status))
        return;
    command->fields |= 1u << PRODUCT_FIELD_STATUS;
    if (text_equal(status, TEXT("archived")))
        command->draft.status = PRODUCT_ARCHIVED;
    else if (!text_equal(status, TEXT("active")))
        json_in_fault(object, "status", "invalid_value", "must be active or archived");
}

static bool has_field(const struct product_command *command, uint32_t field)
{
    return (command->fields >> field & 1) != 0;
}

static void read_fields(const struct bulk *bulk, struct json_in_object *object,
                        struct bulk_line *line)
{
    struct product_command *command = &line->command;
    uint32_t version = 0;
    fields_product(bulk->call, object, false, &command->draft, &command->fields);
    read_status(object, command);
    json_in_u32(object, "on_hand", IN_OPTIONAL, 0, STOCK_PIECES_MAX, &command->on_hand);
    read_place(bulk, object, &command->on_hand_at);
    if (json_in_u32(object, "version", IN_OPTIONAL, 1, UINT32_MAX, &version))
        command->guard = (struct version_guard){.expected = {version}, .count = 1};
    json_in_end(object);
    line->sku = command->draft.texts[PRODUCT_SKU];
    if (line->sku.length == 0 && line->errors.count == 0)
        json_in_fault(object, "sku", "missing", "required");
    /* A whole product is made when there is none; less than that changes one that is there. */
    command->must_exist = !has_field(command, PRODUCT_NAME) ||
                          !has_field(command, PRODUCT_FIELD_CATEGORY) ||
                          !has_field(command, PRODUCT_FIELD_PRICE);
}

static void read_line(const struct bulk *bulk, struct text text, struct bulk_line *line)
{
    struct call *call = bulk->call;
    struct json_in in;
    struct json_in_object object;
    line->command.on_hand = UINT32_MAX;
    field_errors_init(&line->errors, call->arena);
    if (json_in_open(&in, call->arena, &line->errors, text, call->edge->json_depth_max) &&
        json_in_root(&in, &object))
        read_fields(bulk, &object, line);
    json_in_close(&in);
}

/* --- a window --- */

static void window_next(struct bulk *bulk);

static void write_refusal(const struct bulk *bulk, struct json_out *json,
                          const struct bulk_line *line)
{
    struct err err = line->is_submitted ? line->command.command.err : line->err;
    struct problem problem =
        line->errors.count > 0 ? problem_of_edge(EDGE_INVALID_REQUEST) : problem_of(err.code);
    json_out_text(json, TEXT("refused"));
    json_out_key(json, "problem");
    json_out_raw(json, TEXT(""));
    problem_write(json->buffer, &problem, err, bulk->call->origin.request_id, &line->errors);
}

static void write_result(const struct bulk *bulk, const struct bulk_line *line)
{
    const struct product_command *command = &line->command;
    struct json_out json;
    json_out_init(&json, &bulk->call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "line");
    json_out_u64(&json, line->number);
    json_out_key(&json, "sku");
    render_text_or_null(&json, line->sku);
    json_out_key(&json, "result");
    if (!line->is_submitted || command->command.err.code != ERR_NONE) {
        write_refusal(bulk, &json, line);
    } else {
        json_out_text(&json, command->is_new       ? TEXT("created")
                             : command->is_changed ? TEXT("updated")
                                                   : TEXT("unchanged"));
        json_out_key(&json, "product_id");
        render_id(bulk->call, &json, ID_PRODUCT, command->product->number);
        json_out_key(&json, "version");
        json_out_u64(&json, command->product->version);
    }
    json_out_object_end(&json);
    buffer_append(json.buffer, "\n", 1);
}

static void window_done(struct request *request)
{
    struct call *call = request->user;
    struct bulk *bulk = call->state;
    view_read_begin();
    for (uint32_t i = 0; i < bulk->count; i++)
        write_result(bulk, &bulk->lines[i]);
    window_next(bulk);
    view_read_end();
}

/* True when it was the last one. */
static bool close_one(struct bulk *bulk)
{
    return __atomic_sub_fetch(&bulk->open, 1, __ATOMIC_SEQ_CST) == 0;
}

static void line_done(struct command *command)
{
    struct bulk *bulk = command->owner;
    if (close_one(bulk))
        request_resume(bulk->call->request);
}

static void submit_line(struct bulk *bulk, struct bulk_line *line)
{
    if (line->errors.count > 0)
        return;
    line->command.command = (struct command){.ops = &command_product_put,
                                             .arena = bulk->call->arena,
                                             .actor = ACTOR_OPERATOR,
                                             .done = line_done,
                                             .owner = bulk};
    __atomic_add_fetch(&bulk->open, 1, __ATOMIC_SEQ_CST);
    line->is_submitted = true; /* first: it may be back before this call is */
    struct err err = executor_submit(bulk->call->executor, &line->command.command);
    if (err.code == ERR_NONE)
        return;
    line->is_submitted = false;
    line->err = err;
    ensure(!close_one(bulk));
}

static bool read_window(struct bulk *bulk)
{
    struct text text;
    bulk->count = 0;
    while (bulk->count < BULK_WINDOW && text_cut(&bulk->rest, '\n', &text)) {
        bulk->line_count++;
        text = text_trim(text);
        if (text.length == 0)
            continue;
        struct bulk_line *line = &bulk->lines[bulk->count++];
        *line = (struct bulk_line){.number = bulk->line_count};
        read_line(bulk, text, line);
    }
    return bulk->count > 0;
}

static void window_next(struct bulk *bulk)
{
    struct call *call = bulk->call;
    if (!read_window(bulk)) {
        call_reply_as(call, 200, "application/x-ndjson");
        return;
    }
    bulk->open = 1;
    call->request->resumed = window_done;
    for (uint32_t i = 0; i < bulk->count; i++)
        submit_line(bulk, &bulk->lines[i]);
    if (close_one(bulk))
        request_resume(call->request); /* not called here: windows would pile up on the stack */
}

/* --- the request --- */

static void begin(struct call *call)
{
    struct bulk *bulk = call->state;
    bulk->places = (const struct locations_view_command *)call->command;
    window_next(bulk);
}

static uint32_t count_lines(struct text body)
{
    uint32_t count = 0;
    struct text line;
    while (text_cut(&body, '\n', &line))
        count++;
    return count;
}

void bulk_put(struct call *call)
{
    if (call->request->body.length == 0)
        field_errors_add(&call->errors, TEXT(""), "missing", "at least one line");
    else if (count_lines(call->request->body) > BULK_LINES_MAX)
        field_errors_add(&call->errors, TEXT(""), "too_many", "at most %d lines", BULK_LINES_MAX);
    if (call_has_errors(call))
        return;
    struct bulk *bulk = CALL_NEW(call, struct bulk);
    struct locations_view_command *places = CALL_NEW(call, struct locations_view_command);
    bulk->call = call;
    bulk->rest = call->request->body;
    call->state = bulk;
    call_submit(call, &places->command, &command_locations_view, begin);
}
