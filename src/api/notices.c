/*
 * notices.c - /v1/notices and /v1/followers, for operators: what is still owed to people, what no
 * retry helped, and how far those are who follow the events. The ledger is read by loaders.
 */
#include "api/call.h"
#include "api/render/render.h"
#include "base/clock.h"

enum { FOLLOWER_NAME_MAX = 32 };

struct notices_call {
    struct ledger_query query;
    struct cursor cursor;
    uint64_t id;
    struct delivery *deliveries;
    uint32_t count;
    bool has_more;
    bool is_found;
    uint32_t resent;
};

static const char *const state_names[] =
    {[DELIVERY_WAITING] = "waiting", [DELIVERY_TAKEN] = "waiting", [DELIVERY_DEAD] = "dead"};

/* ---- one delivery ---- */

static void render_delivery(struct call *call, struct json_out *json,
                            const struct delivery *delivery, bool with_data)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    json_out_text(json, call_write_id(call, ID_NOTICE, delivery->id));
    json_out_key(json, "notice");
    json_out_text(json, delivery->notice);
    json_out_key(json, "channel");
    json_out_text(json, delivery->queue);
    json_out_key(json, "state");
    json_out_text(json, text_of(state_names[delivery->state]));
    json_out_key(json, "attempts");
    json_out_u64(json, delivery->attempts);
    json_out_key(json, "due_at");
    if (delivery->state == DELIVERY_DEAD || delivery->due_ms == 0)
        json_out_null(json);
    else
        json_out_time(json, delivery->due_ms);
    json_out_key(json, "last_status");
    if (delivery->status == 0)
        json_out_null(json);
    else
        json_out_u64(json, delivery->status);
    json_out_key(json, "reason");
    json_out_text(json, delivery->reason);
    json_out_key(json, "event");
    json_out_u64(json, delivery->event);
    json_out_key(json, "created_at");
    json_out_time(json, delivery->created_ms);
    if (with_data) {
        json_out_key(json, "data");
        json_out_raw(json, delivery->data);
    }
    json_out_object_end(json);
}

static struct notices_call *notices_of(struct call *call)
{
    struct notices_call *state = CALL_NEW(call, struct notices_call);
    call->state = state;
    if (call->options->ledger == NULL)
        call_refuse_edge(call, EDGE_NOT_FOUND);
    return call->options->ledger == NULL ? NULL : state;
}

static struct notices_call *one_of(struct call *call)
{
    struct notices_call *state = notices_of(call);
    if (state == NULL)
        return NULL;
    if (public_id_read(call->secret, ID_NOTICE, call->parameters[0], &state->id))
        return state;
    call_refuse_edge(call, EDGE_NOT_FOUND);
    return NULL;
}

static struct err read_one(struct call *call, struct store_reader *reader)
{
    struct notices_call *state = call->state;
    (void)reader;
    state->deliveries = arena_alloc(call->arena, sizeof(*state->deliveries));
    return ledger_find(call->options->ledger, state->id, call->arena, state->deliveries,
                       &state->is_found);
}

static void show_one(struct call *call)
{
    const struct notices_call *state = call->state;
    struct json_out json;
    if (!state->is_found) {
        call_refuse_edge(call, EDGE_NOT_FOUND);
        return;
    }
    json_out_init(&json, &call->request->reply);
    render_delivery(call, &json, state->deliveries, true);
    call_reply(call, 200);
}

void notices_get(struct call *call)
{
    if (one_of(call) != NULL)
        call_load(call, read_one, show_one);
}

static struct err resend_one(struct call *call, struct store_reader *reader)
{
    struct notices_call *state = call->state;
    TRY(ledger_resend(call->options->ledger, state->id, clock_wall_ms(), &state->resent));
    if (state->resent > 0 && call->options->courier != NULL)
        courier_wake(call->options->courier);
    return read_one(call, reader);
}

/* There is nothing to say in the body; false, and answered, when something is said. */
static bool has_empty_body(struct call *call)
{
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, true, &in, &body, &has_body))
        return false;
    if (has_body) {
        json_in_end(&body);
        json_in_close(&in);
    }
    return !call_has_errors(call);
}

void notices_resend(struct call *call)
{
    if (one_of(call) != NULL && has_empty_body(call))
        call_load(call, resend_one, show_one);
}

/* ---- all of them ---- */

static struct err resend_all(struct call *call, struct store_reader *reader)
{
    struct notices_call *state = call->state;
    (void)reader;
    TRY(ledger_resend(call->options->ledger, 0, clock_wall_ms(), &state->resent));
    if (state->resent > 0 && call->options->courier != NULL)
        courier_wake(call->options->courier);
    return OK;
}

static void resent_all(struct call *call)
{
    const struct notices_call *state = call->state;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "resent");
    json_out_u64(&json, state->resent);
    json_out_object_end(&json);
    call_reply(call, 200);
}

void notices_resend_all(struct call *call)
{
    if (notices_of(call) != NULL && has_empty_body(call))
        call_load(call, resend_all, resent_all);
}

static struct err read_list(struct call *call, struct store_reader *reader)
{
    struct notices_call *state = call->state;
    (void)reader;
    return ledger_list(call->options->ledger, &state->query, call->arena, &state->deliveries,
                       &state->count, &state->has_more);
}

static void listed(struct call *call)
{
    struct notices_call *state = call->state;
    struct json_out json;
    render_list_begin(call, &json);
    for (uint32_t i = 0; i < state->count; i++)
        render_delivery(call, &json, &state->deliveries[i], false);
    if (state->has_more)
        state->cursor.number = state->deliveries[state->count - 1].id;
    render_list_end(call, &json, state->has_more ? &state->cursor : NULL);
}

static void read_state(struct query_in *query, struct notices_call *state)
{
    struct text name;
    state->query.state = -1;
    if (!query_in_text(query, "state", QUERY_IN_TEXT_MAX, &name))
        return;
    if (text_equal(name, TEXT("dead")))
        state->query.state = DELIVERY_DEAD;
    else if (text_equal(name, TEXT("waiting")))
        state->query.state = DELIVERY_WAITING;
    else
        query_in_fault(query, "state", "invalid_value", "waiting or dead");
}

void notices_list(struct call *call)
{
    struct notices_call *state = notices_of(call);
    struct query_in query;
    bool has_cursor;
    if (state == NULL)
        return;
    call_query(call, &query);
    read_state(&query, state);
    state->query.limit = call_limit(&query);
    uint8_t list[] = {'n', 'o', 't', 'i', 'c', 'e', 's', (uint8_t)(state->query.state + 1)};
    state->cursor.list = hash_bytes(list, sizeof(list));
    if (!call_cursor(call, &query, &state->cursor, &has_cursor))
        return;
    query_in_end(&query);
    if (has_cursor)
        state->query.before = state->cursor.number;
    if (!call_has_errors(call))
        call_load(call, read_list, listed);
}

/* ---- followers ---- */

static void render_follower(struct json_out *json, const struct follower_stats *stats)
{
    json_out_object_begin(json);
    json_out_key(json, "name");
    json_out_text(json, text_of(stats->name));
    json_out_key(json, "event");
    json_out_u64(json, stats->event);
    json_out_key(json, "last_event");
    json_out_u64(json, stats->last);
    json_out_key(json, "lag_ms");
    json_out_u64(json, stats->lag_ms);
    json_out_key(json, "failures");
    json_out_u64(json, stats->failures);
    json_out_key(json, "failing_since");
    if (stats->failing_ms == 0)
        json_out_null(json);
    else
        json_out_time(json, stats->failing_ms);
    json_out_key(json, "standing_by");
    json_out_bool(json, stats->is_standing_by);
    json_out_object_end(json);
}

void followers_list(struct call *call)
{
    struct json_out json;
    render_list_begin(call, &json);
    for (uint32_t i = 0; i < call->options->follower_count; i++) {
        struct follower_stats stats = follower_stats(call->options->followers[i]);
        render_follower(&json, &stats);
    }
    render_list_end(call, &json, NULL);
}

static struct follower *find_follower(struct call *call)
{
    for (uint32_t i = 0; i < call->options->follower_count; i++) {
        struct follower *follower = call->options->followers[i];
        if (text_equal(call->parameters[0], text_of(follower_stats(follower).name)))
            return follower;
    }
    call_refuse_edge(call, EDGE_NOT_FOUND);
    return NULL;
}

struct move_call {
    const char *follower;
    uint64_t event;
};

/* It stands by: whoever follows in its place is told through the ledger. */
static struct err wish_move(struct call *call, struct store_reader *reader)
{
    const struct move_call *state = call->state;
    (void)reader;
    return ledger_wish_move(call->options->ledger, state->follower, state->event);
}

static void wished(struct call *call)
{
    call_reply(call, 202);
}

static void move_follower(struct call *call, struct follower *follower, uint64_t event)
{
    struct follower_stats stats = follower_stats(follower);
    if (!stats.is_standing_by) {
        follower_move(follower, event);
        call_reply(call, 202);
        return;
    }
    struct move_call *state = CALL_NEW(call, struct move_call);
    *state = (struct move_call){stats.name, event};
    call->state = state;
    call_load(call, wish_move, wished);
}

void followers_move(struct call *call)
{
    struct follower *follower = find_follower(call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    int64_t event = 0;
    if (follower == NULL || !call_body(call, false, &in, &body, &has_body))
        return;
    json_in_i64(&body, "event", IN_REQUIRED, 0, INT64_MAX, &event);
    json_in_end(&body);
    json_in_close(&in);
    if (!call_has_errors(call))
        move_follower(call, follower, (uint64_t)event);
}
