/*
 * api.h - the JSON API under /v1 on top of net/server.h: the contract is docs/api/openapi.json.
 *
 * Reads of the catalogue are answered on the loop from the view; everything else becomes a command
 * for the executor or a task for a loader, and is answered when it comes back. One struct api
 * serves all loops; nothing in it changes once they run but two atomic counters, so the callbacks
 * are for any thread.
 *
 *   struct api *api = api_open(&options);
 *   server_options.context = api;
 *   server_options.handler = api_handler;
 *   server_options.refuse = api_refuse;
 *   server_options.thread_start = api_thread_start;
 *   server_options.thread_stop = api_thread_stop;
 *   server = server_open(&server_options); api_attach_server(api, server); server_start(server);
 */
#ifndef API_API_H
#define API_API_H

#include "api/edge/edge.h"
#include "api/health.h"
#include "api/login_guard.h"
#include "api/password.h"
#include "api/signature.h"
#include "app/credentials.h"
#include "app/executor.h"
#include "app/follow/event_sink.h"
#include "app/follow/follower.h"
#include "app/scheduler.h"
#include "app/workers.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/text.h"
#include "net/server.h"
#include "notify/courier.h"
#include "search/backend.h"
#include "search/view.h"
#include "store/store.h"

#include <stdint.h>

struct api;

/* Who may call back, and how old a callback may be. */
struct callbacks {
    struct signature_secrets payment;
    struct signature_secrets shipment;
    uint64_t tolerance_ms;
};

struct api_options {
    struct executor *executor;
    struct view *view;
    struct search_backend *search;
    struct store *store;
    struct credentials *credentials;
    struct workers *workers; /* for passwords; they must be stopped before the server is closed */
    uint8_t secret[HASH_SECRET_SIZE];  /* of the store: ids, tokens and cursors are keyed with it */
    struct text operator_key;          /* copied as a keyed tag; not empty */
    uint64_t epoch;                    /* of this process: upper part of cart numbers */
    const struct callbacks *callbacks; /* borrowed for as long as the api is open */
    const struct scheduler *scheduler; /* may be NULL; outlives the api */
    uint64_t payment_ms;               /* how long an order waits to be paid */
    struct password_cost password_cost;
    uint64_t session_life_ms;
    uint64_t reset_life_ms;
    const struct tiers *tiers;      /* borrowed for as long as the api is open */
    uint32_t review_text_max;       /* bytes, at most REVIEW_TEXT_MAX */
    struct login_guard login_guard; /* not opened yet */
    struct edge edge;               /* its rate not opened yet */
    uint32_t rate_clients_max;
    /* What follows the events; may be NULL and none. They outlive the api. */
    struct live *live;
    const struct event_sink *event_sink;
    struct ledger *ledger;
    struct courier *courier;
    struct follower *const *followers;
    uint32_t follower_count;
    struct health_limits health;
    uint32_t read_behind_max_s; /* read only: /readyz says degraded beyond; 0 = never */
    const char *region;         /* what the header Region may say; borrowed */
    const char *data_folder;    /* whose disk /metrics shows; borrowed; may be NULL */
};

struct api *api_open(const struct api_options *options) MUST_USE;
void api_close(struct api *api);
/* Before server_start(): whose numbers /metrics shows. Without it they are left out. */
void api_attach_server(struct api *api, const struct server *server);

/* The callbacks for struct server_options; `context` is the struct api. */
void api_handler(void *context, struct request *request);
const char *api_refuse(void *context, const struct server_refusal *refusal, struct buffer *body);
void api_thread_start(void *context);
void api_thread_stop(void *context);

#endif
