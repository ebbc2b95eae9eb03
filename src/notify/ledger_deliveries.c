/* ledger_deliveries.c - deliveries are claimed, settled, listed and sent again. */
#include "notify/ledger_parts.h"
#include "notify/ledger_webhooks.h"

#include <stdio.h>

enum { LOGGED_NAME_SIZE = 64 };

static struct delivery read_row(struct ledger *ledger, enum ledger_statement row,
                                struct arena *arena)
{
    return (struct delivery){
        .id = ledger_u64(ledger, row, 0),
        .queue = ledger_column_text(ledger, row, 1, arena),
        .state = (enum delivery_state)ledger_u64(ledger, row, 2),
        .due_ms = ledger_u64(ledger, row, 3),
        .event = ledger_u64(ledger, row, 4),
        .notice = ledger_column_text(ledger, row, 5, arena),
        .subject = ledger_u64(ledger, row, 6),
        .contact = ledger_u64(ledger, row, 7),
        .created_ms = ledger_u64(ledger, row, 8),
        .attempts = (uint32_t)ledger_u64(ledger, row, 9),
        .status = (uint32_t)ledger_u64(ledger, row, 10),
        .reason = ledger_column_text(ledger, row, 11, arena),
        .data = ledger_column_text(ledger, row, 12, arena),
        .language = ledger_column_text(ledger, row, 13, arena),
        .topic = ledger_column_text(ledger, row, 14, arena),
    };
}

struct err ledger_read_rows(struct ledger *ledger, enum ledger_statement statement,
                            struct arena *arena, struct delivery *deliveries, uint32_t *count_out)
{
    bool has_row = false;
    *count_out = 0;
    TRY(ledger_next(ledger, statement, &has_row));
    while (has_row) {
        deliveries[(*count_out)++] = read_row(ledger, statement, arena);
        TRY(ledger_next(ledger, statement, &has_row));
    }
    return OK;
}

static struct err take_all(struct ledger *ledger, struct delivery *deliveries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        ledger_bind(ledger, LEDGER_TAKE, 1, deliveries[i].id);
        TRY(ledger_run(ledger, LEDGER_TAKE));
        deliveries[i].state = DELIVERY_TAKEN;
    }
    return OK;
}

/* What nobody has started may be claimed again. */
static struct err give_back_lost(struct ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->lost_count; i++) {
        ledger_bind(ledger, LEDGER_GIVE_BACK, 1, ledger->lost[i]);
        TRY(ledger_run(ledger, LEDGER_GIVE_BACK));
    }
    return OK;
}

static void note_lost(struct ledger *ledger, const struct delivery *deliveries, uint32_t count)
{
    for (uint32_t i = 0; i < count && ledger->lost_count < LEDGER_LOST_MAX; i++)
        ledger->lost[ledger->lost_count++] = deliveries[i].id;
}

static void bind_claim(struct ledger *ledger, const struct ledger_claim *wanted)
{
    ledger_bind_text(ledger, LEDGER_CLAIM, 1, wanted->queue);
    ledger_bind(ledger, LEDGER_CLAIM, 2, wanted->now_ms);
    ledger_bind(ledger, LEDGER_CLAIM, 3, wanted->limit);
}

static struct err claim_rows(struct ledger *ledger, const struct ledger_claim *wanted,
                             struct arena *arena, struct delivery *deliveries, uint32_t *count_out)
{
    TRY(give_back_lost(ledger));
    bind_claim(ledger, wanted);
    TRY(ledger_read_rows(ledger, LEDGER_CLAIM, arena, deliveries, count_out));
    return take_all(ledger, deliveries, *count_out);
}

/* A look costs a shared ledger less than a transaction. */
static struct err has_due(struct ledger *ledger, const struct ledger_claim *wanted,
                          bool *has_due_out)
{
    *has_due_out = true;
    if (!ledger_is_shared(ledger) || ledger->lost_count > 0)
        return OK;
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    bind_claim(ledger, wanted);
    struct err err = ledger_next(ledger, LEDGER_CLAIM, has_due_out);
    ledger_reset(ledger, LEDGER_CLAIM);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}

struct err ledger_claim(struct ledger *ledger, const struct ledger_claim *wanted,
                        struct arena *arena, struct delivery **deliveries_out, uint32_t *count_out)
{
    uint32_t got = 0;
    bool has_any;
    *deliveries_out = arena_alloc_array(arena, wanted->limit, sizeof(**deliveries_out));
    *count_out = 0;
    TRY(has_due(ledger, wanted, &has_any));
    if (!has_any)
        return OK;
    TRY(ledger_begin_telling(ledger, wanted->term));
    struct err err = claim_rows(ledger, wanted, arena, *deliveries_out, &got);
    if (err.code == ERR_NONE)
        note_lost(ledger, *deliveries_out, got);
    TRY(ledger_end(ledger, err));
    ledger->lost_count = 0; /* it is known what became of them */
    *count_out = got;
    return OK;
}

/* Into the log of its webhook, before the row may go. */
static struct err log_try(struct ledger *ledger, const struct delivery_result *result)
{
    const enum ledger_statement about = LEDGER_ABOUT;
    char notice[LOGGED_NAME_SIZE];
    bool has_row = false;
    ledger_bind(ledger, about, 1, result->id);
    TRY(ledger_next(ledger, about, &has_row));
    if (!has_row)
        return OK; /* the webhook was taken away meanwhile */
    struct text name = database_get_bytes(ledger->db, about, 1);
    (void)snprintf(notice, sizeof(notice), "%.*s", TEXT_ARGS(name));
    const struct webhook_try attempt = {
        .delivery = result->id,
        .event = ledger_u64(ledger, about, 0),
        .notice = text_of(notice),
        .at_ms = result->at_ms,
        .attempt = result->attempts,
        .status = result->status,
        .reason = result->outcome == DELIVERY_ACCEPTED ? TEXT_NONE : text_of(result->reason),
    };
    ledger_reset(ledger, about);
    return ledger_log_try(ledger, result->webhook, &attempt, result->outcome == DELIVERY_ACCEPTED);
}

static struct err settle_one(struct ledger *ledger, const struct delivery_result *result)
{
    if (result->webhook != 0)
        TRY(log_try(ledger, result));
    enum ledger_statement statement = LEDGER_DROP;
    if (result->outcome == DELIVERY_ACCEPTED) {
        ledger_bind(ledger, statement, 1, result->id);
        return ledger_run(ledger, statement);
    }
    bool is_dead = result->outcome == DELIVERY_REFUSED;
    statement = LEDGER_FAIL;
    ledger_bind(ledger, statement, 1, is_dead ? DELIVERY_DEAD : DELIVERY_WAITING);
    ledger_bind(ledger, statement, 2, result->due_ms);
    ledger_bind(ledger, statement, 3, result->attempts);
    ledger_bind(ledger, statement, 4, result->status);
    ledger_bind_text(ledger, statement, 5, text_of(result->reason));
    ledger_bind(ledger, statement, 6, result->id);
    return ledger_run(ledger, statement);
}

struct err ledger_settle(struct ledger *ledger, uint64_t term,
                         const struct delivery_result *results, uint32_t count)
{
    struct err err = OK;
    TRY(ledger_begin_telling(ledger, term));
    for (uint32_t i = 0; i < count && err.code == ERR_NONE; i++)
        err = settle_one(ledger, &results[i]);
    return ledger_end(ledger, err);
}

/* ---- what the operator sees ---- */

struct err ledger_list(struct ledger *ledger, const struct ledger_query *query, struct arena *arena,
                       struct delivery **deliveries_out, uint32_t *count_out, bool *has_more_out)
{
    enum ledger_statement list = query->state == DELIVERY_DEAD ? LEDGER_LIST_DEAD
                                 : query->state >= 0           ? LEDGER_LIST_WAITING
                                                               : LEDGER_LIST;
    *deliveries_out = arena_alloc_array(arena, query->limit + 1, sizeof(**deliveries_out));
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    ledger_bind(ledger, list, 1, query->before == 0 ? INT64_MAX : query->before);
    ledger_bind(ledger, list, 2, query->limit + 1);
    struct err err = ledger_read_rows(ledger, list, arena, *deliveries_out, count_out);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    *has_more_out = *count_out > query->limit;
    if (*has_more_out)
        *count_out = query->limit;
    return err;
}

struct err ledger_find(struct ledger *ledger, uint64_t id, struct arena *arena,
                       struct delivery *delivery_out, bool *found_out)
{
    const enum ledger_statement find = LEDGER_FIND;
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    ledger_bind(ledger, find, 1, id);
    struct err err = ledger_next(ledger, find, found_out);
    if (*found_out)
        *delivery_out = read_row(ledger, find, arena);
    ledger_reset(ledger, find);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}

struct err ledger_resend(struct ledger *ledger, uint64_t id, uint64_t now_ms, uint32_t *count_out)
{
    enum ledger_statement resend = id == 0 ? LEDGER_RESEND_ALL : LEDGER_RESEND;
    uint64_t count = 0;
    *count_out = 0;
    TRY(ledger_begin(ledger));
    ledger_bind(ledger, resend, 1, now_ms);
    if (id != 0)
        ledger_bind(ledger, resend, 2, id);
    struct err err = ledger_run(ledger, resend);
    if (err.code == ERR_NONE)
        err = database_changes(ledger->db, &count);
    if (err.code == ERR_NONE)
        *count_out = (uint32_t)count;
    return ledger_end(ledger, err);
}

static struct err read_number(struct ledger *ledger, enum ledger_statement statement,
                              uint64_t *value_out)
{
    bool has_row = false;
    TRY(ledger_next(ledger, statement, &has_row));
    *value_out = has_row ? ledger_u64(ledger, statement, 0) : 0;
    ledger_reset(ledger, statement);
    return OK;
}

static struct err count_all(struct ledger *ledger, struct ledger_counts *counts)
{
    const enum ledger_statement waiting = LEDGER_COUNT_WAITING;
    const enum ledger_statement dead = LEDGER_COUNT_DEAD;
    ledger_bind(ledger, waiting, 1, LEDGER_COUNT_MAX);
    ledger_bind(ledger, dead, 1, LEDGER_COUNT_MAX);
    TRY(read_number(ledger, waiting, &counts->waiting));
    TRY(read_number(ledger, dead, &counts->dead));
    return read_number(ledger, LEDGER_OLDEST, &counts->oldest_ms);
}

struct err ledger_counts(struct ledger *ledger, struct ledger_counts *counts_out)
{
    *counts_out = (struct ledger_counts){0};
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    struct err err = count_all(ledger, counts_out);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}

struct err ledger_waiting(struct ledger *ledger, struct text queue, uint32_t limit,
                          uint32_t *count_out)
{
    uint64_t count = 0;
    const enum ledger_statement length = LEDGER_QUEUE_LENGTH;
    ledger_bind_text(ledger, length, 1, queue);
    ledger_bind(ledger, length, 2, limit);
    TRY(read_number(ledger, length, &count));
    *count_out = (uint32_t)count;
    return OK;
}

struct err ledger_drop(struct ledger *ledger, uint64_t id)
{
    const enum ledger_statement drop = LEDGER_DROP;
    TRY(ledger_begin(ledger));
    ledger_bind(ledger, drop, 1, id);
    return ledger_end(ledger, ledger_run(ledger, drop));
}

struct unwanted {
    uint64_t id;
    struct unwanted *next;
};

static struct err find_unwanted(struct ledger *ledger,
                                bool (*is_unwanted)(void *context, uint64_t subject), void *context,
                                struct arena *arena, struct unwanted **list_out)
{
    const enum ledger_statement rows = LEDGER_ALL_WAITING;
    bool has_row = false;
    *list_out = NULL;
    TRY(ledger_next(ledger, rows, &has_row));
    while (has_row) {
        if (is_unwanted(context, ledger_u64(ledger, rows, 1))) {
            struct unwanted *found = arena_alloc(arena, sizeof(*found));
            *found = (struct unwanted){ledger_u64(ledger, rows, 0), *list_out};
            *list_out = found;
        }
        TRY(ledger_next(ledger, rows, &has_row));
    }
    return OK;
}

static struct err drop_all(struct ledger *ledger, const struct unwanted *list)
{
    const enum ledger_statement drop = LEDGER_DROP;
    for (; list != NULL; list = list->next) {
        ledger_bind(ledger, drop, 1, list->id);
        TRY(ledger_run(ledger, drop));
    }
    return OK;
}

struct err ledger_withdraw(struct ledger *ledger,
                           bool (*is_unwanted)(void *context, uint64_t subject), void *context,
                           struct arena *arena)
{
    struct unwanted *list = NULL;
    TRY(ledger_begin(ledger));
    struct err err = find_unwanted(ledger, is_unwanted, context, arena, &list);
    if (err.code == ERR_NONE)
        err = drop_all(ledger, list);
    return ledger_end(ledger, err);
}
