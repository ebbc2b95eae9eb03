/* system.c - /healthz, /readyz, /metrics and the documents about the API. */
#include "api/call.h"
#include "api/embedded.h"
#include "api/reading.h"

#include <inttypes.h>

void system_health(struct call *call)
{
    call->has_no_tag = true;
    buffer_append_text(&call->request->reply, TEXT("{\"status\":\"ok\"}"));
    call_reply(call, 200);
}

static void write_reason(struct json_out *json, const char *code, struct text detail)
{
    json_out_object_begin(json);
    json_out_key(json, "code");
    json_out_text(json, text_of(code));
    json_out_key(json, "detail");
    json_out_text(json, detail);
    json_out_object_end(json);
}

static void write_verdict(struct call *call, struct json_out *json)
{
    struct health_verdict verdict = health_verdict(call->health);
    const struct health_limits *limits = health_limits(call->health);
    struct buffer detail;
    buffer_init(&detail, 128);
    if (verdict.is_slow) {
        buffer_printf(&detail, "1 %% of checkouts took longer than %u ms; %u ms are allowed",
                      verdict.checkout_p99_ms, limits->checkout_p99_ms);
        write_reason(json, "checkout_slow", buffer_text(&detail));
    }
    buffer_reset(&detail);
    if (verdict.is_failing) {
        buffer_printf(&detail, "%u.%02u %% of answers were 5xx; %u.%02u %% are allowed",
                      verdict.failures_basis_points / 100, verdict.failures_basis_points % 100,
                      limits->failures_basis_points / 100, limits->failures_basis_points % 100);
        write_reason(json, "failing", buffer_text(&detail));
    }
    buffer_release(&detail);
}

static void write_reading(struct json_out *json, const struct reading *reading)
{
    json_out_key(json, "read_only");
    json_out_bool(json, true);
    json_out_key(json, "behind");
    json_out_object_begin(json);
    json_out_key(json, "seconds");
    json_out_u64(json, reading->lag.ms / 1000);
    json_out_key(json, "events");
    json_out_u64(json, reading->lag.events);
    json_out_object_end(json);
}

static void write_why_stale(struct json_out *json, const struct reading *reading)
{
    struct buffer detail;
    buffer_init(&detail, 128);
    if (reading->is_away)
        write_reason(json, "database_away",
                     TEXT("the database does not answer; what is shown is what was read before"));
    if (reading->is_late) {
        buffer_printf(&detail, "nothing newer than %" PRIu64 " s was read; %u s are allowed",
                      reading->lag.ms / 1000, reading->late_s);
        write_reason(json, "behind", buffer_text(&detail));
    }
    buffer_release(&detail);
}

/* The server listens only once the shop is loaded, so whoever gets here is ready, or late. A
 * degraded shop still sells: it is no reason to send nobody here. */
void system_ready(struct call *call)
{
    bool is_draining = call->server != NULL && server_is_draining(call->server);
    bool is_degraded = health_is_degraded(call->health);
    struct reading reading = reading_look(call);
    const char *otherwise = is_degraded || reading.is_stale ? "degraded" : "ok";
    struct json_out json;
    call->has_no_tag = true;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "status");
    json_out_text(&json, text_of(is_draining ? "draining" : otherwise));
    json_out_key(&json, "reasons");
    json_out_array_begin(&json);
    if (is_draining)
        write_reason(&json, "stopping", TEXT("the server was told to stop"));
    if (is_degraded)
        write_verdict(call, &json);
    write_why_stale(&json, &reading);
    json_out_array_end(&json);
    json_out_key(&json, "omitted");
    json_out_array_begin(&json);
    if (is_degraded) {
        json_out_text(&json, TEXT("facets"));
        json_out_text(&json, TEXT("suggestions"));
    }
    json_out_array_end(&json);
    if (reading.is_on)
        write_reading(&json, &reading);
    json_out_object_end(&json);
    call_reply(call, is_draining ? 503 : 200);
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
