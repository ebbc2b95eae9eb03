#include "api/callback.h"

#include "api/api.h"
#include "base/clock.h"

static bool is_from_whom_we_know(struct call *call, const struct signature_secrets *secrets)
{
    static const enum edge_problem problems[] = {
        [SIGNATURE_MALFORMED] = EDGE_SIGNATURE_INVALID,
        [SIGNATURE_EXPIRED] = EDGE_SIGNATURE_EXPIRED,
        [SIGNATURE_WRONG] = EDGE_SIGNATURE_INVALID,
    };
    const struct request *request = call->request;
    if (secrets->count == 0) {
        call_refuse_edge(call, EDGE_CALLBACKS_OFF);
        return false;
    }
    enum signature_verdict verdict =
        signature_check(secrets, request_header(request, TEXT("Shopd-Signature")), request->body,
                        clock_wall_ms(), call->callbacks->tolerance_ms);
    if (verdict != SIGNATURE_GOOD)
        call_refuse_edge(call, problems[verdict]);
    return verdict == SIGNATURE_GOOD;
}

bool callback_open(struct call *call, const struct signature_secrets *secrets, struct json_in *in,
                   struct json_in_object *body_out)
{
    bool has_body;
    return is_from_whom_we_know(call, secrets) && call_body(call, false, in, body_out, &has_body);
}
