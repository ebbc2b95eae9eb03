#include "api/edge/cors.h"

#include "api/call.h"

#define EXPOSED "ETag, Link, Location, RateLimit, RateLimit-Policy, Request-Id, Retry-After"
#define ALLOWED                                                                                    \
    "Authorization, Cart-Token, Content-Type, Idempotency-Key, If-Match, If-None-Match, Region, "  \
    "Request-Id, Traceparent"

void cors_init(struct cors *cors, struct text list, uint32_t max_age_s)
{
    *cors = (struct cors){.max_age_s = max_age_s};
    struct text origin;
    while (text_cut_word(&list, &origin)) {
        ensure(cors->count < CORS_ORIGINS_MAX);
        cors->is_any |= text_equal(origin, TEXT("*"));
        cors->origins[cors->count++] = origin;
    }
}

static bool is_allowed(const struct cors *cors, struct text origin)
{
    if (origin.length == 0 || origin.length > CORS_ORIGIN_MAX)
        return false;
    for (uint32_t i = 0; i < cors->count; i++) {
        if (text_equal_ignoring_case(cors->origins[i], origin))
            return true;
    }
    return cors->is_any;
}

/* The origin that this answer is for; TEXT_NONE when it is for none. */
static struct text allow_origin(const struct cors *cors, struct call *call)
{
    if (cors->count == 0)
        return TEXT_NONE;
    if (!cors->is_any)
        call_header(call, "Vary", TEXT("Origin"));
    struct text origin = request_header(call->request, TEXT("Origin"));
    if (!is_allowed(cors, origin))
        return TEXT_NONE;
    call_header(call, "Access-Control-Allow-Origin", cors->is_any ? TEXT("*") : origin);
    return origin;
}

void cors_allow(const struct cors *cors, struct call *call)
{
    if (allow_origin(cors, call).length > 0)
        call_header(call, "Access-Control-Expose-Headers", TEXT(EXPOSED));
}

bool cors_preflight(const struct cors *cors, struct call *call, uint32_t methods)
{
    struct text wanted = request_header(call->request, TEXT("Access-Control-Request-Method"));
    if (call->request->method != METHOD_OPTIONS || wanted.data == NULL)
        return false;
    if (allow_origin(cors, call).length == 0)
        return false;
    struct buffer text;
    buffer_init(&text, 64);
    call_append_methods(&text, methods);
    call_header(call, "Access-Control-Allow-Methods", buffer_text(&text));
    call_header(call, "Access-Control-Allow-Headers", TEXT(ALLOWED));
    buffer_reset(&text);
    buffer_append_u64(&text, cors->max_age_s);
    call_header(call, "Access-Control-Max-Age", buffer_text(&text));
    buffer_release(&text);
    call_reply(call, 204);
    return true;
}
