#include "api/customer_call.h"

#include "api/edge/client.h"
#include "api/render/render.h"
#include "base/clock.h"

#include <sodium.h>
#include <string.h>

struct err customer_call_read(struct call *call, struct store_reader *reader)
{
    struct customer_call *state = call->state;
    bool is_found = false;
    if (state->customer.contact == 0)
        return OK;
    TRY(store_read_contact(reader, state->customer.contact, call->arena, &state->contact,
                           &is_found));
    if (!is_found)
        state->contact = (struct contact){.number = 0};
    return OK;
}

void customer_call_reply_session(struct call *call, int status)
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
    call_reply(call, status);
}

void customer_call_new_token(struct call *call, struct token_start *token)
{
    struct customer_call *state = call->state;
    call->takes_no_key = true; /* nothing keeps a token but whoever gets it */
    bearer_new(call->secret, BEARER_TOKEN, state->token, token->digest);
    token->life_ms = call->accounts->session_life_ms;
}

void customer_call_try(struct call *call, const uint8_t tag[EMAIL_TAG_SIZE])
{
    struct customer_call *state = call->state;
    struct login_try *who = &state->who;
    memcpy(who->account, tag, EMAIL_TAG_SIZE);
    who->address = client_address(&call->edge->trusted_proxies, call->request);
    who->is_exempt = networks_have(&call->edge->rate.exempt, &who->address);
}

bool customer_call_may(struct call *call, enum login_count count)
{
    struct customer_call *state = call->state;
    struct login_guard *guard = call->accounts->guard;
    uint64_t now_ms = clock_wall_ms();
    uint32_t wait_s = count == LOGIN_COUNTS
                          ? login_guard_take(guard, &state->who, now_ms)
                          : login_guard_take_one(guard, count, &state->who, now_ms);
    if (wait_s == 0)
        return true;
    call_retry_after(call, wait_s);
    call_refuse_edge(call, EDGE_TOO_MANY_TRIES);
    return false;
}

static void wipe(struct text password)
{
    sodium_memzero((char *)(uintptr_t)password.data, password.length);
}

struct err customer_call_hash(struct call *call)
{
    struct customer_call *state = call->state;
    struct password_work *work = &state->password;
    bool is_hashed = password_hash(&call->accounts->cost, work->password, work->hash);
    wipe(work->password);
    return is_hashed ? OK : ERR_AT(ERR_OVERLOADED, 0, .value = 1);
}

/* Compares, without wiping what was given. */
static void compare(struct call *call)
{
    struct customer_call *state = call->state;
    struct password_work *work = &state->password;
    struct text kept = state->contact.password;
    bool is_account = kept.length > 0 && kept.length < sizeof(work->hash);
    if (is_account)
        memcpy(work->hash, kept.data, kept.length);
    const char *stored = is_account ? work->hash : call->accounts->nobodys_password;
    work->is_right = password_is(work->password, stored) && is_account;
}

struct err customer_call_compare(struct call *call)
{
    struct customer_call *state = call->state;
    compare(call);
    wipe(state->password.password);
    return OK;
}

struct err customer_call_log_in(struct call *call)
{
    struct customer_call *state = call->state;
    const struct password_cost *cost = &call->accounts->cost;
    struct password_work *work = &state->password;
    compare(call);
    state->is_rehashed = work->is_right && password_is_outdated(cost, work->hash) &&
                         password_hash(cost, work->password, state->new_password.hash);
    wipe(work->password);
    return OK;
}
