/* courier_hooks.c - a queue for every registered webhook, and what becomes of one that fails. */
#include "base/json_out.h"
#include "base/log.h"
#include "base/memory.h"
#include "notify/courier_parts.h"

#include <stdio.h>
#include <string.h>

enum { HOOKS_READ_EVERY_MS = 200, SHARED_HOOKS_READ_EVERY_MS = 1000, ID_SIZE = 64 };

static struct courier_hook *place_for(struct courier *courier, uint64_t number)
{
    struct courier_hook *place = NULL;
    for (uint32_t i = 0; i < courier->hook_count; i++) {
        struct courier_hook *hook = courier->hooks[i];
        if (hook->queue.webhook == number)
            return hook;
        if (!hook->is_open && hook->queue.under_way == 0)
            place = hook;
    }
    if (place == NULL && courier->hook_count < WEBHOOKS_MAX)
        place = courier->hooks[courier->hook_count++] = memory_alloc_zeroed(1, sizeof(*place));
    return place;
}

static void open_hook(struct courier *courier, const struct webhook *webhook)
{
    const struct notify_settings *settings = courier->options.settings;
    struct courier_hook *hook = place_for(courier, webhook->number);
    if (hook == NULL)
        return; /* others are still ending */
    if (hook->queue.webhook != webhook->number) {
        *hook = (struct courier_hook){
            .queue = {
                .channel = {.ops = &channel_webhook, .settings = settings, .state = &hook->target},
                .webhook = webhook->number,
                .retry_hours = settings->webhook_retry_hours,
                .workers = 1,
                .workers_max = settings->workers_max,
                .stats = {.name = channel_webhook.name}}};
        hook->queue.name = webhook_queue(webhook->number, hook->name);
        hook->target.now_ms = courier->options.now_ms;
    }
    hook->is_open = true;
    (void)snprintf(hook->target.url, sizeof(hook->target.url), "%.*s", TEXT_ARGS(webhook->url));
    memcpy(hook->target.key, webhook->key, sizeof(hook->target.key));
}

/* The address without what stands behind the '?', which may be a secret. */
static void write_disabled(struct buffer *data, uint64_t timeline, const struct webhook *webhook,
                           uint64_t now_ms)
{
    struct json_out json;
    struct text url = webhook->url;
    struct text address;
    char id[ID_SIZE];
    ensure(text_cut(&url, '?', &address));
    (void)snprintf(id, sizeof(id), "evt_%016llx_w%llu_%llu", (unsigned long long)timeline,
                   (unsigned long long)webhook->number, (unsigned long long)now_ms);
    json_out_init(&json, data);
    json_out_object_begin(&json);
    json_out_key(&json, "id");
    json_out_text(&json, text_of(id));
    json_out_key(&json, "type");
    json_out_text(&json, text_of(notice_name(NOTICE_webhook_disabled)));
    json_out_key(&json, "created_at");
    json_out_time(&json, now_ms);
    json_out_key(&json, "webhook");
    json_out_object_begin(&json);
    json_out_key(&json, "address");
    json_out_text(&json, address);
    json_out_key(&json, "failing_since");
    json_out_time(&json, webhook->failing_ms);
    json_out_object_end(&json);
    json_out_object_end(&json);
}

/* The operators are told that nothing goes to this address any more. */
static struct err tell_disabled(struct courier *courier, const struct webhook *webhook,
                                uint64_t now_ms)
{
    struct buffer data;
    struct err err = OK;
    buffer_init(&data, 1024);
    write_disabled(&data, ledger_timeline(courier->options.ledger), webhook, now_ms);
    for (uint32_t i = 0; i < courier->queue_count && err.code == ERR_NONE; i++) {
        const struct courier_queue *queue = &courier->queues[i];
        const struct delivery delivery = {.queue = queue->name,
                                          .notice = text_of(notice_name(NOTICE_webhook_disabled)),
                                          .subject = webhook->number,
                                          .created_ms = now_ms,
                                          .data = buffer_text(&data)};
        if (channel_takes(queue->channel.ops, AUDIENCE_OPERATORS))
            err = ledger_add(courier->options.ledger, &delivery);
    }
    buffer_release(&data);
    return err;
}

/* Within a transaction. */
static struct err look_after_hooks(struct courier *courier, uint64_t now_ms)
{
    struct ledger *ledger = courier->options.ledger;
    uint64_t limit_ms = courier->options.settings->webhook_retry_hours * MS_PER_HOUR;
    struct webhook *webhooks;
    struct webhook disabled;
    uint32_t count = 0;
    bool is_found = false;
    TRY(ledger_disable_failing(ledger, now_ms > limit_ms ? now_ms - limit_ms : 0, now_ms,
                               &courier->arena, &disabled, &is_found));
    if (is_found) {
        log_warning("webhook disabled", "number=%llu", (unsigned long long)disabled.number);
        TRY(tell_disabled(courier, &disabled, now_ms));
    }
    TRY(ledger_webhooks(ledger, &courier->arena, &webhooks, &count));
    for (uint32_t i = 0; i < courier->hook_count; i++)
        courier->hooks[i]->is_open = false;
    for (uint32_t i = 0; i < count; i++) {
        if (webhooks[i].is_enabled)
            open_hook(courier, &webhooks[i]);
    }
    return OK;
}

static struct err read_hooks(struct courier *courier)
{
    struct ledger *ledger = courier->options.ledger;
    uint64_t now_ms = courier->options.now_ms();
    uint64_t every_ms = ledger_is_shared(ledger) ? SHARED_HOOKS_READ_EVERY_MS : HOOKS_READ_EVERY_MS;
    if (now_ms < courier->hooks_read_ms + every_ms)
        return OK;
    arena_reset(&courier->arena);
    TRY(ledger_begin(ledger));
    TRY(ledger_end(ledger, look_after_hooks(courier, now_ms)));
    courier->hooks_read_ms = now_ms;
    return OK;
}

struct err courier_fill_hooks(struct courier *courier, bool is_woken)
{
    TRY(read_hooks(courier));
    for (uint32_t i = 0; i < courier->hook_count; i++) {
        struct courier_hook *hook = courier->hooks[i];
        if (is_woken)
            hook->queue.claim_ms = 0;
        if (hook->is_open)
            TRY(courier_fill_queue(courier, &hook->queue));
    }
    return OK;
}
