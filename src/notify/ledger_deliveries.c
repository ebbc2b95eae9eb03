/* ledger_deliveries.c - deliveries are claimed, settled, listed and sent again. */
#include "notify/ledger_parts.h"
#include "notify/ledger_webhooks.h"

#include <stdio.h>

enum { LOGGED_NAME_SIZE = 64 };

static struct delivery read_row(sqlite3_stmt *row, struct arena *arena)
{
    return (struct delivery){
        .id = (uint64_t)sqlite3_column_int64(row, 0),
        .queue = ledger_column_text(row, 1, arena),
        .state = (enum delivery_state)sqlite3_column_int64(row, 2),
        .due_ms = (uint64_t)sqlite3_column_int64(row, 3),
        .event = (uint64_t)sqlite3_column_int64(row, 4),
        .notice = ledger_column_text(row, 5, arena),
        .subject = (uint64_t)sqlite3_column_int64(row, 6),
        .contact = (uint64_t)sqlite3_column_int64(row, 7),
        .created_ms = (uint64_t)sqlite3_column_int64(row, 8),
        .attempts = (uint32_t)sqlite3_column_int64(row, 9),
        .status = (uint32_t)sqlite3_column_int64(row, 10),
        .reason = ledger_column_text(row, 11, arena),
        .data = ledger_column_text(row, 12, arena),
        .language = ledger_column_text(row, 13, arena),
        .topic = ledger_column_text(row, 14, arena),
    };
}

static struct err read_rows(struct ledger *ledger, sqlite3_stmt *rows, struct arena *arena,
                            struct delivery *deliveries, uint32_t *count_out)
{
    bool has_row = false;
    *count_out = 0;
    TRY(ledger_next(ledger, rows, &has_row));
    while (has_row) {
        deliveries[(*count_out)++] = read_row(rows, arena);
        TRY(ledger_next(ledger, rows, &has_row));
    }
    return OK;
}

static struct err take_all(struct ledger *ledger, struct delivery *deliveries, uint32_t count)
{
    sqlite3_stmt *take = ledger_statement(ledger, LEDGER_TAKE);
    for (uint32_t i = 0; i < count; i++) {
        ledger_bind(take, 1, deliveries[i].id);
        TRY(ledger_run(ledger, take));
        deliveries[i].state = DELIVERY_TAKEN;
    }
    return OK;
}

struct err ledger_claim(struct ledger *ledger, struct text queue, uint64_t now_ms,
                        struct arena *arena, struct delivery **deliveries_out, uint32_t *count)
{
    sqlite3_stmt *claim = ledger_statement(ledger, LEDGER_CLAIM);
    uint32_t limit = *count;
    *deliveries_out = arena_alloc_array(arena, limit, sizeof(**deliveries_out));
    *count = 0;
    TRY(ledger_begin(ledger));
    ledger_bind_text(claim, 1, queue);
    ledger_bind(claim, 2, now_ms);
    ledger_bind(claim, 3, limit);
    struct err err = read_rows(ledger, claim, arena, *deliveries_out, count);
    if (err.code == ERR_NONE)
        err = take_all(ledger, *deliveries_out, *count);
    return ledger_end(ledger, err);
}

/* Into the log of its webhook, before the row may go. */
static struct err log_try(struct ledger *ledger, const struct delivery_result *result)
{
    sqlite3_stmt *about = ledger_statement(ledger, LEDGER_ABOUT);
    char notice[LOGGED_NAME_SIZE];
    bool has_row = false;
    ledger_bind(about, 1, result->id);
    TRY(ledger_next(ledger, about, &has_row));
    if (!has_row)
        return OK; /* the webhook was taken away meanwhile */
    (void)snprintf(notice, sizeof(notice), "%s", (const char *)sqlite3_column_text(about, 1));
    const struct webhook_try attempt = {
        .delivery = result->id,
        .event = (uint64_t)sqlite3_column_int64(about, 0),
        .notice = text_of(notice),
        .at_ms = result->at_ms,
        .attempt = result->attempts,
        .status = result->status,
        .reason = result->outcome == DELIVERY_ACCEPTED ? TEXT_NONE : text_of(result->reason),
    };
    sqlite3_reset(about);
    return ledger_log_try(ledger, result->webhook, &attempt, result->outcome == DELIVERY_ACCEPTED);
}

static struct err settle_one(struct ledger *ledger, const struct delivery_result *result)
{
    if (result->webhook != 0)
        TRY(log_try(ledger, result));
    sqlite3_stmt *statement = ledger_statement(ledger, LEDGER_DROP);
    if (result->outcome == DELIVERY_ACCEPTED) {
        ledger_bind(statement, 1, result->id);
        return ledger_run(ledger, statement);
    }
    bool is_dead = result->outcome == DELIVERY_REFUSED;
    statement = ledger_statement(ledger, LEDGER_FAIL);
    ledger_bind(statement, 1, is_dead ? DELIVERY_DEAD : DELIVERY_WAITING);
    ledger_bind(statement, 2, result->due_ms);
    ledger_bind(statement, 3, result->attempts);
    ledger_bind(statement, 4, result->status);
    ledger_bind_text(statement, 5, text_of(result->reason));
    ledger_bind(statement, 6, result->id);
    return ledger_run(ledger, statement);
}

struct err ledger_settle(struct ledger *ledger, const struct delivery_result *results,
                         uint32_t count)
{
    struct err err = OK;
    TRY(ledger_begin(ledger));
    for (uint32_t i = 0; i < count && err.code == ERR_NONE; i++)
        err = settle_one(ledger, &results[i]);
    return ledger_end(ledger, err);
}

/* ---- what the operator sees ---- */

struct err ledger_list(struct ledger *ledger, const struct ledger_query *query, struct arena *arena,
                       struct delivery **deliveries_out, uint32_t *count_out, bool *has_more_out)
{
    enum ledger_statement which = query->state == DELIVERY_DEAD ? LEDGER_LIST_DEAD
                                  : query->state >= 0           ? LEDGER_LIST_WAITING
                                                                : LEDGER_LIST;
    sqlite3_stmt *list = ledger_statement(ledger, which);
    *deliveries_out = arena_alloc_array(arena, query->limit + 1, sizeof(**deliveries_out));
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    ledger_bind(list, 1, query->before == 0 ? INT64_MAX : query->before);
    ledger_bind(list, 2, query->limit + 1);
    struct err err = read_rows(ledger, list, arena, *deliveries_out, count_out);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    *has_more_out = *count_out > query->limit;
    if (*has_more_out)
        *count_out = query->limit;
    return err;
}

struct err ledger_find(struct ledger *ledger, uint64_t id, struct arena *arena,
                       struct delivery *delivery_out, bool *found_out)
{
    sqlite3_stmt *find = ledger_statement(ledger, LEDGER_FIND);
    ensure(pthread_mutex_lock(&ledger->lock) == 0);
    ledger_bind(find, 1, id);
    struct err err = ledger_next(ledger, find, found_out);
    if (*found_out)
        *delivery_out = read_row(find, arena);
    sqlite3_reset(find);
    ensure(pthread_mutex_unlock(&ledger->lock) == 0);
    return err;
}

struct err ledger_resend(struct ledger *ledger, uint64_t id, uint64_t now_ms, uint32_t *count_out)
{
    sqlite3_stmt *resend = ledger_statement(ledger, id == 0 ? LEDGER_RESEND_ALL : LEDGER_RESEND);
    *count_out = 0;
    TRY(ledger_begin(ledger));
    ledger_bind(resend, 1, now_ms);
    if (id != 0)
        ledger_bind(resend, 2, id);
    struct err err = ledger_run(ledger, resend);
    if (err.code == ERR_NONE)
        *count_out = (uint32_t)sqlite3_changes(ledger->db);
    return ledger_end(ledger, err);
}

static struct err read_number(struct ledger *ledger, sqlite3_stmt *statement, uint64_t *value_out)
{
    bool has_row = false;
    TRY(ledger_next(ledger, statement, &has_row));
    *value_out = has_row ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return OK;
}

static struct err count_all(struct ledger *ledger, struct ledger_counts *counts)
{
    sqlite3_stmt *waiting = ledger_statement(ledger, LEDGER_COUNT_WAITING);
    sqlite3_stmt *dead = ledger_statement(ledger, LEDGER_COUNT_DEAD);
    ledger_bind(waiting, 1, LEDGER_COUNT_MAX);
    ledger_bind(dead, 1, LEDGER_COUNT_MAX);
    TRY(read_number(ledger, waiting, &counts->waiting));
    TRY(read_number(ledger, dead, &counts->dead));
    return read_number(ledger, ledger_statement(ledger, LEDGER_OLDEST), &counts->oldest_ms);
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
    sqlite3_stmt *length = ledger_statement(ledger, LEDGER_QUEUE_LENGTH);
    ledger_bind_text(length, 1, queue);
    ledger_bind(length, 2, limit);
    TRY(read_number(ledger, length, &count));
    *count_out = (uint32_t)count;
    return OK;
}

struct err ledger_drop(struct ledger *ledger, uint64_t id)
{
    sqlite3_stmt *drop = ledger_statement(ledger, LEDGER_DROP);
    TRY(ledger_begin(ledger));
    ledger_bind(drop, 1, id);
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
    sqlite3_stmt *rows = ledger_statement(ledger, LEDGER_ALL_WAITING);
    bool has_row = false;
    *list_out = NULL;
    TRY(ledger_next(ledger, rows, &has_row));
    while (has_row) {
        if (is_unwanted(context, (uint64_t)sqlite3_column_int64(rows, 1))) {
            struct unwanted *found = arena_alloc(arena, sizeof(*found));
            *found = (struct unwanted){(uint64_t)sqlite3_column_int64(rows, 0), *list_out};
            *list_out = found;
        }
        TRY(ledger_next(ledger, rows, &has_row));
    }
    return OK;
}

static struct err drop_all(struct ledger *ledger, const struct unwanted *list)
{
    sqlite3_stmt *drop = ledger_statement(ledger, LEDGER_DROP);
    for (; list != NULL; list = list->next) {
        ledger_bind(drop, 1, list->id);
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
