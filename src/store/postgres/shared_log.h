/*
 * shared_log.h - the event log of a region in PostgreSQL, which several shopd append to in turns.
 *
 *   take_turn   one round trip: locks the region's row, and brings in what others appended since
 *   append      one round trip: writes a batch and commits, which unlocks the row
 *
 * So batches are numbered without a gap in the order they were committed, and each was decided on
 * the state that the one before had left. An append whose answer was lost is settled by looking for
 * it, under the same lock, never guessed. The executor's thread; is_reachable is anybody's.
 */
#ifndef STORE_POSTGRES_SHARED_LOG_H
#define STORE_POSTGRES_SHARED_LOG_H

#include "store/postgres/pg.h"
#include "store/postgres/reach.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

enum { REGION_SIZE = 64, SESSION_SIZE = 256 };

/* err.value of ERR_STORE beside enum pg_failure. */
enum shared_log_failure {
    SHARED_LOG_OVERTAKEN =
        PG_REFUSED + 1, /* the batch is not in the log, and another took its place */
    SHARED_LOG_FOREIGN, /* the data folder belongs to another log, or is ahead of it */
    SHARED_LOG_SCHEMA,  /* no schema, or one that this version does not understand */
    SHARED_LOG_DAMAGED, /* events that this version cannot read */
};

/* Of a log that is read only, as the last look found it; any thread. */
struct shared_log_lag {
    _Atomic uint64_t behind_ms;     /* of the standby, behind where it is written */
    _Atomic uint64_t behind_events; /* of this process, behind the standby */
    _Atomic uint64_t looked_ns;
};

/* A log that is read only connects again on a thread of its own: whoever reads does not wait. */
struct shared_log_connecting {
    pthread_t thread;
    bool is_started; /* and was not joined */
    _Atomic bool is_done;
    struct err err;
};

struct shared_log_options {
    const char *url;
    const char *region;
    uint32_t wait_ms;
    bool is_read_only;
    struct reach *reach;   /* of a start that waits for what is lacking; until it is open */
    const uint8_t *secret; /* becomes that of a region without events; NULL = a random one */
};

struct shared_log {
    struct pg pg;
    char region[REGION_SIZE];
    char session[SESSION_SIZE];
    uint8_t secret[HASH_SECRET_SIZE];
    uint64_t writer;      /* random: says which appends are this process's */
    uint64_t last_batch;  /* brought in, or appended */
    uint64_t last_writer; /* of the last batch that was brought in; 0 = none was yet */
    uint64_t last_event;
    uint64_t last_answer;
    uint64_t answers_from; /* older ones were dropped */
    uint32_t drop_sent; /* place of LOG_DROP_ANSWERS in what was sent, from 1 on; 0 = it was not */
    uint32_t wait_ms;   /* for an answer of the database */
    bool is_read_only;  /* from a database that may be a standby: no turn is ever taken */
    bool has_turn;
    bool has_more;        /* the last look did not reach the end of the log */
    uint64_t next_try_ns; /* not connected before */
    uint64_t pause_ns;
    struct arena arena; /* of one round trip */
    _Atomic bool is_reachable;
    struct shared_log_lag lag;
    struct shared_log_connecting connecting;
};

/* Called for each batch that others appended, in order; its memory is the log's. Every batch of a
 * look comes with the contacts of all of them, as they are now; `has_fresh_contacts` says that they
 * come for the first time. */
struct shared_log_receiver {
    struct err (*each)(void *context, const struct store_batch *batch, bool has_fresh_contacts);
    void *context;
};

/* Connects; makes the region where there is none, or with is_read_only finds it away. */
struct err shared_log_open(struct shared_log *log,
                           const struct shared_log_options *options) MUST_USE;
void shared_log_close(struct shared_log *log);
/* The log goes on behind `last_event`, which must end one of its batches (PG_AWAY where one that is
 * read only has not come so far: another standby had; logged when `reach` says so);
 * *first_event_out is that batch's first, and *events_out its events (the log's, until the next
 * call). */
struct err shared_log_seek(struct shared_log *log, struct reach *reach, uint64_t last_event,
                           uint64_t last_answer, uint64_t *first_event_out,
                           struct text *events_out) MUST_USE;

/* What others appended; without the lock, or with it (take_turn). An error: nothing is locked, and
 * what was handed to each() before stays. */
struct err shared_log_follow(struct shared_log *log,
                             const struct shared_log_receiver *receiver) MUST_USE;
struct err shared_log_take_turn(struct shared_log *log,
                                const struct shared_log_receiver *receiver) MUST_USE;
/* Of one that is read only. Any thread. */
struct store_lag shared_log_lag_now(struct shared_log *log);
/* Nothing is appended. */
void shared_log_yield_turn(struct shared_log *log);
/* The turn is over. Returns once it is known that the batch is durable, however long the database
 * is away; an error is final. */
struct err shared_log_append(struct shared_log *log, const struct store_batch *batch) MUST_USE;

/* The statements, in the order of shared_log_statements[]. */
enum shared_log_statement {
    LOG_BEGIN = 0,
    LOG_COMMIT,
    LOG_ROLLBACK,
    LOG_LOCK,
    LOG_LOOK,
    LOG_MAKE_REGION,
    LOG_SET_SECRET,
    LOG_SEEK,
    LOG_WRITER,
    LOG_TOUCH,
    LOG_TAIL,
    LOG_TAIL_CONTACTS,
    LOG_TAIL_ANSWERS,
    LOG_ADD_BATCH,
    LOG_ADVANCE,
    LOG_PUT_CONTACTS,
    LOG_TAKE_OVER_CONTACT,
    LOG_DELETE_CONTACTS,
    LOG_ADD_ANSWERS,
    LOG_ERASE_ANSWERS,
    LOG_DROP_ANSWERS,
    LOG_QUEUE,
    LOG_LAG,
    /* always last */
    LOG_STATEMENT_COUNT
};
extern const struct pg_statement shared_log_statements[LOG_STATEMENT_COUNT];
/* In the columns of LOG_TAIL_CONTACTS and the parameters of LOG_PUT_CONTACTS: the texts. */
enum { CONTACT_TEXT_COUNT = 10 };
struct text *shared_log_contact_text(struct contact *contact, uint32_t index);

/* Queues everything that the batch writes (log_write.c). */
void shared_log_send_batch(struct shared_log *log, const struct store_batch *batch);
/* It was run: answers that its limit left go with later batches. */
void shared_log_note_dropped(struct shared_log *log, const struct store_batch *batch);
/* Hands on what a look brought, from pg.results[first] on (log_tail.c). */
void shared_log_send_look(struct shared_log *log);
struct err shared_log_hand_on(struct shared_log *log, uint32_t first,
                              const struct shared_log_receiver *receiver) MUST_USE;
enum { LOOK_BATCHES_MAX = 64 };

/* Of a log that is read only (log_reading.c). OK: it is connected. Else *is_tried_out says whether
 * a try has ended; until then the connection is another thread's. */
struct err shared_log_connect_aside(struct shared_log *log, bool *is_tried_out) MUST_USE;
/* Waits for it, if there is one. */
void shared_log_end_connecting(struct shared_log *log);
/* With what LOG_LAG gave: the last batch is still the one that was read, and how far it goes on. */
struct err shared_log_check_last_batch(const struct shared_log *log, const PGresult *row) MUST_USE;
void shared_log_note_lag(struct shared_log *log, const PGresult *row);

#endif
