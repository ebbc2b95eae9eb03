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

static struct webhook read_webhook(sqlite3_stmt *row, struct arena *arena)
{
    struct webhook webhook = {
        .number = (uint64_t)sqlite3_column_int64(row, 0),
        .url = ledger_column_text(row, 1, arena),
        .notices = (uint64_t)sqlite3_column_int64(row, 3),
        .is_enabled = sqlite3_column_int64(row, 4) != 0,
        .created_ms = (uint64_t)sqlite3_column_int64(row, 5),
        .failing_ms = (uint64_t)sqlite3_column_int64(row, 6),
        .disabled_ms = (uint64_t)sqlite3_column_int64(row, 7),
    };
    const void *key = sqlite3_column_blob(row, 2);
    if (key != NULL && sqlite3_column_bytes(row, 2) == WEBHOOK_KEY_SIZE)
        memcpy(webhook.key, key, WEBHOOK_KEY_SIZE);
    return webhook;
}

struct err ledger_webhooks(struct ledger *ledger, struct arena *arena,
                           struct webhook **webhooks_out, uint32_t *count_out)
{
    sqlite3_stmt *list = ledger_statement(ledger, LEDGER_WEBHOOKS);
    bool has_row = false;
    *webhooks_out = arena_alloc_array(arena, WEBHOOKS_MAX, sizeof(**webhooks_out));
    *count_out = 0;
    ledger_bind(list, 1, WEBHOOKS_MAX);
    TRY(ledger_next(ledger, list, &has_row));
    while (has_row) {
        (*webhooks_out)[(*count_out)++] = read_webhook(list, arena);
        TRY(ledger_next(ledger, list, &has_row));
    }
    return OK;
}

struct err ledger_put_webhook(struct ledger *ledger, struct webhook *webhook)
{
    sqlite3_stmt *put = ledger_statement(ledger, LEDGER_PUT_WEBHOOK);
    if (webhook->number == 0)
        ensure(sqlite3_bind_null(put, 1) == SQLITE_OK);
    else
        ledger_bind(put, 1, webhook->number);
    ledger_bind_text(put, 2, webhook->url);
    ensure(sqlite3_bind_blob(put, 3, webhook->key, WEBHOOK_KEY_SIZE, SQLITE_STATIC) == SQLITE_OK);
    ledger_bind(put, 4, webhook->notices);
    ledger_bind(put, 5, webhook->is_enabled);
    ledger_bind(put, 6, webhook->created_ms);
    ledger_bind(put, 7, webhook->failing_ms);
    ledger_bind(put, 8, webhook->disabled_ms);
    TRY(ledger_run(ledger, put));
    if (webhook->number == 0)
        webhook->number = (uint64_t)sqlite3_last_insert_rowid(ledger->db);
    return OK;
}

static struct err run_with(struct ledger *ledger, enum ledger_statement which, uint64_t number)
{
    sqlite3_stmt *statement = ledger_statement(ledger, which);
    ledger_bind(statement, 1, number);
    return ledger_run(ledger, statement);
}

static struct err run_on_queue(struct ledger *ledger, enum ledger_statement which, uint64_t number)
{
    sqlite3_stmt *statement = ledger_statement(ledger, which);
    char queue[WEBHOOK_QUEUE_SIZE];
    ledger_bind_text(statement, 1, webhook_queue(number, queue));
    return ledger_run(ledger, statement);
}

struct err ledger_drop_webhook(struct ledger *ledger, uint64_t number)
{
    TRY(run_with(ledger, LEDGER_DROP_WEBHOOK, number));
    TRY(run_with(ledger, LEDGER_DROP_TRIES, number));
    return run_on_queue(ledger, LEDGER_DROP_QUEUE, number);
}

struct err ledger_log_try(struct ledger *ledger, uint64_t webhook,
                          const struct webhook_try *attempt, bool is_accepted)
{
    sqlite3_stmt *add = ledger_statement(ledger, LEDGER_ADD_TRY);
    ledger_bind(add, 1, webhook);
    ledger_bind(add, 2, attempt->delivery);
    ledger_bind(add, 3, attempt->event);
    ledger_bind_text(add, 4, attempt->notice);
    ledger_bind(add, 5, attempt->at_ms);
    ledger_bind(add, 6, attempt->attempt);
    ledger_bind(add, 7, attempt->status);
    ledger_bind_text(add, 8, attempt->reason);
    TRY(ledger_run(ledger, add));
    sqlite3_stmt *trim = ledger_statement(ledger, LEDGER_TRIM_TRIES);
    ledger_bind(trim, 1, webhook);
    ledger_bind(trim, 2, WEBHOOK_LOG_MAX);
    TRY(ledger_run(ledger, trim));
    if (is_accepted)
        return run_with(ledger, LEDGER_WEBHOOK_WELL, webhook);
    sqlite3_stmt *fails = ledger_statement(ledger, LEDGER_WEBHOOK_FAILS);
    ledger_bind(fails, 1, attempt->at_ms);
    ledger_bind(fails, 2, webhook);
    return ledger_run(ledger, fails);
}

struct err ledger_tries(struct ledger *ledger, uint64_t webhook, uint64_t before, uint32_t limit,
                        struct arena *arena, struct webhook_tries *tries_out)
{
    sqlite3_stmt *list = ledger_statement(ledger, LEDGER_TRIES);
    struct webhook_try *tries = arena_alloc_array(arena, limit + 1, sizeof(*tries));
    uint32_t count = 0;
    bool has_row = false;
    ledger_bind(list, 1, webhook);
    ledger_bind(list, 2, before == 0 ? INT64_MAX : before);
    ledger_bind(list, 3, limit + 1);
    TRY(ledger_next(ledger, list, &has_row));
    while (has_row) {
        tries[count++] = (struct webhook_try){
            .number = (uint64_t)sqlite3_column_int64(list, 0),
            .delivery = (uint64_t)sqlite3_column_int64(list, 1),
            .event = (uint64_t)sqlite3_column_int64(list, 2),
            .notice = ledger_column_text(list, 3, arena),
            .at_ms = (uint64_t)sqlite3_column_int64(list, 4),
            .attempt = (uint32_t)sqlite3_column_int64(list, 5),
            .status = (uint32_t)sqlite3_column_int64(list, 6),
            .reason = ledger_column_text(list, 7, arena),
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
    sqlite3_stmt *failing = ledger_statement(ledger, LEDGER_FAILING);
    ledger_bind(failing, 1, failing_ms);
    TRY(ledger_next(ledger, failing, found_out));
    if (!*found_out)
        return OK;
    *webhook_out = read_webhook(failing, arena);
    sqlite3_reset(failing);
    webhook_out->is_enabled = false;
    webhook_out->disabled_ms = now_ms;
    TRY(ledger_put_webhook(ledger, webhook_out));
    return run_on_queue(ledger, LEDGER_KILL_QUEUE, webhook_out->number);
}
