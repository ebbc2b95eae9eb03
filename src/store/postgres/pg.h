/*
 * pg.h - one connection to PostgreSQL: prepared statements in a pipeline and deadlines.
 *
 *   pg_send() several statements, pg_run() sends them off and gathers their results: one round trip
 *
 * What is sent between two calls of pg_run() and does not begin with BEGIN is one transaction.
 * Errors are ERR_STORE with one of enum pg_failure; PG_AWAY closes the connection. What PostgreSQL
 * says is logged here. One thread.
 */
#ifndef STORE_POSTGRES_PG_H
#define STORE_POSTGRES_PG_H

#include "base/arena.h"
#include "base/text.h"
#include "shop/err.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

enum { PG_URL_SIZE = 1024, PG_VALUES_MAX = 16 };

/* err.value of ERR_STORE. */
enum pg_failure {
    PG_AWAY =
        1 << 29, /* lost, too slow, or refused for a while: nobody knows what became of a COMMIT */
    PG_REFUSED,  /* it will be refused again: a fault of ours, or of the schema */
};

/* A parameter or a member of an array, in PostgreSQL's binary form. */
struct pg_value {
    const char *data; /* NULL = SQL's */
    int length;
};

struct pg_statement {
    const char *sql; /* parameters and columns are bigint, text or bytea, or arrays of these */
    int value_count;
};

struct pg {
    PGconn *connection; /* NULL = away */
    const struct pg_statement *statements;
    uint32_t statement_count;
    char url[PG_URL_SIZE];
    const char *session; /* SQL that begins each connection */
    char prefix;         /* of the statements' names */
    PGresult **results;  /* of the last pg_run() */
    uint32_t result_count;
    uint32_t result_capacity;
    uint32_t sent;
    bool is_unsure;     /* a COMMIT did not wait for the standby it should have waited for */
    bool is_known_away; /* what is lost then is not logged again */
};

/* Nothing is connected yet. The table of statements and `session` are borrowed. */
void pg_init(struct pg *pg, const char *url, const char *session,
             const struct pg_statement *statements, uint32_t statement_count);
/* Waits for each host of the URL as long as its connect_timeout says (2 s), then `timeout_ms` for
 * what begins a connection. PG_REFUSED, logged without the URL, where that cannot be read. */
struct err pg_connect(struct pg *pg, uint32_t timeout_ms) MUST_USE;
void pg_disconnect(struct pg *pg);
/* The same, for good. */
void pg_close(struct pg *pg);

/* Queues a statement. The values must stay until pg_run() has returned. */
void pg_send(struct pg *pg, uint32_t statement, const struct pg_value *values);
/* Results of all that was sent, in order, are in pg->results until the next pg_send() or
 * pg_clear(). The first statement that fails fails the call, and those behind it did not run. */
struct err pg_run(struct pg *pg, uint32_t timeout_ms) MUST_USE;
void pg_clear(struct pg *pg);

/* Without a prepared statement: any SQL, several commands, no result. Not within a pipeline. */
struct err pg_execute(struct pg *pg, const char *sql, uint32_t timeout_ms) MUST_USE;

/* Values in the arena's memory; 0 as a reference is NULL. */
struct pg_value pg_u64(struct arena *arena, uint64_t value);
struct pg_value pg_reference(struct arena *arena, uint64_t number);
struct pg_value pg_bytes(struct text bytes); /* text or bytea; borrowed */
/* `count` > 0 values as one. */
enum pg_type { PG_BYTEA = 17, PG_BIGINT = 20, PG_TEXT = 25 };
struct pg_value pg_array(struct arena *arena, enum pg_type type, const struct pg_value *values,
                         uint32_t count);

/* Columns, from 0 on; NULL gives 0 and TEXT_NONE. Texts are the result's. */
uint64_t pg_get_u64(const PGresult *result, int row, int column);
struct text pg_get_text(const PGresult *result, int row, int column);

#endif
