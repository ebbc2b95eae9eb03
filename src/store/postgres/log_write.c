/* log_write.c - what a batch writes to the shared log, queued for one round trip. */
#include "store/postgres/shared_log.h"

#include <string.h>

static struct pg_value region_value(const struct shared_log *log)
{
    return pg_bytes(text_of(log->region));
}

/* --- contacts --- */

/* How many from `first` on can be written by one statement: none of them twice. */
static uint32_t count_different(const struct contact *contacts, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (contacts[i].number == contacts[j].number ||
                contacts[i].replaces == contacts[j].number || contacts[j].replaces != 0)
                return i;
        }
    }
    return count;
}

static void send_contacts(struct shared_log *log, struct contact *contacts, uint32_t count)
{
    struct arena *arena = &log->arena;
    struct pg_value *column = arena_alloc_array(arena, count, sizeof *column);
    struct pg_value values[PG_VALUES_MAX];
    values[0] = region_value(log);
    values[1] = pg_u64(arena, log->last_batch + 1);
    for (uint32_t i = 0; i < count; i++)
        column[i] = pg_u64(arena, contacts[i].number);
    values[2] = pg_array(arena, PG_BIGINT, column, count);
    for (uint32_t i = 0; i < count; i++)
        column[i] = pg_reference(arena, contacts[i].replaces);
    values[3] = pg_array(arena, PG_BIGINT, column, count);
    for (uint32_t i = 0; i < count; i++)
        column[i] = pg_reference(arena, contacts[i].customer);
    values[4] = pg_array(arena, PG_BIGINT, column, count);
    for (uint32_t j = 0; j < CONTACT_TEXT_COUNT; j++) {
        for (uint32_t i = 0; i < count; i++)
            column[i] = pg_bytes(*shared_log_contact_text(&contacts[i], j));
        values[5 + j] =
            pg_array(arena, j == CONTACT_TEXT_COUNT - 1 ? PG_BYTEA : PG_TEXT, column, count);
    }
    pg_send(&log->pg, LOG_PUT_CONTACTS, values);
}

static void delete_contacts(struct shared_log *log, const uint64_t *numbers, uint32_t count)
{
    struct pg_value *column = arena_alloc_array(&log->arena, count, sizeof *column);
    if (count == 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        column[i] = pg_u64(&log->arena, numbers[i]);
    pg_send(
        &log->pg, LOG_DELETE_CONTACTS,
        (struct pg_value[]){region_value(log), pg_array(&log->arena, PG_BIGINT, column, count)});
}

/* What the new one does not say stays as the old one said it. */
static void take_over(struct shared_log *log, const struct contact *contact)
{
    pg_send(&log->pg, LOG_TAKE_OVER_CONTACT,
            (struct pg_value[]){region_value(log), pg_u64(&log->arena, contact->number),
                                pg_u64(&log->arena, contact->replaces)});
    delete_contacts(log, &contact->replaces, 1);
}

static void send_all_contacts(struct shared_log *log, const struct store_batch *batch)
{
    struct contact *contacts =
        arena_alloc_array(&log->arena, batch->contact_count, sizeof *contacts);
    uint32_t first = 0;
    if (batch->contact_count > 0)
        memcpy(contacts, batch->contacts, batch->contact_count * sizeof *contacts);
    while (first < batch->contact_count) {
        uint32_t count = count_different(contacts + first, batch->contact_count - first);
        send_contacts(log, contacts + first, count);
        for (uint32_t i = first; i < first + count; i++) {
            if (contacts[i].replaces != 0)
                take_over(log, &contacts[i]);
        }
        first += count;
    }
}

/* --- answers --- */

static void send_answers(struct shared_log *log, const struct store_batch *batch)
{
    struct arena *arena = &log->arena;
    uint32_t count = batch->answer_count;
    const struct answer *answers = batch->answers;
    struct pg_value *columns[7];
    struct pg_value values[9] = {region_value(log), pg_u64(arena, log->last_batch + 1)};
    if (count == 0)
        return;
    for (uint32_t j = 0; j < countof(columns); j++)
        columns[j] = arena_alloc_array(arena, count, sizeof **columns);
    for (uint32_t i = 0; i < count; i++) {
        columns[0][i] = pg_u64(arena, answers[i].number);
        columns[1][i] = (struct pg_value){(const char *)answers[i].key, sizeof answers[i].key};
        columns[2][i] = pg_u64(arena, answers[i].body_hash);
        columns[3][i] = pg_u64(arena, answers[i].at_ms);
        columns[4][i] = pg_u64(arena, answers[i].event);
        columns[5][i] = pg_reference(arena, answers[i].customer);
        columns[6][i] = pg_bytes(answers[i].bytes);
    }
    for (uint32_t j = 0; j < countof(columns); j++) {
        bool is_bytes = j == 1 || j == 6;
        values[2 + j] = pg_array(arena, is_bytes ? PG_BYTEA : PG_BIGINT, columns[j], count);
    }
    pg_send(&log->pg, LOG_ADD_ANSWERS, values);
}

static void drop_answers(struct shared_log *log, const struct store_batch *batch)
{
    log->drop_sent = 0;
    if (batch->answers_from <= log->answers_from)
        return;
    pg_send(&log->pg, LOG_DROP_ANSWERS,
            (struct pg_value[]){region_value(log), pg_u64(&log->arena, batch->answers_from)});
    log->drop_sent = log->pg.sent;
}

void shared_log_note_dropped(struct shared_log *log, const struct store_batch *batch)
{
    if (log->drop_sent != 0 && strcmp(PQcmdTuples(log->pg.results[log->drop_sent - 1]), "0") == 0)
        log->answers_from = batch->answers_from;
}

/* --- the batch --- */

static void send_erasures(struct shared_log *log, const struct store_batch *batch)
{
    const struct event_contacts_erased *erased;
    size_t offset = 0;
    uint64_t event;
    while ((erased = store_batch_erased(batch, &offset, &event)) != NULL) {
        delete_contacts(log, event_contacts(erased), erased->count);
        if (erased->customer != 0)
            pg_send(&log->pg, LOG_ERASE_ANSWERS,
                    (struct pg_value[]){region_value(log), pg_u64(&log->arena, erased->customer),
                                        pg_u64(&log->arena, event)});
    }
}

void shared_log_send_batch(struct shared_log *log, const struct store_batch *batch)
{
    struct arena *arena = &log->arena;
    struct pg_value number = pg_u64(arena, log->last_batch + 1);
    ensure(batch->size <= INT32_MAX);
    pg_send(&log->pg, LOG_ADD_BATCH,
            (struct pg_value[]){region_value(log),
                                number,
                                pg_u64(arena, batch->first_event),
                                pg_u64(arena, batch->last_event),
                                pg_u64(arena, log->writer),
                                {batch->size == 0 ? "" : batch->events, (int)batch->size}});
    send_all_contacts(log, batch);
    send_answers(log, batch);
    drop_answers(log, batch);
    send_erasures(log, batch);
    pg_send(&log->pg, LOG_ADVANCE,
            (struct pg_value[]){region_value(log), number, pg_u64(arena, batch->last_event + 1)});
}
