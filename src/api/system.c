/* system.c - /healthz, /readyz, /metrics and the documents about the API. */
#include "api/call.h"
#include "api/embedded.h"

void system_health(struct call *call)
{
    call->has_no_tag = true;
    buffer_append_text(&call->request->reply, TEXT("{\"status\":\"ok\"}"));
    call_reply(call, 200);
}

/* The server listens only once the shop is loaded, so whoever gets here is ready, or late. */
void system_ready(struct call *call)
{
    call->has_no_tag = true;
    if (call->server != NULL && server_is_draining(call->server)) {
        buffer_append_text(&call->request->reply, TEXT("{\"status\":\"draining\"}"));
        call_reply(call, 503);
        return;
    }
    buffer_append_text(&call->request->reply, TEXT("{\"status\":\"ready\"}"));
    call_reply(call, 200);
}

void system_openapi(struct call *call)
{
    call->cache = "no-cache";
    buffer_append_text(&call->request->reply, embedded_openapi());
    call_reply(call, 200);
}

/* One page with its script in it, or with the viewer's; it talks to this server alone. */
static void reply_page(struct call *call, struct text page)
{
    call_header(
        call, "Content-Security-Policy",
        TEXT("default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; "
             "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"));
    call->cache = "no-cache";
    buffer_append_text(&call->request->reply, page);
    call_reply_as(call, 200, "text/html; charset=utf-8");
}

void system_docs_plain(struct call *call)
{
    reply_page(call, embedded_docs());
}

void system_docs(struct call *call)
{
    struct text page = embedded_viewer_page();
    reply_page(call, page.length > 0 ? page : embedded_docs());
}

void system_docs_viewer(struct call *call)
{
    struct text viewer = embedded_viewer();
    if (viewer.length == 0) {
        call_refuse_edge(call, EDGE_NOT_FOUND);
        return;
    }
    call->cache = "no-cache";
    buffer_append_text(&call->request->reply, viewer);
    call_reply_as(call, 200, "text/javascript; charset=utf-8");
}
