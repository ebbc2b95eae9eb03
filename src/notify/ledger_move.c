/* ledger_move.c - what one ledger has comes into another. */
#include "notify/ledger_parts.h"
#include "notify/ledger_webhooks.h"

#include <string.h>

enum { PAGE = 200 };

static struct err bring_positions(struct ledger *from, struct ledger *to, struct arena *arena)
{
    const enum ledger_statement rows = LEDGER_ALL_POSITIONS;
    const enum ledger_statement add = LEDGER_ADD_POSITION;
    bool has_row = false;
    TRY(ledger_next(from, rows, &has_row));
    while (has_row) {
        ledger_bind_text(to, add, 1, ledger_column_text(from, rows, 0, arena));
        ledger_bind(to, add, 2, ledger_u64(from, rows, 1));
        ledger_bind(to, add, 3, ledger_u64(from, rows, 2));
        TRY(ledger_run(to, add));
        TRY(ledger_next(from, rows, &has_row));
    }
    return OK;
}

static struct err bring_low(struct ledger *from, struct ledger *to, struct arena *arena)
{
    const enum ledger_statement rows = LEDGER_ALL_LOW;
    bool has_row = false;
    TRY(ledger_next(from, rows, &has_row));
    while (has_row) {
        ledger_bind_text(to, LEDGER_ADD_LOW, 1, ledger_column_text(from, rows, 0, arena));
        ledger_bind(to, LEDGER_ADD_LOW, 2, ledger_u64(from, rows, 1));
        TRY(ledger_run(to, LEDGER_ADD_LOW));
        TRY(ledger_next(from, rows, &has_row));
    }
    return OK;
}

/* Oldest first, as they are numbered anew. */
static struct err bring_tries(struct ledger *from, struct ledger *to, uint64_t webhook,
                              struct arena *arena, uint32_t *count_out)
{
    struct webhook_tries tries;
    TRY(ledger_tries(from, webhook, 0, WEBHOOK_LOG_MAX, arena, &tries));
    for (uint32_t i = tries.count; i > 0; i--)
        TRY(ledger_add_try(to, webhook, &tries.items[i - 1]));
    *count_out += tries.count;
    return OK;
}

/* Not where `to` has some, which may have the same numbers. */
static struct err bring_webhooks(struct ledger *from, struct ledger *to, struct arena *arena,
                                 struct ledger_brought *brought)
{
    struct webhook *webhooks;
    uint32_t known;
    uint32_t count;
    bool has_row;
    TRY(ledger_webhooks(to, arena, &webhooks, &known));
    TRY(ledger_webhooks(from, arena, &webhooks, &count));
    if (known > 0 || count == 0) {
        brought->webhooks_left = count;
        return OK;
    }
    for (uint32_t i = 0; i < count; i++) {
        TRY(ledger_put_webhook(to, &webhooks[i]));
        TRY(bring_tries(from, to, webhooks[i].number, arena, &brought->tries));
    }
    brought->webhooks = count;
    TRY(ledger_next(to, LEDGER_NUMBER_WEBHOOKS, &has_row));
    ledger_reset(to, LEDGER_NUMBER_WEBHOOKS);
    return OK;
}

/* `newest`: the highest id in `to` before any was brought. */
static struct err add_moved(struct ledger *to, const struct delivery *delivery, uint64_t newest)
{
    const enum ledger_statement add = LEDGER_ADD_MOVED;
    bool is_dead = delivery->state == DELIVERY_DEAD;
    ledger_bind_text(to, add, 1, delivery->queue);
    ledger_bind(to, add, 2, is_dead ? DELIVERY_DEAD : DELIVERY_WAITING);
    ledger_bind(to, add, 3, delivery->due_ms);
    ledger_bind(to, add, 4, delivery->event);
    ledger_bind_text(to, add, 5, delivery->notice);
    ledger_bind(to, add, 6, delivery->subject);
    ledger_bind(to, add, 7, delivery->contact);
    ledger_bind(to, add, 8, delivery->created_ms);
    ledger_bind(to, add, 9, delivery->attempts);
    ledger_bind(to, add, 10, delivery->status);
    ledger_bind_text(to, add, 11, delivery->reason);
    ledger_bind_text(to, add, 12, delivery->data);
    ledger_bind_text(to, add, 13, delivery->language);
    ledger_bind_text(to, add, 14, delivery->topic);
    ledger_bind(to, add, 15, newest + delivery->id);
    return ledger_run(to, add);
}

static struct err find_newest(struct ledger *ledger, uint64_t *id_out)
{
    bool has_row = false;
    TRY(ledger_next(ledger, LEDGER_NEWEST, &has_row));
    *id_out = has_row ? ledger_u64(ledger, LEDGER_NEWEST, 0) : 0;
    ledger_reset(ledger, LEDGER_NEWEST);
    return OK;
}

static struct err bring_deliveries(struct ledger *from, struct ledger *to, struct arena *arena,
                                   struct ledger_brought *brought)
{
    struct ledger_query query = {.state = -1, .limit = PAGE};
    struct delivery *deliveries;
    uint64_t newest;
    uint32_t count = 0;
    bool has_more = true;
    bool has_row;
    TRY(find_newest(to, &newest));
    while (has_more) {
        arena_reset(arena);
        TRY(ledger_list(from, &query, arena, &deliveries, &count, &has_more));
        for (uint32_t i = 0; i < count; i++) {
            query.before = deliveries[i].id;
            if (brought->webhooks_left > 0 &&
                text_starts_with(deliveries[i].queue, TEXT("webhook:")))
                continue;
            brought->deliveries++;
            TRY(add_moved(to, &deliveries[i], newest));
        }
    }
    TRY(ledger_next(to, LEDGER_NUMBER_DELIVERIES, &has_row));
    ledger_reset(to, LEDGER_NUMBER_DELIVERIES);
    return OK;
}

struct err ledger_bring_all(struct ledger *from, struct ledger *to, struct arena *arena,
                            struct ledger_brought *brought_out)
{
    *brought_out = (struct ledger_brought){0};
    TRY(bring_positions(from, to, arena));
    TRY(bring_low(from, to, arena));
    TRY(bring_webhooks(from, to, arena, brought_out));
    return bring_deliveries(from, to, arena, brought_out);
}
