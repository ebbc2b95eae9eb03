/*
 * database.h - an SQL database that is used a transaction at a time: a file of this process, or one
 * that several processes share.
 *
 *   begin -> bind, run or next, ... -> commit or rollback
 *
 * A transaction shuts out every other one on the same data, of this process or of another. Of the
 * processes that share it at most one holds it (database_hold()); its term is a number that grows
 * with every change of the holder, so who was the holder and came back late can be told. One thread
 * at a time. Implemented by store/sqlite/database_sqlite.h and store/postgres/database_postgres.h.
 */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "base/text.h"
#include "shop/err.h"

#include <stdbool.h>
#include <stdint.h>

struct database;

struct database_holding {
    uint64_t term; /* 0 = another process holds it */
    bool is_new;   /* it was another's before */
};

struct database_ops {
    bool is_shared;
    struct err (*prepare)(struct database *database, const char *schema,
                          const char *const *statements, uint32_t count);
    struct err (*begin)(struct database *database);
    struct err (*commit)(struct database *database);
    void (*rollback)(struct database *database);
    struct err (*hold)(struct database *database, uint32_t lease_ms,
                       struct database_holding *holding_out);
    struct err (*release)(struct database *database);
    uint64_t (*term)(const struct database *database);
    void (*bind_u64)(struct database *database, uint32_t statement, int position, uint64_t value);
    void (*bind_bytes)(struct database *database, uint32_t statement, int position,
                       struct text value, bool is_text);
    struct err (*run)(struct database *database, uint32_t statement);
    struct err (*changes)(struct database *database, uint64_t *count_out);
    struct err (*next)(struct database *database, uint32_t statement, bool *has_row_out);
    void (*reset)(struct database *database, uint32_t statement);
    uint64_t (*get_u64)(const struct database *database, uint32_t statement, int column);
    struct text (*get_bytes)(const struct database *database, uint32_t statement, int column);
    void (*close)(struct database *database);
};

/* First member of every implementation's own struct. */
struct database {
    const struct database_ops *ops;
};

/* Errors of all that follow: ERR_OVERLOADED (value: seconds to wait) while a shared one is away;
 * ERR_STORE otherwise, logged with `what` is being kept. An error ends the transaction; rollback is
 * due all the same. */

/* Do other processes use the same data? Then the tables are there already (migrations.h), each
 * begins with region_id, and the last parameter of every statement is the region, which is not
 * bound by the caller. */
bool database_is_shared(const struct database *database);
/* Once. `schema` makes the tables where they are this process's own; the statements are borrowed,
 * with parameters $1, $2, ... in the order of their first use. */
struct err database_prepare(struct database *database, const char *schema,
                            const char *const *statements, uint32_t count) MUST_USE;
struct err database_begin(struct database *database) MUST_USE;
/* ERR_OVERLOADED: nobody knows what became of it. */
struct err database_commit(struct database *database) MUST_USE;
void database_rollback(struct database *database);

/* Within a transaction: makes this process the holder for the next lease_ms, unless another's time
 * is not over yet. Committed with the transaction. */
struct err database_hold(struct database *database, uint32_t lease_ms,
                         struct database_holding *holding_out) MUST_USE;
/* Within a transaction: another may hold it at once. */
struct err database_release(struct database *database) MUST_USE;
/* Within a transaction: 0 = this process is not the holder, and will not be while it lasts. */
uint64_t database_term(const struct database *database);

/* Positions from 1 on. Texts are borrowed until the statement has run; data NULL is SQL's. */
void database_bind_u64(struct database *database, uint32_t statement, int position, uint64_t value);
void database_bind_text(struct database *database, uint32_t statement, int position,
                        struct text value);
void database_bind_blob(struct database *database, uint32_t statement, int position,
                        struct text value);
/* One that gives no row, within a transaction. A fault of it may show with a later call. */
struct err database_run(struct database *database, uint32_t statement) MUST_USE;
/* How many rows the last one that ran has changed. */
struct err database_changes(struct database *database, uint64_t *count_out) MUST_USE;
/* The next row of what was bound. Before another statement, all rows or database_reset(). */
struct err database_next(struct database *database, uint32_t statement, bool *has_row_out) MUST_USE;
void database_reset(struct database *database, uint32_t statement);
/* Columns from 0 on, of the last row; bytes are the database's until the next call. */
uint64_t database_get_u64(const struct database *database, uint32_t statement, int column);
struct text database_get_bytes(const struct database *database, uint32_t statement, int column);
void database_close(struct database *database);

#endif
