#include "notify/ledger_webhooks.h"

#include "notify/ledger_parts.h"

#include <stdio.h>
#include <string.h>

_Static_assert(NOTICE_COUNT < 64, "a bit for each notice");

struct text webhook_queue(uint64_t number, char queue_out[WEBHOOK_QUEUE_SIZE])
{
    (void)snprintf(queue_out, WEBHOOK_QUEUE_SIZE, "webhook:%llu", (unsigned long long)number);
    return text_of(queue_out);
}

bool webhook_wants(const struct webhook *webhook, enum notice notice)
{
    return webhook->is_enabled && (webhook->notices >> notice & 1) != 0;
}

static struct webhook read_webhook(struct ledger *ledger, enum ledger_statement row,
                                   struct arena *arena)
{
    struct webhook webhook = {
        .number = ledger_u64(ledger, row, 0),
        .url = ledger_column_text(ledger, row, 1, arena),
        .notices = ledger_u64(ledger, row, 3),
        .is_enabled = ledger_u64(ledger, row, 4) != 0,
        .created_ms = ledger_u64(ledger, row, 5),
        .failing_ms = ledger_u64(ledger, row, 6),
        .disabled_ms = ledger_u64(ledger, row, 7),
    };
    struct text key = database_get_bytes(ledger->db, row, 2);
    if (key.length == WEBHOOK_KEY_SIZE)
        memcpy(webhook.key, key.data, WEBHOOK_KEY_SIZE);
    return webhook;
}

struct err ledger_webhooks(struct ledger *ledger, struct arena *arena,
                           struct webhook **webhooks_out, uint32_t *count_out)
{
    const enum ledger_statement list = LEDGER_WEBHOOKS;
    bool has_row = false;
    *webhooks_out = arena_alloc_array(arena, WEBHOOKS_MAX, sizeof(**webhooks_out));
    *count_out = 0;
    ledger_bind(ledger, list, 1, WEBHOOKS_MAX);
    TRY(ledger_next(ledger, list, &has_row));
    while (has_row) {
        (*webhooks_out)[(*count_out)++] = read_webhook(ledger, list, arena);
        TRY(ledger_next(ledger, list, &has_row));
    }
    return OK;
}

/* All but the number, from parameter `first` on. */
static void bind_webhook(struct ledger *ledger, enum ledger_statement put, int first,
                         const struct webhook *webhook)
{
    ledger_bind_text(ledger, put, first, webhook->url);
    database_bind_blob(ledger->db, put, first + 1,
                       (struct text){(const char *)webhook->key, WEBHOOK_KEY_SIZE});
    ledger_bind(ledger, put, first + 2, webhook->notices);
    ledger_bind(ledger, put, first + 3, webhook->is_enabled);
    ledger_bind(ledger, put, first + 4, webhook->created_ms);
    ledger_bind(ledger, put, first + 5, webhook->failing_ms);
    ledger_bind(ledger, put, first + 6, webhook->disabled_ms);
}

static struct err add_webhook(struct ledger *ledger, struct webhook *webhook)
{
    bool has_row = false;
    bind_webhook(ledger, LEDGER_ADD_WEBHOOK, 1, webhook);
    TRY(ledger_next(ledger, LEDGER_ADD_WEBHOOK, &has_row));
    if (has_row)
        webhook->number = ledger_u64(ledger, LEDGER_ADD_WEBHOOK, 0);
    ledger_reset(ledger, LEDGER_ADD_WEBHOOK);
    return OK;
}

struct err ledger_put_webhook(struct ledger *ledger, struct webhook *webhook)
{
    if (webhook->number == 0)
        return add_webhook(ledger, webhook);
    ledger_bind(ledger, LEDGER_PUT_WEBHOOK, 1, webhook->number);
    bind_webhook(ledger, LEDGER_PUT_WEBHOOK, 2, webhook);
    return ledger_run(ledger, LEDGER_PUT_WEBHOOK);
}

static struct err run_with(struct ledger *ledger, enum ledger_statement statement, uint64_t number)
{
    ledger_bind(ledger, statement, 1, number);
    return ledger_run(ledger, statement);
}

static struct err run_on_queue(struct ledger *ledger, enum ledger_statement statement,
                               uint64_t number)
{
    char queue[WEBHOOK_QUEUE_SIZE];
    ledger_bind_text(ledger, statement, 1, webhook_queue(number, queue));
    return ledger_run(ledger, statement);
}

struct err ledger_drop_webhook(struct ledger *ledger, uint64_t number)
{
    TRY(run_with(ledger, LEDGER_DROP_WEBHOOK, number));
    TRY(run_with(ledger, LEDGER_DROP_TRIES, number));
    return run_on_queue(ledger, LEDGER_DROP_QUEUE, number);
}

struct err ledger_add_try(struct ledger *ledger, uint64_t webhook,
                          const struct webhook_try *attempt)
{
    const enum ledger_statement add = LEDGER_ADD_TRY;
    ledger_bind(ledger, add, 1, webhook);
    ledger_bind(ledger, add, 2, attempt->delivery);
    ledger_bind(ledger, add, 3, attempt->event);
    ledger_bind_text(ledger, add, 4, attempt->notice);
    ledger_bind(ledger, add, 5, attempt->at_ms);
    ledger_bind(ledger, add, 6, attempt->attempt);
    ledger_bind(ledger, add, 7, attempt->status);
    ledger_bind_text(ledger, add, 8, attempt->reason);
    return ledger_run(ledger, add);
}

struct err ledger_log_try(struct ledger *ledger, uint64_t webhook,
                          const struct webhook_try *attempt, bool is_accepted)
{
    TRY(ledger_add_try(ledger, webhook, attempt));
    const enum ledger_statement trim = LEDGER_TRIM_TRIES;
    ledger_bind(ledger, trim, 1, webhook);
    ledger_bind(ledger, trim, 2, WEBHOOK_LOG_MAX);
    TRY(ledger_run(ledger, trim));
    if (is_accepted)
        return run_with(ledger, LEDGER_WEBHOOK_WELL, webhook);
    const enum ledger_statement fails = LEDGER_WEBHOOK_FAILS;
    ledger_bind(ledger, fails, 1, attempt->at_ms);
    ledger_bind(ledger, fails, 2, webhook);
    return ledger_run(ledger, fails);
}

struct err ledger_tries(struct ledger *ledger, uint64_t webhook, uint64_t before, uint32_t limit,
                        struct arena *arena, struct webhook_tries *tries_out)
{
    const enum ledger_statement list = LEDGER_TRIES;
    struct webhook_try *tries = arena_alloc_array(arena, limit + 1, sizeof(*tries));
    uint32_t count = 0;
    bool has_row = false;
    ledger_bind(ledger, list, 1, webhook);
    ledger_bind(ledger, list, 2, before == 0 ? INT64_MAX : before);
    ledger_bind(ledger, list, 3, limit + 1);
    TRY(ledger_next(ledger, list, &has_row));
    while (has_row) {
        tries[count++] = (struct webhook_try){
            .number = ledger_u64(ledger, list, 0),
            .delivery = ledger_u64(ledger, list, 1),
            .event = ledger_u64(ledger, list, 2),
            .notice = ledger_column_text(ledger, list, 3, arena),
            .at_ms = ledger_u64(ledger, list, 4),
            .attempt = (uint32_t)ledger_u64(ledger, list, 5),
            .status = (uint32_t)ledger_u64(ledger, list, 6),
            .reason = ledger_column_text(ledger, list, 7, arena),
        };
        TRY(ledger_next(ledger, list, &has_row));
    }
    bool has_more = count > limit;
    *tries_out = (struct webhook_tries){tries, has_more ? limit : count, has_more};
    return OK;
}

struct err ledger_disable_failing(struct ledger *ledger, uint64_t failing_ms, uint64_t now_ms,
                                  struct arena *arena, struct webhook *webhook_out, bool *found_out)
{
    const enum ledger_statement failing = LEDGER_FAILING;
    ledger_bind(ledger, failing, 1, failing_ms);
    TRY(ledger_next(ledger, failing, found_out));
    if (!*found_out)
        return OK;
    *webhook_out = read_webhook(ledger, failing, arena);
    ledger_reset(ledger, failing);
    webhook_out->is_enabled = false;
    webhook_out->disabled_ms = now_ms;
    TRY(ledger_put_webhook(ledger, webhook_out));
    return run_on_queue(ledger, LEDGER_KILL_QUEUE, webhook_out->number);
}
