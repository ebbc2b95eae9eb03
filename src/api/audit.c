/* audit.c - GET /v1/audit: who of the operators did what, newest first, for admins. */
#include "api/call.h"
#include "api/render/render.h"

struct audit_call {
    uint64_t before;
    uint32_t limit;
    struct store_actions actions;
};

enum { LIST_OF_ACTIONS = 0x61756469 }; /* of the cursor */

static void render_operator(const struct call *call, struct json_out *json, struct operator by)
{
    json_out_object_begin(json);
    json_out_key(json, "type");
    json_out_text(json, text_of(operator_kind_name(by.kind)));
    json_out_key(json, "id");
    if (by.kind == OPERATOR_SERVICE)
        render_id(call, json, ID_KEY, by.number);
    else if (by.kind == OPERATOR_STAFF)
        render_id(call, json, ID_CUSTOMER, by.number);
    else
        json_out_null(json);
    json_out_object_end(json);
}

static void render_subject(const struct call *call, struct json_out *json,
                           const struct store_action *action)
{
    static const struct {
        bool has_id;
        enum public_id_type type;
    } ids[SUBJECT_KIND_COUNT] = {
        [SUBJECT_PRODUCT] = {true, ID_PRODUCT},   [SUBJECT_CATEGORY] = {true, ID_CATEGORY},
        [SUBJECT_LOCATION] = {true, ID_LOCATION}, [SUBJECT_CUSTOMER] = {true, ID_CUSTOMER},
        [SUBJECT_CART] = {true, ID_CART},         [SUBJECT_ORDER] = {true, ID_ORDER},
        [SUBJECT_API_KEY] = {true, ID_KEY},       [SUBJECT_REVIEW] = {true, ID_REVIEW},
    };
    bool has_id = ids[action->subject_kind].has_id && action->subject != 0;
    json_out_object_begin(json);
    json_out_key(json, "type");
    json_out_text(json, text_of(subject_kind_name(action->subject_kind)));
    json_out_key(json, "id");
    if (has_id)
        render_id(call, json, ids[action->subject_kind].type, action->subject);
    else
        json_out_null(json);
    json_out_object_end(json);
}

static void render_action(const struct call *call, struct json_out *json,
                          const struct store_action *action)
{
    json_out_object_begin(json);
    json_out_key(json, "at");
    json_out_time(json, action->at_ms);
    json_out_key(json, "by");
    render_operator(call, json, action->by);
    json_out_key(json, "action");
    json_out_text(json, action->action);
    json_out_key(json, "subject");
    render_subject(call, json, action);
    json_out_key(json, "first_event");
    json_out_u64(json, action->first_event);
    json_out_key(json, "event");
    json_out_u64(json, action->event);
    json_out_object_end(json);
}

static void show(struct call *call)
{
    const struct audit_call *state = call->state;
    const struct store_actions *actions = &state->actions;
    struct json_out json;
    render_list_begin(call, &json);
    for (uint32_t i = 0; i < actions->count; i++)
        render_action(call, &json, &actions->items[i]);
    struct cursor next = {.list = LIST_OF_ACTIONS};
    if (actions->count > 0)
        next.number = actions->items[actions->count - 1].event;
    render_list_end(call, &json, actions->has_more ? &next : NULL);
}

static struct err read_actions(struct call *call, struct store_reader *reader)
{
    struct audit_call *state = call->state;
    TRY(store_fold_now(call->store));
    return store_read_actions(reader, state->before, state->limit, call->arena, &state->actions);
}

void audit_list(struct call *call)
{
    struct audit_call *state = CALL_NEW(call, struct audit_call);
    struct query_in in;
    struct cursor cursor = {.list = LIST_OF_ACTIONS};
    bool has_cursor;
    call->state = state;
    call_query(call, &in);
    state->limit = call_limit(&in);
    if (!call_cursor(call, &in, &cursor, &has_cursor))
        return;
    query_in_end(&in);
    if (call_has_errors(call))
        return;
    state->before = has_cursor ? cursor.number : 0;
    call_load(call, read_actions, show);
}
