/* locations.c - /v1/locations: the places where stock lies. */
#include "api/render/render.h"

static void listed(struct call *call)
{
    const struct locations_view_command *command = (struct locations_view_command *)call->command;
    struct json_out json;
    render_list_begin(call, &json);
    for (uint32_t i = 0; i < command->location_count; i++)
        render_location(call, &json, &command->locations[i]);
    render_list_end(call, &json, NULL);
}

void locations_list(struct call *call)
{
    struct locations_view_command *command = CALL_NEW(call, struct locations_view_command);
    call_submit(call, &command->command, &command_locations_view, listed);
}

static void put(struct call *call)
{
    const struct location_command *command = (const struct location_command *)call->command;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    render_location(call, &json, &command->location);
    call_reply(call, command->is_new ? 201 : 200);
}

void locations_put(struct call *call)
{
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    struct location_command *command = CALL_NEW(call, struct location_command);
    int64_t priority = 100;
    json_in_text(&body, "name", IN_REQUIRED, LOCATION_NAME_MAX, &command->name);
    json_in_i64(&body, "priority", IN_OPTIONAL, -1000000, 1000000, &priority);
    command->priority = (int32_t)priority;
    json_in_end(&body);
    json_in_close(&in);
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_location_put, put);
}
