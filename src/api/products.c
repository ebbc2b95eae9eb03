/* products.c - /v1/products: the listing and one product from the view; operators make and change
 * them. */
#include "api/input/fields.h"
#include "api/render/render.h"
#include "search/query.h"

#include <string.h>

static void reply_product(struct call *call, int status, const struct product *product)
{
    etag_version(call, ETAG_NUMBERED, product->version);
    call->cache = "no-cache";
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    render_product(call, &json, product);
    call_reply(call, status);
}

static bool product_of(struct call *call, uint32_t *number_out)
{
    uint64_t number;
    if (!call_id(call, 0, ID_PRODUCT, ERR_PRODUCT_UNKNOWN, &number))
        return false;
    *number_out = (uint32_t)number;
    return true;
}

void products_get(struct call *call)
{
    uint32_t number;
    if (!product_of(call, &number))
        return;
    const struct product *product = view_product(call->view, number);
    if (product == NULL)
        call_refuse(call, ERR(ERR_PRODUCT_UNKNOWN));
    else
        reply_product(call, 200, product);
}

static void created(struct call *call)
{
    const struct product_command *command = (const struct product_command *)call->command;
    struct text collection = TEXT("/v1/products/");
    char *path = arena_alloc(call->arena, collection.length + PUBLIC_ID_SIZE);
    memcpy(path, collection.data, collection.length);
    public_id_write(call->secret, ID_PRODUCT, command->product->number, path + collection.length);
    call_header(call, "Location", (struct text){path, collection.length + PUBLIC_ID_LENGTH});
    reply_product(call, 201, command->product);
}

static void updated(struct call *call)
{
    const struct product_command *command = (const struct product_command *)call->command;
    reply_product(call, 200, command->product);
}

void products_create(struct call *call)
{
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    struct product_command *command = CALL_NEW(call, struct product_command);
    fields_product(call, &body, true, &command->draft, &command->fields);
    json_in_end(&body);
    json_in_close(&in);
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_product_create, created);
}

void products_update(struct call *call)
{
    struct product_command *command = CALL_NEW(call, struct product_command);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!product_of(call, &command->draft.number) || !call_body(call, false, &in, &body, &has_body))
        return;
    fields_product(call, &body, false, &command->draft, &command->fields);
    struct text status;
    if (json_in_text(&body, "status", IN_OPTIONAL, 20, &status)) {
        command->fields |= 1u << PRODUCT_FIELD_STATUS;
        if (text_equal(status, TEXT("archived")))
            command->draft.status = PRODUCT_ARCHIVED;
        else if (!text_equal(status, TEXT("active")))
            json_in_fault(&body, "status", "invalid_value", "must be active or archived");
    }
    json_in_end(&body);
    json_in_close(&in);
    etag_guard(call, ETAG_NUMBERED, &command->guard);
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_product_update, updated);
}

void products_archive(struct call *call)
{
    struct product_command *command = CALL_NEW(call, struct product_command);
    if (!product_of(call, &command->draft.number))
        return;
    command->draft.status = PRODUCT_ARCHIVED;
    command->fields = 1u << PRODUCT_FIELD_STATUS;
    etag_guard(call, ETAG_NUMBERED, &command->guard);
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_product_update, updated);
}
