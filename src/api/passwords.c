/*
 * passwords.c - another password: for whoever knows the old one, or has the token that was mailed
 * to the account's address.
 *
 * Asking for that mail is answered before anybody looks whether there is such an account: the
 * answer is the same, and takes as long.
 */
#include "api/customer_call.h"
#include "api/input/fields.h"
#include "base/clock.h"
#include "base/memory.h"
#include "shop/reset_token.h"

#include <sodium.h>
#include <string.h>

static void changed(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->command.customer;
    customer_call_reply_session(call, 200);
}

static void read_contact(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->command.customer;
    call_load(call, customer_call_read, changed);
}

static void set_password(struct call *call, const char *hash)
{
    struct customer_call *state = call->state;
    struct customer_command *command = &state->command;
    command->contact = (struct contact){.password = text_of(hash)};
    customer_call_new_token(call, &command->token);
    call_submit(call, &command->command, &command_password_set, read_contact);
}

/* --- with the old password --- */

static struct err compare_and_hash(struct call *call)
{
    struct customer_call *state = call->state;
    struct password_work *work = &state->new_password;
    TRY(customer_call_compare(call));
    bool is_hashed = !state->password.is_right ||
                     password_hash(&call->accounts->cost, work->password, work->hash);
    sodium_memzero((char *)(uintptr_t)work->password.data, work->password.length);
    return is_hashed ? OK : ERR_AT(ERR_OVERLOADED, 0, .value = 1);
}

static void compared(struct call *call)
{
    struct customer_call *state = call->state;
    if (!state->password.is_right) {
        call_refuse(call, ERR(ERR_LOGIN_FAILED));
        return;
    }
    login_guard_succeeded(call->accounts->guard, &state->who, clock_wall_ms());
    state->command.password_event = state->customer.password_event;
    set_password(call, state->new_password.hash);
}

static void compare(struct call *call)
{
    call_work(call, compare_and_hash, compared);
}

static void viewed(struct call *call)
{
    struct customer_call *state = call->state;
    state->customer = state->command.customer;
    customer_call_try(call, state->customer.email_tag);
    if (customer_call_may(call, LOGIN_COUNTS))
        call_load(call, customer_call_read, compare);
}

void passwords_change(struct call *call)
{
    struct customer_call *state = CALL_NEW(call, struct customer_call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    call->state = state;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    json_in_text(&body, "current_password", IN_REQUIRED, PASSWORD_LENGTH_MAX,
                 &state->password.password);
    fields_password(&body, "password", &state->new_password.password);
    json_in_end(&body);
    json_in_close(&in);
    state->command.number = call->access.customer;
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, &command_customer_view, viewed);
}

/* --- forgotten --- */

/* Nobody waits for it. */
struct ask {
    struct customer_command command;
    uint8_t tag[EMAIL_TAG_SIZE];
};

static void asked(struct command *command)
{
    memory_free(command);
}

static void ask_later(struct call *call, const uint8_t tag[EMAIL_TAG_SIZE])
{
    struct ask *ask = memory_alloc_zeroed(1, sizeof(*ask));
    memcpy(ask->tag, tag, sizeof(ask->tag));
    ask->command.command = (struct command){
        .ops = &command_password_reset, .actor = ACTOR_GUEST, .done = asked, .owner = ask};
    ask->command.contact.email_tag = (struct text){(const char *)ask->tag, EMAIL_TAG_SIZE};
    ask->command.life_ms = call->accounts->reset_life_ms;
    if (executor_submit(call->executor, &ask->command.command).code != ERR_NONE)
        memory_free(ask); /* too busy: whoever asked asks again */
}

void passwords_ask(struct call *call)
{
    struct customer_call *state = CALL_NEW(call, struct customer_call);
    struct json_in in;
    struct json_in_object body;
    struct text email;
    bool has_body;
    uint8_t tag[EMAIL_TAG_SIZE] = {0};
    call->state = state;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    if (json_in_text(&body, "email", IN_REQUIRED, CONTACT_EMAIL_MAX, &email))
        email_tag(call->secret, email, tag);
    json_in_end(&body);
    json_in_close(&in);
    if (call_has_errors(call))
        return;
    customer_call_try(call, tag);
    if (!customer_call_may(call, RESET_OF_ADDRESS) || !customer_call_may(call, RESET_OF_ACCOUNT))
        return;
    ask_later(call, tag);
    call_reply(call, 202);
}

static void reset(struct call *call)
{
    const struct customer_call *state = call->state;
    set_password(call, state->password.hash);
}

static void check_token(struct call *call)
{
    struct customer_call *state = call->state;
    struct customer_command *command = &state->command;
    uint64_t event = command->customer.reset_event;
    if (event == 0 || !reset_token_is(call->secret, state->reset_token, command->number, event)) {
        call_refuse(call, ERR(ERR_RESET_UNKNOWN));
        return;
    }
    command->reset_event = event;
    call_work(call, customer_call_hash, reset);
}

static void refuse_token(struct call *call, struct err err)
{
    call_refuse(call, err.code == ERR_CUSTOMER_UNKNOWN ? ERR(ERR_RESET_UNKNOWN) : err);
}

void passwords_reset(struct call *call)
{
    struct customer_call *state = CALL_NEW(call, struct customer_call);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    call->state = state;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    json_in_text(&body, "token", IN_REQUIRED, 200, &state->reset_token);
    fields_password(&body, "password", &state->password.password);
    json_in_end(&body);
    json_in_close(&in);
    if (call_has_errors(call))
        return;
    call->refused = refuse_token;
    if (!reset_token_read(call->secret, state->reset_token, &state->command.number))
        call_refuse(call, ERR(ERR_RESET_UNKNOWN));
    else
        call_submit(call, &state->command.command, &command_customer_view, check_token);
}
