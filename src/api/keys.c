/* keys.c - /v1/keys: keys of services, for admins. The key itself is shown once, when it is made.
 */
#include "api/call.h"
#include "api/render/render.h"
#include "base/clock.h"

#include <string.h>

struct key_call {
    struct api_key_command command;
    char text[BEARER_SIZE];
};

static void render_key(const struct call *call, struct json_out *json, uint32_t number,
                       const struct api_key *key, const char *text)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    render_id(call, json, ID_KEY, number);
    json_out_key(json, "name");
    json_out_text(json, text_of(key->name));
    json_out_key(json, "scopes");
    json_out_array_begin(json);
    for (uint32_t left = key->scopes; left != 0; left &= left - 1) {
        char name[SCOPE_NAME_SIZE];
        scope_write(left & -left, name);
        json_out_text(json, text_of(name));
    }
    json_out_array_end(json);
    json_out_key(json, "created_at");
    json_out_time(json, key->created_ms);
    json_out_key(json, "expires_at");
    render_time_or_null(json, key->expires_ms);
    json_out_key(json, "revoked");
    json_out_bool(json, key->is_revoked);
    if (text != NULL) {
        json_out_key(json, "key");
        json_out_text(json, text_of(text));
    }
    json_out_object_end(json);
}

static void created(struct call *call)
{
    const struct key_call *state = call->state;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    render_key(call, &json, state->command.number, &state->command.key, state->text);
    call_reply(call, 201);
}

static void read_scopes(struct call *call, struct json_in_object *body, struct api_key *key)
{
    struct json_in_texts texts;
    if (!json_in_texts(body, "scopes", IN_REQUIRED, 2 * AREA_COUNT, &texts))
        return;
    for (uint32_t i = 0; i < texts.count; i++) {
        uint32_t scope = 0;
        if (!scope_read(texts.items[i], &scope))
            field_errors_add(&call->errors, TEXT("scopes"), "scope_unknown",
                             "as in orders:read or stock:write");
        key->scopes |= scope;
    }
    if (texts.count == 0)
        json_in_fault(body, "scopes", "missing", "at least one");
}

void keys_create(struct call *call)
{
    struct key_call *state = CALL_NEW(call, struct key_call);
    struct api_key *key = &state->command.key;
    struct json_in in;
    struct json_in_object body;
    struct text name;
    bool has_body;
    call->state = state;
    call->takes_no_key = true; /* the answer holds a secret, which is kept nowhere */
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    if (json_in_text(&body, "name", IN_REQUIRED, API_KEY_NAME_MAX, &name))
        memcpy(key->name, name.data, name.length);
    read_scopes(call, &body, key);
    if (json_in_time(&body, "expires_at", IN_OPTIONAL, &key->expires_ms) &&
        key->expires_ms <= clock_wall_ms())
        json_in_fault(&body, "expires_at", "out_of_range", "in the future");
    json_in_end(&body);
    json_in_close(&in);
    if (call_has_errors(call))
        return;
    bearer_new(call->secret, BEARER_KEY, state->text, key->digest);
    call_submit(call, &state->command.command, &command_api_key_create, created);
}

static void listed(struct call *call)
{
    const struct key_call *state = call->state;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "items");
    json_out_array_begin(&json);
    for (uint32_t i = 0; i < state->command.key_count; i++)
        render_key(call, &json, i + 1, &state->command.keys[i], NULL);
    json_out_array_end(&json);
    json_out_object_end(&json);
    call_reply(call, 200);
}

void keys_list(struct call *call)
{
    struct key_call *state = CALL_NEW(call, struct key_call);
    call->state = state;
    call_submit(call, &state->command.command, &command_api_keys_view, listed);
}

static void revoked(struct call *call)
{
    call_reply(call, 204);
}

void keys_revoke(struct call *call)
{
    struct key_call *state = CALL_NEW(call, struct key_call);
    uint64_t number;
    call->state = state;
    if (!call_id(call, 0, ID_KEY, ERR_API_KEY_UNKNOWN, &number))
        return;
    state->command.number = (uint32_t)number;
    call->takes_no_key = true; /* it may be repeated as it is */
    call_submit(call, &state->command.command, &command_api_key_revoke, revoked);
}
