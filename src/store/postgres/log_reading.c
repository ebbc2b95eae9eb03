/* log_reading.c - a shared log that is read only: connecting aside, and how far it is behind. */
#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/shared_log.h"

#define NS_PER_MS UINT64_C(1000000)

/* --- connecting --- */

/* The log's connection is this thread's until it is done. */
static void *connect_in_thread(void *argument)
{
    struct shared_log *log = argument;
    log->connecting.err = pg_connect(&log->pg, log->wait_ms);
    atomic_store(&log->connecting.is_done, true);
    return NULL;
}

struct err shared_log_connect_aside(struct shared_log *log, bool *is_tried_out)
{
    struct shared_log_connecting *connecting = &log->connecting;
    *is_tried_out = connecting->is_started && atomic_load(&connecting->is_done);
    if (*is_tried_out) {
        shared_log_end_connecting(log);
        return connecting->err;
    }
    if (!connecting->is_started) {
        atomic_store(&connecting->is_done, false);
        connecting->is_started = true;
        ensure(pthread_create(&connecting->thread, NULL, connect_in_thread, log) == 0);
    }
    return ERR_AT(ERR_STORE, 0, PG_AWAY);
}

void shared_log_end_connecting(struct shared_log *log)
{
    if (!log->connecting.is_started)
        return;
    ensure(pthread_join(log->connecting.thread, NULL) == 0);
    log->connecting.is_started = false;
}

/* --- how far it is behind --- */

/* A standby may show a batch that the one that is promoted never got: it did not happen, another
 * takes its number. Each process that writes has a number of its own, and writes a batch whose
 * COMMIT was lost again as it was, so that this number tells. */
struct err shared_log_check_last_batch(const struct shared_log *log, const PGresult *row)
{
    uint64_t writer = PQntuples(row) == 1 ? pg_get_u64(row, 0, 1) : 0;
    if (writer == 0 || log->last_writer == 0 || writer == log->last_writer)
        return OK;
    log_error("the database lost what the data folder has: move the folder away and it is filled"
              " again",
              "region=%s batch=%llu", log->region, (unsigned long long)log->last_batch);
    return ERR_AT(ERR_STORE, 0, SHARED_LOG_FOREIGN);
}

void shared_log_note_lag(struct shared_log *log, const PGresult *row)
{
    if (PQntuples(row) != 1)
        return;
    uint64_t last_event = pg_get_u64(row, 0, 0) - 1;
    uint64_t behind = last_event > log->last_event ? last_event - log->last_event : 0;
    atomic_store(&log->lag.behind_ms, pg_get_u64(row, 0, 2));
    atomic_store(&log->lag.behind_events, behind);
    atomic_store(&log->lag.looked_ns, clock_monotonic_ns());
}

/* While nobody answers it grows. */
struct store_lag shared_log_lag_now(struct shared_log *log)
{
    uint64_t since_ns = clock_monotonic_ns() - atomic_load(&log->lag.looked_ns);
    return (struct store_lag){atomic_load(&log->lag.behind_ms) + since_ns / NS_PER_MS,
                              atomic_load(&log->lag.behind_events)};
}
