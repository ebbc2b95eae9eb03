/* fill.c - everything of an embedded store into a region of the shared database. */
#include "base/log.h"
#include "base/memory.h"
#include "store/postgres/shared_log.h"
#include "store/postgres/store_postgres.h"

#include <string.h>

enum {
    FILL_EVENTS_SIZE = 1 << 20,
    FILL_EVENTS_MAX = 512,
    FILL_CONTACTS_MAX =
        1024, /* each was named by an event, so that they are through before these */
    FILL_ANSWERS_MAX = 512,
};

/* Batches are cut anew: what counts is the order of the events. */
struct filling {
    struct shared_log *log;
    const struct store_postgres_source *source;
    struct buffer events;
    uint64_t first_event;
    uint64_t last_event;
    struct arena arena; /* of contacts and answers that wait */
    struct contact contacts[FILL_CONTACTS_MAX];
    struct answer answers[FILL_ANSWERS_MAX];
    uint64_t last_contact;
    uint32_t contact_count;
    uint32_t answer_count;
    struct err err;
};

static struct err receive_nothing(void *context, const struct store_batch *batch,
                                  bool has_fresh_contacts)
{
    (void)context, (void)batch, (void)has_fresh_contacts;
    return ERR_AT(ERR_STORE, 0, SHARED_LOG_FOREIGN);
}

static bool fill_contact(void *context, const struct contact *contact)
{
    struct filling *filling = context;
    ensure(filling->contact_count < FILL_CONTACTS_MAX);
    struct contact *kept = &filling->contacts[filling->contact_count++];
    *kept = *contact;
    for (uint32_t i = 0; i < CONTACT_TEXT_COUNT; i++) {
        struct text *text = shared_log_contact_text(kept, i);
        *text = arena_copy_text(&filling->arena, *text);
    }
    filling->last_contact = contact->number;
    return true;
}

/* Contacts come with the next events there are, not with those that named them. */
static struct err fill_batch(struct filling *filling)
{
    if (filling->events.length > 0)
        TRY(filling->source->read_contacts(filling->source->store, filling->last_contact,
                                           FILL_CONTACTS_MAX, fill_contact, filling));
    const struct store_batch batch = {
        .events = filling->events.data,
        .size = filling->events.length,
        .first_event = filling->events.length > 0 ? filling->first_event : filling->last_event + 1,
        .last_event = filling->last_event,
        .contacts = filling->contacts,
        .contact_count = filling->contact_count,
        .answers = filling->answers,
        .answer_count = filling->answer_count,
    };
    TRY(shared_log_take_turn(filling->log, &(struct shared_log_receiver){receive_nothing, NULL}));
    TRY(shared_log_append(filling->log, &batch));
    buffer_reset(&filling->events);
    arena_reset(&filling->arena);
    filling->contact_count = 0;
    filling->answer_count = 0;
    return OK;
}

static bool fill_event(void *context, const struct event *event)
{
    struct filling *filling = context;
    if (filling->events.length == 0)
        filling->first_event = event->number;
    buffer_append(&filling->events, event, event->length);
    filling->last_event = event->number;
    if (filling->events.length >= FILL_EVENTS_SIZE ||
        event->number - filling->first_event + 1 == FILL_EVENTS_MAX)
        filling->err = fill_batch(filling);
    return filling->err.code == ERR_NONE;
}

/* The numbers of all answers, in order. */
static bool note_number(void *context, const struct answer *answer)
{
    buffer_append(context, &answer->number, sizeof answer->number);
    return true;
}

static struct err fill_answer(struct filling *filling, struct store_reader *reader, uint64_t number)
{
    const struct answer *answer = NULL;
    TRY(store_read_answer(reader, number, &filling->arena, &answer));
    if (answer == NULL)
        return OK;
    filling->answers[filling->answer_count++] = *answer;
    return filling->answer_count == FILL_ANSWERS_MAX ? fill_batch(filling) : OK;
}

static struct err fill_answers(struct filling *filling, struct store_reader *reader)
{
    struct buffer numbers;
    buffer_init(&numbers, 4096);
    struct err err = store_read_answers(reader, note_number, &numbers);
    for (size_t i = 0; i < numbers.length / sizeof(uint64_t) && err.code == ERR_NONE; i++) {
        uint64_t number = 0;
        memcpy(&number, numbers.data + i * sizeof number, sizeof number);
        err = fill_answer(filling, reader, number);
    }
    buffer_release(&numbers);
    return err;
}

static struct err fill_all(struct filling *filling, struct store_reader *reader)
{
    TRY(store_read_events(reader, 0, fill_event, filling));
    TRY(filling->err);
    if (filling->events.length > 0)
        TRY(fill_batch(filling));
    TRY(fill_answers(filling, reader));
    return filling->answer_count > 0 ? fill_batch(filling) : OK;
}

static struct err fill_from(struct shared_log *log, const struct store_postgres_source *source)
{
    struct filling *filling = memory_alloc_zeroed(1, sizeof *filling);
    struct store_reader *reader = NULL;
    filling->log = log;
    filling->source = source;
    buffer_init(&filling->events, FILL_EVENTS_SIZE);
    arena_init(&filling->arena, FILL_EVENTS_SIZE, (size_t)1 << 30);
    struct err err = store_reader_open(source->store, &reader);
    if (err.code == ERR_NONE)
        err = fill_all(filling, reader);
    store_reader_close(reader);
    arena_release(&filling->arena);
    buffer_release(&filling->events);
    memory_free(filling);
    return err;
}

struct err store_postgres_fill(const struct store_postgres_options *options,
                               const struct store_postgres_source *source)
{
    uint64_t first_event = 0;
    struct text events;
    TRY(store_postgres_check_schema(options));
    struct shared_log *log = memory_alloc_zeroed(1, sizeof *log);
    struct err err = shared_log_open(log, &(struct shared_log_options){.url = options->url,
                                                                       .region = options->region,
                                                                       .wait_ms = options->wait_ms,
                                                                       .secret = options->secret});
    if (err.code == ERR_NONE) {
        err = shared_log_seek(log, NULL, 0, 0, &first_event, &events);
        if (err.code == ERR_NONE && memcmp(log->secret, options->secret, HASH_SECRET_SIZE) != 0)
            err = ERR_AT(ERR_STORE, 0, SHARED_LOG_FOREIGN);
        if (err.code == ERR_NONE)
            err = fill_from(log, source);
        shared_log_close(log);
    }
    if (err.code == ERR_STORE && err.value == SHARED_LOG_FOREIGN)
        log_error("the region is not empty", "region=%s", options->region);
    memory_free(log);
    return err;
}
