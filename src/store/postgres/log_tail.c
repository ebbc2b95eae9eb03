/* log_tail.c - what others appended to the shared log, from rows to batches. */
#include "base/log.h"
#include "store/postgres/shared_log.h"

#include <string.h>

struct text *shared_log_contact_text(struct contact *contact, uint32_t index)
{
    struct text *const texts[CONTACT_TEXT_COUNT] = {
        &contact->name,
        &contact->email,
        &contact->phone,
        &contact->shipping_address,
        &contact->billing_address,
        &contact->metadata,
        &contact->addresses,
        &contact->preferences,
        &contact->password,
        &contact->email_tag,
    };
    ensure(index < CONTACT_TEXT_COUNT);
    return texts[index];
}

void shared_log_send_look(struct shared_log *log)
{
    const struct pg_value values[] = {
        pg_bytes(text_of(log->region)),
        pg_u64(&log->arena, log->last_batch),
        pg_u64(&log->arena, log->last_batch + LOOK_BATCHES_MAX),
    };
    pg_send(&log->pg, LOG_TAIL, values);
    pg_send(&log->pg, LOG_TAIL_CONTACTS, values);
    pg_send(&log->pg, LOG_TAIL_ANSWERS, values);
}

/* As they are now: a contact may have been changed by a batch that comes later, and one that was
 * erased since is not there. */
static struct contact *read_contacts(struct shared_log *log, const PGresult *rows)
{
    uint32_t count = (uint32_t)PQntuples(rows);
    struct contact *contacts = arena_alloc_array(&log->arena, count, sizeof *contacts);
    for (uint32_t i = 0; i < count; i++) {
        contacts[i].number = pg_get_u64(rows, (int)i, 0);
        contacts[i].replaces = pg_get_u64(rows, (int)i, 1);
        contacts[i].customer = (uint32_t)pg_get_u64(rows, (int)i, 2);
        for (uint32_t j = 0; j < CONTACT_TEXT_COUNT; j++)
            *shared_log_contact_text(&contacts[i], j) = pg_get_text(rows, (int)i, 3 + (int)j);
    }
    return contacts;
}

/* Those of one batch, from *row on; the ones that are known already are passed over. */
static void read_answers(struct shared_log *log, const PGresult *rows, int *row, uint64_t number,
                         struct store_batch *batch)
{
    struct answer *answers = NULL;
    uint32_t capacity = 0;
    for (; *row < PQntuples(rows) && pg_get_u64(rows, *row, 1) <= number; (*row)++) {
        struct text key = pg_get_text(rows, *row, 2);
        if (pg_get_u64(rows, *row, 0) <= log->last_answer || key.length != sizeof answers->key)
            continue;
        if (batch->answer_count == capacity)
            answers = arena_grow(&log->arena, answers, &capacity, sizeof *answers);
        struct answer *answer = &answers[batch->answer_count++];
        *answer = (struct answer){
            .number = pg_get_u64(rows, *row, 0),
            .body_hash = pg_get_u64(rows, *row, 3),
            .at_ms = pg_get_u64(rows, *row, 4),
            .event = pg_get_u64(rows, *row, 5),
            .customer = (uint32_t)pg_get_u64(rows, *row, 6),
            .bytes = pg_get_text(rows, *row, 7),
        };
        memcpy(answer->key, key.data, sizeof answer->key);
        log->last_answer = answer->number;
    }
    batch->answers = answers;
}

/* Every event is whole, known to this version, and follows the one before. */
static struct err check_events(const struct shared_log *log, struct store_batch *batch)
{
    const struct event *event;
    size_t offset = 0;
    uint64_t next = batch->first_event;
    bool damaged = false;
    while (event_next(batch->events, batch->size, &offset, &event, &damaged)) {
        damaged = event->number != next++;
        if (damaged)
            break;
        batch->has_erasures = batch->has_erasures || event->type == EVENT_CONTACTS_ERASED;
    }
    if (!damaged && next == batch->last_event + 1 && batch->first_event == log->last_event + 1)
        return OK;
    log_error("the shared log has events that this version cannot read",
              "region=%s event=%llu; was it written by a newer shopd?", log->region,
              (unsigned long long)next);
    return ERR_AT(ERR_STORE, 0, SHARED_LOG_DAMAGED);
}

/* What a look brought. */
struct look {
    const PGresult *batches;
    const PGresult *answers;
    const struct contact *contacts;
    uint32_t contact_count;
    int answer_row; /* the next */
    bool has_fresh_contacts;
};

static struct err hand_on_batch(struct shared_log *log, struct look *look, int row,
                                const struct shared_log_receiver *receiver)
{
    uint64_t number = pg_get_u64(look->batches, row, 0);
    struct text events = arena_copy_text(&log->arena, pg_get_text(look->batches, row, 3));
    struct store_batch *batch = arena_alloc(&log->arena, sizeof *batch);
    *batch = (struct store_batch){
        .events = events.data,
        .size = events.length,
        .first_event = pg_get_u64(look->batches, row, 1),
        .last_event = pg_get_u64(look->batches, row, 2),
        .contacts = look->contacts,
        .contact_count = look->contact_count,
    };
    read_answers(log, look->answers, &look->answer_row, number, batch);
    TRY(check_events(log, batch));
    TRY(receiver->each(receiver->context, batch, look->has_fresh_contacts));
    look->has_fresh_contacts = look->has_fresh_contacts && batch->size == 0;
    log->last_batch = number;
    log->last_writer = pg_get_u64(look->batches, row, 4);
    log->last_event = batch->last_event;
    return OK;
}

struct err shared_log_hand_on(struct shared_log *log, uint32_t first,
                              const struct shared_log_receiver *receiver)
{
    const PGresult *contact_rows = log->pg.results[first + 1];
    struct look look = {
        .batches = log->pg.results[first],
        .answers = log->pg.results[first + 2],
        .contacts = read_contacts(log, contact_rows),
        .contact_count = (uint32_t)PQntuples(contact_rows),
        .has_fresh_contacts = PQntuples(contact_rows) > 0,
    };
    for (int i = 0; i < PQntuples(look.batches); i++)
        TRY(hand_on_batch(log, &look, i, receiver));
    log->has_more = PQntuples(look.batches) == LOOK_BATCHES_MAX;
    return OK;
}
