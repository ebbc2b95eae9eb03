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
#include "base/clock.h"

#include <string.h>

/* --- registering --- */

static void registered(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->command.customer;
    state->contact = state->command.contact;
    customer_call_reply_session(call, 201);
}

static void create_account(struct call *call)
{
    struct customer_call *state = call->state;
    struct customer_command *command = &state->command;
    command->contact.password = text_of(state->password.hash);
    command->cart = call->access.cart;
    customer_call_new_token(call, &command->token);
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
    if (call_has_errors(call))
        return;
    customer_call_try(call, (const uint8_t *)state->command.contact.email_tag.data);
    if (customer_call_may(call, REGISTRATION_OF_ADDRESS))
        call_work(call, customer_call_hash, create_account);
}

/* --- logging in --- */

static void logged_in(struct call *call)
{
    struct customer_call *state = call->state;
    login_guard_succeeded(call->accounts->guard, &state->who, clock_wall_ms());
    state->customer = state->session.after;
    customer_call_reply_session(call, 201);
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
    if (state->is_rehashed)
        session->password = text_of(state->new_password.hash);
    customer_call_new_token(call, &session->token);
    call_submit(call, &session->command, &command_session_start, logged_in);
}

static void check_password(struct call *call)
{
    call_work(call, customer_call_log_in, start_session);
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
    if (call_has_errors(call))
        return;
    customer_call_try(call, (const uint8_t *)state->command.contact.email_tag.data);
    if (customer_call_may(call, LOGIN_COUNTS))
        call_submit(call, &state->command.command, &command_customer_find, found);
}

/* --- another token, and logging out --- */

static void show_session(struct call *call)
{
    customer_call_reply_session(call, 201);
}

static void rotated(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->session.after;
    call_load(call, customer_call_read, show_session);
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
    customer_call_new_token(call, &session->token);
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
