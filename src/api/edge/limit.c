#include "api/edge/limit.h"

#include "api/call.h"
#include "api/edge/client.h"

#include <stdio.h>

enum { IPV6_SITE_BYTES = 8, LIMIT_TEXT_SIZE = 160 };

static bool take(struct call *call, enum rate_kind kind, const void *who, uint32_t who_size)
{
    struct call_rate *counted = &call->rates[kind];
    counted->is_counted = true;
    if (rate_take(&call->edge->rate, kind, (struct text){who, who_size}, call->request->received_ns,
                  &counted->state))
        return true;
    call_retry_after(call, counted->state.retry_s);
    call_refuse_edge(call, EDGE_RATE_LIMITED);
    return false;
}

bool limit_address(struct call *call)
{
    const struct rate *rate = &call->edge->rate;
    bool is_limited = rate->policies[RATE_ADDRESS].per_s > 0 || rate->policies[RATE_KEY].per_s > 0;
    if (!is_limited)
        return true;
    struct address client = client_address(&call->edge->trusted_proxies, call->request);
    call->is_exempt = networks_have(&rate->exempt, &client);
    if (call->is_exempt || rate->policies[RATE_ADDRESS].per_s == 0)
        return true;
    /* One subscriber has a whole /64 of IPv6. */
    uint32_t size = address_is_ipv4(&client) ? ADDRESS_SIZE : IPV6_SITE_BYTES;
    return take(call, RATE_ADDRESS, client.bytes, size);
}

bool limit_key(struct call *call)
{
    struct principal principal = access_principal(&call->access);
    if (call->is_exempt || principal.kind == 0 || call->edge->rate.policies[RATE_KEY].per_s == 0)
        return true;
    return take(call, RATE_KEY, &principal, sizeof(principal));
}

void limit_tell(struct call *call)
{
    char policies[LIMIT_TEXT_SIZE];
    char states[LIMIT_TEXT_SIZE];
    int policies_length = 0;
    int states_length = 0;
    for (uint32_t i = 0; i < RATE_KIND_COUNT; i++) {
        if (!call->rates[i].is_counted)
            continue;
        const struct rate_policy *policy = &call->edge->rate.policies[i];
        const struct rate_state *state = &call->rates[i].state;
        const char *name = rate_kind_name((enum rate_kind)i);
        const char *comma = policies_length > 0 ? ", " : "";
        policies_length +=
            snprintf(policies + policies_length, sizeof(policies) - (size_t)policies_length,
                     "%s\"%s\";q=%u;w=%u", comma, name, policy->burst, rate_window_s(policy));
        states_length += snprintf(states + states_length, sizeof(states) - (size_t)states_length,
                                  "%s\"%s\";r=%u;t=%u", comma, name, state->left, state->reset_s);
    }
    if (policies_length == 0)
        return;
    call_header(call, "RateLimit-Policy", (struct text){policies, (uint32_t)policies_length});
    call_header(call, "RateLimit", (struct text){states, (uint32_t)states_length});
}
