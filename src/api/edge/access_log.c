#include "api/edge/access_log.h"

#include "api/call.h"
#include "base/log.h"

#include <inttypes.h>

static const char *sender_name(const struct access *access)
{
    if (access->is_operator)
        return "operator";
    if (access->customer != 0)
        return "customer";
    return access->cart != 0 ? "cart" : "anybody";
}

void access_log_write(const struct call *call, int status, uint64_t took_ns)
{
    uint32_t level = call->edge->access_log;
    if (level == ACCESS_LOG_OFF || (level == ACCESS_LOG_REFUSED && status < 400))
        return;
    const struct request *request = call->request;
    log_info("request",
             ORIGIN_FORMAT " method=%s route=%s status=%d bytes=%zu us=%" PRIu64 " from=%s",
             ORIGIN_ARGS(&call->origin), call_method_name(request->method),
             call->route == NULL ? "none" : call->route->path, status, request->reply.length,
             took_ns / 1000, sender_name(&call->access));
}

void access_log_write_refusal(uint32_t level, const struct server_refusal *refusal)
{
    if (level != ACCESS_LOG_OFF)
        log_info("request refused", "status=%d code=%s", refusal->status, refusal->code);
}
