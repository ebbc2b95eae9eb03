/*
 * webhooks.c - /v1/webhooks, for operators: addresses that are told of events, and what was sent
 * there. The ledger is read and written by loaders.
 */
#include "api/call.h"
#include "api/render/render.h"
#include "base/clock.h"
#include "base/random.h"
#include "notify/ledger_webhooks.h"

#include <sodium.h>
#include <string.h>

enum { SECRET_SIZE = 64, NOTICE_NAME_MAX = 64 };
#define EVERY_NOTICE ((UINT64_C(1) << NOTICE_COUNT) - 1)

struct webhook_call {
    struct webhook webhook; /* as it is; a new one: as it will be */
    /* What the body says. */
    struct text url;
    uint64_t notices;
    bool has_notices;
    bool is_enabled;
    bool has_enabled;
    bool is_found;
    bool is_full;
    struct webhook *webhooks;
    uint32_t count;
    struct cursor cursor;
    uint32_t limit;
    uint64_t before;
    struct webhook_tries tries;
};

/* ---- answers ---- */

static void render_notices(struct json_out *json, uint64_t notices)
{
    json_out_array_begin(json);
    for (uint32_t i = 0; i < NOTICE_COUNT; i++) {
        if ((notices >> i & 1) != 0)
            json_out_text(json, text_of(notice_name((enum notice)i)));
    }
    json_out_array_end(json);
}

static void render_time(struct json_out *json, const char *key, uint64_t time_ms)
{
    json_out_key_text(json, text_of(key));
    if (time_ms == 0)
        json_out_null(json);
    else
        json_out_time(json, time_ms);
}

/* The secret is shown to whoever may make webhooks: it is the operator's own. */
static void render_secret(struct json_out *json, const struct webhook *webhook)
{
    char secret[SECRET_SIZE] = "whsec_";
    ensure(sodium_bin2base64(secret + 6, sizeof(secret) - 6, webhook->key, WEBHOOK_KEY_SIZE,
                             sodium_base64_VARIANT_ORIGINAL) != NULL);
    json_out_key(json, "secret");
    json_out_text(json, text_of(secret));
}

static void render_webhook(struct call *call, struct json_out *json, const struct webhook *webhook)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    json_out_text(json, call_write_id(call, ID_WEBHOOK, webhook->number));
    json_out_key(json, "url");
    json_out_text(json, webhook->url);
    json_out_key(json, "types");
    render_notices(json, webhook->notices);
    render_secret(json, webhook);
    json_out_key(json, "enabled");
    json_out_bool(json, webhook->is_enabled);
    render_time(json, "created_at", webhook->created_ms);
    render_time(json, "failing_since", webhook->failing_ms);
    render_time(json, "disabled_at", webhook->disabled_ms);
    json_out_object_end(json);
}

static void show(struct call *call, int status)
{
    const struct webhook_call *state = call->state;
    struct json_out json;
    if (!state->is_found) {
        call_refuse_edge(call, EDGE_NOT_FOUND);
        return;
    }
    json_out_init(&json, &call->request->reply);
    render_webhook(call, &json, &state->webhook);
    call_reply(call, status);
}

static void shown(struct call *call)
{
    show(call, 200);
}

/* ---- steps on a loader ---- */

static struct webhook_call *webhooks_of(struct call *call, bool is_one)
{
    struct webhook_call *state = CALL_NEW(call, struct webhook_call);
    call->state = state;
    if (call->options->ledger != NULL &&
        (!is_one ||
         public_id_read(call->secret, ID_WEBHOOK, call->parameters[0], &state->webhook.number)))
        return state;
    call_refuse_edge(call, EDGE_NOT_FOUND);
    return NULL;
}

/* Within the transaction: all of them, and the one that is asked for. */
static struct err find(struct call *call)
{
    struct webhook_call *state = call->state;
    TRY(ledger_webhooks(call->options->ledger, call->arena, &state->webhooks, &state->count));
    for (uint32_t i = 0; i < state->count; i++) {
        if (state->webhooks[i].number != state->webhook.number)
            continue;
        state->webhook = state->webhooks[i];
        state->is_found = true;
    }
    return OK;
}

static struct err read_all(struct call *call, struct store_reader *reader)
{
    (void)reader;
    TRY(ledger_begin(call->options->ledger));
    return ledger_end(call->options->ledger, find(call));
}

static void apply_body(struct webhook_call *state, uint64_t now_ms)
{
    struct webhook *webhook = &state->webhook;
    if (state->url.data != NULL)
        webhook->url = state->url;
    if (state->has_notices)
        webhook->notices = state->notices;
    if (!state->has_enabled || webhook->is_enabled == state->is_enabled)
        return;
    webhook->is_enabled = state->is_enabled;
    webhook->failing_ms = 0;
    webhook->disabled_ms = state->is_enabled ? 0 : now_ms;
}

static struct err put(struct call *call)
{
    struct webhook_call *state = call->state;
    TRY(find(call));
    bool is_new = state->webhook.number == 0;
    state->is_full = is_new && state->count == WEBHOOKS_MAX;
    if (state->is_full || (!is_new && !state->is_found))
        return OK;
    apply_body(state, clock_wall_ms());
    state->is_found = true;
    return ledger_put_webhook(call->options->ledger, &state->webhook);
}

static struct err write_one(struct call *call, struct store_reader *reader)
{
    (void)reader;
    TRY(ledger_begin(call->options->ledger));
    return ledger_end(call->options->ledger, put(call));
}

static struct err drop(struct call *call)
{
    const struct webhook_call *state = call->state;
    TRY(find(call));
    return state->is_found ? ledger_drop_webhook(call->options->ledger, state->webhook.number) : OK;
}

static struct err drop_one(struct call *call, struct store_reader *reader)
{
    (void)reader;
    TRY(ledger_begin(call->options->ledger));
    return ledger_end(call->options->ledger, drop(call));
}

static struct err find_tries(struct call *call)
{
    struct webhook_call *state = call->state;
    TRY(find(call));
    if (!state->is_found)
        return OK;
    return ledger_tries(call->options->ledger, state->webhook.number, state->before, state->limit,
                        call->arena, &state->tries);
}

static struct err read_tries(struct call *call, struct store_reader *reader)
{
    (void)reader;
    TRY(ledger_begin(call->options->ledger));
    return ledger_end(call->options->ledger, find_tries(call));
}

/* ---- bodies ---- */

static void read_url(struct json_in_object *body, enum json_in_need need,
                     struct webhook_call *state)
{
    struct text url;
    if (!json_in_text(body, "url", need, WEBHOOK_URL_MAX, &url))
        return;
    bool is_right =
        text_starts_with(url, TEXT("http://")) || text_starts_with(url, TEXT("https://"));
    for (uint32_t i = 0; i < url.length; i++)
        is_right = is_right && url.data[i] > ' ' && url.data[i] < 0x7f;
    if (is_right)
        state->url = url;
    else
        json_in_fault(body, "url", "invalid_value",
                      "an address that begins with https:// or http://");
}

static void read_types(struct call *call, struct json_in_object *body, struct webhook_call *state)
{
    struct text list;
    struct text name;
    if (!json_in_text_list(body, "types", NOTICE_NAME_MAX * NOTICE_COUNT, &list))
        return;
    state->has_notices = true;
    (void)call;
    /* A compact JSON array of texts; a name that is right has nothing in it to undo. */
    list = (struct text){list.data + (list.length > 0), list.length > 1 ? list.length - 2 : 0};
    while (list.length > 0 && text_cut(&list, ',', &name)) {
        enum notice notice;
        name = (struct text){name.data + 1, name.length > 1 ? name.length - 2 : 0};
        if (notice_find(name, &notice))
            state->notices |= UINT64_C(1) << notice;
        else
            json_in_fault(body, "types", "invalid_value", "names of notices");
    }
}

static bool read_body(struct call *call, struct webhook_call *state, enum json_in_need need)
{
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, false, &in, &body, &has_body))
        return false;
    read_url(&body, need, state);
    read_types(call, &body, state);
    state->has_enabled = json_in_bool(&body, "enabled", IN_OPTIONAL, &state->is_enabled);
    json_in_end(&body);
    json_in_close(&in);
    return !call_has_errors(call);
}

/* ---- routes ---- */

static void created(struct call *call)
{
    const struct webhook_call *state = call->state;
    if (state->is_full) {
        field_errors_add(&call->errors, TEXT("url"), "webhooks_limit", "there are 50 already");
        call_refuse_edge(call, EDGE_INVALID_REQUEST);
        return;
    }
    show(call, 201);
}

void webhooks_create(struct call *call)
{
    struct webhook_call *state = webhooks_of(call, false);
    if (state == NULL || !read_body(call, state, IN_REQUIRED))
        return;
    state->webhook.notices = EVERY_NOTICE;
    state->webhook.is_enabled = true;
    state->webhook.created_ms = clock_wall_ms();
    random_secret(state->webhook.key, sizeof(state->webhook.key));
    call_load(call, write_one, created);
}

void webhooks_get(struct call *call)
{
    if (webhooks_of(call, true) != NULL)
        call_load(call, read_all, shown);
}

void webhooks_update(struct call *call)
{
    struct webhook_call *state = webhooks_of(call, true);
    if (state != NULL && read_body(call, state, IN_OPTIONAL))
        call_load(call, write_one, shown);
}

static void dropped(struct call *call)
{
    const struct webhook_call *state = call->state;
    if (state->is_found)
        call_reply(call, 204);
    else
        call_refuse_edge(call, EDGE_NOT_FOUND);
}

void webhooks_remove(struct call *call)
{
    if (webhooks_of(call, true) != NULL)
        call_load(call, drop_one, dropped);
}

static void listed(struct call *call)
{
    const struct webhook_call *state = call->state;
    struct json_out json;
    render_list_begin(call, &json);
    for (uint32_t i = 0; i < state->count; i++)
        render_webhook(call, &json, &state->webhooks[i]);
    render_list_end(call, &json, NULL);
}

void webhooks_list(struct call *call)
{
    if (webhooks_of(call, false) != NULL)
        call_load(call, read_all, listed);
}

static void render_try(struct call *call, struct json_out *json, const struct webhook_try *attempt)
{
    json_out_object_begin(json);
    json_out_key(json, "delivery_id");
    json_out_text(json, call_write_id(call, ID_NOTICE, attempt->delivery));
    json_out_key(json, "event");
    json_out_u64(json, attempt->event);
    json_out_key(json, "type");
    json_out_text(json, attempt->notice);
    json_out_key(json, "attempt");
    json_out_u64(json, attempt->attempt);
    json_out_key(json, "status");
    if (attempt->status == 0)
        json_out_null(json);
    else
        json_out_u64(json, attempt->status);
    json_out_key(json, "reason");
    json_out_text(json, attempt->reason);
    render_time(json, "at", attempt->at_ms);
    json_out_object_end(json);
}

static void tried(struct call *call)
{
    struct webhook_call *state = call->state;
    struct json_out json;
    if (!state->is_found) {
        call_refuse_edge(call, EDGE_NOT_FOUND);
        return;
    }
    render_list_begin(call, &json);
    for (uint32_t i = 0; i < state->tries.count; i++)
        render_try(call, &json, &state->tries.items[i]);
    if (state->tries.has_more)
        state->cursor.number = state->tries.items[state->tries.count - 1].number;
    render_list_end(call, &json, state->tries.has_more ? &state->cursor : NULL);
}

void webhooks_deliveries(struct call *call)
{
    struct webhook_call *state = webhooks_of(call, true);
    struct query_in query;
    bool has_cursor;
    if (state == NULL)
        return;
    call_query(call, &query);
    state->limit = call_limit(&query);
    state->cursor.list = hash_u64(state->webhook.number);
    if (!call_cursor(call, &query, &state->cursor, &has_cursor))
        return;
    query_in_end(&query);
    if (has_cursor)
        state->before = state->cursor.number;
    if (!call_has_errors(call))
        call_load(call, read_tries, tried);
}
