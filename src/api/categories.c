/* categories.c - /v1/categories: the tree; operators add to it, rename and move. */
#include "api/input/fields.h"
#include "api/render/render.h"

void categories_list(struct call *call)
{
    const struct view_categories *categories = view_categories(call->view);
    uint32_t count = categories == NULL ? 0 : categories->count;
    struct json_out json;
    render_list_begin(call, &json);
    for (uint32_t i = 1; i <= count; i++)
        render_category(call, &json, &categories->categories[i]);
    call->cache = "no-cache";
    render_list_end(call, &json, NULL);
}

static void reply_category(struct call *call, int status)
{
    const struct category_command *command = (const struct category_command *)call->command;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    render_category(call, &json, &command->category);
    call_reply(call, status);
}

static void created(struct call *call)
{
    reply_category(call, 201);
}

static void updated(struct call *call)
{
    reply_category(call, 200);
}

static void read_body(struct call *call, struct json_in_object *body, enum json_in_need need,
                      struct category_command *command)
{
    command->has_name = json_in_text(body, "name", need, CATEGORY_NAME_MAX, &command->name);
    if (command->has_name && command->name.length == 0)
        json_in_fault(body, "name", "missing", "must not be empty");
    command->has_parent = fields_category(call, body, "parent", IN_OPTIONAL, &command->parent);
    json_in_end(body);
}

void categories_create(struct call *call)
{
    struct category_command *command = CALL_NEW(call, struct category_command);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    read_body(call, &body, IN_REQUIRED, command);
    json_in_close(&in);
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_category_create, created);
}

void categories_update(struct call *call)
{
    struct category_command *command = CALL_NEW(call, struct category_command);
    uint64_t number;
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_id(call, 0, ID_CATEGORY, ERR_CATEGORY_UNKNOWN, &number) ||
        !call_body(call, false, &in, &body, &has_body))
        return;
    command->number = (uint32_t)number;
    read_body(call, &body, IN_OPTIONAL, command);
    json_in_close(&in);
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_category_update, updated);
}
