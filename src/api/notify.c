/*
 * notify.c - /v1/notify, for workers that send notices (cli/worker): how somebody is reached, whom
 * an event names by an opaque id only, and what no provider would take. A key with the scope
 * notify:write opens these two routes and nothing else.
 */
#include "api/call.h"
#include "api/input/fields.h"
#include "app/follow/notice_data.h"

enum {
    RECEIVERS_MAX = 100,
    REASON_MAX = 100,
    TOPIC_MAX = 64,
    DATA_MAX = 900000,
};

/* ---- how somebody is reached ---- */

struct receiver {
    uint64_t contact; /* 0 = none */
    uint64_t profile; /* the customer's own contact, which holds its preferences; 0 = a guest */
    struct contact found;
    struct contact profile_found;
    bool is_found;
    bool has_profile;
};

struct receivers_call {
    struct orders_command look;
    struct receiver *receivers;
    uint32_t count;
};

static struct err read_receiver(struct call *call, struct store_reader *reader,
                                struct receiver *receiver)
{
    if (receiver->contact != 0)
        TRY(store_read_contact(reader, receiver->contact, call->arena, &receiver->found,
                               &receiver->is_found));
    if (receiver->is_found && receiver->profile != 0)
        TRY(store_read_contact(reader, receiver->profile, call->arena, &receiver->profile_found,
                               &receiver->has_profile));
    return OK;
}

static struct err read_receivers(struct call *call, struct store_reader *reader)
{
    struct receivers_call *state = call->state;
    for (uint32_t i = 0; i < state->count; i++)
        TRY(read_receiver(call, reader, &state->receivers[i]));
    return OK;
}

static void render_receiver(struct json_out *json, const struct receiver *receiver)
{
    json_out_object_begin(json);
    json_out_key(json, "found");
    json_out_bool(json, receiver->is_found);
    if (receiver->is_found) {
        json_out_key(json, "name");
        json_out_text(json, receiver->found.name);
        json_out_key(json, "email");
        json_out_text(json, receiver->found.email);
        json_out_key(json, "phone");
        json_out_text(json, receiver->found.phone);
        json_out_key(json, "preferences");
        struct text preferences =
            receiver->has_profile ? receiver->profile_found.preferences : TEXT_NONE;
        json_out_raw(json, preferences.length > 0 ? preferences : TEXT("{}"));
    }
    json_out_object_end(json);
}

static void show_receivers(struct call *call)
{
    const struct receivers_call *state = call->state;
    struct json_out json;
    call->has_no_tag = true;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "items");
    json_out_array_begin(&json);
    for (uint32_t i = 0; i < state->count; i++)
        render_receiver(&json, &state->receivers[i]);
    json_out_array_end(&json);
    json_out_object_end(&json);
    call_reply(call, 200);
}

static void load_receivers(struct call *call)
{
    call_load(call, read_receivers, show_receivers);
}

static void read_receiver_ids(struct call *call, struct json_in_object *body,
                              struct receivers_call *state)
{
    struct json_in_array array;
    if (!json_in_array(body, "receivers", IN_REQUIRED, RECEIVERS_MAX, &array))
        return;
    state->count = array.count;
    state->receivers = arena_alloc_array(call->arena, array.count, sizeof(*state->receivers));
    for (uint32_t i = 0; i < array.count; i++) {
        struct receiver *receiver = &state->receivers[i];
        struct json_in_object item;
        *receiver = (struct receiver){.contact = 0};
        if (!json_in_item(&array, i, &item))
            continue;
        fields_id(call, &item, "contact", IN_REQUIRED, ID_CONTACT, &receiver->contact);
        fields_id(call, &item, "profile", IN_OPTIONAL, ID_CONTACT, &receiver->profile);
        json_in_end(&item);
    }
}

void notify_receivers(struct call *call)
{
    struct receivers_call *state = CALL_NEW(call, struct receivers_call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    call->state = state;
    call->takes_no_key = true; /* it changes nothing, and shows contacts as they are */
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    read_receiver_ids(call, &body, state);
    json_in_end(&body);
    json_in_close(&in);
    /* A command that asks for no order: what other shopd recorded is here then, so that somebody
     * who is not found is erased, and not new. */
    if (!call_has_errors(call))
        call_submit(call, &state->look.command, &command_orders_refresh, load_receivers);
}

/* ---- what could not be delivered ---- */

struct dead_call {
    struct delivery delivery;
};

static struct err add_dead(struct call *call, struct store_reader *reader)
{
    struct ledger *ledger = call->options->ledger;
    const struct dead_call *state = call->state;
    (void)reader;
    TRY(ledger_begin(ledger));
    return ledger_end(ledger, ledger_add_dead(ledger, &state->delivery));
}

static void show_dead(struct call *call)
{
    call_reply(call, 204);
}

static void read_event(struct call *call, struct json_in_object *body, struct delivery *delivery)
{
    struct notice_event_name name;
    struct text id;
    if (!json_in_text(body, "event_id", IN_REQUIRED, NOTICE_ID_SIZE, &id))
        return;
    if (!notice_event_id_read(id, &name) ||
        name.timeline != ledger_timeline(call->options->ledger)) {
        json_in_fault(body, "event_id", "invalid_value", "of an event of this shop");
        return;
    }
    delivery->event = name.number;
    delivery->subject = name.product; /* what tells two notices of one event apart */
}

static void read_names(struct json_in_object *body, struct delivery *delivery)
{
    enum notice notice;
    enum language language;
    if (json_in_text(body, "notice", IN_REQUIRED, QUERY_IN_TEXT_MAX, &delivery->notice) &&
        !notice_find(delivery->notice, &notice))
        json_in_fault(body, "notice", "invalid_value", "a kind of notice");
    if (json_in_text(body, "channel", IN_REQUIRED, QUERY_IN_TEXT_MAX, &delivery->queue) &&
        channel_find(delivery->queue) == NULL)
        json_in_fault(body, "channel", "invalid_value", "a channel that notices go through");
    if (json_in_text(body, "language", IN_OPTIONAL, QUERY_IN_TEXT_MAX, &delivery->language) &&
        delivery->language.length > 0 && !language_find(delivery->language, &language))
        json_in_fault(body, "language", "invalid_value", "en or de");
}

void notify_dead(struct call *call)
{
    struct dead_call *state = CALL_NEW(call, struct dead_call);
    struct delivery *delivery = &state->delivery;
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    call->state = state;
    call->takes_no_key = true; /* the event and the channel are one */
    if (call->options->ledger == NULL) {
        call_refuse_edge(call, EDGE_NOT_FOUND);
        return;
    }
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    read_event(call, &body, delivery);
    read_names(&body, delivery);
    fields_id(call, &body, "contact", IN_OPTIONAL, ID_CONTACT, &delivery->contact);
    json_in_text(&body, "topic", IN_OPTIONAL, TOPIC_MAX, &delivery->topic);
    json_in_time(&body, "created_at", IN_REQUIRED, &delivery->created_ms);
    json_in_u32(&body, "attempts", IN_REQUIRED, 0, UINT32_MAX, &delivery->attempts);
    json_in_u32(&body, "status", IN_OPTIONAL, 0, 999, &delivery->status);
    json_in_text(&body, "reason", IN_REQUIRED, REASON_MAX, &delivery->reason);
    json_in_any_object(&body, "data", DATA_MAX, &delivery->data);
    if (call->errors.count == 0 && delivery->data.length == 0)
        json_in_fault(&body, "data", "missing", "what the notice tells");
    json_in_end(&body);
    json_in_close(&in);
    if (!call_has_errors(call))
        call_load(call, add_dead, show_dead);
}
