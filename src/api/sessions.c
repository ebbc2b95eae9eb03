/*
 * sessions.c - registering, logging in and out.
 *
 *   find the customer -> read the contact -> compare the password -> start the session
 *       executor             a loader              a worker               executor
 *
 * The way is the same, and takes as long, where there is no such customer: then the password is
 * compared with one that nobody has.
 */
#include "api/customer_call.h"
#include "api/input/fields.h"
#include "api/render/render.h"

#include <sodium.h>
#include <string.h>

void customer_call_reply_session(struct call *call)
{
    const struct customer_call *state = call->state;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "token");
    json_out_text(&json, (struct text){state->token, BEARER_LENGTH});
    json_out_key(&json, "expires_in");
    json_out_u64(&json, call->accounts->session_life_ms / 1000);
    json_out_key(&json, "customer");
    render_customer(call, &json, state->command.number, &state->customer, &state->contact);
    json_out_object_end(&json);
    call_header(call, "Cache-Control", TEXT("no-store"));
    call_reply(call, 201);
}

static void new_token(struct call *call, struct token_start *token)
{
    struct customer_call *state = call->state;
    call->takes_no_key = true; /* nothing keeps a token but whoever gets it */
    bearer_new(call->secret, state->token, token->digest);
    token->life_ms = call->accounts->session_life_ms;
}

static struct err hash_password(struct call *call)
{
    struct customer_call *state = call->state;
    struct password_work *work = &state->password;
    bool is_hashed = password_hash(&call->accounts->cost, work->password, work->hash);
    sodium_memzero((char *)(uintptr_t)work->password.data, work->password.length);
    return is_hashed ? OK : ERR_AT(ERR_OVERLOADED, 0, .value = 1);
}

/* --- registering --- */

static void registered(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->command.customer;
    state->contact = state->command.contact;
    customer_call_reply_session(call);
}

static void create_account(struct call *call)
{
    struct customer_call *state = call->state;
    struct customer_command *command = &state->command;
    command->contact.password = text_of(state->password.hash);
    command->cart = call->access.cart;
    new_token(call, &command->token);
    call_submit(call, &command->command, &command_customer_create, registered);
}

void sessions_register(struct call *call)
{
    struct customer_call *state = CALL_NEW(call, struct customer_call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    call->state = state;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    fields_customer(call, &body, &state->command.contact);
    if (state->command.contact.email.length == 0)
        json_in_fault(&body, "email", "missing", "an account needs one");
    fields_password(&body, "password", &state->password.password);
    json_in_end(&body);
    json_in_close(&in);
    if (!call_has_errors(call))
        call_work(call, hash_password, create_account);
}

/* --- logging in --- */

static void logged_in(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->session.after;
    customer_call_reply_session(call);
}

static void start_session(struct call *call)
{
    struct customer_call *state = call->state;
    if (!state->password.is_right) {
        call_refuse(call, ERR(ERR_LOGIN_FAILED));
        return;
    }
    struct session_command *session = &state->session;
    session->customer = state->command.number;
    session->password_event = state->customer.password_event;
    session->cart = call->access.cart;
    new_token(call, &session->token);
    call_submit(call, &session->command, &command_session_start, logged_in);
}

static struct err compare_password(struct call *call)
{
    struct customer_call *state = call->state;
    struct password_work *work = &state->password;
    bool is_account = state->contact.password.length > 0;
    if (is_account)
        memcpy(work->hash, state->contact.password.data, state->contact.password.length);
    const char *stored = is_account ? work->hash : call->accounts->nobodys_password;
    work->is_right = password_is(work->password, stored) && is_account;
    sodium_memzero((char *)(uintptr_t)work->password.data, work->password.length);
    return OK;
}

static void check_password(struct call *call)
{
    call_work(call, compare_password, start_session);
}

static void found(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->command.customer;
    call_load(call, customer_call_read, check_password);
}

static void read_login(struct call *call, struct json_in_object *body, struct customer_call *state)
{
    struct contact given = {0};
    uint8_t *tag = arena_alloc(call->arena, EMAIL_TAG_SIZE);
    if (json_in_text(body, "email", IN_REQUIRED, CONTACT_EMAIL_MAX, &given.email))
        email_tag(call->secret, given.email, tag);
    state->command.contact.email_tag = (struct text){(const char *)tag, EMAIL_TAG_SIZE};
    json_in_text(body, "password", IN_REQUIRED, PASSWORD_LENGTH_MAX, &state->password.password);
    json_in_end(body);
}

void sessions_create(struct call *call)
{
    struct customer_call *state = CALL_NEW(call, struct customer_call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    call->state = state;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    read_login(call, &body, state);
    json_in_close(&in);
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, &command_customer_find, found);
}

/* --- another token, and logging out --- */

static void rotated(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->session.after;
    call_load(call, customer_call_read, customer_call_reply_session);
}

static struct session_command *session_of(struct call *call)
{
    struct customer_call *state = CALL_NEW(call, struct customer_call);
    call->state = state;
    ensure(call->access.customer != 0);
    call->takes_no_key = true;
    state->command.number = call->access.customer;
    state->session.customer = call->access.customer;
    memcpy(state->session.digest, call->access.digest, sizeof(state->session.digest));
    return &state->session;
}

void sessions_rotate(struct call *call)
{
    struct session_command *session = session_of(call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, true, &in, &body, &has_body))
        return;
    if (has_body) {
        json_in_end(&body);
        json_in_close(&in);
    }
    if (call_has_errors(call))
        return;
    new_token(call, &session->token);
    call_submit(call, &session->command, &command_session_rotate, rotated);
}

static void ended(struct call *call)
{
    call_reply(call, 204);
}

void sessions_end(struct call *call)
{
    struct session_command *session = session_of(call);
    call_submit(call, &session->command, &command_session_end, ended);
}

void sessions_end_all(struct call *call)
{
    struct session_command *session = session_of(call);
    session->is_all = true;
    call_submit(call, &session->command, &command_session_end, ended);
}
